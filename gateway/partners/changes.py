"""What differs between two versions of a partner, in plain words: status, addresses, keys, certificates, limits, agreements.

For showing only; contacts and notes are named as changed and never repeated.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import Enum

from gateway.case.code.divisions import Divisions
from gateway.case.item.words import MODE_TEXT
from gateway.case.kinds import POWER_NAMES
from gateway.case.texts import Text
from gateway.files.quantities import CHINA, duration_text, size_text
from gateway.partners.keys import PartnerKey, fingerprint
from gateway.partners.partner import Partner
from gateway.partners.schema import Status, Use
from gateway.partners.terms import DIRECTION_TEXT, AgreedItem, Agreement

MOST = 200
"""Changes told; the rest is counted."""
_SHOWN = 12
"""Characters of a thumbprint."""


class About(Enum):
    """What a change is about."""

    PARTNER = "partner"
    ENDPOINTS = "endpoints"
    KEYS = "keys"
    CERTIFICATES = "certificates"
    LIMITS = "limits"
    AGREEMENTS = "agreements"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs."""

    about: About
    text: Text


_STATUS = {
    Status.ACTIVE: Text("正常 (active)", "active"),
    Status.PAUSED: Text("暂停 (paused)", "paused"),
    Status.SAMPLE: Text("示例 (sample)", "sample"),
}
_USE = {Use.SEAL: Text("信封", "seal"), Use.TOKEN: Text("令牌", "token")}


def changes(before: Partner, after: Partner, divisions: Divisions) -> tuple[Change, ...]:
    """Return what `after` says otherwise than `before`, at most `MOST`; empty when only comments or layout differ."""
    found = tuple(_changes(before, after, divisions))
    if len(found) <= MOST:
        return found
    more = len(found) - MOST
    return (*found[:MOST], Change(About.WORDS, Text(f"还有 {more} 处没有列出", f"{more} more are not listed")))


def _changes(before: Partner, after: Partner, divisions: Divisions) -> Iterator[Change]:
    if before.status is not after.status:
        yield _turned(About.PARTNER, Text("状态", "status"), _STATUS[before.status], _STATUS[after.status])
    for what, old, new in (
        (Text("名称", "name"), before.name, after.name),
        (Text("简称", "short name"), before.short_name, after.short_name),
        (Text("送达方式", "delivery"), before.delivery.value, after.delivery.value),
        (Text("曾用代码", "former codes"), ", ".join(before.history), ", ".join(after.history)),
        (Text("公开电话", "public phone"), before.public_phone, after.public_phone),
    ):
        if old != new:
            yield _turned(About.PARTNER, what, old or _NONE, new or _NONE)
    old_ends = [f"{one.address} ({one.expected_name})" for one in before.endpoints]
    new_ends = [f"{one.address} ({one.expected_name})" for one in after.endpoints]
    yield from _listed(About.ENDPOINTS, Text("地址", "endpoint"), old_ends, new_ends)
    if sorted(old_ends) == sorted(new_ends) and old_ends != new_ends:
        yield Change(About.ENDPOINTS, Text("地址的先后变了", "the order of the endpoints changed"))
    yield from _keys(before.keys, after.keys)
    old_roots, new_roots = ([fingerprint(root) for root in one.roots] for one in (before, after))
    yield from _listed(
        About.CERTIFICATES, Text("证书机构", "authority"), map(_short, old_roots), map(_short, new_roots)
    )
    old_pins, new_pins = sorted(before.pinned), sorted(after.pinned)
    yield from _listed(
        About.CERTIFICATES, Text("固定的证书", "pinned certificate"), map(_short, old_pins), map(_short, new_pins)
    )
    yield from _fields(About.LIMITS, Text("限额", "limit"), before.limits, after.limits)
    yield from _fields(About.LIMITS, Text("重试", "retry"), before.retry, after.retry)
    yield from _agreements(before.agreements, after.agreements, divisions)
    if before.contacts != after.contacts:
        yield Change(About.WORDS, Text("联系人变了", "the contacts changed"))
    if before.notes != after.notes:
        yield Change(About.WORDS, Text("备注变了", "the notes changed"))


def _keys(before: Iterable[PartnerKey], after: Iterable[PartnerKey]) -> Iterator[Change]:
    old, new = {key.kid: key for key in before}, {key.kid: key for key in after}
    for kid in old.keys() - new.keys():
        yield _gone(About.KEYS, _key_text(old[kid]))
    for kid in new.keys() - old.keys():
        yield _came(About.KEYS, _key_text(new[kid]))
    for kid in sorted(old.keys() & new.keys()):
        for what, was, now in (
            (Text("起用", "valid from"), old[kid].valid_from, new[kid].valid_from),
            (Text("签到", "signs until"), old[kid].seal_until, new[kid].seal_until),
            (Text("收到", "accepted until"), old[kid].accept_until, new[kid].accept_until),
        ):
            if was != now:
                named = Text("{key} {what}", "{key} {what}").format(key=_key_text(new[kid]), what=what)
                yield _turned(About.KEYS, named, _moment(was), _moment(now))


