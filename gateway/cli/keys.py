"""`tongban keys`: this gateway's own keys, and new keys for local systems."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from gateway.case.texts import Text
from gateway.cli.keys_announced import announced, approve, reject
from gateway.cli.keys_certificates import certificate, install, request
from gateway.cli.keys_rotate import LEAD, rotate
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker, shown_path
from gateway.cli.system_files import new_system_key
from gateway.files.quantities import CHINA
from gateway.flows.onboarding.partner_entry import known_to_partners
from gateway.partners.introduction import fingerprint
from gateway.trust.keys import OwnKeys, load_keys, new_key, public_jwks, save_key
from gateway.trust.suites import KeyUse, SigningKey, suite_named


@click.group()
@lang_option
def keys() -> None:
    """密钥与证书 / keys and certificates."""


for _command in (rotate, request, install, certificate, announced, approve, reject):
    keys.add_command(_command)


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

    旧密钥继续有效, 直到新密钥启用; 运行中的网关两秒内读到. 按期轮换用 tongban keys rotate.
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
    for key in own.keys:
        speaker.say(_DIGITS.format(kid=key.kid, digits=fingerprint(key.kid.encode())))


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


def _described(key: SigningKey, standing: str) -> dict[str, object]:
    moments = {
        name: moment.isoformat() if moment else None
        for name, moment in (
            ("valid_from", key.valid_from),
            ("seal_until", key.seal_until),
            ("accept_until", key.accept_until),
        )
    }
    digits = fingerprint(key.kid.encode())
    known: dict[str, object] = {
        "kid": key.kid,
        "digits": digits,
        "use": key.use.value,
        "suite": key.suite.name,
        **moments,
    }
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
_DIGITS = Text("核对码 {kid}: {digits}", "digits to compare, {kid}: {digits}")
_NEW = Text(
    "已写入 {file}\nkid: {kid}\n{day} 起启用。下一步:\n"
    "  tongban partners entry --home {home}   把输出交给每个伙伴, 请对方在启用前登记\n"
    "  运行中的网关同时向伙伴公布, 不必重启",
    "wrote {file}\nkid: {kid}\nused from {day}. next:\n"
    "  tongban partners entry --home {home}   have every partner register it before that day\n"
    "  a running gateway announces it meanwhile",
)
_SYSTEM = Text(
    "系统 {name} 的密钥, 只显示这一次:\n{key}\n\n写入 systems/{name}.yaml 的 credential.keys 之下:\n{line}",
    "key of system {name}, shown this once:\n{key}\n\nput this under credential.keys in systems/{name}.yaml:\n{line}",
)
