"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

# How long drawing takes says how busy the machine is, and nothing about what is tested.
settings.register_profile("tongban", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tongban")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short path: a gateway's folder holds a Unix socket, whose path may have 107 bytes (sun_path)."""
    with TemporaryDirectory(prefix="tb-") as folder:
        yield Path(folder)
