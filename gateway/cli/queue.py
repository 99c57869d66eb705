"""`tongban queue`: what is owed to partners and does not go, and what to do about it, by way of the running gateway.

Every act on the queue is asked for step by step, so that its progress is seen; Ctrl-C ends it between two steps, and the same
command again goes on.
"""

import asyncio
import getpass
import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.code.numbers import check_case_number, read_case_number
from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.masked import printable
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.queue_page import tell_envelopes, tell_overview, tell_skipped
from gateway.cli.speech import Speaker
from gateway.files.misfits import Misfit
from gateway.files.quantities import duration

if TYPE_CHECKING:
    from gateway.cli.control import Control

_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z._@-]")
Command = Callable[..., Any]


_CATCHING = (
    click.option("--partner", default="", help="只要给这个地区的 / to this partner."),
    click.option("--item", default="", help="只要这个事项的 (基本编码) / of this item, by its basic code."),
    click.option("--case", "case_id", default="", help="只要这一件的 / of this case."),
    click.option(
        "--cause", default="", help="只要因这个原因没有发出的 / that failed for this reason, such as STORE_BUSY."
    ),
    click.option("--all", "everything", is_flag=True, help="确实是全部 / all there are."),
)
_NARROWING = (
    click.option("--envelope", "envelope_id", default="", help="只要这个信封 / this envelope."),
    click.option(
        "--kept",
        multiple=True,
        type=click.Choice(["waiting", "held", "parked", "aside"]),
        help="只要这种状态的, 可写多次 / kept back this way; repeatable.",
    ),
)


def _catching(command: Command) -> Command:
    """Add the options that say what a hold catches, now and later."""
    for option in reversed(_CATCHING):
        command = option(command)
    return command


def _selecting(command: Command) -> Command:
    """Add the options that say which envelopes are meant."""
    for option in reversed((*_CATCHING, *_NARROWING)):
        command = option(command)
    return command


_reason = click.option("--reason", required=True, help="为什么; 记入审计, 不要写个人信息 / why; kept in the audit.")
_dry_run = click.option("--dry-run", is_flag=True, help="只数有多少, 不做 / count, do nothing.")
_unasked = click.option(
    "--without-asking",
    is_flag=True,
    help="不先询问对方是否已收到, 由运维负责 / do not ask the partner first; you answer for it.",
)


@click.group()
@lang_option
def queue() -> None:
    """待发队列 (需网关在运行) / what is owed to partners, by way of the running gateway."""


@queue.command("list")
@home_option
@json_option
@lang_option
@speaking
def show_all(speaker: Speaker, home: Path) -> None:
    """各地区的待发情况, 以及没有发出的按原因归类 / what each partner is owed, and what does not go, by cause."""
    seen = ask(speaker, home, lambda control: control.get("/v1/queue"))
    if speaker.as_json:
        speaker.document(seen)
    else:
        tell_overview(speaker, printable(seen))


@queue.command("show")
@click.argument("key")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, *, key: str, home: Path) -> None:
    """一件办件的信封, 或一个信封: 经过、原因、下次何时、可以做什么 / one case or envelope.

    KEY 是协同编号或信封编号 / a co-operation number or an envelope id.
    """
    number = read_case_number(key)
    seen = ask(speaker, home, lambda control: control.get(f"/v1/queue/{key if check_case_number(number) else number}"))
    if speaker.as_json:
        speaker.document(seen)
    else:
        tell_envelopes(speaker, printable(seen))


@queue.command("hold")
@_catching
@_reason
@click.option("--until", default="", help="到期自动解除, 如 2h、3d 或 RFC 3339 时刻 / runs out by itself.")
@_dry_run
@home_option
@json_option
@lang_option
@speaking
def hold(speaker: Speaker, /, *, home: Path, until: str, dry_run: bool, **selection: Any) -> None:
    """扣留: 选中的不发, 以后产生的也不发 / keep back what matches, now and later."""
    more = {"until": _moment(until)} if until else {}
    _run(speaker, home, "hold", selection | more, dry_run=dry_run)


@queue.command("release")
@_selecting
@_reason
@click.option("--hold", "hold_id", default="", help="解除这个扣留 / end this hold.")
@_dry_run
@home_option
@json_option
@lang_option
@speaking
def release(speaker: Speaker, /, *, home: Path, dry_run: bool, **selection: Any) -> None:
    """解除扣留: 整个扣留, 或选中的部分 / let go a whole hold, or a part of what is held."""
    _run(speaker, home, "release", selection, dry_run=dry_run, kept=("held",))


@queue.command("retry")
@_selecting
@_reason
@_dry_run
@home_option
@json_option
@lang_option
@speaking
def retry(speaker: Speaker, /, *, home: Path, dry_run: bool, **selection: Any) -> None:
    """立即再试: 停放的和等待下次的 / try again now what is parked or waits for its next try."""
    # What people have settled is tried by name only, as the gateway does (`flows.queue.retry`).
    settled = ("aside",) if selection["case_id"] or selection["envelope_id"] else ()
    _run(speaker, home, "retry", selection, dry_run=dry_run, kept=("waiting", "parked", *settled), failed=True)


