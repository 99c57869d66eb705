"""How figures are shown: tables in Markdown, and medians of runs."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Figures = dict[str, Any]


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` per cent of the values lie; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))]


def waits(name: str, seconds: Sequence[float]) -> Figures:
    """Return p50, p99 and p99.9 in milliseconds under names that begin with `name`."""
    parts = (("p50", 50.0), ("p99", 99.0), ("p999", 99.9))
    return {f"{name}_{word}_ms": round(1000 * percentile(seconds, part), 2) for word, part in parts}


def medians(runs: Sequence[Figures], sums: Sequence[str] = ()) -> Figures:
    """Return the median of every figure over several runs; of those in `sums` the sum."""
    made: Figures = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        made[name] = sum(values) if name in sums else round(statistics.median(values), 2)
    return made


def rounded(figures: Figures) -> Figures:
    """Return figures as they stand in the last line."""
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown under a heading."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(columns) + " |")
    print("|---" + "|---:" * (len(columns) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(_shown(one) for one in row) + " |", flush=True)


def show_runs(title: str, runs: Sequence[Figures]) -> None:
    """Print median, lowest and highest of every figure of several runs."""
    rows = [
        (name, statistics.median(values), min(values), max(values))
        for name in runs[0]
        if (values := [run[name] for run in runs])
    ]
    show(title, ("", "median", "lowest", "highest"), rows)


def show_figures(title: str, figures: Mapping[str, object]) -> None:
    """Print figures one below the other."""
    show(title, ("", ""), [(name, value) for name, value in figures.items() if not isinstance(value, dict | list)])


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
