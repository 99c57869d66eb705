"""Pages for operators: partners with their lights, what is wrong in files, versions and the way back, the connection test."""

import asyncio
import re
from pathlib import Path

from tests.console.people_build import ENSHI, QIANJIANG, Console, Visitor, a_console
from tests.flows.regions import CARD


def partner_file(console: Console) -> Path:
    folder = console.regions[QIANJIANG].settings.partners
    (found,) = folder.glob(f"{ENSHI}-*.yaml")
    return found


async def look(console: Console) -> None:
    """Have the running gateway look at its folder until it has taken what stands in it."""
    live = console.regions[QIANJIANG].gateway.going_live
    for _ in range(3):
        console.regions[QIANJIANG].clock.pass_time(seconds=5)
        await live.look()


async def test_a_partner_is_seen_from_both_sides(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        text = await visitor.get("/partners")
        assert visitor.status == 200
        assert "恩施州" in text
        assert "还没有联系上过" in text
        await visitor.get(f"/partners/{ENSHI}")
        text = await visitor.post(f"/partners/{ENSHI}/ask")
        assert visitor.status == 200
        assert visitor.address == f"/partners/{ENSHI}"
        assert "还没有联系上过" not in text
        assert re.search(r"<th scope=\"row\">交换格式</th><td>-</td><td>1\.\d", text)
        rows = await console.desk.read_audit(0, "partner.asked", ENSHI)
        assert [one.actor.partition(":")[0] for one in rows] == ["person"]


async def test_an_unknown_partner_is_told_as_such(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        for path in ("/partners/999999", "/partners/none"):
            await visitor.get(path)
            assert visitor.status == 404
        for path in ("/partners/999999/ask", "/partners/999999/test"):
            await visitor.get("/partners")
            assert "PARTNER_UNKNOWN" in await visitor.post(path)
        await visitor.get(f"/partners/{ENSHI}/difference?from=evil&to=1")
        assert visitor.status == 404


async def test_a_bad_edit_is_shown_with_its_line(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        file = partner_file(console)
        good = file.read_text()
        line = next(n for n, one in enumerate(good.splitlines(), 1) if one.startswith("status:"))
        file.write_text(good.replace("status: active", "status: lively"))
        await look(console)
        for path in ("/partners", f"/partners/{ENSHI}"):
            text = await visitor.get(path)
            assert re.search(rf"{file.name}</code></td><td>{line}</td>", text), path
            assert "文件夹里的文件有误" in text
        text = await visitor.get(f"/partners/{ENSHI}/difference?to=disk")
        assert '<span class="added">+status: lively</span>' in text
        assert "回到这一版" not in text


async def test_a_version_comes_back_only_after_its_difference_was_seen(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        file = partner_file(console)
        good = file.read_text()
        file.write_text(good.replace("status: active", "status: paused"))
        await look(console)
        text = await visitor.get(f"/partners/{ENSHI}")
        assert "我方文件已暂停往来" in text
        path = f"/partners/{ENSHI}/difference?from=2&amp;to=1"
        assert path in text
        text = await visitor.get(path.replace("&amp;", "&"))
        assert "回到第 1 版" in text
        assert '<span class="added">+status: active</span>' in text

        await visitor.post(f"/partners/{ENSHI}/rollback", version="1", running="2")
        assert visitor.status == 422
        assert "没有确认" in visitor.text
        await visitor.post(f"/partners/{ENSHI}/rollback", version="1", running="1", sure="yes")
        assert visitor.status == 422
        assert "另一版" in visitor.text or "已经不是" in visitor.text
        assert file.read_text() != good

        await visitor.post(f"/partners/{ENSHI}/rollback", version="1", running="2", sure="yes")
        assert visitor.status == 200, visitor.text
        assert file.read_text() == good
        assert re.search(r"<th scope=\"row\">3</th><td>[^<]+</td><td>现在生效", visitor.text)
        rows = await console.desk.read_audit(0, "partner.rollback", ENSHI)
        assert [one.actor for one in rows] == ["staff:operator@console"]


async def try_out(visitor: Visitor) -> str:
    """Test the connection and look again until it is over, as somebody without JavaScript does."""
    await visitor.get(f"/partners/{ENSHI}")
    await visitor.post(f"/partners/{ENSHI}/test")
    assert visitor.status == 200, visitor.text
    address = visitor.address
    assert re.fullmatch(rf"/partners/{ENSHI}/test/[0-9A-Za-z-]+", address)
    async with asyncio.timeout(30):
        while "正在测试" in visitor.text:
            assert f'href="{address}"' in visitor.text
            await visitor.get(address)
    return visitor.text


async def test_the_connection_is_tried_step_by_step(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        text = await try_out(visitor)
        assert "有不通过的步骤" in text
        assert "第 12 步, 共 12 步" in text
        assert len(re.findall(r'<th scope="row">\d+ ', text)) == 12
        (row,) = await console.desk.read_audit(0, "partner.tested", ENSHI)
        assert row.outcome == "failed"
        (begun,) = await console.desk.read_audit(0, "partner.test", ENSHI)
        assert begun.actor == row.actor
        await visitor.get(f"/partners/{ENSHI}/test/none")
        assert visitor.status == 404
        assert "TRIAL_UNKNOWN" in visitor.text


async def test_agreements_that_differ_are_listed_by_term(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        file = partner_file(console)
        text = file.read_text()
        assert CARD in text
        changed = text.replace("    - deliver_result\n", "")
        assert changed != text
        file.write_text(changed)
        await look(console)
        await visitor.get(f"/partners/{ENSHI}")
        page = await visitor.post(f"/partners/{ENSHI}/ask")
        assert "两地协议文件不一致" in page
        assert re.search(r"<h2>协议差异</h2>[\s\S]*deliver_result", page)
