"""Licences before an act: verified again before 受理 and before 准予, and when a supplement brings new ones.

Outside any transaction:
1 look       the case as it stands; nothing is asked for an act that is refused anyway, or was answered already
2 verify     every licence that counts now: opening and supplements, newest versions
3 record     what came of it, whatever becomes of the act
In the transaction of the act:
4 refuse     what is not valid: LICENCE_INVALID.  不予受理, 不予 and 补正告知 are always possible
             the materials changed in between: STALE, so that nothing is granted on a licence nobody looked at

A source that is down lets the act go on; the licence stays 待核验 and is asked about again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.events import Accepted, Decided, Event, Supplemented
from gateway.case.kinds import Decision, Power
from gateway.case.lifecycle import possible
from gateway.case.model import Case, Material
from gateway.case.reasons import Reason
from gateway.case.states import Party
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR, Act, Ready
from gateway.flows.licences.at_window import LicencesAtWindow, need_valid, stamped, unverified
from gateway.flows.licences.held import materials_of
from gateway.flows.licences.verify import (
    Checked,
    Stage,
    all_said,
    invalid_findings,
    licences_among,
    record_checks,
)
from gateway.store import answers, cases
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

_NEXT = Text(
    "发补正告知请申请人提交有效证照或上传文件, 或作出不予受理、不予的决定",
    "ask for a licence in force or an upload in a supplement notice, or refuse",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stands, and the materials that count now."""

    row: CaseRow
    case: Case
    materials: tuple[Material, ...]


@dataclass(frozen=True, slots=True)
class LicenceGate:
    """The steps, bound to one gateway."""

    database: Database
    vault: Vault
    region: str
    window: LicencesAtWindow
    clock: Callable[[], datetime]

    async def before(self, deed: Act) -> Ready | None:
        """Verify the licences of a case that is to be accepted or granted; see `flows.act.Before`."""
        stage = _stage_of(deed)
        if stage is None:
            return None
        stands = await self.database.read(lambda tx: self._look(tx, deed))
        checks: tuple[Checked, ...] = ()
        if stands and licences_among(stands.materials):
            checks = await self.window.verify(stands.case, stands.materials)
            await self._record(deed, stage, checks)

        def refuse(tx: Transaction, row: CaseRow, _event: Event, _now: datetime) -> None:
            # While nothing happened to the case its materials are those that were looked at.
            if stands is None or _mark(stands.row) != _mark(row):
                held = materials_of(tx, self.vault, row, self.region)[1]
                if _licences(held) != _licences(stands.materials if stands else ()):
                    raise GatewayError(Reason.STALE, version=row.case_version)
            if found := invalid_findings(checks, _NEXT):
                raise GatewayError(Reason.LICENCE_INVALID, findings=found, detail=all_said(found))

        return refuse

    async def with_verified_supplement(self, deed: Act) -> Act:
        """Return an act whose new licences carry what was verified; anything else comes back as it is.

        Raises:
            GatewayError: BAD_REQUEST for wrong identifiers, LICENCE_INVALID.
        """
        happening = deed.happening
        if not isinstance(happening, Supplemented) or deed.corrects or not licences_among(happening.materials):
            return deed
        stands = await self.database.read(lambda tx: self._look(tx, deed))
        if stands is None:
            # Refused, or answered already; should it be possible after all, nobody looked at these licences.
            return _with_materials(deed, happening, unverified(happening.materials))
        self.window.need_identifiers(happening.materials)
        checks = await self.window.verify(stands.case, happening.materials)
        await self._record(deed, Stage.SUPPLEMENT, [one for one in checks if not invalid_findings([one], _NEXT)])
        need_valid(checks)
        return _with_materials(deed, happening, stamped(happening.materials, checks))

    def _look(self, tx: Transaction, deed: Act) -> Standing | None:
        """Return the case an act is about; None when the act is refused, or was answered, without asking anybody."""
        row = cases.find(tx, deed.case_id)
        if row is None or deed.system not in (row.system, OPERATOR):
            return None
        if deed.idempotency_key and answers.earlier(tx, deed.system, deed.idempotency_key):
            return None
        if deed.if_match is not None and deed.if_match != row.case_version:
            return None
        # The origin's own unanswered events are not in the standing yet, so what it may do is left to the act.
        if row.party is Party.HANDLER and type(deed.happening) not in possible(row.standing, row.party, row.powers):
            return None
        if row.party is Party.ORIGIN and Power.RECEIVE_AND_ACCEPT not in row.powers and _stage_of(deed):
            return None
        case, materials = materials_of(tx, self.vault, row, self.region)
        return Standing(row, case, materials)

    async def _record(self, deed: Act, stage: Stage, checks: Sequence[Checked]) -> None:
        now = self.clock()
        by = deed.actor_of_audit
        await self.database.write(lambda tx: record_checks(tx, self.vault, deed.case_id, stage, checks, by=by, now=now))


def _stage_of(deed: Act) -> Stage | None:
    # A correction moves nothing: neither acceptance nor decision is made anew.
    if deed.corrects:
        return None
    if isinstance(deed.happening, Accepted):
        return Stage.ACCEPTANCE
    if isinstance(deed.happening, Decided) and deed.happening.decision is Decision.GRANTED:
        return Stage.DECISION
    return None


def _with_materials(deed: Act, happening: Supplemented, materials: tuple[Material, ...]) -> Act:
    return replace(deed, happening=replace(happening, materials=materials))


def _mark(row: CaseRow) -> tuple[int, int, int]:
    """What moves whenever an event of either side comes to a case."""
    return row.case_version, row.our_sequence, row.their_sequence


def _licences(materials: Sequence[Material]) -> set[tuple[str, int, str]]:
    return {(one.material_id, one.version, reference.licence_id) for _, one, reference in licences_among(materials)}
