"""Opening one case towards the region that decides it: prepared first, opened inside a write.

    prepare    (may wait)   route, what the handler demands, what the case lacks, its licences verified at their source
    open_case  (one write)  files, number, sealed envelope, case, event, evidence

Several prepared cases may be opened in one write, so that the parts of a joint case (多地联办) are taken over together
or not at all.  Leaves to others: answering a repeat, idempotency keys and audit (`submit`).
"""

import asyncio
import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.case.code.numbers import make_case_number
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.lifecycle import Standing, pass_on
from gateway.case.model import Case, MaterialFile, Organisation
from gateway.case.reasons import Reason
from gateway.case.states import Party, Passage, State
from gateway.case.texts import Text
from gateway.flows.clocks.timing import Timing, limits_of
from gateway.flows.items.catalogues import Catalogues, Demand
from gateway.flows.items.check_requirements import demand_of_handler, need_met
from gateway.flows.items.parity_checks import ParityChecks, ParityWarning
from gateway.flows.licences.at_window import LicencesAtWindow, need_valid, stamped
from gateway.flows.licences.verify import Checked, Stage, licences_among, note_checks, record_checks
from gateway.flows.owing import opening_row, owe_envelope
from gateway.flows.sealing import Sealer
from gateway.partners.item_names import as_handler_names_it
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.routes import Route, find_handler
from gateway.store import cases, events, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case that may be opened.

    Attributes:
        case: as it will be sealed but for its number; its item names the version that binds.
        demand: what the handler demands; nothing where it publishes no items.
        warnings: in what the two sides' definitions differ, where the agreement has that told.
        licences: what came of looking up its electronic licences.
    """

    case: Case
    route: Route
    demand: Demand
    warnings: tuple[ParityWarning, ...] = ()
    licences: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseOpening:
    """What opening cases needs, bound to one gateway.

    Attributes:
        restored: whether the store was restored from a backup, so that cases may have come back (`hand_in_again`).
    """

    database: Database
    vault: Vault
    registry: Registry
    divisions: Divisions
    redirects: Redirects
    sealer: Sealer
    catalogues: Catalogues
    timing: Timing
    parity: ParityChecks
    licences: LicencesAtWindow
    draw: Callable[[int], int]
    restored: bool = False

    async def prepare(self, case: Case, now: datetime) -> Prepared:
        """Find who decides a case and check it against what they demand; nothing is kept and nothing leaves.

        Raises:
            GatewayError: BAD_REQUEST with findings, the reasons of `partners.routes` and `flows.items.check_requirements`;
                LICENCE_INVALID; PARITY_BLOCKED.
        """
        route = self._route(case, now)
        item = as_handler_names_it(case.item, route.permit)
        case = case if item is case.item else replace(case, item=item)
        self.licences.need_identifiers(case.materials)
        demand, licences = await self._demand_met(case, route, now)
        warnings = await self.parity.warnings(
            case,
            route.permit,
            demand.definition,
            place=route.place,
            on=day_in_china(case.received_at_window),
        )
        if demand.definition:
            case = replace(case, item=replace(case.item, version=demand.definition.version))
        if licences:
            case = replace(case, materials=stamped(case.materials, licences))
        return Prepared(case, route, demand, warnings, licences)

    async def _demand_met(self, case: Case, route: Route, now: datetime) -> tuple[Demand, tuple[Checked, ...]]:
        """Return what the handler demands and what the licences came to, looked up while the rest is checked."""
        looking_up = None
        if licences_among(case.materials):
            looking_up = asyncio.create_task(self.licences.verify(case, case.materials))
        try:
            demand = await demand_of_handler(self.catalogues, case, route, now)
            lacking = None
            try:
                need_met(case, demand, route, self.licences.callable_types())
            except GatewayError as error:
                if error.reason is not Reason.REQUIREMENTS_NOT_MET:
                    raise
                lacking = error
            licences = await looking_up if looking_up else ()
        finally:
            if looking_up:
                looking_up.cancel()
        try:
            need_valid(licences, lacking)
        except GatewayError:
            # There will be no case to write it down with, and a look at somebody's licence leaves a trace in any event.
            by, number = f"gateway:{self.sealer.region}", case.origin_number
            await self.database.write(lambda tx: note_checks(tx, number, Stage.SUBMISSION, licences, by=by, now=now))
            raise
        return demand, licences

    def open_case(
        self,
        tx: Transaction,
        prepared: Prepared,
        *,
        system: str,
        now: datetime,
        request_sha256: bytes = b"",
        traceparent: str = "",
        holder: str = "",
    ) -> CaseRow:
        """Give a prepared case its number, seal it and owe it to the handler; return its row.

        Args:
            holder: who uploaded its files; empty for `system`.

        Raises:
            GatewayError: BAD_REQUEST naming the files that the holder did not upload.
        """
        holder = holder or system
        need_files(tx, holder, prepared.case)
        case = prepared.case.numbered(make_case_number(self.sealer.region, now, self.draw))
        made = self.sealer.envelope(
            case,
            recipient=prepared.route.partner.code,
            case_id=case.number,
            sequence=1,
            now=now,
            traceparent=traceparent,
        )
        row = self._opened(case, prepared, system, request_sha256, now)
        cases.add(tx, row)
        record_checks(tx, self.vault, case.number, Stage.SUBMISSION, prepared.licences, by=f"system:{system}", now=now)
        region = self.sealer.region
        events.add(tx, opening_row(case.number, made.object_id, region, version=None, now=now))
        owe_envelope(
            tx,
            self.vault,
            made,
            row=row,
            own_region=region,
            sequence=1,
            files=case.files(),
            now=now,
            uploaded_by=holder,
        )
        return row

    def _route(self, case: Case, now: datetime) -> Route:
        own_region = self.sealer.region
        if not self.divisions.belongs_to(case.origin.division, own_region):
            finding = FieldFinding(
                "origin.division",
                Text("收件地不在本地区内", "the origin is not within this region"),
                Text(f"填写 {own_region} 内的区划代码", f"give a division code within {own_region}"),
            )
            raise GatewayError(Reason.BAD_REQUEST, findings=(finding,), count=1)
        return find_handler(
            self.registry.current(),
            item=case.item.basic_code,
            mode=case.mode,
            our_division=case.origin.division,
            handler_division=case.handler.division,
            on=day_in_china(now),
            divisions=self.divisions,
            own_region=own_region,
            redirects=self.redirects,
            item_name=case.item.name,
        )

    def _opened(self, case: Case, prepared: Prepared, system: str, request_sha256: bytes, now: datetime) -> CaseRow:
        route = prepared.route
        row = CaseRow(
            case_id=case.number,
            party=Party.ORIGIN,
            partner=route.partner.code,
            agreement=route.permit.agreement,
            powers=route.permit.powers,
            system=system,
            origin_number=case.origin_number,
            handler_number="",
            basic_code=case.item.basic_code,
            item_name=case.item.name,
            mode=case.mode.value,
            origin_division=case.origin.division,
            handler_division=case.handler.division,
            standing=pass_on(Standing.at(State.RECEIVED), Passage.OWED),
            case_version=0,
            our_sequence=1,
            their_sequence=0,
            request_sha256=request_sha256 or hashlib.sha256(case.form_json.encode()).digest(),
            applicant_key=applicant_key(self.vault, case),
            name_key=name_key(self.vault, case.applicant.name),
            private=private_name(self.vault, case),
            opened_at=now,
            changed_at=now,
            joint_parent=case.joint_parent,
            item_version=prepared.demand.definition.version if prepared.demand.definition else 0,
        )
        return self.timing.begun(row, case, limits_of(case, prepared.demand.definition, route.permit))


def private_name(vault: Vault, case: Case) -> bytes:
    """Return the applicant's name, encrypted for the case's row."""
    return vault.seal(case.applicant.name.encode(), f"cases|private|{case.number}".encode())


def applicant_key(vault: Vault, case: Case) -> bytes:
    """Return the keyed hash under which the applicant's cases are found."""
    applicant = case.applicant
    number = applicant.uscc if isinstance(applicant, Organisation) else applicant.certificate_number
    return vault.lookup(number.encode(), b"applicant")


def name_key(vault: Vault, name: str) -> bytes:
    """Return the keyed hash under which cases are found by the applicant's name; blanks, width and case do not count."""
    plain = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    return vault.lookup(plain.encode(), b"applicant name") if plain else b""


def need_files(tx: Transaction, holder: str, case: Case) -> None:
    """Refuse a case of which a file was not uploaded by this system or person.

    Raises:
        GatewayError: BAD_REQUEST naming every such material.
    """
    lacking = possessions.missing(tx, possessions.of_system(holder), case.files())
    if not lacking:
        return
    digests = {file.sha256 for file in lacking}
    findings = [
        FieldFinding(
            f"materials[{n}].sha256",
            Text(f"材料“{material.name}”的文件还没有上传", f"the file of material {material.name} is not uploaded"),
            Text("先用 PUT /v1/materials/{sha256} 上传, 再提交", "upload it with PUT /v1/materials/{sha256} first"),
        )
        for n, material in enumerate(case.materials)
        if isinstance(material.form, MaterialFile) and material.form.sha256 in digests
    ]
    raise GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))
