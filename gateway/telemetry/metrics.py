"""Metrics: every name in one place, every label from a closed or bounded set.

Leaves to others: serving the text over HTTP.
"""

from collections.abc import Iterable, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.case.reasons import Reason

METRICS_TYPE = CONTENT_TYPE_LATEST
OTHER = "other"
"""The label of a partner or system that is not among the known ones."""

MAX_NAMES = 1000
CIRCUITS = ("closed", "open", "half_open")


_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one gateway, in a registry of its own.

    Labels are bounded: reasons and outcomes are closed lists; a partner or system that was not announced by
    `know` counts as `other`.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._names: frozenset[str] = frozenset()
        self._submitted = self._counter("cases_submitted", "Cases local systems handed over", "partner")
        self._delivered = self._counter("envelopes_delivered", "Envelopes put to a partner", "partner")
        self._settled = self._counter("envelopes_settled", "Envelopes with a final answer", "partner")
        self._retried = self._counter("envelopes_retried", "Envelopes to be tried again", "partner", "reason")
        self._rejected = self._counter("envelopes_rejected", "Envelopes that are not believed", "partner", "reason")
        self._owed = self._gauge("envelopes_waiting", "Envelopes owed to a partner", "partner")
        self._kept = self._gauge("envelopes_kept_back", "Envelopes held or parked", "partner", "how")
        self._circuit = self._gauge(
            "partner_circuit", "1 for the state the circuit of a partner is in", "partner", "state"
        )
        self._unwell = self._gauge("unwell", "What health finds wrong: 1 while it lasts", "ailment")
        self._flights = self._histogram("flight_seconds", "Time of one exchange with a partner", _SECONDS, "partner")

    def know(self, names: Iterable[str]) -> None:
        """Announce the partners and systems that may stand in labels; at most `MAX_NAMES`, the first in order."""
        self._names = frozenset(sorted(set(names))[:MAX_NAMES])

    def case_submitted(self, partner: str) -> None:
        """Count a case a local system handed over for `partner`."""
        self._submitted.labels(self._label(partner)).inc()

    def envelopes_delivered(self, partner: str, count: int) -> None:
        """Count envelopes put to `partner`, repeats included."""
        self._delivered.labels(self._label(partner)).inc(count)

    def envelopes_settled(self, partner: str, count: int) -> None:
        """Count envelopes with their final answer."""
        self._settled.labels(self._label(partner)).inc(count)

    def envelope_retried(self, partner: str, reason: Reason) -> None:
        """Count an envelope that will be tried again."""
        self._retried.labels(self._label(partner), reason.value).inc()

    def envelope_rejected(self, partner: str, reason: Reason) -> None:
        """Count an envelope from `partner` that is not authentic, or reuses an id; an alarm, for it should never happen."""
        self._rejected.labels(self._label(partner), reason.value).inc()

    def envelopes_waiting(self, partner: str, count: int) -> None:
        """Set how many envelopes are owed to `partner`."""
        self._owed.labels(self._label(partner)).set(count)

    def envelopes_kept_back(self, partner: str, *, held: int, parked: int) -> None:
        """Set how many envelopes to `partner` an operator holds, and how many need a person."""
        self._kept.labels(self._label(partner), "held").set(held)
        self._kept.labels(self._label(partner), "parked").set(parked)

    def circuit(self, partner: str, state: str) -> None:
        """Set the state of the circuit of `partner`, one of `CIRCUITS`."""
        for one in CIRCUITS:
            self._circuit.labels(self._label(partner), one).set(one == state)

    def unwell(self, ailment: str, *, told: bool) -> None:
        """Set whether health tells this ailment; the names are a closed list (`case.ailments`)."""
        self._unwell.labels(ailment).set(int(told))

    def flight(self, partner: str, seconds: float) -> None:
        """Observe one exchange with `partner`."""
        self._flights.labels(self._label(partner)).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in the text form whose media type is `METRICS_TYPE`."""
        return generate_latest(self.registry)

    def _label(self, name: str) -> str:
        return name if name in self._names else OTHER

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"tongban_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"tongban_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"tongban_{name}", meaning, labels, buckets=buckets, registry=self.registry)
