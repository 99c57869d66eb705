"""`tongban serve`: the gateway in the foreground, until it is told to stop."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.options import home_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.app import Running


@click.command()
@home_option
@lang_option
@speaking
def serve(speaker: Speaker, home: Path) -> None:
    """运行网关, 直到收到停止信号 / run the gateway until it is told to stop.

    Ctrl-C 或 SIGTERM: 不再接收新的, 做完手头的, 然后退出. 日志写到标准错误.
    """
    from gateway.telemetry import configure_logs

    settings = settings_of(home, speaker)
    configure_logs(
        region=settings.region,
        level=settings.log.level.value,
        style=settings.log.format.value,
        stream=sys.stderr,
        clock=lambda: datetime.now(UTC),
    )
    asyncio.run(_serve(settings, speaker))


async def _serve(settings: Settings, speaker: Speaker) -> None:
    from gateway.app import run

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

    await run(settings, stop=stop, ready=ready)


_READY = Text(
    "{name} ({region}) 网关已就绪: 面向地区 {peering}, 面向本地系统 {local}",
    "the gateway of {name} ({region}) is ready: peering {peering}, local {local}",
)
