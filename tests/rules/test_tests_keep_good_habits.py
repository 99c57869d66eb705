"""Tests are sentences, never wait, and stand fakes behind Protocols instead of patching what they test."""

import ast

import pytest

from tests.rules.rule_sources import modules_of_tests, named, parsed, used_names

FEWEST_WORDS = 3
WAITS = {"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep"}
PATCHERS = ("unittest.mock", "mock", "pytest_mock")
PATCHING = {"setattr", "delattr", "setitem", "delitem"}


def sleeps(tree: ast.Module) -> list[int]:
    """List the lines on which a test waits for real time."""
    return sorted({line for line, name in used_names(tree) if name in WAITS})


def patches(tree: ast.Module) -> list[int]:
    """List the lines on which a test swaps a part of a program for another behind its back."""
    imported = {
        line for line, name in used_names(tree) if name in PATCHERS or name.startswith(tuple(f"{p}." for p in PATCHERS))
    }
    swapped = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "monkeypatch"
        and node.attr in PATCHING
    }
    return sorted(imported | swapped)


def test_the_name_of_a_test_is_a_sentence():
    functions = [
        (path, node)
        for path in modules_of_tests()
        if path.name.startswith("test_")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert functions
    short = [
        f"{named(path)}:{node.lineno}: {node.name}"
        for path, node in functions
        if len(node.name.removeprefix("test_").split("_")) < FEWEST_WORDS
    ]
    assert short == [], "say what holds, so that the list of tests reads as what is promised"


def test_no_test_waits_for_real_time():
    found = [f"{named(path)}:{line}" for path in modules_of_tests() for line in sleeps(parsed(path))]
    assert found == [], "time is a parameter: move the clock, or await what is to happen"


def test_no_test_patches_what_it_tests():
    found = [f"{named(path)}:{line}" for path in modules_of_tests() for line in patches(parsed(path))]
    assert found == [], "write a fake that keeps the Protocol, and hand it in"


def test_no_two_test_files_share_a_name():
    # Programs beside the tests (faults, simulation) are packages of their own and may have the same rooms inside.
    names = [path.name for path in modules_of_tests() if path.name.startswith("test_")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize(
    "source", ["import time\ntime.sleep(1)", "from asyncio import sleep", "import asyncio as a\na.sleep(0)"]
)
def test_a_wait_is_found_under_any_name(source):
    assert sleeps(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "from unittest.mock import patch",
        "import unittest.mock",
        "def f(monkeypatch):\n    monkeypatch.setattr(a, 'b', c)",
    ],
)
def test_a_patch_is_found_in_every_form(source):
    assert patches(ast.parse(source))


def test_setting_the_environment_of_a_test_is_no_patch():
    assert (
        patches(ast.parse("def f(monkeypatch):\n    monkeypatch.setenv('LANG', 'C')\n    monkeypatch.chdir('/')")) == []
    )
