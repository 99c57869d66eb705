"""Both READMEs say the same, name only what exists, and their steps lead to a gateway that may start."""

import json
import re
import shlex
import tomllib
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from gateway.cli.demo_stories import STORIES
from gateway.cli.tree import COMMANDS, root, run
from gateway.peering.served import RPC_OF
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
BOTH = (ENGLISH, CHINESE)
CHANGELOG = ROOT / "CHANGELOG.md"
MOST_LINES = 200
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)
HOME = "/srv/tongban"

each_readme = pytest.mark.parametrize("page", BOTH, ids=lambda page: page.name)
each_page = pytest.mark.parametrize("page", [*BOTH, CHANGELOG], ids=lambda page: page.name)
Captured = pytest.CaptureFixture[str]


def read(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(page: Path, language: str | None = None) -> list[str]:
    """Return the code blocks of a page, of one language or of all."""
    return [text for named, text in BLOCK.findall(read(page)) if language in (None, named)]


def prose(page: Path) -> str:
    return BLOCK.sub("", read(page))


def spans(page: Path) -> list[str]:
    """Return what stands in backquotes, outside of code blocks."""
    return SPAN.findall(prose(page))


def links(page: Path) -> list[str]:
    return LINK.findall(SPAN.sub("", prose(page)))


def shown_commands(page: Path, program: str) -> list[list[str]]:
    """Return every call of a program in a page, in words, from code blocks and from within the text."""
    lines = [line for block in blocks(page) for line in block.splitlines()]
    calls = [shlex.split(one, comments=True) for one in (*lines, *spans(page)) if re.match(rf"{program}\b", one)]
    return [words[1:] for words in calls]


def described(words: list[str]) -> list[str]:
    """Return what is wrong with one call of `tongban`: no such command, no such option."""
    command: click.Command = root
    context = click.Context(root, info_name="tongban")
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            return [f"tongban {shlex.join(words)}: no command {name}"]
        command = found
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [
        f"tongban {shlex.join(words)}: no option {word}"
        for word in rest
        if word.startswith("--") and word.partition("=")[0] not in options
    ]


def layers() -> list[set[str]]:
    """Return the rooms that are there, from the top down, as the check of imports knows them."""
    rules = ConfigParser()
    rules.read(ROOT / ".importlinter", "utf-8")
    section = next(one for one in rules.sections() if rules.get(one, "type", fallback="") == "layers")
    there = {path.parent.name for path in (ROOT / "gateway").glob("*/__init__.py")}
    rows = (set(re.findall(r"\w+", line)) & there for line in rules.get(section, "layers").splitlines())
    return [row for row in rows if row]


def test_both_readmes_have_the_same_headings_in_the_same_places():
    english, chinese = ([len(marks) for marks in HEADING.findall(prose(page))] for page in BOTH)
    assert english == chinese
    assert english.count(1) == 1


def test_both_readmes_show_the_same_code():
    english, chinese = (BLOCK.findall(read(page)) for page in BOTH)
    assert english == chinese
    assert english


def test_both_readmes_name_the_same_commands_files_and_pages():
    english, chinese = (sorted(set(spans(page))) for page in BOTH)
    assert english == chinese
    to_each_other = {ENGLISH.name, CHINESE.name}
    assert set(links(ENGLISH)) - to_each_other == set(links(CHINESE)) - to_each_other
    assert CHINESE.name in links(ENGLISH)
    assert ENGLISH.name in links(CHINESE)


@each_readme
def test_the_two_commands_that_set_themselves_up_come_first(page):
    assert blocks(page)[0].split("\n") == ["make demo", "make test", ""]


@each_readme
def test_every_make_target_and_option_shown_exists(page):
    makefile = read(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    options = set(re.findall(r"\$\(([A-Z]+)\)", makefile))
    words = [word for call in shown_commands(page, "make") for word in call]
    assert {"demo", "test", "check", "bench"} <= set(words)
    assert {word for word in words if "=" not in word} - targets == set()
    assert {word.partition("=")[0] for word in words if "=" in word} - options == set()


@each_readme
def test_every_tongban_command_and_option_shown_exists(page):
    calls = shown_commands(page, "tongban")
    assert {call[0] for call in calls if call} >= {"init", "partners", "check", "serve"}
    assert [wrong for call in calls for wrong in described([word for word in call if word != ">"])] == []


@each_readme
def test_the_program_that_stands_for_tongban_is_made_with_the_environment(page):
    (program,) = (span for span in spans(page) if span.endswith("/tongban") and span.startswith(".venv"))
    assert program in read(ROOT / "Makefile")


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("partners wed", "no command wed"),
        ("federate --home x", "no command federate"),
        ("serve --port=1", "no option --port=1"),
    ],
)
def test_a_command_that_does_not_exist_would_be_found(call, wrong):
    assert described(call.split()) == [f"tongban {call}: {wrong}"]


