"""What the clocks of a case are counted from: limits, moments and interruptions, folded from its events.

Both regions wind the same clockwork by the same events in the same order, so both count from the same moments.  It is kept
beside the case as JSON, and nothing in it is personal.

Leaves to others: counting (`limits`), working days (`calendars`), whether an extension is allowed (`extensions`).
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Self

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from gateway.case.clock.step_limits import Limits
from gateway.case.event_parts import Deadline
from gateway.case.events import (
    Accepted,
    DeadlinePassed,
    Decided,
    Delivered,
    Event,
    Extended,
    Happening,
    NotAccepted,
    ReceivedByHandler,
    Referred,
    ResultSent,
    Resumed,
    Returned,
    Supplemented,
    SupplementRequested,
    Suspended,
    Voided,
    Withdrawn,
)
from gateway.case.kinds import Clock, NoticeFrom, SuspensionKind

# Structs instead of dataclasses: their JSON leaves out what did not happen, and a case carries it all its life.


class Span(Struct, frozen=True, omit_defaults=True):
    """A time that does not count, [start, end); `end` is None while it lasts.  `kind` is None for a supplement."""

    start: datetime
    end: datetime | None = None
    kind: SuspensionKind | None = None


class Told(Struct, frozen=True):
    """A clock that was told as run out, and when it had run out."""

    clock: Clock
    due_at: datetime


class Clockwork(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Moments in UTC; None or empty for what did not happen.

    Attributes:
        received_at_window: the window had received the application.
        taken_in_at: the handler's gateway had it on disk; the origin knows it from the receipt.
        signed_off_at: a person or system of the handler took it.
        notice_since: a supplement came in before acceptance, from which the notice clock starts anew.
        noticed_at: the applicant was told: accepted, not accepted, or what is missing.
        accepted_at: acceptance; for a deemed one (视为受理) the receipt it counts from.
        promised_by: the last day the handler promised on acceptance; counts where the item promises none.
        respond_by: until when the last supplement is due.
        extension: days an extension adds, 0 for none.
        ended_at: the case ended without a decision, or was voided after it.
        said: limits as the handler last said them, ended ones included; they count where this side does not count itself.
        told: clocks told as run out, each with the moment last told.
    """

    limits: Limits
    received_at_window: datetime
    taken_in_at: datetime | None = None
    signed_off_at: datetime | None = None
    notice_since: datetime | None = None
    noticed_at: datetime | None = None
    accepted_at: datetime | None = None
    deemed: bool = False
    promised_by: date | None = None
    supplements: tuple[Span, ...] = ()
    respond_by: datetime | None = None
    suspensions: tuple[Span, ...] = ()
    extension: int = 0
    decided_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    ended_at: datetime | None = None
    said: tuple[Deadline, ...] = ()
    told: tuple[Told, ...] = ()

    @classmethod
    def begin(cls, limits: Limits, received_at_window: datetime, taken_in_at: datetime | None = None) -> Self:
        """Return the clockwork of a new case; at the origin without `taken_in_at` until the receipt comes."""
        return cls(limits=limits, received_at_window=received_at_window, taken_in_at=taken_in_at)

    @classmethod
    def read(cls, text: str) -> "Clockwork | None":
        """Return the clockwork in a JSON text; None for an empty one: a case from before clocks were kept."""
        return _DECODER.decode(text) if text else None

    def text(self) -> str:
        """Return it as JSON."""
        return _ENCODER.encode(self).decode()

    @property
    def receipt(self) -> datetime | None:
        """The receipt the five days run from, as the agreement says; None while it has not come.

        A supplement that came in is a new receipt.  Of two receipts the earlier one protects the applicant.
        """
        if self.notice_since is not None:
            return self.notice_since
        window, handler = self.received_at_window, self.taken_in_at
        match self.limits.notice_from:
            case NoticeFrom.WINDOW:
                return window
            case NoticeFrom.HANDLER:
                return handler
            case NoticeFrom.EARLIER:
                return min(window, handler) if handler else window

    @property
    def is_over(self) -> bool:
        """Whether nothing can run any more but the way of the result."""
        return self.ended_at is not None or self.decided_at is not None

    def pauses(self) -> tuple[Span, ...]:
        """Return what does not count towards the promised and the legal limit, in the order it was told."""
        return (*self.suspensions, *self.supplements)

    def last_told(self, clock: Clock) -> datetime | None:
        """Return when a clock told as run out had run out, None when it was not told."""
        return next((one.due_at for one in self.told if one.clock is clock), None)

    def tell(self, clock: Clock, due_at: datetime) -> Self:
        """Return it with a clock told as run out."""
        return replace(self, told=(*(one for one in self.told if one.clock is not clock), Told(clock, due_at)))


_ENCODER = Encoder()
_DECODER = Decoder(Clockwork)


def _moved(clockwork: Clockwork, kind: type[Happening]) -> frozenset[Clock]:
    """Return the clocks whose end an event of this kind moves."""
    if kind is Supplemented and clockwork.accepted_at is None:
        return frozenset({Clock.NOTICE})
    if kind is SupplementRequested:
        return frozenset({Clock.PROMISED, Clock.LEGAL, Clock.SUPPLEMENT})
    if kind in (Suspended, Resumed, Extended, Supplemented):
        return frozenset({Clock.PROMISED, Clock.LEGAL})
    return frozenset()


