"""What must hold when nothing is under way any more: asked of the disks of both sides and of what people were told.

Each check returns sentences; none of them is a reason to stop looking.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from gateway.case import events as ev
from gateway.case.clock.clockwork import Clockwork
from gateway.case.clock.step_limits import Limits
from gateway.case.kinds import Clock
from gateway.case.states import FINAL, Party, State
from gateway.flows.act import OPERATOR
from gateway.flows.delivery.giving_up import GIVEN_UP_UNASKED
from gateway.flows.look import CaseView
from gateway.flows.queue.fail import OFFLINE
from gateway.store import case_lists, cases, evidence, feed, outbox
from gateway.store import events as event_store
from gateway.store.case_lists import Filter
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from tests.build import a_digest
from tests.simulation.machine import SYSTEM, Machine
from tests.simulation.people import Deed, Held, People, Read

ALL = 100_000
NOT_HANDED_OVER = (State.UNDELIVERABLE, State.REFUSED_BY_PARTNER)
GONE = (event_store.GIVEN_UP, event_store.REFUSED)
WORKERS = frozenset({"rounds", "sweep", "clocks", "licences", "items"})


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the feed."""

    position: int
    system: str
    case_id: str
    kind: str
    sender: str
    envelope_id: str
    note: str
    confirmed: bool


async def check_all(machines: Sequence[Machine], people: People) -> tuple[list[str], int]:
    """Return everything that does not hold, and how many cases both sides have."""
    held = people.held
    found: list[str] = []
    shared: list[Held] = []
    for one in held:
        view = await _view(one.origin, one.number)
        if view.row.standing.state in NOT_HANDED_OVER or _is_withdrawn_here(view):
            found += _ended_before_the_handler_had_it(one, view)
            continue
        shared.append(one)
        if not one.handler.disk.look(lambda tx, n=one.number: cases.find(tx, n) is not None):
            found.append(
                f"{one.number} is {view.row.standing.state.value} at {one.origin.code}, and its handler has it not"
            )
            continue
        mirror = await _view(one.handler, one.number)
        found += _same_case(one, view, mirror)
        found += _told(one.origin, view)
        found += _told(one.handler, mirror)
        found += _has_an_exit(mirror)
        found += await _same_file(one)
    found += _one_each(machines, held, shared)
    found += _same_proof(machines, held)
    for one in held:
        found += _acknowledged_acts(one)
    for machine in machines:
        found += _read_once(machine, people.read.get(machine.code, Read()))
        found += _workers(machine)
    return found, len(shared)


async def _view(machine: Machine, number: str) -> CaseView:
    return await machine.ask(lambda there: there.looking.look_at_case(OPERATOR, number), "check")


# -- one case on both sides


def _is_withdrawn_here(view: CaseView) -> bool:
    """Whether a case ended at its origin before its handler ever saw it."""
    opening = next(one.row for one in view.events if one.row.kind == event_store.OPENING)
    return view.row.standing.state is State.WITHDRAWN and opening.standing in GONE


def _ended_before_the_handler_had_it(one: Held, view: CaseView) -> Iterator[str]:
    opening = next(event.row for event in view.events if event.row.kind == event_store.OPENING)
    if opening.standing not in (event_store.REFUSED, event_store.GIVEN_UP) or not opening.reason:
        yield f"{one.number} is {view.row.standing.state.value} while its opening is {opening.standing} {opening.reason}"
    standings = {event.row.standing for event in view.events}
    if not standings <= {event_store.REFUSED, event_store.GIVEN_UP}:
        yield f"{one.number} was not handed over, and its events are {standings}"
    if not one.origin.backups.lost and not [told for told in _feed(one.origin, one.number) if told.note]:
        yield f"{one.number} is {view.row.standing.state.value} and its system was told nothing"


def _same_case(one: Held, view: CaseView, mirror: CaseView) -> Iterator[str]:
    for name in ("standing", "case_version", "handler_number"):
        ours, theirs = getattr(view.row, name), getattr(mirror.row, name)
        if ours != theirs:
            yield f"{one.number} {name}: {ours} at the origin, {theirs} at the handler"
    if view.case != mirror.case:
        yield f"{one.number} is not the same case on both sides"
    if _clocks(view) != _clocks(mirror):
        yield f"{one.number} counts from other moments: {_clocks(view)} and {_clocks(mirror)}"
    if _folded(view) != _folded(mirror):
        yield f"{one.number} has other events: {_short(view)} and {_short(mirror)}"
    versions = [version for version, _ in _folded(view)]
    if versions != list(range(1, view.row.case_version + 1)):
        yield f"{one.number} has the versions {versions}"
    if _refused(view) != _refused(mirror):
        yield f"{one.number} was refused other things: {_refused(view)} and {_refused(mirror)}"
    yield from _nothing_waits(one, view, mirror)


