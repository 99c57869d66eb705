"""A local system hands in what came back from the partner after a restore: it is the same case, and no second one is opened.

The system's request is lost with the store, so what it says is compared: the people, the form, the places, the times and the
materials.  The item is left out, because its name and version are written as the handler has them.
"""

from datetime import datetime

from gateway.case.model import Case, LicenceReference, Material, MaterialFile
from gateway.flows.reading import read_case
from gateway.store import audit, came_back, cases, events, feed
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault


def handed_in_again(
    tx: Transaction, vault: Vault, own_region: str, system: str, case: Case, request_sha256: bytes, now: datetime
) -> CaseRow | None:
    """Put a system in charge of the case it handed in before the restore, and return it; None when none is the same."""
    found = find_again(tx, vault, own_region, case)
    if found is None:
        return None
    came_back.give_to(tx, found.case_id, system, request_sha256, now)
    feed.hand_to(tx, system, found.case_id)
    audit.note(tx, now, f"system:{system}", "case.handed_in_again", found.case_id)
    return cases.find(tx, found.case_id)


def find_again(tx: Transaction, vault: Vault, own_region: str, case: Case) -> CaseRow | None:
    """Return the case of no system that says the same as one that is handed in; None when there is none."""
    for case_id in came_back.under(tx, case.origin_number):
        opening = events.by_sequence(tx, case_id, own_region, 1)
        if opening is not None and is_same(read_case(tx, vault, opening), case):
            return cases.find(tx, case_id)
    return None


def is_same(kept: Case, handed_in: Case) -> bool:
    """Whether a case that came back is the one a system hands in."""
    return _essence(kept) == _essence(handed_in)


def _essence(case: Case) -> tuple[object, ...]:
    return (
        case.origin_number,
        case.mode,
        case.applicant,
        case.agent,
        case.contacts,
        case.form_json,
        case.origin,
        case.handler,
        case.delivery,
        case.received_at_window,
        case.channel,
        case.summary,
        tuple(_material(one) for one in case.materials),
    )


def _material(material: Material) -> tuple[object, ...]:
    form = material.form
    if isinstance(form, MaterialFile):
        return material.material_id, material.name, form.sha256, form.size
    if isinstance(form, LicenceReference):
        # What it was verified as, and for what use, is written by us.
        return material.material_id, material.name, form.licence_id, form.type_code
    return material.material_id, material.name, form
