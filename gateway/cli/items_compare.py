"""`tongban items compare`: our items and a partner's side by side (四个一致), from the running gateway or from two files.

Without an item: one line for each item with its scores; with one, or with `--all`: every difference in a table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from gateway.case.item.definition import ItemDefinition
from gateway.case.item.differences import DIMENSION_TEXT, FIELD_TEXT, SEVERITY_TEXT, Dimension, Severity
from gateway.case.item.material_names import material_key
from gateway.case.item.parity import compare as compared
from gateway.case.item.parity import partner_score
from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.masked import printable
from gateway.cli.options import ended, home_option, json_option, lang_option, speaking
from gateway.cli.speech import ExitCode, Speaker
from gateway.settings import load_divisions

if TYPE_CHECKING:
    from gateway.catalogue.read import Read


@click.command("compare")
@click.argument("place", required=False, default="")
@click.argument("item", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="逐项列出全部差异 / every difference of every item.")
@click.option(
    "--files",
    nargs=2,
    type=click.Path(path_type=Path, exists=True),
    help="比较两份事项表, 不需要网关在运行: 我方 对方 / compare two item tables: ours, theirs.",
)
@home_option
@json_option
@lang_option
@speaking
def compare(
    speaker: Speaker, *, place: str, item: str, everything: bool, files: tuple[Path, Path] | None, home: Path
) -> None:
    """比较两地事项: 事项、材料、流程、时限 / compare our items with a partner's.

    PLACE 是通办地区代码或对方区划代码; ITEM 是任一方的 12 位基本编码, 不写则列出协议中的全部事项.
    """
    if files:
        report = _of_files(speaker, files, place or item)
    elif place:
        query = {"division": place, **({"item": item} if item else {})}
        report = ask(speaker, home, lambda control: control.get("/v1/items/compare", query))
    else:
        raise click.UsageError(_PLACE.say(speaker.lang))
    if speaker.as_json:
        speaker.document(report)
        return
    report = printable(report)
    _tell(speaker, report, everything=everything or bool(item) or len(report["items"]) == 1)


def _tell(speaker: Speaker, report: Mapping[str, Any], *, everything: bool) -> None:
    speaker.say(_HEAD.format(name=report["name"], score="-" if report["score"] is None else report["score"]))
    for side, text in (("ours_published", _WE_HAVE_NONE), ("theirs_published", _THEY_HAVE_NONE)):
        if not report[side]:
            speaker.note(text)
    if not everything:
        rows = [_summary(one, speaker) for one in report["items"]]
        speaker.table(_SUMMARY, rows, empty=_NO_ITEMS)
        return
    for one in report["items"]:
        _tell_item(speaker, one)


def _tell_item(speaker: Speaker, one: Mapping[str, Any]) -> None:
    speaker.say("")
    codes = " / ".join(dict.fromkeys((one["our_code"], one["their_code"])))
    found = one["comparison"]
    if found is None:
        speaker.say(f"{one['name']} {codes}: {_MISSING[one['missing']].say(speaker.lang)}")
        return
    scores = ", ".join(
        f"{DIMENSION_TEXT[dimension].say(speaker.lang)} {found['scores'][dimension.value]}" for dimension in Dimension
    )
    speaker.say(f"{one['name']} {codes}: {found['score']} ({scores})")
    rows = [_difference(difference, speaker) for difference in found["differences"]]
    speaker.table(_DIFFERENCES, rows, empty=_SAME)


def _summary(one: Mapping[str, Any], speaker: Speaker) -> list[str]:
    codes = " / ".join(dict.fromkeys((one["our_code"], one["their_code"])))
    found = one["comparison"]
    if found is None:
        return [codes, one["name"], "-", "-", "-", "-", "-", _MISSING[one["missing"]].say(speaker.lang)]
    serious = sum(difference["severity"] == Severity.SERIOUS.value for difference in found["differences"])
    told = _COUNTS.format(serious=serious, all=len(found["differences"])).say(speaker.lang)
    scores = [str(found["scores"][dimension.value]) for dimension in Dimension]
    return [codes, one["name"], *scores, str(found["score"]), told]


def _difference(one: Mapping[str, Any], speaker: Speaker) -> list[str]:
    lang = speaker.lang
    field = FIELD_TEXT[one["field"]].say(lang) if one["field"] in FIELD_TEXT else one["field"]
    return [
        DIMENSION_TEXT[Dimension(one["dimension"])].say(lang),
        f"{one['subject']} {field}".strip(),
        one["ours"][lang.value],
        one["theirs"][lang.value],
        SEVERITY_TEXT[Severity(one["severity"])].say(lang),
        one["why"][lang.value],
    ]


def _of_files(speaker: Speaker, files: tuple[Path, Path], item: str) -> dict[str, Any]:
    """Return the report about two item tables, in the shape the local door gives; ends the command on findings."""
    from gateway.catalogue.assembly import Given
    from gateway.catalogue.read import read_items

    divisions = load_divisions()
    sides: list[Read] = [read_items([path], divisions=divisions, given=Given("", None)) for path in files]
    findings = [finding for side in sides for finding in side.findings]
    if not all(side.ok for side in sides):
        ended(speaker.findings(findings, files=len(files)))
    ours, theirs = (side.definitions for side in sides)
    matched = [two for two in _matched(ours, theirs) if item in {"", *_codes(*two)}]
    if not matched:
        speaker.note(_NO_ITEMS)
        ended(ExitCode.REFUSED)
    found = [compared(one, other) for one, other in matched if one and other]
    return {
        "partner": "",
        "name": str(files[1]),
        "division": "",
        "ours_published": bool(ours),
        "theirs_published": bool(theirs),
        "score": partner_score(found) if found else None,
        "items": [_entry(*two) for two in matched],
    }


def _matched(
    ours: Sequence[ItemDefinition], theirs: Sequence[ItemDefinition]
) -> Iterator[tuple[ItemDefinition | None, ItemDefinition | None]]:
    """Yield every item of both tables once, by basic code, else by name: provinces do not share their codes."""
    left = list(theirs)
    for one in ours:
        same = [other for other in left if other.basic_code == one.basic_code]
        named = [other for other in left if material_key(other.name) == material_key(one.name)]
        found = next(iter(same or named), None)
        if found is not None:
            left.remove(found)
        yield one, found
    yield from ((None, other) for other in left)


def _codes(*sides: ItemDefinition | None) -> Iterable[str]:
    return [side.basic_code for side in sides if side]


def _entry(ours: ItemDefinition | None, theirs: ItemDefinition | None) -> dict[str, Any]:
    from gateway.local.compare import comparison_content

    side = ours or theirs
    assert side, "an item stands in one of the tables"
    return {
        "name": side.name,
        "our_code": ours.basic_code if ours else "-",
        "their_code": theirs.basic_code if theirs else "-",
        "agreement": "",
        "policy": {},
        "missing": "" if ours and theirs else "theirs" if ours else "ours",
        "comparison": msgspec.to_builtins(comparison_content(compared(ours, theirs))) if ours and theirs else None,
    }


_PLACE = Text(
    "写明通办地区或区划代码, 或用 --files 给出两份事项表", "name a partner or division, or give two tables with --files"
)
_HEAD = Text("与 {name} 比较, 一致度 {score} (满分 100)", "compared with {name}: {score} of 100")
_WE_HAVE_NONE = Text("本地区还没有导入事项清单", "we have imported no items")
_THEY_HAVE_NONE = Text(
    "对方没有公布事项清单, 或还没有取到", "the partner publishes no items, or they were not fetched yet"
)
_NO_ITEMS = Text("没有可以比较的事项", "nothing to compare")
_SAME = Text("  没有差异", "  no differences")
_COUNTS = Text("{all} 处, 严重 {serious} 处", "{all}, {serious} serious")
_MISSING = {
    "ours": Text("我方没有公布", "not published by us"),
    "theirs": Text("对方没有公布", "not published by them"),
    "both": Text("双方都没有公布", "published by neither"),
}
_SUMMARY = (
    Text("基本编码", "code"),
    Text("事项", "item"),
    *DIMENSION_TEXT.values(),
    Text("一致度", "score"),
    Text("差异", "differences"),
)
_DIFFERENCES = (
    Text("维度", "dimension"),
    Text("内容", "what"),
    Text("我方", "ours"),
    Text("对方", "theirs"),
    Text("严重程度", "severity"),
    Text("说明", "why"),
)
