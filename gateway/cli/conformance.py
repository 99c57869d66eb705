"""`tongban conformance`: numbered checks of a gateway over the real wire, and the folder a tester needs for them."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.init import AddressType
from gateway.cli.options import HOME_VARIABLE, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import ExitCode, Speaker, both, shown_path
from gateway.files.misfits import Misfit
from gateway.files.quantities import duration
from gateway.settings import Address, load_divisions

if TYPE_CHECKING:
    from gateway.kit.conformance.report import Report, Result
    from gateway.kit.conformance.run import Wanted
    from gateway.settings import Settings


def span_of(_context: click.Context, _option: click.Parameter, value: str | None) -> timedelta:
    """Read a length of time such as `10m`; nothing is none."""
    if value is None:
        return timedelta()
    try:
        return duration(value)
    except Misfit as misfit:
        raise click.BadParameter(f"{misfit.problem.zh} / {misfit.problem.en}") from misfit


@click.group(invoke_without_command=True)
@click.option(
    "--against", metavar="HOST:PORT", type=AddressType(dialled=True), help="被测网关 / the gateway under test."
)
@click.option(
    "--partner", default="", help="被测网关的代码, 有几个伙伴时写 / its code, where there are several partners."
)
@click.option(
    "--only", multiple=True, metavar="3.2", help="只做这一项或这一章, 可重复 / this check or chapter only, repeatable."
)
@click.option("--quick", is_flag=True, help="不做要等几十秒的 / leave out what waits for some ten seconds.")
@click.option(
    "--wait",
    callback=span_of,
    metavar="10m",
    help="连同需要对方人员配合的一起做, 至多等这么久 / make also what needs people there, and wait so long.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把报告写成 Markdown / write the report as Markdown.",
)
@click.option(
    "--home",
    "--identity",
    "home",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: Path(os.environ.get(HOME_VARIABLE) or "."),
    help="测试方的文件夹 (conformance prepare 所做, 或本网关的) / the tester's folder, or this gateway's own.",
)
@json_option
@lang_option
@speaking
@click.pass_context
def conformance(
    context: click.Context,
    speaker: Speaker,
    *,
    against: Address | None,
    partner: str,
    only: Sequence[str],
    quick: bool,
    wait: timedelta,
    report: Path | None,
    home: Path,
) -> None:
    """合格性测试: 以对方地区的身份逐项检查一个网关 / check a gateway as a partner of it.

    被测网关要有测试方的伙伴文件: 用 tongban conformance prepare 准备. 测试办件写明是测试, 结束时撤回.
    退出码: 0 没有不通过, 1 有不通过, 3 连接不上或对方不认识测试方, 其余见 docs/commands.md.
    """
    if context.invoked_subcommand:
        return
    from gateway.kit.conformance.catalogue import chosen
    from gateway.kit.conformance.run import Wanted

    try:
        checks = chosen(only)
    except LookupError as error:
        raise click.BadParameter(str(error), param_hint="--only") from error
    if against is None:
        raise click.UsageError("--against HOST:PORT")
    settings = settings_of(home, speaker)
    made = asyncio.run(_examine(speaker, settings, against, partner, Wanted(checks, quick, wait.total_seconds())))
    _told(speaker, made, report)
    if not made.all_well:
        raise click.exceptions.Exit(ExitCode.NOT_RUNNING if made.shut else ExitCode.REFUSED)


@conformance.command("prepare")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--of",
    "source",
    required=True,
    type=click.Path(path_type=Path, exists=True),
    help="被测网关的描述 (tongban partners entry 的输出) 或其文件夹 / what tongban partners entry prints there, or its folder.",
)
@click.option("--as", "code", required=True, metavar="CODE", help="以哪个地区的身份测试 / as which region to test.")
@click.option("--item", default="", metavar="CODE", help="测试用的事项, 默认社会保障卡 / the item of the test cases.")
@click.option("--item-name", default="", help="该事项名称 / its name.")
@json_option
@lang_option
@speaking
def prepare(speaker: Speaker, folder: Path, source: Path, code: str, item: str, item_name: str) -> None:
    """准备测试方的文件夹, 和放进被测网关 partners/ 的伙伴文件 / make the tester's folder and its partner file."""
    from gateway.cli.homes import Plan
    from gateway.cli.practice import ITEM, ITEM_NAME, describe_other, make_practice

    practice = make_practice(
        folder,
        Plan(region=code),
        describe_other(source),
        item=item or ITEM,
        item_name=item_name or ITEM_NAME,
        now=datetime.now(UTC),
        divisions=load_divisions(),
        secret=os.urandom,
    )
    if practice.findings:
        raise click.exceptions.Exit(speaker.findings(practice.findings, files=1))
    if speaker.as_json:
        speaker.document({"ok": True, "home": str(folder), "for_them": str(practice.for_them)})
        return
    speaker.say(_PREPARED.format(home=shown_path(folder), file=shown_path(practice.for_them)))


