"""`tongban sweep`: remove what is no longer kept now, and not within the hour; by way of the running gateway."""

import getpass
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.options import home_option, json_option, lang_option, speaking
from gateway.cli.speech import ExitCode, Speaker

if TYPE_CHECKING:
    from gateway.cli.control import Control

MIB = 1024**2
_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z._@-]")
_COUNTS = ("cases", "bodies", "bytes", "files", "news", "audit", "records")


@click.command()
@click.option("--dry-run", is_flag=True, help="只说明会清除什么 / only say what would be removed.")
@home_option
@json_option
@lang_option
@speaking
def sweep(speaker: Speaker, home: Path, *, dry_run: bool) -> None:
    """按保存期限清除: 办结多年的内容、已确认的消息、旧审计 / remove what `retention` no longer keeps.

    网关每小时自己做一次; 编号、状态、回执、摘要永久保留. 时钟不可信时不清除, 退出码 1.
    """
    if dry_run:
        _tell_waiting(speaker, ask(speaker, home, lambda control: control.get("/v1/retention")))
        return
    by = _NOT_IN_A_NAME.sub("", getpass.getuser())[:64]

    async def steps(control: "Control") -> dict[str, Any]:
        done: Counter[str] = Counter()
        while True:
            step = await control.post("/v1/retention/sweep", b"{}", by=by)
            done.update({name: step[name] for name in _COUNTS})
            if not step["more"]:
                return {"held": step["held"]} | {name: done[name] for name in _COUNTS}
            if not speaker.as_json:
                speaker.note(_SO_FAR.format(cases=done["cases"], news=done["news"], audit=done["audit"]))

    done = ask(speaker, home, steps)
    if speaker.as_json:
        speaker.document({"ok": not done["held"]} | done)
    else:
        speaker.say(_HELD if done["held"] else _DONE.format(**done, mib=round(done["bytes"] / MIB, 1)))
    if done["held"]:
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _tell_waiting(speaker: Speaker, found: dict[str, Any]) -> None:
    if speaker.as_json:
        speaker.document({"ok": True} | found)
        return
    speaker.say(_WAITING.format(**found, mib=round(found["bytes"] / MIB, 1)))
    if found["held"]:
        speaker.say(_HELD)


_WAITING = Text(
    "到期可清除 (1000 表示不少于): 办件 {cases} 件 (正文 {mib} MiB), 已确认的消息 {news} 条, 审计 {audit} 条, 伙伴文件修改和对账日 {records} 条",
    "due (1000 means that many or more): {cases} cases (bodies of {mib} MiB), {news} confirmed news, {audit} audit rows,"
    " {records} edits of partner files and compared days",
)
_SO_FAR = Text("已清除 {cases} 件, {news} 条消息, {audit} 条审计 …", "{cases} cases, {news} news, {audit} audit rows …")
_DONE = Text(
    "已清除: 办件 {cases} 件 (正文 {bodies} 份 {mib} MiB, 材料 {files} 份), 消息 {news} 条, 审计 {audit} 条,"
    " 伙伴文件修改和对账日 {records} 条",
    "removed: content of {cases} cases ({bodies} bodies of {mib} MiB, {files} files), {news} news, {audit} audit rows,"
    " {records} edits of partner files and compared days",
)
_HELD = Text(
    "系统时钟跳动过, 或与伙伴相差超过 10 分钟: 一小时内不按时间清除任何内容",
    "the clock jumped, or differs from the partners' by more than ten minutes: nothing is removed by time now",
)
