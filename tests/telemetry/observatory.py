"""A gateway that is scraped while time passes, and the shipped alert rules looked at after every scrape."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from structlog.typing import FilteringBoundLogger

from gateway.app.flying import Flying
from gateway.app.health import Health
from gateway.app.measuring import Measuring
from gateway.telemetry import Metrics, make_logger, measures
from tests.flows.regions import Region, Regions, regions
from tests.telemetry.promql import Alert, Labels, Series, span

ENSHI, QIANJIANG = "422800", "500114"
ROOT = Path(__file__).parents[2]
RULES_FILE = ROOT / "deploy/prometheus/alerts.yaml"
EVERY = 4.0
"""Minutes between two scrapes: a sample may be five minutes old at the most."""


def rules() -> dict[str, dict[str, Any]]:
    """The shipped rules by name."""
    content = yaml.safe_load(RULES_FILE.read_text("utf-8"))
    found = [rule for group in content["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in found}) == len(found)
    return {rule["alert"]: rule for rule in found}


@dataclass
class Observatory:
    """Two regions; the first is watched.

    Attributes:
        between: what happens between two scrapes; by default what is owed leaves.
        fired: every alert that fired so far, with the labels it fired for.
        changed: alters what a scrape shows, for what this process cannot be brought to; returns nothing for no answer.
    """

    all: Regions
    ours: Region
    metrics: Metrics
    log: FilteringBoundLogger
    health: Health = field(init=False)
    measuring: Measuring = field(init=False)
    flying: Flying = field(init=False)
    free: int = 1 << 40
    series: Series = field(default_factory=Series)
    fired: dict[str, set[Labels]] = field(default_factory=dict)
    between: Callable[[], Awaitable[None]] | None = None
    changed: Callable[[str], str] = str
    _alerts: dict[str, Alert] = field(default_factory=dict)

    async def fly(self) -> None:
        """Everything we owe leaves that can, as the loops have it."""
        for code in await self.ours.gateway.delivery.to_call():
            while await self.flying.fly(code):
                pass

    async def scrape(self) -> None:
        """Health looks, Prometheus scrapes, and looks at its rules."""
        await self.health.examine()
        at = self.all.clock().timestamp()
        self.series.scrape(at, self.changed((await self.measuring.text()).decode()))
        for name, alert in self._alerts.items():
            if labels := alert.look(self.series, at):
                self.fired.setdefault(name, set()).update(labels)

    async def live(self, *, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Time passes, scrape by scrape."""
        for _ in range(round((minutes + 60 * hours) / EVERY)):
            self.all.clock.pass_time(minutes=EVERY)
            await (self.between or self.fly)()
            await self.scrape()

    def look_at(self, *names: str) -> None:
        """Look at these rules from here on, and at no others."""
        shipped = rules()
        self._alerts = {
            name: Alert(shipped[name]["expr"], span(shipped[name].get("for", ""))) for name in names or shipped
        }


@asynccontextmanager
async def observatory(folder: Path, *names: str, **opened: Any) -> AsyncIterator[Observatory]:
    """Open two regions and watch the first; with names, look at these rules alone."""
    async with regions(folder, QIANJIANG, ENSHI, **opened) as both:
        ours, metrics = both[QIANJIANG], Metrics(process=True)
        log = make_logger(region=QIANJIANG, level="debug", style="json", stream=io.StringIO(), clock=both.clock)
        seen = Observatory(both, ours, metrics, log)
        seen.health = Health(ours.gateway, ours.settings, log, metrics, free_disk=lambda: seen.free)
        seen.measuring = Measuring(
            ours.gateway,
            metrics,
            checkup=seen.health.checkup,
            settings=ours.settings,
            papers=seen.health.papers,
            free_disk=lambda: seen.free,
        )
        metrics.know([ENSHI])
        metrics.show(measures.BUILD, {("test", QIANJIANG): 1})
        ours.gateway.watching.flown = seen.measuring.flown
        await seen.measuring.begin()
        seen.flying = Flying(ours.gateway, log, metrics)
        seen.look_at(*names)
        yield seen
