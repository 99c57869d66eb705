"""`tongban keys`: this gateway's own keys, and new keys for local systems."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from cryptography.hazmat.primitives import hashes

from gateway.case.texts import Text
from gateway.cli.homes import certify
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker, shown_path
from gateway.cli.system_files import new_system_key
from gateway.files.quantities import CHINA
from gateway.trust.keys import OwnKeys, load_keys, new_key, public_jwks, save_key
from gateway.trust.suites import KeyUse, SigningKey, suite_named
from gateway.trust.tls import load_certified, save_certified

LEAD = 14
"""Days before a new key is used, so that partners can register it first."""


@click.group()
@lang_option
def keys() -> None:
    """密钥 / keys."""


@keys.command("new")
@click.option("--use", type=click.Choice([use.value for use in KeyUse]), required=True, help="用途 / what it signs.")
@click.option(
    "--suite", type=click.Choice(["ES256", "EdDSA"]), default="ES256", show_default=True, help="算法 / suite."
)
@click.option(
    "--in-days",
    type=click.IntRange(0, 90),
    default=LEAD,
    show_default=True,
    help="几天后启用; 之前请伙伴登记 / days until it is used.",
)
@home_option
@json_option
@lang_option
@speaking
def new(speaker: Speaker, use: str, suite: str, in_days: int, home: Path) -> None:
    """新建一把签名密钥 / make a signing key.

    旧密钥继续有效, 直到新密钥启用; 运行中的网关重启后读到新密钥.
    """
    settings = settings_of(home, speaker)
    start = datetime.now(UTC) + timedelta(days=in_days)
    key = new_key(KeyUse(use), suite_named(suite), now=start)
    file = save_key(settings.keys, key)
    if speaker.as_json:
        speaker.document({"ok": True, "file": str(file), **_described(key, "")})
        return
    speaker.say(
        _NEW.format(file=shown_path(file), kid=key.kid, day=_day(key.valid_from), home=shown_path(settings.home))
    )


@keys.command("list")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, home: Path) -> None:
    """列出本网关的签名密钥 / list signing keys."""
    own = load_keys(settings_of(home, speaker).keys)
    now = datetime.now(UTC)
    if speaker.as_json:
        speaker.document([_described(key, _standing(key, own, now).en) for key in own.keys])
        return
    rows = [
        (
            key.use.value,
            key.suite.name,
            key.kid,
            _day(key.valid_from),
            _day(key.seal_until),
            _day(key.accept_until),
            _standing(key, own, now).say(speaker.lang),
        )
        for key in own.keys
    ]
    speaker.table(_HEADS, rows, empty=Text("没有密钥", "no keys"))


@keys.command("export")
@click.option("--use", type=click.Choice([use.value for use in KeyUse]), help="只要这种用途 / this use only.")
@home_option
@lang_option
@speaking
def export(speaker: Speaker, use: str | None, home: Path) -> None:
    """输出公钥 (JWK 集, RFC 7517) / print the public keys as a JWK set."""
    own = load_keys(settings_of(home, speaker).keys)
    now = datetime.now(UTC)
    speaker.document(public_jwks(key for key in known_to_partners(own, now) if use in (None, key.use.value)))


@keys.command("certificate")
@home_option
@json_option
@lang_option
@speaking
def certificate(speaker: Speaker, home: Path) -> None:
    """换发本网关的证书 (自建机构) / renew the certificate from this gateway's own authority.

    伙伴只认机构, 不必改动; 只有写了 pinned 的伙伴要换指纹. 重启网关后生效.
    """
    settings = settings_of(home, speaker)
    authority = load_certified(settings.tls.authority, settings.tls.authority.with_suffix(".key"))
    endpoints = settings.peering.endpoints
    hosts = (settings.peering.listen, *(endpoint.address for endpoint in endpoints))
    names = (
        *(address.host for address in hosts if not address.is_wildcard),
        *(endpoint.expected_name for endpoint in endpoints),
    )
    renewed = certify(authority, settings.region, names, datetime.now(UTC))
    save_certified(settings.tls.certificate, settings.tls.private_key, renewed)
    until, sha256 = renewed.certificate.not_valid_after_utc, renewed.certificate.fingerprint(hashes.SHA256()).hex()
    if speaker.as_json:
        speaker.document({"ok": True, "valid_until": until.isoformat(), "sha256": sha256})
        return
    speaker.say(_RENEWED.format(file=shown_path(settings.tls.certificate), day=_day(until), sha256=sha256))


@keys.command("system")
@click.argument("name")
@json_option
@lang_option
@speaking
def system(speaker: Speaker, name: str) -> None:
    """为本地系统新建密钥, 只显示一次 / make a key for a local system, shown once."""
    key = new_system_key(name, secrets.token_bytes)
    if speaker.as_json:
        speaker.document({"ok": True, "system": name, "api_key": key.api_key, "sha256": key.sha256})
        return
    speaker.say(_SYSTEM.format(name=name, key=key.api_key, line=key.line))


def known_to_partners(own: OwnKeys, now: datetime) -> tuple[SigningKey, ...]:
    """Return the keys whose signatures partners may still meet at `now` or later."""
    return tuple(key for key in own.keys if key.accept_until is None or now <= key.accept_until)


def _described(key: SigningKey, standing: str) -> dict[str, object]:
    moments = {
        name: moment.isoformat() if moment else None
        for name, moment in (
            ("valid_from", key.valid_from),
            ("seal_until", key.seal_until),
            ("accept_until", key.accept_until),
        )
    }
    known: dict[str, object] = {"kid": key.kid, "use": key.use.value, "suite": key.suite.name, **moments}
    return {**known, "standing": standing} if standing else known


def _standing(key: SigningKey, own: OwnKeys, now: datetime) -> Text:
    newest = next((one for one in reversed(own.keys) if one.use is key.use and one.may_sign_at(now)), None)
    if newest is key:
        return Text("使用中", "signs")
    if key.valid_from and now < key.valid_from:
        return Text("待启用", "not yet")
    if key.accept_until and key.accept_until < now:
        return Text("已过期", "over")
    return Text("只供核验", "verifies only")


def _day(moment: datetime | None) -> str:
    return moment.astimezone(CHINA).date().isoformat() if moment else "-"


_HEADS = (
    Text("用途", "use"),
    Text("算法", "suite"),
    Text("指纹 (kid)", "kid"),
    Text("启用", "from"),
    Text("签到", "signs until"),
    Text("接受到", "accepted until"),
    Text("现状", "standing"),
)
_NEW = Text(
    "已写入 {file}\nkid: {kid}\n{day} 起启用。下一步:\n"
    "  tongban partners entry --home {home}   把输出交给每个伙伴, 请对方在启用前登记\n"
    "  重启网关",
    "wrote {file}\nkid: {kid}\nused from {day}. next:\n"
    "  tongban partners entry --home {home}   have every partner register it before that day\n"
    "  restart the gateway",
)
_RENEWED = Text(
    "已换发 {file}, 有效到 {day}\nSHA-256: {sha256}\n重启网关后生效",
    "renewed {file}, valid until {day}\nSHA-256: {sha256}\nrestart the gateway",
)
_SYSTEM = Text(
    "系统 {name} 的密钥, 只显示这一次:\n{key}\n\n写入 systems/{name}.yaml 的 credential.keys 之下:\n{line}",
    "key of system {name}, shown this once:\n{key}\n\nput this under credential.keys in systems/{name}.yaml:\n{line}",
)
