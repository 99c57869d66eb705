"""`tongban demo`: three regions on this machine, sample cases flowing between them.

Every region is a gateway in a process of its own with its own keys, certificates, store and ports.  With `--once` the
stories are played, compared on both sides, and everything is stopped; otherwise the regions stay up until Ctrl-C.
"""

import asyncio
import json
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import click

from gateway.cli.demo_consoles import furnish_desks, open_consoles, told
from gateway.cli.demo_data import REGIONS, agreements
from gateway.cli.demo_foreign import add_foreign_system
from gateway.cli.demo_homes import SETTINGS, furnish, start_and_publish
from gateway.cli.demo_stage import Ending, Foreign, Stage, StoryFailed
from gateway.cli.demo_stories import STORIES
from gateway.cli.federation import LocalSystem, Site, make_sites, stop_all
from gateway.cli.options import lang_option, speaking
from gateway.cli.speech import Speaker

QUICK_RETRY = {"first_wait": "1s", "growth": "1.2", "longest_wait": "3s"}


@click.command()
@click.option("--once", is_flag=True, help="演完全部故事后退出 / play every story, then exit.")
@click.option("--duration", type=float, help="故事演完后再运行多少秒 / seconds to stay up after the stories.")
@click.option("--folder", type=click.Path(path_type=Path), help="数据放在哪里, 默认临时文件夹 / where the data go.")
@lang_option
@speaking
def demo(speaker: Speaker, once: bool, duration: float | None, folder: Path | None) -> None:
    """在本机演示三个地区 / show three regions on this machine.

    标准输出的最后一行是一个 JSON 对象: stories, passed, failed.
    """
    where = folder or Path(tempfile.mkdtemp(prefix="tongban-demo-"))
    try:
        failed = asyncio.run(_play(where, stay=0.0 if once else duration))
    finally:
        if folder is None:
            shutil.rmtree(where, ignore_errors=True)
    if failed:
        raise SystemExit(1)


async def _play(folder: Path, *, stay: float | None) -> int:
    playing = asyncio.current_task()
    if playing:
        # However it is told to stop, the gateways it started stop with it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    started = time.monotonic()
    tell(f"准备三个地区: {'、'.join(REGIONS.values())} (密钥、证书、数据库、端口各自独立)")
    sites = make_sites(
        folder,
        REGIONS,
        now=_clock(),
        secret=secrets.token_bytes,
        agreements=agreements,
        retry=QUICK_RETRY,
        extra_settings=SETTINGS,
    )
    results: Mapping[str, str] = {}
    failed = 0
    foreign_site, foreign_key, request = add_foreign_system(sites, folder, _clock(), secrets.token_bytes)
    furnish(sites, _clock())
    if stay != 0.0:
        open_consoles(sites)
    try:
        async with aiohttp.ClientSession() as session:
            systems = {code: LocalSystem(site, session) for code, site in sites.items()}
            other = LocalSystem(foreign_site, session, api_key=foreign_key)
            foreign = Foreign(foreign_site.code, "epoint-flat", other, request)
            stage = Stage(sites, systems, _clock, lambda line: tell(f"    {line}"), foreign)
            await start_and_publish(stage)
            results = await _stories(stage)
            entries = await furnish_desks(stage) if stay != 0.0 else {}
        _summary(stage, results)
        failed = sum(bool(problem) for problem in results.values())
        tell(f"用时 {time.monotonic() - started:.1f} 秒")
        if stay != 0.0:
            _addresses(sites)
            tell("\n".join(told(sites, entries)))
            await _until_stopped(stay)
    except asyncio.CancelledError:
        # Ctrl-C while the regions were up: what was played has ended well or not all the same.
        tell("\n停止")
    finally:
        await stop_all(sites.values())
    _last_line(results)
    return failed


async def _stories(stage: Stage) -> Mapping[str, str]:
    results = {}
    for title, story in STORIES.items():
        tell(f"\n{title}")
        begun = time.monotonic()
        try:
            await story(stage)
        except StoryFailed as failure:
            results[title] = str(failure)
            stage.finished.append(Ending("-", "失败", "失败"))
            tell(f"    ✗ {failure}")
        else:
            results[title] = ""
            tell(f"    ✓ {time.monotonic() - begun:.1f} 秒")
    return results


def _summary(stage: Stage, results: Mapping[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="两地对照 / both sides")
    for column in ("故事", "协同编号", "收件地", "业务属地"):
        table.add_column(column, overflow="fold")
    for title, ending in zip(results, stage.finished, strict=True):
        table.add_row(title.split()[0], ending.number, ending.origin, ending.handler)
        table.add_section()
    Console(width=None if sys.stdout.isatty() else 120).print(table)


async def _until_stopped(stay: float | None) -> None:
    try:
        await asyncio.wait_for(asyncio.Event().wait(), stay)
    except TimeoutError:
        return


def _addresses(sites: Mapping[str, Site]) -> None:
    tell("\n三个地区继续运行, Ctrl-C 停止:")
    for site in sites.values():
        tell(f"  {site.name} {site.code}  本地系统接口 {site.url}/v1/openapi.json  地区间 {site.peering}")
        tell(f"      密钥 {site.api_key}")
        tell(f"      命令 python -m gateway cases list --home {site.folder}")


def _last_line(results: Mapping[str, str]) -> None:
    failed = sum(bool(problem) for problem in results.values())
    print(json.dumps({"stories": len(results), "passed": len(results) - failed, "failed": failed}), flush=True)


def tell(line: str) -> None:
    """Show a line of progress as it happens."""
    print(line, flush=True)


def _clock() -> datetime:
    return datetime.now(UTC)
