import io
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from gateway.case.item.definition import TimeLimit
from gateway.catalogue import workbook as reading
from tests.catalogue.item_tables import BASIC, ITEM, MATERIAL, STEP, read, said, table, told, workbook


def rezipped(path: Path, **parts: bytes) -> Path:
    """Write a workbook again with some of its parts replaced."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in {**content, **parts}.items():
            archive.writestr(name, raw)
    return path


def test_a_workbook_is_read_with_cells_of_every_kind(tmp_path: Path):
    row = {
        **ITEM,
        "实施日期": date(2026, 1, 1),
        "版本": 1,
        "到现场次数": 1,
        "法定时限": 20,
        "法定时限单位": "工作日",
        "是否收费": False,
    }
    path = workbook(
        tmp_path / "事项清单.xlsx",
        事项=[["恩施州跨省通办事项清单"], [], *table(row)],
        材料=table({**MATERIAL, "原件份数": 1, "复印件份数": 0}),
        环节=table(STEP),
        Sheet4=[],
    )
    found = read(path)
    assert said(found).endswith("没有发现问题。")
    (one,) = found.definitions
    assert (one.valid_from, one.version, one.visits, one.fee_charged) == (date(2026, 1, 1), 1, 1, False)
    assert one.legal_limit == TimeLimit(20)
    assert (len(one.materials), len(one.steps)) == (1, 1)


@pytest.mark.parametrize(
    ("column", "value", "in_text"),
    [
        ("基本编码", 117051000, "存成了数字 117051000"),
        ("基本编码", 1.17051e8, "存成了数字"),
        ("基本编码", "=A1", "公式"),
        ("实施编码", 1.1440232e30, "存成了数字"),
        ("事项类型", 1, "不认识“1”"),
        ("版本", 1.5, "不是整数"),
        ("版本", "=1+1", "公式"),
        ("实施日期", 46023, "不是日期"),
        ("承诺时限", 5.5, "不是时限"),
        ("承诺时限", datetime(2026, 1, 5, 8, 30), "不是时限"),
        ("办公时间", datetime(2026, 1, 5, 8, 30), "存成了日期或时间"),
        ("承诺时限", 5, "没有写单位"),
        ("通办方式", date(2026, 1, 1), "不认识"),
        ("事项名称", "#REF!", "错误值"),
    ],
)
def test_a_cell_of_the_wrong_kind_is_told_and_never_repaired(tmp_path: Path, column: str, value: object, in_text: str):
    found = read(workbook(tmp_path / "清单.xlsx", 事项=table(ITEM, **{column: value}), 环节=table(STEP)))
    assert not found.ok
    at = [one for one in found.findings if in_text in one.problem.zh]
    assert [(one.line, one.key.rpartition(" ")[2]) for one in at] == [(2, column)], said(found)


def test_a_cell_is_named_by_sheet_row_and_letter_below_merged_titles(tmp_path: Path):
    path = tmp_path / "清单.xlsx"
    workbook(path, 事项=[["恩施州事项清单"], [], *table(ITEM, 办件类型="?")], 环节=table(STEP))
    book = load_workbook(path)
    book["事项"].merge_cells("A1:F1")
    book.save(path)
    (bad,) = [one for one in read(path).findings if one.is_error]
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[list(ITEM).index("办件类型")]
    assert (bad.line, bad.key) == (4, f"事项!{letter} 办件类型")
    assert bad.file.endswith("清单.xlsx")


def test_rows_that_were_merged_are_told_to_be_filled(tmp_path: Path):
    path = tmp_path / "清单.xlsx"
    workbook(
        path,
        事项=table(ITEM),
        环节=table(STEP),
        材料=table(MATERIAL, {**MATERIAL, "材料编码": "M02", "材料名称": "申请表"}),
    )
    book = load_workbook(path)
    book["材料"].merge_cells("A2:A3")
    book.save(path)
    (bad,) = [one for one in read(path).findings if one.is_error]
    assert bad.line == 3
    assert "合并单元格" in bad.fix.zh


def test_sheets_may_have_longer_names_and_strange_ones_are_told(tmp_path: Path):
    path = workbook(
        tmp_path / "x.xlsx",
        附表一事项清单=table(ITEM),
        申请材料清单=table(MATERIAL),
        办理流程=table(STEP),
        统计=[["甲", "乙"], [1, 2]],
    )
    found = read(path)
    assert found.ok
    assert len(found.definitions[0].materials) == 1
    (warned,) = found.findings
    assert warned.key == "统计"


def test_one_sheet_of_any_name_is_known_by_its_headings(tmp_path: Path):
    found = read(workbook(tmp_path / "x.xlsx", Sheet1=table(ITEM), Sheet2=table(MATERIAL), Sheet3=table(STEP)))
    assert found.ok, said(found)
    assert (len(found.definitions[0].materials), len(found.definitions[0].steps)) == (1, 1)


def test_hidden_sheets_are_left_alone(tmp_path: Path):
    path = workbook(tmp_path / "x.xlsx", 事项=table(ITEM), 环节=table(STEP), 旧事项=table(ITEM, 办件类型="?"))
    book = load_workbook(path)
    book["旧事项"].sheet_state = "hidden"
    book.save(path)
    assert said(read(path)).endswith("没有发现问题。")


def test_two_workbooks_do_not_share_their_materials(tmp_path: Path):
    other = {**ITEM, "基本编码": "000117052000", "实施编码": ""}
    first = workbook(tmp_path / "a.xlsx", 事项=table(ITEM), 环节=table(STEP), 材料=table(MATERIAL))
    second = workbook(
        tmp_path / "b.xlsx", 事项=table(other), 环节=table(STEP, 基本编码="000117052000"), 材料=table(MATERIAL)
    )
    found = read(first, second)
    assert [one.file.rpartition("/")[2] for one in found.findings if one.is_error] == ["b.xlsx"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path):
    path = workbook(tmp_path / "x.xlsx", 事项=table(ITEM))
    raw = bytearray(path.read_bytes())
    # The size a part unpacks to stands at byte 24 of its entry in the list of parts.
    entry = raw.index(b"PK\x01\x02") + 24
    raw[entry : entry + 4] = (reading.MOST_UNPACKED + 1).to_bytes(4, "little")
    path.write_bytes(raw)
    assert "512 MiB" in said(read(path))


def test_a_part_that_says_it_is_small_is_not_unpacked_further(tmp_path: Path):
    path = workbook(tmp_path / "x.xlsx", 事项=table(ITEM))
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = (
            raw.index(b"xl/worksheets/sheet1.xml", raw.index(mark))
            if mark == b"PK\x03\x04"
            else raw.rindex(b"xl/worksheets/sheet1.xml")
        )
        entry = raw.rindex(mark, 0, at) + offset
        raw[entry : entry + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)
    assert not read(path).ok


def as_spreadsheet_programs_write(path: Path) -> Path:
    """Put the texts of the first sheet into a table of shared strings."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    texts: list[str] = []

    def shared(found: re.Match[str]) -> str:
        texts.append(found[2])
        return f'<c {found[1]} t="s"><v>{len(texts) - 1}</v></c>'

    sheet = "xl/worksheets/sheet1.xml"
    inline = r'<c (r="[A-Z0-9]+") t="inlineStr"><is><t[^>]*>(.*?)</t></is></c>'
    parts[sheet] = re.sub(inline, shared, parts[sheet], flags=re.DOTALL)
    # Names get a reading aid, runs of their own format, and an escaped line break, as real exports have.
    strings = "".join(
        f'<si><r><t>{text[:1]}</t></r><r><rPr><b/></rPr><t>{text[1:]}_x000D_</t></r><rPh sb="0" eb="1"><t>x</t></rPh></si>'
        for text in texts
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{strings}</sst>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sharedStrings+xml"/></Types>',
    )
    return rezipped(path, **{name: text.encode() for name, text in parts.items()})


