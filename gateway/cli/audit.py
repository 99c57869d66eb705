"""`tongban audit`: whether the chain over the audit holds, from the files alone; the gateway may run or not."""

import asyncio
import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import ExitCode, Speaker, both

if TYPE_CHECKING:
    from gateway.flows.audit_chain import Broken, Verified
    from gateway.settings import Settings

_HEAD = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@click.group()
@lang_option
def audit() -> None:
    """审计 / the audit."""


@audit.command()
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="只核验这一天起的封印 / only seals of this day or later."
)
@click.option("--head", default="", help="以前抄下的链头 / a head that was written down before, 64 hex digits.")
@home_option
@json_option
@lang_option
@speaking
def verify(speaker: Speaker, home: Path, *, since: datetime | None, head: str) -> None:
    """核验审计封印: 从现有的行重新计算, 指出第一处不符 / make the chained seals again from the rows as they are now.

    网关运行或停止都可以, 什么也不改. 退出码: 0 相符; 1 不相符, 或抄下的链头找不到, 或无法核验.
    """
    head = "".join(head.split())
    if head and not _HEAD.fullmatch(head):
        raise click.UsageError(_NO_HEAD.say(speaker.lang))
    begins = datetime.combine(since.date(), time(), CHINA) if since else None
    done = asyncio.run(_verified(settings_of(home, speaker), begins, head))
    _tell(speaker, done)
    if not done.holds:
        raise click.exceptions.Exit(ExitCode.REFUSED)


async def _verified(settings: "Settings", since: datetime | None, head: str) -> "Verified":
    from gateway.app.world import real_world
    from gateway.flows.audit_chain import AuditChain
    from gateway.store.sqlite.looking_only import LookingOnly
    from gateway.trust.vault import load_vault

    if not settings.store_file.exists():
        raise GatewayError(Reason.CONFIGURATION, findings=[_no_store(settings.store_file)], count=1)
    vault = load_vault(settings.vault, real_world().nonce)
    database = LookingOnly(settings.store_file)
    try:
        chain = AuditChain(database, vault, lambda: datetime.now(UTC), settings.retention.audit)
        return await chain.verify(since, head, most=0)
    finally:
        await database.close()


def _tell(speaker: Speaker, done: "Verified") -> None:
    if speaker.as_json:
        speaker.document(
            {
                "ok": done.holds,
                "rows": done.rows,
                "seals": done.seals,
                "since": done.since.isoformat() if done.since else None,
                "until": done.until.isoformat() if done.until else None,
                "head": done.head,
                "head_found": done.known,
                "unsealed": done.unsealed,
                "broken": [
                    {"first": one.first, "last": one.last, "at": one.at.isoformat(), "why": both(one.why)}
                    for one in done.broken
                ],
            }
        )
        return
    if done.broken:
        first, more = done.broken[0], len(done.broken) - 1
        speaker.say(_BROKEN.format(**_named(first), why=first.why))
        if more:
            speaker.say(_MORE.format(count=more))
    speaker.say((_HOLDS if done.holds else _LOOKED).format(rows=done.rows, seals=done.seals, unsealed=done.unsealed))
    if done.known is not None:
        speaker.say(_FOUND if done.known else _NOT_FOUND)
    if done.head:
        speaker.say(_WRITE_DOWN.format(head=done.head))


def _named(one: "Broken") -> dict[str, object]:
    return {"first": one.first, "last": one.last, "at": one.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")}


def _no_store(file: Path) -> FieldFinding:
    return FieldFinding(
        "data",
        Text(f"没有数据文件 {file.name}", f"there is no store: {file.name}"),
        Text("核对 --home, 或先运行一次 tongban serve", "look at --home, or run tongban serve once"),
    )


_NO_HEAD = Text("--head: 不是 64 位十六进制数", "--head: not 64 hexadecimal digits")
_BROKEN = Text(
    "不相符: 第 {first} 至 {last} 行, {at} 封存: {why}", "does not hold: rows {first} to {last}, sealed {at}: {why}"
)
_MORE = Text("另有 {count} 处", "{count} more")
_HOLDS = Text(
    "相符: {rows} 行, {seals} 个封印; 还没封存 {unsealed} 行",
    "holds: {rows} rows, {seals} seals; not sealed yet: {unsealed}",
)
_LOOKED = Text(
    "核验了 {rows} 行, {seals} 个封印; 还没封存 {unsealed} 行",
    "looked at {rows} rows, {seals} seals; not sealed yet: {unsealed}",
)
_FOUND = Text("抄下的链头在其中", "the head that was given is one of them")
_NOT_FOUND = Text(
    "抄下的链头不在其中: 末段可能被连同封印删去, 或早于 --since",
    "the head that was given is none of them: the end may have been cut off with its seals, or it is older than --since",
)
_WRITE_DOWN = Text(
    "链头, 抄在别处, 下次用 --head 给出: {head}", "head, to be written down for --head next time: {head}"
)
