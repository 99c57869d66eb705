"""Who announced that a partner file is about to be written, so that the version says by what command it came.

In memory only: an announcement is a courtesy; without one the version is an edit on disk by the owner of the file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

MOST = 100
LASTS = 600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version comes from.

    Attributes:
        how: `start`, `edit`, `rollback`, or the command, such as `partners add`.
        who: system user.
    """

    how: str
    who: str


@dataclass(slots=True)
class Expected:
    """What was announced; at most `MOST`, the oldest goes first."""

    monotonic: Callable[[], float]
    _announced: dict[str, tuple[Origin, float]] = field(default_factory=dict)

    def announce(self, sha256: str, origin: Origin) -> None:
        """A file with these bytes (SHA-256, hexadecimal) is about to be written."""
        self._announced.pop(sha256, None)
        if len(self._announced) >= MOST:
            del self._announced[next(iter(self._announced))]
        self._announced[sha256] = origin, self.monotonic() + LASTS

    def of(self, sha256: str) -> Origin | None:
        """Return who announced these bytes, within `LASTS`."""
        found = self._announced.get(sha256)
        return found[0] if found and self.monotonic() <= found[1] else None
