"""Bodies and systems for tests of the local door: right by default; a test changes one thing."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from gateway.case.code.divisions import DIVISIONS_FILE, Divisions
from gateway.case.errors import GatewayError
from gateway.local.systems import System
from gateway.local.systems_check import CheckedSystems, check_systems

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "tests/data/systems"
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""Tuesday, 10:00 in China."""


@cache
def divisions() -> Divisions:
    return Divisions.parse(files("gateway.case").joinpath(DIVISIONS_FILE).read_text(encoding="utf-8"))


@cache
def shipped() -> CheckedSystems:
    return check_systems(ROOT / "systems", divisions())


def shipped_system(name: str) -> System:
    return next(system for system in shipped().systems if system.name == name)


def sample(name: str = "zongchuang") -> dict[str, Any]:
    return copy.deepcopy(json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8")))


def sample_bytes(name: str = "zongchuang") -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def as_bytes(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def event(word: str = "accepted", **more: Any) -> dict[str, Any]:
    return {
        "event": word,
        "occurred_at": "2026-11-24T09:30:00+08:00",
        "actor": {"name": "示例经办", "division": "422802", "staff_number": "LC-7"},
        **more,
    }


def put(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set the value at a dotted path; `...` takes the key away."""
    *above, last = path.split(".")
    inner: Any = body
    for step in above:
        inner = inner[int(step) if step.isdigit() else step]
    if value is ...:
        del inner[last]
    else:
        inner[int(last) if last.isdigit() else last] = value
    return body


def refusal(call: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as told:
        call()
    return told.value


def paths(error: GatewayError) -> list[str]:
    return [finding.path for finding in error.findings]
