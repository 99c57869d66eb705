"""材料一致: whether two regions demand the same materials for an item.

Materials are paired by normalised name, then by licence type, then by list code, then by a name that is near.  Codes come late
because each region numbers its own list; a pair by code alone whose names are far apart counts as two materials.  What is
paired and how does not depend on which side is ours.

Source: the fields GB/T 39554.2-2020 has for a material; the severities are this module's own, each said in `why`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

from gateway.case.item.definition import ItemMaterial, MaterialShape, Need
from gateway.case.item.differences import NOT_STATED, NOTHING, Difference, Dimension, Severity, word
from gateway.case.item.material_gaps import wanted_text
from gateway.case.item.material_names import likeness, material_key, may_be_same
from gateway.case.item.words import NEED_TEXT, SHAPE_TEXT, SOURCE_TEXT
from gateway.case.texts import Text

_MOST_NEAR = 40
"""Unpaired materials on a side up to which names are compared with one another; lists that differ more are told as such."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One material on both sides; or on one, the other is None."""

    ours: ItemMaterial | None
    theirs: ItemMaterial | None

    @property
    def subject(self) -> str:
        """The name it goes by; of two the one that sorts first, so that both sides say the same."""
        return min(one.name for one in (self.ours, self.theirs) if one)


def materials_differ(ours: tuple[ItemMaterial, ...], theirs: tuple[ItemMaterial, ...]) -> Iterator[Difference]:
    """Yield the differences between two lists, by name of the material."""
    for pair in sorted(paired(ours, theirs), key=lambda pair: (pair.subject, pair.ours is None)):
        if pair.ours and pair.theirs:
            yield from _both(pair.subject, pair.ours, pair.theirs)
        else:
            yield _one_side(pair)


def paired(ours: tuple[ItemMaterial, ...], theirs: tuple[ItemMaterial, ...]) -> tuple[Pair, ...]:
    """Return every material of both lists in exactly one pair."""
    left, right = dict(enumerate(ours)), dict(enumerate(theirs))
    pairs: list[Pair] = []
    for candidates in (_the_same, _same_name, _same_licence, _same_code, _near_name):
        for at, other in sorted(candidates(left, right), key=lambda two: _closeness(left[two[0]], right[two[1]])):
            if at in left and other in right:
                pairs.append(Pair(left.pop(at), right.pop(other)))
    return (*pairs, *(Pair(one, None) for one in left.values()), *(Pair(None, other) for other in right.values()))


_Side = Mapping[int, ItemMaterial]
"""Materials of one list that have no pair yet, by their place."""


def _closeness(one: ItemMaterial, other: ItemMaterial) -> tuple[float, str, str]:
    """Return what sorts closer pairs first, whichever side is ours."""
    first, second = sorted((repr(one), repr(other)))
    return -likeness(one.name, other.name), first, second


def _with_one_key(left: _Side, right: _Side, key: Callable[[ItemMaterial], Hashable]) -> list[tuple[int, int]]:
    """Return the pairs that have the same key; an empty one pairs nothing."""
    by_key: dict[Hashable, list[int]] = defaultdict(list)
    for other, material in right.items():
        by_key[key(material)].append(other)
    by_key.pop("", None)
    return [(at, other) for at, material in left.items() for other in by_key.get(key(material), ())]


def _the_same(left: _Side, right: _Side) -> list[tuple[int, int]]:
    return _with_one_key(left, right, lambda material: material)


def _same_name(left: _Side, right: _Side) -> list[tuple[int, int]]:
    return _with_one_key(left, right, lambda material: material_key(material.name))


def _same_licence(left: _Side, right: _Side) -> list[tuple[int, int]]:
    return _with_one_key(left, right, lambda material: material.licence_type_code)


def _same_code(left: _Side, right: _Side) -> list[tuple[int, int]]:
    found = _with_one_key(left, right, lambda material: material.list_code)
    return [two for two in found if may_be_same(left[two[0]].name, right[two[1]].name, share_a_code=True)]


def _near_name(left: _Side, right: _Side) -> list[tuple[int, int]]:
    if len(left) > _MOST_NEAR or len(right) > _MOST_NEAR:
        return []
    return [
        (at, other)
        for at, material in left.items()
        for other, candidate in right.items()
        if may_be_same(material.name, candidate.name)
    ]


