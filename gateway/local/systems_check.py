"""A whole folder of system files: read all, check all, report everything in file order.

Nothing goes live here; `keep_running` says what may.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, has_errors, in_order
from gateway.files.misread import with_misfits
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.local.mapping_file import compile_mapping
from gateway.local.system_file import May, Receives, SystemFile
from gateway.local.systems import System, Systems, TokenCredential

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class LoadedSystem:
    """A system and the tree it came from, whose lines later findings point to."""

    system: System
    tree: Tree


@dataclass(frozen=True, slots=True)
class CheckedSystems:
    """What a folder holds: every file, those without an error by file name, and everything wrong, in file order."""

    files: tuple[str, ...]
    good: Mapping[str, LoadedSystem]
    findings: Findings

    @property
    def systems(self) -> tuple[System, ...]:
        """The systems that may go live, in file order."""
        return tuple(loaded.system for loaded in self.good.values())

    @property
    def is_clean(self) -> bool:
        """Whether every file may go live."""
        return not has_errors(self.findings)


def check_systems(folder: Path, divisions: Divisions) -> CheckedSystems:
    """Read and check every system file in `folder`; names that begin with `_` or `.` are none.  Never raises for its content."""
    try:
        paths = sorted(path for path in folder.iterdir() if _is_system_file(path.name))
    except OSError:
        finding = Finding(
            str(folder),
            0,
            "",
            Text("系统文件夹打不开", "the folder of system files cannot be opened"),
            Text("检查路径和权限", "check the path and its rights"),
        )
        return CheckedSystems((), MappingProxyType({}), (finding,))
    alone: dict[str, LoadedSystem] = {}
    findings: list[Finding] = []
    for path in paths:
        name = f"{folder.name}/{path.name}"
        loaded, found = load_system(path, name, divisions)
        findings += found
        if loaded:
            alone[name] = loaded
    between = tuple(_conflicts(alone.values()))
    clashing = {finding.file for finding in between}
    good = {name: loaded for name, loaded in alone.items() if name not in clashing}
    files = tuple(f"{folder.name}/{path.name}" for path in paths)
    return CheckedSystems(files, MappingProxyType(good), in_order((*findings, *between)))


def load_system(path: Path, name: str, divisions: Divisions) -> tuple[LoadedSystem | None, Findings]:
    """Return the system in the file at `path`, called `name` in findings, and all findings of this file."""
    tree = read(path, name)
    if not isinstance(tree, Tree):
        return None, with_misfits(tree, path, SystemFile)
    mapping, findings = compile_mapping(tree, str(tree.data.get("name", path.stem)))
    shape = check(tree, SystemFile)
    if not isinstance(shape, SystemFile):
        return None, in_order((*shape, *findings))
    token, found = _token(shape, tree, path.parent)
    findings += [*found, *_alone(shape, tree, path, divisions)]
    if has_errors(findings):
        return None, in_order(findings)
    system = System(
        name=shape.name,
        title=shape.title,
        status=shape.status,
        keys=frozenset(shape.credential.keys),
        token=token,
        may=frozenset(shape.may),
        receives=shape.receives,
        events=None if shape.events is None else frozenset(shape.events),
        mapping=mapping,
        file=name,
    )
    return LoadedSystem(system, tree), in_order(findings)


def keep_running(before: Systems, checked: CheckedSystems) -> Systems:
    """Return what may go live: each good file as it is now, of a bad one the version that ran before; removed files end."""
    running = {system.file: system for system in before}
    names: set[str] = set()
    live: list[System] = []
    for file in checked.files:
        loaded = checked.good.get(file)
        system = loaded.system if loaded else running.get(file)
        if system and system.name not in names:
            names.add(system.name)
            live.append(system)
    return Systems.of(live, before.divisions)


def _is_system_file(name: str) -> bool:
    return name.endswith(SUFFIXES) and not name.startswith(("_", "."))


def _token(shape: SystemFile, tree: Tree, folder: Path) -> tuple[TokenCredential | None, list[Finding]]:
    entry = shape.credential.jwt
    if entry is None:
        return None, []
    at: KeyPath = ("credential", "jwt", "public_key")
    text = entry.public_key
    try:
        if "-----BEGIN" not in text:
            text = (folder / text).read_text(encoding="ascii")
        load_pem_public_key(text.encode())
    except (OSError, ValueError):
        finding = tree.finding(
            at,
            Text("公钥读不出来", "the public key cannot be read"),
            Text("写 PEM 文本, 或相对本文件的路径", "write PEM text, or a path relative to this file"),
        )
        return None, [finding]
    return TokenCredential(entry.issuer, entry.audience, entry.algorithm.value, text), []


def _alone(shape: SystemFile, tree: Tree, path: Path, divisions: Divisions) -> Iterator[Finding]:
    if shape.name != path.stem and not path.stem.startswith("_"):
        yield tree.finding(
            ("name",),
            Text(f"与文件名 {path.stem} 不同", f"it differs from the file name {path.stem}"),
            Text("文件名应为 name 加 .yaml", "name the file after `name`"),
        )
    if shape.receives and May.FEED not in shape.may:
        yield tree.finding(
            ("receives",),
            Text("能接收办件却没有 feed 权限", "it receives cases but may not read the feed"),
            Text("在 may 中加上 feed, 或删去 receives", "add `feed` to `may`, or delete `receives`"),
        )
    for number, rule in enumerate(shape.receives):
        for position, code in enumerate(rule.divisions):
            for problem in divisions.problems(code):
                at: KeyPath = ("receives", number, "divisions", position)
                yield tree.finding(at, problem.text, Text("按 GB/T 2260 核对代码", "check it against GB/T 2260"))


def _conflicts(files: Iterable[LoadedSystem]) -> Iterator[Finding]:
    loaded = tuple(files)
    keys: dict[str, list[LoadedSystem]] = defaultdict(list)
    ties: dict[tuple[str, str], list[LoadedSystem]] = defaultdict(list)
    for file in loaded:
        for key in file.system.keys:
            keys[key].append(file)
        if file.system.can_call:
            for pair in {(item, scope) for rule in file.system.receives for item, scope in _claims(rule)}:
                ties[pair].append(file)
    for sharing in keys.values():
        for file, others in _with_others(sharing):
            yield file.tree.finding(
                ("credential", "keys"),
                Text(f"这把密钥在 {others} 也登记了", f"this key is registered in {others} too"),
                Text("每个系统用自己的密钥", "give every system a key of its own"),
            )
    reported: set[tuple[str, str]] = set()
    for (item, scope), sharing in ties.items():
        for file, others in _with_others(sharing):
            if (file.tree.file, others) not in reported:
                reported.add((file.tree.file, others))
                yield file.tree.finding(
                    ("receives",),
                    Text(
                        f"与 {others} 同样接收 {item or '全部事项'} / {scope or '全部区划'}, 无法选择",
                        f"{others} receives {item or 'all items'} / {scope or 'all divisions'} too",
                    ),
                    Text("缩小其中一个的 items 或 divisions", "narrow `items` or `divisions` of one"),
                )


def _claims(rule: Receives) -> Iterator[tuple[str, str]]:
    items = rule.items or ("",)
    divisions = rule.divisions or ("",)
    for item in items:
        for scope in divisions:
            yield item, scope


def _with_others(files: list[LoadedSystem]) -> Iterator[tuple[LoadedSystem, str]]:
    for file in files:
        others = sorted({other.tree.file for other in files} - {file.tree.file})
        if others:
            yield file, ", ".join(others)
