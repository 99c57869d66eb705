"""Every metric of the gateway: its name, what it counts, its labels, and which values each label may have.

Names follow Prometheus (prometheus.io/docs/practices/naming): base units, `_total` for what only grows, `_seconds`,
`_bytes`, and points in time as `_timestamp_seconds`.  Labels come from closed lists of words, or are codes of partners.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.case.ailments import Ailment
from gateway.case.lifecycle import WHO
from gateway.case.reasons import Reason
from gateway.case.states import State

PREFIX = "tongban_"
OWN = "own"
"""The label `partner` of what is this gateway's own."""
DIFFERENCES = (
    "not_known_there",
    "not_settled_here",
    "not_settled_there",
    "not_held_here",
    "other_outcome",
    "other",
)
"""What reconciliation may find, one word for each class of difference."""

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LONG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 3600.0, 21600.0, 86400.0)
_GROUPS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Kind(Enum):
    """What a metric is."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One metric, each its own; `name` without prefix, and without the `_total` a counter is shown with."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()

    @property
    def shown_as(self) -> str:
        """The name under which it is scraped."""
        return f"{PREFIX}{self.name}{'_total' if self.kind is Kind.COUNTER else ''}"


def _counter(name: str, meaning: str, *labels: str) -> Measure:
    return Measure(name, Kind.COUNTER, meaning, labels)


def _gauge(name: str, meaning: str, *labels: str) -> Measure:
    return Measure(name, Kind.GAUGE, meaning, labels)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Measure:
    return Measure(name, Kind.HISTOGRAM, meaning, labels, buckets)


# Cases and envelopes
CASES_SUBMITTED = _counter("cases_submitted", "Cases local systems handed over", "partner")
CASES_RECEIVED = _counter("cases_received", "Cases taken in from a partner", "partner")
CASES_OPEN = _gauge("cases_open", "Cases in a state that is not final, counted up to 10,001 for each", "state")
CASE_EVENTS = _counter(
    "case_events", "Events of cases, ours (out) and a partner's (in)", "partner", "direction", "kind"
)
DELIVERED = _counter("envelopes_delivered", "Envelopes put to a partner, repeats included", "partner")
SETTLED = _counter("envelopes_settled", "Envelopes of ours with a final answer", "partner", "outcome")
RETRIED = _counter("envelopes_retried", "Flights to be tried again", "partner", "reason")
TAKEN_IN = _counter("envelopes_received", "Envelopes of a partner that got their receipt", "partner", "outcome")
REFUSED = _counter(
    "envelopes_refused",
    "Final refusals, theirs of ours (out) and ours of theirs (in)",
    "partner",
    "direction",
    "reason",
)
PARKED = _counter("envelopes_parked", "Envelopes parked because more tries would not mend them", "partner", "reason")
GIVEN_UP = _counter("envelopes_given_up", "Envelopes given up as not delivered", "partner", "reason")
REJECTED = _counter("envelopes_rejected", "Envelopes that are not believed", "partner", "reason")
RECEIPTS_REJECTED = _counter("receipts_rejected", "Receipts of a partner that are not believed", "partner", "reason")
DELIVERY_SECONDS = _histogram("delivery_seconds", "From sealing an envelope to its receipt", _LONG, "partner")
FLIGHT_SECONDS = _histogram("flight_seconds", "Time of one exchange with a partner", _SHORT, "partner")

# What waits, by partner
WAITING = _gauge("envelopes_waiting", "Envelopes owed to a partner, counted up to 10,001", "partner")
OLDEST = _gauge("envelopes_oldest_age_seconds", "Age of the oldest envelope owed to a partner, 0 for none", "partner")
KEPT_BACK = _gauge("envelopes_kept_back", "Envelopes held or parked, counted up to 10,001", "partner", "how")
PARKED_NOW = _gauge("envelopes_parked_now", "Envelopes parked at this moment, of the first 10,001", "partner", "reason")
CIRCUIT = _gauge("partner_circuit", "1 for the state the circuit of a partner is in", "partner", "state")
FAILURES = _gauge("partner_failures", "Failed calls since the last that came home", "partner")
BACKOFF = _gauge(
    "partner_backoff_seconds", "Seconds until the partner is called again, 0 when nothing keeps us", "partner"
)
CONTACT = _gauge(
    "partner_last_contact_timestamp_seconds",
    "Last call answered (out), last call of theirs (in)",
    "partner",
    "direction",
)
SKEW = _gauge("partner_clock_skew_seconds", "Clock of the partner minus ours, as last seen", "partner")
PARTNER = _gauge("partner_info", "1 for every partner with a file", "partner", "name", "status", "delivery")

# Doors
HTTP_SECONDS = _histogram(
    "http_server_request_duration_seconds", "Requests at the local door", _SHORT, "route", "status"
)
RPC_SECONDS = _histogram(
    "rpc_server_duration_seconds", "Calls at the door to other regions", _SHORT, "method", "outcome"
)
REFUSALS = _counter("refusals", "Requests and calls answered with a reason instead of a result", "door", "reason")
LIMITS = _counter("limits_exceeded", "Calls of a partner above what its file allows", "partner", "reason")

# Keys, files, health
VALID_UNTIL = _gauge("valid_until_timestamp_seconds", "When a key, certificate or agreement ends", "partner", "what")
RELOADS = _counter("reloads", "Times an edited folder went live", "what")
HELD_BACK = _gauge("files_held_back", "Files whose last edit is refused; the version before it is running", "what")
FINDINGS = _gauge("file_findings", "What is wrong with files as they are on disk", "what", "weight")
UNWELL = _gauge("unwell", "What health finds wrong: 1 while it lasts", "ailment")
LIGHT = _gauge("health_light", "1 for the light health shows", "light")
RECONCILED_AT = _gauge("reconciliation_last_success_timestamp_seconds", "When a whole day was last compared", "partner")
DIFFER = _gauge(
    "reconciliation_differences", "Differences with a partner that nobody has explained", "partner", "difference"
)

# Store, disk, process
COMMITS = _counter("store_commits", "Groups of writes that were committed")
FAILED_COMMITS = _counter("store_failed_commits", "Groups of writes that were undone")
WRITES = _counter("store_writes", "Functions whose work was committed")
COMMIT_SECONDS = _histogram("store_commit_seconds", "Time of one commit, fsync included", _SHORT)
GROUP_SIZE = _histogram("store_commit_group_size", "Functions in one commit", _GROUPS)
STORE_WAITING = _gauge("store_writes_waiting", "Writes that wait for their turn")
LOG_PAGES = _gauge("store_log_pages", "Pages of the write-ahead log after the last commit")
STORE_BYTES = _gauge("store_size_bytes", "Size of the database with its write-ahead log")
DISK_FREE = _gauge("disk_free_bytes", "Bytes free for us on the disk of the data folder")
DISK_LEAST = _gauge("disk_least_free_bytes", "Below it health is red and no file is taken in")
BUILD = _gauge("build_info", "1; which program this is", "version", "region")

ALL: tuple[Measure, ...] = tuple(value for value in tuple(globals().values()) if isinstance(value, Measure))


def kind_word(name: str) -> str:
    """Return the label of an event whose class is called `name`: `ReceivedByHandler` is `received_by_handler`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


