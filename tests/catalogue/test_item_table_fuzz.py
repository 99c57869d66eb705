"""Damaged item tables: whatever is done to one, reading ends, and takes it whole or says why not."""

import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogue.item_tables import ITEM, MATERIAL, STEP, csv_bytes, put, read, said, table, workbook

CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "0",
            "1E+11",
            "００１",
            "=1+1",
            "'1",
            "即办",
            "20天",
            "5个月",
            "是",
            "无",
            "#N/A",
            "\x00",
            "\u202e",
            '"',
            "；",
            "𠮷",
            "-1",
            "1" * 40,
        ]
    ),
)


def taken_whole_or_explained(name: str, raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(raw)
        found = read(path)
        assert found.ok or found.findings
        assert not found.ok or found.definitions
        assert said(found)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["事项.csv", "事项.xlsx", "事项.json", "x.csv", "x.xlsm"]))
def test_no_bytes_stop_the_reader(raw: bytes, name: str):
    taken_whole_or_explained(name, raw)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(list(ITEM)), CELLS, st.sampled_from(list(MATERIAL)), CELLS, st.sampled_from(list(STEP)), CELLS)
def test_no_cell_stops_the_reader(first, cell, second, other, third, more):
    with tempfile.TemporaryDirectory() as folder:
        found = read(
            put(
                Path(folder),
                事项=table(ITEM, **{first: cell}),
                材料=table(MATERIAL, **{second: other}),
                环节=table(STEP, **{third: more}),
            )
        )
        assert found.ok or any(one.is_error for one in found.findings)
        for one in found.findings:
            assert one.line <= 4
            assert one.fix.zh


def damaged(raw: bytes, at: int, put_in: bytes, cut: int) -> bytes:
    at %= len(raw)
    return raw[:at] + put_in + raw[at + cut :]


DAMAGE = (st.integers(0, 10**6), st.binary(max_size=6), st.integers(0, 40))


@settings(max_examples=50, deadline=None)
@given(*DAMAGE)
def test_a_damaged_csv_file_is_taken_whole_or_explained(at, put_in, cut):
    taken_whole_or_explained("事项.csv", damaged(csv_bytes(table(ITEM)), at, put_in, cut))


def a_workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return workbook(Path(folder) / "x.xlsx", 事项=table(ITEM), 材料=table(MATERIAL), 环节=table(STEP)).read_bytes()


WORKBOOK = a_workbook()


def with_part(raw: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    parts[name] = change(parts[name])
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    return out.getvalue()


@settings(max_examples=50, deadline=None)
@given(*DAMAGE)
def test_a_damaged_workbook_is_taken_whole_or_explained(at, put_in, cut):
    taken_whole_or_explained("x.xlsx", damaged(WORKBOOK, at, put_in, cut))


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(
        [
            "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
            "xl/styles.xml",
            "[Content_Types].xml",
            "xl/_rels/workbook.xml.rels",
        ]
    ),
    *DAMAGE,
)
def test_a_workbook_with_a_damaged_part_is_taken_whole_or_explained(name, at, put_in, cut):
    taken_whole_or_explained("x.xlsx", with_part(WORKBOOK, name, lambda raw: damaged(raw, at, put_in, cut)))