@each_page
def test_every_link_leads_to_a_file(page):
    lost = [
        target
        for target in links(page)
        if not re.match(r"[a-z]+:", target) and not (ROOT / unquote(target).partition("#")[0]).exists()
    ]
    assert lost == []


@each_readme
def test_every_page_for_readers_is_in_the_table_of_documents(page):
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert there - set(links(page)) == set()


@each_readme
def test_the_agreement_and_the_steps_lead_to_two_gateways_whose_files_pass(page, tmp_path: Path, capsys: Captured):
    asked, invite, add = (
        shown for shown in shown_commands(page, "tongban") if {"init", "invite", "add"} & {*shown[:2]}
    )
    pair = ("422800", "500114")
    folders = {region: tmp_path / region for region in pair}
    (agreement,) = blocks(page, "yaml")
    digits = {}
    for region, folder in folders.items():
        other = {"422800": "500114", "500114": "422800"}
        swapped = region != "422800"
        ports = ["--peering", "127.0.0.1:0", "--local", "127.0.0.1:0", "--yes"]
        assert run([*_said_by(asked, other if swapped else {}, folder), *ports]) == 0
        terms = agreement
        if swapped:
            terms = agreement.replace("our_scope: [422800]", "our_scope: [500114]").replace(
                "their_scope: [500114]", "their_scope: [422800]"
            )
        (folder / "partners" / f"_{other[region]}.yaml").write_text(terms, encoding="utf-8")
        capsys.readouterr()
        file = str(tmp_path / f"from-{region}.yaml")
        assert run([*_said_by(invite, other if swapped else {}, folder), "--output", file, "--json"]) == 0
        digits[region] = json.loads(capsys.readouterr().out)["fingerprint"]
    for ours, theirs in (pair, pair[::-1]):
        words = [*add[:2], str(tmp_path / f"from-{theirs}.yaml"), "--home", str(folders[ours])]
        assert run([*words, "--fingerprint", digits[theirs], "--yes", "--no-test"]) == 0
        assert run(["partners", "check", "--home", str(folders[ours])]) == 0
        assert run(["check", "--home", str(folders[ours])]) == 0
    assert f"_{pair[1]}.yaml" in read(page)


def _said_by(words: list[str], other: dict[str, str], folder: Path) -> list[str]:
    """The words of a command as the region says them, in its folder."""
    return [str(folder) if word == HOME else other.get(word, word) for word in words]


@each_readme
def test_the_excerpt_of_the_demo_keeps_to_what_the_demo_prints(page):
    (excerpt,) = (block for block in blocks(page, "text") if '"stories"' in block)
    lines = excerpt.splitlines()
    titles = [line for line in lines if line.startswith("(")]
    assert set(titles) <= set(STORIES)
    assert lines[-1] == f'{{"stories": {len(STORIES)}, "passed": {len(STORIES)}, "failed": 0}}'


@each_readme
def test_the_table_of_rooms_is_the_order_of_imports(page):
    (head,) = re.findall(r"^\| (?:room|房间) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", read(page), re.MULTILINE)
    rows = [set(SPAN.findall(line.split("|")[1])) for line in head.splitlines()]
    assert rows == layers()


@each_page
def test_calls_said_to_be_missing_are_those_that_no_flow_stands_behind(page):
    declared = {method.name for method in exchange_service_pb2.DESCRIPTOR.services_by_name["ExchangeService"].methods}
    said = "".join(re.findall(r"([^.。]*)UNIMPLEMENTED", read(page)))
    assert declared & set(SPAN.findall(said)) == declared - set(RPC_OF.values())


@each_readme
def test_a_readme_says_business_cooperation_and_what_is_not_certified(page):
    text = read(page)
    assert "业务协同" in text
    assert "数据交换" not in text
    assert {"密评", "示例"} <= set(re.findall(r"密评|示例", text))
    assert len(text.splitlines()) < MOST_LINES


def test_the_changelog_tells_of_this_version_and_counts_what_is_there():
    text = read(CHANGELOG)
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\] - ", text, re.MULTILINE)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
    samples = [path for path in (ROOT / "partners").glob("*.yaml") if not path.name.startswith("_")]
    assert f"{len(samples)} sample places" in text
    (commands,) = re.findall(r"^- Commands (.+)\.$", text, re.MULTILINE)
    assert SPAN.findall(commands) == list(COMMANDS)