def test_texts_that_a_workbook_keeps_apart_are_read(tmp_path: Path):
    path = as_spreadsheet_programs_write(workbook(tmp_path / "x.xlsx", 事项=table(ITEM), 环节=table(STEP)))
    with zipfile.ZipFile(path) as archive:
        assert b't="s"' in archive.read("xl/worksheets/sheet1.xml")
    found = read(path)
    assert found.ok, said(found)
    assert found.definitions[0].name == "示例许可"


def test_entities_and_links_to_elsewhere_are_never_followed(tmp_path: Path):
    path = workbook(tmp_path / "x.xlsx", 事项=table(ITEM))
    laughs = b'<!ENTITY a0 "ha">' + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [' + laughs + b"]><worksheet><sheetData>&a11;</sheetData></worksheet>"
    assert not read(rezipped(path, **{"xl/worksheets/sheet1.xml": bomb})).ok
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    outside = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&f;</t></is></c></row></sheetData></worksheet>'
    )
    found = read(rezipped(path, **{"xl/worksheets/sheet1.xml": outside.encode()}))
    assert not found.ok
    assert "geheim" not in said(found)


def test_a_row_far_below_and_a_cell_far_right_do_not_stop_the_reader(tmp_path: Path):
    path = tmp_path / "x.xlsx"
    workbook(path, 事项=table(ITEM), 环节=table(STEP))
    book = load_workbook(path)
    book["事项"].cell(row=3, column=16384, value="x")
    book["事项"].cell(row=20_000, column=1, value="注: 完")
    book.save(path)
    found = read(path)
    assert found.ok, said(found)
    assert [one.line for one in told(found)] == [20_000]


def test_a_row_number_beyond_any_sheet_ends_the_reading(tmp_path: Path):
    path = workbook(tmp_path / "x.xlsx", 事项=table(ITEM), 环节=table(STEP))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b'<row r="2"' in sheet
    found = read(rezipped(path, **{"xl/worksheets/sheet1.xml": sheet.replace(b'<row r="2"', b'<row r="99999999999"')}))
    assert found.definitions == ()
    assert not found.ok


def test_a_workbook_saved_without_styles_and_sizes_is_read(tmp_path: Path):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("事项")
    for row in table(ITEM):
        sheet.append(list(row))
    raw = io.BytesIO()
    book.save(raw)
    (tmp_path / "x.xlsx").write_bytes(raw.getvalue())
    found = read(tmp_path / "x.xlsx")
    assert [one.basic_code for one in found.definitions] == [BASIC]
