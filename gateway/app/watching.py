"""What watches the flows of one gateway: steps of traces and what flights have settled; it changes nothing of what they do.

One trace goes through both regions, for its context travels in the envelope:

    request (local door) → submit or act ─┬─ deliver   each flight the envelope was on; linked with the flight
                                          ├─ receive   at the other region
                                          └─ settle    its receipt is proven and written down

A flight carries envelopes of many traces, so it is a trace of its own with a link to each.
"""

import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from structlog.typing import FilteringBoundLogger

from gateway.case.errors import GatewayError
from gateway.flows.act import Act, Acted
from gateway.flows.delivery.courier import Answers, Courier
from gateway.flows.delivery.deliver import Flight
from gateway.flows.submit import Submission, Submitted
from gateway.partners.partner import Partner
from gateway.telemetry import NO_SPANS, Role, Said, Span, Spans, parse_traceparent
from gateway.wire.envelope import Sealed
from gateway.wire.traced import Traced, traced_in, traced_in_sealed

Answered = tuple[list[Traced], datetime]
Asked = TypeVar("Asked", Submission, Act)


@dataclass(slots=True)
class Watching:
    """The watch of one gateway.

    Attributes:
        flown: told, by partner, what its receipts have settled.
    """

    clock: Callable[[], datetime]
    spans: Spans = NO_SPANS
    flown: Callable[[str, Flight], None] = lambda _code, _flight: None
    log: FilteringBoundLogger | None = None
    _unsettled: dict[str, deque[Answered]] = field(default_factory=lambda: defaultdict(deque))

    async def submitted(
        self, submission: Submission, submit: Callable[[Submission], Awaitable[Submitted]]
    ) -> Submitted:
        """Let a case be handed in, as a step of the request's trace; what it owes carries that step."""
        if not self.spans.on:
            return self._say_submitted(await submit(submission), submission)
        span = self.spans.begin("submit", Role.PRODUCER, submission.traceparent, system=submission.system)
        with _ended(span):
            done = await submit(_with(submission, span))
            span.note(case_id=done.case_id, partner=done.partner)
        return self._say_submitted(done, submission)

    async def acted(self, deed: Act, act: Callable[[Act], Awaitable[Acted]]) -> Acted:
        """Let something be done to a case, likewise."""
        if not self.spans.on:
            return self._say_acted(await act(deed), deed)
        kind = type(deed.happening).__name__
        span = self.spans.begin("act", Role.PRODUCER, deed.traceparent, system=deed.system, kind=kind)
        with _ended(span):
            done = await act(_with(deed, span))
            span.note(case_id=done.case_id)
        return self._say_acted(done, deed)

    async def received(self, sealed: Sequence[Sealed], caller: str, answers: Awaitable[Answers]) -> Answers:
        """Await what becomes of envelopes of a partner: a step of each one's trace."""
        if not self.spans.on:
            return self._say_received(await answers, sealed, caller)
        begun = [self._begin("receive", Role.CONSUMER, traced_in(one.payload), caller) for one in sealed]
        try:
            came = await answers
        except BaseException as error:
            for span in begun:
                span.end(_reason_of(error))
            raise
        for span, answer in zip(begun, came.answers, strict=False):
            span.end(answer.problem.reason if answer.problem else "")
        return self._say_received(came, sealed, caller)

    async def delivered(
        self, partner: Partner, envelopes: Sequence[bytes], deliver: Callable[[], Awaitable[Answers]]
    ) -> Answers:
        """Let a flight go: a trace of its own, and a step of each envelope's trace."""
        traced = [traced_in_sealed(one) for one in envelopes]
        flight = self.spans.begin(
            "flight",
            Role.CLIENT,
            links=[one.traceparent for one in traced],
            rpc="DeliverEnvelopes",
            partner=partner.code,
            count=len(traced),
        )
        begun = [
            self._begin("deliver", Role.PRODUCER, one, partner.code, links=(flight.traceparent,)) for one in traced
        ]
        with _ended(flight, *begun):
            answers = await deliver()
        self._unsettled[partner.code].append((traced, self.clock()))
        return answers

    def turn(self, code: str, told: Callable[[], None]) -> Callable[[], None]:
        """A turn of a partner begins; return `told`, so that it ends the step of what it says is written down."""
        if not self.spans.on:
            return told
        unsettled = self._unsettled[code]
        unsettled.clear()

        def settled() -> None:
            told()
            if unsettled:
                traced, since = unsettled.popleft()
                for one in traced:
                    self._begin("settle", Role.INTERNAL, one, code, at=since).end()

        return settled

    def _say_received(self, came: Answers, sealed: Sequence[Sealed], caller: str) -> Answers:
        if self.log and self.log.is_enabled_for(logging.DEBUG):
            for one, answer in zip(sealed, came.answers, strict=False):
                traced = traced_in(one.payload)
                step = parse_traceparent(traced.traceparent)
                self.log.debug(
                    Said.ENVELOPE_RECEIVED,
                    partner=caller,
                    envelope_id=answer.envelope_id,
                    case_id=traced.case_id,
                    reason=answer.problem.reason if answer.problem else "",
                    trace=step.trace_id if step else "",
                )
        return came

    def _say_submitted(self, done: Submitted, submission: Submission) -> Submitted:
        if self.log:
            self.log.debug(Said.CASE_SUBMITTED, case_id=done.case_id, partner=done.partner, system=submission.system)
        return done

    def _say_acted(self, done: Acted, deed: Act) -> Acted:
        if self.log:
            kind = type(deed.happening).__name__
            self.log.debug(
                Said.EVENT_RECORDED, case_id=done.case_id, event_id=done.event_id, kind=kind, system=deed.system
            )
        return done

    def _begin(self, name: str, role: Role, traced: Traced, partner: str, **more: Any) -> Span:
        more |= {"partner": partner, "case_id": traced.case_id, "envelope_id": traced.envelope_id}
        return self.spans.begin(name, role, traced.traceparent, **more)


class TracedCourier:
    """A courier whose deliveries are watched; everything else it passes on as it is."""

    def __init__(self, inner: Courier, watching: Watching) -> None:
        self._inner = inner
        self._watching = watching

    def __getattr__(self, name: str) -> Any:
        """Return what the courier within has of that name."""
        return getattr(self._inner, name)

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        """Hand over serialised SealedEnvelope messages."""
        return await self._watching.delivered(partner, envelopes, lambda: self._inner.deliver(partner, envelopes))


def traced(courier: Courier, watching: Watching) -> Courier:
    """Return the courier, watched if anybody collects."""
    return cast(Courier, TracedCourier(courier, watching)) if watching.spans.on else courier


@contextmanager
def _ended(*spans: Span) -> Iterator[None]:
    """End these steps with the block; what leaves it says why they failed."""
    try:
        yield
    except BaseException as error:
        for span in spans:
            span.end(_reason_of(error))
        raise
    for span in spans:
        span.end()


def _with(asked: Asked, span: Span) -> Asked:
    return replace(asked, traceparent=span.traceparent)


def _reason_of(error: BaseException) -> str:
    return error.reason.value if isinstance(error, GatewayError) else type(error).__name__
