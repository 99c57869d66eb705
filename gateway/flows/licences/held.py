"""The materials of a case that count now, read back in a transaction, and having their licences asked about soon.

An acceptance that came from outside (the origin accepted by a power it was granted, or silence did) is not preceded by a
look at licences here: no transaction waits for a source.  They are asked about at the next round instead, and what comes
of it is told in the feed; the decision looks again in any event.
"""

from datetime import datetime

from gateway.case.event.supplements import materials_now
from gateway.case.events import Supplemented
from gateway.case.model import Case, LicenceReference, Material
from gateway.case.states import Party
from gateway.flows.past import past_of
from gateway.flows.reading import read_case
from gateway.store import events, licence_checks
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault


def materials_of(tx: Transaction, vault: Vault, row: CaseRow, own_region: str) -> tuple[Case, tuple[Material, ...]]:
    """Return a case as it was opened, and the materials that count now."""
    opener = row.partner if row.party is Party.HANDLER else own_region
    opening = events.by_sequence(tx, row.case_id, opener, 1)
    if opening is None:
        raise LookupError(f"case {row.case_id} has no opening")
    case = read_case(tx, vault, opening)
    return case, materials_now(case, [one.event for one in past_of(tx, vault, row, Supplemented)])


def ask_soon(tx: Transaction, vault: Vault, row: CaseRow, own_region: str, now: datetime) -> None:
    """Have the licences of a case asked about at the next round."""
    _, materials = materials_of(tx, vault, row, own_region)
    for material in materials:
        if isinstance(material.form, LicenceReference):
            licence_checks.wait(tx, row.case_id, material.material_id, material.version, now)
