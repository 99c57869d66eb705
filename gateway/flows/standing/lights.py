"""The light of a partner: green, yellow or red, and in words why.  Everything that is wrong is told, the gravest first.

    red      nothing gets through, or what was said does not agree: somebody has to act
    yellow   it works, or waits for something known: somebody should look
    green    both sides say that all is well, and said so lately

Pure: what is known comes in, what is said goes out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.case.days import CHINA
from gateway.case.reasons import Place
from gateway.case.texts import Text
from gateway.flows.delivery.standings import PartnerStanding
from gateway.partners.schema import Delivery, Status
from gateway.partners.term_list import TermDifference
from gateway.store.partner_views import PartnerView
from gateway.store.peers import Circuit

OLD = timedelta(hours=1)
"""Age from which the oldest of a queue is told."""
VERY_OLD = timedelta(days=1)
UNHEARD = timedelta(hours=1)
"""Without any contact for so long a partner that can be asked is told."""
SKEW, BAD_SKEW = timedelta(seconds=30), timedelta(minutes=10)
"""Difference of clocks from which it is told, and from which tokens are refused and nothing final happens by time."""
SOON, VERY_SOON = timedelta(days=60), timedelta(days=7)
"""Days before certificates or keys end."""


class Light(StrEnum):
    """How a partner stands at a glance."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: how grave, a stable word, where, and in words."""

    light: Light
    word: str
    place: Place
    said: Text


@dataclass(frozen=True, slots=True)
class Known:
    """What a light is judged by.

    Attributes:
        alike: whether both sides read the agreements alike; None while that is not known.
        differing: the terms they do not, as far as they were told.
        papers_end: when the first of its certificates and keys ends, as its file has them and its server showed.
        unexplained: days of which the comparison found differences nobody has explained.
    """

    standing: PartnerStanding
    view: PartnerView
    alike: bool | None
    differing: tuple[TermDifference, ...]
    papers_end: datetime | None
    unexplained: int
    can_be_asked: bool


def judge(known: Known, now: datetime) -> tuple[Light, tuple[Wrong, ...]]:
    """Return the light of a partner and everything that is wrong, the gravest first."""
    found = [*_line(known, now), *_queues(known, now), *_terms(known), *_clocks(known), *_papers(known, now)]
    if known.unexplained:
        days = known.unexplained
        found.append(
            Wrong(
                Light.RED,
                "reconciliation",
                Place.PEERING,
                Text(f"对账有 {days} 天存在未说明的差异", f"differences nobody explained on {days} days"),
            )
        )
    found.sort(key=lambda one: list(Light).index(one.light))
    return (found[0].light if found else Light.GREEN), tuple(found)


def _line(known: Known, now: datetime) -> Iterator[Wrong]:
    standing, view = known.standing, known.view
    if standing.status is not Status.ACTIVE:
        yield Wrong(Light.YELLOW, "paused", Place.OURS, Text("我方文件已暂停往来", "paused in our file"))
        return
    if standing.pauses_from and standing.pauses_until:
        yield _pause(standing.pauses_from, standing.pauses_until, now)
        if standing.pauses_from <= now:
            return
    if standing.circuit is not Circuit.CLOSED:
        place = standing.row.place if standing.row else Place.PEERING
        reason = standing.last_reason or "?"
        yield Wrong(
            Light.RED,
            "away",
            place,
            Text(
                f"连不上: {reason}, 连续 {standing.failures} 次",
                f"cannot be reached: {reason}, {standing.failures} times in a row",
            ),
        )
    elif view.failures:
        said = Text(f"询问没有答复: {view.failed_for}", f"does not answer: {view.failed_for}")
        yield Wrong(Light.RED, "not_answering", Place.PEERING, said)
    elif known.can_be_asked and view.told_at is None and standing.last_outward_at is None:
        yield Wrong(Light.YELLOW, "never_reached", Place.PEERING, Text("还没有联系上过", "never reached so far"))
    heard = max((at for at in (standing.last_inward_at, standing.last_outward_at, view.told_at) if at), default=None)
    if heard is not None and now - heard > UNHEARD and standing.circuit is Circuit.CLOSED and not view.failures:
        hours = int((now - heard) / timedelta(hours=1))
        yield Wrong(Light.YELLOW, "silent", Place.PEERING, Text(f"{hours} 小时没有联系", f"no contact for {hours} h"))
    if standing.delivery is Delivery.COLLECT and standing.last_inward_at is None:
        yield Wrong(Light.YELLOW, "never_called", Place.THEIRS, Text("对方从未拨入", "it never dialled in"))


