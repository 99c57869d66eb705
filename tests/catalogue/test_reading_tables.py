from datetime import date
from pathlib import Path

import pytest

from gateway.case.item.codes import ExerciseLevel
from gateway.case.item.definition import CaseType, Need, ServiceObject, TimeLimit, TimeUnit, Way
from gateway.case.kinds import StepKind, SuspensionKind
from gateway.case.model import Mode
from gateway.catalogue.assembly import Given
from tests.catalogue.item_tables import (
    BASIC,
    ITEM,
    MATERIAL,
    STEP,
    TASK,
    csv_bytes,
    put,
    read,
    said,
    table,
    told,
)


def items(folder: Path, **changed):
    """Read one item with some cells changed, its material and its step."""
    return read(put(folder, 事项=table(ITEM, **changed), 材料=table(MATERIAL), 环节=table(STEP)))


def test_a_right_table_is_read_whole(tmp_path: Path):
    found = items(tmp_path)
    assert said(found).endswith("没有发现问题。")
    (one,) = found.definitions
    assert (one.basic_code, one.task_code, one.division, one.version) == (BASIC, TASK, "422800", 1)
    assert one.valid_from == date(2026, 1, 1)
    assert one.acceptance_levels == (ExerciseLevel.COUNTY, ExerciseLevel.TOWN)
    assert (one.modes, one.ways, one.case_type) == ((Mode.ENTRUSTED,), (Way.WINDOW,), CaseType.PROMISED)
    assert (one.legal_limit, one.promised_limit) == (TimeLimit(20), TimeLimit(5))
    assert one.service_objects == (ServiceObject.PERSON,)
    assert [(m.list_code, m.need, m.originals) for m in one.materials] == [("M01", Need.REQUIRED, 1)]
    assert [(s.kind, s.limit) for s in one.steps] == [(StepKind.ACCEPTANCE, TimeLimit(1))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_is_read_with_and_without_a_byte_order_mark(tmp_path: Path, encoding: str):
    found = read(put(tmp_path, encoding, 事项=table(ITEM), 环节=table(STEP)))
    assert found.ok
    assert [one.name for one in found.definitions] == ["示例许可"]


def test_a_gbk_table_is_read_and_said_to_be_one(tmp_path: Path):
    found = read(put(tmp_path, "gb18030", 事项=table(ITEM, 事项名称="示例许可㭎𠮷"), 环节=table(STEP)))
    assert found.ok
    assert found.definitions[0].name == "示例许可㭎𠮷"
    assert [one.file.rpartition("/")[2] for one in found.findings] == ["事项.csv", "环节.csv"]
    assert "GBK" in said(found)


def test_headings_are_found_below_titles_and_in_many_forms(tmp_path: Path):
    heads, cells = table(ITEM)
    renamed = {
        "基本编码": "*基本编码\n（12位）",
        "法定时限": "法定办结时限（单位：工作日）",
        "到现场次数": "到办事现场次数",
    }
    rows = [["恩施州事项清单"], [], ["填报单位：示例", "", "日期"], [renamed.get(head, head) for head in heads], cells]
    rows[4][heads.index("法定时限")] = "20"
    found = read(put(tmp_path, 事项=rows, 环节=table(STEP)))
    assert said(found).endswith("没有发现问题。")
    assert found.definitions[0].legal_limit == TimeLimit(20)


@pytest.mark.parametrize(
    ("column", "cell", "in_text"),
    [
        ("基本编码", "1.17E+11", "科学计数"),
        ("基本编码", "117051000", "开头的 0"),
        ("基本编码", '="000117051000"', "引号或等号"),
        ("基本编码", "'000117051000", "引号或等号"),
        ("基本编码", "０００117051000", "全角"),
        ("基本编码", "117051000.0", "数字"),
        ("基本编码", "", "没有填写"),
        ("事项名称", "", "没有填写"),
        ("事项名称", "示例\u200b许可", "看不见"),
        ("区划", "500105", "已撤销"),
        ("区划", "999999", "不在区划表"),
        ("版本", "一", "不是整数"),
        ("版本", "1.5", "不是整数"),
        ("实施日期", "46023", "不是日期"),
        ("实施日期", "2026-02-30", "不是日期"),
        ("事项类型", "1", "不认识"),
        ("事项类型", "公共服务", "基本编码第 3、4 位是 01"),
        ("行使层级", "省市共管", "不认识"),
        ("行使层级", "市级", "第 19 位是 4"),
        ("办件类型", "3", "不认识"),
        ("办件类型", "联办件", "不认识"),
        ("办件类型", "即办件", "承诺时限却是"),
        ("通办方式", "1", "不认识"),
        ("服务对象", "法人", "不认识"),
        ("法定时限", "1个月", "单位“个月”不采用"),
        ("法定时限", "30分钟", "单位“分钟”不采用"),
        ("法定时限", "20", "没有写单位"),
        ("法定时限", "20天", "单位“天”不采用"),
        ("法定时限", "二十个工作日", "不是时限"),
        ("法定时限", "２０个工作日", "全角"),
        ("法定时限", "3个工作日", "长于法定时限"),
        ("承诺时限", "即办", "办件类型却不是即办件"),
        ("到现场次数", "１", "全角"),
        ("到现场次数", "0", "不能网上办理"),
        ("是否收费", "2", "不认识"),
        ("是否收费", "是", "没有写收费依据"),
        ("结果名称", "示例许可证", "不是证照"),
        ("实施编码", "11440232MB2D06811W4000117051001", "与基本编码不一致"),
    ],
)
def test_a_bad_cell_is_told_with_file_row_column_problem_and_fix(tmp_path: Path, column: str, cell: str, in_text: str):
    found = items(tmp_path, **{column: cell})
    assert not found.ok
    assert found.definitions == ()
    at = [one for one in found.findings if in_text in one.problem.zh and one.is_error]
    assert len(at) == 1, said(found)
    assert at[0].file.endswith("事项.csv")
    assert at[0].line == 2
    assert at[0].key.startswith("事项!")
    assert at[0].fix.zh
    assert at[0].fix.en


def test_the_column_is_named_by_letter_and_heading(tmp_path: Path):
    found = items(tmp_path, 办件类型="3")
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[list(ITEM).index("办件类型")]
    assert [one.key for one in found.findings] == [f"事项!{letter} 办件类型"]


def test_rows_are_counted_as_spreadsheets_count_them(tmp_path: Path):
    rows = table(ITEM, {**ITEM, "版本": "2", "办件类型": "?"}, 设定依据="《示例条例》第一条\n《示例办法》第二条")
    found = read(put(tmp_path, 事项=rows, 环节=table(STEP, 版本="1")))
    assert [one.line for one in found.findings if one.is_error] == [3]


def test_every_bad_row_is_reported_and_nothing_is_half_imported(tmp_path: Path):
    others = [{**ITEM, "版本": str(n), "行使层级": "?"} for n in range(2, 52)]
    found = read(put(tmp_path, 事项=table(ITEM, *others), 材料=table(MATERIAL, 版本="1")))
    assert sorted(one.line for one in found.findings if one.is_error) == list(range(3, 53))
    assert not found.ok


def test_contradictions_are_found_beside_bad_cells_of_the_same_row(tmp_path: Path):
    found = items(tmp_path, 行使层级="?", 是否收费="是", 结果名称="示例证")
    problems = said(found)
    for part in ("不认识“?”", "没有写收费依据", "不是证照"):
        assert part in problems
    assert "第 19 位" not in problems


def test_a_missing_column_is_told_once(tmp_path: Path):
    row = {name: cell for name, cell in ITEM.items() if name != "办件类型"}
    found = read(put(tmp_path, 事项=table(row, *({**row, "版本": str(n)} for n in range(2, 9)))))
    about = [one for one in found.findings if "办件类型" in one.problem.zh]
    assert len(about) == 1
    assert "办件种类" in about[0].fix.zh


def test_an_unknown_column_is_told_with_what_was_meant(tmp_path: Path):
    found = items(tmp_path, 承诺时险="5", 内部编号="7")
    assert found.ok
    assert "是不是“承诺时限”" in said(found)
    assert "内部编号" in said(found)


def test_a_column_that_stands_twice_is_told(tmp_path: Path):
    found = items(tmp_path, 目录编码=BASIC)
    assert "是同一列" in said(found)


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"承诺时限": "5", "承诺时限单位": "G"}, "promised_limit", TimeLimit(5)),
        ({"承诺时限": "5", "承诺时限单位": "工作日"}, "promised_limit", TimeLimit(5)),
        ({"承诺时限": "5", "承诺时限单位": "Z"}, "promised_limit", TimeLimit(5, TimeUnit.CALENDAR_DAY)),
        ({"承诺时限": "24 小时"}, "promised_limit", TimeLimit(24, TimeUnit.HOUR)),
        ({"承诺时限": "3个工作日内"}, "promised_limit", TimeLimit(3)),
        ({"承诺时限": "0", "办件类型": "1"}, "promised_limit", TimeLimit(0)),
        ({"承诺时限": "当场办结", "办件类型": "即办"}, "promised_limit", TimeLimit(0)),
        ({"法定时限": "无"}, "legal_limit", None),
        ({"实施日期": "2026/1/1"}, "valid_from", date(2026, 1, 1)),
        ({"实施日期": "2026年1月1日"}, "valid_from", date(2026, 1, 1)),
        ({"实施日期": "20260101"}, "valid_from", date(2026, 1, 1)),
        (
            {"受理层级": "州县乡村"},
            "acceptance_levels",
            (ExerciseLevel.PREFECTURE, ExerciseLevel.COUNTY, ExerciseLevel.TOWN, ExerciseLevel.VILLAGE),
        ),
        ({"受理层级": "4,5"}, "acceptance_levels", (ExerciseLevel.COUNTY, ExerciseLevel.TOWN)),
        ({"服务对象": "自然人、企业法人"}, "service_objects", (ServiceObject.PERSON, ServiceObject.ENTERPRISE)),
        ({"办理形式": "1；4"}, "ways", (Way.WINDOW, Way.POST)),
        ({"网办深度": "Ⅳ级"}, "online_depth", 4),
        ({"特别程序": "听证;鉴定"}, "special_procedures", (SuspensionKind.HEARING, SuspensionKind.APPRAISAL)),
        (
            {"设定依据": "1.《甲法》第一条;\n2.《乙法》第二条, 第三条；另见附则"},
            "legal_bases",
            ("1.《甲法》第一条", "2.《乙法》第二条, 第三条；另见附则"),
        ),
        ({"收费依据": "无"}, "fee_basis", ""),
        ({"基本编码": f" {BASIC} "}, "basic_code", BASIC),
    ],
)
def test_cells_are_read_in_the_forms_bureaus_write(tmp_path: Path, cells: dict, field: str, value: object):
    found = items(tmp_path, **cells)
    assert found.ok, said(found)
    assert getattr(found.definitions[0], field) == value


