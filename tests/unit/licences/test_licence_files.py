"""The file of sample licences, the table of types, and the ones this repository ships."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.case.licence_verdicts import LicenceState
from gateway.files.findings import Findings
from gateway.licences.licence_types import LicenceTypes, read_types
from gateway.licences.sample_file import read_samples
from tests.licence_platform import BOOK_TYPE, CARD_TYPE, a_record, an_identifier, sample_file, types_file

ROOT = Path(__file__).parents[3]
TODAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def lines(findings: Findings) -> list[tuple[int, str]]:
    return [(one.line, one.key) for one in findings]


def test_the_shipped_samples_have_no_mistake_and_only_right_identifiers() -> None:
    licences, findings = read_samples(ROOT / "licences/sample.yaml")
    assert findings == ()
    assert licences
    types, findings = read_types(ROOT / "licences/types.csv")
    assert findings == ()
    assert len(types) >= 12
    known = {row.code for row in types}
    assert all(one.id.split(".")[5] in known for one in licences)
    for name in ("sample.yaml", "types.csv"):
        assert "示例" in (ROOT / "licences" / name).read_text("utf-8")


def test_a_revocation_holds_from_its_moment(tmp_path: Path) -> None:
    path = tmp_path / "licences.yaml"
    path.write_text(
        sample_file(
            {
                an_identifier("1"): a_record(state="07", revoked_at="2026-11-25"),
                an_identifier("2"): a_record(revoked_at="2026-11-24"),
                an_identifier("3"): a_record(state="02"),
            }
        ),
        encoding="utf-8",
    )
    licences, findings = read_samples(path)
    assert findings == ()
    assert licences
    assert [one.standing(TODAY) for one in licences] == [
        (LicenceState.VALID, None),
        (LicenceState.WITHDRAWN, date(2026, 11, 24)),
        (LicenceState.SUSPENDED, None),
    ]
    assert licences[0].standing(datetime(2026, 11, 24, 16, 0, tzinfo=UTC)) == (
        LicenceState.REVOKED,
        date(2026, 11, 25),
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("licences:\n  - id: 1.2.3\n    name: 证\n    holder: 向小满\n", [(2, "licences[0].id")]),
        (f"licences:\n  - id: {an_identifier()}\n    name: 证\n", [(2, "licences[0].holder")]),
        (
            f'licences:\n  - id: {an_identifier()}\n    name: 证\n    holder: 向小满\n    state: "08"\n',
            [(5, "licences[0].state")],
        ),
        (
            "licences:\n" + f"  - id: {an_identifier()}\n    name: 证\n    holder: 向小满\n" * 2,
            [(5, "licences[1].id")],
        ),
        ("something: else\n", [(1, "something")]),
    ],
)
def test_every_mistake_of_a_sample_file_is_told_at_its_line(tmp_path: Path, text: str, wrong: list) -> None:
    path = tmp_path / "licences.yaml"
    path.write_text(text, encoding="utf-8")
    licences, findings = read_samples(path)
    assert licences is None
    assert lines(findings) == wrong


def test_a_table_is_read_by_its_headings_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "types.csv"
    path.write_text(f"备注,callable,name,type_code\n示例,yes,居民身份证,{CARD_TYPE}\n", encoding="utf-8-sig")
    rows, findings = read_types(path)
    assert findings == ()
    assert [(row.code, row.name, row.callable) for row in rows] == [(CARD_TYPE, "居民身份证", True)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", [(0, "")]),
        ("证照类型代码,证照名称\n", [(1, "可调用")]),
        ("证照类型代码,证照名称,可调用\nABC,,也许\n", [(2, "证照类型代码"), (2, "证照名称"), (2, "可调用")]),
        (types_file((CARD_TYPE, "甲", "是"), (CARD_TYPE, "乙", "否")), [(3, "证照类型代码")]),
    ],
)
def test_every_mistake_of_a_table_is_told_at_its_row(tmp_path: Path, text: str, wrong: list) -> None:
    path = tmp_path / "types.csv"
    path.write_text(text, encoding="utf-8")
    rows, findings = read_types(path)
    assert rows == ()
    assert lines(findings) == wrong


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert [one.is_error for one in read_types(tmp_path / "none.csv")[1]] == [True]


def test_a_changed_table_counts_and_a_broken_one_keeps_the_last_good_one(tmp_path: Path) -> None:
    path = tmp_path / "types.csv"
    path.write_text(types_file((CARD_TYPE, "居民身份证", "是")), encoding="utf-8")
    types = LicenceTypes(path, ())
    assert types.callable_types() == {CARD_TYPE}
    assert types.name_of(CARD_TYPE) == "居民身份证"
    assert types.name_of(BOOK_TYPE) == BOOK_TYPE
    path.write_text("证照类型代码,证照名称,可调用\nABC,,也许\n", encoding="utf-8")
    assert types.callable_types() == {CARD_TYPE}
    path.write_text(types_file((CARD_TYPE, "居民身份证", "否"), (BOOK_TYPE, "居民户口簿", "是")), encoding="utf-8")
    assert types.callable_types() == {BOOK_TYPE}
