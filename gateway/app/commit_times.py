"""How long commits take and how much they share: the store's own moments, turned into figures."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.store.sqlite.writer import CommitWatch, Moment
from gateway.telemetry import Metrics, measures


def timing_commits(metrics: Metrics, monotonic: Callable[[], float], inner: CommitWatch | None = None) -> CommitWatch:
    """Return a watch of commits that measures them, and lets `inner` see them as well.

    Args:
        monotonic: seconds that no change of the clock moves.
    """
    begun = 0.0

    def watch(moment: Moment, works: Sequence[Callable[..., Any]]) -> None:
        nonlocal begun
        if moment is Moment.BEFORE:
            begun = monotonic()
        elif moment is Moment.COMMITTED:
            metrics.observe(measures.COMMIT_SECONDS, value=monotonic() - begun)
            metrics.observe(measures.GROUP_SIZE, value=len(works))
        if inner:
            inner(moment, works)

    return watch
