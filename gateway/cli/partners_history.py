"""`tongban partners history`, `diff` and `rollback`: versions of partner files that ran, by way of the running gateway."""

import getpass
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.masked import printable
from gateway.cli.moments import moment
from gateway.cli.options import ended, home_option, json_option, lang_option, speaking
from gateway.cli.speech import ExitCode, Speaker

_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z._@-]")
_CODE = click.argument("code")
_DISK = "disk"


def whoever() -> str:
    """Return the name of whoever runs the command, as the audit keeps it."""
    return _NOT_IN_A_NAME.sub("_", getpass.getuser())[:64] or "operator"


@click.command("history")
@_CODE
@click.option(
    "--edits", is_flag=True, help="也列出在磁盘上看到的每次改动, 包括没有生效的 / edits seen on disk as well."
)
@click.option("--before", type=click.IntRange(1), help="只列比这一版更早的 / only versions older than this one.")
@home_option
@json_option
@lang_option
@speaking
def history(speaker: Speaker, *, code: str, edits: bool, before: int | None, home: Path) -> None:
    """伙伴文件曾经生效的每一版 (需网关在运行) / every version that ever ran.

    CODE 是地区代码 / the partner's code.
    """
    query = {"below": before} if before else None
    seen = ask(speaker, home, lambda control: control.get(f"/v1/partner-files/{code}/versions", query))
    if speaker.as_json:
        speaker.document(seen)
        return
    shown = printable(seen)
    rows = [_version_row(speaker, one) for one in shown["versions"]]
    speaker.table(_VERSION_HEADS, rows, empty=Text("没有生效过的版本", "no version ever ran"))
    if shown["more"]:
        speaker.note(_MORE.format(code=code, version=shown["versions"][-1]["version"]))
    refused = [one for one in shown["edits"] if one["outcome"] == "refused"]
    if edits:
        for one in shown["edits"]:
            _tell_edit(speaker, one)
    elif refused:
        speaker.note(_REFUSED_TOO.format(count=len(refused), code=code))


@click.command("diff")
@_CODE
@click.argument("before", metavar="[FROM]", required=False, default="")
@click.argument("after", metavar="[TO]", required=False, default="")
@home_option
@json_option
@lang_option
@speaking
def diff(speaker: Speaker, *, code: str, before: str, after: str, home: Path) -> None:
    """两版有什么不同: 先用话说, 再逐行列出 (需网关在运行) / how two versions differ.

    FROM 和 TO 写版本号, 或 disk (文件夹里现在的文件). 不写 TO 是最新一版; 不写 FROM 是它的前一版.
    """
    asked = {name: word for name, word in (("from", _number(before)), ("to", _number(after))) if word}
    seen = ask(speaker, home, lambda control: control.get(f"/v1/partner-files/{code}/difference", asked))
    if speaker.as_json:
        speaker.document(seen)
        return
    shown = printable(seen)
    speaker.say(
        _COMPARED.format(before=shown["from"], after=shown["to"], added=shown["added"], removed=shown["removed"])
    )
    if shown["from"] == "0":
        speaker.say(Text("  这是第一版, 之前没有", "  the first version; there is none before it"))
    else:
        tell_changes(speaker, shown["changes"])
    for name in shown["beside"]:
        speaker.say(Text(f"  文件 {name} 的内容变了", f"  the content of {name} changed"))
    if shown["diff"]:
        speaker.say("")
    for line in shown["diff"]:
        speaker.say(line)


@click.command("rollback")
@_CODE
@click.argument("version")
@click.option("--yes", is_flag=True, help="不再询问 / do not ask.")
@home_option
@json_option
@lang_option
@speaking
def rollback(speaker: Speaker, *, code: str, version: str, yes: bool, home: Path) -> None:
    """回到以前的一版: 原样写回文件并立即生效 (需网关在运行) / write an old version back.

    那一版今天检查通不过时 (例如密钥已到期) 拒绝, 列出全部问题, 不改动任何东西.
    """
    number = int(_number(version) or 0)
    if not number:
        raise click.BadParameter(Text("写版本号", "give a number").say(speaker.lang), param_hint="VERSION")
    if not (yes or speaker.as_json):
        asked = {"from": _DISK, "to": str(number)}
        seen = ask(speaker, home, lambda control: control.get(f"/v1/partner-files/{code}/difference", asked))
        speaker.say(_WOULD_CHANGE)
        tell_changes(speaker, printable(seen)["changes"])
        if not click.confirm(_SURE.format(code=code, version=number).say(speaker.lang)):
            raise click.Abort
    body = json.dumps({"version": number, "by": whoever()}).encode()
    done = ask(
        speaker,
        home,
        lambda control: control.post(f"/v1/partner-files/{code}/rollback", body, idempotency_key=secrets.token_hex(8)),
    )
    if speaker.as_json:
        speaker.document(done)
        return
    shown = printable(done)
    said = _BACK if shown["version"] else _RUNS_ALREADY
    speaker.say(said.format(was=number, version=shown["version"], file=shown["file"]))
    if shown["aside"]:
        speaker.note(_ASIDE.format(aside=shown["aside"]))
    ended(ExitCode.OK)


