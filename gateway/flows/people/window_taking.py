"""A person at a window takes an application in (收件) and forwards it, through the same flow as local systems (`flows.submit`).

1 judge    what was typed becomes a case by the rules every local system's case is held to (`Judge`)
2 hold     it is held against what the handler demands, also while 1 found something, so that everything is told at once
3 submit   route, files, licences, number, envelope, evidence: one transaction; the audit names the person
4 hand out the slip (收件凭证) with the query code; shown in full, and noted as shown

Guarantees that one form makes one case: its own number is made with the form, and the same form sent twice gets the same answer.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.requirements import gaps, power_gaps
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.states import Party
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR
from gateway.flows.look import CaseView, Looking
from gateway.flows.people.same_form import counted_once
from gateway.flows.people.seeing_cases import may_see
from gateway.flows.people.window_offers import Demanded
from gateway.flows.query_codes import query_code_of
from gateway.flows.submit import Submission, Submit, Submitted
from gateway.store import audit, feed, possessions
from gateway.store.database import Database
from gateway.trust.vault import Vault

Judge = Callable[[Mapping[str, Any], str], Case | Sequence[FieldFinding]]
"""The case that canonical data and the text of its form describe, or everything wrong with them; supplied by `app`."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form said.

    Attributes:
        data: the case as canonical data, without its form.
        form_json: exact text of the form.
        rough: the case as far as it can be made of what was typed, to be held against what is demanded.
        findings: what the page itself found wrong.
    """

    data: Mapping[str, Any]
    form_json: str
    rough: Case
    findings: tuple[FieldFinding, ...] = ()

    @property
    def digest(self) -> bytes:
        """Digest of all of it, to know the same again."""
        written = json.dumps(self.data, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(f"{written}\n{self.form_json}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Slip:
    """A 收件凭证: the case as it was taken in, and the code with which the applicant may follow it."""

    view: CaseView
    query_code: str


@dataclass(frozen=True, slots=True)
class WindowTaking:
    """The flows, bound to one gateway."""

    database: Database
    vault: Vault
    looking: Looking
    judge: Judge
    submit: Submit
    clock: Callable[[], datetime]

    def check(self, demanded: Demanded, typed: Typed) -> Case:
        """Return the case, ready to be submitted.

        Raises:
            GatewayError: BAD_REQUEST with everything wrong, in the order of the form's parts.
        """
        judged = self.judge({**typed.data, "form": {}}, typed.form_json)
        found: list[FieldFinding] = list(typed.findings)
        found += () if isinstance(judged, Case) else judged
        case = judged if isinstance(judged, Case) else typed.rough
        found += self._lacking(demanded, case)
        if found or not isinstance(judged, Case):
            told = tuple(dict.fromkeys(found))
            raise GatewayError(Reason.BAD_REQUEST, findings=told, count=len(told))
        return judged

    async def take_in(self, person: Person, demanded: Demanded, typed: Typed) -> Submitted:
        """Take an application in; on disk and owed to the handler when this returns.  Safe to repeat.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT; FORM_USED; what `check` and `flows.submit` raise.
        """
        if not person.may(Right.TAKE_IN):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)
        case = self.check(demanded, typed)
        by = f"person:{person.person_id}"
        holder = possessions.uploader(person.person_id)
        return await counted_once(self.submit(Submission(feed.CONSOLE, case, typed.digest, by=by, holder=holder)))

    async def slip(self, person: Person, case_id: str, *, shape: str = "") -> Slip:
        """Return the slip of a case taken in at this person's place, and note that it was shown.

        Args:
            shape: word for the audit, such as `pdf`; empty for the page.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side; CONTENT_REMOVED.
        """
        view = await self.looking.look_at_case(OPERATOR, case_id)
        if view.row.party is not Party.ORIGIN or not may_see(person, view.row):
            raise GatewayError(Reason.CASE_UNKNOWN)
        now, actor, detail = self.clock(), f"person:{person.person_id}", f"slip {shape}".strip()
        await self.database.write(lambda tx: audit.note(tx, now, actor, "document.shown", case_id, detail=detail))
        return Slip(view, query_code_of(self.vault, case_id))

    def _lacking(self, demanded: Demanded, case: Case) -> tuple[FieldFinding, ...]:
        place = Text(demanded.route.place, demanded.route.place)
        found = power_gaps(case, demanded.powers, place)
        if demanded.definition:
            facts = {"callable_types": demanded.callable_types, "powers": demanded.powers}
            found += gaps(case, demanded.definition, place=place, **facts)  # type: ignore[arg-type]
        return found
