"""Ninety partners of one region: six that work, thirty that are dead, five that trickle, one that floods, and the quiet rest.

The six are gateways of their own.  The others have keys and certificates of their own and a file at the origin, but no
process: their addresses refuse, or lead to our proxy, which lets a byte a second through.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.case.code.divisions import Divisions
from gateway.cli.demo_data import CARD, CARD_NAME
from gateway.cli.federation import Site, free_ports, make_sites
from gateway.cli.homes import Plan, make_home
from gateway.flows.onboarding.partner_entry import entry, entry_text
from gateway.settings import Address, load_divisions, load_settings
from gateway.trust.keys import load_keys

ORIGIN = "500114"
HEALTHY = ("500101", "500102", "500103", "500104", "500106", "500107")
FLOODING = "500108"
DEAD, TRICKLING, ALL = 30, 5, 90
SETTINGS = "\nlimits:\n  sweep_interval: 1s\n  stop_within: 5s\nlog:\n  level: warning\n"
QUICK = {"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"}
NOWHERE = 1
"""A port on which nobody listens."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Crowd:
    """The partners of the origin.

    Attributes:
        flooder: home folder of the partner that floods.
        files: partner files of the sick, not yet in the origin's folder: name → text.
    """

    sites: Mapping[str, Site]
    dead: Sequence[str]
    trickling: Sequence[str]
    flooder: Path
    files: Mapping[str, str]

    @property
    def origin(self) -> Site:
        """Where all cases are submitted."""
        return self.sites[ORIGIN]

    def let_sick_in(self) -> None:
        """Write the files of all sick and quiet partners."""
        for name, text in self.files.items():
            (self.origin.folder / "partners" / name).write_text(text, encoding="utf-8")


def agreement(ours: str, theirs: str) -> list[dict[str, Any]]:
    """Return what `ours` writes about its agreement with `theirs`."""
    first, second = sorted((ours, theirs))
    item = {"name": CARD_NAME, "basic": CARD, "modes": ["entrusted"], "directions": ["outward", "inward"]}
    return [
        {
            "number": f"示例通办协〔2026〕{first}-{second}号",
            "title": "跨省通办合作协议 (示例)",
            "valid_from": "2026-01-01",
            "valid_to": "2028-12-31",
            "our_scope": [ours],
            "their_scope": [theirs],
            "items": [item | {"powers": ["verify_originals", "deliver_result"]}],
        }
    ]


def gathered(folder: Path, slow_port: int) -> Crowd:
    """Make all homes and files.

    Args:
        slow_port: where the addresses of the trickling lead.
    """
    now = datetime.now(UTC) - timedelta(days=1)
    divisions = load_divisions()
    names = {code: f"示例{code}" for code in (ORIGIN, *HEALTHY)}
    sites = make_sites(
        folder / "sites",
        names,
        now=now,
        secret=secrets.token_bytes,
        agreements=agreement,
        retry=QUICK,
        extra_settings=SETTINGS,
    )
    others = [code for code in _codes() if code not in names and code != FLOODING][: ALL - len(HEALTHY) - 1]
    dead, trickling = others[:DEAD], others[DEAD : DEAD + TRICKLING]
    closed = free_ports(1)[0]
    files = {}
    for code in (FLOODING, *others):
        port = slow_port if code in trickling else closed
        home = _home(folder / "sick" / code, code, port, now, divisions)
        files[f"{code}-示例.yaml"] = _described(home, code, divisions)
        if code == FLOODING:
            _knows_origin(home, sites[ORIGIN], divisions)
    return Crowd(sites, dead, trickling, folder / "sick" / FLOODING, files)


def _codes() -> list[str]:
    """Counties and districts that ship as sample partners: no two of them overlap."""
    codes = sorted(file.name[:6] for file in (ROOT / "partners").glob("[0-9]*.yaml"))
    return [code for code in codes if not code.endswith("00")]


def _home(folder: Path, code: str, port: int, now: datetime, divisions: Divisions) -> Path:
    plan = Plan(
        region=code,
        name=f"示例{code}",
        peering=Address("127.0.0.1", port),
        local=Address("127.0.0.1", NOWHERE),
        endpoints=(Address("127.0.0.1", port),),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    return make_home(folder, plan, now=now, divisions=divisions, secret=secrets.token_bytes).folder


def _described(home: Path, code: str, divisions: Divisions) -> str:
    settings, findings = load_settings(home / "gateway.yaml", divisions)
    if settings is None:
        raise RuntimeError(f"{home}: {findings}")
    described = entry(settings, load_keys(settings.keys).keys)
    described["agreements"] = agreement(ORIGIN, code)
    return entry_text(described)


def _knows_origin(home: Path, origin: Site, divisions: Divisions) -> None:
    settings, _ = load_settings(origin.folder / "gateway.yaml", divisions)
    assert settings
    described = entry(settings, load_keys(settings.keys).keys)
    described["agreements"] = agreement(FLOODING, ORIGIN)
    (home / "partners" / f"{ORIGIN}-示例.yaml").write_text(entry_text(described), encoding="utf-8")