def test_a_unit_in_the_cell_and_another_beside_it_is_a_finding(tmp_path: Path):
    assert "单位列不同" in said(items(tmp_path, 承诺时限="5个工作日", 承诺时限单位="Z"))


@pytest.mark.parametrize("unit", ["1", "2", "月", "分钟", "天"])
def test_a_unit_that_means_different_things_is_never_guessed(tmp_path: Path, unit: str):
    found = items(tmp_path, 承诺时限="5", 承诺时限单位=unit)
    assert [one.key.rpartition(" ")[2] for one in found.findings] == ["承诺时限单位"]


def test_parts_go_to_the_item_they_name(tmp_path: Path):
    other = {**ITEM, "基本编码": "000117052000", "实施编码": "", "事项名称": "另一事项"}
    found = read(
        put(
            tmp_path,
            事项=table(ITEM, other),
            材料=table(
                {**MATERIAL, "序号": "2"},
                {**MATERIAL, "材料编码": "M00", "材料名称": "申请表", "序号": "1"},
                {"事项名称": "另一事项", **{k: v for k, v in MATERIAL.items() if k != "基本编码"}},
            ),
            环节=table(STEP, {**STEP, "基本编码": "000117052000"}),
        )
    )
    assert found.ok, said(found)
    first, second = found.definitions
    assert [m.list_code for m in first.materials] == ["M00", "M01"]
    assert [m.list_code for m in second.materials] == ["M01"]
    assert len(first.steps) == len(second.steps) == 1


