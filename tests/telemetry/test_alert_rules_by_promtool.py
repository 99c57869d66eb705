"""Prometheus itself says the same of the rules as our own evaluation, fed with the same scrapes; where promtool is installed."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.telemetry.observatory import RULES_FILE, Observatory, observatory, rules
from tests.telemetry.promql import Labels, Series, names_in
from tests.telemetry.test_alert_rules import LONG, OPENED, SCENARIOS

PROMTOOL = shutil.which("promtool")
GRID = 60.0
LOOKBACK = 300.0

needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


def promtool(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *arguments], input=given, capture_output=True, text=True, check=False, timeout=50)


def shown_of(name: str, labels: Labels) -> str:
    pairs = ",".join(f'{label}="{value}"' for label, value in sorted(labels))
    return f"{name}{{{pairs}}}"


def even(series: Series) -> list[tuple[int, Mapping[str, Mapping[Labels, float]]]]:
    """The scrapes since the last gap, on a grid of minutes from 0."""
    kept: list[tuple[float, Mapping[str, Mapping[Labels, float]]]] = []
    for at, scrape in series.scrapes:
        if kept and at - kept[-1][0] > LOOKBACK:
            kept.clear()
        kept.append((at, scrape))
    return [(round((at - kept[0][0]) / GRID), scrape) for at, scrape in kept]


def inputs(series: Series, names: set[str]) -> list[dict[str, str]]:
    """What was scraped of some metrics, in promtool's notation; points in time count from the first scrape."""
    scrapes = even(series)
    base = series.scrapes[len(series.scrapes) - len(scrapes)][0]
    every = {(name, labels) for _, scrape in scrapes for name in names for labels in scrape.get(name, {})}
    found = []
    for name, labels in sorted(every, key=lambda one: (one[0], sorted(one[1]))):
        cells = ["_"] * (scrapes[-1][0] + 1)
        there = False
        for minute, scrape in scrapes:
            value = scrape.get(name, {}).get(labels)
            if value is not None:
                cells[minute] = repr(value - base if name.endswith("_timestamp_seconds") else value)
            elif there:
                cells[minute] = "stale"
            there = value is not None
        found.append({"series": shown_of(name, labels), "values": " ".join(cells)})
    return found


def a_test(seen: Observatory, name: str) -> dict[str, Any]:
    scrapes = even(seen.series)
    rule = rules()[name]
    firing = seen._alerts[name].look(seen.series, seen.series.scrapes[-1][0])
    expected = [
        {
            "labels": shown_of(
                "ALERTS",
                frozenset(
                    {*labels, ("alertname", name), ("alertstate", "firing"), ("severity", rule["labels"]["severity"])}
                ),
            ),
            "value": 1,
        }
        for labels in firing
    ]
    return {
        "rule_files": [str(RULES_FILE)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": inputs(seen.series, names_in(rule["expr"])),
                "promql_expr_test": [
                    {
                        "expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}',
                        "eval_time": f"{scrapes[-1][0]}m",
                        "exp_samples": expected,
                    }
                ],
            }
        ],
    }


@needs_promtool
def test_promtool_finds_nothing_wrong_with_the_rules():
    checked = promtool("check", "rules", "--lint-fatal", str(RULES_FILE))
    assert checked.returncode == 0, checked.stdout + checked.stderr


@needs_promtool
@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - set(LONG)))
async def test_prometheus_agrees_with_our_own_evaluation(tmp_path: Path, name: str):
    async with observatory(tmp_path, name, **OPENED.get(name, {})) as seen:
        await SCENARIOS[name](seen)
        file = tmp_path / "alerts_test.yaml"
        file.write_text(yaml.safe_dump(a_test(seen, name), width=1_000_000, allow_unicode=True), "utf-8")
    tested = promtool("test", "rules", str(file))
    assert tested.returncode == 0, tested.stdout + tested.stderr


@needs_promtool
async def test_the_metrics_are_well_formed(tmp_path: Path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        await seen.live(minutes=4)
        text = await seen.measuring.text()
    said = promtool("check", "metrics", given=text.decode()).stderr.splitlines()
    assert [line for line in said if line.startswith("tongban_")] == []
