"""A form somebody began at a window outlives the page, the session and a restart, until it is sent or nobody wants it.

keep   what was typed so far, in place of what was kept before; encrypted, for its owner alone
find   one of them, to be filled in further; a stranger's is told like one that does not exist
of     all of a person's, the one changed last first
drop   one that was sent, or is not wanted

Bounds: `MOST` forms a person (the ones changed longest ago go), `LARGEST` bytes each (a larger one is not kept, which the page
says), `KEPT_FOR` after its last change, as long as its files wait for a case.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.staff import Person
from gateway.flows.materials.transfer import KEPT_WITHOUT_CASE
from gateway.store import drafts
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

KEPT_FOR = KEPT_WITHOUT_CASE
MOST = 20
LARGEST = 256 * 1024
"""Bytes of all that was typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was begun.

    Attributes:
        draft_id: token of the form, made with it.
        address: of the page it is filled in at, without anything of the applicant.
        title: what is applied for; `place`: name of the place that decides.
        values: every field with all its values.
    """

    draft_id: str
    address: str
    title: str
    place: str
    values: Mapping[str, Sequence[str]]
    changed_at: datetime

    def one(self, name: str) -> str:
        """Return the value of a field; empty when nothing was typed."""
        return next(iter(self.values.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Drafts:
    """The flows, bound to one gateway."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime]

    async def keep(self, person: Person, draft: Draft) -> bool:
        """Keep a form as it stands; False when it is too large to be kept."""
        said = {"address": draft.address, "title": draft.title, "place": draft.place}
        values = {name: list(values) for name, values in draft.values.items()}
        content = json.dumps({**said, "values": values}, ensure_ascii=False).encode("utf-8", "replace")
        if len(content) > LARGEST:
            return False
        now = draft.changed_at
        kept = drafts.Kept(draft.draft_id, content, now)

        def write(tx: Transaction) -> None:
            drafts.forget_ended(tx, now)
            drafts.keep(tx, self.vault, person.person_id, kept, now + KEPT_FOR, MOST)

        await self.database.write(write)
        return True

    async def find(self, person: Person, draft_id: str) -> Draft | None:
        """Return a form of a person; None when there is none of theirs."""
        now = self.clock()
        found = await self.database.read(lambda tx: drafts.find(tx, self.vault, person.person_id, draft_id, now))
        return _read(found) if found else None

    async def of(self, person: Person) -> list[Draft]:
        """Return the forms of a person, the one changed last first."""
        now = self.clock()
        found = await self.database.read(lambda tx: drafts.of_person(tx, self.vault, person.person_id, now))
        return [_read(one) for one in found]

    async def drop(self, person: Person, draft_id: str) -> None:
        """Forget a form; nothing happens when there is none."""
        await self.database.write(lambda tx: drafts.drop(tx, person.person_id, draft_id))


def _read(kept: drafts.Kept) -> Draft:
    said = json.loads(kept.content)
    return Draft(kept.draft_id, said["address"], said["title"], said["place"], said["values"], kept.changed_at)