def _one_side(pair: Pair) -> Difference:
    material = pair.ours or pair.theirs
    assert material, "a pair has at least one material"
    serious = material.need is Need.REQUIRED
    why = (
        Text(
            "只有一方要求的必要材料: 申请人在一地要多交",
            "required by one side only: applicants have to bring more there",
        )
        if serious
        else Text("只有一方列出, 不是必要材料", "listed by one side only, and not required")
    )
    said = wanted_text(material)
    ours, theirs = (said, NOTHING) if pair.ours else (NOTHING, said)
    severity = Severity.SERIOUS if serious else Severity.MINOR
    return Difference(Dimension.MATERIALS, "material", ours, theirs, severity, why, pair.subject)


def _both(subject: str, ours: ItemMaterial, theirs: ItemMaterial) -> Iterator[Difference]:
    def differ(field: str, say: Callable[[ItemMaterial], Text], severity: Severity, why: Text) -> Difference:
        return Difference(Dimension.MATERIALS, field, say(ours), say(theirs), severity, why, subject)

    if material_key(ours.name) != material_key(theirs.name):
        yield differ("name", lambda one: word(one.name), Severity.NOTE, _PERHAPS_SAME)
    if ours.need is not theirs.need:
        required = Need.REQUIRED in {ours.need, theirs.need}
        yield differ(
            "need",
            lambda one: NEED_TEXT[one.need],
            Severity.SERIOUS if required else Severity.MINOR,
            _NEED_SERIOUS if required else _NEED_MINOR,
        )
    if ours.source is not theirs.source:
        yield differ("source", lambda one: SOURCE_TEXT[one.source], Severity.MINOR, _SOURCE)
    if ours.shape is not theirs.shape:
        either = MaterialShape.EITHER in {ours.shape, theirs.shape}
        yield differ(
            "shape",
            lambda one: SHAPE_TEXT[one.shape],
            Severity.MINOR if either else Severity.SERIOUS,
            _SHAPE_MINOR if either else _SHAPE_SERIOUS,
        )
    if ours.originals != theirs.originals:
        none = 0 in {ours.originals, theirs.originals}
        yield differ(
            "originals",
            lambda one: word(str(one.originals)),
            Severity.SERIOUS if none else Severity.MINOR,
            _ORIGINALS_SERIOUS if none else _COUNT,
        )
    if ours.copies != theirs.copies:
        yield differ("copies", lambda one: word(str(one.copies)), Severity.MINOR, _COUNT)
    if material_key(ours.standard) != material_key(theirs.standard):
        yield differ("standard", lambda one: word(one.standard), Severity.NOTE, _STANDARD)
    if ours.licence_type_code != theirs.licence_type_code:
        both = bool(ours.licence_type_code and theirs.licence_type_code)
        yield differ(
            "licence_type_code",
            lambda one: word(one.licence_type_code) if one.licence_type_code else NOT_STATED,
            Severity.SERIOUS if both else Severity.MINOR,
            _LICENCE_SERIOUS if both else _LICENCE_MINOR,
        )


_PERHAPS_SAME = Text(
    "可能是同一材料, 名称写法不同, 请核对", "perhaps the same material under another name: have a look"
)
_NEED_SERIOUS = Text("一方必要, 另一方不是", "required by one side and not by the other")
_NEED_MINOR = Text("都不是必要材料, 写法不同", "required by neither, put differently")
_SOURCE = Text("材料来源不同", "it comes from another source")
_SHAPE_SERIOUS = Text("一方只收纸质, 另一方只收电子件", "one side takes paper only, the other files only")
_SHAPE_MINOR = Text("一方两种都收, 另一方只收一种", "one side takes both forms, the other one only")
_ORIGINALS_SERIOUS = Text("一方要原件, 另一方不要", "one side wants originals, the other none")
_COUNT = Text("份数不同", "another number of them")
_STANDARD = Text(
    "受理标准的文字不同, 请核对是否有实质差别", "the acceptance standard is worded differently: have a look"
)
_LICENCE_SERIOUS = Text(
    "对应的电子证照类型不同, 不能互认", "other licence types stand in, so neither is taken in the other place"
)
_LICENCE_MINOR = Text("只有一方可用电子证照免提交", "only one side lets an electronic licence stand in")
