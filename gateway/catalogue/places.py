"""Where the fields of a definition stand in its tables, so that a finding about a field names its cell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.case.errors import FieldFinding
from gateway.catalogue.report import Origin

_PATH = re.compile(r"(?P<root>[a-z_]+)(?P<at>\[[0-9]+\])?(?:\.(?P<leaf>[a-z_]+))?")


@dataclass(slots=True)
class Places:
    """The origins of one definition: its own row, and the rows of its parts."""

    item: Origin
    _parts: dict[str, tuple[Origin, Mapping[str, str]]] = field(default_factory=dict)

    def put(self, path: str, origin: Origin, renamed: Mapping[str, str] = MappingProxyType({})) -> None:
        """Say that the part at `path` came from `origin`, whose columns have the names in `renamed` for some fields."""
        self._parts[path] = (origin, renamed)

    def of(self, found: FieldFinding) -> tuple[str, int, str]:
        """Return file, row and key of the cell a finding is about."""
        match = _PATH.match(found.path)
        root, at, leaf = (match["root"], match["at"] or "", match["leaf"] or "") if match else (found.path, "", "")
        part = self._parts.get(root + at)
        if part is None:
            return self.item.file, self.item.row, self.item.key(root)
        origin, renamed = part
        return origin.file, origin.row, origin.key(renamed.get(leaf, renamed.get("", leaf)))

    @staticmethod
    def root(found: FieldFinding) -> str:
        """Return the field of the definition a finding is about."""
        match = _PATH.match(found.path)
        return match["root"] if match else found.path
