"""Whether the papers a gateway proves itself with would let it start: keys, storage key, certificates, deny list; and when they end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, Severity
from gateway.files.quantities import CHINA
from gateway.partners.revoked import read_revoked, revoked_file
from gateway.partners.validity import URGENCY
from gateway.settings import Settings
from gateway.trust.certificate_requests import names_on
from gateway.trust.keys import load_keys
from gateway.trust.suites import KeyUse
from gateway.trust.tls import Certified, is_valid_at, issued_by, load_certified, region_named_by
from gateway.trust.vault import NONCE_BYTES, load_vault

SOON = timedelta(days=60)
"""Left before the end of a key or certificate, from which it is told: at 14, 7 and 1 days more urgently."""


def papers(settings: Settings, now: datetime) -> Findings:
    """Return what is wrong with the papers of a gateway."""
    return (*_keys(settings, now), *_vault(settings), *_certificates(settings, now), *_deny_list(settings))


def _keys(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        own = load_keys(settings.keys)
        for use in KeyUse:
            key = own.current(use, now)
            newest = [one for one in own.keys if one.use is use][-1]
            if key is newest and key.seal_until and key.seal_until - now <= SOON:
                yield a_warning(
                    settings.keys / f"{use}-{key.kid}.key.json",
                    _pressing(
                        key.seal_until - now,
                        Text(
                            f"{use} 密钥 {_day(key.seal_until)} 到期", f"the {use} key ends on {_day(key.seal_until)}"
                        ),
                    ),
                    Text(f"运行: tongban keys rotate --use {use}", f"run: tongban keys rotate --use {use}"),
                )
    except GatewayError as error:
        yield from told(error)


def _vault(settings: Settings) -> Iterator[Finding]:
    try:
        load_vault(settings.vault, lambda: bytes(NONCE_BYTES))
    except GatewayError as error:
        yield from told(error)


def _certificates(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        own = load_certified(settings.tls.certificate, settings.tls.private_key)
        yield from _own_certificate(settings, own, now)
    except GatewayError as error:
        yield from told(error, settings.tls.certificate)
    if settings.local.tls:
        try:
            local = load_certified(settings.local.tls.certificate, settings.local.tls.private_key)
            yield from _dates(settings.local.tls.certificate, local.certificate, now)
        except GatewayError as error:
            yield from told(error)


def _own_certificate(settings: Settings, own: Certified, now: datetime) -> Iterator[Finding]:
    file = settings.tls.certificate
    named = region_named_by(own.certificate)
    if named != settings.region:
        yield an_error(
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
        yield an_error(
            settings.tls.authority,
            Text("不存在或不是可用的证书", "it is missing or no usable certificate"),
            Text("从备份恢复, 或改正 tls.authority", "restore it from backup, or correct tls.authority"),
        )
        return
    for root in roots:
        yield from _dates(settings.tls.authority, root, now)
    if not issued_by(own.certificate, roots):
        yield an_error(
            file,
            Text(f"不是 {settings.tls.authority.name} 签发的", f"{settings.tls.authority.name} did not issue it"),
            Text("改正 tls.authority, 否则伙伴不会相信它", "correct tls.authority, or no partner believes it"),
        )
    names = names_on(own.certificate)
    for endpoint in settings.peering.endpoints:
        if endpoint.expected_name not in names:
            yield an_error(
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
        "运行: tongban keys certificate; 证书由别的机构签发的: tongban keys request",
        "run: tongban keys certificate; if another authority issued it: tongban keys request",
    )
    until = certificate.not_valid_after_utc
    if not is_valid_at(certificate, now):
        since = certificate.not_valid_before_utc
        yield an_error(
            file,
            Text(f"证书只在 {_day(since)} 到 {_day(until)} 有效", f"it is valid from {_day(since)} to {_day(until)}"),
            renew,
        )
    elif until - now <= SOON:
        said = Text(f"证书 {_day(until)} 到期", f"the certificate ends on {_day(until)}")
        yield a_warning(file, _pressing(until - now, said), renew)


def _deny_list(settings: Settings) -> Findings:
    file = revoked_file(settings.home)
    return read_revoked(file.read_bytes(), settings.region)[1] if file.is_file() else ()


def _pressing(left: timedelta, said: Text) -> Text:
    """Return what ends soon, said more urgently the nearer it is."""
    word = next((word for days, word in URGENCY if left <= timedelta(days=days)), None)
    return Text(f"{word.zh}: {said.zh}", f"{word.en}: {said.en}") if word else said


def told(error: GatewayError, file: Path | None = None) -> Iterator[Finding]:
    """Yield an error as findings: what it found, or its own cause and fix at the file it names."""
    for one in error.findings:
        yield Finding(one.path, 0, "", one.problem, one.fix)
    if not error.findings:
        yield an_error(Path(str(error.facts.get("file", file or ""))), error.cause, error.fix)


def an_error(file: Path, problem: Text, fix: Text) -> Finding:
    """Return what would stop a start."""
    return Finding(str(file), 0, "", problem, fix)


def a_warning(file: Path, problem: Text, fix: Text) -> Finding:
    """Return what soon will."""
    return Finding(str(file), 0, "", problem, fix, Severity.WARNING)


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).date().isoformat()