def _nothing_waits(one: Held, view: CaseView, mirror: CaseView) -> Iterator[str]:
    for event in (*view.events, *mirror.events):
        if event.row.standing not in (event_store.FOLDED, event_store.REFUSED):
            yield f"{one.number}: {event.row.kind} of {event.row.sender} is {event.row.standing}"
        elif (event.row.standing == event_store.REFUSED) != bool(event.row.reason):
            yield f"{one.number}: {event.row.kind} is {event.row.standing} for '{event.row.reason}'"


def _clocks(view: CaseView) -> Clockwork | None:
    # Its own late hand-over the origin alone is told; the limits of the item it may not know (`tests.flows.one_story`).
    work = view.row.clockwork
    told = tuple(one for one in work.told if one.clock is not Clock.PUSH) if work else ()
    return work and structs.replace(work, limits=Limits(), told=told)


def _folded(view: CaseView) -> list[tuple[int | None, object]]:
    rows = [one for one in view.events if one.row.standing == event_store.FOLDED]
    return [(one.row.version, (one.row.envelope_id, one.row.sequence, one.event)) for one in rows]


def _short(view: CaseView) -> list[str]:
    return [f"{one.row.version}:{one.row.kind}:{one.row.standing}" for one in view.events]


def _refused(view: CaseView) -> set[tuple[str, str]]:
    rows = [one.row for one in view.events if one.row.standing == event_store.REFUSED]
    return {(row.envelope_id, row.reason) for row in rows}


def _has_an_exit(view: CaseView) -> Iterator[str]:
    """By a clock, or by what the handler may do; a note moves nothing."""
    row = view.row
    if row.standing.state in FINAL or row.next_due is not None or row.overdue_at is not None:
        return
    moves = [one for one in view.possible if one not in MOVES_NOTHING]
    if not moves:
        yield f"{row.case_id} is {row.standing.state.value}, which nothing ends"


MOVES_NOTHING = (ev.Note, ev.HandledOffline, ev.DeadlinePassed)


async def _same_file(one: Held) -> list[str]:
    if not one.file:
        return []

    async def fetch(there: Any) -> bytes:
        _, chunks = await there.transfer.give_material(SYSTEM, a_digest(one.file))
        return b"".join([chunk async for chunk in chunks])

    try:
        got = await one.handler.ask(fetch, "file")
    except Exception as error:  # noqa: BLE001 - whatever it is, the file cannot be had
        return [f"{one.number}: its file cannot be had at {one.handler.code}: {error!r}"]
    return [] if got == one.file else [f"{one.number}: its file is another one at {one.handler.code}"]


# -- the feed


def _feed(machine: Machine, case_id: str = "") -> list[Told]:
    def rows(tx: Transaction) -> list[Told]:
        found = tx.rows(
            "SELECT position, system, case_id, kind, sender, envelope_id, note, confirmed_at IS NOT NULL FROM feed"
            " WHERE case_id = :id OR :id = '' ORDER BY position",
            {"id": case_id},
        )
        return [Told(*row) for row in found]

    return machine.disk.look(rows)


