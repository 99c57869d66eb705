"""`tongban partners check --against live`: what going live would do to the running gateway, told before it does."""

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.states import STATE_NAMES, State
from gateway.case.texts import Text
from gateway.cli.masked import printable
from gateway.cli.options import ended, settings_of
from gateway.cli.partners_history import tell_changes
from gateway.cli.speech import ExitCode, Speaker
from gateway.files.findings import Finding, Severity, render

if TYPE_CHECKING:
    from gateway.settings import Settings

_CODE = re.compile(rb"^code:[ \t]*[\"']?([0-9]{6})\b", re.MULTILINE)
LINES = 20
"""Lines of routes shown each way; `--json` has up to 200."""
PAIRS = 3


def rehearse(speaker: Speaker, home: Path, given: Path | None, *, call: bool) -> None:
    """Ask the running gateway what going live would do, and print it.

    Args:
        given: a file that would be put into the folder, or a folder that would take its place; None for the folder as it is.
        call: whether new and changed addresses are called.
    """
    settings = settings_of(home, speaker)
    asked: dict[str, Any] = {"call": call}
    if given is not None:
        asked["files"] = _files(given, settings)
        asked["whole"] = given.is_dir()
    body = json.dumps(asked).encode()

    async def conversation() -> Any:
        from gateway.cli.control import speak_to

        async with speak_to(settings.control_socket, speaker.lang) as control:
            return await control.post("/v1/partner-files/rehearsal", body, idempotency_key=secrets.token_hex(8))

    found = asyncio.run(conversation())
    if speaker.as_json:
        speaker.document(found)
    else:
        _tell(speaker, printable(found))
    ended(_code(found))


def _code(found: Mapping[str, Any]) -> ExitCode:
    wrong = any(one["severity"] == Severity.ERROR.value for one in found["findings"])
    away = any(one["passed"] is False for one in found["called"])
    return ExitCode.REFUSED if wrong or away or found["held_back"] else ExitCode.OK


def _files(given: Path, settings: "Settings") -> dict[str, Any]:
    from gateway.partners.check import is_partner_file

    if given.is_dir():
        return {path.name: _file(path, settings)[1] for path in sorted(given.iterdir()) if is_partner_file(path.name)}
    code, content = _file(given, settings)
    there = sorted(settings.partners.glob(f"{code}-*.y*ml")) if code else []
    # A copy under another name takes the place of the file it is a copy of.
    return {there[0].name if there and not (settings.partners / given.name).exists() else given.name: content}


