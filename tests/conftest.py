"""Fixtures for all tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

# How long drawing takes says how busy the machine is, and nothing about what is tested. The same tree gets the same
# examples, so a change is judged by what it changed; `make hunt` looks for new ones.
settings.register_profile("tongban", suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile(
    "hunt", settings.get_profile("tongban"), derandomize=False, max_examples=1000, print_blob=True
)
settings.load_profile(os.environ.get("TONGBAN_EXAMPLES", "tongban"))


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short path: a gateway's folder holds a Unix socket, whose path may have 107 bytes (sun_path)."""
    with TemporaryDirectory(prefix="tb-") as folder:
        yield Path(folder)
