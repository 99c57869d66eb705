"""An introduction as an operator reads it before believing it: who, where, with what, and the agreement side by side."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gateway.case.texts import Text
from gateway.cli.partners_invite import in_two_lines
from gateway.cli.speech import Speaker, both
from gateway.files.quantities import CHINA

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.flows.onboarding.agreeing import Agreed
    from gateway.flows.onboarding.examine import Read
    from gateway.partners.side_by_side import Term


def tell_introduction(speaker: Speaker, read: "Read") -> None:
    """Print who introduces itself."""
    from gateway.partners.keys import fingerprint, load_roots

    told = read.introduction
    speaker.say(_WHO.format(code=told.code, name=told.name, made=_day(told.made_at), until=_day(told.valid_until)))
    for endpoint in told.endpoints:
        speaker.say(_ADDRESS.format(address=endpoint.address, name=endpoint.expected_name))
    if not told.endpoints:
        speaker.say(_COLLECTS)
    for pem in told.tls.roots:
        for root in load_roots(pem, _beside()):
            until = _day(root.not_valid_after_utc)
            speaker.say(_ROOT.format(sha256=fingerprint(root), until=until))
    for key in told.keys:
        speaker.say(_KEY.format(use=key.use.value, kid=key.kid, first=_day(key.valid_from), last=_day(key.seal_until)))
    speaker.say(_SPEAKS.format(versions=", ".join(told.exchange.versions), count=len(told.exchange.features)))
    taken = told.limits
    speaker.say(
        _TAKES.format(rate=taken.envelopes_per_minute, batch=taken.largest_batch, mib=taken.largest_material // 1024**2)
    )
    for one in told.contacts:
        speaker.say(_CONTACT.format(name=one.name, role=one.role, phone=one.phone))


def tell_agreements(speaker: Speaker, agreed: "Agreed") -> None:
    """Print the agreements of both sides, term by term; what differs and binds is marked."""
    speaker.say(_BOTH if agreed.both else _ONE)
    last = ""
    for term in agreed.terms:
        if term.agreement != last:
            last = term.agreement
            speaker.say(f"  {last}")
        speaker.say(_line(speaker, term, both_sides=agreed.both))


def tell_digits(speaker: Speaker, digits: str) -> None:
    """Print the fingerprint as it is compared."""
    speaker.say(_DIGITS)
    speaker.say(in_two_lines(digits))


def agreement_document(terms: "Iterable[Term]") -> list[dict[str, Any]]:
    """Return the agreements side by side as scripts read them."""
    return [
        {
            "agreement": one.agreement,
            "term": both(one.term),
            "ours": both(one.ours),
            "theirs": both(one.theirs),
            "same": one.is_same,
            "binds": one.binds,
        }
        for one in terms
    ]


def _line(speaker: Speaker, term: "Term", *, both_sides: bool) -> str:
    from gateway.partners.side_by_side import NOTHING

    lang = speaker.lang
    name, ours, theirs = term.term.say(lang), term.ours.say(lang), term.theirs.say(lang)
    if term.is_same or not both_sides:
        return f"      {name}: {theirs if term.ours == NOTHING else ours}"
    mark = "≠" if term.binds else "~"
    return "\n".join(
        (f"    {mark} {name}:", f"        {_OURS.say(lang)}: {ours}", f"        {_THEIRS.say(lang)}: {theirs}")
    )


def _beside() -> Any:
    from gateway.flows.onboarding.examine import Nothing

    return Nothing()


def _day(moment: "datetime") -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d}"


_WHO = Text(
    "{code} {name} 的介绍文件, {made} 生成, {until} 前有效",
    "introduction of {code} {name}, made {made}, valid until {until}",
)
_ADDRESS = Text("  地址 {address} (证书名 {name})", "  address {address} (certificate {name})")
_COLLECTS = Text("  只能外拨, 由它来取 (collect)", "  can only dial out and collects")
_ROOT = Text("  证书机构 SHA-256 {sha256}, 到 {until}", "  authority SHA-256 {sha256}, until {until}")
_KEY = Text("  密钥 {use} {kid}, {first} 至 {last}", "  key {use} {kid}, {first} to {last}")
_SPEAKS = Text("  交换版本 {versions}, 功能 {count} 项", "  exchange {versions}, {count} features")
_TAKES = Text(
    "  对本方的限制: 每分 {rate} 个信封, 每批 {batch} 个, 一份材料 {mib} MiB",
    "  takes from us: {rate} envelopes a minute, {batch} in a batch, {mib} MiB a file",
)
_CONTACT = Text("  联系人 {name} ({role}) {phone}", "  contact {name} ({role}) {phone}")
_BOTH = Text("协议, 本方与对方逐项对照 (≠ 不一致):", "the agreements of both sides, term by term (≠ differs):")
_ONE = Text("协议 (只有一方写了), 从本方看:", "the agreements (of one side only), seen from ours:")
_OURS = Text("本方", "ours")
_THEIRS = Text("对方", "theirs")
_DIGITS = Text(
    "核对码. 打对方单位公开的电话, 请对方读出这 8 组数字, 逐组核对:",
    "the fingerprint. Telephone a number you knew before, have them read these 8 groups out, and compare:",
)
