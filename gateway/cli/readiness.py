"""Everything that would stop a gateway from starting, all at once, without starting it.

Looks at keys, certificates, partner files, systems, calendars, ports and disk; the settings were checked before.
Changes nothing but for one empty file in the data folder, which it removes.
"""

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, Severity
from gateway.files.quantities import CHINA
from gateway.licences.connect import licence_files
from gateway.licences.http_source import read_token
from gateway.local.systems_check import check_systems
from gateway.partners.check import check_folder
from gateway.settings import Address, Settings
from gateway.settings.calendars import check_calendars
from gateway.store import items
from gateway.store.sqlite.glance import glance
from gateway.trust.keys import load_keys
from gateway.trust.suites import KeyUse
from gateway.trust.tls import Certified, is_valid_at, issued_by, load_certified, region_named_by
from gateway.trust.vault import NONCE_BYTES, load_vault

SOON = timedelta(days=30)
MIB = 1024**2


def examine(settings: Settings, *, divisions: Divisions, now: datetime) -> Findings:
    """Return everything wrong around `settings`; errors would stop a start, warnings soon will.

    Args:
        now: aware UTC.
    """
    today = now.astimezone(CHINA).date()
    return (
        *_keys(settings, now),
        *_vault(settings),
        *_certificates(settings, now),
        *check_folder(settings.partners, divisions, settings.region, today).findings,
        *check_systems(settings.systems, divisions).findings,
        *check_calendars(settings.calendars, divisions, today).findings,
        *_items(settings),
        *_licences(settings),
        *_disk(settings),
        *_ports(settings),
    )


def _keys(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        own = load_keys(settings.keys)
        for use in KeyUse:
            key = own.current(use, now)
            newest = [one for one in own.keys if one.use is use][-1]
            if key is newest and key.seal_until and key.seal_until - now <= SOON:
                yield _warning(
                    settings.keys / f"{use}-{key.kid}.key.json",
                    Text(f"{use} 密钥 {_day(key.seal_until)} 到期", f"the {use} key ends on {_day(key.seal_until)}"),
                    Text(
                        f"运行: tongban keys new --use {use} --in-days 0",
                        f"run: tongban keys new --use {use} --in-days 0",
                    ),
                )
    except GatewayError as error:
        yield from _told(error)
    if settings.keys.is_dir() and stat.S_IMODE(settings.keys.stat().st_mode) & 0o077:
        yield _warning(
            settings.keys,
            Text("密钥文件夹可被他人进入", "others can enter the folder of keys"),
            Text(f"运行: chmod 700 {settings.keys}", f"run: chmod 700 {settings.keys}"),
        )


def _vault(settings: Settings) -> Iterator[Finding]:
    try:
        load_vault(settings.vault, lambda: bytes(NONCE_BYTES))
    except GatewayError as error:
        yield from _told(error)


def _certificates(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        own = load_certified(settings.tls.certificate, settings.tls.private_key)
        yield from _own_certificate(settings, own, now)
    except GatewayError as error:
        yield from _told(error, settings.tls.certificate)
    if settings.local.tls:
        try:
            local = load_certified(settings.local.tls.certificate, settings.local.tls.private_key)
            yield from _dates(settings.local.tls.certificate, local.certificate, now)
        except GatewayError as error:
            yield from _told(error)


def _own_certificate(settings: Settings, own: Certified, now: datetime) -> Iterator[Finding]:
    file = settings.tls.certificate
    named = region_named_by(own.certificate)
    if named != settings.region:
        yield _error(
            file,
            Text(
                f"证书属于 {named}, 本网关是 {settings.region}", f"it names {named}; this gateway is {settings.region}"
            ),
            Text("换成本地区的证书", "use the certificate of this region"),
        )
    yield from _dates(file, own.certificate, now)
    try:
        roots = x509.load_pem_x509_certificates(settings.tls.authority.read_bytes())
    except (OSError, ValueError):
        yield _error(
            settings.tls.authority,
            Text("不存在或不是可用的证书", "it is missing or no usable certificate"),
            Text("从备份恢复, 或改正 tls.authority", "restore it from backup, or correct tls.authority"),
        )
        return
    if not issued_by(own.certificate, roots):
        yield _error(
            file,
            Text(f"不是 {settings.tls.authority.name} 签发的", f"{settings.tls.authority.name} did not issue it"),
            Text("改正 tls.authority, 否则伙伴不会相信它", "correct tls.authority, or no partner believes it"),
        )
    names = _names(own.certificate)
    for endpoint in settings.peering.endpoints:
        if endpoint.expected_name not in names:
            yield _error(
                file,
                Text(
                    f"证书上没有 {endpoint.expected_name}, 伙伴连不上 {endpoint.address}",
                    f"it lacks {endpoint.expected_name}: partners cannot connect to {endpoint.address}",
                ),
                Text(
                    "换含有这个名字的证书, 或写 server_name",
                    "use a certificate with that name, or write server_name",
                ),
            )


def _dates(file: Path, certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    renew = Text(
        "运行: tongban keys certificate; 证书由别的机构签发时向该机构换发",
        "run: tongban keys certificate; or ask whoever issued it",
    )
    until = certificate.not_valid_after_utc
    if not is_valid_at(certificate, now):
        since = certificate.not_valid_before_utc
        yield _error(
            file,
            Text(f"证书只在 {_day(since)} 到 {_day(until)} 有效", f"it is valid from {_day(since)} to {_day(until)}"),
            renew,
        )
    elif until - now <= SOON:
        yield _warning(file, Text(f"证书 {_day(until)} 到期", f"the certificate ends on {_day(until)}"), renew)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return frozenset((*names.get_values_for_type(x509.DNSName), *addresses))


def _items(settings: Settings) -> Iterator[Finding]:
    # Before the first start there is no store, and nothing to say about it.
    if glance(settings.store_file, lambda tx: items.version_of(tx, settings.region)) == 0:
        yield _warning(
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
            yield from _told(error)
            return
        if not token:
            yield _error(
                settings.licences.access_token_file,
                Text("文件里没有令牌", "there is no token in the file"),
                Text("写入证照平台发的 accessToken", "put the accessToken of the licence platform into it"),
            )


def _disk(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    standing = next(folder for folder in (data, *data.parents) if folder.exists())
    try:
        handle, name = tempfile.mkstemp(prefix=".check-", dir=standing)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        said = error.strerror or type(error).__name__
        yield _error(
            data,
            Text(f"数据文件夹不能写入: {said}", f"the data folder cannot be written: {said}"),
            Text("检查权限和挂载方式", "check its rights and how it is mounted"),
        )
        return
    free, least = shutil.disk_usage(standing).free, settings.limits.least_free_disk
    if free < least:
        yield _error(
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


def _told(error: GatewayError, file: Path | None = None) -> Iterator[Finding]:
    """Yield an error as findings: what it found, or its own cause and fix at the file it names."""
    for one in error.findings:
        yield Finding(one.path, 0, "", one.problem, one.fix)
    if not error.findings:
        yield _error(Path(str(error.facts.get("file", file or ""))), error.cause, error.fix)


def _error(file: Path, problem: Text, fix: Text) -> Finding:
    return Finding(str(file), 0, "", problem, fix)


def _warning(file: Path, problem: Text, fix: Text) -> Finding:
    return Finding(str(file), 0, "", problem, fix, Severity.WARNING)


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).date().isoformat()
