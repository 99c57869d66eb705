"""The gateway's health, looked after: examined every few seconds, told to whoever asks, and acted on.

What is told rests on the last examination and on what is known at the moment of asking; an examination that is itself
overdue is told like any other loop that is stuck, so that nobody is answered from what was true once.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.app.own_papers import OwnPapers
from gateway.case.ailments import Ailment, Checkup, Found, Weight
from gateway.case.errors import GatewayError
from gateway.flows.check_health import Examining, Flights, Paper
from gateway.settings import Settings
from gateway.telemetry import Metrics, Said
from gateway.trust.keys import OwnKeys
from gateway.trust.suites import KeyUse, SigningKey
from gateway.trust.tls import is_valid_at
from gateway.work.regular import regularly

EVERY = 5.0
"""Seconds between two examinations: what breaks is told after these and what an examination takes."""
UNEXAMINED_AFTER = 30.0
"""Seconds without an examination after which health itself counts as stuck."""
FLIGHT_HANGS_AFTER = 180.0
"""Seconds; a flight is broken off before (`work.rounds`), so one that is older cannot be ended."""
TOLD_AT = (1, 7, 14, 60)
"""Days before its end at which the log tells a paper again."""
SHUTS_THE_GATE = (Ailment.STORE, Ailment.EVIDENCE)

_ORDER = {Weight.RED: 0, Weight.YELLOW: 1, Weight.NOTE: 2}


class SetReady(Protocol):
    """Tells whoever asks over gRPC."""

    async def __call__(self, *, ready: bool) -> None:
        """Tell whether calls are welcome."""


class Health:
    """What is known of one gateway's health.

    Args:
        free_disk: bytes that are free where the gateway stores.
    """

    def __init__(
        self,
        gateway: Gateway,
        settings: Settings,
        log: FilteringBoundLogger,
        metrics: Metrics,
        free_disk: Callable[[], int] | None = None,
    ) -> None:
        self._gateway = gateway
        self._log = log
        self._metrics = metrics
        pulse, started = gateway.pulse, gateway.world.monotonic()
        self._examining = Examining(
            region=gateway.about.region,
            database=gateway.database,
            vault=gateway.vault,
            registry=gateway.registry,
            watch=gateway.watch,
            flights=Flights(partial(pulse.hanging, "fly", FLIGHT_HANGS_AFTER), pulse.broken, pulse.mended),
            papers=papers_of(gateway.papers),
            up_for=lambda: timedelta(seconds=gateway.world.monotonic() - started),
            held_up=gateway.behind.is_behind,
            free_disk=free_disk or partial(free_bytes, str(settings.data)),
            least_free=settings.limits.least_free_disk,
            sweep_every=settings.limits.sweep_interval,
        )
        self.edited: Callable[[], tuple[str, ...]] = tuple
        """Names of files that were edited and hold only after a restart."""
        self._found: list[Found] = [Found(Ailment.STARTING)]
        self._examined_at: datetime | None = None
        self._since: dict[Ailment, datetime] = {}
        self._told: dict[Ailment, tuple[Weight, int]] = {}
        self.examine = pulse.beating("health", UNEXAMINED_AFTER, self._examine)

    def checkup(self) -> Checkup:
        """Return what is known now."""
        now = self._gateway.world.clock()
        found = {one.ailment: one for one in self._found}
        silent = self._gateway.pulse.silent()
        if silent:
            found[Ailment.LOOPS] = Found(Ailment.LOOPS, {"loops": ", ".join(sorted(silent))})
        if not self._gateway.database.figures().writable:
            found.setdefault(Ailment.STORE, Found(Ailment.STORE))
        if refused := self._refused():
            found[Ailment.FILES_REFUSED] = Found(Ailment.FILES_REFUSED, {"files": ", ".join(refused)})
        if edited := self.edited():
            found[Ailment.RESTART_DUE] = Found(Ailment.RESTART_DUE, {"files": ", ".join(edited)})
        if self._gateway.signals.ending:
            found[Ailment.STOPPING] = Found(Ailment.STOPPING)
        self._since = {one: self._since.get(one, now) for one in found}
        gravest_first = sorted(found.values(), key=lambda one: _ORDER[one.weighs])
        return Checkup(tuple((one, self._since[one.ailment]) for one in gravest_first), self._examined_at)

    def papers(self, now: datetime) -> Iterable[Paper]:
        """Return how our keys and our certificate stand."""
        return self._examining.papers(now)

    def _refused(self) -> list[str]:
        """Return the names of files of keys, certificates and denials that are not in use as they stand."""
        error, findings = self._gateway.papers.error, self._gateway.denying.findings
        files = [str(error.facts.get("file", error.reason.value))] if error else []
        return [*(Path(file).name for file in files), *sorted({Path(one.file).name for one in findings})]

    async def _examine(self) -> None:
        now = self._gateway.world.clock()
        self._found = await self._examining.examine(now)
        self._examined_at = now
        shut = [one.ailment.value for one in self._found if one.ailment in SHUTS_THE_GATE]
        self._gateway.gate.shut_for = ", ".join(shut)
        self._tell(self.checkup())

    def _tell(self, checkup: Checkup) -> None:
        told = {one.ailment: (one.weighs, _step(one)) for one, _ in checkup.found}
        for ailment in Ailment:
            now, before = told.get(ailment), self._told.get(ailment)
            if now == before:
                continue
            weight = now[0] if now else None
            self._metrics.unwell(ailment.value, told=weight is not None)
            if weight is None:
                self._log.info(Said.WELL_AGAIN, kind=ailment.value)
            elif weight is Weight.NOTE:
                self._log.info(Said.UNWELL, kind=ailment.value, state=weight.value)
            else:
                self._log.warning(Said.UNWELL, kind=ailment.value, state=weight.value)
        self._told = told


@asynccontextmanager
async def looked_after(
    health: Health, gateway: Gateway, log: FilteringBoundLogger, set_ready: SetReady
) -> AsyncIterator[None]:
    """Examine the gateway every few seconds while the block runs.

    Args:
        set_ready: tells the health service of gRPC.
    """

    async def turn() -> None:
        await health.examine()
        await set_ready(ready=health.checkup().is_ready)

    def failed(_: str, error: BaseException) -> None:
        log.error(Said.WORKER_FAILED, worker="health", exc_info=error)

    await turn()
    task = asyncio.create_task(regularly(turn, every=EVERY, sleep=gateway.world.sleep, failed=failed), name="health")
    gateway.pulse.runs_in("health", task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def free_bytes(folder: str) -> int:
    """Return the bytes that are free for us on the disk of a folder."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def papers_of(own: OwnPapers) -> Callable[[datetime], Iterable[Paper]]:
    """Return what tells how our keys, our certificate and its authority stand at a moment: those in use then."""

    def papers(now: datetime) -> Iterable[Paper]:
        keys = own.keys
        for use, now_bad, ends in (
            (KeyUse.SEAL, Ailment.SEAL_KEY, Ailment.SEAL_KEY_ENDS),
            (KeyUse.TOKEN, Ailment.TOKEN_KEY, Ailment.TOKEN_KEY_ENDS),
        ):
            yield Paper(now_bad, ends, _has_key(keys, use, now), _signs_until(keys, use, now))
        for links, now_bad, ends in (
            ((own.certified.certificate,), Ailment.CERTIFICATE, Ailment.CERTIFICATE_ENDS),
            (own.authority, Ailment.AUTHORITY, Ailment.AUTHORITY_ENDS),
        ):
            if links:
                valid = all(is_valid_at(link, now) for link in links)
                yield Paper(now_bad, ends, valid, min(link.not_valid_after_utc for link in links))

    return papers


def _step(found: Found) -> int:
    """Return which of the days at which an end is told again has come; 0 for what does not end."""
    days = found.facts.get("days")
    return next((step for step in TOLD_AT if isinstance(days, int) and days <= step), 0)


def _has_key(keys: OwnKeys, use: KeyUse, now: datetime) -> bool:
    try:
        keys.current(use, now)
    except GatewayError:
        return False
    return True


def _signs_until(keys: OwnKeys, use: KeyUse, now: datetime) -> datetime | None:
    """Return until when one key or the next signs without a gap; None when for ever."""
    seals: list[SigningKey] = [key for key in keys.keys if key.use is use]
    until = now
    while True:
        ends = [key.seal_until for key in seals if key.may_sign_at(until)]
        if not ends or None in ends:
            return until if not ends else None
        latest = max(end for end in ends if end is not None)
        if latest <= until:
            return until
        until = latest