@pytest.mark.parametrize(
    ("row", "in_text"),
    [
        ({"基本编码": "000117051001"}, "“事项”表里没有 000117051001"),
        ({"基本编码": ""}, "没有写属于哪个事项"),
        ({"必要性": "是"}, "不认识“是”"),
        ({"形式": "纸质", "原件份数": "0"}, "都是 0 份"),
        ({"证照类型代码": "123"}, "证照类型代码应为"),
        ({"材料编码": ""}, "没有填写"),
        ({"材料编码": "1E+05"}, "科学计数"),
    ],
)
def test_a_bad_material_is_told_at_its_own_row(tmp_path: Path, row: dict, in_text: str):
    found = read(put(tmp_path, 事项=table(ITEM), 材料=table(MATERIAL, {**MATERIAL, "材料名称": "别的", **row})))
    at = [one for one in found.findings if in_text in one.problem.zh]
    assert [(one.file.rpartition("/")[2], one.line) for one in at] == [("材料.csv", 3)], said(found)


def test_doubled_materials_and_a_row_that_fits_two_items_are_told(tmp_path: Path):
    found = read(put(tmp_path / "a", 事项=table(ITEM), 材料=table(MATERIAL, MATERIAL)))
    assert [one.line for one in found.findings if "重复" in one.problem.zh] == [3, 3]
    found = read(put(tmp_path / "b", 事项=table(ITEM, {**ITEM, "版本": "2"}), 材料=table(MATERIAL)))
    assert "不知道属于哪一行" in said(found)


