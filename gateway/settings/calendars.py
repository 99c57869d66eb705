"""The calendars a gateway counts with: the country's published days, and the files in `calendars/` on top of them.

    country (package `chinesecalendar`) → 000000.yaml → province → prefecture → county

A file adds to what surrounds it: its years replace the published ones of the same number, its local holidays and single
days come on top, its closing time holds from there down.  Every finding reads `file:line: key: problem` with a fix.

Guarantees that a file with an error changes nothing: its last good version goes on (`Almanac`).  Leaves to others: counting
(`gateway.case.clock.calendars`), watching the folder (`gateway.app.reloading`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from gateway.case.clock.calendars import COUNTRY, Calendar, Calendars, around
from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, Severity, has_errors, in_order
from gateway.files.misread import with_misfits
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.settings.calendar_checks import calendar_findings
from gateway.settings.calendar_file import CalendarFile
from gateway.settings.calendar_layers import calendar_of, country

SUFFIX = ".yaml"
NEXT_YEAR_FROM = 11
"""Month from which the next year's calendar is missed: the State Council publishes it in November."""


@dataclass(frozen=True, slots=True)
class CheckedCalendars:
    """What a folder holds.

    Attributes:
        files: region of every calendar file found, good or bad.
        good: what is in those without an error, by region.
        findings: everything wrong, in file order; warnings included.
    """

    files: tuple[str, ...]
    good: Mapping[str, CalendarFile]
    findings: Findings


def check_calendars(folder: Path, divisions: Divisions, today: date) -> CheckedCalendars:
    """Read and check every calendar file in a folder; names that begin with `_` or `.` are none.

    Never raises for what is in the folder; one that is not there holds no files.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if _is_calendar(path.name))
    except FileNotFoundError:
        paths = []
    except OSError as error:
        said = error.strerror or type(error).__name__
        problem = Text(f"日历文件夹打不开: {said}", f"the folder of calendars cannot be opened: {said}")
        fix = Text("检查路径和权限", "check the path and its rights")
        return CheckedCalendars((), MappingProxyType({}), (Finding(str(folder), 0, "", problem, fix),))
    good: dict[str, CalendarFile] = {}
    trees: dict[str, Tree] = {}
    findings: list[Finding] = []
    for path in paths:
        region = path.name.removesuffix(SUFFIX)
        tree = read(path, f"{folder.name}/{path.name}")
        shape = check(tree, CalendarFile) if isinstance(tree, Tree) else with_misfits(tree, path, CalendarFile)
        if isinstance(tree, Tree) and isinstance(shape, CalendarFile):
            good[region], trees[region] = shape, tree
        elif isinstance(shape, tuple):
            findings += shape
    # From the widest to the narrowest: each is held against what surrounds it.
    for region in sorted(trees, key=lambda code: len(code.rstrip("0"))):
        file = good.pop(region)
        found = tuple(calendar_findings(trees[region], file, region, _files(region, good), divisions))
        findings += found
        if not has_errors(found):
            good[region] = file
    findings += unpublished_soon(_calendars(good).country, folder, today)
    regions = tuple(path.name.removesuffix(SUFFIX) for path in paths)
    return CheckedCalendars(regions, MappingProxyType(good), in_order(findings))


def unpublished_soon(calendar: Calendar, folder: Path, today: date) -> Iterator[Finding]:
    """Yield a warning when the year is not published, or from November on when the next one is not."""
    wanted = [today.year] + [today.year + 1] * (today.month >= NEXT_YEAR_FROM)
    for year in wanted:
        if not calendar.is_published(year):
            yield Finding(
                f"{folder.name}/{COUNTRY}{SUFFIX}",
                0,
                f"years.{year}",
                Text(
                    f"{year} 年日历未发布, 跨到该年的时限暂按周一至周五计算", f"the calendar of {year} is not published"
                ),
                Text(
                    f"国务院办公厅发布后写入 years.{year} 的 holidays 和 workdays",
                    f"once the State Council published it, write holidays and workdays of years.{year}",
                ),
                Severity.WARNING,
            )


class Almanac:
    """Holds the calendars in force; a reload keeps the last good version of a file that has an error."""

    def __init__(self) -> None:
        self._live: dict[str, CalendarFile] = {}
        self._findings: Findings = ()
        self._current = _calendars({})

    def current(self) -> Calendars:
        """Return the calendars in force."""
        return self._current

    @property
    def findings(self) -> Findings:
        """What was wrong when the folder was last looked at."""
        return self._findings

    def reload(self, checked: CheckedCalendars) -> Calendars:
        """Put live what of `checked` may go live; a removed file does not count any more."""
        kept = {region: checked.good.get(region) or self._live.get(region) for region in checked.files}
        self._live = {region: file for region, file in kept.items() if file}
        self._findings = checked.findings
        self._current = _calendars(self._live)
        return self._current


def _calendars(files: Mapping[str, CalendarFile]) -> Calendars:
    made = {region: calendar_of(region, _files(region, files)) for region in files}
    return Calendars(made.get(COUNTRY) or country(), MappingProxyType(made))


def _files(region: str, files: Mapping[str, CalendarFile]) -> tuple[CalendarFile, ...]:
    """Return the files that hold in a place, the widest first."""
    return tuple(files[code] for code in reversed(around(region)) if code in files)


def _is_calendar(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith(("_", "."))