def tell_changes(speaker: Speaker, changes: Sequence[Mapping[str, Any]] | None) -> None:
    """Print in plain words what differs."""
    if changes is None:
        speaker.say(
            Text("  (其中一版读不出来, 只能逐行比较)", "  (one of the two cannot be read; compared line by line)")
        )
    elif not changes:
        speaker.say(Text("  只有注释或排版不同", "  only comments or layout differ"))
    for one in changes or ():
        speaker.say(f"  {one['text'][speaker.lang.value]}")


def _number(typed: str) -> str:
    """Return a version as the gateway reads it; `v3` and `3` are the same."""
    word = typed.strip().lower()
    plain = word.removeprefix("v")
    if word in ("", _DISK) or plain.isdecimal():
        return word if word in ("", _DISK) else str(int(plain))
    raise click.UsageError(f"{typed}: 写版本号或 disk / give a version or disk")


def _version_row(speaker: Speaker, one: Mapping[str, Any]) -> list[str]:
    until = moment(one["ended_at"]) if one["ended_at"] else Text("运行中", "running").say(speaker.lang)
    how = _HOW.get(one["how"], Text(one["how"], one["how"])).say(speaker.lang)
    return [f"v{one['version']}", moment(one["live_at"]), until, how, one["who"], one["sha256"][:12], one["file"]]


def _tell_edit(speaker: Speaker, one: Mapping[str, Any]) -> None:
    said = _EDIT[one["outcome"]]
    speaker.say("")
    speaker.say(
        said.format(
            at=moment(one["at"]),
            file=one["file"],
            who=one["who"] or "?",
            version=one["version"] or "-",
            count=one["findings"],
            sha256=one["sha256"][:12],
        )
    )
    for line in one["diff"]:
        speaker.say(f"    {line}")


_VERSION_HEADS = (
    Text("版本", "version"),
    Text("生效", "live"),
    Text("至", "until"),
    Text("来源", "how"),
    Text("谁", "who"),
    Text("SHA-256", "SHA-256"),
    Text("文件", "file"),
)
_HOW = {
    "start": Text("启动时读到", "at start"),
    "edit": Text("改文件", "edited"),
    "rollback": Text("回退", "rollback"),
}
_EDIT = {
    "live": Text(
        "{at} {file} 由 {who} 改动, 生效为 v{version} ({sha256})",
        "{at} {file} edited by {who}, live as v{version} ({sha256})",
    ),
    "refused": Text(
        "{at} {file} 由 {who} 改动, 有 {count} 处问题, 没有生效 ({sha256})",
        "{at} {file} edited by {who}: {count} problems, not live ({sha256})",
    ),
    "removed": Text("{at} {file} 移走了", "{at} {file} was removed"),
}
_MORE = Text(
    "更早的版本: tongban partners history {code} --before {version}",
    "older ones: tongban partners history {code} --before {version}",
)
_REFUSED_TOO = Text(
    "另有 {count} 次改动没有生效; 查看: tongban partners history {code} --edits",
    "{count} edits did not go live; see tongban partners history {code} --edits",
)
_COMPARED = Text(
    "{before} → {after}: 增加 {added} 行, 去掉 {removed} 行",
    "{before} → {after}: {added} lines added, {removed} removed",
)
_WOULD_CHANGE = Text("与文件夹里现在的文件相比:", "against the file in the folder now:")
_SURE = Text("{code} 回到 v{version}, 立即生效?", "bring v{version} of {code} back, live at once?")
_BACK = Text("已回到 v{was}, 写回 {file}, 现为 v{version}", "v{was} is back in {file}, as v{version}")
_RUNS_ALREADY = Text("v{was} 本来就在运行; {file} 已写回原样", "v{was} was running already; {file} is as it was")
_ASIDE = Text(
    "文件夹里没有生效的改动另存为 {aside}",
    "the edit that was not live is kept as {aside}",
)
