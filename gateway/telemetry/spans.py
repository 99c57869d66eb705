"""Spans: the steps of a trace as they are told to whoever collects them; without a collector nothing is made at all.

Guarantees that a span holds only the facts of `FACTS`, cleaned as log fields are: no personal data.
Leaves to others: the collector (`open_telemetry`), and which steps there are (`app`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

FACTS: Mapping[str, str] = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "rpc": "rpc.method",
    "count": "messaging.batch.message_count",
    "partner": "tongban.partner",
    "system": "tongban.system",
    "case_id": "tongban.case_id",
    "envelope_id": "tongban.envelope_id",
    "reason": "error.type",
    "kind": "tongban.event",
}
"""What a span may tell, and its name in the semantic conventions of OpenTelemetry (1.37) where they have one."""


class Role(Enum):
    """What a step is, as the SpanKind of OpenTelemetry says it."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class Span(Protocol):
    """One step that has begun."""

    @property
    def traceparent(self) -> str:
        """What the next step names as its parent (W3C Trace Context §3.2)."""
        ...

    def note(self, **facts: object) -> None:
        """Tell more facts of `FACTS`; others are dropped."""
        ...

    def end(self, reason: str = "", at: datetime | None = None) -> None:
        """The step is over.

        Args:
            reason: the stable word of why it failed; empty when it did not.
            at: aware UTC; now when it is not given.
        """
        ...


class Spans(Protocol):
    """Begins steps; of one gateway."""

    @property
    def on(self) -> bool:
        """Whether anybody collects; when not, callers need not begin any."""
        ...

    def begin(
        self,
        name: str,
        role: Role,
        parent: str = "",
        links: Sequence[str] = (),
        at: datetime | None = None,
        **facts: object,
    ) -> Span:
        """Begin a step.

        Args:
            name: of few: the verb, or method and route.
            parent: traceparent of the step it is part of; without a valid one a trace begins.
            links: traceparents of steps it serves without being part of them.
            at: aware UTC; now when it is not given.
        """
        ...

    def close(self) -> None:
        """Hand over what was not yet collected, within a bound of two seconds."""
        ...


class _Nothing:
    traceparent = ""

    def note(self, **facts: object) -> None:
        pass

    def end(self, reason: str = "", at: datetime | None = None) -> None:
        pass


_NOTHING = _Nothing()


class NoSpans:
    """Nobody collects."""

    on = False

    def begin(
        self,
        name: str,
        role: Role,
        parent: str = "",
        links: Sequence[str] = (),
        at: datetime | None = None,
        **facts: object,
    ) -> Span:
        """Begin nothing."""
        return _NOTHING

    def close(self) -> None:
        """There is nothing to hand over."""


NO_SPANS = NoSpans()
