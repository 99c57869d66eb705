"""The vendored files beside the pages: their addresses carry a digest of their bytes, so that a browser may keep them for ever.

    /static/{digest}/{name}    the file, kept for a year; another digest leads to the right address, which nobody keeps

After an upgrade a page names other addresses, and nobody works with yesterday's script.  Read once, at the start: what an upgrade
puts in their place while the gateway runs never stands under an address made for other bytes.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

STATIC = Path(str(files("gateway.console").joinpath("static")))
FOR_EVER = "public, max-age=31536000, immutable"
DIGITS = 16
"""Hexadecimal digits of the SHA-256 that stand in an address."""
PATH = "/static/{digest}/{name}"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file; `digest` is of its bytes."""

    content: bytes
    content_type: str
    digest: str


def _read(file: Path) -> StaticFile:
    content = file.read_bytes()
    kind = mimetypes.types_map.get(file.suffix, "application/octet-stream")
    return StaticFile(content, kind, hashlib.sha256(content).hexdigest()[:DIGITS])


STATIC_FILES: Mapping[str, StaticFile] = {one.name: _read(one) for one in STATIC.iterdir() if one.is_file()}
"""By name."""


def static_address(name: str) -> str:
    """Return the address of a file.  Raises KeyError for a name that is none of ours: a mistake in a template."""
    return PATH.format(digest=STATIC_FILES[name].digest, name=name)
