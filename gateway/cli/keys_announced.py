"""`tongban keys announced`, `approve` and `reject`: keys that partners announce, by way of the running gateway."""

import json
import secrets
from pathlib import Path
from typing import Any

import click

from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.masked import printable
from gateway.cli.moments import moment
from gateway.cli.options import ended, home_option, json_option, lang_option, speaking
from gateway.cli.partners_history import whoever
from gateway.cli.speech import ExitCode, Speaker

_CODE = click.argument("code")
_KIDS = click.argument("kids", nargs=-1, required=True)


@click.command("announced")
@click.option("--ask", "asked", default="", metavar="CODE", help="先询问这个伙伴, 不等十分钟一次的询问 / ask it first.")
@home_option
@json_option
@lang_option
@speaking
def announced(speaker: Speaker, *, asked: str, home: Path) -> None:
    """伙伴公布、等待核对的新密钥 (需网关在运行) / keys partners announced that wait for a person.

    退出码 1: 有公布没有得到证明, 或密钥与已核对的不同.
    """
    if asked:
        ask(speaker, home, lambda control: control.post(f"/v1/partners/{asked}/ask", b"{}"))
    seen = ask(speaker, home, lambda control: control.get("/v1/announced-keys"))
    alarming = seen["doubts"] or any(one["standing"] == "changed" for one in seen["keys"])
    if speaker.as_json:
        speaker.document(seen)
    else:
        _tell(speaker, printable(seen))
    ended(ExitCode.REFUSED if alarming else ExitCode.OK)


@click.command("approve")
@_CODE
@_KIDS
@click.option("--yes", is_flag=True, help="已电话核对, 不再询问 / compared by telephone; do not ask.")
@home_option
@json_option
@lang_option
@speaking
def approve(speaker: Speaker, *, code: str, kids: tuple[str, ...], yes: bool, home: Path) -> None:
    """核对后采信: 写入伙伴文件, 随即生效 (需网关在运行) / put announced keys into the partner's file.

    CODE 地区代码; KIDS 密钥指纹, 可只写开头 6 个以上字符. 先电话核对每把密钥的核对码.
    """
    if not yes:
        waiting = ask(speaker, home, lambda control: control.get("/v1/announced-keys"))
        for one in waiting["keys"]:
            if one["partner"] == code and any(one["kid"].startswith(kid) for kid in kids):
                speaker.note(_COMPARE.format(use=one["use"], kid=one["kid"], digits=one["digits"]))
        click.confirm(_ASK.say(speaker.lang), abort=True, err=True)
    done = _decide(speaker, home, code, kids, "approve")
    if speaker.as_json:
        speaker.document({"ok": True} | done)
        return
    named = ", ".join(one["kid"] for one in done["keys"])
    speaker.say(_APPROVED.format(kids=named, file=done["file"], version=done["version"] or "?"))


@click.command("reject")
@_CODE
@_KIDS
@home_option
@json_option
@lang_option
@speaking
def reject(speaker: Speaker, *, code: str, kids: tuple[str, ...], home: Path) -> None:
    """不采信: 不再提示, 除非公布的内容变了 (需网关在运行) / do not take announced keys."""
    done = _decide(speaker, home, code, kids, "reject")
    if speaker.as_json:
        speaker.document({"ok": True} | done)
        return
    speaker.say(_REJECTED.format(kids=", ".join(one["kid"] for one in done["keys"])))


def _decide(speaker: Speaker, home: Path, code: str, kids: tuple[str, ...], act: str) -> Any:
    body = json.dumps({"kids": list(kids), "by": whoever()}).encode()
    path = f"/v1/announced-keys/{code}/{act}"
    return ask(speaker, home, lambda control: control.post(path, body, idempotency_key=secrets.token_hex(16)))


def _tell(speaker: Speaker, seen: Any) -> None:
    for one in seen["doubts"]:
        cause = one["cause"][speaker.lang.value]
        speaker.say(_DOUBT.format(partner=one["partner"], since=moment(one["since"]), cause=cause, times=one["times"]))
    for one in seen["keys"]:
        said = _CHANGED if one["standing"] == "changed" else _WAITS
        dates = {name: moment(one[name]) for name in ("valid_from", "seal_until", "accept_until", "seen_at")}
        speaker.say(said.format(**{name: str(one[name]) for name in _SHOWN} | dates))
    if not seen["doubts"] and not seen["keys"]:
        speaker.say(_NOTHING)


_SHOWN = ("partner", "use", "algorithm", "kid", "digits", "proven_by")
_NOTHING = Text("没有等待核对的密钥", "no key waits to be decided")
_DOUBT = Text(
    "警报  {partner}: 自 {since} 起公布的密钥没有得到证明 ({times} 次): {cause}。不要采信, 电话核实",
    "ALARM {partner}: since {since} the keys it announces are not proven ({times} times): {cause}. do not believe them; call",
)
_WAITS = Text(
    "{partner}  {use}  {algorithm}  {kid}\n    核对码 {digits}\n    {valid_from} 启用, 签到 {seal_until}, 接受到 {accept_until};"
    " 由 {proven_by} 证明\n    电话核对后: tongban keys approve {partner} {kid}",
    "{partner}  {use}  {algorithm}  {kid}\n    digits to compare {digits}\n    from {valid_from}, signs until {seal_until},"
    " accepted until {accept_until}; proven by {proven_by}\n    after the call: tongban keys approve {partner} {kid}",
)
_CHANGED = Text(
    "警报  {partner}  {use}  {kid}: 与已核对或文件中的不同\n    现在公布: {valid_from} 启用, 签到 {seal_until}, 接受到"
    " {accept_until}\n    核对码 {digits}\n    电话核实; 属实的手工改文件, 否则: tongban keys reject {partner} {kid}",
    "ALARM {partner}  {use}  {kid}: not as it was decided, or stands in the file\n    announced now: from {valid_from}, signs"
    " until {seal_until}, accepted until {accept_until}\n    digits to compare {digits}\n    call; if it is right change the"
    " file by hand, otherwise: tongban keys reject {partner} {kid}",
)
_COMPARE = Text("{use}  {kid}\n    核对码 {digits}", "{use}  {kid}\n    digits to compare {digits}")
_ASK = Text("已与对方电话核对, 采信?", "compared with them by telephone; take them?")
_APPROVED = Text("已写入 {file} (第 {version} 版): {kids}", "written into {file} (version {version}): {kids}")
_REJECTED = Text("不采信: {kids}", "not taken: {kids}")
