"""Calendar files: what they add, whom they hold for, and the exact words for what is wrong."""

from datetime import date, time
from pathlib import Path

import pytest

from gateway.case.clock.calendars import MIDNIGHT
from gateway.files.findings import render
from gateway.settings import load_divisions
from gateway.settings.calendar_layers import country
from gateway.settings.calendars import Almanac, CheckedCalendars, check_calendars

ROOT = Path(__file__).parents[3]
OCTOBER = date(2026, 10, 20)
"""Before anybody misses the next year."""


def checked(folder: Path, today: date = OCTOBER, /, **files: str) -> CheckedCalendars:
    for name, text in files.items():
        folder.joinpath(f"{name.lstrip('c')}.yaml").write_text(text, encoding="utf-8")
    return check_calendars(folder, load_divisions(), today)


def calendars(folder: Path, **files: str):
    found = checked(folder, **files)
    assert found.findings == ()
    return Almanac().reload(found)


NATIONAL = """
name: 全国
years:
  2027: {holidays: [2027-01-01..2027-01-03, 2027-02-08], workdays: [2027-02-14], document: 示例}
"""
ENSHI = """
region: "422800"
name: 恩施州
closing_time: "17:30"
annual: [{day: 08-19, name: 州庆, since: 2026}]
once: {workdays: [2026-10-01], holidays: [2026-10-10]}
"""
LICHUAN = 'region: "422802"\nname: 利川市\nonce: {workdays: [2027-08-19]}\n'


