"""Where the processor time of this process goes: a look at every thread after each two milliseconds of processor time.

The system's profiling timer (ITIMER_PROF) counts processor time of the whole process, so waiting costs nothing.  Each thread has a clock of its own
(`pthread_getcpuclockid`); what it used since the last look is put down to the place where it stands now.  The main thread is interrupted where it
works, after the call into a library that it may be in; other threads are seen where they let go of the interpreter, so of them sums over modules are to be
believed and single lines are not.

The sums are written when the process is told to by a signal (SIGUSR2), and counting begins anew.
"""

import json
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.002
DEPTH = 80
AROUND = ("gateway.cli.", "gateway.app.process", "gateway.app.run", "gateway.__main__")
"""Modules that stand below everything: what runs in them alone is the event loop's and its libraries'."""


def watch(file: str) -> None:
    """Begin to look; returns at once.  Called in the main thread."""
    sampler = Sampler(Path(file))
    signal.signal(signal.SIGUSR2, sampler.write)
    signal.signal(signal.SIGPROF, sampler.look)
    signal.siginterrupt(signal.SIGPROF, False)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)


class Sampler:
    """Counts processor seconds by place."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._spent: Counter[str] = Counter()
        self._used: dict[int, float] = {}
        self._main = threading.get_ident()

    def look(self, _: int, here: FrameType | None) -> None:
        """Put down what each thread used since the last look."""
        for ident, frame in sys._current_frames().items():  # noqa: SLF001 - the only way to see other threads
            try:
                used = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except OSError:  # it has ended
                continue
            before = self._used.get(ident, used)
            self._used[ident] = used
            if used > before:
                place = _place(here if ident == self._main else frame)
                self._spent[place] += used - before  # type: ignore[assignment]

    def write(self, *_: object) -> None:
        """Write the sums, and begin anew."""
        spent, self._spent = self._spent, Counter()
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(spent), encoding="utf-8")
        part.replace(self._file)


def _place(frame: FrameType | None) -> str:
    """Return the innermost module of ours on a stack, and the innermost of anybody's, as `ours|anybody's`."""
    inner = _module(frame) if frame else ""
    for _ in range(DEPTH):
        if frame is None:
            break
        name = _module(frame)
        if name.startswith("gateway.") and not name.startswith(AROUND):
            return f"{name}|{inner}"
        frame = frame.f_back
    return "|event loop" if inner.startswith(AROUND) else f"|{inner}"


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
