"""Files that cannot be read or have another shape, and the exact text they must print."""

from pathlib import Path

import pytest

from tests.partners.partner_files import a_partner, checked, printed, put

GOOD = a_partner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partners"


def test_a_right_file_prints_nothing_and_is_loaded(folder: Path) -> None:
    put(folder, GOOD)

    found = checked(folder)

    assert found.findings == ()
    assert [partner.code for partner in found.partners] == ["500240"]


CASES = {
    "full-width colon": (
        ("name: 测试地区500240", "name：测试地区500240"),
        ["partners/500240-测试.yaml:2: 用了全角的“：”", "    怎么改: 切换到英文输入法, 改成半角的 :"],
        ["partners/500240-测试.yaml:2: full-width ： where : belongs", "    fix: type the half-width :"],
    ),
    "full-width quotes": (
        ("short_name: 测试", "short_name: “测试”"),
        ["partners/500240-测试.yaml:3: short_name: 用了中文引号 “", '    怎么改: 切换到英文输入法, 改成半角的 "'],
        ['partners/500240-测试.yaml:3: short_name: full-width “ where " belongs', '    fix: type the half-width "'],
    ),
    "full-width comma in a list": (
        ("directions: [outward, inward]", "directions: [outward，inward]"),
        [
            "partners/500240-测试.yaml:36: agreements[0].items[0].directions[0]: 用了全角的“，”",
            "    怎么改: 切换到英文输入法, 改成半角的 ,",
        ],
        [
            "partners/500240-测试.yaml:36: agreements[0].items[0].directions[0]: full-width ， where , belongs",
            "    fix: type the half-width ,",
        ],
    ),
    "tab": (
        ("status: active", "status:\tactive"),
        ["partners/500240-测试.yaml:4: 用了制表符 (Tab)", "    怎么改: 全部换成空格; 缩进每级两个空格"],
        ["partners/500240-测试.yaml:4: a tab stands here", "    fix: use spaces only; two per level of indentation"],
    ),
    "duplicate key": (
        ("status: active", "status: active\nname: 又一个"),
        ["partners/500240-测试.yaml:5: name: “name”写了两次", "    怎么改: 第一次在第 2 行, 删去一处"],
        ["partners/500240-测试.yaml:5: name: 'name' is written twice", "    fix: first in line 2; delete one"],
    ),
    "misspelt key": (
        ("endpoints:", "endpoint:"),
        ["partners/500240-测试.yaml:5: endpoint: 不认识“endpoint”", "    怎么改: 是不是“endpoints”?"],
        ["partners/500240-测试.yaml:5: endpoint: 'endpoint' is not known here", "    fix: did you mean 'endpoints'?"],
    ),
    "misspelt required key": (
        ("    title: 合作协议", "    tittle: 合作协议"),
        ["partners/500240-测试.yaml:27: agreements[0].tittle: 不认识“tittle”", "    怎么改: 是不是“title”?"],
        [
            "partners/500240-测试.yaml:27: agreements[0].tittle: 'tittle' is not known here",
            "    fix: did you mean 'title'?",
        ],
    ),
    "missing key": (
        ("short_name: 测试\n", ""),
        ["partners/500240-测试.yaml:1: short_name: 缺少“short_name”", "    怎么改: 补上这一项"],
        ["partners/500240-测试.yaml:1: short_name: 'short_name' is missing", "    fix: add it"],
    ),
    "empty value": (
        ("short_name: 测试", "short_name:"),
        ["partners/500240-测试.yaml:3: short_name: 没有写值", "    怎么改: 写上值, 或删去这一行"],
        ["partners/500240-测试.yaml:3: short_name: no value is given", "    fix: write a value, or delete the line"],
    ),
    "unknown word": (
        ("modes: [entrusted]", "modes: [offline]"),
        [
            "partners/500240-测试.yaml:35: agreements[0].items[0].modes[0]: “offline”不在可选范围",
            "    怎么改: 可以写: online, entrusted, joint",
        ],
        [
            "partners/500240-测试.yaml:35: agreements[0].items[0].modes[0]: 'offline' is not one of the allowed words",
            "    fix: write one of: online, entrusted, joint",
        ],
    ),
    "everything instead of a list": (
        ("    items:\n", "    items: all_national\n    itemz:\n"),
        [
            "partners/500240-测试.yaml:32: agreements[0].items: 这里要写列表 (每项以“- ”开头), 现在是 all_national",
            "    怎么改: 照着示例文件 _example.yaml 写",
            "partners/500240-测试.yaml:33: agreements[0].itemz: 不认识“itemz”",
            "    怎么改: 是不是“items”? 第 32 行已经写过, 只留一处",
        ],
        [
            "partners/500240-测试.yaml:32: agreements[0].items: this must be a list (entries begin with `- `), not all_national",
            "    fix: follow _example.yaml",
            "partners/500240-测试.yaml:33: agreements[0].itemz: 'itemz' is not known here",
            "    fix: did you mean 'items'? line 32 has it already; keep one",
        ],
    ),
    "duration": (
        ("status: active", "status: active\nretry:\n  first_wait: 5 sec"),
        [
            "partners/500240-测试.yaml:6: retry.first_wait: “5 sec”不是时长",
            "    怎么改: 写成 5s",
        ],
        [
            "partners/500240-测试.yaml:6: retry.first_wait: '5 sec' is not a duration",
            "    fix: write 5s",
        ],
    ),
    "too large": (
        ("status: active", "status: active\nlimits:\n  largest_batch: 65"),
        ["partners/500240-测试.yaml:6: limits.largest_batch: 65 太大", "    怎么改: 最大 64"],
        ["partners/500240-测试.yaml:6: limits.largest_batch: 65 is too large", "    fix: the most is 64"],
    ),
    "size": (
        ("status: active", "status: active\nlimits:\n  largest_material: 20MB"),
        [
            "partners/500240-测试.yaml:6: limits.largest_material: “20MB”不是大小",
            "    怎么改: 写成 20MiB",
        ],
        [
            "partners/500240-测试.yaml:6: limits.largest_material: '20MB' is not a size",
            "    fix: write 20MiB",
        ],
    ),
    "not a day of the calendar": (
        ("valid_to: 2030-12-31", "valid_to: 2030-02-30"),
        [
            "partners/500240-测试.yaml:29: agreements[0].valid_to: 日历上没有 2030-02-30 这一天",
            "    怎么改: 2030 年 2 月最后一天是 28 日",
        ],
        [
            "partners/500240-测试.yaml:29: agreements[0].valid_to: the calendar has no day 2030-02-30",
            "    fix: the last day of that month is 2030-02-28",
        ],
    ),
    "full-width digits": (
        ("our_scope: [422802]", "our_scope: [４２２８０２]"),
        [
            "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: “４２２８０２”不是六位区划代码",
            "    怎么改: 改成半角: 422802",
        ],
        [
            "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: '４２２８０２' is not a six-digit division code",
            "    fix: type it half-width: 422802",
        ],
    ),
}


@pytest.mark.parametrize(("change", "zh", "en"), CASES.values(), ids=CASES)
def test_a_broken_file_says_where_what_and_how_to_mend_it(
    folder: Path, change: tuple[str, str], zh: list[str], en: list[str]
) -> None:
    assert GOOD.count(change[0]) >= 1
    put(folder, GOOD.replace(*change, 1))

    assert printed(folder, "zh") == zh
    assert printed(folder, "en") == en


def test_every_mistake_of_a_file_is_told_at_once_in_file_order(folder: Path) -> None:
    text = GOOD.replace("short_name: 测试\n", "").replace("[entrusted]", "[offline]").replace("2030-12-31", "soon")
    put(folder, text)

    lines = [finding.line for finding in checked(folder).findings]

    assert lines == [1, 28, 34]


def test_a_gbk_file_is_named_as_such(folder: Path) -> None:
    put(folder, GOOD).write_bytes(GOOD.encode("gbk"))

    assert printed(folder) == [
        "partners/500240-测试.yaml:2: 文件是 GBK 编码, 不是 UTF-8",
        "    怎么改: 在编辑器中选“另存为”, 编码选 UTF-8; 或运行 iconv -f GB18030 -t UTF-8 OLD > NEW",
    ]
