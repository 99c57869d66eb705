"""Logs: every event name and every field in one place.

Guarantees that a line holds only the fields of `FIELDS`, that values are short, and that what looks like an identity
or telephone number is hidden.  Errors are logged by type and place: their words may quote what somebody handed in.

Leaves to others: when something is logged, and the clock.
"""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor, WrappedLogger

MAX_TEXT = 200


class Said(StrEnum):
    """Every event that is logged."""

    STARTING = "gateway.starting"
    READY = "gateway.ready"
    STOPPING = "gateway.stopping"
    STOPPED = "gateway.stopped"
    PARTNERS_RELOADED = "partners.reloaded"
    PARTNERS_REFUSED = "partners.file_refused"
    PARTNERS_WARNING = "partners.file_warning"
    CASE_SUBMITTED = "case.submitted"
    CASE_RECEIVED = "case.received"
    CASE_REFUSED = "case.refused"
    EVENT_RECORDED = "event.recorded"
    ENVELOPE_DELIVERED = "envelope.delivered"
    ENVELOPE_SETTLED = "envelope.settled"
    ENVELOPE_RETRIED = "envelope.retried"
    ENVELOPE_REJECTED = "envelope.rejected"
    ENVELOPE_RECEIVED = "envelope.received"
    MATERIAL_TAKEN = "material.taken"
    MATERIAL_GIVEN = "material.given"
    PARTNER_AWAY = "partner.away"
    PARTNER_BACK = "partner.back"
    NO_ITEMS = "items.none"
    RECONCILED = "day.reconciled"
    NOT_RECONCILED = "day.not_reconciled"
    ITEMS_REFRESHED = "items.refreshed"
    ITEMS_NOT_REFRESHED = "items.not_refreshed"
    ITEM_KEPT_OUT = "item.kept_out"
    CALLER_REJECTED = "caller.rejected"
    REQUEST_REFUSED = "request.refused"
    PAGE_NOT_NOTED = "page.not_noted"
    WORKER_FAILED = "worker.failed"
    LICENCES_PENDING = "licences.pending"
    CATCHING_UP = "partner.catching_up"
    CAUGHT_UP = "partner.caught_up"
    CLOCK_JUMPED = "clock.jumped"
    RESTART_DUE = "settings.restart_due"
    RESTART_NOT_DUE = "settings.restart_not_due"
    UNWELL = "health.unwell"
    WELL_AGAIN = "health.well_again"
    CONTENT_REMOVED = "retention.content_removed"
    AUDIT_SEALED = "audit.sealed"
    DEADLINES_PASSED = "deadlines.passed"
    KEYS_RELOADED = "keys.reloaded"
    KEYS_REFUSED = "keys.files_refused"
    DENY_LIST_RELOADED = "deny_list.reloaded"
    DENY_LIST_REFUSED = "deny_list.file_refused"
    KEYS_ANNOUNCED = "keys.announced"
    KEYS_CHANGED = "keys.announced_otherwise"
    KEYS_NOT_PROVEN = "keys.not_proven"
    CALENDARS_RELOADED = "calendars.reloaded"
    CALENDARS_REFUSED = "calendars.file_refused"
    CALENDARS_WARNING = "calendars.file_warning"
    NOTICES_RELOADED = "notices.reloaded"
    NOTICES_REFUSED = "notices.refused"
    NOTICES_WARNING = "notices.warning"
    LIBRARY = "library.message"
    INTERNAL = "internal.error"


_FIELDS = """
    event at level region trace span partner system case_id event_id envelope_id sequence case_version state kind
    sha256 size bytes offset count tries due_at seconds reason outcome method route status address file line digest kid
    day direction item field library template error_type error_at worker version files held_back skew_seconds group dropped
    ended by
"""
FIELDS = frozenset(_FIELDS.split())
"""What a log line may hold; everything else is dropped and its name told in `dropped`."""

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9A-Za-z])")
_HIDDEN = "***"

EventDict = MutableMapping[str, Any]


def only_known_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> Mapping[str, Any]:
    """Keep the fields of `FIELDS`, their values short and free of numbers of people; a structlog processor."""
    kept = {name: cleaned(value) for name, value in event.items() if name in FIELDS}
    dropped = sorted(name for name in event if name not in FIELDS)
    if dropped:
        kept["dropped"] = dropped
    return kept


def make_logger(
    *, region: str, level: str, style: str, stream: TextIO, clock: Callable[[], datetime]
) -> FilteringBoundLogger:
    """Return a logger of one gateway; nothing global changes, so that several gateways can live in one process.

    Args:
        level: debug, info, warning or error.
        style: json or console.
        clock: aware UTC.

    Raises:
        KeyError: another level.
    """
    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=_processors(style, stream, clock),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        cache_logger_on_first_use=True,
    )
    return cast(FilteringBoundLogger, logger.bind(region=region))


def configure_logs(*, region: str, level: str, style: str, stream: TextIO, clock: Callable[[], datetime]) -> None:
    """Make this process log as `make_logger` does, whoever asks structlog for a logger, libraries included.

    For a process that is one gateway; `make_logger` says what the arguments mean.

    Raises:
        KeyError: another level.
    """
    structlog.configure(
        processors=_processors(style, stream, clock),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(region=region)
    handler = LibraryLogs(structlog.get_logger().bind(region=region))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _processors(style: str, stream: TextIO, clock: Callable[[], datetime]) -> list[Processor]:
    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["at"] = clock().isoformat(timespec="milliseconds")
        return event

    return _stamped_by(stamp, style, colours=style == "console" and stream.isatty())


def _stamped_by(stamp: Processor, style: str, *, colours: bool) -> list[Processor]:
    last: Processor = (
        # Its own way of showing exceptions walks through all local variables, which takes minutes and tells personal data.
        structlog.dev.ConsoleRenderer(
            colors=colours, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
        )
        if style == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        stamp,
        _error_without_words,
        only_known_fields,
        last,
    ]


def log_as_we_do_until_configured() -> None:
    """Have a process that configured nothing yet, such as a command, log to standard error under the same rules.

    What structlog does by itself prints the local variables of every frame.
    """
    if structlog.is_configured():
        return
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
    structlog.configure(
        processors=_stamped_by(stamp, "console", colours=False),
        # Asked for at each line: whoever captures standard error puts another in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


_LEVELS: Mapping[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def _error_without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and place: its words may quote what somebody handed in."""
    error, info = event.pop("error", None), event.pop("exc_info", None)
    if error is None and info:
        # As the standard library has it: True, an exception, or what sys.exc_info() returns.
        error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__name__
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        if trace:
            code = trace.tb_frame.f_code
            event["error_at"] = f"{code.co_filename.rpartition('/gateway/')[2]}:{trace.tb_lineno} {code.co_name}"
    return event


def without_numbers(text: str) -> str:
    """Return a text in which what looks like an identity or telephone number is hidden."""
    return _PERSONAL.sub(_HIDDEN, text)


def cleaned(value: object) -> object:
    """Return a value as a log line or a span may hold it: short, and without numbers of people."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple | list | frozenset | set):
        return [cleaned(one) for one in list(value)[:20]]
    text = without_numbers(" ".join(str(value).split()))
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


class LibraryLogs(logging.Handler):
    """Passes on what libraries log, by name, level and template: arguments and exceptions may hold anything."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of a library."""
        error = record.exc_info[1] if record.exc_info else None
        say = self._logger.error if record.levelno >= logging.ERROR else self._logger.warning
        say(Said.LIBRARY, library=record.name, template=str(record.msg), **({"error": error} if error else {}))


log_as_we_do_until_configured()
