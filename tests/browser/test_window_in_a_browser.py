"""The window in a real browser: files dropped and photographed, a line that is cut, pages in order, what is typed is kept."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.browser_build import Tab, a_browser, a_tab
from tests.console.people_build import Console
from tests.console.window_build import FORM, a_window, the_item

DROP = """async ([row, name, type, bytes]) => {
  const box = document.getElementById("f-row." + row), data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), one => one.charCodeAt(0))], name, { type }));
  for (const kind of ["dragover", "drop"]) {
    box.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""
SEES = """() => new Promise(go => {
  const video = document.querySelector("#camera video");
  if (video.videoWidth) { go(); } else { video.addEventListener("loadeddata", go, { once: true }); }
})"""
AT_REST = (
    "() => Promise.all(document.querySelector('#camera').getAnimations({ subtree: true }).map(one => one.finished))"
)
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
HELD = 'ul.files[data-files="0"] input[name="held.0"]'


def a_picture(colour: str, size: tuple[int, int] = (300, 200)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "JPEG")
    return made.getvalue()


@asynccontextmanager
async def at_the_form(folder: Path, browser: Any) -> AsyncIterator[tuple[Console, Tab]]:
    async with a_window(folder, the_item()) as console, a_tab(browser, console.url) as tab:
        await tab.sign_in("window")
        await tab.go(FORM)
        yield console, tab


async def drop(tab: Tab, name: str, content: bytes, kind: str = "image/jpeg") -> None:
    await tab.page.evaluate(DROP, ["0", name, kind, base64.b64encode(content).decode()])


async def test_files_are_dropped_ordered_joined_and_typed_text_is_kept(tmp_path: Path) -> None:
    async with a_browser() as browser, at_the_form(tmp_path, browser) as (_, tab):
        page = tab.page
        await page.fill("#f-person\\.name", "向小满")
        for n, colour in enumerate(("red", "lime"), 1):
            await drop(tab, f"第{n}页.jpg", a_picture(colour))
            await page.locator(HELD).nth(n - 1).wait_for(state="attached")
        await page.wait_for_url("**draft=*")
        assert "已暂存" in await page.inner_text(".keeping")
        names = page.locator('ul.files[data-files="0"] .what')
        assert [text.split()[0] for text in await names.all_inner_texts()] == ["第1页.jpg", "第2页.jpg"]
        await page.locator('[data-page] [data-move="1"]').first.click()
        assert [text.split()[0] for text in await names.all_inner_texts()] == ["第2页.jpg", "第1页.jpg"]
        await page.locator("select.turn").first.select_option("90")
        assert await page.locator("img.thumb.turned90").count() == 1
        await page.click("button[value='join.0']")
        await page.locator("text=一寸免冠照片.pdf").first.wait_for()
        assert await page.locator(HELD).count() == 1
        assert await page.input_value("#f-person\\.name") == "向小满", "what was typed is there again"
        await page.reload()
        assert await page.input_value("#f-person\\.name") == "向小满"
        assert await tab.findings_of_axe() == []
        assert not tab.wrong


async def test_an_upload_goes_on_when_the_line_is_back(tmp_path: Path) -> None:
    async with a_browser() as browser, at_the_form(tmp_path, browser) as (_, tab):
        page, cut = tab.page, asyncio.Event()
        content = bytes(range(256)) * 40_000  # three pieces
        said: list[str] = []

        async def line(route: Any) -> None:
            said.append(await route.request.header_value("content-range"))
            if said[-1].startswith("bytes 4194304-") and not cut.is_set():
                cut.set()
                await route.abort("connectionreset")
            else:
                await route.continue_()

        await page.route("**/take-in/files/*", line)
        await page.set_input_files("#f-file\\.0", [{"name": "长.bin", "mimeType": "image/jpeg", "buffer": content}])
        await page.locator(HELD).wait_for(state="attached")
        assert cut.is_set()
        size = len(content)
        assert said == [
            f"bytes */{size}",
            f"bytes 0-4194303/{size}",
            f"bytes 4194304-8388607/{size}",
            f"bytes */{size}",
            f"bytes 4194304-8388607/{size}",
            f"bytes 8388608-{size - 1}/{size}",
        ], "it goes on where it was, and nothing is sent twice"
        [_, told, _, _] = json.loads(await page.locator(HELD).get_attribute("value"))
        assert told == size
        assert [one for one in tab.wrong if "ERR_CONNECTION_RESET" not in one] == []


async def test_what_the_gateway_refuses_is_told_at_the_file_and_can_be_tried_again(tmp_path: Path) -> None:
    async with a_browser() as browser, at_the_form(tmp_path, browser) as (console, tab):
        page = tab.page
        files = console.desk.window.files
        full = files.transfer().unclaimed
        assert full > 0
        refused = json.dumps({"problem": "磁盘空间不足: 稍后再传", "reason": "DISK_LOW"})

        async def refuse(route: Any) -> None:
            await route.fulfill(status=413, content_type="application/json", body=refused)

        await page.route("**/take-in/files/*", refuse)
        await drop(tab, "一页.jpg", a_picture("red"))
        await page.locator("li.coming .problem").wait_for()
        assert "磁盘空间不足" in await page.inner_text("li.coming .problem")
        await page.unroute("**/take-in/files/*")
        await page.click("li.coming button")
        await page.locator(HELD).wait_for(state="attached")


async def test_whoever_is_signed_out_in_mid_upload_is_told_and_does_not_wait(tmp_path: Path) -> None:
    async with a_browser() as browser, at_the_form(tmp_path, browser) as (_, tab):
        await tab.page.context.clear_cookies()
        await drop(tab, "一页.jpg", a_picture("red"))
        await tab.page.locator("li.coming .problem", has_text="登录已结束").wait_for()
        assert await tab.page.locator("li.coming button").count() == 1, "it can be tried again"


async def camera_is_open(tab: Tab) -> None:
    """Wait until the box is there as it stays, and sees something."""
    await tab.page.evaluate(SEES)
    await tab.page.evaluate(AT_REST)


async def test_pages_are_photographed_with_a_camera(tmp_path: Path) -> None:
    async with a_browser(*FAKE_CAMERA) as browser, at_the_form(tmp_path, browser) as (_, tab):
        page = tab.page
        await page.click("[data-camera='0']")
        await camera_is_open(tab)
        assert await tab.findings_of_axe() == []
        for n in range(2):
            await page.click("#camera [data-take]")
            await page.locator(HELD).nth(n).wait_for(state="attached")
        await page.click("#camera [data-done]")
        await page.wait_for_function("() => document.querySelector('#camera video').srcObject === null")
        field = page.locator("#f-camera\\.0")
        assert (await field.get_attribute("capture"), await field.get_attribute("accept")) == ("environment", "image/*")
        assert not tab.wrong


async def test_without_scripts_everything_is_there(tmp_path: Path) -> None:
    async with (
        a_browser() as browser,
        a_window(tmp_path, the_item()) as console,
        a_tab(browser, console.url, java_script_enabled=False) as tab,
    ):
        page = tab.page
        await tab.sign_in("window")
        await tab.go(FORM)
        await page.fill("#f-person\\.name", "向小满")
        pages = [
            {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": a_picture(colour)}
            for n, colour in enumerate(("red", "blue"))
        ]
        await page.set_input_files("#f-file\\.0", pages)
        await page.click("button[value=keep]")
        await page.wait_for_url("**draft=*")
        assert await page.locator("img.thumb").count() == 2
        await page.click("button[value='join.0']")
        assert await page.locator(HELD).count() == 1
        await page.click("button[name=lang]")
        assert await page.input_value("#f-person\\.name") == "向小满"
        assert await page.locator(HELD).count() == 1
