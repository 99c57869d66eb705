"""What must hold between two regions once nothing is under way: asked of both stores, compared, never assumed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from gateway.case.clock.clockwork import Clockwork
from gateway.case.clock.step_limits import Limits
from gateway.case.kinds import Clock
from gateway.case.states import Party, State
from gateway.flows.look import CaseView
from gateway.flows.queue.fail import OFFLINE
from gateway.flows.submit import Submission
from gateway.store import case_lists, evidence, feed, outbox
from gateway.store import events as event_store
from gateway.store.case_lists import Filter
from gateway.store.database import Transaction
from gateway.store.evidence import Leaf
from gateway.store.feed import Entry
from gateway.store.outbox import Owed
from tests.build import a_digest
from tests.flows.regions import Region

ALL = 10_000
NOT_HANDED_OVER = (State.UNDELIVERABLE, State.REFUSED_BY_PARTNER)


@dataclass(frozen=True)
class Acknowledged:
    """A case whose number a local system was given, and the file that went with it."""

    number: str
    origin: Region
    handler: Region
    asked: Submission
    file: bytes


async def owed_by(region: Region, numbers: Sequence[str]) -> list[Owed]:
    """What a region still owes for these cases."""

    def unsettled(tx: Transaction) -> list[Owed]:
        return [one for number in numbers for one in outbox.of_case(tx, number) if one.settled_at is None]

    return await region.gateway.database.read(unsettled)


async def assert_one_story(acknowledged: Sequence[Acknowledged]) -> list[Acknowledged]:
    """Both sides tell the same of every case; returns the cases that both have."""
    shared = [held for held in acknowledged if await assert_same_case(held)]
    for region in {id(side): side for held in acknowledged for side in (held.origin, held.handler)}.values():
        expected = {held.number for held in acknowledged if held.origin is region}
        expected |= {held.number for held in shared if held.handler is region}
        rows = await region.gateway.database.read(lambda tx: case_lists.list_newest(tx, Filter(), ALL))
        assert Counter(row.case_id for row in rows) == Counter(expected), "no case is lost, none is doubled or invented"
        assert await owed_by(region, [held.number for held in acknowledged]) == []
    await assert_same_evidence(acknowledged)
    return shared


def _clocks(view: CaseView) -> Clockwork | None:
    """What both sides count from.

    Its own late hand-over the origin alone is told; the limits of the item it may not know, as a region that only dials
    out cannot be asked for them.
    """
    work = view.row.clockwork
    told = tuple(one for one in work.told if one.clock is not Clock.PUSH) if work else ()
    return work and structs.replace(work, limits=Limits(), told=told)


async def assert_same_case(held: Acknowledged) -> bool:
    """One case, seen from both sides; False when it ended before the handler had it, with a reason."""
    view = await held.origin.view(held.number)
    opening = next(one.row for one in view.events if one.row.kind == event_store.OPENING)
    gone = opening.standing in (event_store.REFUSED, event_store.GIVEN_UP)
    if view.row.standing.state in NOT_HANDED_OVER or (gone and view.row.standing.state is State.WITHDRAWN):
        assert gone
        assert opening.reason
        assert {one.row.standing for one in view.events} <= {event_store.REFUSED, event_store.GIVEN_UP}
        await _assert_told(held.origin, view)
        return False
    mirror = await held.handler.view(held.number)
    assert view.row.standing == mirror.row.standing
    assert view.row.case_version == mirror.row.case_version
    assert view.row.handler_number == mirror.row.handler_number
    assert view.case == mirror.case
    assert _clocks(view) == _clocks(mirror), "both count from the same moments"
    assert _folded(view) == _folded(mirror), "the same events in the same order"
    assert [version for version, _ in _folded(view)] == list(range(1, view.row.case_version + 1)), "no gap"
    assert _refused(view) == _refused(mirror), "what one side refused the other knows to be refused"
    for one in (*view.events, *mirror.events):
        assert one.row.standing in (event_store.FOLDED, event_store.REFUSED), "nothing waits, nothing was given up"
        assert (one.row.standing == event_store.REFUSED) == bool(one.row.reason)
    for side, seen in ((held.origin, view), (held.handler, mirror)):
        assert all(one.outcome == outbox.ACCEPTED or one.last_reason for one in seen.deliveries)
        await _assert_told(side, seen)
    if held.file:
        size, chunks = await held.handler.gateway.transfer.give_material(held.handler.system, a_digest(held.file))
        assert (size, b"".join([chunk async for chunk in chunks])) == (len(held.file), held.file)
    return True


def _folded(view: CaseView) -> list[tuple[int | None, object]]:
    rows = [one for one in view.events if one.row.standing == event_store.FOLDED]
    return [(one.row.version, (one.row.envelope_id, one.row.sequence, one.event)) for one in rows]


def _refused(view: CaseView) -> set[tuple[str, str]]:
    rows = [one.row for one in view.events if one.row.standing == event_store.REFUSED]
    return {(row.envelope_id, row.reason) for row in rows}


async def _assert_told(region: Region, view: CaseView) -> None:
    """The local system learns each thing once: what came from the other side in its order, how its own fared."""
    entries = await region.gateway.database.read(lambda tx: feed.waiting(tx, region.system, 0, ALL))
    told = [entry for entry in entries if entry.case_id == view.row.case_id and not _is_aside(entry)]
    automatic = [entry for entry in told if entry.kind == feed.EVENT and entry.sender == region.code]
    passed = [one for one in view.events if one.row.kind == "DeadlinePassed" and one.row.sender == region.code]
    assert len(automatic) <= len(passed), "what the gateway did by itself its system learns once"
    told = [entry for entry in told if entry not in automatic]
    came = [entry for entry in told if entry.kind in (feed.CASE, feed.EVENT)]
    theirs = [one.row for one in view.events if one.row.standing == event_store.FOLDED]
    expected = [row.envelope_id for row in theirs if row.sender != region.code]
    assert [entry.envelope_id for entry in came] == expected, "each event once, in the order of its version"
    _assert_told_of_our_own(region, view, [entry for entry in told if entry not in came])


def _is_aside(entry: Entry) -> bool:
    """Whether an entry says nothing of how an envelope ended: clocks, what is kept back, what people settled offline."""
    return entry.kind in (feed.DEADLINE, feed.KEPT_BACK) or entry.note == OFFLINE


def _assert_told_of_our_own(region: Region, view: CaseView, told: list[Entry]) -> None:
    ours = {one.row.envelope_id: one.row for one in view.events if one.row.sender == region.code}
    counted = Counter(entry.envelope_id for entry in told)
    assert all(n == 1 for n in counted.values()), "how an envelope fared is told once"
    for entry in told:
        row = ours.get(entry.envelope_id)  # none: what it carried went again in another envelope
        assert bool(entry.note) == (row is None or row.standing != event_store.FOLDED), "a refusal with its reason"
    # What follows an opening that was given up ends with it, and is told with it.
    answered = {number for number, row in ours.items() if row.standing != event_store.GIVEN_UP or row.sequence == 1}
    if view.row.party is Party.ORIGIN:
        assert counted.keys() >= answered
    else:
        assert {number for number in answered if ours[number].standing == event_store.REFUSED} <= counted.keys()


async def assert_same_evidence(acknowledged: Sequence[Acknowledged]) -> None:
    """What one side can prove, the other can: the same envelopes and the receipts that settled them, byte for byte."""
    sides = {side.code: side for held in acknowledged for side in (held.origin, held.handler)}
    logs = {
        code: await side.gateway.database.read(lambda tx: evidence.log(tx, limit=ALL)) for code, side in sides.items()
    }
    proof = {code: _by_object(log) for code, log in logs.items()}
    for held in acknowledged:
        for side, mirror in ((held.origin, held.handler), (held.handler, held.origin)):
            rows = await side.gateway.database.read(lambda tx, number=held.number: outbox.of_case(tx, number))
            for row in rows:
                ours = (evidence.ENVELOPE, side.code, row.envelope_id)
                assert ours in proof[side.code]
                if row.outcome != outbox.GIVEN_UP:
                    receipt = (evidence.RECEIPTS, mirror.code, row.batch_id)
                    assert proof[side.code][ours] == proof[mirror.code][ours]
                    assert proof[side.code][receipt] == proof[mirror.code][receipt]
    for code, objects in proof.items():
        for kind, sender, object_id in objects:
            if sender != code and sender in proof:
                assert proof[sender][kind, sender, object_id] == objects[kind, sender, object_id], "nothing is invented"


def _by_object(log: list[Leaf]) -> dict[tuple[str, str, str], bytes]:
    found = {(leaf.kind, leaf.sender, leaf.object_id): leaf.sealed_sha256 for leaf in log}
    assert len(found) == len(log), "each sealed object is one leaf"
    for leaf in log:
        assert leaf.leaf == evidence.leaf_hash(leaf.kind, leaf.sender, leaf.object_id, leaf.sealed_sha256)
    return found