def _told(machine: Machine, view: CaseView) -> Iterator[str]:
    """The local system learns each thing once: what came from the other side in its order, how its own fared."""
    number = view.row.case_id
    if machine.backups.lost:
        return  # what was told since the backup is told again
    told = [one for one in _feed(machine, number) if one.kind != feed.DEADLINE]
    automatic = [one for one in told if one.kind == feed.EVENT and one.sender == machine.code]
    passed = [one for one in view.events if one.row.kind == "DeadlinePassed" and one.row.sender == machine.code]
    if len(automatic) > len(passed):
        yield f"{number}: {machine.code} tells its own clocks {len(automatic)} times for {len(passed)}"
    came = [one.envelope_id for one in told if one.kind in (feed.CASE, feed.EVENT) and one not in automatic]
    theirs = [one.row.envelope_id for one in view.events if one.row.standing == event_store.FOLDED]
    expected = [
        one.row.envelope_id
        for one in view.events
        if one.row.standing == event_store.FOLDED and one.row.sender != machine.code
    ]
    if came != expected:
        yield f"{number}: {machine.code} told {came} of {expected}, out of {theirs}"
    ours = {one.row.envelope_id: one.row for one in view.events if one.row.sender == machine.code}
    # What people decided is told besides (线下处理, given up unasked), and what the partner said after all is told as well.
    decided = (OFFLINE, GIVEN_UP_UNASKED)
    fared = [one for one in told if one.kind in (feed.RECEIPT, feed.NOT_HANDED_OVER) and one.note not in decided]
    for envelope_id, n in Counter(one.envelope_id for one in fared).items():
        if n > 1:
            yield f"{number}: {machine.code} tells {n} times how {envelope_id} fared"
    for one in fared:
        row = ours.get(one.envelope_id)  # none: what it carried went again in another envelope
        if bool(one.note) != (row is None or row.standing != event_store.FOLDED):
            yield f"{number}: {machine.code} tells '{one.note}' of an event that is {row and row.standing}"
    heard = {one.envelope_id for one in told}
    if view.row.party is Party.ORIGIN:
        owed = {key for key, row in ours.items() if row.standing != event_store.GIVEN_UP or row.sequence == 1}
    else:
        owed = {key for key, row in ours.items() if row.standing == event_store.REFUSED}
    if not owed <= heard:
        yield f"{number}: {machine.code} does not tell how {sorted(owed - heard)} fared"


def _read_once(machine: Machine, read: Read) -> Iterator[str]:
    if machine.backups.lost:
        return
    rows = [one for one in _feed(machine) if one.system == SYSTEM]
    stored = {one.position: (one.kind, one.case_id, one.envelope_id) for one in rows}
    if stored != read.seen:
        missing = {position: what for position, what in stored.items() if read.seen.get(position) != what}
        gone = {position: what for position, what in read.seen.items() if stored.get(position) != what}
        yield f"the system of {machine.code} did not read {missing}; it read {gone}, which is there no more"
    if not all(one.confirmed for one in rows):
        yield f"the feed of {machine.code} was not confirmed to its end"
    if unclaimed := [one for one in _feed(machine) if one.system != SYSTEM]:
        yield f"nobody at {machine.code} was told {unclaimed}"


# -- all cases of a machine


def _one_each(machines: Sequence[Machine], held: Sequence[Held], shared: Sequence[Held]) -> Iterator[str]:
    for machine in machines:
        expected = Counter(one.number for one in held if one.origin is machine)
        expected += Counter(one.number for one in shared if one.handler is machine)
        there = Counter(row.case_id for row in machine.disk.look(lambda tx: case_lists.list_newest(tx, Filter(), ALL)))
        for number, n in ((there - expected) + (expected - there)).items():
            yield f"{machine.code} has {number} {there[number]} times, not {expected[number]} (differs by {n})"


def _acknowledged_acts(one: Held) -> Iterator[str]:
    for deed in one.deeds:
        other = one.handler if deed.by is one.origin else one.origin
        ours, theirs = _event(deed.by, one, deed), _event(other, one, deed)
        kind = type(deed.act.happening).__name__
        if deed.by.backups.may_have_lost(deed.at):
            # Gone for good if nobody else had it; else it came back.
            if ours is None and theirs is not None:
                yield f"{one.number}: {kind} of {deed.by.code} is at {other.code} and did not come back"
            continue
        if ours is None:
            yield f"{one.number}: {kind} was acknowledged by {deed.by.code} and is gone"
        if not _audited(deed.by, one.number, deed.event_id):
            yield f"{one.number}: nobody at {deed.by.code} noted {kind}"
        if ours and ours.standing == event_store.FOLDED and theirs is None:
            yield f"{one.number}: {kind} of {deed.by.code} is not at {other.code}"
    if not one.origin.backups.lost and not _acts(one.origin, one.number, "case.submit"):
        yield f"{one.number}: nobody noted that it was submitted"


def _event(machine: Machine, one: Held, deed: Deed) -> EventRow | None:
    return machine.disk.look(lambda tx: event_store.by_id(tx, one.number, deed.event_id))


