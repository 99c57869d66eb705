"""Our own items are imported: what this region demands and promises from now on.

1 judge    every definition alone: contradictions, its place, its size; the same version twice
2 compare  with what is kept: a version is never overwritten, and versions only grow; version 0 means the newest, or
           the next where the content is new
3 keep     all or nothing, in one transaction; the version of our catalogue rises by one if anything changed
4 learn    partners learn at their next question (`refresh_items`)

Open cases stay bound to the version they came with.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.rules import definition_problems
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.items.catalogues import Catalogues
from gateway.store import audit, items
from gateway.store.database import Database, Transaction
from gateway.wire.bounds import DEFINITION_BYTES
from gateway.wire.items import definition_bytes

MOST_FINDINGS = 1_000
"""Told at most; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        added: items that are new; new_versions: versions of items that were there; unchanged: what was there already.
    """

    catalogue_version: int
    added: int
    unchanged: int
    new_versions: int


async def import_items(
    definitions: Sequence[ItemDefinition],
    actor: str,
    *,
    database: Database,
    catalogues: Catalogues,
    divisions: Divisions,
    own_region: str,
    clock: Callable[[], datetime],
) -> Imported:
    """Import definitions, all or none; the same again changes nothing.

    Args:
        actor: `staff:<id>` or `system:<name>`, for the audit.

    Raises:
        GatewayError: BAD_REQUEST with every finding; its path begins with `definitions[n]`.
    """
    judged = await asyncio.to_thread(_judge, definitions, divisions, own_region)
    if judged:
        raise _refusal(judged)
    now = clock()

    def keep(tx: Transaction) -> Imported:
        settled = [_with_version(tx, own_region, one) for one in definitions]
        clashes = [*_doubled(settled), *_clashes(tx, own_region, settled), *_twins(tx, own_region, settled)]
        if clashes:
            raise _refusal(clashes)
        version = items.version_of(tx, own_region)
        known = {definition.key: bool(items.of_key(tx, own_region, definition.key)) for definition in settled}
        new = [one for one in settled if items.add(tx, own_region, one, version + 1, now)]
        if new:
            version += 1
            items.changed(tx, own_region, version, now)
        added = len({one.key for one in new if not known[one.key]})
        done = Imported(version, added, len(settled) - len(new), len(new) - added)
        counted = f"{version}: +{done.added} ~{done.new_versions} ={done.unchanged}"
        audit.note(tx, now, actor, "items.import", own_region, detail=counted)
        return done

    done = await database.write(keep)
    catalogues.forget(own_region)
    return done


def _judge(definitions: Sequence[ItemDefinition], divisions: Divisions, own_region: str) -> list[FieldFinding]:
    found: list[FieldFinding] = []
    for nth, one in enumerate(definitions):
        place = f"definitions[{nth}]"
        found += [
            FieldFinding(f"{place}.{f.path}", f.problem, f.fix)
            for f in definition_problems(replace(one, version=one.version or 1))
        ]
        if not divisions.belongs_to(one.division, own_region):
            found.append(FieldFinding(f"{place}.division", _ELSEWHERE, _OURS.format(region=own_region)))
        # What is out of bounds otherwise may not be writable at all, and is told already.
        if not found and definition_bytes(one) > DEFINITION_BYTES:
            found.append(FieldFinding(place, _TOO_LARGE, _SHORTEN))
    return found


def _doubled(definitions: Sequence[ItemDefinition]) -> list[FieldFinding]:
    """Find versions given twice with other content, once those left out are known."""
    first: dict[tuple[str, int], int] = {}
    found: list[FieldFinding] = []
    for nth, one in enumerate(definitions):
        same = first.setdefault((one.key, one.version), nth)
        if definitions[same] != one:
            found.append(FieldFinding(f"definitions[{nth}].version", _TWICE.format(number=same + 1), _ONE_OF_THEM))
    return found


def _with_version(tx: Transaction, region: str, one: ItemDefinition) -> ItemDefinition:
    """Return a definition whose table states no version (0) with the newest, or the next where its content is new."""
    if one.version:
        return one
    held = items.of_key(tx, region, one.key)
    newest = held[-1].version if held else 0
    same = replace(one, version=newest)
    return same if held and held[-1].digest == items.digest_of(same) else replace(one, version=newest + 1)


def _clashes(tx: Transaction, region: str, definitions: Sequence[ItemDefinition]) -> list[FieldFinding]:
    found: list[FieldFinding] = []
    for nth, one in enumerate(definitions):
        held = items.of_key(tx, region, one.key)
        newest = held[-1].version if held else 0
        same = [row for row in held if row.version == one.version]
        if same and same[0].digest == items.digest_of(one):
            continue
        if same:
            said = _TAKEN.format(version=one.version)
        elif one.version < newest:
            said = _OLD.format(version=one.version, newest=newest)
        else:
            continue
        found.append(FieldFinding(f"definitions[{nth}].version", said, _RAISE.format(next=newest + 1)))
    return found


def _twins(tx: Transaction, region: str, definitions: Sequence[ItemDefinition]) -> list[FieldFinding]:
    """Find items known with a task code that come without one, or the other way round: nobody could tell them apart."""
    found: list[FieldFinding] = []
    for nth, one in enumerate(definitions):
        where, _, code = one.key.rpartition("/")
        held = [row.key.rpartition("/") for row in items.of_code(tx, region, one.basic_code)]
        codes = {task for place, _, task in held if place == where} - {code}
        if codes and (not code or "" in codes):
            named = "、".join(sorted(codes - {""})) or "-"
            found.append(FieldFinding(f"definitions[{nth}].task_code", _TWIN.format(codes=named), _NAME_THE_TASK))
    return found


def _refusal(found: list[FieldFinding]) -> GatewayError:
    return GatewayError(Reason.BAD_REQUEST, findings=found[:MOST_FINDINGS], count=len(found))


_ELSEWHERE = Text("区划不在本地区内", "the division is not within this region")
_OURS = Text("只导入本地区 {region} 的事项", "import items of this region {region} only")
_TWICE = Text(
    "与第 {number} 个定义是同一版本, 内容却不同", "definition {number} is the same version with other content"
)
_ONE_OF_THEM = Text("删去一个, 或改版本号", "delete one, or give it another version")
_TOO_LARGE = Text("定义超过 512 KiB, 对方网关不接收", "the definition is larger than 512 KiB, which no partner takes")
_SHORTEN = Text("缩短说明、材料或表单", "shorten its texts, materials or form")
_TWIN = Text(
    "同一区划已有这个基本编码的事项, 实施编码是 {codes}; 有的写实施编码、有的不写, 就分不清是哪一个",
    "the place has an item with this basic code already, its task code is {codes}: with and without one nobody can tell them apart",
)
_NAME_THE_TASK = Text(
    "每个都写实施编码; 是同一个事项的写同样的实施编码", "give each its task code; the same item has the same one"
)
_TAKEN = Text("第 {version} 版已经导入过, 内容不同", "version {version} is imported already and says something else")
_OLD = Text(
    "第 {version} 版早于已有的第 {newest} 版", "version {version} is older than version {newest}, which is here"
)
_RAISE = Text(
    "版本从不覆盖: 修改后的内容用第 {next} 版", "versions are never overwritten: give the change version {next}"
)
