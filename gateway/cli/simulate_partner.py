"""`tongban simulate-partner`: a partner to practise against, that does what a script says."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.init import AddressType
from gateway.cli.options import HOME_VARIABLE, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker, both, shown_path
from gateway.files.quantities import CHINA
from gateway.settings import SETTINGS_NAME, Address, load_divisions

if TYPE_CHECKING:
    from gateway.kit.partner.script import Script
    from gateway.kit.partner.telling import Happened

LISTEN = Address("127.0.0.1", 8444)


@click.command("simulate-partner")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: Path(os.environ.get(HOME_VARIABLE) or "."),
    help="模拟伙伴的文件夹; 没有时用 --as 和 --of 新建 / its folder; made with --as and --of where there is none.",
)
@click.option(
    "--as", "code", default="", metavar="CODE", help="新建时: 扮演哪个地区 / to make it: which region it plays."
)
@click.option(
    "--of",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="新建时: 练习方的描述 (tongban partners entry 的输出) 或其文件夹 / to make it: what describes whoever practises.",
)
@click.option("--listen", type=AddressType(), help="在哪里等对方来连, 默认如文件夹的设置 / where it listens.")
@click.option(
    "--against",
    type=AddressType(dialled=True),
    help="新建时: 对方的地址, 默认如其描述 / to make it: where it dials, by default as described.",
)
@click.option("--item", default="", metavar="CODE", help="新建时: 协议中的事项 / to make it: the item agreed on.")
@click.option("--item-name", default="", help="该事项名称 / its name.")
@click.option(
    "--script",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="剧本; 不写则每件都签收、受理、办结 / the script; without one every case is granted.",
)
@click.option("--check", "checking", is_flag=True, help="只检查剧本 / check the script and end.")
@json_option
@lang_option
@speaking
def simulate(
    speaker: Speaker,
    *,
    home: Path,
    code: str,
    source: Path | None,
    listen: Address | None,
    against: Address | None,
    item: str,
    item_name: str,
    script: Path | None,
    checking: bool,
) -> None:
    """模拟伙伴: 收办件、办理, 也会拖延、拒绝、说谎、重复、掉线 / a partner that obeys, delays, refuses, lies, repeats, dies.

    第一次用 --as 和 --of 新建文件夹, 并得到要放进练习方 partners/ 的伙伴文件. 剧本写法见 docs/conformance.md.
    """
    played = _script(speaker, script)
    if checking:
        speaker.document({"ok": True}) if speaker.as_json else speaker.say(_SOUND.format(name=played.name))
        return
    if not (home / SETTINGS_NAME).exists():
        _make(speaker, home, code, source, listen or LISTEN, against, item, item_name)
    asyncio.run(_play(speaker, home, played, listen))


def _script(speaker: Speaker, file: Path | None) -> "Script":
    from gateway.kit.partner.script import OBEDIENT, Script, read_script

    if file is None:
        return OBEDIENT
    read = read_script(file)
    if not isinstance(read, Script):
        raise click.exceptions.Exit(speaker.findings(read, files=1))
    return read


def _make(
    speaker: Speaker,
    home: Path,
    code: str,
    source: Path | None,
    listen: Address,
    against: Address | None,
    item: str,
    item_name: str,
) -> None:
    from gateway.cli.homes import Plan
    from gateway.cli.practice import ITEM, ITEM_NAME, describe_other, make_practice

    if not code or source is None:
        raise click.UsageError(_HOW_TO_MAKE.format(home=home).say(speaker.lang))
    theirs = describe_other(source)
    if against:
        theirs["endpoints"] = [{"address": str(against)}]
    dialled = replace(listen, host="127.0.0.1") if listen.is_wildcard else listen
    practice = make_practice(
        home,
        Plan(region=code, peering=listen, endpoints=(dialled,), names=("localhost",)),
        theirs,
        item=item or ITEM,
        item_name=item_name or ITEM_NAME,
        now=datetime.now(UTC),
        divisions=load_divisions(),
        secret=os.urandom,
    )
    if practice.findings:
        raise click.exceptions.Exit(speaker.findings(practice.findings, files=1))
    speaker.note(_MADE.format(home=shown_path(home), file=shown_path(practice.for_them)))


async def _play(speaker: Speaker, home: Path, script: "Script", listen: Address | None) -> None:
    from gateway.app.world import real_world
    from gateway.kit.partner.simulation import Simulation

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    settings = settings_of(home, speaker)
    simulation = Simulation(settings, script, real_world(), lambda one: _print(speaker, one), listen)
    await simulation.play(stop)


def _print(speaker: Speaker, one: "Happened") -> None:
    """Print a line at once, so that whoever reads along sees it when it happens."""
    if speaker.as_json:
        line = {"at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "what": one.what, "said": both(one.sentence()), **one.facts}
        speaker.say(json.dumps(line, ensure_ascii=False))
    else:
        speaker.say(f"{one.at.astimezone(CHINA):%H:%M:%S}  {one.sentence().say(speaker.lang)}")
    sys.stdout.flush()


_SOUND = Text("剧本“{name}”没有问题", "the script '{name}' is sound")
_HOW_TO_MAKE = Text(
    "{home} 里还没有模拟伙伴: 用 --as 代码 和 --of 练习方的描述 新建",
    "there is no simulated partner in {home}: make it with --as CODE and --of FILE",
)
_MADE = Text(
    "已新建 {home}. 请把 {file} 放进练习方的 partners/",
    "{home} is made.  Put {file} into partners/ of whoever practises",
)
