"""`tongban serve`: the gateway in the foreground, until it is told to stop."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.options import home_option, lang_option, settings_of, speaking
from gateway.cli.service_manager import ServiceManager
from gateway.cli.speech import ExitCode, Speaker
from gateway.files.misfits import Misfit
from gateway.files.quantities import duration
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.app import Running
    from gateway.app.world import World


@click.command()
@click.option(
    "--ahead",
    callback=lambda _context, _option, value: _span(value),
    help="演练用: 时钟快进, 如 30d; 两个门都只在本机回环地址上时才可用 / for drills on loopback: put the clock forward.",
)
@home_option
@lang_option
@speaking
def serve(speaker: Speaker, home: Path, ahead: timedelta) -> None:
    """运行网关, 直到收到停止信号 / run the gateway until it is told to stop.

    Ctrl-C 或 SIGTERM: 不再接收新的, 做完手头的, 然后退出 (limits.stop_within 之内); 再来一次立即退出. 日志写到标准错误.
    """
    from gateway.app import drill_clock, failpoints
    from gateway.app.process import taking_turns
    from gateway.app.world import real_world
    from gateway.telemetry import configure_logs

    settings = settings_of(home, speaker)
    clock, kill = (os.environ.get(name, "") for name in (drill_clock.VARIABLE, failpoints.VARIABLE))
    if (ahead or clock or kill) and not (settings.peering.listen.is_loopback and settings.local.listen.is_loopback):
        raise click.UsageError(_ON_LOOPBACK.say(speaker.lang))
    offset: Callable[[], timedelta] = drill_clock.DrillClock(Path(clock), ahead) if clock else (lambda: ahead)
    try:
        commits = failpoints.watch_of(kill) if kill else None
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    configure_logs(
        region=settings.region,
        level=settings.log.level.value,
        style=settings.log.format.value,
        stream=sys.stderr,
        clock=lambda: datetime.now(UTC) + offset(),
    )
    asyncio.run(_serve(settings, speaker, real_world(offset, taking_turns(commits))))


def _span(value: str | None) -> timedelta:
    if value is None:
        return timedelta()
    try:
        return duration(value)
    except Misfit as misfit:
        raise click.BadParameter(f"{misfit.problem.zh} / {misfit.problem.en}") from misfit


async def _serve(settings: Settings, speaker: Speaker, world: "World") -> None:
    from gateway.app import run
    from gateway.app.process import settle_memory

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    manager = ServiceManager(os.environ, os.getpid())
    alive = loop.create_task(manager.alive_for_ever())

    def told(name: signal.Signals) -> None:
        if stop.is_set():
            # Whatever was acknowledged is on disk; what is under way is not, and is tried again.
            os._exit(128 + name)
        stop.set()
        manager.stopping(settings.limits.stop_within.total_seconds())
        late = threading.Timer(settings.limits.stop_within.total_seconds(), os._exit, (ExitCode.CUT_OFF,))
        late.daemon = True
        late.start()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told, name)

    def ready(running: "Running") -> None:
        settle_memory()
        said = _READY.format(
            name=settings.short_name, region=settings.region, peering=running.peering, local=running.local
        )
        speaker.note(said)
        manager.ready(said.say(speaker.lang))

    try:
        await run(settings, world=world, stop=stop, ready=ready)
    finally:
        alive.cancel()


_ON_LOOPBACK = Text(
    "--ahead 和 TONGBAN_DRILL_… 只用于演练: 两个门都要只在本机回环地址上",
    "--ahead and TONGBAN_DRILL_… are for drills: both doors must listen on loopback only",
)
_READY = Text(
    "{name} ({region}) 网关已就绪: 面向地区 {peering}, 面向本地系统 {local}",
    "the gateway of {name} ({region}) is ready: peering {peering}, local {local}",
)
