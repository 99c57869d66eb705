"""Regions become partners from the pages: our introduction made and taken along, theirs read, compared by telephone, written."""

import re
from pathlib import Path

import aiohttp

from gateway.app.introducing import Introducing
from gateway.console.operating import Invitation
from tests.console.people_build import ENSHI, QIANJIANG, TOKEN, Console, Visitor, a_console


async def theirs(console: Console) -> Invitation:
    """What 恩施 introduces itself with to 黔江."""
    there = console.regions[ENSHI]
    return await Introducing(there.gateway, there.settings).invite(QIANJIANG, "staff:test")


async def hand_in(visitor: Visitor, content: bytes) -> str:
    """Choose a file on the page and send it."""
    await visitor.get("/partners/add")
    found = TOKEN.search(visitor.text)
    assert found
    form = aiohttp.FormData()
    form.add_field("page_token", found[1])
    form.add_field("file", content, filename="tongban-422800.yaml", content_type="application/yaml")
    form.add_field("do", "check")
    async with visitor.session.post(f"{visitor.url}/partners/add", data=form) as answer:
        visitor.status, visitor.text = answer.status, await answer.text()
    return visitor.text


def carried(visitor: Visitor) -> str:
    found = re.search(r'name="carried" value="([^"]*)"', visitor.text)
    assert found
    return found[1]


async def test_an_introduction_is_made_and_taken_along(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        for wrong in ("", "999999", QIANJIANG, "<b>"):
            await visitor.get("/partners/invite")
            assert "不是别的地区的六位代码" in await visitor.post("/partners/invite", to=wrong)
            assert visitor.status == 422
        text = await visitor.post("/partners/invite", to=ENSHI)
        assert visitor.status == 200, text
        digits = re.search(r'<strong class="digits">([0-9 ]{47})</strong>', text)
        assert digits
        address = visitor.address
        file = await visitor.get(f"{address}/file")
        assert visitor.headers["Content-Disposition"] == f'attachment; filename="tongban-{QIANJIANG}-for-{ENSHI}.yaml"'
        assert f'to: "{ENSHI}"' in file or f"to: '{ENSHI}'" in file
        assert digits[1] not in file, "whoever exchanges the file would exchange the digits with it"
        (noted,) = await console.desk.read_audit(0, "partner.invited", ENSHI)
        assert noted.actor.startswith("person:")
        await visitor.get("/partners/invite/none")
        assert visitor.address == "/partners/invite"


async def test_a_partner_is_added_only_with_the_digits_the_other_side_read_out(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        made = await theirs(console)
        folder = console.regions[QIANJIANG].settings.partners
        (file,) = folder.glob(f"{ENSHI}-*.yaml")
        before = file.read_bytes()
        text = await hand_in(visitor, made.text.encode())
        assert visitor.status == 200, text
        assert "协议逐项对照" in text
        assert "已有伙伴文件" in text
        assert made.digits not in text, "who types them does not see them"
        fields = {"carried": carried(visitor), "do": "write"}
        for more, told in (
            ({"digits": made.digits}, "没有写入"),
            ({"over": "yes"}, "数字不同"),
            ({"over": "yes", "digits": made.digits[::-1]}, "数字不同"),
        ):
            assert told in await visitor.post("/partners/add", **fields, **more)
            assert visitor.status == 422
        assert file.read_bytes() == before
        assert await console.desk.read_audit(0, "partner.added", "") == []

        await visitor.post("/partners/add", **fields, over="yes", digits=made.digits)
        assert visitor.status == 200, visitor.text
        assert visitor.address == f"/partners/{ENSHI}"
        assert "由介绍文件生成" in file.read_text()
        assert file.with_name(f"{file.name}.before").read_bytes() == before
        assert re.search(r"现在生效</td><td>读入介绍文件</td><td>operator@console</td>", visitor.text)
        (noted,) = await console.desk.read_audit(0, "partner.added", ENSHI)
        assert noted.actor == "staff:operator@console"
        assert console.regions[QIANJIANG].gateway.registry.current().of(ENSHI)


async def test_what_is_no_introduction_is_told_with_its_lines(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        made = await theirs(console)
        text = await hand_in(visitor, made.text.replace("status: active", "status: paused").encode() + b"\nextra: 1\n")
        assert re.search(r"introduction\.yaml</code></td><td>\d+</td>", text)
        for content in (b"", b"\xff\x00\xfe", b"a: &x [*x]", b"<html>"):
            await hand_in(visitor, content)
            assert visitor.status in (200, 422), content
            assert 'name="digits"' not in visitor.text
        changed = made.text.replace("kid:", "kid: ", 1).replace("恩施", "恩思")
        assert "签名与内容不符" in await hand_in(visitor, changed.encode())
        await hand_in(visitor, b"x" * (600 * 1024))
        assert visitor.status == 413
        await visitor.get("/partners/add")
        await visitor.post("/partners/add", carried="not base64!", do="write")
        assert visitor.status == 422
