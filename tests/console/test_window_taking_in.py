"""我要收件 in a browser without scripts: place and item are found, everything wrong is told at once, one form makes one case."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case.code.initials import initials, is_meant
from gateway.case.model import MaterialFile, Paper
from gateway.store import audit
from tests.console.people_build import Console
from tests.console.window_build import FORM, PLACE, TYPED, a_window, send, the_item
from tests.flows.regions import CARD

PHOTO = ("file.0", "C:\\照片\\免冠照.jpg", b"\xff\xd8\xff a photograph")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


async def cases_of(console: Console) -> list[str]:
    rows = await console.regions["500114"].gateway.database.read(lambda tx: tx.rows("SELECT case_id FROM cases"))
    return [row[0] for row in rows]


async def test_place_and_item_are_found_by_name_initials_and_code(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        text = await visitor.get("/take-in")
        assert "恩施州" in text
        for asked in ("利川", "lcs", "422802"):
            text = await visitor.get(f"/take-in?where={asked}")
            assert "place=422802" in text, asked
            assert "place=422825" not in text, asked
        assert "没有找到" in await visitor.get("/take-in?where=北京")
        for asked in ("社会保障", "SHBZK", CARD[:8]):
            text = await visitor.get(f"/take-in?place={PLACE}&what={asked}")
            assert f"item={CARD}" in text, asked
        assert "那里没有可以代收" in await visitor.get(f"/take-in?place={PLACE}&what=公积金")
        await visitor.get("/take-in?place=999999")
        assert "999999" in visitor.text


async def test_the_form_shows_what_the_handler_demands(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        text = html.unescape(await visitor.get(FORM))
        assert visitor.status == 200
        for shown in (
            "承诺时限",
            "10 个工作日",
            "20 个工作日",
            "原件核验权",
            "一寸免冠照片",
            "近六个月内, 白底",
            "复印件 1 份",
        ):
            assert shown in text, shown
        assert re.search(r'<select id="f-form.换领原因"', text)
        assert '<option value=""遗失"">遗失</option>' in text
        assert re.search(r'name="form.出生日期" type="date"', text)
        assert re.search(r'<textarea id="f-form.家庭成员"', text)
        assert 'name="organisation.uscc"' not in text, "the item serves persons only"


async def test_one_form_makes_one_case_and_its_slip(console: Console) -> None:
    origin, handler = console.regions["500114"], console.regions["422800"]
    typed = {
        **TYPED,
        "form.工本费": "12.50",
        "form.使用地区": "恩施\n利川",
        "form.本人领取": "true",
        "copies.1": "1",
        "seen.1": "",
    }
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        page = visitor.text
        await send(visitor, FORM, typed, [PHOTO])
        assert visitor.status == 200, visitor.text
        assert visitor.address.endswith("/slip")
        slip = html.unescape(visitor.text)
        [number] = await cases_of(console)
        assert " ".join(re.findall("....", number.replace(" ", "")))[:4] in slip
        for shown in ("收件凭证", "向小满", "居民身份证", "待盖章", "A000", "10 个工作日", "恩施市", "黔江区"):
            assert shown in slip, shown
        assert "422801199001010026" not in slip

        visitor.text = page
        await send(visitor, FORM, typed, [PHOTO])
        assert await cases_of(console) == [number], "the same form again is the same case"
        visitor.text = page
        await send(visitor, FORM, {**typed, "person.phone": "13900000001"}, [PHOTO])
        assert visitor.status == 409
        assert "13900000001" in visitor.text, "what was typed is kept"
        assert await cases_of(console) == [number]

    view = await origin.view(number)
    assert view.row.system == "console"
    assert view.case.form_json == (
        '{"持卡人姓名": "向小满", "换领原因": "损坏", "工本费": 12.50, "本人领取": true, "使用地区": ["恩施", "利川"]}'
    )
    assert (view.case.origin.staff_number, view.case.origin.division) == ("A000", "500114000000")
    photo, paper = view.case.materials
    assert isinstance(photo.form, MaterialFile)
    assert (photo.list_code, photo.form.file_name) == ("A001", "免冠照.jpg")
    assert paper.form == Paper(0, 1)
    rows = await origin.gateway.database.read(lambda tx: audit.newest(tx, 0, "", "", 50))
    done = [
        (one.act, one.actor.partition(":")[0])
        for one in rows
        if one.act in ("case.submit", "material.uploaded", "document.shown")
    ]
    assert done.count(("case.submit", "person")) == 1
    assert ("document.shown", "person") in done
    assert "免冠照" not in repr(rows)
    await console.regions.settle_down()
    assert (await handler.view(number)).case.materials == view.case.materials


async def test_everything_wrong_is_told_at_once_next_to_its_field(console: Console) -> None:
    wrong = {
        **TYPED,
        "person.certificate_number": "422801199001010027",
        "person.phone": "12",
        "form.换领原因": "",
        "form.工本费": "很多",
        "form.家庭成员": "[{",
        "delivery.way": "mail",
        "has_agent": "yes",
    }
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        text = html.unescape(await send(visitor, FORM, wrong, [PHOTO]))
        assert visitor.status == 422
        for field in (
            "person.certificate_number",
            "person.phone",
            "form.换领原因",
            "form.工本费",
            "form.家庭成员",
            "agent.name",
            "delivery.address",
        ):
            assert re.search(rf'id="f-{re.escape(field)}"[^>]*aria-invalid="true"', text), field
        for row in ("1", "2"):
            assert re.search(rf'<fieldset class="material wrong" id="f-row.{row}"', text), row
        assert not re.search(r'<fieldset class="material wrong" id="f-row.0"', text)
        assert "免冠照.jpg" in text, "what came is kept"
        assert 'value="422801199001010027"' in text
        assert await cases_of(console) == []

        await send(visitor, FORM, {**TYPED, "copies.1": "1"})
        assert visitor.address.endswith("/slip"), "the photograph came with the first try"
        assert len(await cases_of(console)) == 1


async def test_files_are_kept_before_the_form_is_sent_and_can_be_taken_off(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(
            visitor,
            FORM,
            {"person.name": "向小"},
            [PHOTO, ("file.0", "第二页.jpg", b"two"), ("file.0", "空.jpg", b"")],
            do="upload",
        )
        text = html.unescape(visitor.text)
        assert visitor.status == 200
        assert text.count('name="held.0"') == 2
        assert 'value="向小"' in text
        assert "文件是空的" in text
        digest = re.search(r'name="drop.0" value="([0-9a-f]{64})"', text)
        assert digest
        await send(visitor, FORM, {"drop.0": digest[1]}, do="upload")
        assert visitor.text.count('name="held.0"') == 1
        assert await cases_of(console) == []


async def test_a_file_nobody_uploaded_here_is_told_and_not_sent(console: Console) -> None:
    held = '["' + "0" * 64 + '", 12, "image/jpeg", "x.jpg"]'
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "copies.1": "1", "held.0": held})
        assert visitor.status == 422
        assert "还没有上传" in visitor.text
        assert "PUT" not in visitor.text
        assert await cases_of(console) == []


async def test_an_item_whose_handler_publishes_nothing_is_taken_in_freely(tmp_path: Path) -> None:
    async with a_window(tmp_path) as console, console.signed_in("window") as visitor:
        text = await visitor.get(FORM)
        assert "对方没有公布" in text
        typed = {
            "applicant.kind": "organisation",
            "organisation.name": "利川示例茶业有限公司",
            "organisation.uscc": "91370406L24894136J",
        }
        more = {"form.说明": "补领", "name.x1": "营业执照", "copies.x1": "2", "delivery.way": "origin_window"}
        await send(visitor, FORM, {**typed, **more})
        assert visitor.address.endswith("/slip"), visitor.text
        assert "没有按办理地的要求核对" in visitor.text


async def test_what_is_typed_is_shown_as_text_wherever_it_stands(console: Console) -> None:
    evil = '"><script>alert(1)</script>{{7*7}}'
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        fields = dict.fromkeys(
            [*TYPED, "summary", "name.x1", "licence.0", "copies.1", "contact.name", "form.家庭成员"], evil
        )
        await send(
            visitor,
            FORM,
            {**fields, "held.1": evil, "form_token": evil, "opened_at": evil},
            [("file.0", f"{evil}.jpg", b"x")],
        )
        assert visitor.status == 422
        assert "<script>alert" not in visitor.text
        assert ">49" not in visitor.text
        await visitor.get(f"/take-in?where={evil}&what={evil}")
        assert "<script>alert" not in visitor.text
        await visitor.get(f"/take-in?place={evil}")
        assert "<script>alert" not in visitor.text


async def test_the_pages_token_comes_first_or_nothing_is_done(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        visitor.text = ""
        await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [PHOTO])
        assert visitor.status == 403
        assert "PAGE_FORGED" in visitor.text
        assert await cases_of(console) == []


async def test_a_slip_is_for_the_place_that_took_it_in(console: Console) -> None:
    number = await console.regions["422800"].submit(console.regions["422800"].a_case("500114"))
    await console.regions.settle_down()
    async with console.signed_in("window") as visitor:
        await visitor.get(f"/cases/{number}/slip")
        assert visitor.status == 404


@pytest.mark.parametrize(
    ("asked", "name", "found"),
    [
        ("sbk", "社保卡申领", True),
        ("cq", "重庆市", True),
        ("qj", "重庆市黔江区", True),
        ("SHBZ", "社会保障卡", True),
        ("保障", "社会保障卡", True),
        ("xx", "社会保障卡", False),
        ("", "社会保障卡", True),
        ("保x", "社会保障卡", False),
    ],
)
def test_initials_find_names(asked: str, name: str, found: bool) -> None:
    assert is_meant(asked, name) is found


def test_initials_of_places_and_items() -> None:
    assert initials("恩施土家族苗族自治州") == "estjzmzzzz"
    assert initials("异地就医登记备案") == "ydjydjba"
    assert initials("12345 热线(A)") == "12345rxa"
    assert initials("㑇") == "*"


async def test_departments_that_share_an_item_are_chosen_between_first(tmp_path: Path) -> None:
    codes = [f"11422800MB0T00015R3{CARD}", f"11440232MB2D06811W3{CARD}"]
    items = [the_item(task_code=code, department=f"示例部门{n}") for n, code in enumerate(codes)]
    async with a_window(tmp_path, *items) as console, console.signed_in("window") as visitor:
        text = html.unescape(await visitor.get(FORM))
        for code in codes:
            assert f"{FORM}&task={code}" in text
        text = html.unescape(await visitor.get(f"{FORM}&task={codes[1]}"))
        assert "示例部门1" in text
        await send(visitor, f"{FORM}&task={codes[1]}", {**TYPED, "copies.1": "1"}, [PHOTO])
        assert visitor.address.endswith("/slip")
        [number] = await cases_of(console)
        assert (await console.regions["500114"].view(number)).case.item.task_code == codes[1]


async def test_an_agent_acts_with_the_authorisation_that_is_handed_in(console: Console) -> None:
    agent = {
        "has_agent": "yes",
        "agent.name": "覃远山",
        "agent.certificate_kind": "resident_id",
        "agent.certificate_number": "422801199001010018",
    }
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, **agent, "copies.1": "1", "originals.2": "1"}, [PHOTO])
        assert visitor.address.endswith("/slip"), visitor.text
        assert "422801199001010018" not in visitor.text
    [number] = await cases_of(console)
    case = (await console.regions["500114"].view(number)).case
    assert case.agent
    assert case.agent.authorisation_material_id == case.materials[2].material_id
    assert case.materials[2].name == "授权委托书"


async def test_a_file_that_cannot_be_kept_is_told_next_to_its_field_and_the_others_are(console: Console) -> None:
    large = b"x" * (3 * 1024 * 1024)
    console.regions["500114"].gateway.unclaimed_materials = 2 * 1024 * 1024
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        files = [("file.1", "证件.jpg", b"small"), ("file.0", "太大.jpg", large)]
        text = html.unescape(await send(visitor, FORM, {**TYPED}, files, do="upload"))
        assert re.search(r'<fieldset class="material wrong" id="f-row.0"', text)
        assert not re.search(r'<fieldset class="material wrong" id="f-row.1"', text)
        assert "证件.jpg" in text
        assert "太大.jpg" not in text


async def test_what_is_typed_is_bounded(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, **{f"form.{n}": "x" * 400_000 for n in range(3)}})
        assert visitor.status == 413
        await visitor.get(FORM)
        await send(visitor, FORM, {f"form.{n}": "x" for n in range(2100)})
        assert visitor.status == 413
        assert await cases_of(console) == []


async def test_a_place_or_item_without_an_agreement_is_said_plainly(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        for query, said in (
            ("place=433100&item=" + CARD, "湘西"),
            ("place=500114&item=" + CARD, "黔江"),
            ("place=422801&item=000199999000", "000199999000"),
            ("place=&item=", ""),
        ):
            await visitor.get(f"/take-in/form?{query}")
            assert 400 <= visitor.status < 500, query
            assert said in visitor.text
