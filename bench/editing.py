"""What it costs to check the folder of partner files: processor time, as an operator and as the gateway do it.

All files right; every file with two mistakes, so that each is read on as it was meant; the command with the start of its process;
and one file of the largest size with nothing but mistakes.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Figures, show
from gateway.case.days import day_in_china
from gateway.files.reader import MAX_BYTES
from gateway.partners.check import check_folder
from gateway.settings import load_divisions

FOLDER = Path(__file__).parents[1] / "partners"
OWN = "422800"
TARGET_MS = 500


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--checks", type=int, default=0, help="checks of each kind; 0 for 9, short 3")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    runs = asked.checks or (3 if asked.short else 9)
    with tempfile.TemporaryDirectory() as name:
        broken, hostile = Path(name) / "broken", Path(name) / "hostile"
        files = _broken(broken)
        _hostile(hostile)
        first, *_ = _milliseconds(lambda: _check(FOLDER), 1)
        figures: Figures = {
            "files": files,
            "check_first_ms": round(first, 1),
            "check_ms": round(statistics.median(_milliseconds(lambda: _check(FOLDER), runs)), 1),
            "check_broken_ms": round(statistics.median(_milliseconds(lambda: _check(broken), runs)), 1),
            "check_hostile_ms": round(statistics.median(_milliseconds(lambda: _check(hostile), 3)), 1),
            "command_ms": round(statistics.median(_command_ms() for _ in range(runs)), 1),
            "target_ms": TARGET_MS,
        }
    rows = (
        (f"check of {files} files, the first of a process", figures["check_first_ms"]),
        (f"check of {files} files", figures["check_ms"]),
        (f"check of {files} files with two mistakes each", figures["check_broken_ms"]),
        ("check of one file of 1 MiB full of mistakes", figures["check_hostile_ms"]),
        ("`tongban partners check`, start of the process included", figures["command_ms"]),
    )
    show("Checking partner files", ("", "processor ms"), rows)
    return figures


def _check(folder: Path) -> None:
    check_folder(folder, load_divisions(), OWN, day_in_china(datetime.now(UTC)))


def _milliseconds(work: Callable[[], None], runs: int) -> list[float]:
    taken = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        taken.append((time.process_time() - begin) * 1000)
    return taken


def _command_ms() -> float:
    """Return the processor time of one run of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "gateway", "partners", "check", str(FOLDER)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _broken(folder: Path) -> int:
    """Copy the folder with two mistakes in every file; return how many files there are."""
    shutil.copytree(FOLDER, folder)
    count = 0
    for path in folder.glob("[0-9]*.yaml"):
        text = path.read_text("utf-8")
        path.write_text(text.replace("status: sample", "status: smaple").replace("valid_to:", "valid_untl:"), "utf-8")
        count += 1
    return count


def _hostile(folder: Path) -> None:
    folder.mkdir()
    line = "unknown{}: 1\n"
    text = "".join(line.format(n) for n in range(MAX_BYTES // 20))
    (folder / "500240-x.yaml").write_text(text[: MAX_BYTES - 10], "utf-8")
