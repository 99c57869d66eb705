"""Which handed-in material answers which entry of an item's list.

In order: by the list's own code, by the type of electronic licence, by name after normalising.  Several files may answer one entry
(two sides of a card); of two entries with one name the first that has nothing yet gets the next.

Leaves to others: whether what was handed in is enough (`material_gaps`).
"""

from dataclasses import dataclass

from gateway.case.item.definition import ItemMaterial
from gateway.case.item.material_names import material_key, may_be_same
from gateway.case.model import LicenceReference, Material


@dataclass(frozen=True, slots=True)
class Handed:
    """A material of a case and its place in the case."""

    position: int
    material: Material


@dataclass(frozen=True, slots=True)
class Checklist:
    """The entries of a list with what answers each, and what answers none."""

    entries: tuple[tuple[ItemMaterial, tuple[Handed, ...]], ...]
    others: tuple[Handed, ...]

    def perhaps(self, entry: ItemMaterial) -> Handed | None:
        """Return what answers nothing and has a name like this entry's."""
        return next((one for one in self.others if may_be_same(one.material.name, entry.name)), None)


def answered(wanted: tuple[ItemMaterial, ...], materials: tuple[Material, ...]) -> Checklist:
    """Return the list with what answers it."""
    codes = {entry.list_code: at for at, entry in enumerate(wanted) if entry.list_code}
    keys = [material_key(entry.name) for entry in wanted]
    answers: list[list[Handed]] = [[] for _ in wanted]
    unnamed: list[Handed] = []
    others: list[Handed] = []
    for position, material in enumerate(materials):
        handed = Handed(position, material)
        if material.list_code in codes:
            answers[codes[material.list_code]].append(handed)
        else:
            (others if material.list_code else unnamed).append(handed)
    for handed in unnamed:
        at = _entry_of(handed.material, wanted, keys, answers)
        (others if at is None else answers[at]).append(handed)
    listed = tuple((entry, tuple(found)) for entry, found in zip(wanted, answers, strict=True))
    return Checklist(listed, tuple(sorted(others, key=lambda one: one.position)))


def _entry_of(
    material: Material, wanted: tuple[ItemMaterial, ...], keys: list[str], answers: list[list[Handed]]
) -> int | None:
    kind = material.form.type_code if isinstance(material.form, LicenceReference) else ""
    name = material_key(material.name)
    named = [at for at, key in enumerate(keys) if name and key == name]
    fitting = named or [at for at, entry in enumerate(wanted) if kind and entry.licence_type_code == kind]
    return next((at for at in fitting if not answers[at]), fitting[0] if fitting else None)