def test_the_same_version_twice_names_both_rows(tmp_path: Path):
    found = read(put(tmp_path, 事项=table(ITEM, {**ITEM, "事项名称": "别名"})))
    doubled = [one for one in found.findings if "同一版本" in one.problem.zh]
    assert [one.line for one in doubled] == [3]
    assert "事项.csv:2" in doubled[0].problem.zh


def test_step_kinds_come_from_their_names_only_where_these_are_known(tmp_path: Path):
    steps = table({"基本编码": BASIC, "环节名称": "审核"}, {"基本编码": BASIC, "环节名称": "领导签字"})
    found = read(put(tmp_path, 事项=table(ITEM), 环节=steps))
    assert [(one.line, "领导签字" in one.problem.zh) for one in found.findings if one.is_error] == [(3, True)]


def test_forms_are_read_from_files_beside_the_table_and_nowhere_else(tmp_path: Path):
    put(tmp_path, 事项=table(ITEM, 表单="forms/示例.json"), 环节=table(STEP))
    assert "打不开" in said(read(tmp_path))
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms/示例.json").write_text('{"type": "object"}', "utf-8")
    assert read(tmp_path).definitions[0].form_schema == '{"type": "object"}'
    (tmp_path / "forms/示例.json").write_text('{"type": 7}', "utf-8")
    assert {one.key.rpartition(" ")[2] for one in read(tmp_path).findings} == {"表单"}
    for outside in ("../secret.json", "/etc/passwd", "C:\\x.json", "forms\\..\\..\\x.json"):
        put(tmp_path, 事项=table(ITEM, 表单=outside))
        assert "要放在表格所在的文件夹里" in said(read(tmp_path)), outside
    (tmp_path / "link.json").symlink_to(Path(__file__))
    put(tmp_path, 事项=table(ITEM, 表单="link.json"))
    assert "要放在表格所在的文件夹里" in said(read(tmp_path))


def test_bases_handling_items_and_forms_may_have_sheets_of_their_own(tmp_path: Path):
    found = read(
        put(
            tmp_path,
            事项=table({k: v for k, v in ITEM.items() if k != "设定依据"}),
            环节=table(STEP),
            办理项=table({"实施编码": TASK, "业务办理项编码": TASK + "01", "业务办理项名称": "新办"}),
            依据=table({"基本编码": BASIC, "依据名称": "《甲法》", "文号": "主席令第1号", "条款": "第三条"}),
            表单=table({"基本编码": BASIC, "表单": '{"type": "object"}'}),
        )
    )
    assert found.ok, said(found)
    (one,) = found.definitions
    assert [(h.code, h.name) for h in one.handling_items] == [(TASK + "01", "新办")]
    assert one.legal_bases == ("《甲法》(主席令第1号)第三条",)
    assert one.form_schema == '{"type": "object"}'


def test_a_place_and_a_day_may_be_given_for_all_rows(tmp_path: Path):
    row = {name: cell for name, cell in ITEM.items() if name not in ("区划", "实施日期", "版本")}
    put(tmp_path, 事项=table(row), 环节=table(STEP))
    assert [one.line for one in read(tmp_path).findings if one.is_error] == [1, 1]
    found = read(tmp_path, given=Given("422802", date(2026, 3, 1)))
    assert found.ok, said(found)
    assert [(one.division, one.valid_from, one.version) for one in found.definitions] == [
        ("422802", date(2026, 3, 1), 0)
    ]