def test_without_files_the_published_days_of_the_country_hold_everywhere(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        found = Almanac().reload(check_calendars(folder, load_divisions(), OCTOBER))
        assert found.of("422802103000") is found.country == country()


def test_a_region_adds_to_what_surrounds_it_and_a_county_to_its_prefecture(tmp_path):
    found = calendars(tmp_path, c000000=NATIONAL, c422800=ENSHI, c422802=LICHUAN)
    everywhere, enshi, lichuan = [found.of(code) for code in ("500114", "422801", "422802000000")]
    assert [one.is_published(2027) for one in (everywhere, enshi, lichuan)] == [True] * 3
    assert [one.is_workday(date(2027, 2, 8)) for one in (everywhere, enshi, lichuan)] == [False] * 3
    assert [one.is_workday(date(2027, 2, 14)) for one in (everywhere, enshi, lichuan)] == [True] * 3
    assert [one.is_workday(date(2027, 8, 19)) for one in (everywhere, enshi, lichuan)] == [True, False, True]
    assert [one.is_workday(date(2026, 8, 19)) for one in (everywhere, enshi, lichuan)] == [True, False, False]
    assert enshi.is_workday(date(2025, 8, 19)), "kept since 2026"
    assert [one.closing for one in (everywhere, enshi, lichuan)] == [MIDNIGHT, time(17, 30), time(17, 30)]
    assert [one.region for one in (everywhere, enshi, lichuan)] == ["000000", "422800", "422802"]


def test_single_days_take_a_holiday_back_and_give_a_worked_saturday_off(tmp_path):
    enshi = calendars(tmp_path, c422800=ENSHI).of("422800")
    assert enshi.is_workday(date(2026, 10, 1))
    assert not enshi.is_workday(date(2026, 10, 10))
    assert enshi.after(date(2026, 9, 30), 1).day == date(2026, 10, 1)


def test_a_year_written_by_hand_replaces_the_published_one_whole(tmp_path):
    found = checked(tmp_path, c000000="name: x\nyears:\n  2026: {holidays: [2026-01-01]}\n")
    assert [(one.is_error, one.key, one.problem.zh) for one in found.findings] == [
        (False, "years.2026", "2026 年已有公布的日历, 将被本文件整年替换")
    ]
    made = Almanac().reload(found).country
    assert made.is_workday(date(2026, 10, 1))
    assert not made.is_workday(date(2025, 10, 1)), "the year before as published"


def test_a_draft_counts_and_is_still_called_not_published(tmp_path):
    draft = "name: x\nyears:\n  2027: {published: false, holidays: [2027-01-01]}\n"
    made = calendars(tmp_path, c000000=draft).country
    assert not made.is_workday(date(2027, 1, 1))
    assert not made.is_published(2027)


def test_a_leap_day_is_kept_in_leap_years_only(tmp_path):
    made = calendars(tmp_path, c422800='region: "422800"\nname: x\nannual: [{day: 02-29, name: y}]\n').of("422800")
    assert not made.is_workday(date(2028, 2, 29))
    assert made.is_workday(date(2027, 3, 1))


def test_the_version_names_the_content(tmp_path):
    enshi = calendars(tmp_path, c422800='region: "422800"\nname: x\nannual: [{day: 08-19, name: y}]\n').of("422800")
    again = calendars(tmp_path, c422800='region: "422800"\nname: z\nannual: [{day: 08-19, name: w}]\n').of("422800")
    other = calendars(tmp_path, c422800='region: "422800"\nname: x\nannual: [{day: 08-20, name: y}]\n').of("422800")
    assert enshi.version == again.version != other.version
    assert enshi.version.startswith("422800-2026-")


BROKEN = {
    "a weekend given off": (
        "years:\n  2027:\n    holidays: [2027-01-02]\n",
        "years.2027.holidays[0]: 2027-01-02 (周六) 本来就不上班",
        "删去这一天",
    ),
    "a weekday to be worked": (
        "years:\n  2027:\n    holidays: [2027-01-01]\n    workdays: [2027-01-04]\n",
        "years.2027.workdays[0]: 2027-01-04 (周一) 本来就上班",
        "对照通知原文核对日期",
    ),
    "a day of another year": (
        "years:\n  2027:\n    holidays: [2027-01-01, 2026-12-31]\n",
        "years.2027.holidays[1]: 2026-12-31 不在 2027 年",
        "移到 years.2026 下; 该年尚未公布时写在 once 下",
    ),
    "a day twice": (
        "years:\n  2027:\n    holidays:\n    - 2027-02-08\n    - 2027-02-05..2027-02-09\n",
        "years.2027.holidays[1]: 2027-02-08 写了两次",
        "删去一处, 第一次在第 6 行",
    ),
    "a day on both lists": (
        "years:\n  2027:\n    holidays: [2027-02-12..2027-02-14]\n    workdays: [2027-02-14]\n",
        "years.2027.workdays[0]: 2027-02-14 既放假又上班",
        "删去一处, 另一处在第 5 行",
    ),
    "a holiday that is one already": (
        "once: {holidays: [2026-10-01]}\n",
        "once.holidays[0]: 2026-10-01 (周四) 本来就不上班",
        "删去这一天",
    ),
    "a working day that is one already": (
        "once: {workdays: [2026-10-10]}\n",
        "once.workdays[0]: 2026-10-10 (周六) 本来就上班",
        "对照通知原文核对日期",
    ),
    "a local holiday twice": (
        "annual:\n- {day: 08-19, name: a}\n- {day: 08-19, name: b}\n",
        "annual[1].day: 08-19 写了两次",
        "删去一处, 第一次在第 4 行",
    ),
    "a closing time that is none": (
        "closing_time: 25:00\n",
        "closing_time: “25:00”不是下班时间",
        "写 24:00 或 17:30 这样的时刻",
    ),
    "midnight as the beginning": ("closing_time: 00:00\n", "closing_time: “00:00”不是下班时间", "写 24:00 或 17:30"),
    "a range the wrong way round": (
        "once: {holidays: [2026-07-20..2026-07-10]}\n",
        "once.holidays[0]: “2026-07-20..2026-07-10”不是一段日期",
        "先写第一天, 再写最后一天, 最长一个月",
    ),
    "a range of months": ("once: {holidays: [2026-07-01..2026-09-10]}\n", "不是一段日期", "最长一个月"),
    "no month-day": ("annual: [{day: 13-01, name: x}]\n", "annual[0].day: “13-01”不是月-日", "08-19"),
    "no year": ("years: {27: {holidays: []}}\n", "“27”不是年份", "写四位年份, 如 2027"),
    "a misspelt key": ("anual: []\n", "anual: 不认识“anual”", "是不是“annual”?"),
}


@pytest.mark.parametrize(("text", "problem", "fix"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_told_by_line_and_key_and_counts_for_nothing(tmp_path, text, problem, fix):
    found = checked(tmp_path, c422800='region: "422800"\nname: x\n' + text)
    told = render(found.findings)
    assert "calendars" not in told, "the folder is called as it is"
    assert problem in told
    assert fix in told
    assert found.findings[0].line >= 3
    assert Almanac().reload(found).of("422800") == country()


def test_a_file_has_to_be_called_as_its_region_which_must_exist(tmp_path):
    found = checked(
        tmp_path, c422800='region: "433100"\nname: x\n', c999999='region: "999999"\nname: x\n', c500114="name: x\n"
    )
    assert [(one.line, one.problem.zh) for one in found.findings] == [
        (1, "与文件名 422800 不一致"),
        (1, "与文件名 500114 不一致"),
        (1, "区划代码 999999 不存在"),
    ]


def test_a_bad_edit_keeps_the_last_good_version_and_a_removed_file_counts_no_more(tmp_path):
    almanac = Almanac()
    almanac.reload(checked(tmp_path, c422800=ENSHI))
    good = almanac.current()
    almanac.reload(checked(tmp_path, c422800=ENSHI.replace("08-19", "8-19")))
    assert almanac.current() == good
    assert [one.key for one in almanac.findings] == ["annual[0].day"]
    tmp_path.joinpath("422800.yaml").unlink()
    almanac.reload(checked(tmp_path))
    assert almanac.current().of("422800") == country()


@pytest.mark.parametrize(
    ("today", "missed"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), ["years.2027"]),
        (date(2027, 1, 1), ["years.2027"]),
        (date(2027, 12, 1), ["years.2027", "years.2028"]),
    ],
)
def test_a_year_that_should_be_there_is_missed(tmp_path, today, missed):
    found = checked(tmp_path, today)
    assert [(one.key, one.is_error) for one in found.findings] == [(key, False) for key in missed]


def test_the_shipped_calendars_are_samples_that_fit(tmp_path):
    found = check_calendars(ROOT / "calendars", load_divisions(), OCTOBER)
    assert (found.files, found.findings) == (("422800", "433100"), ())
    live = Almanac().reload(found)
    assert not live.of("422800").is_workday(date(2026, 8, 19))
    assert not live.of("433127").is_workday(date(2027, 9, 20))
    texts = [path.read_text("utf-8") for path in (ROOT / "calendars").glob("*.yaml")]
    assert all("示例" in text for text in texts)
    example = (ROOT / "calendars" / "_example.yaml").read_text("utf-8")
    assert checked(tmp_path, c422800=example).findings == ()


def test_the_example_and_the_page_name_every_key():
    page = (ROOT / "docs" / "time-limits.md").read_text("utf-8")
    example = (ROOT / "calendars" / "_example.yaml").read_text("utf-8")
    for key in ("region", "name", "closing_time", "annual", "day", "since", "once", "years", "published", "document"):
        assert f"{key}:" in example, key
        assert key in page, key
