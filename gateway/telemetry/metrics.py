"""The metrics of one gateway; which there are says `measures`.

Guarantees that every label is bounded: a word outside its list, or a partner that was not announced, counts as `other`.
Leaves to others: serving the text over HTTP, and reading what stands in the store.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar, cast

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from gateway.case.reasons import ROWS, Family, Reason
from gateway.telemetry import measures
from gateway.telemetry.measures import ALL, FREE, LEARNED, NAMES, OWN, PREFIX, WORDS, Kind, Measure

METRICS_TYPE = CONTENT_TYPE_LATEST
OTHER = "other"
"""The label of a partner, or a word, that is not among the known ones."""

MAX_NAMES = 1000
CIRCUITS = ("closed", "open", "half_open")
LIGHTS = ("green", "yellow", "red")

Labels = tuple[str, ...]
Row = TypeVar("Row", bound=Labels)
Counted = TypeVar("Counted", Counter, Histogram)


class Metrics:
    """The metrics of one gateway, in a registry of its own; may be counted from any thread.

    Args:
        process: whether those of the process (CPU, memory, open files, garbage) are told as well.
    """

    def __init__(self, *, process: bool = False) -> None:
        self.registry = CollectorRegistry()
        if process:
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=self.registry)
        self._names: frozenset[str] = frozenset()
        self._learned: dict[str, frozenset[str]] = {label: frozenset() for label in LEARNED}
        self._counters: dict[Measure, Counter] = {}
        self._gauges: dict[Measure, Gauge] = {}
        self._histograms: dict[Measure, Histogram] = {}
        self._totals: dict[Measure, float] = {}
        self._known: dict[tuple[Measure, Labels], Counter | Histogram] = {}
        for one in ALL:
            name = f"{PREFIX}{one.name}"
            if one.kind is Kind.COUNTER:
                self._counters[one] = Counter(name, one.meaning, one.labels, registry=self.registry)
            elif one.kind is Kind.GAUGE:
                self._gauges[one] = Gauge(name, one.meaning, one.labels, registry=self.registry)
            else:
                self._histograms[one] = Histogram(
                    name, one.meaning, one.labels, buckets=one.buckets, registry=self.registry
                )

    def know(self, names: Iterable[str]) -> None:
        """Announce the partners that may stand in labels; at most `MAX_NAMES`, the first in order."""
        self._names = frozenset(sorted(set(names))[:MAX_NAMES])
        self._known.clear()

    def learn(self, label: str, words: Iterable[str]) -> None:
        """Announce the words of one of the labels of `measures.LEARNED`; those announced before stay."""
        self._learned[label] |= frozenset(sorted(set(words))[:MAX_NAMES])

    def count(self, measure: Measure, *labels: str, by: float = 1) -> None:
        """Count; `labels` in the order of the measure."""
        self._of(self._counters[measure], measure, labels).inc(by)

    def observe(self, measure: Measure, *labels: str, value: float) -> None:
        """Put a value into a histogram."""
        self._of(self._histograms[measure], measure, labels).observe(value)

    def show(self, measure: Measure, rows: Mapping[Row, float]) -> None:
        """Set a gauge to exactly these rows: what is no longer there is no longer shown."""
        gauge = self._gauges[measure]
        if not measure.labels:
            gauge.set(sum(rows.values()))
            return
        bounded = {self._bounded(measure, labels): value for labels, value in rows.items()}
        gauge.clear()
        for labels, value in bounded.items():
            gauge.labels(*labels).set(value)

    def total(self, measure: Measure, value: float) -> None:
        """Set a counter that somebody else counts, such as the store, to what it stands at."""
        grown = value - self._totals.get(measure, 0.0)
        if grown > 0:
            self._totals[measure] = value
            self._counters[measure].inc(grown)

    def case_submitted(self, partner: str) -> None:
        """Count a case a local system handed over for `partner`."""
        self.count(measures.CASES_SUBMITTED, partner)

    def envelopes_delivered(self, partner: str, count: int) -> None:
        """Count envelopes put to `partner`, repeats included."""
        self.count(measures.DELIVERED, partner, by=count)

    def envelopes_settled(self, partner: str, accepted: int, refusals: Iterable[str] = ()) -> None:
        """Count envelopes with their final answer: how many were accepted, and the reasons of the others."""
        if accepted > 0:
            self.count(measures.SETTLED, partner, "accepted", by=accepted)
        for reason in refusals:
            self.count(measures.SETTLED, partner, "refused")
            self.count(measures.REFUSED, partner, "out", reason)

    def delivery_took(self, partner: str, seconds: Iterable[float]) -> None:
        """Observe from sealing to receipt, for each envelope."""
        for one in seconds:
            self.observe(measures.DELIVERY_SECONDS, partner, value=max(one, 0.0))

    def envelope_retried(self, partner: str, reason: Reason) -> None:
        """Count a flight that will be tried again."""
        self.count(measures.RETRIED, partner, reason.value)

    def envelope_rejected(self, partner: str, reason: Reason) -> None:
        """Count an envelope from `partner` that is not authentic, or reuses an id; an alarm, for it should never happen."""
        self.count(measures.REJECTED, partner, reason.value)

    def flight(self, partner: str, seconds: float) -> None:
        """Observe one exchange with `partner`."""
        self.observe(measures.FLIGHT_SECONDS, partner, value=seconds)

    def unwell(self, ailment: str, *, told: bool) -> None:
        """Set whether health tells this ailment."""
        self._gauges[measures.UNWELL].labels(*self._bounded(measures.UNWELL, (ailment,))).set(int(told))

    def refused(self, door: str, reason: Reason, partner: str = "") -> None:
        """Count what was answered with a reason at a door; a partner above its allowance is counted by name as well."""
        self.count(measures.REFUSALS, door, reason.value)
        if partner and reason in LIMIT_REASONS:
            self.count(measures.LIMITS, partner, reason.value)

    def reloaded(self, what: str) -> None:
        """Count an edited folder that went live: `partners` or `calendars`."""
        self.count(measures.RELOADS, what)

    def reconciled(self, partner: str, at: datetime, differences: Mapping[str, int]) -> None:
        """Tell how the last comparison of a day with `partner` ended.

        Args:
            differences: how many of each class nobody has explained (`measures.DIFFERENCES`); those not named are none.
        """
        name = self._label(partner)
        self._gauges[measures.RECONCILED_AT].labels(name).set(at.timestamp())
        other = sum(count for word, count in differences.items() if word not in measures.DIFFERENCES)
        for word in measures.DIFFERENCES:
            count = differences.get(word, 0) + (other if word == OTHER else 0)
            self._gauges[measures.DIFFER].labels(name, word).set(count)

    def text(self) -> bytes:
        """Return all metrics in the text form whose media type is `METRICS_TYPE`."""
        return generate_latest(self.registry)

    def _of(self, metric: Counted, measure: Measure, labels: Labels) -> Counted:
        """Return the series for some labels; those that are known need not be looked at again."""
        if not measure.labels:
            return metric
        known = self._known.get((measure, labels))
        if known is not None:
            return cast(Counted, known)
        bounded = self._bounded(measure, labels)
        series = metric.labels(*bounded)
        if bounded == labels:
            self._known[measure, labels] = series
        return series

    def _label(self, name: str) -> str:
        return name if name in self._names else OTHER

    def _bounded(self, measure: Measure, labels: Labels) -> Labels:
        return tuple(self._word(label, value) for label, value in zip(measure.labels, labels, strict=True))

    def _word(self, label: str, value: str) -> str:
        if label in NAMES:
            return value if value == OWN else self._label(value)
        if label in FREE:
            return value
        words = self._learned[label] if label in LEARNED else WORDS[label]
        return value if value in words else OTHER


_LIMITS = (Family.BUSY, Family.TOO_LARGE)
LIMIT_REASONS = frozenset(reason for reason, row in ROWS.items() if row.family in _LIMITS) | {Reason.TOO_SLOW}
"""Reasons for which a caller is asked to do less at a time, or to do it faster."""
