"""The table of metrics in docs/operating.md, made from `gateway.telemetry.measures`."""

from collections.abc import Callable, Mapping

from gateway.telemetry.measures import ALL, Kind


def metrics() -> str:
    """Return a row for each metric, in the order of the module."""
    rows = ["| metric | labels | 含义 meaning |", "|---|---|---|"]
    for one in ALL:
        kind = "" if one.kind is not Kind.HISTOGRAM else " (histogram)"
        labels = ", ".join(f"`{label}`" for label in one.labels)
        rows.append(f"| `{one.shown_as}` | {labels} | {one.meaning}{kind} |")
    return "\n".join(rows)


PARTS: Mapping[str, Callable[[], str]] = {"metrics": metrics}
