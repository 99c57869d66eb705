"""What commands show of a case identifies nobody."""

import json

from gateway.cli.masked import masked

ANSWER = {
    "case_id": "TB4228002026112012345678901A",
    "applicant": "张*",
    "case": {
        "applicant": {
            "kind": "person",
            "name": "张三丰",
            "certificate_number": "11010519491231002X",
            "phone": "13800000000",
            "address": "湖北省恩施土家族苗族自治州利川市清江大道88号",
        },
        "agent": {"person": {"name": "李四", "phone": "13900000000"}},
        "contacts": [{"name": "王五", "phone": "13700000000"}],
        "form": {"银行卡": "6222000000000000000"},
        "summary": "联系 13800000000",
        "item": {"name": "社会保障卡申领"},
        "delivery": {"way": "mail", "recipient": "赵六", "phone": "", "address": ""},
        "materials": [
            {"name": "身份证", "file": {"file_name": "张三丰身份证.jpg", "sha256": "ab" * 32}},
            {"name": "照片", "file": {"file_name": "张三丰", "sha256": "cd" * 32}},
        ],
    },
    "events": [{"actor": {"name": "示例经办人", "staff_number": "0001"}}],
}


def test_what_identifies_people_is_masked() -> None:
    shown = json.dumps(masked(ANSWER), ensure_ascii=False)
    for private in (
        "张三丰",
        "11010519491231002X",
        "13800000000",
        "清江大道",
        "李四",
        "13900000000",
        "王五",
        "6222000000000000000",
        "赵六",
    ):
        assert private not in shown


def test_what_staff_need_stays() -> None:
    shown = masked(ANSWER)
    assert shown["case_id"] == ANSWER["case_id"]
    assert shown["case"]["item"] == {"name": "社会保障卡申领"}
    assert shown["case"]["applicant"]["address"] == "湖北省恩施土家族苗族自治州利川市****"
    assert shown["case"]["materials"][0]["name"] == "身份证"
    assert shown["case"]["materials"][0]["file"] == {"file_name": "****.jpg", "sha256": "ab" * 32}
    assert shown["events"][0]["actor"]["name"] == "示例经办人"


def test_names_of_organisations_are_public() -> None:
    applicant = {"kind": "organisation", "name": "利川市某某有限公司", "legal_representative": {"name": "张三丰"}}
    shown = masked({"applicant": applicant})["applicant"]
    assert shown["name"] == "利川市某某有限公司"
    assert shown["legal_representative"]["name"] == "张**"