@queue.command("fail")
@_selecting
@_reason
@_unasked
@_dry_run
@home_option
@json_option
@lang_option
@speaking
def fail(speaker: Speaker, /, *, home: Path, dry_run: bool, **selection: Any) -> None:
    """终止: 新办件转为未送达对方, 其他作线下处理 / end: a new case becomes undeliverable, the rest is handled offline."""
    _run(speaker, home, "fail", selection, dry_run=dry_run, kept=("waiting", "held", "parked"))


@queue.command("redirect")
@_selecting
@_reason
@click.option("--to", default="", help="改投的地区代码; 不写则按现有协议 / gateway code; by the agreements without it.")
@_unasked
@_dry_run
@home_option
@json_option
@lang_option
@speaking
def redirect(speaker: Speaker, /, *, home: Path, dry_run: bool, **selection: Any) -> None:
    """改投: 对方还没有答复的新办件转给另一个地区 / send unanswered cases to another partner."""
    _run(speaker, home, "redirect", selection, dry_run=dry_run, openings=True)


def _run(
    speaker: Speaker,
    home: Path,
    verb: str,
    given: dict[str, Any],
    *,
    dry_run: bool,
    kept: tuple[str, ...] = (),
    **counted: bool,
) -> None:
    settings_of(home, speaker)
    asked: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value
    }
    if case_id := asked.get("case_id"):
        asked["case_id"] = read_case_number(case_id)
    asked["by"] = _NOT_IN_A_NAME.sub("_", getpass.getuser())[:64] or "operator"

    async def conversation(control: "Control") -> dict[str, Any]:
        counting = asked | counted | ({"kept": list(kept)} if kept and "kept" not in asked else {})
        total = await _counted(control, counting) if not asked.get("hold_id") else None
        if dry_run:
            return {"verb": verb, "count": total, "done": True, "dry_run": True}
        return await _stepping(speaker, control, verb, asked, total)

    done = ask(speaker, home, conversation)
    if speaker.as_json:
        _line(done)
    elif dry_run:
        speaker.say(_WOULD.format(count="?" if done["count"] is None else done["count"]))
    else:
        speaker.say(_DONE.format(count=done["changed"]))
        if done["hold_id"]:
            speaker.say(_HOLD.format(hold=done["hold_id"]))
        tell_skipped(speaker, done["skipped"])


async def _counted(control: "Control", asked: dict[str, Any]) -> int:
    wanted = {name: asked[name] for name in _SELECTION if name in asked}
    answer = await control.post("/v1/queue/count", json.dumps(wanted).encode(), idempotency_key=secrets.token_hex(8))
    return int(answer["count"])


async def _stepping(
    speaker: Speaker, control: "Control", verb: str, asked: dict[str, Any], total: int | None
) -> dict[str, Any]:
    after: Any = None
    done: dict[str, Any] = {"verb": verb, "seen": 0, "changed": 0, "skipped": {}, "hold_id": "", "of": total}
    while True:
        body = json.dumps(asked | {"after": after}).encode()
        step = await control.post(f"/v1/queue/{verb}", body, idempotency_key=secrets.token_hex(8))
        done["seen"] += step["seen"]
        done["changed"] += step["changed"]
        done["hold_id"] = step["hold_id"] or done["hold_id"]
        for word, count in step["skipped"].items():
            done["skipped"][word] = done["skipped"].get(word, 0) + count
        if step["done"]:
            return done | {"done": True}
        after = step["after"]
        if speaker.as_json:
            _line(done | {"done": False})
        else:
            speaker.note(
                _SO_FAR.format(seen=done["seen"], total="?" if total is None else total, count=done["changed"])
            )
        await asyncio.sleep(0)


def _line(content: dict[str, Any]) -> None:
    """Print one JSON document on one line: progress is read line by line."""
    click.echo(json.dumps(content, ensure_ascii=False))


def _moment(typed: str) -> str:
    try:
        return (datetime.now(UTC) + duration(typed)).isoformat(timespec="seconds")
    except Misfit:
        return typed


_SELECTION = ("partner", "item", "case_id", "envelope_id", "cause", "kept", "everything", "failed", "openings")
_SO_FAR = Text("已查看 {seen}/{total}, 已处理 {count}", "looked at {seen} of {total}, {count} done")
_DONE = Text("完成, 处理 {count} 个", "done: {count}")
_WOULD = Text("会涉及 {count} 个, 没有改动", "{count} would be concerned; nothing was changed")
_HOLD = Text(
    "扣留编号 {hold}; 解除: tongban queue release --hold {hold} --reason …",
    "hold {hold}; end it with tongban queue release --hold {hold} --reason …",
)
