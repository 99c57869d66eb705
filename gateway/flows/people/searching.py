"""People search for cases, and take lists of them along: only those of their own place and side, names masked.

search   by number, name, certificate number, item, partner, state and days; that it was done is in the audit, by which of
         these, never with the name or number that was typed; counted up to 10,000
export   the same for a stated reason, at most 10,000 rows: what has more is not cut off but refused, so that nobody takes a
         part for the whole
name     older cases, from before names were hashed, get their hash, some at a time

A name and a certificate number are found by their keyed hash, so only whole ones.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.case.texts import Text
from gateway.flows.look import Listed
from gateway.flows.open_case import name_key
from gateway.flows.people.seeing_cases import SeeingCases
from gateway.store import audit, cases
from gateway.store.case_lists import Counted, Filter, Mark
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

MOST_EXPORTED = 10_000
MOST_COUNTED = 10_000
A_PIECE = 500
"""Cases that are read at once for an export, so that others are answered in between."""
_ITEM, _PARTNER = re.compile(r"[0-9A-Z]{12}", re.ASCII), re.compile(r"[0-9]{6}", re.ASCII)
SHORTEST_REASON, LONGEST_REASON = 4, 200
NAMED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for; empty fields do not narrow.

    Attributes:
        number: co-operation number, or the one either side gave; name, id_number: whole, as they were typed.
        opened_from, opened_to: from the one on, before the other.
    """

    number: str = ""
    name: str = ""
    id_number: str = ""
    basic_code: str = ""
    partner: str = ""
    state: str = ""
    opened_from: datetime | None = None
    opened_to: datetime | None = None

    @property
    def told(self) -> str:
        """What the audit keeps: everything but what was typed of a person."""
        days = {"from": self.opened_from, "to": self.opened_to}
        # Whatever is no code may be a name that was typed into the wrong field.
        item = self.basic_code if not self.basic_code or _ITEM.fullmatch(self.basic_code) else "?"
        partner = self.partner if not self.partner or _PARTNER.fullmatch(self.partner) else "?"
        said = {"item": item, "partner": partner, "state": self.state}
        named = [
            word for word, value in (("number", self.number), ("name", self.name), ("id", self.id_number)) if value
        ]
        open_words = [f"{word}={value}" for word, value in said.items() if value]
        open_words += [f"{word}={at.date().isoformat()}" for word, at in days.items() if at]
        return " ".join(["by", *named, *open_words]) if named or open_words else "all"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found.

    Attributes:
        cases: the newest first.
        reached: where the bounded look for this page ended (`store.case_lists`), older cases not looked at yet; None at the end.
        counted: how many there are altogether; None for any page but the first.
    """

    cases: list[Listed]
    reached: Mark | None
    counted: Counted | None


@dataclass(frozen=True, slots=True)
class Searching:
    """The flows, bound to one gateway."""

    database: Database
    vault: Vault
    seeing: SeeingCases
    clock: Callable[[], datetime]

    async def search(
        self, person: Person, sought: Sought, limit: int, after: Mark | None = None, view: str = ""
    ) -> Found:
        """Return cases a person may see, the newest first.

        Args:
            after: (opened_at, case_id) of the last one seen.
            view: the saved view that is run, for the audit.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT.
        """
        wanted = self._filter(sought)
        counted = None if after else await self.seeing.count(person, wanted, MOST_COUNTED)
        found, reached = await self.seeing.page(person, replace(wanted, after=after), limit)
        outcome = f"{counted.cases}{'+' if counted.more else ''}" if counted else str(len(found))
        await self._note(person, "case.searched", outcome, f"{sought.told}{f' view={view}' if view else ''}")
        return Found(found, reached, counted)

    async def export(self, person: Person, sought: Sought, reason: str, kind: str) -> list[Listed]:
        """Return every case a person may see of these, and note that they were taken along.

        Args:
            kind: of file, such as `csv`; for the audit.

        Raises:
            GatewayError: BAD_REQUEST without a reason of 4 to 200 characters, or when there are more than 10,000.
        """
        reason = stated(reason)
        wanted = self._filter(sought)
        found: list[Listed] = []
        while True:
            piece, reached = await self.seeing.page(person, wanted, A_PIECE)
            found += piece
            if len(found) > MOST_EXPORTED:
                raise GatewayError(Reason.BAD_REQUEST, findings=[_TOO_MANY], count=1)
            if len(piece) == A_PIECE:
                row = piece[-1][0]
                reached = (row.opened_at, row.case_id)
            if reached is None:
                break
            wanted = replace(wanted, after=reached)
        await self._note(person, "case.exported", str(len(found)), f"{kind} {sought.told}; {reason}")
        return found

    async def name_some(self) -> int:
        """Hash the names of some older cases; return how many those were, 0 when there is none left."""

        def some(tx: Transaction) -> int:
            found = cases.unnamed(tx, NAMED_AT_ONCE)
            for case_id, private in found:
                plain = self.vault.open(private, f"cases|private|{case_id}".encode()).decode()
                cases.name(tx, case_id, name_key(self.vault, plain) or _NO_NAME)
            return len(found)

        return await self.database.write(some)

    def _filter(self, sought: Sought) -> Filter:
        number = "".join(sought.id_number.split()).upper()
        return Filter(
            number=sought.number,
            name_key=name_key(self.vault, sought.name),
            applicant_key=self.vault.lookup(number.encode(), b"applicant") if number else b"",
            basic_code=sought.basic_code,
            partner=sought.partner,
            state=sought.state,
            opened_from=sought.opened_from,
            opened_to=sought.opened_to,
        )

    async def _note(self, person: Person, act: str, outcome: str, detail: str) -> None:
        now, actor = self.clock(), f"person:{person.person_id}"
        await self.database.write(lambda tx: audit.note(tx, now, actor, act, "cases", outcome, detail))


def stated(reason: str) -> str:
    """Return a reason in one line.  Raises BAD_REQUEST for one that is not 4 to 200 characters."""
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_REASON], count=1)
    return reason


_NO_NAME = b"\0"
"""Key of a name that has nothing to be found by; no look-up hash is that short."""
_NO_REASON = FieldFinding(
    "reason",
    Text("没有写原因", "there is no reason"),
    Text(
        f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字, 会记入审计",
        f"{SHORTEST_REASON} to {LONGEST_REASON} characters; the audit keeps them",
    ),
)
_TOO_MANY = FieldFinding(
    "export",
    Text(f"超过 {MOST_EXPORTED:,} 行", f"more than {MOST_EXPORTED:,} rows"),
    Text("用日期、事项或地区缩小范围, 分几次导出", "narrow it by day, item or region, and export in parts"),
)
