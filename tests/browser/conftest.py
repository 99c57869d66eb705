"""Skips, counted, whatever needs a browser where there is none."""

import pytest

from tests.browser.browser_build import need_browser


@pytest.fixture(autouse=True)
def _browser() -> None:
    need_browser()
