"""A local system hands over an application that another region decides.

1 route      find the partner by the handler's division; refuse what no agreement covers
2 repeat     the same again gets the same answer; another body under the same number is refused
3 materials  every file must have been uploaded by this system
4 number     give the co-operation number and seal the opening envelope
5 keep       case, event, envelope, evidence, audit: one transaction
6 wake       a hint that something is owed
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.days import day_in_china
from gateway.case.divisions import Divisions
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.lifecycle import Standing, pass_on
from gateway.case.model import Case, MaterialFile, Organisation
from gateway.case.numbers import make_case_number
from gateway.case.reasons import Reason
from gateway.case.states import Party, Passage, State
from gateway.case.texts import Text
from gateway.flows.owing import opening_row, owe_envelope
from gateway.flows.sealing import Sealer
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.routes import Route, find_handler
from gateway.store import answers, audit, cases, events, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Submission:
    """What a local system hands over.

    Attributes:
        system: name of the local system.
        case: the case, still without a number; `origin_number` is the system's own.
        request_sha256: digest of the request, to know the same again.
    """

    system: str
    case: Case
    request_sha256: bytes
    idempotency_key: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission; the same for a repeat but for `repeated`."""

    case_id: str
    state: State
    opened_at: datetime
    partner: str
    repeated: bool


Submit = Callable[[Submission], Awaitable[Submitted]]


async def submit(
    submission: Submission,
    *,
    database: Database,
    vault: Vault,
    registry: Registry,
    divisions: Divisions,
    redirects: Redirects,
    sealer: Sealer,
    clock: Callable[[], datetime],
    draw: Callable[[int], int],
    wake: Callable[[str], None],
) -> Submitted:
    """Take over a case; when this returns it is on disk and will be handed over.  Safe to repeat.

    Raises:
        GatewayError: BAD_REQUEST with findings, the reasons of `partners.routes`, CASE_TAKEN, KEY_REUSED.
    """
    now = clock()
    route = _route_or_error(submission.case, registry, divisions, redirects, sealer.region, now)

    def take(tx: Transaction) -> Submitted:
        if earlier := _earlier(tx, submission, now):
            return earlier
        if isinstance(route, GatewayError):
            raise route
        _check_materials(tx, submission)
        case = replace(submission.case, number=make_case_number(sealer.region, now, draw))
        made = sealer.envelope(
            case,
            recipient=route.partner.code,
            case_id=case.number,
            sequence=1,
            now=now,
            traceparent=submission.traceparent,
        )
        row = _opened(case, submission, route, vault, now)
        cases.add(tx, row)
        events.add(tx, opening_row(case.number, made.object_id, sealer.region, version=None, now=now))
        owe_envelope(tx, vault, made, row=row, own_region=sealer.region, sequence=1, files=case.files(), now=now)
        if submission.idempotency_key:
            answers.remember(
                tx, submission.system, submission.idempotency_key, submission.request_sha256, case.number, now
            )
        audit.note(tx, now, f"system:{submission.system}", "case.submit", case.number, detail=row.partner)
        return Submitted(case.number, row.standing.state, now, row.partner, repeated=False)

    done = await database.write(take)
    wake(done.partner)
    return done


def private_name(vault: Vault, case: Case) -> bytes:
    """Return the applicant's name, encrypted for the case's row."""
    return vault.seal(case.applicant.name.encode(), f"cases|private|{case.number}".encode())


def applicant_key(vault: Vault, case: Case) -> bytes:
    """Return the keyed hash under which the applicant's cases are found."""
    applicant = case.applicant
    number = applicant.uscc if isinstance(applicant, Organisation) else applicant.certificate_number
    return vault.lookup(number.encode(), b"applicant")


def _route_or_error(
    case: Case, registry: Registry, divisions: Divisions, redirects: Redirects, own_region: str, now: datetime
) -> Route | GatewayError:
    # A repeat is answered as before whatever the agreements say today, so the refusal waits.
    try:
        if not divisions.is_within(case.origin.division, own_region):
            finding = FieldFinding(
                "origin.division",
                Text("收件地不在本地区内", "the origin is not within this region"),
                Text(f"填写 {own_region} 内的区划代码", f"give a division code within {own_region}"),
            )
            return GatewayError(Reason.BAD_REQUEST, findings=(finding,), count=1)
        return find_handler(
            registry.current(),
            item=case.item.basic_code,
            mode=case.mode,
            our_division=case.origin.division,
            handler_division=case.handler.division,
            on=day_in_china(now),
            divisions=divisions,
            own_region=own_region,
            redirects=redirects,
            item_name=case.item.name,
        )
    except GatewayError as error:
        return error


def _earlier(tx: Transaction, submission: Submission, now: datetime) -> Submitted | None:
    key = submission.idempotency_key
    if key and (used := answers.earlier(tx, submission.system, key, now)):
        if used.request_sha256 != submission.request_sha256:
            raise GatewayError(Reason.KEY_REUSED)
        row = cases.find(tx, used.subject)
    else:
        row = cases.find_of_system(tx, submission.system, submission.case.origin_number)
    if row is None:
        return None
    if row.request_sha256 != submission.request_sha256:
        raise GatewayError(Reason.CASE_TAKEN, system=submission.system)
    return Submitted(row.case_id, row.standing.state, row.opened_at, row.partner, repeated=True)


def _check_materials(tx: Transaction, submission: Submission) -> None:
    lacking = possessions.missing(tx, possessions.of_system(submission.system), submission.case.files())
    if not lacking:
        return
    digests = {file.sha256 for file in lacking}
    findings = [
        FieldFinding(
            f"materials[{n}].sha256",
            Text(f"材料“{material.name}”的文件还没有上传", f"the file of material {material.name} is not uploaded"),
            Text("先用 PUT /v1/materials/{sha256} 上传, 再提交", "upload it with PUT /v1/materials/{sha256} first"),
        )
        for n, material in enumerate(submission.case.materials)
        if isinstance(material.form, MaterialFile) and material.form.sha256 in digests
    ]
    raise GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))


def _opened(case: Case, submission: Submission, route: Route, vault: Vault, now: datetime) -> CaseRow:
    return CaseRow(
        case_id=case.number,
        party=Party.ORIGIN,
        partner=route.partner.code,
        agreement=route.permit.agreement,
        powers=route.permit.powers,
        system=submission.system,
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
        request_sha256=submission.request_sha256 or hashlib.sha256(case.form_json.encode()).digest(),
        applicant_key=applicant_key(vault, case),
        private=private_name(vault, case),
        opened_at=now,
        changed_at=now,
    )