NAMES = ("partner",)
"""Labels whose values are codes of partners: those announced, and `other`."""
FREE = ("name", "version", "region")
"""Labels whose values are what files and the program say, one for each partner or process."""
LEARNED = ("route", "method")
"""Labels whose words a door announces when it is opened."""
WORDS: Mapping[str, frozenset[str]] = {
    "reason": frozenset(reason.value for reason in Reason),
    "kind": frozenset(kind_word(kind.__name__) for kind in WHO),
    "direction": frozenset({"in", "out"}),
    "outcome": frozenset({"accepted", "refused", "answered", "rejected", "failed"}),
    "how": frozenset({"held", "parked"}),
    "state": frozenset({"closed", "open", "half_open", *(state.value for state in State)}),
    "status": frozenset(
        {"1xx", "2xx", "3xx", "4xx", "5xx", "sample", "active", "paused", "stopped", "closed", "ended"}
    ),
    "delivery": frozenset({"push", "collect"}),
    "door": frozenset({"local", "peering"}),
    "what": frozenset({"certificate", "authority", "seal_key", "token_key", "agreement", "partners", "calendars"}),
    "weight": frozenset({"error", "warning"}),
    "ailment": frozenset(ailment.value for ailment in Ailment),
    "light": frozenset({"green", "yellow", "red"}),
    "difference": frozenset(DIFFERENCES),
}