def _agreements(before: Iterable[Agreement], after: Iterable[Agreement], divisions: Divisions) -> Iterator[Change]:
    old, new = {one.number: one for one in before}, {one.number: one for one in after}
    yield from _listed(About.AGREEMENTS, Text("协议", "agreement"), old, new)
    for number in old.keys() & new.keys():
        was, now = old[number], new[number]
        if was == now:
            continue
        for said in _agreement(was, now, divisions):
            yield Change(said.about, Text(f"{number}: {said.text.zh}", f"{number}: {said.text.en}"))


def _agreement(was: Agreement, now: Agreement, divisions: Divisions) -> Iterator[Change]:
    for what, old, new in (
        (Text("自", "from"), was.valid_from.isoformat(), now.valid_from.isoformat()),
        (Text("至", "until"), was.valid_to.isoformat(), now.valid_to.isoformat()),
        (Text("邮费", "postage"), was.mail.paid_by.value, now.mail.paid_by.value),
        (Text("五日起算", "five days run from"), was.notice_from.value, now.notice_from.value),
    ):
        if old != new:
            yield _turned(About.AGREEMENTS, what, old, new)
    for what, olds, news in (
        (Text("我方范围", "our scope"), was.our_scope, now.our_scope),
        (Text("对方范围", "their scope"), was.their_scope, now.their_scope),
    ):
        yield from _listed(About.AGREEMENTS, what, map(divisions.named, olds), map(divisions.named, news))
    before, after = _by_code(was.items), _by_code(now.items)
    yield from _listed(
        About.AGREEMENTS,
        Text("事项", "item"),
        (f"{item.name} {code}" for code, item in before.items() if code not in after),
        (f"{item.name} {code}" for code, item in after.items() if code not in before),
    )
    for code in before.keys() & after.keys():
        if before[code] != after[code]:
            for said in _item(before[code], after[code]):
                yield Change(
                    said.about, Text(f"{after[code].name}: {said.text.zh}", f"{after[code].name}: {said.text.en}")
                )
    rest = (was.title, was.fallback, was.parity, was.redirects, was.mail.carrier)
    if rest != (now.title, now.fallback, now.parity, now.redirects, now.mail.carrier):
        yield Change(
            About.AGREEMENTS,
            Text(
                "标题、兜底、比对办法、改道或承运人变了",
                "its title, fallback, parity policy, redirects or carrier changed",
            ),
        )


def _item(was: AgreedItem, now: AgreedItem) -> Iterator[Change]:
    for what, olds, news in (
        (Text("方式", "mode"), [MODE_TEXT[one] for one in was.modes], [MODE_TEXT[one] for one in now.modes]),
        (
            Text("方向", "direction"),
            [DIRECTION_TEXT[one] for one in was.directions],
            [DIRECTION_TEXT[one] for one in now.directions],
        ),
        (Text("授权", "power"), [POWER_NAMES[one] for one in was.powers], [POWER_NAMES[one] for one in now.powers]),
    ):
        named = Text("{what} {one}", "{what} {one}")
        yield from (_gone(About.AGREEMENTS, named.format(what=what, one=one)) for one in olds if one not in news)
        yield from (_came(About.AGREEMENTS, named.format(what=what, one=one)) for one in news if one not in olds)
    yield from _fields(About.AGREEMENTS, Text("环节时限", "step limit"), was.limits, now.limits)
    if was.name != now.name:
        yield _turned(About.AGREEMENTS, Text("名称", "name"), was.name, now.name)


def _by_code(items: Iterable[AgreedItem]) -> Mapping[str, AgreedItem]:
    return {" / ".join(item.codes): item for item in items}


def _fields(about: About, what: Text, was: object, now: object) -> Iterator[Change]:
    for one in fields(was):  # type: ignore[arg-type]
        old, new = getattr(was, one.name), getattr(now, one.name)
        if old != new:
            named = Text(f"{what.zh} {one.name}", f"{what.en} {one.name}")
            yield _turned(about, named, _quantity(one.name, old), _quantity(one.name, new))


def _quantity(name: str, value: object) -> str:
    if isinstance(value, timedelta):
        return duration_text(value)
    return size_text(value) if name == "largest_material" and isinstance(value, int) else str(value)


def _listed(about: About, what: Text, before: Iterable[str], after: Iterable[str]) -> Iterator[Change]:
    old, new = list(before), list(after)
    for one in old:
        if one not in new:
            yield _gone(about, Text(f"{what.zh} {one}", f"{what.en} {one}"))
    for one in new:
        if one not in old:
            yield _came(about, Text(f"{what.zh} {one}", f"{what.en} {one}"))


def _turned(about: About, what: Text, old: Text | str, new: Text | str) -> Change:
    return Change(about, Text("{what}: {old} → {new}", "{what}: {old} → {new}").format(what=what, old=old, new=new))


def _gone(about: About, what: Text) -> Change:
    return Change(about, Text("去掉{what}", "removed: {what}").format(what=what))


def _came(about: About, what: Text) -> Change:
    return Change(about, Text("新增{what}", "added: {what}").format(what=what))


def _key_text(key: PartnerKey) -> Text:
    named = Text("{use}密钥 {kid}", "{use} key {kid}")
    return named.format(use=_USE[key.use], kid=_short(key.kid))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


_NONE = Text("无", "none")
