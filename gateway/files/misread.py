"""What does not fit in a file that cannot be read: told together with why it cannot be read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gateway.files.findings import Finding, Findings, in_order
from gateway.files.mending import touches
from gateway.files.reader import MAX_BYTES, Sight, see
from gateway.files.shapes import told, validated


def with_misfits(findings: Findings, path: Path, shape: type[Any]) -> Findings:
    """Return why the file at `path` cannot be read, and what of it, read as it was meant, does not fit a `shape`.

    Args:
        findings: what `read` said; returned as they are when nothing can be made of the file.
    """
    try:
        with path.open("rb") as stream:
            sight = see(stream.read(MAX_BYTES + 1), findings[0].file)
    except OSError:
        return findings
    if sight.tree is None:
        return findings
    found = validated(sight.tree.data, shape)
    return in_order((*findings, *untouched(told(sight.tree, shape, found) if isinstance(found, list) else (), sight)))


def spoiled_keys(sight: Sight) -> tuple[str, ...]:
    """Return the keys of a file that could not be read."""
    return tuple(finding.key for finding in sight.findings if finding.key)


def untouched(findings: Iterable[Finding], sight: Sight) -> Findings:
    """Return those of `findings` that are not about what could not be read."""
    spoiled = spoiled_keys(sight)
    return tuple(one for one in findings if not any(touches(one.key, key) for key in spoiled))
