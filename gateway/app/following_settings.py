"""Files that are read at the start alone, followed all the same: whoever edits one learns that a restart is needed.

`gateway.yaml` and the files of local systems are not taken over while the gateway runs: addresses, doors and credentials
hang on them.  What runs stays what was read at the start; log, health (`restart_due`) and `tongban check` say what differs.
"""

import asyncio
from dataclasses import fields

from structlog.typing import FilteringBoundLogger

from gateway.app.reloading import EVERY, mark_of
from gateway.case.code.divisions import Divisions
from gateway.local.systems_check import check_systems
from gateway.settings import Settings, load_settings
from gateway.telemetry import Said


class FollowingSettings:
    """Watches the settings of one gateway, and the files of its local systems.

    Attributes:
        changed: names of the files that say something else than at the start; empty when none does.
    """

    name = "settings"
    every = EVERY

    def __init__(self, settings: Settings, divisions: Divisions, log: FilteringBoundLogger) -> None:
        self._settings = settings
        self._divisions = divisions
        self._log = log
        self._systems = check_systems(settings.systems, divisions).systems
        self._seen: object = None
        self.changed: tuple[str, ...] = ()

    async def look(self) -> bool:
        """Compare what the files say with what runs, when one was touched; True when that is told anew."""
        mark = await asyncio.to_thread(self._mark)
        if mark == self._seen:
            return False
        self._seen = mark
        changed = await asyncio.to_thread(self._differing)
        if changed == self.changed:
            return False
        self.changed = changed
        if changed:
            self._log.warning(Said.RESTART_DUE, file=", ".join(changed))
        else:
            self._log.info(Said.RESTART_NOT_DUE)
        return True

    def _mark(self) -> object:
        try:
            stat = self._settings.file.stat()
        except OSError:
            return None, mark_of(self._settings.systems)
        return (stat.st_mtime_ns, stat.st_size), mark_of(self._settings.systems)

    def _differing(self) -> tuple[str, ...]:
        said, _ = load_settings(self._settings.file, self._divisions)
        files = [] if said is not None and _same(said, self._settings) else [self._settings.file.name]
        if check_systems(self._settings.systems, self._divisions).systems != self._systems:
            files.append(f"{self._settings.systems.name}/")
        return tuple(files)

    def names(self) -> tuple[str, ...]:
        """Return the names of the files that say something else than at the start."""
        return self.changed


def _same(one: Settings, other: Settings) -> bool:
    # `file` is how the file was named, not what it says.
    return all(getattr(one, each.name) == getattr(other, each.name) for each in fields(Settings) if each.name != "file")
