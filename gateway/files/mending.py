"""A file with mistakes, as far as it has the shape it should have: so that what lies behind them can be looked at too.

A misspelt key counts as the one that was meant, what does not fit is left out, and what is missing is filled with a stand-in.
The result serves to find more mistakes and nothing else.  What is found about anything that was left out or stood in for
(`Mended.holes`) is a guess upon a guess and not to be told.

Bounds: `ROUNDS` rounds, `MOST_MENDED` mistakes; beyond them nothing more is looked for.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic_core import ErrorDetails

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, Severity, key_text
from gateway.files.near_keys import key_meant
from gateway.files.schema_paths import Schema
from gateway.files.shapes import is_echo, schema_of, told, validated, written_path
from gateway.files.tree import Tree, Value
from gateway.files.wording import UNKNOWN_KEY

T = TypeVar("T")

ROUNDS = 8
MOST_MENDED = 60

StandIns = Mapping[str, Value]
"""What stands in for a required key that is missing or wrong, by key with `[]` for entries of lists."""


@dataclass(frozen=True, slots=True)
class MendedTree(Tree):
    """A tree whose keys and entries may stand elsewhere in the file than in `data`."""

    renamed: Mapping[tuple[int, str], str] = field(repr=False, default_factory=dict)
    """Key as written, by identity of the mapping and the key it has there."""
    left: Mapping[int, list[int]] = field(repr=False, default_factory=dict)
    """Positions as written of the entries that are left, by identity of the list."""

    def written(self, path: KeyPath, *, as_spelt: bool = False) -> KeyPath:
        """Return where the thing at `path` of `data` stands in the file; keys as they were meant, or as they are spelt."""
        value: Value = self.data
        found: KeyPath = ()
        for step in path:
            if isinstance(value, list) and isinstance(step, int):
                found = (*found, self.left[id(value)][step] if id(value) in self.left else step)
                value = value[step] if step < len(value) else None
            else:
                found = (*found, self.renamed.get((id(value), str(step)), step) if as_spelt else step)
                value = value.get(str(step)) if isinstance(value, dict) else None
        return found

    def line(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the nearest thing around it that is in the file."""
        where = self.written(path, as_spelt=True)
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def finding(self, path: KeyPath, problem: Text, fix: Text) -> Finding:
        """Return an error at `path`, named as it is written."""
        return Finding(self.file, self.line(path), key_text(self.written(path)), problem, fix)

    def warning(self, path: KeyPath, problem: Text, fix: Text) -> Finding:
        """Return a warning at `path`, named as it is written."""
        return Finding(self.file, self.line(path), key_text(self.written(path)), problem, fix, Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Mended(Generic[T]):
    """A file as far as it has its shape.

    Attributes:
        holes: keys that were left out or stood in for.
        findings: what does not fit below keys that were misspelt.
    """

    shape: T
    tree: MendedTree
    holes: frozenset[str]
    findings: Findings


def touches(key: str, other: str) -> bool:
    """Whether one key is the other, lies in it, or holds it."""
    return key == other or _within(key, other) or _within(other, key)


def mend(tree: Tree, shape: type[T], found: T | list[ErrorDetails], stand_ins: StandIns) -> Mended[T] | None:
    """Return what `tree` is as a `shape` once its mistakes are taken out; None when too little is left to say.

    Args:
        found: what `validated` said of it.
    """
    work = _Work(tree, schema_of(shape), stand_ins)
    below: list[Finding] = []
    for turn in range(ROUNDS):
        found = validated(work.data, shape) if turn else found
        if not isinstance(found, list):
            holes = frozenset(key_text(hole) for hole in work.holes)
            return Mended(found, work.mended(), holes, tuple(below))
        unseen = [error for error in found if work.is_unseen(written_path(work.data, error["loc"]))]
        below += told(work.mended(), shape, unseen)
        if not work.take_out(found):
            return None
    return None


@dataclass(slots=True)
class _Work:
    tree: Tree
    schema: Schema
    stand_ins: StandIns
    data: dict[str, Value] = field(init=False)
    holes: set[KeyPath] = field(init=False, default_factory=set)
    renamed: dict[tuple[int, str], str] = field(init=False, default_factory=dict)
    left: dict[int, list[int]] = field(init=False, default_factory=dict)
    meant: set[KeyPath] = field(init=False, default_factory=set)
    gone: list[Value] = field(init=False, default_factory=list)
    """What was taken out, kept so that no other thing gets its identity."""

    def __post_init__(self) -> None:
        self.data = deepcopy(self.tree.data)

    def mended(self) -> MendedTree:
        """Return the tree as it is now."""
        return MendedTree(self.tree.file, self.data, self.tree.lines, self.renamed, self.left)

    def is_unseen(self, path: KeyPath) -> bool:
        """Whether a path lies below a key that was misspelt, so that nobody has looked there before."""
        below = any(path[: len(one)] == one for one in self.meant)
        return below and self._written(path) not in self.holes

    def take_out(self, errors: list[ErrorDetails]) -> bool:
        """Mend what was found; False when that cannot be done."""
        paths = {written_path(self.data, error["loc"]): error for error in errors if not is_echo(error)}
        if len(self.holes) + len(paths) > MOST_MENDED:
            return False
        for path in [path for path, error in paths.items() if error["type"] in UNKNOWN_KEY]:
            self._rename(path)
            del paths[path]
        # From the end, so that positions in lists still hold.
        dropped: list[KeyPath] = []
        for path in sorted(paths, key=_from_the_end):
            if not path:
                return False
            if any(path[: len(one)] == one for one in dropped):
                continue
            if not paths[path]["type"].startswith("missing"):
                self._drop(path)
                dropped += [path]
            elif path not in self.meant:
                instead = self._fill(path)
                if not instead:
                    return False
                dropped += [instead]
        return True

    def _rename(self, path: KeyPath) -> None:
        near = key_meant(self.data, self.schema, path)
        holder = self._at(path[:-1])
        if not isinstance(holder, dict):
            return
        value = holder.pop(str(path[-1]))
        if near and near not in holder:
            holder[near] = value
            self.renamed[id(holder), near] = str(path[-1])
            self.meant.add((*path[:-1], near))
        else:
            self.holes.add(self._written(path))
            self.gone.append(value)

    def _drop(self, path: KeyPath) -> None:
        holder, step = self._at(path[:-1]), path[-1]
        self.holes.add(self._written(path))
        if isinstance(holder, dict):
            self.gone.append(holder.pop(str(step), None))
        elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
            left = self.left.setdefault(id(holder), list(range(len(holder))))
            self.gone.append(holder.pop(step))
            del left[step]

    def _fill(self, path: KeyPath) -> KeyPath:
        """Put the stand-in of a missing key there, or leave out the entry it belongs to; return which, () for neither."""
        pattern = "".join("[]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        holder = self._at(path[:-1])
        if pattern in self.stand_ins and isinstance(holder, dict):
            self.holes.add(self._written(path))
            holder[str(path[-1])] = deepcopy(self.stand_ins[pattern])
            return path
        around = path[:-1]
        while around and not isinstance(around[-1], int) and len(around) > 1:
            around = around[:-1]
        if around:
            self._drop(around)
        return around

    def _at(self, path: KeyPath) -> Value:
        value: Any = self.data
        for step in path:
            if isinstance(value, list):
                value = value[step] if isinstance(step, int) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        found: Value = value
        return found

    def _written(self, path: KeyPath) -> KeyPath:
        return self.mended().written(path)


def _from_the_end(path: KeyPath) -> tuple[object, ...]:
    return tuple((0, -step) if isinstance(step, int) else (1, step) for step in path)


def _within(key: str, other: str) -> bool:
    return key.startswith(other) and key[len(other) :][:1] in (".", "[")
