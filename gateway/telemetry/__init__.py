"""Logs, metrics, and the steps of traces.

Guarantees that no personal data leaves this way: fields of logs and facts of spans stand on a list, labels of metrics
come from bounded sets.
"""

from gateway.telemetry import measures
from gateway.telemetry.logs import FIELDS, LibraryLogs, Said, configure_logs, make_logger, only_known_fields
from gateway.telemetry.metrics import METRICS_TYPE, Metrics
from gateway.telemetry.spans import NO_SPANS, Role, Span, Spans
from gateway.telemetry.traces import Trace, new_trace, parse_traceparent

__all__ = [
    "FIELDS",
    "METRICS_TYPE",
    "NO_SPANS",
    "LibraryLogs",
    "Metrics",
    "Role",
    "Said",
    "Span",
    "Spans",
    "Trace",
    "configure_logs",
    "make_logger",
    "measures",
    "new_trace",
    "only_known_fields",
    "parse_traceparent",
]
