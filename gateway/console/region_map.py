"""Regions on a map of provinces: where each province lies, and its partners by prefecture, the worst first.

The map is a grid, nine columns from west to east and eight rows from north to south, one square for each province; it shows
which lies beside which and no borders.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.flows.standing.lights import Light
from gateway.flows.standing.view import BothViews

SQUARES: Mapping[str, tuple[Text, int, int]] = {
    "23": (Text("黑", "HL"), 1, 9),
    "65": (Text("新", "XJ"), 2, 1),
    "15": (Text("蒙", "NM"), 2, 6),
    "22": (Text("吉", "JL"), 2, 9),
    "62": (Text("甘", "GS"), 3, 3),
    "64": (Text("宁", "NX"), 3, 4),
    "14": (Text("晋", "SX"), 3, 6),
    "13": (Text("冀", "HE"), 3, 7),
    "11": (Text("京", "BJ"), 3, 8),
    "21": (Text("辽", "LN"), 3, 9),
    "63": (Text("青", "QH"), 4, 2),
    "61": (Text("陕", "SN"), 4, 5),
    "41": (Text("豫", "HA"), 4, 6),
    "37": (Text("鲁", "SD"), 4, 7),
    "12": (Text("津", "TJ"), 4, 8),
    "54": (Text("藏", "XZ"), 5, 1),
    "51": (Text("川", "SC"), 5, 3),
    "50": (Text("渝", "CQ"), 5, 4),
    "42": (Text("鄂", "HB"), 5, 5),
    "34": (Text("皖", "AH"), 5, 6),
    "32": (Text("苏", "JS"), 5, 7),
    "31": (Text("沪", "SH"), 5, 8),
    "53": (Text("滇", "YN"), 6, 3),
    "52": (Text("黔", "GZ"), 6, 4),
    "43": (Text("湘", "HN"), 6, 5),
    "36": (Text("赣", "JX"), 6, 6),
    "33": (Text("浙", "ZJ"), 6, 7),
    "45": (Text("桂", "GX"), 7, 4),
    "44": (Text("粤", "GD"), 7, 5),
    "35": (Text("闽", "FJ"), 7, 7),
    "71": (Text("台", "TW"), 7, 8),
    "46": (Text("琼", "HI"), 8, 4),
    "82": (Text("澳", "MO"), 8, 5),
    "81": (Text("港", "HK"), 8, 6),
}
"""Province by its first two digits (GB/T 2260): what it is called in short (English: GB/T 2260 letters), row, column."""
_LIGHTS = list(Light)


@dataclass(frozen=True, slots=True)
class Prefecture:
    """Partners of one prefecture; `name` is empty where counties lie in the province itself, as in 重庆."""

    name: str
    partners: tuple[BothViews, ...]


@dataclass(frozen=True, slots=True)
class Province:
    """Partners of one province; `light` is the worst of theirs."""

    digits: str
    name: str
    light: Light
    count: int
    prefectures: tuple[Prefecture, ...]


def provinces_of(found: Iterable[BothViews], divisions: Divisions) -> tuple[Province, ...]:
    """Return the provinces that have partners, those with the worst light first, then those with most of it."""
    by_province: defaultdict[str, list[BothViews]] = defaultdict(list)
    for one in found:
        by_province[one.partner.code[:2]].append(one)
    provinces = [_province(digits, theirs, divisions) for digits, theirs in by_province.items()]
    return tuple(sorted(provinces, key=lambda one: (_LIGHTS.index(one.light), -_worst(one), one.digits)))


def _province(digits: str, found: list[BothViews], divisions: Divisions) -> Province:
    by_prefecture: defaultdict[str, list[BothViews]] = defaultdict(list)
    for one in found:
        division = divisions.get(one.partner.code)
        by_prefecture[division.prefecture if division else ""].append(one)
    whole = divisions.get(f"{digits}0000")
    prefectures = [Prefecture(name, tuple(sorted(some, key=_place))) for name, some in by_prefecture.items()]
    return Province(
        digits,
        whole.name if whole else digits,
        min((one.light for one in found), key=_LIGHTS.index),
        len(found),
        tuple(sorted(prefectures, key=lambda one: _first(one.partners, _place))),
    )


def _place(one: BothViews) -> tuple[int, str]:
    return _LIGHTS.index(one.light), one.partner.code


def _first(found: tuple[BothViews, ...], key: Callable[[BothViews], tuple[int, str]]) -> tuple[int, str]:
    return min(map(key, found))


def _worst(one: Province) -> int:
    return sum(this.light is one.light for some in one.prefectures for this in some.partners)
