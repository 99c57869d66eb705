"""Real gateways under load, hurt in every way we know, and then compared row by row.

    python -m tests.faults [--short] [--seed N] [--only NAME…] [--list] [--keep]

Prints the schedule, a line for each fault as it ends, the table, and one JSON object alone on the last line.  Exit code 1
when anything was lost, doubled, out of order or stuck, or when a fault did not bite.
"""

import argparse
import asyncio
import json
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults import absence, clocks, commit_boundaries, crowd, descriptors, disks, files, kills, network, repeats
from tests.faults.schedule import Outcome, plan, schedule_lines, summary, table
from tests.faults.stages import Stage, run, town_stage
from tests.faults.town import town

FAULTS = (
    *kills.FAULTS,
    *network.FAULTS,
    *repeats.FAULTS,
    *commit_boundaries.FAULTS,
    *files.FAULTS,
    *descriptors.FAULTS,
    *clocks.FAULTS,
    *absence.FAULTS,
    *disks.FAULTS,
    *crowd.FAULTS,
)
RATE = 15.0
PATIENT_RATE = 4.0
"""Of cases that wait for days."""


def stages(rate: float) -> dict[str, Stage]:
    """Return where the faults of each family are played."""
    plain = town_stage(partial(town, rate=rate))
    disk = town_stage(partial(disks.disk_town, rate=rate))
    patient = town_stage(partial(absence.patient_town, rate=PATIENT_RATE))
    own: dict[str, Stage] = {"disks": disk, "absence": patient, "crowd": crowd.crowd_stage}
    return {fault.family: plain for fault in FAULTS} | own


def main() -> int:
    """Run the drill; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="each fault once or a few times, at most three minutes")
    parser.add_argument("--seed", type=int, default=0, help="0: a fresh one, which is printed")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these faults or families")
    parser.add_argument("--list", action="store_true", help="print the schedule and end")
    parser.add_argument("--rate", type=float, default=RATE, help="cases per second")
    parser.add_argument("--keep", action="store_true", help="keep the folders of the gateways")
    asked = parser.parse_args()
    seed = asked.seed or secrets.randbelow(1_000_000) + 1
    try:
        planned = plan(FAULTS, seed, short=asked.short, only=asked.only)
    except ValueError as error:
        parser.error(str(error))
    print(f"seed {seed}, {len(planned)} faults, {'short' if asked.short else 'long'} form; {_where()}")
    print("\n".join(schedule_lines(planned)), flush=True)
    if asked.list:
        return 0
    outcomes: list[Outcome] = []
    begun = time.monotonic()

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        print(f"{time.monotonic() - begun:7.1f}  {table([outcome])[1]}", flush=True)

    folder = Path(tempfile.mkdtemp(prefix="tongban-faults-"))
    asyncio.run(_until_told(run(planned, stages(asked.rate), folder, tell)))
    print("\n".join(["", *table(outcomes)]))
    good = len(outcomes) == len(planned) and all(outcome.is_good for outcome in outcomes)
    if good and not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(summary(outcomes, seed)))
    return 0 if good else 1


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Do the work; told to stop, end every gateway that was started before ending."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def _where() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    cpus = len(os.sched_getaffinity(0))
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip()}, {cpus} CPUs, {platform.release()}"


if __name__ == "__main__":
    sys.exit(main())
