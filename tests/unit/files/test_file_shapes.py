"""From text to typed values: durations, sizes, days; findings for models and dataclasses."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from gateway.case.texts import Lang, Text
from gateway.files.findings import Finding, Severity, render
from gateway.files.misfits import Misfit
from gateway.files.quantities import (
    ByteSize,
    Duration,
    byte_size,
    day,
    duration,
    duration_text,
    end_moment,
    start_moment,
)
from gateway.files.reader import parse
from gateway.files.shapes import check
from gateway.files.tree import Tree


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, meant: timedelta) -> None:
    assert duration(text) == meant


@pytest.mark.parametrize("text", ["", "5", "5 s", "5sec", "-5s", "1.5h", "5M", "４h", "9999999d", "1h30m", "5s\n"])
def test_what_is_not_plainly_a_duration_is_refused(text: str) -> None:
    with pytest.raises(Misfit):
        duration(text)


@given(st.integers(0, 86_400 * 3650).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_duration_written_out_is_read_back(value: timedelta) -> None:
    text = duration_text(value)

    if len(text) <= 8:
        assert duration(text) == value


def test_a_size_is_counted_in_powers_of_two_and_says_so() -> None:
    assert byte_size("20MiB") == 20 * 1024 * 1024
    for text in ("20MB", "20M", "20", "1.5GiB", "20mib"):
        with pytest.raises(Misfit):
            byte_size(text)


def test_days_are_days_of_the_calendar() -> None:
    assert day("2028-02-29") == date(2028, 2, 29)
    for text in ("2027-02-29", "20270228", "2027-2-28", "1700000000", "28.02.2027", "2027-02-28T00:00"):
        with pytest.raises(Misfit):
            day(text)


def test_a_bare_day_is_a_whole_day_in_china() -> None:
    assert start_moment("2026-03-01") == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert end_moment("2026-03-01") == datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)
    assert start_moment("2026-03-01T08:30:00+08:00") == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    for text in (
        "2026-03-01T08:30:00",
        "2026-03-01 08:30:00Z",
        "0001-01-01",
        "9999-12-31",
        "9999-12-31T23:00:00-08:00",
    ):
        with pytest.raises(Misfit):
            end_moment(text)


SAID = (Text("错", "wrong"), Text("改", "mend"))


class Listener(BaseModel):
    model_config = ConfigDict(extra="forbid")

    port: Annotated[int, Field(ge=1, le=65535)]
    wait: Duration = timedelta(seconds=1)
    secure: bool = True


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    listeners: list[Listener] = []
    tables: dict[str, dict[str, str]] = {}
    largest: ByteSize | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern="^[a-z]+$", max_length=5)]
    ratio: float = 1.0


def checked(text: str, shape: type[object]) -> object:
    tree = parse(text.encode(), "g.yaml")
    assert isinstance(tree, Tree)
    return check(tree, shape)


def printed(text: str, shape: type[object], lang: str = "en") -> list[str]:
    found = checked(text, shape)
    assert isinstance(found, tuple)
    return render(found, lang).splitlines()[:-2]


def test_text_becomes_the_type_the_shape_asks_for() -> None:
    found = checked("name: 8443\nlisteners:\n  - {port: 8443, wait: 5m, secure: false}\nlargest: 1KiB\n", Settings)

    assert found == Settings(
        name="8443", listeners=[Listener(port=8443, wait=timedelta(minutes=5), secure=False)], largest=1024
    )


def test_a_plain_dataclass_is_a_shape_too() -> None:
    assert checked("name: abc\nratio: 1.5\n", Plain) == Plain(name="abc", ratio=1.5)


def test_all_that_does_not_fit_is_told_with_lines_and_fixes() -> None:
    text = "listeners:\n  - port: 70000\n    wait: soon\n  - prot: 1\n  - port: x\n    secure: maybe\nlargest: 5\ntables:\n  a: b\n"

    assert printed(text, Settings) == [
        "g.yaml:1: name: 'name' is missing",
        "    fix: add it",
        "g.yaml:2: listeners[0].port: 70000 is too large",
        "    fix: the most is 65535",
        "g.yaml:3: listeners[0].wait: 'soon' is not a duration",
        "    fix: write a number and a unit, such as 30s, 5m, 4h or 2d",
        "g.yaml:4: listeners[1].prot: 'prot' is not known here",
        "    fix: did you mean 'port'?",
        "g.yaml:5: listeners[2].port: 'x' is not a number",
        "    fix: write digits",
        "g.yaml:6: listeners[2].secure: 'maybe' is neither true nor false",
        "    fix: write true or false",
        "g.yaml:7: largest: '5' has no unit",
        "    fix: write a number and KiB, MiB or GiB, such as 20MiB",
        "g.yaml:9: tables.a: this must be `key: value` lines, not b",
        "    fix: follow _example.yaml",
    ]


def test_full_width_digits_are_named_with_the_half_width_form() -> None:
    assert printed("name: a\nlisteners:\n  - port: ８４４３\n", Settings, "zh") == [
        "g.yaml:3: listeners[0].port: “８４４３”不是数字",
        "    怎么改: 改成半角: 8443",
    ]


def test_patterns_lengths_and_infinite_numbers_are_findings() -> None:
    assert printed("name: ABC\n", Plain)[0] == "g.yaml:1: name: 'ABC' is not written as it must be"
    assert printed("name: abcdef\n", Plain)[1] == "    fix: most characters: 5"
    assert printed("name: [a]\nratio: x\n", Plain) == [
        "g.yaml:1: name: this must be text, not [...]",
        "    fix: follow _example.yaml",
        "g.yaml:2: ratio: 'x' is not a number",
        "    fix: write digits",
    ]


def test_findings_are_printed_in_file_order_with_a_summary() -> None:
    findings = [
        Finding("b.yaml", 2, "x", *SAID),
        Finding("a.yaml", 9, "y", *SAID, Severity.WARNING),
        Finding("a.yaml", 1, "", *SAID),
    ]

    assert render(findings, Lang.EN, files=12).splitlines() == [
        "a.yaml:1: wrong",
        "    fix: mend",
        "a.yaml:9: y: warning: wrong",
        "    fix: mend",
        "b.yaml:2: x: wrong",
        "    fix: mend",
        "",
        "2 problems and 1 warnings in 2 of 12 files.",
    ]
    assert render(findings, "zh", files=12).splitlines()[-1] == "12 个文件中的 2 个有问题: 2 处要改, 1 处提醒。"
    assert render([], "zh", files=12) == "12 个文件, 没有发现问题。"
