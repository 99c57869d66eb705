"""Everything that would stop a gateway from starting, all at once, without starting it.

Looks at keys, certificates, partner files, systems, calendars, ports, disk and machine; the settings were checked before.
Changes nothing but for one empty file in the data folder, which it removes.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.cli.agreed_items import unlisted_items
from gateway.cli.machine import examine_machine
from gateway.cli.readiness_papers import a_warning, an_error, papers, told
from gateway.console.oidc_http import oidc_files
from gateway.files.findings import Finding, Findings
from gateway.files.quantities import CHINA
from gateway.licences.connect import licence_files
from gateway.licences.http_source import read_token
from gateway.local.systems_check import check_systems
from gateway.partners.check import check_folder
from gateway.settings import Address, Settings
from gateway.settings.calendars import check_calendars
from gateway.settings.notice_files import load_wordings
from gateway.store import items
from gateway.store.sqlite.glance import glance

MIB = 1024**2


def examine(settings: Settings, *, divisions: Divisions, now: datetime) -> Findings:
    """Return everything wrong around `settings`; errors would stop a start, warnings soon will.

    Args:
        now: aware UTC.
    """
    today = now.astimezone(CHINA).date()
    checked = check_folder(settings.partners, divisions, settings.region, today)
    return (
        *papers(settings, now),
        *checked.findings,
        *unlisted_items(checked, settings, divisions, today),
        *check_systems(settings.systems, divisions).findings,
        *check_calendars(settings.calendars, divisions, today).findings,
        *(load_wordings(settings.console.papers.folder)[1] if settings.console else ()),
        *_items(settings),
        *_licences(settings),
        *_provider(settings),
        *_disk(settings),
        *_ports(settings),
        *_edited_since(settings),
        *examine_machine(settings, now),
    )


def _items(settings: Settings) -> Iterator[Finding]:
    # Before the first start there is no store, and nothing to say about it.
    if glance(settings.store_file, lambda tx: items.version_of(tx, settings.region)) == 0:
        yield a_warning(
            settings.store_file,
            Text(
                "没有导入本地区的事项, 对方提交前不能核对要求; 清单以协议为准",
                "no items of this region are imported: partners cannot check before they send, and the agreements'"
                " lists alone hold",
            ),
            Text("运行: tongban items import FILE", "run: tongban items import FILE"),
        )


def _licences(settings: Settings) -> Iterator[Finding]:
    yield from licence_files(settings.licences)
    if settings.licences.access_token_file:
        try:
            token = read_token(settings.licences.access_token_file)
        except GatewayError as error:
            yield from told(error)
            return
        if not token:
            yield an_error(
                settings.licences.access_token_file,
                Text("文件里没有令牌", "there is no token in the file"),
                Text("写入证照平台发的 accessToken", "put the accessToken of the licence platform into it"),
            )


def _provider(settings: Settings) -> Iterator[Finding]:
    named = settings.console.oidc if settings.console else None
    if named is None:
        return
    try:
        yield from oidc_files(named)
    except GatewayError as error:
        yield from told(error)


def _disk(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    standing = next(folder for folder in (data, *data.parents) if folder.exists())
    try:
        handle, name = tempfile.mkstemp(prefix=".check-", dir=standing)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        said = error.strerror or type(error).__name__
        yield an_error(
            data,
            Text(f"数据文件夹不能写入: {said}", f"the data folder cannot be written: {said}"),
            Text("检查权限和挂载方式", "check its rights and how it is mounted"),
        )
        return
    free, least = shutil.disk_usage(standing).free, settings.limits.least_free_disk
    if free < least:
        yield an_error(
            data,
            Text(
                f"磁盘只剩 {free // MIB} MiB, 至少要 {least // MIB} MiB",
                f"{free // MIB} MiB are free; {least // MIB} MiB are needed",
            ),
            Text("清理磁盘, 或改 limits.least_free_disk", "free some space, or change limits.least_free_disk"),
        )


def _ports(settings: Settings) -> Iterator[Finding]:
    if is_running(settings.control_socket):
        return
    for key, address in (("peering.listen", settings.peering.listen), ("local.listen", settings.local.listen)):
        wrong = _cannot_listen(address)
        if wrong:
            yield Finding(
                str(settings.file),
                0,
                key,
                Text(f"不能监听 {address}: {wrong}", f"cannot listen on {address}: {wrong}"),
                Text("停掉占用它的程序, 或换一个地址", "stop the program that uses it, or choose another address"),
            )


def _edited_since(settings: Settings) -> Iterator[Finding]:
    """Tell files that are read at the start alone and were written after it."""
    if not is_running(settings.control_socket):
        return
    started = settings.control_socket.stat().st_mtime_ns
    for file in (settings.file, *sorted(settings.systems.glob("*.yaml"))):
        if file.stat().st_mtime_ns > started:
            yield a_warning(
                file,
                Text(
                    "网关启动之后改过; 运行中的仍是启动时的内容",
                    "written after the gateway started, which runs with what it read then",
                ),
                Text("没有其他问题就重启网关", "restart the gateway if nothing else is wrong"),
            )


def is_running(control_socket: Path) -> bool:
    """Whether a gateway answers on this socket; its ports are its own then."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(control_socket))
        except OSError:
            return False
        return True


def _cannot_listen(address: Address) -> str:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, where = found[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do, so that a connection still closing does not count as somebody listening.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
