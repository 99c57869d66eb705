"""Licences looked up at the window with the applicant's number: found, none, expired, away; chosen, sent, and in the audit."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case.item.definition import ItemMaterial, MaterialShape
from gateway.case.model import LicenceReference
from gateway.licences.file_source import FileSource
from gateway.store import audit
from tests.console.people_build import Console
from tests.console.window_build import FORM, TYPED, a_window, send, the_item
from tests.licence_platform import CARD_TYPE, HOLDER, a_record, an_identifier, sample_file

CARD = ItemMaterial("A001", "居民身份证", shape=MaterialShape.EITHER, copies=1, licence_type_code=CARD_TYPE)
ONE, TWO, OTHERS = (an_identifier(f"2023000000{n}") for n in (1, 2, 3))


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item(materials=(CARD,))) as one:
        gateway = one.regions["500114"].gateway
        source = FileSource(tmp_path / "licences.yaml", gateway.world.clock)
        hold(tmp_path, {ONE: a_record(), OTHERS: a_record(holder_number="422801199001010018")})
        gateway.licences = replace(gateway.licences, source=source, register=source)
        yield one


def hold(folder: Path, licences: dict[str, dict[str, str]]) -> None:
    (folder / "licences.yaml").write_text(sample_file(licences), encoding="utf-8")


async def noted(console: Console) -> list[tuple[str, str, str]]:
    rows = await console.regions["500114"].gateway.database.read(
        lambda tx: audit.newest(tx, 0, "licence.looked_up", "", 9)
    )
    return [(one.actor.partition(":")[0], one.outcome, one.detail) for one in rows]


async def test_the_only_licence_is_chosen_sent_and_verified(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        assert "按证件号码查证照" in visitor.text
        text = html.unescape(await send(visitor, FORM, TYPED, do="look.0"))
        assert visitor.status == 200
        assert f'name="licence.0" value="{ONE}"' in text
        assert "居民身份证" in text
        assert OTHERS not in text, "of somebody else"
        assert re.search(r"2020-01-01 – 2036-01-01", text)
        await send(visitor, FORM, {**TYPED, "licence.0": ONE})
        assert visitor.address.endswith("/slip"), visitor.text
    [(number,)] = await console.regions["500114"].gateway.database.read(lambda tx: tx.rows("SELECT case_id FROM cases"))
    [material] = (await console.regions["500114"].view(number)).case.materials
    assert isinstance(material.form, LicenceReference)
    assert (material.form.licence_id, material.form.check.value) == (ONE, "valid")
    [(who, outcome, detail)] = await noted(console)
    assert (who, outcome) == ("person", "found")
    assert HOLDER.number not in detail
    assert detail == f"type={CARD_TYPE} found=1"


async def test_of_several_the_window_chooses_and_what_does_not_count_says_why(console: Console, tmp_path: Path) -> None:
    hold(tmp_path, {ONE: a_record(), TWO: a_record(), OTHERS: a_record(valid_to="2026-01-01")})
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        text = html.unescape(await send(visitor, FORM, TYPED, do="look.0"))
        assert len(re.findall(r'type="radio" name="found.0"', text)) == 2
        assert "已于 2026-01-01 失效" in text
        await send(visitor, FORM, {**TYPED, "licence.0": "", "found.0": TWO})
        assert visitor.address.endswith("/slip"), visitor.text


@pytest.mark.parametrize(
    ("licences", "told", "outcome"),
    [
        ({}, "没有查到这类证照", "none"),
        ({ONE: a_record(valid_to="2026-01-01")}, "查到的证照都不能使用", "invalid"),
        (None, "证照文件有误", "SOURCE_FILE"),
    ],
)
async def test_none_expired_and_away_are_told_in_words_and_the_form_stays(
    console: Console, tmp_path: Path, licences: dict[str, dict[str, str]] | None, told: str, outcome: str
) -> None:
    if licences is None:
        (tmp_path / "licences.yaml").write_text("licences: no", encoding="utf-8")
    else:
        hold(tmp_path, licences)
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        text = html.unescape(await send(visitor, FORM, TYPED, do="look.0"))
        assert visitor.status == 200
        assert told in text
        assert 'value="422801199001010026"' in text
    assert [one[1] for one in await noted(console)] == [outcome]


async def test_without_a_right_number_nobody_is_looked_up(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        for number, told in (("", "没有证件号码"), ("422801199001010027", "校验")):
            text = html.unescape(await send(visitor, FORM, {**TYPED, "person.certificate_number": number}, do="look.0"))
            assert re.search(r'id="f-person.certificate_number"[^>]*aria-invalid="true"', text)
            assert told in text
        await send(visitor, FORM, TYPED, do="look.7")
        assert visitor.status == 200
    assert await noted(console) == []


async def test_where_nothing_is_connected_nobody_offers_to_look(tmp_path: Path) -> None:
    async with a_window(tmp_path, the_item(materials=(CARD,))) as console, console.signed_in("window") as visitor:
        await visitor.get(FORM)
        assert "按证件号码查证照" not in visitor.text
        text = html.unescape(await send(visitor, FORM, TYPED, do="look.0"))
        assert "没有接入证照来源" in text
