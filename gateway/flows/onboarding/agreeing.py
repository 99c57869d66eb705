"""Which agreements go into a partner file: what they propose, and what we have written down for them, side by side.

What we have is the present file of the partner, or else our draft: `_<code>.yaml` beside the partner files, with the key
`agreements` alone, as a partner file has it.  Equal terms are kept as we wrote them.  Where a term that binds both differs, a person
chooses; nothing is decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, has_errors, in_order
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree, Value
from gateway.partners.agreement_rules import findings
from gateway.partners.introduction import Introduction
from gateway.partners.limits import STRICT
from gateway.partners.load import Loaded, Surroundings
from gateway.partners.mirrored import OWN, mirrored, turned
from gateway.partners.schema import PartnerFile, Status
from gateway.partners.side_by_side import Term, differing, side_by_side
from gateway.partners.terms import Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What we mean to agree with a region that is no partner yet."""

    __pydantic_config__ = STRICT

    agreements: Annotated[tuple[Agreement, ...], Field(min_length=1)]


class Side(Enum):
    """Whose text of the agreements is taken."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Written:
    """Agreements as a file of ours has them."""

    tree: Tree
    agreements: tuple[Agreement, ...]

    @property
    def data(self) -> tuple[Mapping[str, Value], ...]:
        """As text by key."""
        return _mappings(self.tree.data)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreements of the file to be made.

    Attributes:
        written: as text by key, from our point of view.
        tree: the file they came from.
        terms: both sides, term by term.
        side: whose text was taken.
        both: whether both sides have agreements.
        must_choose: they differ, and nobody has said yet which to take: ours stand here meanwhile.
    """

    written: tuple[Value, ...]
    tree: Tree
    terms: tuple[Term, ...]
    side: Side
    both: bool = False
    must_choose: bool = False

    @property
    def note(self) -> str:
        """Where they came from, as a comment."""
        if self.side is Side.THEIRS:
            return "对方提出, 已换成本方角度 / proposed by them, seen from our side"
        if self.both and not differing(self.terms):
            return "本方写的, 与对方提出的一致 / ours, equal to what they propose"
        return "本方写的 / ours"


def draft_file(folder: Path, code: str) -> Path:
    """Return where our draft for a region lies."""
    return folder / f"_{code}.yaml"


def read_draft(path: Path, name: str, code: str, around: Surroundings) -> Written | Findings | None:
    """Return the draft in a file called `name` in findings, or what is wrong with it; None when there is none.

    Args:
        code: of the region it is for.
    """
    if not path.is_file():
        return None
    tree = read(path, name)
    if not isinstance(tree, Tree):
        return tree
    draft = check(tree, Draft)
    if not isinstance(draft, Draft):
        return draft
    # The rules of agreements ask nothing of a partner file but its code.
    stands_for = PartnerFile(code=code, name=code, short_name=code, status=Status.PAUSED, agreements=draft.agreements)
    found = in_order(findings(stands_for, tree, around.divisions, around.own_region, around.redirects))
    return found if has_errors(found) else Written(tree, draft.agreements)


def written_in(loaded: Loaded) -> Written:
    """Return the agreements of a partner file."""
    return Written(loaded.tree, loaded.partner.agreements)


def agree(
    introduction: Introduction, told: Tree, ours: Written | None, side: Side | None, divisions: Divisions
) -> Agreed | Finding:
    """Return which agreements go into the partner file, or that there are none.

    Args:
        told: the introduction as it reads.
        side: whose text to take where the two differ.
    """
    theirs = tuple(mirrored(one) for one in _mappings(told.data))
    if not theirs and ours is None:
        return told.finding(
            ("agreements",),
            Text("对方没有提出协议, 本方也没有草稿", "they propose no agreement and we have no draft"),
            Text(
                f"照 partners/_example.yaml 把 agreements 写进 partners/_{introduction.code}.yaml 再运行一次; 或请对方带上协议",
                f"write agreements into partners/_{introduction.code}.yaml, as in _example.yaml, and run it again;"
                " or ask them for a proposal",
            ),
        )
    turned_theirs = tuple(turned(one) for one in introduction.agreements)
    terms = side_by_side(ours.agreements if ours else (), turned_theirs, divisions)
    if ours is None:
        return Agreed(theirs, told, terms, Side.THEIRS)
    if not theirs:
        return Agreed(_plain(ours), ours.tree, terms, Side.OURS)
    differ = bool(differing(terms))
    if side is Side.THEIRS and differ:
        return Agreed(_with_own(theirs, ours.data), told, terms, Side.THEIRS, both=True)
    return Agreed(_plain(ours), ours.tree, terms, Side.OURS, both=True, must_choose=differ and side is None)


def _plain(ours: Written) -> tuple[Value, ...]:
    return tuple({key: value for key, value in one.items() if value is not None} for one in ours.data)


def _with_own(theirs: Sequence[dict[str, Value]], ours: Sequence[Mapping[str, Value]]) -> tuple[Value, ...]:
    """Return their agreements, each with what we alone decide about the one of the same number."""
    own = {one.get("number"): {key: one[key] for key in OWN if key in one} for one in ours}
    return tuple({**one, **own.get(one.get("number"), {})} for one in theirs)


def _mappings(data: Mapping[str, Value]) -> tuple[Mapping[str, Value], ...]:
    listed = data.get("agreements")
    return tuple(one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()
