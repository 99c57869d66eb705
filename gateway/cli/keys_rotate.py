"""`tongban keys rotate`: the next seal and token key, announced to partners and used from a stated moment on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from gateway.case.texts import Text
from gateway.cli.moments import moment
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker
from gateway.partners.introduction import fingerprint
from gateway.trust.keys import OwnKeys, load_keys, new_key, save_key
from gateway.trust.suites import KeyUse, SigningKey

LEAD = 14
"""Days before a new key is used, so that partners can learn of it and approve it."""


@click.command("rotate")
@click.option("--use", type=click.Choice([use.value for use in KeyUse]), help="只换这种用途, 默认两种 / this use only.")
@click.option(
    "--in-days",
    type=click.IntRange(1, 90),
    default=LEAD,
    show_default=True,
    help="几天后启用; 之前伙伴核对 / days until it is used.",
)
@home_option
@json_option
@lang_option
@speaking
def rotate(speaker: Speaker, use: str | None, in_days: int, home: Path) -> None:
    """轮换密钥: 生成下一把, 自动向伙伴公布, 到时启用 / make the next keys, announce them, use them in time.

    已有待启用的密钥时不再生成. 运行中的网关两秒内读到并公布; 启用后 60 天内新旧两把同时签名, 还没有核对的伙伴照常收件.
    """
    settings = settings_of(home, speaker)
    own, now = load_keys(settings.keys), datetime.now(UTC)
    start = now + timedelta(days=in_days)
    told = []
    for one in KeyUse if use is None else (KeyUse(use),):
        waiting = _waiting(own, one, now)
        key = waiting or new_key(one, own.current(one, now).suite, now=start)
        if waiting is None:
            save_key(settings.keys, key)
        told.append((key, waiting is None))
    if speaker.as_json:
        speaker.document({"ok": True, "keys": [_document(key, made=made) for key, made in told]})
        return
    for key, made in told:
        begins, ends = (moment(at.isoformat()) if at else "-" for at in (key.valid_from, key.seal_until))
        said = _MADE if made else _WAITS
        digits = fingerprint(key.kid.encode())
        speaker.say(said.format(use=key.use.value, kid=key.kid, digits=digits, begins=begins, ends=ends))
    speaker.say(_NEXT)


def _waiting(own: OwnKeys, use: KeyUse, now: datetime) -> SigningKey | None:
    """Return the key of a use that will be used later, if there is one."""
    later = [key for key in own.keys if key.use is use and key.valid_from is not None and now < key.valid_from]
    return later[-1] if later else None


def _document(key: SigningKey, *, made: bool) -> dict[str, object]:
    return {
        "kid": key.kid,
        "digits": fingerprint(key.kid.encode()),
        "use": key.use.value,
        "made": made,
        "valid_from": key.valid_from.isoformat() if key.valid_from else None,
        "seal_until": key.seal_until.isoformat() if key.seal_until else None,
    }


_MADE = Text(
    "{use}  新密钥 {kid}\n    核对码 {digits}\n    {begins} 启用, 签到 {ends}",
    "{use}  new key {kid}\n    digits to compare {digits}\n    used from {begins}, signs until {ends}",
)
_WAITS = Text(
    "{use}  已有待启用的密钥 {kid}, 没有再生成\n    核对码 {digits}\n    {begins} 启用, 签到 {ends}",
    "{use}  a next key waits already: {kid}; none was made\n    digits to compare {digits}\n    used from {begins}, signs until {ends}",
)
_NEXT = Text(
    "运行中的网关两秒内向伙伴公布, 不必重启。请各伙伴在启用前电话核对后采信 (tongban keys approve)",
    "a running gateway announces them within two seconds; have every partner compare and approve them in time"
    " (tongban keys approve)",
)