def test_remarks_below_a_table_are_left_out_and_told(tmp_path: Path):
    rows = [*table(ITEM), [], ["注：本表仅作示例"]]
    found = read(put(tmp_path, 事项=rows, 环节=table(STEP)))
    assert found.ok
    assert len(found.definitions) == 1
    assert "这一行是说明" in said(found)


def test_tables_left_out_of_a_folder_are_told(tmp_path: Path):
    put(tmp_path, 事项=table(ITEM), 材料=table(MATERIAL))
    found = read(tmp_path / "事项.csv")
    assert "材料.csv" in said(found)
    assert found.ok
    assert not read(tmp_path / "材料.csv").ok


@pytest.mark.parametrize(
    ("name", "raw", "in_text"),
    [
        ("事项.csv", b"", "文件是空的"),
        ("事项.csv", "基本编码,事项名称\n1,2".encode("utf-16"), "UTF-16"),
        ("事项.csv", "基本编码\t事项名称\n1\t2".encode(), "制表符"),
        ("事项.csv", "基本编码，事项名称\n1，2".encode(), "全角"),
        ("事项.csv", "基本编码;事项名称\n1;2".encode(), "分号"),
        ("事项.csv", b"PK\x03\x04abc", "内容是工作簿"),
        ("事项.csv", b"\x00\x01\x02,", "不是 CSV"),
        ("事项.csv", '基本编码,事项名称\n"000117051000,示例'.encode(), "引号不成对"),
        ("事项.csv", "随便,写写\n1,2".encode(), "没有表头"),
        ("事项.csv", csv_bytes(table(ITEM))[:200] + b"\xff" + csv_bytes(table(ITEM))[200:], "损坏的字符"),
        ("事项.xls", b"\xd0\xcf\x11\xe0abc", "旧格式"),
        ("事项.xlsx", b"\xd0\xcf\x11\xe0abc", "密码"),
        ("事项.xlsx", b"<html><table>", "网页"),
        ("事项.xlsx", b"PK\x03\x04abc", "读不出来"),
        ("事项.docx", b"PK\x03\x04abc", "不认识这种文件"),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(tmp_path: Path, name: str, raw: bytes, in_text: str):
    (tmp_path / name).write_bytes(raw)
    found = read(tmp_path / name)
    assert not found.ok
    assert in_text in said(found)


def test_a_file_that_is_not_there_and_an_empty_folder_are_findings(tmp_path: Path):
    assert "打不开" in said(read(tmp_path / "nichts.csv"))
    assert "没有事项表" in said(read(tmp_path))


def test_only_what_is_given_decides_nothing_by_position(tmp_path: Path):
    found = read(put(tmp_path, 事项=table(ITEM), 材料=table({**MATERIAL, "事项名称": "别的名称"})))
    assert found.ok
    (warned,) = told(found, line=2, file=next(f for f in found.files if f.endswith("材料.csv")))
    assert "与这里写的不同" in warned.problem.zh


def test_a_comma_too_many_is_told_before_it_shifts_the_cells(tmp_path: Path):
    lines = csv_bytes(table(ITEM)).decode().splitlines()
    lines[1] = lines[1].replace("示例许可", "示例,许可", 1)
    found = read(put(tmp_path, 事项="\r\n".join(lines).encode(), 环节=table(STEP)))
    assert [one.line for one in found.findings if "表头有 21 列" in one.problem.zh] == [2], said(found)


def test_a_column_of_item_codes_may_hold_task_codes_beside_other_sheets(tmp_path: Path):
    material = {"事项编码": TASK, **{k: v for k, v in MATERIAL.items() if k != "基本编码"}}
    found = read(put(tmp_path, 事项=table(ITEM), 环节=table(STEP), 材料=table(material)))
    assert found.ok, said(found)
    assert len(found.definitions[0].materials) == 1
    found = items(tmp_path, 基本编码=TASK)
    assert "31 位的实施编码" in said(found)


def test_headings_say_more_than_the_name_of_a_file(tmp_path: Path):
    found = read(put(tmp_path, **{"事项清单(含依据)": table(ITEM), "x": table(STEP)}))
    assert found.ok, said(found)
    assert len(found.definitions[0].steps) == 1
