"""Where packages come from is the machine's business: the build names none, and proves by hashes what it got."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.rules.rule_sources import ROOT, files_below, named

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = {"run": PROJECT["project"]["dependencies"], **PROJECT["dependency-groups"]}
ADDRESS = re.compile(
    r"\b(?:https?|ftp|git\+\w+|ssh|file)://(?!localhost|127\.0\.0\.1|[\w.-]+\.(?:invalid|example)\b)\S+"
)
REGISTRIES = [
    ".".join(name) for name in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmmirror", "com"))
]
LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)


def build_files():
    """List the files from which a build is made."""
    texts = [ROOT / "Makefile", ROOT / "pyproject.toml", *files_below(".ci", "*"), *files_below("requirements", "*")]
    return texts + [
        path for name in ("package*.json", ".npmrc", "*.lock", "buf*.yaml") for path in files_below(".", name)
    ]


def pins(group: str) -> dict[str, str]:
    """Give the locked version of each package of a group."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    return {str(canonicalize_name(found["name"])): found["version"] for found in LOCKED.finditer(text)}


def test_no_file_of_the_build_names_an_address():
    found = {f"{named(path)}: {match}" for path in build_files() for match in ADDRESS.findall(path.read_text("utf-8"))}
    assert found == set()


def test_no_file_names_a_package_registry():
    kinds = ("*.py", "*.toml", "*.txt", "*.json", "*.md", "*.yaml", "*.yml", "*.js", "*.cfg", "Makefile", "run")
    texts = {path: path.read_text("utf-8") for kind in kinds for path in files_below(".", kind)}
    assert [f"{named(path)}: {host}" for path, text in texts.items() for host in REGISTRIES if host in text] == []


@pytest.mark.parametrize("group", sorted(WANTED))
def test_every_locked_package_is_proved_by_a_hash(group):
    text = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line[0].isspace() and not line.startswith("#")]
    locked = list(LOCKED.finditer(text))
    assert len(lines) == len(locked) > 0, "a line is no `name==version`: options and addresses have no place here"
    assert [found["name"] for found in locked if "--hash=sha256:" not in found["rest"]] == []
    assert re.findall(r"^\s*--(?!hash=)\S+| @ ", text, re.MULTILINE) == []


@pytest.mark.parametrize("group", sorted(WANTED))
def test_the_locks_hold_what_the_project_asks_for(group):
    locked = pins("run") | pins(group)
    wanted = [Requirement(line) for line in WANTED[group]]
    stale = [
        str(requirement)
        for requirement in wanted
        if locked.get(canonicalize_name(requirement.name)) is None
        or not requirement.specifier.contains(locked[canonicalize_name(requirement.name)])
    ]
    assert stale == [], "run `make lock`"


def test_a_package_has_the_same_version_in_every_lock():
    versions: dict[str, set[str]] = {}
    for group in WANTED:
        for name, version in pins(group).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}, "run `make lock`"
