from importlib.resources import files

import pytest

from gateway.case.code.divisions import DIVISIONS_FILE, DivisionLevel, Divisions, DivisionStatus, DivisionTableError

HEADER = "code6,code12,name,level,parent_code6,province,prefecture,status,replaced_by\n"
HUBEI = "420000,420000000000,湖北省,province,,湖北省,,current,\n"


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    return Divisions.parse((files("gateway.case") / DIVISIONS_FILE).read_text("utf-8"))


def test_the_packaged_table_is_whole(divisions: Divisions):
    assert len(divisions) == 280
    assert sum(division.level is DivisionLevel.PROVINCE for division in divisions) == 31
    assert sum(division.parent == "422800" for division in divisions) == 8
    in_force = [division for division in divisions if division.status is DivisionStatus.CURRENT]
    assert sum(division.parent == "500000" for division in in_force) == 37


def test_a_division_is_found_by_either_form_of_its_code(divisions: Divisions):
    lichuan = divisions.get("422802")
    assert lichuan is not None
    assert (lichuan.name, lichuan.level, lichuan.parent) == ("利川市", DivisionLevel.COUNTY, "422800")
    assert divisions.get("422802000000") is lichuan
    assert divisions.get("422802100203") is lichuan


@pytest.mark.parametrize("code", ["", "4228", "42280X", "４22802", "429999", "4228021", "420000100000", "440106001000"])
def test_a_code_that_is_not_known_has_no_division_and_lies_in_nothing(divisions: Divisions, code: str):
    assert divisions.get(code) is None
    assert divisions.successors(code) == ()
    assert not divisions.is_within(code, "420000")
    assert not divisions.is_within("422802", code)
    with pytest.raises(ValueError, match="not in the table"):
        divisions.covering_depth(code)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("420000", "湖北省"),
        ("422800", "湖北省恩施土家族苗族自治州"),
        ("422802", "湖北省恩施土家族苗族自治州利川市"),
        ("500114", "重庆市黔江区"),
        ("429021", "湖北省神农架林区"),
        ("422802100000", "湖北省恩施土家族苗族自治州利川市(422802100000)"),
        ("999999", "999999"),
    ],
)
def test_a_code_is_named_in_full(divisions: Divisions, code: str, name: str):
    assert divisions.named(code) == name


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("422802", "422800"),
        ("422802", "422802"),
        ("422802000000", "422800000000"),
        ("422802100000", "422800"),
        ("422802100203", "422802"),
        ("422802100203", "422802100000"),
        ("422802100203", "422802100203"),
        ("422802", "420000"),
        ("429021", "420000"),
        ("500114", "500000"),
        ("500240", "500000"),
        ("500105", "500000"),
        ("441900003000", "441900"),
    ],
)
def test_a_place_lies_in_its_county_prefecture_and_province(divisions: Divisions, code: str, scope: str):
    assert divisions.is_within(code, scope)


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("422800", "422802"),
        ("422802", "422801"),
        ("422802", "422802100000"),
        ("422802101000", "422802100000"),
        ("422802100000", "422802100203"),
        ("422802100204", "422802100203"),
        ("429021", "422800"),
        ("500114", "420000"),
        ("500105", "500157"),
        ("430772", "430700"),
    ],
)
def test_a_place_lies_in_no_narrower_and_no_other_place(divisions: Divisions, code: str, scope: str):
    assert not divisions.is_within(code, scope)


def test_narrower_scopes_are_deeper(divisions: Divisions):
    scopes = ["500000", "422800", "422802", "422802100000", "422802100203"]
    depths = [divisions.covering_depth(scope) for scope in scopes]
    assert depths == sorted(set(depths)) == list(DivisionLevel)
    assert divisions.covering_depth("500114") is divisions.covering_depth("429021") is DivisionLevel.COUNTY
    assert divisions.covering_depth("422802000000") is DivisionLevel.COUNTY


