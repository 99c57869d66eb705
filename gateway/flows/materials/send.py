"""The files of one envelope go to the partner before the envelope may fly.

1 claim     the first due envelope of the partner that waits for its files
2 announce  the manifest; the partner says what it has and from where to go on
3 put       the missing bytes, 64 MiB a call
4 free      the envelope may fly

One transfer per partner; an envelope that waits for its files holds up its own case only.  What has to do with its files
alone, such as a full disk there or a file that is gone here, puts off that envelope; so does a line that breaks, after which
the partner is probed.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.events import Event
from gateway.case.model import Case, MaterialFile
from gateway.case.reasons import Answer, Reason
from gateway.flows.delivery.courier import Courier, Manifest, MaterialStanding
from gateway.flows.delivery.parking import count, park_unreadable
from gateway.flows.delivery.resting import let_files_wait, let_rest, longest_rest
from gateway.flows.delivery.settle import Settling
from gateway.flows.reading import read_case, read_envelope
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import claims, events, outbox, peers
from gateway.store.database import Database, Transaction
from gateway.store.files import MaterialFiles
from gateway.store.outbox import Owed

LEASE = timedelta(minutes=10)
MOST_PER_CALL = 64 * 1024 * 1024

_OF_THE_LINE = frozenset({Reason.PARTNER_SLOW, Reason.PARTNER_UNREACHABLE})
"""Says nothing about the envelope: it is not parked for it."""
_OF_THE_FILES = frozenset(
    {
        Reason.MATERIAL_QUOTA,
        Reason.MATERIAL_DIGEST,
        Reason.MATERIAL_OFFSET,
        Reason.MATERIAL_UNKNOWN,
        Reason.VAULT_TAMPERED,
        Reason.VAULT_KEY_UNKNOWN,
        Reason.DISK_LOW,
        Reason.DISK_FULL,
        Reason.PARTNER_FAILED,
        Reason.PARTNER_SLOW,
        Reason.PARTNER_UNREACHABLE,
    }
)
"""Only this envelope waits; a full disk at the partner is told as PARTNER_FAILED.  A line that broke is probed at once."""


@dataclass(frozen=True, slots=True)
class Load:
    """What has to be with the partner before an envelope may fly."""

    owed: Owed
    manifest: Manifest


async def send_materials(
    code: str,
    *,
    database: Database,
    registry: Registry,
    courier: Courier,
    settling: Settling,
    files: MaterialFiles,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
) -> bool:
    """Bring the files of one envelope to a partner; True when another envelope may wait.  Safe to repeat."""
    partner = registry.current().of(code)
    if partner is None or partner.status is not Status.ACTIVE or partner.delivery is not Delivery.PUSH:
        return False
    load = await database.write(lambda tx: _next_load(tx, partner, settling, clock()))
    if load is None:
        return False
    try:
        for standing in await courier.check_materials(partner, load.manifest):
            await _put(courier, partner, load.manifest, standing, files)
    except GatewayError as error:
        if error.row.answer is not Answer.FINAL:
            failure = error
            await database.write(lambda tx: _put_off(tx, partner, load.owed, failure, settling, clock()))
            return False
        # Refused for good: the envelope flies without its files and gets its refusal signed.
    await database.write(lambda tx: outbox.materials_are_there(tx, load.owed.envelope_id, clock()))
    wake(code)
    return True


def _put_off(
    tx: Transaction, partner: Partner, owed: Owed, error: GatewayError, settling: Settling, now: datetime
) -> None:
    word, answer = error.reason.value, error.row.answer
    counts = error.reason in _OF_THE_FILES and error.reason not in _OF_THE_LINE
    if counts and not count(tx, partner, settling.region, owed, word, answer, settling.jitter(), now):
        return
    if error.reason in _OF_THE_FILES:
        let_files_wait(tx, partner, owed, error, settling.jitter, now)
    else:
        let_rest(tx, partner, [owed], error, settling.jitter, now)


async def _put(
    courier: Courier, partner: Partner, manifest: Manifest, standing: MaterialStanding, files: MaterialFiles
) -> None:
    while not standing.complete:
        before = standing.offset
        chunks = _bounded(files.open_range(standing.sha256, before))
        try:
            standing = await courier.put_material(partner, manifest.case_id, standing.sha256, before, chunks)
        except GatewayError as error:
            if error.reason is not Reason.PARTNER_SLOW:
                raise
            # A call ends by time as well: over a slow line what went through is kept, and the next one goes on there.
            standing = await _asked_again(courier, partner, manifest, standing.sha256)
            if standing.offset <= before:
                raise error from None
        if not standing.complete and standing.offset <= before:
            return


async def _asked_again(courier: Courier, partner: Partner, manifest: Manifest, sha256: str) -> MaterialStanding:
    standings = await courier.check_materials(partner, manifest)
    return next(standing for standing in standings if standing.sha256 == sha256)


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    sent = 0
    async for chunk in chunks:
        yield chunk
        sent += len(chunk)
        if sent + len(chunk) > MOST_PER_CALL:
            return


def _next_load(tx: Transaction, partner: Partner, settling: Settling, now: datetime) -> Load | None:
    peer = peers.find(tx, partner.code)
    if peer.suspect or (peer.under_way_until is None and peer.rests(now, longest_rest(partner))):
        # A probe goes first (`deliver`); a flight that is merely under way holds up no files.
        return None
    owed = claims.next_with_materials(tx, partner.code, now, now + LEASE)
    if owed is None:
        return None
    peers.transfers(tx, partner.code, now + LEASE)
    opening = next(row for row in events.of_case(tx, owed.case_id) if row.kind == events.OPENING)
    try:
        case = read_case(tx, settling.vault, opening)
        body = read_envelope(tx, settling.vault, settling.region, owed.envelope_id).body
    except GatewayError as error:
        park_unreadable(tx, partner, settling.region, owed, error, settling.jitter(), now)
        return None
    return Load(owed, manifest_of(case, _files(body)))


def manifest_of(case: Case, files: tuple[MaterialFile, ...]) -> Manifest:
    """Return the announcement of files of a case."""
    return Manifest(
        case_id=case.number,
        basic_code=case.item.basic_code,
        mode=case.mode,
        origin_division=case.origin.division,
        handler_division=case.handler.division,
        files=tuple((file.sha256, file.size) for file in files),
    )


def _files(body: Case | Event) -> tuple[MaterialFile, ...]:
    return body.files()
