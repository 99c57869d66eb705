"""`tongban serve`: the gateway in the foreground, until it is told to stop."""

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.options import home_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker
from gateway.files.misfits import Misfit
from gateway.files.quantities import duration
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.app import Running


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

    Ctrl-C 或 SIGTERM: 不再接收新的, 做完手头的, 然后退出. 日志写到标准错误.
    """
    from gateway.telemetry import configure_logs

    settings = settings_of(home, speaker)
    if ahead and not (settings.peering.listen.is_loopback and settings.local.listen.is_loopback):
        raise click.UsageError(_ON_LOOPBACK.say(speaker.lang))
    configure_logs(
        region=settings.region,
        level=settings.log.level.value,
        style=settings.log.format.value,
        stream=sys.stderr,
        clock=lambda: datetime.now(UTC) + ahead,
    )
    asyncio.run(_serve(settings, speaker, ahead))


def _span(value: str | None) -> timedelta:
    if value is None:
        return timedelta()
    try:
        return duration(value)
    except Misfit as misfit:
        raise click.BadParameter(f"{misfit.problem.zh} / {misfit.problem.en}") from misfit


async def _serve(settings: Settings, speaker: Speaker, ahead: timedelta) -> None:
    from gateway.app import run
    from gateway.app.world import real_world

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    def ready(running: "Running") -> None:
        speaker.note(
            _READY.format(
                name=settings.short_name, region=settings.region, peering=running.peering, local=running.local
            )
        )

    await run(settings, world=real_world(ahead), stop=stop, ready=ready)


_ON_LOOPBACK = Text(
    "--ahead 只用于演练: 两个门都要只在本机回环地址上", "--ahead is for drills: both doors must listen on loopback only"
)
_READY = Text(
    "{name} ({region}) 网关已就绪: 面向地区 {peering}, 面向本地系统 {local}",
    "the gateway of {name} ({region}) is ready: peering {peering}, local {local}",
)
