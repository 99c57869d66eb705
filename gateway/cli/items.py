"""`tongban items`: item tables are checked and imported, and what is demanded here and there is shown.

Leaves to others: reading tables (`gateway.catalogue`), how versions follow one another (the gateway), comparing
(`items_compare`).
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
import msgspec

from gateway.case.item.definition import ItemDefinition
from gateway.case.texts import Lang, Text
from gateway.catalogue.assembly import Given
from gateway.catalogue.read import Read, read_items
from gateway.cli.asking import ask
from gateway.cli.item_page import STATE_TEXTS, limit_said, tell_item
from gateway.cli.items_compare import compare
from gateway.cli.masked import printable
from gateway.cli.options import ended, home_option, json_option, lang_option, speaking
from gateway.cli.speech import Refused, Speaker
from gateway.files.findings import Finding
from gateway.settings import load_divisions

if TYPE_CHECKING:
    from gateway.cli.control import Control

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
_division = click.option("--division", default="", help="区划代码: 表中没有区划列时, 或办理地 / division code.")
_valid_from = click.option(
    "--valid-from",
    type=click.DateTime(["%Y-%m-%d"]),
    help="实施日期, 表中没有这一列时 / first day, where the tables do not say.",
)
_region = click.option("--region", default="", help="对方地区代码, 默认本地区 / a partner's code; ours by default.")
_PAGE = 100
_PATH = re.compile(r"definitions\[(\d+)\](?:\.([a-z_]+))?")


@click.group()
@lang_option
def items() -> None:
    """事项清单 / items."""


items.add_command(compare)


@items.command("check")
@_FILES
@_division
@_valid_from
@json_option
@lang_option
@speaking
def check(speaker: Speaker, *, files: tuple[Path, ...], division: str, valid_from: datetime | None) -> None:
    """检查事项表, 一次报告全部问题 / check item tables, everything at once.

    FILES 是 .csv、.xlsx、.json 文件, 或放有这些文件的文件夹. 不需要网关在运行.
    """
    read = _read(files, division, valid_from)
    code = speaker.findings(read.findings, files=len(read.files))
    if not speaker.as_json and read.ok:
        speaker.say(_COUNTED.format(items=len(read.definitions), full=sum(map(_is_full, read.definitions))))
    ended(code)


@items.command("import")
@_FILES
@_division
@_valid_from
@home_option
@json_option
@lang_option
@speaking
def import_(
    speaker: Speaker, *, files: tuple[Path, ...], division: str, valid_from: datetime | None, home: Path
) -> None:
    """检查并导入, 全部或全不 / check and import our items, all or none.

    同样的内容再导入一次不会有变化 / the same again changes nothing.
    """
    read = _read(files, division, valid_from)
    if not read.ok:
        ended(speaker.findings(read.findings, files=len(read.files)))
    body = msgspec.json.encode({"definitions": read.definitions})

    async def hand_over(control: "Control") -> Any:
        # Importing again is safe by itself and has to say what it finds now, so each run asks anew.
        return await control.post("/v1/items/import", body, idempotency_key=secrets.token_hex(16))

    try:
        answer = ask(speaker, home, hand_over)
    except Refused as refused:
        found = _at_their_rows(refused.problem, read)
        if not found:
            raise
        ended(speaker.findings(found, files=len(read.files)))
        return
    if speaker.as_json:
        speaker.document(answer)
        return
    for finding in read.findings:
        speaker.note(f"{finding.file}:{finding.line}:{finding.key}: {finding.problem.say(speaker.lang)}")
    speaker.say(_IMPORTED.format(**answer))


@items.command("list")
@_region
@_division
@click.option("--full", is_flag=True, help="只列有完整定义的 / only those that are fully defined.")
@home_option
@json_option
@lang_option
@speaking
def show_all(speaker: Speaker, *, region: str, division: str, full: bool, home: Path) -> None:
    """列出事项, 本地区或某地的 / list our items, or what a place takes."""
    query: dict[str, str | int] = {"limit": _PAGE, **_place(region, division)}

    async def every_page(control: "Control") -> list[Any]:
        found: list[Any] = []
        page = await control.get("/v1/items", query)
        found += page["items"]
        while page["next_cursor"]:
            page = await control.get("/v1/items", {**query, "cursor": page["next_cursor"]})
            found += page["items"]
        return found

    listed = ask(speaker, home, every_page)
    if full:
        listed = [one for one in listed if one["definition"] and _is_full(_definition(one["definition"]))]
    if speaker.as_json:
        speaker.document({"items": listed})
        return
    rows = [_row(one, speaker.lang) for one in printable(listed)]
    speaker.table(_HEADS, rows, empty=Text("没有事项", "no items"))


@items.command("show")
@click.argument("code")
@_region
@_division
@click.option("--task-code", default="", help="实施编码, 多个部门实施时 / task code, where several bodies handle it.")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, *, code: str, region: str, division: str, task_code: str, home: Path) -> None:
    """显示一个事项的要求 / show one item with all it demands.

    CODE 是 12 位基本编码 / the basic code.
    """
    query = {**_place(region, division), **({"task_code": task_code} if task_code else {})}
    found = ask(speaker, home, lambda control: control.get(f"/v1/items/{quote(code, safe='')}", query))
    if speaker.as_json:
        speaker.document(found)
        return
    found = printable(found)
    if found["definition"]:
        tell_item(speaker, _definition(found["definition"]), load_divisions())
        return
    speaker.say(f"{found['basic_code']} {found['name']}")
    choices = "、".join(found.get("task_codes") or ())
    text = _CHOOSE.format(codes=choices) if choices else _NOT_LISTED if found["published"] else _UNPUBLISHED
    speaker.note(text)


def _read(files: Sequence[Path], division: str, valid_from: datetime | None) -> Read:
    given = Given(division, valid_from.date() if valid_from else None)
    return read_items(files, divisions=load_divisions(), given=given)


def _place(region: str, division: str) -> dict[str, str]:
    """Return how the local door is asked: a region's own code is the widest of its divisions."""
    place = division or region
    return {**({"division": place} if place else {}), **({"region": region} if region else {})}


