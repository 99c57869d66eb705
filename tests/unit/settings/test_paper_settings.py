"""What `gateway.yaml` says of papers: the organ of their numbers, the progress page behind the QR code."""

import pytest

from gateway.files.misfits import Misfit
from gateway.settings.paper_settings import _organ, progress_url


@pytest.mark.parametrize(
    "good",
    [
        "https://zwfw.example/progress?number={number}",
        "https://zwfw.example/{number}",
        "https://a.b:8443/x/{number}#top",
    ],
)
def test_a_progress_page_has_a_place_for_the_number(good: str) -> None:
    assert progress_url(good) == good


@pytest.mark.parametrize(
    "bad",
    [
        "https://zwfw.example/progress",
        "http://zwfw.example/{number}",
        "javascript:{number}",
        "https://user:word@zwfw.example/{number}",
        "https://zwfw.example/{number}/{name}",
        "https://zwfw.example/{number}/{number}",
        'https://zwfw.example/"{number}',
        "https://zwfw.example/ {number}",
        "https://zwfw.example/进度/{number}",
        "https://zwfw.example/{number}" + "x" * 300,
    ],
)
def test_another_address_is_refused(bad: str) -> None:
    with pytest.raises(Misfit):
        progress_url(bad)


def test_the_organ_is_chinese_characters() -> None:
    assert _organ("恩政服") == "恩政服"
    for bad in ("", "ES", "恩政服受〔2026〕", "恩" * 21, "恩 政"):
        with pytest.raises(Misfit):
            _organ(bad)
