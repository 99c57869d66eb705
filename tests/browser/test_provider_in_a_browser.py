"""Signing in at a provider in a real browser, whose rules about cookies and forms of other sites no other client keeps."""

import os
import re
from pathlib import Path

import pytest

from tests.browser.browser_build import Tab, a_browser, a_tab
from tests.console.provider_build import Meeting, a_meeting

PICTURES = os.environ.get("PICTURES", "")


async def need_good(tab: Tab, meeting: Meeting, name: str, *, refused: bool = False) -> None:
    """Nothing wrong with the page that is shown; a page of an error is one, as the browser's console says as well."""
    assert await tab.findings_of_axe() == []
    wrong = [one for one in tab.wrong if not one.startswith(f"outside: {meeting.provider.url}")]
    assert [one for one in wrong if not (refused and "Failed to load resource" in one)] == []
    tab.wrong.clear()
    if PICTURES:
        await tab.page.screenshot(path=Path(PICTURES) / f"provider-{name}.png")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_to_the_provider_and_back_and_out_again(tmp_path: Path, lang: str) -> None:
    async with (
        a_meeting(tmp_path) as meeting,
        a_browser() as browser,
        a_tab(browser, meeting.console.url, ignore_https_errors=True) as tab,
    ):
        await meeting.link("handler")
        await tab.go("/handler")
        await tab.speak(lang)
        await need_good(tab, meeting, f"sign-in-{lang}")
        await tab.page.click("a.there")
        await tab.page.wait_for_selector("#login")
        assert tab.page.url.startswith(meeting.provider.issuer)
        await tab.page.fill("#login", "handler")
        await tab.page.click("button >> nth=0")
        await tab.page.wait_for_url(meeting.console.url + "/handler")
        kept = {one["name"]: one for one in await tab.page.context.cookies() if "tongban-" in one["name"]}
        assert list(kept) == ["__Host-tongban-500114"]
        assert (kept["__Host-tongban-500114"]["sameSite"], kept["__Host-tongban-500114"]["httpOnly"]) == (
            "Strict",
            True,
        )
        assert await tab.page.get_attribute("html", "lang") == ("en" if lang == "en" else "zh-CN")

        await tab.page.click("form[action='/sign-out'] button")
        await tab.page.wait_for_url(meeting.console.url + "/sign-in")
        assert not meeting.provider.sessions, "signed out there as well, through a page of ours between"
        await tab.go("/account")
        assert tab.page.url.startswith(meeting.console.url + "/sign-in")
        await need_good(tab, meeting, f"signed-out-{lang}")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_pages_around_it_are_readable_by_everybody(tmp_path: Path, lang: str) -> None:
    async with (
        a_meeting(tmp_path) as meeting,
        a_browser() as browser,
        a_tab(browser, meeting.console.url, ignore_https_errors=True) as tab,
        a_tab(browser, meeting.console.url, ignore_https_errors=True) as own,
    ):
        await tab.sign_in("security")
        await tab.speak(lang)
        await tab.go(f"/people/{await meeting.person('window')}")
        await need_good(tab, meeting, f"person-{lang}")
        await tab.page.fill("#f-subject", "某人")
        await tab.page.click("form.two[action$='/identity'] button")
        await tab.page.wait_for_selector("#f-subject[aria-invalid]")
        await need_good(tab, meeting, f"person-wrong-{lang}", refused=True)
        await tab.page.click("form[action$='/identity/link'] button")
        await tab.page.wait_for_selector("code.link")
        await need_good(tab, meeting, f"link-made-{lang}")
        link = re.sub(r"^https://[^/]+", "", await tab.page.inner_text("code.link"))

        await own.go("/sign-in")
        await own.speak(lang)
        await own.go(link)
        await need_good(own, meeting, f"binding-{lang}")
        await own.page.click("main a[role=button]")
        await own.page.click("button[name=deny]")
        await own.page.wait_for_selector("[role=alert]")
        await need_good(own, meeting, f"refused-{lang}", refused=True)
        meeting.provider.lies.answers = {"token": (200, "text/html", b"<html>")}
        meeting.provider.people["wang"] = {"sub": "sub-of-wang"}
        await own.go(link)
        await own.page.click("main a[role=button]")
        await own.page.fill("#login", "wang")
        await own.page.click("button >> nth=0")
        await own.page.wait_for_selector("[role=alert]")
        await need_good(own, meeting, f"odd-{lang}", refused=True)
        meeting.provider.lies.discovery = {"end_session_endpoint": None}
        meeting.console.regions.clock.pass_time(hours=1)
        await own.go("/signed-out")
        await need_good(own, meeting, f"out-{lang}")