def _definition(content: Mapping[str, Any]) -> ItemDefinition:
    """Return the definition the local door shows: its form schema as text again, without what depends on the place."""
    schema = content.get("form_schema")
    materials = [
        {name: value for name, value in one.items() if name != "licence_callable"} for one in content["materials"]
    ]
    text = json.dumps(schema, ensure_ascii=False) if schema else ""
    return msgspec.convert({**content, "form_schema": text, "materials": materials}, ItemDefinition)


def _is_full(definition: ItemDefinition) -> bool:
    """Whether an item says everything a window needs: form, materials, steps, a promise, a result."""
    d = definition
    return bool(d.form_schema and d.materials and d.steps and d.promised_limit and d.result_name)


def _at_their_rows(problem: Mapping[str, Any], read: Read) -> list[Finding]:
    """Return what the gateway found at the rows of the tables; empty if it refused for another cause."""
    found = []
    for one in problem.get("findings") or ():
        match = _PATH.match(str(one.get("path", "")))
        if match is None or int(match[1]) >= len(read.origins):
            return []
        origin = read.origins[int(match[1])]
        key = origin.key(match[2] or "basic_code")
        found.append(Finding(origin.file, origin.row, key, _text(one.get("problem")), _text(one.get("fix"))))
    return found


def _text(said: object) -> Text:
    if isinstance(said, Mapping):
        return Text(str(said.get("zh", "")), str(said.get("en", "")))
    return Text(str(said or ""), str(said or ""))


def _row(one: Mapping[str, Any], lang: Lang) -> list[str]:
    head = [one["basic_code"], one["name"]]
    if not one["definition"]:
        state = _NOT_LISTED if one["published"] else _UNPUBLISHED
        return [*head, "-", state.say(lang), "-", "-", "-"]
    definition = _definition(one["definition"])
    return [
        *head,
        str(definition.version),
        STATE_TEXTS[definition.state].say(lang),
        limit_said(definition.promised_limit).say(lang),
        str(len(definition.materials)),
        definition.division,
    ]


_COUNTED = Text("{items} 个事项, 其中 {full} 个有完整定义", "{items} items, {full} of them fully defined")
_IMPORTED = Text(
    "已导入: 新增 {added} 个, 新版本 {new_versions} 个, 未变 {unchanged} 个; 事项清单第 {catalogue_version} 版",
    "imported: {added} new, {new_versions} in a new version, {unchanged} unchanged; catalogue version {catalogue_version}",
)
_NOT_LISTED = Text("对方未公布", "not published there")
_UNPUBLISHED = Text("对方没有提供事项清单", "the region gives no item list")
_CHOOSE = Text("由多个部门实施, 用 --task-code 写明: {codes}", "several bodies handle it; say --task-code: {codes}")
_HEADS = (
    Text("基本编码", "code"),
    Text("名称", "name"),
    Text("版本", "version"),
    Text("状态", "state"),
    Text("承诺时限", "promised"),
    Text("材料", "materials"),
    Text("区划", "division"),
)
