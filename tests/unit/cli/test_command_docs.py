"""docs/commands.md lists the commands there are, each with its options, and the real exit codes."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.speech import ExitCode
from gateway.cli.tree import root

DOC = (Path(__file__).parents[3] / "docs/commands.md").read_text(encoding="utf-8")
EVERYWHERE = {"--lang", "--help", "--debug"}


def commands(group: click.Group, path: str = "tongban") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield f"{path} {name}", command
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def sections() -> dict[str, str]:
    parts = re.split(r"^## `(tongban [a-z -]+)`$", DOC, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_a_section_and_no_section_is_left_over() -> None:
    assert sorted(sections()) == sorted(path for path, _ in commands(root))


def test_every_option_stands_in_its_section() -> None:
    told = sections()
    for path, command in commands(root):
        there = {
            option
            for one in command.params
            if isinstance(one, click.Option)
            for option in one.opts
            if option.startswith("--")
        }
        listed = set(re.findall(r"--[a-z-]+", told[path].split("\n\n")[1]))
        assert listed == there - EVERYWHERE, path


def test_every_command_says_in_both_languages_what_it_does() -> None:
    for path, command in commands(root):
        first = (command.help or "").split("\n\n")[0]
        assert re.search(r"[\u4e00-\u9fff]", first), path
        assert re.search(r"[a-z]{3}", first), path


def test_the_exit_codes_are_the_real_ones() -> None:
    told = {int(code) for code in re.findall(r"^\| ([0-9]+) \|", DOC, flags=re.MULTILINE)}
    assert told == {*map(int, ExitCode), 130}
