"""Spans over OpenTelemetry; the one module that knows it, and is read only where traces are wanted (extra `traces`).

Bounds: 2,048 spans wait to be handed over, what comes above is dropped; a span has at most 64 links and 16 facts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from gateway.telemetry.logs import cleaned
from gateway.telemetry.spans import FACTS, Role
from gateway.telemetry.traces import parse_traceparent

MOST_WAITING = 2048
HANDED_OVER_WITHIN_MS = 2000
MOST_LINKS, MOST_FACTS = 64, 16

_KINDS = {
    Role.SERVER: SpanKind.SERVER,
    Role.CLIENT: SpanKind.CLIENT,
    Role.PRODUCER: SpanKind.PRODUCER,
    Role.CONSUMER: SpanKind.CONSUMER,
    Role.INTERNAL: SpanKind.INTERNAL,
}


class OpenTelemetrySpan:
    """A step that OpenTelemetry keeps, if its trace is sampled."""

    def __init__(self, span: trace.Span, clock: Callable[[], datetime]) -> None:
        self._span = span
        self._clock = clock

    @property
    def traceparent(self) -> str:
        """What the next step names as its parent."""
        at = self._span.get_span_context()
        return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"

    def note(self, **facts: object) -> None:
        """Tell more facts."""
        for name, value in facts.items():
            if name in FACTS and value not in ("", None):
                said = cleaned(value)
                self._span.set_attribute(FACTS[name], said if isinstance(said, bool | int | float) else str(said))

    def end(self, reason: str = "", at: datetime | None = None) -> None:
        """The step is over."""
        if reason:
            self.note(reason=reason)
            self._span.set_status(Status(StatusCode.ERROR, reason))
        self._span.end(_nanoseconds(at or self._clock()))


class OpenTelemetrySpans:
    """Begins steps and hands them to an exporter.

    A request is sampled by its trace id, so that two gateways with the same share choose the same ones; a trace that its
    caller samples is sampled always.

    Args:
        sample: share of the traces, 0 to 1.
        clock: aware UTC.
        at_once: hand each step over when it ends, and not many together from a thread; for tests.
    """

    on = True

    def __init__(
        self,
        exporter: SpanExporter,
        *,
        region: str,
        version: str,
        sample: float,
        clock: Callable[[], datetime],
        at_once: bool = False,
    ) -> None:
        share = TraceIdRatioBased(sample)
        self._clock = clock
        self._provider = TracerProvider(
            sampler=ParentBased(root=share, remote_parent_sampled=ALWAYS_ON, remote_parent_not_sampled=share),
            resource=Resource(
                {"service.name": "tongban-gateway", "service.version": version, "service.instance.id": region}
            ),
            span_limits=SpanLimits(max_links=MOST_LINKS, max_span_attributes=MOST_FACTS),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            SimpleSpanProcessor(exporter)
            if at_once
            else BatchSpanProcessor(exporter, max_queue_size=MOST_WAITING, export_timeout_millis=HANDED_OVER_WITHIN_MS)
        )
        self._tracer = self._provider.get_tracer("tongban")

    def begin(
        self,
        name: str,
        role: Role,
        parent: str = "",
        links: Sequence[str] = (),
        at: datetime | None = None,
        **facts: object,
    ) -> OpenTelemetrySpan:
        """Begin a step."""
        above = _context_of(parent)
        linked = [trace.Link(one) for one in map(_context_of, links[:MOST_LINKS]) if one]
        span = self._tracer.start_span(
            name,
            # A context of its own: what happens to be under way in this task is no parent.
            context=trace.set_span_in_context(NonRecordingSpan(above), Context()) if above else Context(),
            kind=_KINDS[role],
            links=linked,
            start_time=_nanoseconds(at or self._clock()),
        )
        begun = OpenTelemetrySpan(span, self._clock)
        if span.is_recording():
            begun.note(**facts)
        return begun

    def close(self) -> None:
        """Hand over what was not yet collected."""
        self._provider.force_flush(HANDED_OVER_WITHIN_MS)
        self._provider.shutdown()


def over_http(
    endpoint: str, *, region: str, version: str, sample: float, clock: Callable[[], datetime]
) -> OpenTelemetrySpans:
    """Return spans that go to a collector by OTLP over HTTP; a collector that is away costs the spans, nothing else."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - tests do without

    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=HANDED_OVER_WITHIN_MS / 1000)
    return OpenTelemetrySpans(exporter, region=region, version=version, sample=sample, clock=clock)


def _context_of(traceparent: str) -> SpanContext | None:
    step = parse_traceparent(traceparent)
    if step is None:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if step.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(step.trace_id, 16), int(step.span_id, 16), is_remote=True, trace_flags=flags)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