def wind(clockwork: Clockwork, event: Event) -> Clockwork:
    """Return the clockwork after an event; an event that does not touch a clock leaves it as it is.

    What counts is when it happened, but nothing happens before the window received the application.  A correction
    (更正) changes no clock: it says better what happened, and its own time is when it was corrected (`corrections`).
    """
    if event.corrects:
        return clockwork
    at = max(event.occurred_at, clockwork.received_at_window)
    wound = _wound(clockwork, event, at)
    # A limit that moved is not as it was said before; every other stays as last said, also once its clock has ended.
    moved = _moved(clockwork, type(event.happening))
    before = [one for one in clockwork.said if one.clock not in moved]
    said = tuple(({one.clock: one for one in before} | {one.clock: one for one in event.deadlines}).values())
    return wound if said == wound.said else replace(wound, said=said)


def _wound(clockwork: Clockwork, event: Event, at: datetime) -> Clockwork:
    step = _STEPS.get(type(event.happening))
    return step(clockwork, event.happening, at) if step else clockwork


def _accepted(clockwork: Clockwork, happening: Accepted, at: datetime) -> Clockwork:
    noticed = replace(
        _seen(clockwork, at),
        noticed_at=clockwork.noticed_at or at,
        promised_by=happening.promised_date or clockwork.promised_by,
    )
    # After a deemed acceptance the formal paper comes late; the law counts from the receipt all the same.
    return noticed if clockwork.deemed else replace(noticed, accepted_at=at, noticed_at=at)


def _supplement_requested(clockwork: Clockwork, happening: SupplementRequested, at: datetime) -> Clockwork:
    return replace(
        _seen(clockwork, at),
        noticed_at=clockwork.noticed_at or at,
        supplements=(*clockwork.supplements, Span(at)),
        respond_by=happening.respond_by,
    )


def _supplemented(clockwork: Clockwork, _: Happening, at: datetime) -> Clockwork:
    answered = replace(clockwork, supplements=_closed(clockwork.supplements, at))
    return answered if clockwork.accepted_at else replace(answered, notice_since=at, noticed_at=None)


def _suspended(clockwork: Clockwork, happening: Suspended, at: datetime) -> Clockwork:
    return replace(clockwork, suspensions=(*clockwork.suspensions, Span(at, kind=happening.kind)))


def _not_accepted(clockwork: Clockwork, _: Happening, at: datetime) -> Clockwork:
    return replace(_over(_seen(clockwork, at), _, at), noticed_at=clockwork.noticed_at or at)


def _over(clockwork: Clockwork, _: Happening, at: datetime) -> Clockwork:
    return replace(_all_closed(clockwork, at), ended_at=at)


def _run_out(clockwork: Clockwork, happening: DeadlinePassed, _: datetime) -> Clockwork:
    told = clockwork.tell(happening.clock, happening.due_at)
    waits = not (clockwork.accepted_at or clockwork.noticed_at or clockwork.is_over)
    if not (happening.deemed_accepted and waits):
        return told
    return replace(told, accepted_at=clockwork.receipt or happening.due_at, deemed=True)


def _seen(clockwork: Clockwork, at: datetime) -> Clockwork:
    """What the handler did to the case shows that somebody there took it."""
    return replace(clockwork, signed_off_at=clockwork.signed_off_at or at)


_STEPS: dict[type[Happening], Callable[[Clockwork, Any, datetime], Clockwork]] = {
    ReceivedByHandler: lambda clockwork, _, at: _seen(clockwork, at),
    Accepted: _accepted,
    NotAccepted: _not_accepted,
    SupplementRequested: _supplement_requested,
    Supplemented: _supplemented,
    Suspended: _suspended,
    Resumed: lambda clockwork, _, at: replace(clockwork, suspensions=_closed(clockwork.suspensions, at)),
    Extended: lambda clockwork, it, _: replace(clockwork, extension=clockwork.extension + it.days),
    Decided: lambda clockwork, _, at: replace(_all_closed(clockwork, at), decided_at=at),
    ResultSent: lambda clockwork, _, at: replace(clockwork, sent_at=clockwork.sent_at or at),
    Delivered: lambda clockwork, _, at: replace(clockwork, delivered_at=at),
    Returned: _over,
    Referred: _over,
    Voided: _over,
    Withdrawn: _over,
    DeadlinePassed: _run_out,
}
"""How each kind of event winds the clocks; the others do not touch them."""


def _closed(spans: tuple[Span, ...], at: datetime) -> tuple[Span, ...]:
    """Close the last span that is open; an end before its start closes it at its start, at no cost."""
    for place in reversed(range(len(spans))):
        span = spans[place]
        if span.end is None:
            return (*spans[:place], Span(span.start, max(at, span.start), span.kind), *spans[place + 1 :])
    return spans


def _all_closed(clockwork: Clockwork, at: datetime) -> Clockwork:
    def close(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(one if one.end else Span(one.start, max(at, one.start), one.kind) for one in spans)

    return replace(clockwork, supplements=close(clockwork.supplements), suspensions=close(clockwork.suspensions))
