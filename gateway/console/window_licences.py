"""Electronic licences looked up with the number that was typed for the applicant, and offered next to their row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.case.code.identifiers import CertificateKind, certificate_problems
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.licence_verdicts import Holder
from gateway.case.staff import Person
from gateway.case.texts import Lang, Text
from gateway.console.desk import Desk
from gateway.console.window_draft import CERTIFICATES, opened_at, own_number
from gateway.console.window_posted import Posted
from gateway.flows.licences.look_up import LookedUp, Wanted
from gateway.flows.people.window_offers import Demanded

LOOK = "look"
Looked = Mapping[str, LookedUp]
"""What was found, by the row it was looked up for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose licences: by which field their number was typed."""

    field: str
    holder: Holder
    kind: CertificateKind


async def look_up_row(desk: Desk, person: Person, demanded: Demanded, posted: Posted, row: str) -> Looked:
    """Look the licences of a row's kind up; a number that is missing or wrong is told next to its field instead.

    The only one that counts is chosen at once; of several the window chooses.
    """
    entries = demanded.definition.materials if demanded.definition else ()
    if not (row.isascii() and row.isdigit() and int(row) < len(entries) and entries[int(row)].licence_type_code):
        return {}
    asked = _asked(posted)
    wrong = certificate_problems(asked.kind, asked.holder.number, day_in_china(desk.clock()))
    if not asked.holder.number or wrong:
        problem = wrong[0].text if asked.holder.number else _MISSING
        posted.problems.append(FieldFinding(asked.field, problem, _FILL))
        return {}
    wanted = Wanted(asked.holder, entries[int(row)].licence_type_code, f"办理“{demanded.item.name}”")
    number = own_number(posted.one("form_token"), opened_at(posted, desk.clock()))
    done = await desk.window.looking_up.look_up(person, wanted, number)
    counting = [one for one in done.licences if one.problem is None]
    posted.values.pop(f"found.{row}", None)  # of an earlier look
    if len(counting) == 1:
        posted.values[f"licence.{row}"] = [counting[0].licence_id]
    return {row: done}


def looked_shown(looked: LookedUp | None, lang: Lang) -> dict[str, Any] | None:
    """Return what was found as the page shows it; None where nobody looked."""
    if looked is None:
        return None
    return {
        "word": looked.word.say(lang) if looked.word else "",
        "source": looked.source,
        "licences": [
            {
                "id": one.licence_id,
                "name": one.name,
                "issuer": one.issuer,
                "from": one.valid_from.isoformat() if one.valid_from else "",
                "to": one.valid_to.isoformat() if one.valid_to else "",
                "problem": one.problem.say(lang) if one.problem else "",
            }
            for one in looked.licences
        ],
    }


def _asked(posted: Posted) -> _Asked:
    if posted.one("applicant.kind") == "organisation":
        holder = Holder(posted.one("organisation.name"), posted.one("organisation.uscc"))
        return _Asked("applicant.uscc", holder, CertificateKind.USCC)
    kind = CERTIFICATES.get(posted.one("person.certificate_kind"), CertificateKind.OTHER)
    number = posted.one("person.certificate_number")
    return _Asked("applicant.certificate_number", Holder(posted.one("person.name"), number), kind)


_MISSING = Text("没有证件号码, 不能查证照", "without the number no licence can be looked up")
_FILL = Text("填写申请人的证件号码后再查", "give the applicant's number and look again")
