"""What a backup says of itself: `manifest.json`, written last, so that a folder without one is no backup."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

NAME = "manifest.json"
FORMAT = 1
STORE = "store.sqlite3"
MATERIALS = "materials"
HOME = "home"
LOCKED_KEYS = "keys.locked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a backup: its path below the folder, its bytes, and their SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        made_at: the store is as it stood at this moment or a little later; aware UTC.
        incarnation: the life of the store it was taken from.
        migrations: names of those the store has, the last one last: its schema.
        cases, owed: how many cases, and envelopes not answered yet.
        missing: digests of materials the store names and that were not there.
        with_keys: whether the keys are in it, encrypted.
    """

    region: str
    name: str
    made_at: datetime
    incarnation: str
    software: str
    migrations: tuple[str, ...]
    cases: int
    owed: int
    with_keys: bool
    missing: tuple[str, ...]
    files: tuple[Entry, ...]

    def to_json(self) -> str:
        """Return the text of the file."""
        content = {"format": FORMAT} | asdict(self) | {"made_at": self.made_at.isoformat()}
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        GatewayError: BACKUP_BROKEN: there is none, or it does not read.
    """
    try:
        content: Mapping[str, Any] = json.loads((folder / NAME).read_text("utf-8"))
        if content["format"] != FORMAT:
            raise broken(folder, f"format {content['format']}")
        fields = {name: content[name] for name in Manifest.__dataclass_fields__}
        return Manifest(
            **fields
            | {
                "made_at": datetime.fromisoformat(content["made_at"]),
                "migrations": tuple(content["migrations"]),
                "missing": tuple(content["missing"]),
                "files": tuple(Entry(**one) for one in content["files"]),
            }
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise broken(folder, f"{NAME}: {type(error).__name__}") from error


def broken(folder: Path, detail: str) -> GatewayError:
    """Return the error of a backup that is not whole."""
    return GatewayError(Reason.BACKUP_BROKEN, folder=folder, detail=detail)
