"""The shipped sample catalogues: importable as they are, marked as samples, and fit for the demo's case."""

import csv
import json
from pathlib import Path

import pytest

from gateway.case.form.schema import form_problems
from gateway.case.item.definition import ItemState, Need
from tests.catalogue.item_tables import read, said

ITEMS = Path(__file__).parents[2] / "items"
QIANJIANG = ITEMS / "500114-黔江区"
CARD = "000120011000"


def is_full(definition) -> bool:
    d = definition
    standards = all(m.standard for m in d.materials)
    return bool(d.materials and standards and d.steps and d.promised_limit and d.form_schema and d.result_name)


@pytest.mark.parametrize(("folder", "count", "full"), [(ITEMS, 130, 34), (QIANJIANG, 6, 6)])
def test_a_shipped_catalogue_is_read_without_any_finding(folder: Path, count: int, full: int):
    found = read(folder)
    assert said(found).endswith("没有发现问题。")
    assert len(found.definitions) == count
    assert sum(map(is_full, found.definitions)) == full
    assert all(one.sample for one in found.definitions)
    assert {one.division for one in found.definitions} == {"422800" if folder is ITEMS else "500114"}


def test_the_card_takes_the_case_of_the_demo():
    card = next(one for one in read(ITEMS).definitions if one.basic_code == CARD)
    required = [one.name for one in card.materials if one.need is Need.REQUIRED]
    assert required == ["居民身份证", "一寸免冠照片"]
    form = {"持卡人姓名": "向小满", "换领原因": "损坏", "旧卡流水号": 90071992547409931234, "工本费": 0.00}
    assert form_problems(json.dumps(form, ensure_ascii=False), card.form_schema) == ()
    assert form_problems("{}", card.form_schema)


def test_the_second_catalogue_really_differs():
    ours = {one.basic_code: one for one in read(ITEMS).definitions}
    theirs = {one.basic_code: one for one in read(QIANJIANG).definitions}
    assert theirs.keys() <= ours.keys()
    card, other = ours[CARD], theirs[CARD]
    assert len(other.materials) == len(card.materials) + 1
    assert len(other.steps) == len(card.steps) + 1
    assert other.promised_limit != card.promised_limit
    assert [one.name for one in theirs.values() if one.state is ItemState.PAUSED]
    same = "002014003000"
    assert (ours[same].materials, ours[same].steps) == (theirs[same].materials, theirs[same].steps)


def test_every_code_that_partner_files_give_an_item_is_its_code_here():
    names = {one.basic_code: one.name for one in read(ITEMS).definitions}
    lines = (ITEMS.parent / "partners/_items.md").read_text("utf-8").splitlines()
    listed = dict(line.strip("| ").split(" | ")[:2] for line in lines if line.startswith("| `0"))
    assert len(listed) == 14
    for code, name in listed.items():
        assert names[code.strip("`")] == name


def test_every_form_belongs_to_an_item():
    for folder in (ITEMS, QIANJIANG):
        with (folder / "事项.csv").open(encoding="utf-8-sig", newline="") as stream:
            named = {row["表单"] for row in csv.DictReader(stream)} - {""}
        assert {f"forms/{path.name}" for path in (folder / "forms").iterdir()} == named


def test_the_example_of_the_manual_is_a_list_that_can_be_imported(tmp_path: Path):
    manual = (ITEMS.parent / "docs/items.md").read_text("utf-8")
    (tmp_path / "items.json").write_text(manual.split("```json\n")[1].split("```")[0], "utf-8")
    found = read(tmp_path / "items.json")
    assert said(found).endswith("没有发现问题。")
    assert [one.basic_code for one in found.definitions] == [CARD]
