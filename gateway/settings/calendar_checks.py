"""What is wrong in one calendar file, line by line: days that change nothing, stand in the wrong year or contradict others."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from gateway.case.clock.calendars import COUNTRY, WORKED_DAYS, Calendar
from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.tree import Tree
from gateway.settings.calendar_file import CalendarFile, Days, OnceEntry, YearEntry
from gateway.settings.calendar_layers import calendar_of, days_in, days_of

_DELETE = Text("删去这一天", "delete the day")
_COMPARE = Text("对照通知原文核对日期", "compare the date with the notice")
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def calendar_findings(
    tree: Tree, file: CalendarFile, region: str, outer: tuple[CalendarFile, ...], divisions: Divisions
) -> Iterator[Finding]:
    """Yield everything wrong in a file.

    Args:
        region: what the file's name says.
        outer: the files of what surrounds the place, the widest first.
    """
    yield from _region(tree, file, region, divisions)
    known = calendar_of(COUNTRY, outer)
    for year, entry in file.years.items():
        yield from _year(tree, int(year), entry, known)
    seen: dict[str, int] = {}
    for position, local in enumerate(file.annual):
        if local.day in seen:
            yield _twice(tree, ("annual", position, "day"), local.day, tree.line(("annual", seen[local.day])))
        seen.setdefault(local.day, position)
    yield from _once(tree, file, outer)


def _region(tree: Tree, file: CalendarFile, region: str, divisions: Divisions) -> Iterator[Finding]:
    if region == COUNTRY and file.region is None:
        return
    if file.region != region:
        yield tree.finding(
            ("region",),
            Text(f"与文件名 {region} 不一致", f"it is not that of the file name, {region}"),
            Text(f'写 region: "{region}", 或改文件名', f'write region: "{region}", or rename the file'),
        )
    elif divisions.get(region) is None:
        yield tree.finding(
            ("region",),
            Text(f"区划代码 {region} 不存在", f"division code {region} does not exist"),
            Text("按 GB/T 2260 核对代码", "check it against GB/T 2260"),
        )


def _year(tree: Tree, year: int, entry: YearEntry, known: Calendar) -> Iterator[Finding]:
    path = ("years", str(year))
    yield from _lists(tree, path, entry.holidays, entry.workdays)
    for key, place, day, is_range in _listed(entry.holidays, entry.workdays):
        where = (*path, key, place)
        works = day.weekday() < WORKED_DAYS
        if day.year != year:
            yield tree.finding(
                where,
                Text(f"{day} 不在 {year} 年", f"{day} is not in {year}"),
                Text(
                    f"移到 years.{day.year} 下; 该年尚未公布时写在 once 下",
                    f"move it to years.{day.year}, or to `once` while that year is not published",
                ),
            )
        elif key == "holidays" and not works and not is_range:
            said = Text(f"{_named(day)}本来就不上班", f"nobody works on {_named_en(day)} anyway")
            yield tree.finding(where, said, _DELETE)
        elif key == "workdays" and works:
            said = Text(f"{_named(day)}本来就上班", f"people work on {_named_en(day)} anyway")
            yield tree.finding(where, said, _COMPARE)
    if not entry.holidays:
        yield tree.warning(
            (*path, "holidays"),
            Text(f"{year} 年没有一天放假", f"no holiday in {year}"),
            Text("照国务院办公厅的通知补全", "complete it from the State Council's notice"),
        )
    elif known.is_published(year) and _differs(year, entry, known):
        yield tree.warning(
            path,
            Text(f"{year} 年已有公布的日历, 将被本文件整年替换", f"{year} is published; this file replaces it whole"),
            Text("只改个别日子时写在 once 下", "to change single days only, use `once`"),
        )


def _once(tree: Tree, file: CalendarFile, outer: tuple[CalendarFile, ...]) -> Iterator[Finding]:
    path: KeyPath = ("once",)
    yield from _lists(tree, path, file.once.holidays, file.once.workdays)
    before = calendar_of(COUNTRY, (*outer, replace(file, once=OnceEntry())))
    for key, place, day, is_range in _listed(file.once.holidays, file.once.workdays):
        works = before.is_workday(day)
        if key == "holidays" and not works and not is_range:
            said = Text(f"{_named(day)}本来就不上班", f"nobody works on {_named_en(day)} anyway")
            yield tree.finding((*path, key, place), said, _DELETE)
        elif key == "workdays" and works:
            said = Text(f"{_named(day)}本来就上班", f"people work on {_named_en(day)} anyway")
            yield tree.finding((*path, key, place), said, _COMPARE)


def _lists(tree: Tree, path: KeyPath, holidays: tuple[Days, ...], workdays: tuple[Days, ...]) -> Iterator[Finding]:
    """Yield days that are written twice, in one list or in both."""
    seen: dict[date, tuple[str, int]] = {}
    for key, place, day, _ in _listed(holidays, workdays):
        earlier = seen.get(day)
        if earlier and earlier[0] == key:
            yield _twice(tree, (*path, key, place), str(day), tree.line((*path, *earlier)))
        elif earlier:
            yield tree.finding(
                (*path, key, place),
                Text(f"{day} 既放假又上班", f"{day} is both a holiday and a working day"),
                Text(
                    f"删去一处, 另一处在第 {tree.line((*path, *earlier))} 行",
                    f"delete one; see line {tree.line((*path, *earlier))}",
                ),
            )
        seen.setdefault(day, (key, place))


def _listed(holidays: Iterable[Days], workdays: Iterable[Days]) -> Iterator[tuple[str, int, date, bool]]:
    for key, entries in (("holidays", holidays), ("workdays", workdays)):
        for place, entry in enumerate(entries):
            for day in days_of(entry):
                yield key, place, day, entry.is_range


def _differs(year: int, entry: YearEntry, known: Calendar) -> bool:
    off = {day for day in days_in(entry.holidays) if day.weekday() < WORKED_DAYS}
    before = ({day for day in days if day.year == year} for days in (known.holidays, known.workdays))
    return (off, days_in(entry.workdays)) != tuple(before)


def _twice(tree: Tree, path: KeyPath, what: str, line: int) -> Finding:
    return tree.finding(
        path,
        Text(f"{what} 写了两次", f"{what} is written twice"),
        Text(f"删去一处, 第一次在第 {line} 行", f"delete one; first in line {line}"),
    )


def _named(day: date) -> str:
    return f"{day} ({_WEEKDAYS[day.weekday()]}) "


def _named_en(day: date) -> str:
    return f"{day} ({_WEEKDAYS_EN[day.weekday()]})"
