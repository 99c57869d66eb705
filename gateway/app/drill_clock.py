"""A clock that a drill moves while the gateway runs: a file says by how much.

    TONGBAN_DRILL_CLOCK=FILE    FILE holds whole seconds, such as -3600; written anew, it counts at once

Leaves to others: that none of this works unless both doors listen on loopback only (`cli.serve`).
"""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

VARIABLE = "TONGBAN_DRILL_CLOCK"


class DrillClock:
    """Reads the file at every look; what cannot be read leaves the clock as it stood.

    Args:
        ahead: added to what the file says.
    """

    def __init__(self, file: Path, ahead: timedelta = timedelta()) -> None:
        self._file = file
        self._ahead = ahead
        self._offset = timedelta()

    def __call__(self) -> timedelta:
        """Return by how much the clock of this gateway is ahead of the machine's."""
        with suppress(OSError, ValueError):  # it is being written anew, or no drill has begun
            self._offset = timedelta(seconds=int(self._file.read_text(encoding="ascii")))
        return self._ahead + self._offset