def _file(path: Path, settings: "Settings") -> tuple[str, dict[str, Any]]:
    """Return the code a file is for, and its bytes with those of the files it names."""
    from gateway.files.quantities import CHINA
    from gateway.files.reader import MAX_BYTES
    from gateway.partners.beside import FolderFiles, read_regular
    from gateway.partners.load import Surroundings, load_bytes
    from gateway.partners.redirects import Redirects
    from gateway.settings import load_divisions

    try:
        raw = read_regular(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: {error}") from None
    files = FolderFiles(path.parent)
    today = datetime.now(UTC).astimezone(CHINA).date()
    # Read here only to learn which files it names; the gateway judges it.
    load_bytes(
        raw, path.name, path.name, files, Surroundings(load_divisions(), settings.region, today, Redirects.packaged())
    )
    beside = {name: _encoded(content) for name, content in files.taken.items()}
    said = _CODE.search(raw)
    return said[1].decode() if said else "", {"raw": _encoded(raw), "beside": beside}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _tell(speaker: Speaker, found: Mapping[str, Any]) -> None:
    speaker.say(_HEAD)
    findings = [_finding(one) for one in found["findings"]]
    if findings:
        speaker.say(render(findings, speaker.lang, files=found["files"]))
    for file in found["held_back"]:
        speaker.say(_HELD_BACK.format(file=file))
    speaker.say("")
    speaker.say(_PARTNERS.format(count=len(found["partners"]), unchanged=found["unchanged"]))
    for one in found["partners"]:
        _tell_partner(speaker, one)
    for name, said in (("gained", _GAINED), ("lost", _LOST)):
        routes = found[name]
        speaker.say("")
        speaker.say(said.format(count=routes["routes"], groups=routes["groups"]))
        for group in routes["listed"][:LINES]:
            _tell_group(speaker, group)
        if routes["groups"] > LINES:
            speaker.say(_MORE.format(count=routes["groups"] - LINES))
    if found["called"]:
        speaker.say("")
        speaker.say(_CALLED)
    for one in found["called"]:
        mark = {True: "✓", False: "✗", None: "-"}[one["passed"]]
        heard = "; ".join(text[speaker.lang.value] for text in one["said"])
        speaker.say(f"  {mark} {one['code']} {', '.join(one['addresses'])}: {heard}")


def _tell_partner(speaker: Speaker, one: Mapping[str, Any]) -> None:
    speaker.say(f"  {_WHAT[one['what']].say(speaker.lang)} {one['code']} {one['name']} ({one['file']})")
    if one["what"] == "changed":
        _indented(speaker, one["changes"])
    if one["open_cases"]:
        listed = ", ".join(
            f"{STATE_NAMES[State(state)].say(speaker.lang)} {count}" for state, count in one["open_by_state"].items()
        )
        speaker.say(_OPEN.format(count=one["open_cases"], listed=listed))
        if one["open_of_lost_routes"]:
            speaker.say(_STRANDED.format(count=one["open_of_lost_routes"]))
        speaker.say(_EXAMPLES.format(numbers=", ".join(one["examples"])))
    if one["owed"]:
        speaker.say(_OWED.format(count=one["owed"]))


def _indented(speaker: Speaker, changes: Sequence[Mapping[str, Any]]) -> None:
    tell_changes(speaker, [{"text": {lang: f"  {said}" for lang, said in one["text"].items()}} for one in changes])


def _tell_group(speaker: Speaker, group: Mapping[str, Any]) -> None:
    lang = speaker.lang.value
    pairs = [f"{pair['ours_name']}–{pair['theirs_name']}" for pair in group["between"][:PAIRS]]
    more = f" … ({group['routes']})" if group["routes"] > PAIRS else ""
    speaker.say(
        f"  {group['name']} {group['item']} {group['mode_text'][lang]}, {group['direction_text'][lang]}:"
        f" {'; '.join(pairs)}{more}"
    )


def _finding(one: Mapping[str, Any]) -> Finding:
    said = [Text(one[name]["zh"], one[name]["en"]) for name in ("problem", "fix")]
    return Finding(one["file"], one["line"], one["key"], said[0], said[1], Severity(one["severity"]))


_HEAD = Text(
    "演练: 什么都没有改动, 以下是生效后会怎样", "a dry run: nothing was changed; this is what going live would do"
)
_HELD_BACK = Text(
    "{file} 不会生效, 仍按上一版运行 (没有上一版的不运行)",
    "{file} would not go live; the version before would run, or none",
)
_PARTNERS = Text("伙伴: {count} 个有变化, {unchanged} 个不变", "partners: {count} change, {unchanged} stay as they are")
_WHAT = {
    "new": Text("新增", "new"),
    "changed": Text("改动", "changed"),
    "removed": Text("移走 (不再接新办件, 在途的办到办结)", "removed (no new cases; open ones go on to their end)"),
}
_OPEN = Text("      在途办件 {count}: {listed}", "      open cases {count}: {listed}")
_STRANDED = Text(
    "      其中 {count} 件的事项会失去线路: 它们照常办到办结, 只是不能再开新办件",
    "      {count} of them are of items that lose a route: they go on to their end, new ones are refused",
)
_EXAMPLES = Text("      例如 {numbers}", "      such as {numbers}")
_OWED = Text("      待发信封 {count}", "      envelopes waiting {count}")
_GAINED = Text("新增线路 {count} 条 ({groups} 组)", "{count} routes gained ({groups} groups)")
_LOST = Text("失去线路 {count} 条 ({groups} 组)", "{count} routes lost ({groups} groups)")
_MORE = Text("  … 还有 {count} 组; 全部见 --json", "  … {count} more groups; see --json")
_CALLED = Text("连接测试:", "connections:")
