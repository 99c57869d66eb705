"""A listing reads like the job: small modules, telling names, a purpose at the top of each."""

import ast

from tests.rules.rule_sources import files_below, gateway_modules, modules_of_tests, named, parsed

LONGEST = 300
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "common",
    "helpers",
    "helper",
    "core",
    "managers",
    "manager",
    "services",
    "misc",
}


def test_no_module_is_longer_than_three_hundred_lines():
    modules = [*gateway_modules(), *files_below("bench", "*.py"), *files_below("protos", "*.py")]
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in modules}
    assert lengths, "no module was found"
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}, "split it by noun"


def test_no_file_or_folder_has_a_name_that_says_nothing():
    paths = [*gateway_modules(), *modules_of_tests(), *files_below("bench", "*.py")]
    silent = {
        named(path)
        for path in paths
        for part in named(path).removesuffix(".py").split("/")
        if part in NAMES_THAT_SAY_NOTHING
    }
    assert silent == set(), "name it after what it holds"


def test_every_module_of_the_gateway_says_what_it_is_for():
    mute = [named(path) for path in gateway_modules() if not ast.get_docstring(parsed(path))]
    assert mute == [], "begin it with a docstring: what it is for, what it guarantees, what it leaves to others"


def test_every_room_is_a_package_that_says_what_it_is_for():
    folders = {path.parent for path in gateway_modules()}
    assert [named(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