def test_the_chongqing_adjustment_of_2025_is_followed(divisions: Divisions):
    def after(code: str) -> list[str]:
        return [division.code6 for division in divisions.successors(code)]

    assert after("500105") == ["500157"]
    assert after("500112") == ["500157", "500109"]
    assert after("500112001000") == ["500157", "500109"]
    assert after("500109") == ["500109"]


@pytest.mark.parametrize("code", ["430771", "431271", "430771000000", "500100", "500200", "429000", "429000000000"])
def test_codes_that_only_group_others_are_pseudo_codes(divisions: Divisions, code: str):
    assert divisions.is_pseudo(code)
    assert [problem.code for problem in divisions.problems(code)] == ["DIVISION_PSEUDO"]


def test_no_division_of_the_table_is_a_pseudo_code(divisions: Divisions):
    assert not [division for division in divisions if divisions.is_pseudo(division.code6)]
    assert not divisions.is_pseudo("441900003000")


def test_a_code_that_cannot_be_dealt_with_says_why(divisions: Divisions):
    assert divisions.problems("422802") == divisions.problems("422802100203") == ()
    assert [problem.code for problem in divisions.problems("42280")] == ["DIVISION_SHAPE"]
    assert [problem.code for problem in divisions.problems("429999")] == ["DIVISION_UNKNOWN"]
    (problem,) = divisions.problems("500112")
    assert problem.code == "DIVISION_ABOLISHED"
    assert problem.text.zh == (
        "行政区划代码 500112（渝北区）已撤销，现为 500157 两江新区, 500109 北碚区，请选择其中之一"
    )


def test_every_line_of_a_broken_table_is_told_at_once():
    text = (
        HEADER
        + HUBEI
        + (
            "42280,422800000000,恩施州,prefecture,420000,湖北省,恩施州,current,\n"
            "420000,420000000000,湖北省,province,,湖北省,,current,\n"
            "422802,422802000001,,town,422800,湖北省,恩施州,closed,\n"
            "422801,422801000000,恩施市,county,422800,湖北省,恩施州,current,\n"
            "500105,500105000000,江北区,county_direct,420000,重庆市,,abolished,500157\n"
            "500106,500106000000,甲区,county_direct,420000,重庆市,,abolished,500107\n"
            "500107,500107000000,乙区,county_direct,420000,重庆市,,abolished,500106\n"
            "500108,500108000000,丙区,county_direct,,重庆市,,current,500107\n"
            "500109\n"
            "500110,500110000000,丁区,county_direct,420000,重庆市,,abolished,500106\n"
        )
    )
    with pytest.raises(DivisionTableError) as refused:
        Divisions.parse(text)
    assert refused.value.findings == (
        (3, "code6 needs six digits"),
        (4, "code6 stands on line 2 already"),
        (5, "code12 needs to be code6 and six zeros"),
        (5, "level is none of province, prefecture, county, county_direct"),
        (5, "name is empty"),
        (5, "status is none of current, abolished"),
        (6, "parent_code6 422800 is no wider division of this table"),
        (7, "replaced_by 500157 is not in this table"),
        (8, "replaced_by 500107 leads back to this code"),
        (9, "replaced_by 500106 leads back to this code"),
        (10, "parent_code6 is empty for a province and for nothing else"),
        (10, "replaced_by is given for an abolished code and for nothing else"),
        (11, "the line ends before code12"),
    )
    assert str(refused.value).startswith("line 3: code6 needs six digits\nline 4: ")


def test_a_table_without_its_columns_or_rows_is_refused():
    with pytest.raises(DivisionTableError, match="columns are missing: code12, name"):
        Divisions.parse("code6\n420000\n")
    with pytest.raises(DivisionTableError, match="no rows"):
        Divisions.parse(HEADER)


def test_a_table_with_a_byte_order_mark_is_read():
    assert len(Divisions.parse("\ufeff" + HEADER + HUBEI)) == 1
