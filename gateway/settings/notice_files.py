"""The sentences of notices: the files that ship, and those in the operator's folder, which take their place one by one.

    gateway/settings/notices/acceptance.yaml     ships, to be copied and changed
    notices/acceptance.yaml                      beside gateway.yaml; the whole file counts instead of the one that ships

Every finding reads `file:line: key: problem` with a fix: a place that names no fact, a brace too many, a file that
is no kind of notice.

Leaves to others: what a sentence becomes (`gateway.case.notice`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.case.notice.facts import FACTS
from gateway.case.notice.kinds import UNNUMBERED, NoticeKind
from gateway.case.notice.wording import Wording, Wordings, places_of
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, has_errors, in_order
from gateway.files.misread import with_misfits
from gateway.files.numbers import Flag
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree

SHIPPED = Path(__file__).parent / "notices"
SUFFIX = ".yaml"
MOST_LINES = 40
LONGEST = 1000

Sentence = Annotated[str, Field(max_length=LONGEST)]
Lines = Annotated[tuple[Sentence, ...], Field(max_length=MOST_LINES)]
Label = Annotated[str, Field(min_length=1, max_length=40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFile:
    """One kind of notice; places for facts stand in braces, such as `{applicant}`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    title: Label
    """Stands at the top, such as 受理通知书."""
    letters: Annotated[str, Field(max_length=10)] = ""
    """类别字 of its number, such as 受; empty for a paper without one."""
    opening: Sentence = ""
    """Whom it speaks to."""
    facts: Annotated[dict[Label, Sentence], Field(max_length=MOST_LINES)] = field(default_factory=dict)
    """Lines of the table at the top."""
    before: Lines = ()
    """Paragraphs before what is listed."""
    after: Lines = ()
    """Paragraphs behind what is listed."""
    basis: Sentence = ""
    """What `{basis}` says for 行政许可."""
    basis_other: Sentence = ""
    """What `{basis}` says for every other type of item."""
    remedies: Lines = ()
    """行政复议 and 行政诉讼, where the applicant is refused (行政许可法 art. 38)."""
    seal: Sentence = "{seal}"
    """What stands where the seal belongs; no seal is drawn."""
    signs: Annotated[tuple[Label, ...], Field(max_length=10)] = ()
    """Lines to be signed by hand."""
    keeps_blank: Flag = False
    """Whether a line of the table without its fact stays, to be filled in by hand."""


def load_wordings(folder: Path | None) -> tuple[Wordings, Findings]:
    """Return the sentences of every kind of notice, and everything wrong with the operator's files.

    A file with an error does not count; the one that ships does.

    Args:
        folder: the operator's; None, or one that is not there, holds nothing.
    """
    wordings = {kind: _shipped(kind) for kind in NoticeKind}
    findings: list[Finding] = []
    for path in _files(folder):
        tree = read(path, f"{path.parent.name}/{path.name}")
        shape = check(tree, NoticeFile) if isinstance(tree, Tree) else with_misfits(tree, path, NoticeFile)
        if not isinstance(tree, Tree) or not isinstance(shape, NoticeFile):
            findings += shape if isinstance(shape, tuple) else ()
            continue
        kind = _kind(path)
        found = tuple(_findings(tree, shape, kind))
        findings += found
        if kind and not has_errors(found):
            wordings[kind] = _wording(shape)
    return wordings, in_order(findings)


def _shipped(kind: NoticeKind) -> Wording:
    tree = read(SHIPPED / f"{kind.value}{SUFFIX}")
    shape = check(tree, NoticeFile) if isinstance(tree, Tree) else None
    assert isinstance(shape, NoticeFile), f"the file of {kind.value} that ships was damaged"
    return _wording(shape)


def _wording(shape: NoticeFile) -> Wording:
    return Wording(
        title=shape.title,
        letters=shape.letters,
        opening=shape.opening,
        facts=shape.facts,
        before=shape.before,
        after=shape.after,
        basis=shape.basis,
        basis_other=shape.basis_other,
        remedies=shape.remedies,
        seal=shape.seal,
        signs=shape.signs,
        keeps_blank=shape.keeps_blank,
    )


def _files(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and path.name[0] not in "_.")


def _kind(path: Path) -> NoticeKind | None:
    return next((kind for kind in NoticeKind if kind.value == path.stem), None)


def _findings(tree: Tree, shape: NoticeFile, kind: NoticeKind | None) -> Iterator[Finding]:
    if kind is None:
        near = get_close_matches(
            tree.file.rpartition("/")[2].removesuffix(SUFFIX), [one.value for one in NoticeKind], 1
        )
        names = near or [one.value for one in NoticeKind]
        said = "、".join(f"{name}{SUFFIX}" for name in names)
        problem = Text("没有这种文书", "there is no such notice")
        yield Finding(
            tree.file, 0, "", problem, Text(f"文件名用 {said}", f"name the file {', '.join(names)} + {SUFFIX}")
        )
        return
    for path, sentence in _wording(shape).sentences():
        yield from _places(tree, path, sentence)
    if kind not in UNNUMBERED and not shape.letters:
        yield tree.warning(
            ("letters",),
            Text("没有写类别字, 这种文书不编文号", "without letters this notice gets no number"),
            Text("写一个类别字, 如 受", "write letters, such as 受"),
        )
    if kind in (NoticeKind.NON_ACCEPTANCE, NoticeKind.DENIED) and not shape.remedies:
        yield tree.finding(
            ("remedies",),
            Text(
                "没有告知行政复议和行政诉讼的权利 (行政许可法第三十八条)", "remedies are not told (行政许可法 art. 38)"
            ),
            Text("抄回自带文件里的 remedies", "copy remedies from the file that ships"),
        )


def _places(tree: Tree, path: tuple[str | int, ...], sentence: str) -> Iterator[Finding]:
    try:
        names = places_of(sentence)
    except ValueError:
        yield tree.finding(
            path,
            Text("大括号不成对, 或里面不是事实的名称", "a brace is not closed, or holds no name of a fact"),
            Text("写成 {applicant} 这样", "write it like {applicant}"),
        )
        return
    for name in names:
        if name not in FACTS:
            near = get_close_matches(name, FACTS, 1)
            fix = Text(f"是不是 {{{near[0]}}}", f"did you mean {{{near[0]}}}") if near else _SEE
            yield tree.finding(path, Text(f"没有事实 {{{name}}}", f"there is no fact {{{name}}}"), fix)


_SEE = Text("名称见 docs/documents.md", "docs/documents.md lists the names")
