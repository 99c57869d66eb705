"""Logs, metrics and trace ids.

Guarantees that no personal data leaves this way: fields of logs stand on a list, labels of metrics come from bounded sets.
"""

from gateway.telemetry.logs import FIELDS, LibraryLogs, Said, configure_logs, make_logger, only_known_fields
from gateway.telemetry.metrics import METRICS_TYPE, Metrics
from gateway.telemetry.traces import Trace, new_trace, parse_traceparent

__all__ = [
    "FIELDS",
    "METRICS_TYPE",
    "LibraryLogs",
    "Metrics",
    "Said",
    "Trace",
    "configure_logs",
    "make_logger",
    "new_trace",
    "only_known_fields",
    "parse_traceparent",
]
