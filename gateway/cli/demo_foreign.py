"""The demo's foreign-format system: its shipped file from `systems/`, given a key, in the folder of one region."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.cli.federation import Site
from gateway.cli.system_files import new_system_key

SHIPPED = Path(__file__).parents[2] / "systems"
REGION = "433100"
NAME = "epoint-flat"


def add_foreign_system(
    sites: Mapping[str, Site], folder: Path, secret: Callable[[int], bytes]
) -> tuple[Site, str, Path]:
    """Put the system into its region's folder; return region, its key and a file with one of its requests."""
    site = sites[REGION]
    key = new_system_key(NAME, secret)
    text = (SHIPPED / f"{NAME}.yaml").read_text(encoding="utf-8")
    active = text.replace("status: sample", "status: active")
    (site.folder / "systems" / f"{NAME}.yaml").write_text(f"{active}\nkeys:\n{key.line}\n", encoding="utf-8")
    request = folder / "epoint-request.json"
    request.write_text(json.dumps(_REQUEST, ensure_ascii=False, indent=1), encoding="utf-8")
    return site, key.api_key, request


_REQUEST: dict[str, object] = {}