@conformance.command("list")
@json_option
@lang_option
@speaking
def show(speaker: Speaker) -> None:
    """列出各项检查 / list the checks."""
    from gateway.kit.conformance.catalogue import CHAPTERS

    if speaker.as_json:
        speaker.document(
            [
                {
                    "number": check.number,
                    "title": both(check.title),
                    "section": check.section,
                    "demand": both(check.demand),
                }
                for chapter in CHAPTERS
                for check in chapter
            ]
        )
        return
    for chapter in CHAPTERS:
        speaker.say(f"{chapter.number} {chapter.title.say(speaker.lang)}")
        for check in chapter:
            speaker.say(f"  {check.number:>5}  {check.title.say(speaker.lang)}")


async def _examine(
    speaker: Speaker, settings: "Settings", against: Address, partner: str, wanted: "Wanted"
) -> "Report":
    from gateway.app.opening import software
    from gateway.app.world import real_world
    from gateway.kit.conformance.opening import identity_of, target_of
    from gateway.kit.conformance.run import run
    from gateway.kit.conformance.session import Asking

    class Aloud(Asking):
        def please(self, what: Text) -> None:
            speaker.note(what)

    world = real_world()
    now = world.clock()
    return await run(
        identity_of(settings, now),
        target_of(settings, against, partner, now),
        wanted,
        world=world,
        software=software(),
        asking=Aloud(),
        told=_Aloud(speaker),
    )


class _Aloud:
    """Prints each result as it comes; of several skipped in a row for one reason only the first is."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._said: Text | None = None

    def __call__(self, result: "Result") -> None:
        if not self._speaker.as_json:
            self._say(result)

    def _say(self, result: "Result") -> None:
        from gateway.kit.conformance.check import Outcome
        from gateway.kit.conformance.report import OUTCOMES, said

        speaker, check = self._speaker, result.check
        if result.outcome is Outcome.SKIPPED and result.came == self._said:
            return
        speaker.say(f"{check.number:>5}  {OUTCOMES[result.outcome].say(speaker.lang)}  {check.title.say(speaker.lang)}")
        if result.outcome is Outcome.FAILED:
            for line in said(result):
                speaker.say(f"       {line.say(speaker.lang)}")
            for evidence in result.evidence:
                speaker.say(f"         {evidence}")
        elif result.came:
            speaker.say(f"       {result.came.say(speaker.lang)}")
        self._said = result.came


def _told(speaker: Speaker, made: "Report", file: Path | None) -> None:
    from gateway.kit.conformance.report import as_document, as_markdown

    if file:
        file.write_text(as_markdown(made, speaker.lang), encoding="utf-8")
    if speaker.as_json:
        speaker.document(as_document(made))
        return
    speaker.say(made.summary())
    if file:
        speaker.note(_WRITTEN.format(file=shown_path(file)))


_PREPARED = Text(
    "测试方文件夹: {home}\n交给被测网关, 放进它的 partners/: {file}\n然后: tongban conformance --against 主机:端口 --home {home}",
    "tester's folder: {home}\nfor the gateway under test, into its partners/: {file}\nthen: tongban conformance --against HOST:PORT --home {home}",
)
_WRITTEN = Text("报告已写入 {file}", "the report is in {file}")
