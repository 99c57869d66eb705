"""`tongban partners add`: an introduction is checked, shown, compared by telephone, and becomes a partner file.

1 check    everything at once; an error ends it here
2 show     who it is, the agreements side by side with ours, the fingerprint
3 ask      whether the digits are those the other side reads out, and whose text of a differing agreement is taken
4 write    the partner file in one step, over another only when told to
5 test     the connection, as `tongban partners test` does
"""

import asyncio
import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.cli.addition import NOT_WRITTEN, document_of, examined, refuse
from gateway.cli.connection_page import tell_trial, trial_document
from gateway.cli.introduction_page import tell_agreements, tell_digits, tell_introduction
from gateway.cli.options import ended, home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.partners_history import whoever
from gateway.cli.speech import ExitCode, Refused, Speaker, shown_path
from gateway.files.findings import Finding, has_errors, render
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.app.world import World
    from gateway.flows.onboarding.addition import Addition
    from gateway.flows.onboarding.agreeing import Side
    from gateway.flows.onboarding.steps import Trial
    from gateway.partners.partner import Partner


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line says."""

    fingerprint: str
    unasked: bool
    side: "Side | None"


@click.command("add")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--fingerprint", default="", help="对方电话里读出的 8 组数字 / the digits read out by telephone.")
@click.option(
    "--agreement", type=click.Choice(["ours", "theirs"]), help="两边协议不一致时用哪一份 / whose text if they differ."
)
@click.option(
    "--replace", "replace_", is_flag=True, help="这个伙伴已有文件时改写它 / write over the partner's present file."
)
@click.option("--yes", is_flag=True, help="不再询问; 要同时写 --fingerprint / do not ask; needs --fingerprint.")
@click.option("--dry-run", is_flag=True, help="只检查和显示, 不写 / check and show, write nothing.")
@click.option("--no-test", is_flag=True, help="写好后不测试连接 / do not test the connection.")
@home_option
@json_option
@lang_option
@speaking
def add(
    speaker: Speaker,
    *,
    file: Path,
    fingerprint: str,
    agreement: str | None,
    replace_: bool,
    yes: bool,
    dry_run: bool,
    no_test: bool,
    home: Path,
) -> None:
    """读入对方的介绍文件, 写成伙伴文件 / turn an introduction into a partner file.

    先把全部问题一次列出, 再显示对方是谁、协议与本方逐项对照、8 组核对码; 电话核对后写入 partners/ 并测试连接. 网关
    在运行时, 写入后随即生效. 退出码: 0 已写入 (或 --dry-run 没有问题), 连接测试的结果另见输出; 1 没有写入.
    """
    from gateway.app.world import real_world
    from gateway.flows.onboarding.agreeing import Side

    unattended = (yes or speaker.as_json) and not dry_run
    if unattended and not fingerprint:
        raise click.UsageError(_NEEDS_DIGITS.say(speaker.lang))
    settings, world = settings_of(home, speaker), real_world()
    wish = _Wish(fingerprint, unattended, Side(agreement) if agreement else None)
    raw, name, now = _read(file), shown_path(file), world.clock()
    addition = examined(speaker, settings, raw, name, wish.side, now, over=replace_)
    _show(speaker, addition)
    if has_errors(addition.findings):
        ended(_stopped(speaker, addition))
    if dry_run:
        ended(_tell(speaker, addition, None, None))
        return
    _compare(speaker, addition, wish)
    if addition.agreed.must_choose:
        # The same bytes again: what was compared is what is written.
        addition = examined(speaker, settings, raw, name, _chosen(speaker, wish), now, over=replace_)
        if has_errors(addition.findings):
            ended(_stopped(speaker, addition))
    _write(speaker, settings, addition, now, world)
    trial = None if no_test or addition.prospect.loaded is None else _tested(settings, world, addition)
    ended(_tell(speaker, addition, addition.prospect.path, trial))


def _read(file: Path) -> bytes:
    from gateway.files.reader import MAX_BYTES

    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _show(speaker: Speaker, addition: "Addition") -> None:
    """Print everything an operator has to see before deciding."""
    if speaker.as_json:
        return
    tell_introduction(speaker, addition.read)
    tell_agreements(speaker, addition.agreed)
    if addition.before is not None:
        speaker.say(_CHANGES)
        for line in addition.changes:
            speaker.say(f"  {line}")
    if addition.findings:
        speaker.say(render(addition.findings, speaker.lang, files=1))
    if not has_errors(addition.findings):
        tell_digits(speaker, addition.read.digits)


def _compare(speaker: Speaker, addition: "Addition", wish: _Wish) -> None:
    """Go on only when the digits were compared; ends the command where they are others, or the operator says no."""
    from gateway.partners.introduction import same_digits

    if not wish.fingerprint:
        click.confirm(_ARE_SAME.say(speaker.lang), abort=True, err=True)
    elif not same_digits(wish.fingerprint, addition.read.digits):
        refuse(speaker, [Finding(addition.read.tree.file, 0, "", _OTHER_DIGITS, _STOP)])


def _chosen(speaker: Speaker, wish: _Wish) -> "Side":
    """Return whose text of the agreements is taken; ends the command where nobody can be asked."""
    from gateway.flows.onboarding.agreeing import Side

    if wish.unasked:
        raise click.UsageError(_DIFFER.say(speaker.lang))
    choices = click.Choice([side.value for side in Side])
    return Side(click.prompt(_WHOSE.say(speaker.lang), type=choices, err=True))


def _write(speaker: Speaker, settings: Settings, addition: "Addition", now: datetime, world: "World") -> None:
    from gateway.flows.onboarding.addition import BEFORE
    from gateway.flows.partner_files.put_back import put_back

    path, text = addition.prospect.path, addition.text(now)
    with suppress(GatewayError, Refused):
        # A courtesy to the running gateway, so that its history names the command and not only the owner of the file.
        asyncio.run(_announce(speaker, settings, text))
    try:
        if addition.before is not None:
            put_back(path.with_name(path.name + BEFORE), path.read_bytes(), world.new_id())
        put_back(path, text, world.new_id())
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


async def _announce(speaker: Speaker, settings: Settings, text: bytes) -> None:
    from gateway.cli.control import speak_to

    told = {"sha256": hashlib.sha256(text).hexdigest(), "how": "partners add", "by": whoever()}
    async with speak_to(settings.control_socket, speaker.lang) as control:
        body = json.dumps(told).encode()
        await control.post("/v1/partner-files/announcement", body, idempotency_key=secrets.token_hex(8))


def _tested(settings: Settings, world: "World", addition: "Addition") -> "Trial":
    assert addition.prospect.loaded is not None
    return asyncio.run(_try(settings, world, addition.prospect.loaded.partner))


async def _try(settings: Settings, world: "World", partner: "Partner") -> "Trial":
    from gateway.app.onboarding import connection_test

    async with connection_test(settings, world) as try_connection:
        return await try_connection(partner)


def _stopped(speaker: Speaker, addition: "Addition") -> ExitCode:
    if speaker.as_json:
        speaker.document({"ok": False, **document_of(addition)})
    else:
        speaker.note(NOT_WRITTEN)
    return ExitCode.REFUSED


def _tell(speaker: Speaker, addition: "Addition", written: Path | None, trial: "Trial | None") -> ExitCode:
    if speaker.as_json:
        speaker.document(
            {
                "ok": True,
                **document_of(addition),
                "written": str(written) if written else None,
                "connection": trial_document(trial) if trial else None,
            }
        )
        return ExitCode.OK
    if written is None:
        speaker.say(_DRY)
        if addition.agreed.must_choose:
            speaker.say(_TO_CHOOSE)
        return ExitCode.OK
    speaker.say(_WRITTEN.format(file=shown_path(written)))
    if addition.is_there:
        from gateway.flows.onboarding.addition import BEFORE

        speaker.say(_KEPT.format(file=f"{written.name}{BEFORE}"))
    if trial:
        tell_trial(speaker, trial)
        if not trial.is_ok:
            speaker.say(_NOT_YET.format(code=trial.code))
    return ExitCode.OK


_NEEDS_DIGITS = Text(
    "--yes 和 --json 要同时写 --fingerprint: 没有核对过的介绍文件不能无人值守地相信",
    "--yes and --json need --fingerprint: nothing is believed unattended that was not compared",
)
_CHANGES = Text("这个伙伴已有文件; 会改动:", "the partner has a file; what would change:")
_OTHER_DIGITS = Text("核对码不同: 这不是对方生成的那个文件", "the digits are others: it is not the file they made")
_STOP = Text(
    "不要继续. 请对方另发一次, 换一条途径; 再打对方单位公开的电话核对",
    "stop. Have it sent again another way, and compare by a telephone number you knew before",
)
_ARE_SAME = Text(
    "对方读出的 8 组数字与上面完全一致, 写入伙伴文件?", "are all 8 groups the same, and is the file to be written?"
)
_DIFFER = Text(
    "两边的协议不一致: 加 --agreement ours 或 --agreement theirs",
    "the agreements differ: add --agreement ours or --agreement theirs",
)
_WHOSE = Text("协议不一致, 写入哪一份 (ours 本方 / theirs 对方)", "the agreements differ: whose text is written")
_TO_CHOOSE = Text(
    "协议有不一致 (≠): 与对方说清楚再读入, 届时用 --agreement ours 或 theirs 选一份",
    "the agreements differ (≠): settle it with them first, then choose with --agreement ours or theirs",
)
_DRY = Text("没有问题; --dry-run 没有写入", "no problems; nothing was written (--dry-run)")
_WRITTEN = Text("已写入 {file}; 网关在运行时随即生效", "wrote {file}; a running gateway takes it up at once")
_KEPT = Text("原来的内容留在 {file}", "what it was before is kept in {file}")
_NOT_YET = Text(
    "文件已写好, 连接还没有通. 对方读入本方的介绍文件之后, 再运行: tongban partners test {code}",
    "the file is written, and the connection does not work yet. Once they have added us, run: tongban partners test {code}",
)
