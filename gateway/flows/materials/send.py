"""The files of one envelope go to the partner before the envelope may fly.

1 claim     the first due envelope of the partner that waits for its files
2 announce  the manifest; the partner says what it has and from where to go on
3 put       the missing bytes, 64 MiB a call, for some minutes; then others have their turn, and it goes on behind them
4 free      the envelope may fly

One transfer per partner; an envelope that waits for its files holds up its own case only, however large or slow they are.  What has to do with its files
alone, such as a full disk there or a file that is gone here, puts off that envelope; so does a line that breaks, after which
the partner is probed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

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
TURN_SECONDS = 240.0
"""After so long no other call of a transfer begins before others had their turn; with the last call within the lease."""
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
    """What has to be with the partner before an envelope may fly, and until when it is claimed."""

    owed: Owed
    manifest: Manifest
    until: datetime


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
    seconds: float = TURN_SECONDS,
) -> bool:
    """Bring the files of one envelope to a partner, or a part of them; True when more may wait.  Safe to repeat.

    Args:
        seconds: how long a turn lasts; the call under way then is finished.
    """
    partner = registry.current().of(code)
    if partner is None or partner.status is not Status.ACTIVE or partner.delivery is not Delivery.PUSH:
        return False
    load = await database.write(lambda tx: _next_load(tx, partner, settling, clock()))
    if load is None:
        return False
    end = asyncio.get_running_loop().time() + seconds
    try:
        done = await _put_all(courier, partner, load.manifest, files, end)
    except GatewayError as error:
        if error.row.answer is not Answer.FINAL:
            failure = error
            await database.write(lambda tx: _put_off(tx, partner, load.owed, failure, settling, clock()))
            return False
        # Refused for good: the envelope flies without its files and gets its refusal signed.
        done = True
    if not done:
        # What came is kept there.  Behind the others, and no try is counted.
        goes_on = structs.replace(load.owed, due_at=clock())
        await database.write(lambda tx: claims.leave_unflown(tx, [goes_on], load.until))
        return True
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


async def _put_all(courier: Courier, partner: Partner, manifest: Manifest, files: MaterialFiles, end: float) -> bool:
    """Put what the partner lacks; False when the turn is over before everything was put."""
    standings = await courier.check_materials(partner, manifest)
    lacking = [standing for standing in standings if not standing.complete]
    for n, standing in enumerate(lacking, 1):
        if not await _put(courier, partner, manifest, standing, files, end):
            return False
        if n < len(lacking) and _is_over(end):
            return False
    return True


def _is_over(end: float) -> bool:
    return asyncio.get_running_loop().time() >= end


async def _put(
    courier: Courier,
    partner: Partner,
    manifest: Manifest,
    standing: MaterialStanding,
    files: MaterialFiles,
    end: float,
) -> bool:
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
            return True  # The envelope flies, and the partner says what it lacks.
        if not standing.complete and _is_over(end):
            return False
    return True


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
    until = now + LEASE
    owed = claims.next_with_materials(tx, partner.code, now, until)
    if owed is None:
        return None
    peers.transfers(tx, partner.code, until)
    opening = next(row for row in events.of_case(tx, owed.case_id) if row.kind == events.OPENING)
    try:
        case = read_case(tx, settling.vault, opening)
        body = read_envelope(tx, settling.vault, settling.region, owed.envelope_id).body
    except GatewayError as error:
        park_unreadable(tx, partner, settling.region, owed, error, settling.jitter(), now)
        return None
    return Load(owed, manifest_of(case, _files(body)), until)


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