def _pause(begins: datetime, ends: datetime, now: datetime) -> Wrong:
    until = ends.astimezone(CHINA).strftime("%m-%d %H:%M")
    if begins <= now:
        said = Text(f"对方维护至 {until}", f"in maintenance until {until}")
    else:
        since = begins.astimezone(CHINA).strftime("%m-%d %H:%M")
        said = Text(f"对方将于 {since} 至 {until} 维护", f"will be in maintenance {since} to {until}")
    return Wrong(Light.YELLOW, "maintenance", Place.THEIRS, said)


def _queues(known: Known, now: datetime) -> Iterator[Wrong]:
    backlog, told = known.standing.backlog, known.view.told
    if backlog.oldest and now - backlog.oldest > OLD:
        light = Light.RED if now - backlog.oldest > VERY_OLD else Light.YELLOW
        span = _span(now - backlog.oldest)
        said = Text(
            f"待发 {backlog.owed} 件, 最早的已等 {span.zh}", f"{backlog.owed} waiting, the oldest for {span.en}"
        )
        yield Wrong(light, "queue_old", Place.OURS, said)
    if backlog.parked:
        said = Text(f"{backlog.parked} 个信封停放, 需人工", f"{backlog.parked} envelopes parked, a person is needed")
        yield Wrong(Light.YELLOW, "parked", Place.OURS, said)
    if backlog.held:
        yield Wrong(Light.YELLOW, "held", Place.OURS, Text(f"{backlog.held} 个信封被扣留", f"{backlog.held} held"))
    waits = timedelta(seconds=told.oldest_waiting or 0)
    if told.queued and waits > OLD:
        light = Light.RED if waits > VERY_OLD else Light.YELLOW
        span = _span(waits)
        why = f" ({told.last_error})" if told.last_error else ""
        said = Text(
            f"对方有 {told.queued} 件待发给我方, 最早的已等 {span.zh}{why}",
            f"it has {told.queued} waiting for us, the oldest for {span.en}{why}",
        )
        yield Wrong(light, "their_queue_old", Place.THEIRS, said)
    elif told.last_error and told.last_error != "MAINTENANCE":
        said = Text(f"对方联系我方时出错: {told.last_error}", f"it fails to reach us: {told.last_error}")
        yield Wrong(Light.YELLOW, "fails_there", Place.THEIRS, said)


def _terms(known: Known) -> Iterator[Wrong]:
    if known.alike is not False:
        return
    count = len(known.differing)
    first = known.differing[0].said if count else Text("条款尚未取得", "the terms were not told yet")
    more = f" (+{count - 1})" if count > 1 else ""
    yield Wrong(
        Light.YELLOW,
        "agreement",
        Place.PEERING,
        Text(f"两地协议文件不一致: {first.zh}{more}", f"the agreements are read otherwise: {first.en}{more}"),
    )


def _clocks(known: Known) -> Iterator[Wrong]:
    skew = known.standing.clock_skew
    if skew is not None and abs(skew) > SKEW:
        light = Light.RED if abs(skew) > BAD_SKEW else Light.YELLOW
        seconds = round(skew.total_seconds())
        yield Wrong(light, "clock", Place.PEERING, Text(f"时钟相差 {seconds:+} 秒", f"clocks differ by {seconds:+} s"))


def _papers(known: Known, now: datetime) -> Iterator[Wrong]:
    ends = known.papers_end
    if ends is None or ends - now > SOON:
        return
    days = (ends - now).days
    light = Light.RED if ends - now < VERY_SOON else Light.YELLOW
    said = Text(f"证书或密钥还有 {days} 天到期", f"a certificate or key ends in {days} days")
    if ends <= now:
        said = Text("证书或密钥已到期", "a certificate or key has ended")
    yield Wrong(light, "papers", Place.THEIRS, said)


def _span(span: timedelta) -> Text:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return Text(f"{minutes} 分钟", f"{minutes} min")
    hours = minutes // 60
    return Text(f"{hours} 小时", f"{hours} h") if hours < 48 else Text(f"{hours // 24} 天", f"{hours // 24} days")