def _acts(machine: Machine, case_id: str, act: str) -> int:
    row = machine.disk.look(
        lambda tx: tx.row("SELECT COUNT(*) FROM audit WHERE subject = :id AND act = :act", {"id": case_id, "act": act})
    )
    return int(row[0]) if row else 0


def _audited(machine: Machine, case_id: str, event_id: str) -> bool:
    row = machine.disk.look(
        lambda tx: tx.row(
            "SELECT COUNT(*) FROM audit WHERE subject = :id AND detail = :event", {"id": case_id, "event": event_id}
        )
    )
    return bool(row and row[0])


# -- what can be proved


def _same_proof(machines: Sequence[Machine], held: Sequence[Held]) -> Iterator[str]:
    proof: dict[str, dict[Thing, bytes]] = {}
    for machine in machines:
        log = machine.disk.look(lambda tx: evidence.log(tx, limit=ALL))
        proof[machine.code] = {(leaf.kind, leaf.sender, leaf.object_id): leaf.sealed_sha256 for leaf in log}
        if len(proof[machine.code]) != len(log):
            yield f"{machine.code} has an object twice in its evidence"
        for leaf in log:
            if leaf.leaf != evidence.leaf_hash(leaf.kind, leaf.sender, leaf.object_id, leaf.sealed_sha256):
                yield f"{machine.code} has a wrong leaf at {leaf.position}"
    for one in held:
        yield from _proved_on_both_sides(one.number, one.origin.code, one.handler.code, one.origin, proof)
        yield from _proved_on_both_sides(one.number, one.handler.code, one.origin.code, one.handler, proof)
    for code, objects in proof.items():
        for what, digest in objects.items():
            if what[1] != code and what[1] in proof and proof[what[1]].get(what) != digest:
                yield f"{code} holds {what}, which {what[1]} never said"


Thing = tuple[str, str, str]
"""A sealed object: envelope or receipts, who sealed it, its id."""


def _proved_on_both_sides(
    number: str, side: str, mirror: str, machine: Machine, proof: dict[str, dict[Thing, bytes]]
) -> Iterator[str]:
    for row in machine.disk.look(lambda tx: outbox.of_case(tx, number)):
        ours = (evidence.ENVELOPE, side, row.envelope_id)
        if ours not in proof[side]:
            yield f"{number}: {side} cannot prove its own envelope {row.envelope_id}"
        if row.outcome not in (outbox.ACCEPTED, outbox.REFUSED):
            continue
        for what in (ours, (evidence.RECEIPTS, mirror, row.batch_id)):
            if not proof[side].get(what) or proof[side].get(what) != proof[mirror].get(what):
                yield f"{number}: {what} is not the same evidence at {side} and {mirror}"


def _workers(machine: Machine) -> Iterator[str]:
    running = {task.get_name() for task in machine.process.tasks if not task.done()} if machine.process else set()
    if missing := WORKERS - running:
        yield f"{machine.code}: {', '.join(sorted(missing))} ended"


# -- the same seed, the same end

TABLES = {
    "cases": "case_id, party, partner, state, base, supplement_open, decision, case_version, our_sequence,"
    " their_sequence, next_due, warns_at, overdue_at, opened_at, changed_at",
    "events": "case_id, event_id, envelope_id, sender, sequence, version, kind, standing, reason, occurred_at,"
    " recorded_at, arrived_at",
    "outbox": "envelope_id, partner, case_id, sequence, hex(payload_sha256), due_at, tries, last_reason, owed_at,"
    " settled_at, outcome, batch_id",
    "inbox": "sender, envelope_id, hex(payload_sha256), outcome, batch_id, received_at",
    "feed": "position, system, case_id, kind, sender, envelope_id, note, at, confirmed_at",
    "audit": "position, at, actor, act, subject, outcome, detail",
    "evidence": "position, kind, sender, object_id, at",
}
"""What a run leaves behind, without what keys drawn at random have a part in."""


def dump(machine: Machine) -> list[str]:
    """Return what a disk holds, as lines."""

    def rows(tx: Transaction) -> list[str]:
        return [
            f"{machine.code} {table} {row}"
            for table, columns in TABLES.items()
            for row in tx.rows(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3, 4, 5")
        ]

    return machine.disk.look(rows)
