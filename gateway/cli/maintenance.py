"""`tongban maintenance`: announce to partners that this gateway pauses, end it, and see what was announced."""

import getpass
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.case.days import CHINA
from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.moments import moment
from gateway.cli.options import home_option, json_option, lang_option, speaking
from gateway.cli.speech import Speaker
from gateway.files.misfits import Misfit
from gateway.files.quantities import duration

_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z._@-]")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}", re.ASCII)


@click.group()
@lang_option
def maintenance() -> None:
    """本网关的维护通知 (需网关在运行) / our own maintenance, by way of the running gateway."""


@maintenance.command("announce")
@click.option("--from", "begins", default="", help="开始, 不写为现在 / when it begins; now without it.")
@click.option("--until", "ends", required=True, help="结束, 最远 7 天 / when it ends, within 7 days.")
@click.option("--reason", required=True, help="为什么, 对方会看到, 不要写个人信息 / why; partners read it.")
@click.option("--reason-en", default="", help="英文原因, 不写则同上 / the same in English.")
@home_option
@json_option
@lang_option
@speaking
def announce(speaker: Speaker, *, begins: str, ends: str, reason: str, reason_en: str, home: Path) -> None:
    """告诉各伙伴本网关何时维护; 期间它们不再发来, 到时自动继续 / partners wait until it is over.

    时间写北京时间 2026-11-25 22:00 或 22:00 (今天)、时长 (从现在或开始起) 2h、1d, 或 RFC 3339 时刻.
    本地系统照常递交, 我方待发的照常发出.
    """
    since = _moment(begins, None) if begins else None
    body = {
        "until": _moment(ends, since).isoformat(),
        **({"from": since.isoformat()} if since else {}),
        "reason": {"zh": reason, "en": reason_en or reason},
        "by": operator(),
    }
    said = _post(speaker, home, "/v1/maintenance", body)
    if speaker.as_json:
        speaker.document(said)
    else:
        speaker.say(_ANNOUNCED.format(since=moment(said["from"]), until=moment(said["until"])))


@maintenance.command("end")
@home_option
@json_option
@lang_option
@speaking
def end(speaker: Speaker, home: Path) -> None:
    """提前结束或撤回, 对方下次联系时看到 / end it early, or withdraw it; seen at the next contact."""
    done = _post(speaker, home, "/v1/maintenance/end", {"by": operator()})
    if speaker.as_json:
        speaker.document(done)
    else:
        speaker.say(_ENDED if done["ended"] else _NOTHING)


@maintenance.command("show")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, home: Path) -> None:
    """正在进行的和以前的 / what goes on, and what was announced before."""
    seen = ask(speaker, home, lambda control: control.get("/v1/maintenance"))
    if speaker.as_json:
        speaker.document(seen)
        return
    lang = speaker.lang
    rows = [
        [
            _STATES[one["state"]].say(lang),
            moment(one["from"]),
            moment(one["until"]),
            one["reason"][lang.value],
            one["announced_by"].removeprefix("staff:"),
            moment(one["ended_at"]) or "-",
        ]
        for one in seen["announced"]
    ]
    speaker.table(_HEADS, rows, empty=_NOTHING)


def operator() -> str:
    """Return the account a command runs under, as the audit names it."""
    return _NOT_IN_A_NAME.sub("_", getpass.getuser())[:64] or "operator"


def _post(speaker: Speaker, home: Path, path: str, body: Mapping[str, Any]) -> Any:
    raw = json.dumps(body).encode()
    return ask(speaker, home, lambda control: control.post(path, raw, idempotency_key=secrets.token_hex(8)))


def _moment(typed: str, after: datetime | None) -> datetime:
    """Return the moment somebody typed; a length of time counts from `after`, else from now."""
    now = datetime.now(UTC)
    written = typed.strip()
    if _CLOCK.fullmatch(written):
        written = f"{now.astimezone(CHINA).date()} {written.zfill(5)}"
    try:
        return (after or now) + duration(written)
    except Misfit:
        pass
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{typed}: 2026-11-25 22:00 | 22:00 | 2h | 2026-11-25T22:00:00+08:00") from None
    return read if read.tzinfo else read.replace(tzinfo=CHINA)


_STATES = {
    "on": Text("进行中", "going on"),
    "planned": Text("已公告", "announced"),
    "over": Text("已到时", "over"),
    "ended": Text("已结束", "ended"),
}
_HEADS = (
    Text("状态", "state"),
    Text("开始", "from"),
    Text("结束", "until"),
    Text("原因", "why"),
    Text("何人", "by"),
    Text("提前结束于", "ended at"),
)
_ANNOUNCED = Text(
    "已公告: {since} 至 {until}; 伙伴在下次联系时得知, 期间不再发来",
    "announced: {since} to {until}; partners learn it at their next contact and send nothing meanwhile",
)
_ENDED = Text("已结束; 伙伴在下次联系时得知", "ended; partners learn it at their next contact")
_NOTHING = Text("没有维护通知", "no maintenance is announced")
