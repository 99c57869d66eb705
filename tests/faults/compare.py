"""Comparing the rows of both databases: every acknowledged case there once on both sides, with the same story and bytes.

lost           an acknowledged case, or an event of it, that one side does not have, or has in other bytes
doubled        a case nobody was told of, an event or a notice to a local system twice, one envelope with two receipts
out of order   a case whose events do not stand in the same order, with the same versions, on both sides
stuck          a case whose state differs or is not the one it must end in, or that still owes an envelope
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

ACCEPTED = "accepted"
_CASES = "SELECT case_id, state, base, decision, case_version, origin_number FROM cases WHERE party = :party"
_EVENTS = "SELECT case_id, sender, sequence, version, event_id, kind, standing, envelope_id FROM events"
_OUTBOX = "SELECT envelope_id, case_id, sequence, payload_sha256, outcome, settled_at, batch_id FROM outbox"
_INBOX = "SELECT sender, envelope_id, payload_sha256, outcome, batch_id FROM inbox"
_EVIDENCE = "SELECT kind, sender, object_id, sealed_sha256 FROM evidence"
_NOTICES = "SELECT case_id, kind, sender, envelope_id FROM feed WHERE kind IN ('case', 'event')"
_FILES = "SELECT case_id, sha256, size FROM case_files"


@dataclass(slots=True)
class Side:
    """What one database holds.

    Attributes:
        cases: case → (state, base, decision, version, the system's own number).
        events: case → its events in the order in which they count.
        sent: envelope → (case, sequence, digest of the payload, outcome, settled at, batch).
        receipts: (sender, envelope) → (digest of the payload, outcome, batch), as answered.
        evidence: (kind, sender, object) → digests of the sealed bytes.
    """

    code: str
    cases: Mapping[str, tuple[Any, ...]]
    events: Mapping[str, Sequence[tuple[Any, ...]]]
    sent: Mapping[str, tuple[Any, ...]]
    receipts: Mapping[tuple[str, str], tuple[Any, ...]]
    evidence: Mapping[tuple[str, str, str], Sequence[bytes]]
    notices: Mapping[tuple[str, ...], int]
    files: Mapping[str, Collection[tuple[str, int]]]


@dataclass(slots=True)
class Verdict:
    """What the comparison found, one sentence for each case and cause."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.out_of_order or self.stuck)

    def add(self, other: "Verdict") -> None:
        """Take over what another comparison found."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.out_of_order += other.out_of_order
        self.stuck += other.stuck

    def sentences(self) -> list[str]:
        """Everything that was found, each with its kind."""
        kinds = (("lost", self.lost), ("doubled", self.doubled), ("order", self.out_of_order), ("stuck", self.stuck))
        return [f"{kind}: {sentence}" for kind, found in kinds for sentence in found]


def side(file: Path, code: str, party: str) -> Side:
    """Read what a database holds of its cases as one party; the gateway may be running."""
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(5_000)
    try:
        with connection:  # one snapshot
            rows = {
                name: list(connection.execute(sql, {"party": party} if ":party" in sql else None))
                for name, sql in (
                    ("cases", _CASES),
                    ("events", _EVENTS),
                    ("outbox", _OUTBOX),
                    ("inbox", _INBOX),
                    ("evidence", _EVIDENCE),
                    ("notices", _NOTICES),
                    ("files", _FILES),
                )
            }
    finally:
        connection.close()
    events: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for case_id, *event in rows["events"]:
        events[case_id].append(tuple(event))
    for story in events.values():
        # By version, which the handler's gateway gives; what has none yet comes last, as it was sent.
        story.sort(key=lambda event: (event[2] is None, event[2] or 0, event[0], event[1]))
    evidence: dict[tuple[str, str, str], list[bytes]] = defaultdict(list)
    for kind, sender, object_id, digest in rows["evidence"]:
        evidence[kind, sender, object_id].append(bytes(digest))
    files: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for case_id, sha256, size in rows["files"]:
        files[case_id].add((sha256, size))
    return Side(
        code=code,
        cases={row[0]: tuple(row[1:]) for row in rows["cases"]},
        events=events,
        sent={row[0]: (*row[1:3], bytes(row[3]), *row[4:]) for row in rows["outbox"]},
        receipts={(row[0], row[1]): (bytes(row[2]), row[3], row[4]) for row in rows["inbox"]},
        evidence=evidence,
        notices=Counter(tuple(row) for row in rows["notices"]),
        files=files,
    )


def compare(
    origin: Side,
    handler: Side,
    acknowledged: Mapping[str, str],
    *,
    acts: Mapping[str, Sequence[str]],
    others: Collection[str] = (),
    end: str = "granted",
) -> Verdict:
    """Compare both sides on the cases a load was told of.

    Args:
        acknowledged: the system's own number → the co-operation number it was told.
        acts: case → kinds of the events whose posting was acknowledged, on either side.
        others: cases of other loads; what is neither of these nor acknowledged is doubled.
        end: the state every case must reach.
    """
    verdict = Verdict()
    known = set(acknowledged.values())
    if len(known) < len(acknowledged):
        verdict.lost.append(f"{len(acknowledged) - len(known)} numbers share a case with another")
    numbers = Counter(row[4] for case_id, row in origin.cases.items() if case_id in known)
    verdict.doubled += [f"number {number} has {count} cases" for number, count in numbers.items() if count > 1]
    for one in (origin, handler):
        unknown = set(one.cases) - known - set(others)
        verdict.doubled += [f"{case_id} at {one.code}: nobody was told of it" for case_id in sorted(unknown)]
        verdict.doubled += [
            f"{notice[0]} at {one.code}: {notice[1]} told {count} times"
            for notice, count in one.notices.items()
            if count > 1 and notice[0] in known
        ]
        verdict.doubled += [
            f"{key[2]} at {one.code}: kept {len(digests)} times as evidence"
            for key, digests in one.evidence.items()
            if len(digests) > 1
        ]
    for number, case_id in acknowledged.items():
        _compare_case(verdict, origin, handler, case_id, f"{case_id} ({number})", acts.get(case_id, ()), end)
    _compare_receipts(verdict, origin, handler, known)
    _compare_receipts(verdict, handler, origin, known)
    return verdict


def _compare_case(
    verdict: Verdict, origin: Side, handler: Side, case_id: str, name: str, acts: Sequence[str], end: str
) -> None:
    ours, theirs = origin.cases.get(case_id), handler.cases.get(case_id)
    if ours is None or theirs is None:
        verdict.lost.append(f"{name} is not at the {'origin' if ours is None else 'handler'}")
        return
    if ours[:4] != theirs[:4]:
        verdict.stuck.append(f"{name} is {ours[:4]} at the origin and {theirs[:4]} at the handler")
    elif ours[0] != end:
        verdict.stuck.append(f"{name} is {ours[0]}, not {end}")
    _compare_order(verdict, origin.events[case_id], handler.events[case_id], name)
    happened, posted = Counter(event[4] for event in handler.events[case_id]), Counter(acts)
    verdict.lost += [f"{name}: {kind} was acknowledged" for kind in posted if happened[kind] < posted[kind]]
    verdict.doubled += [f"{name}: {kind} happened twice" for kind in posted if happened[kind] > posted[kind]]
    if origin.files.get(case_id, set()) != handler.files.get(case_id, set()):
        verdict.lost.append(f"{name}: its files differ")


def _compare_order(
    verdict: Verdict, here: Sequence[tuple[Any, ...]], there: Sequence[tuple[Any, ...]], name: str
) -> None:
    missing = {event[3] for event in here} ^ {event[3] for event in there}
    if missing:
        verdict.lost.append(f"{name}: events on one side only: {sorted(missing)}")
    elif [event[:5] for event in here] != [event[:5] for event in there]:
        verdict.out_of_order.append(f"{name}: {_told(here)} at the origin, {_told(there)} at the handler")
    for story in (here, there):
        versions = [event[2] for event in story if event[2] is not None]
        if versions != list(range(1, len(versions) + 1)):
            verdict.out_of_order.append(f"{name}: versions {versions}")
        by_sender: dict[str, list[int]] = defaultdict(list)
        for event in story:
            by_sender[event[0]].append(event[1])
        if any(sequence != sorted(sequence) for sequence in by_sender.values()):
            verdict.out_of_order.append(f"{name}: sequences {dict(by_sender)}")


def _compare_receipts(verdict: Verdict, sender: Side, recipient: Side, known: Collection[str]) -> None:
    """Everything sent was accepted in one envelope, for the same bytes, by the one receipt that the recipient keeps.

    What an expired envelope said may have been sealed anew; then only one of the two may have been accepted.
    """
    of_number: dict[tuple[str, int], list[str]] = defaultdict(list)
    for envelope_id, row in sender.sent.items():
        if row[0] in known:
            of_number[row[0], row[1]].append(envelope_id)
    for (case_id, sequence), envelopes in of_number.items():
        name = f"{case_id} number {sequence} of {sender.code}"
        if any(sender.sent[one][4] is None for one in envelopes):
            verdict.stuck.append(f"{name} is still owed")
            continue
        taken = [one for one in envelopes if recipient.receipts.get((sender.code, one), ("", ""))[1] == ACCEPTED]
        believed = [one for one in envelopes if sender.sent[one][3] == ACCEPTED]
        if len(taken) > 1:
            verdict.doubled.append(f"{name} was accepted {len(taken)} times")
        if not taken or taken != believed:
            outcomes = [sender.sent[one][3] for one in envelopes]
            verdict.lost.append(f"{name} is {outcomes} here, accepted {len(taken)} times there")
            continue
        _compare_evidence(verdict, sender, recipient, taken[0], name)


def _compare_evidence(verdict: Verdict, sender: Side, recipient: Side, envelope_id: str, name: str) -> None:
    payload, batch_id = sender.sent[envelope_id][2], sender.sent[envelope_id][5]
    receipt = recipient.receipts[sender.code, envelope_id]
    if receipt[0] != payload:
        verdict.lost.append(f"{name}: other bytes at the recipient")
    if receipt[2] != batch_id:
        verdict.doubled.append(f"{name}: settled by {batch_id}, receipted in {receipt[2]}")
    for key in (("envelope", sender.code, envelope_id), ("receipts", recipient.code, batch_id)):
        kept = sender.evidence.get(key), recipient.evidence.get(key)
        if not kept[0] or kept[0] != kept[1]:
            verdict.lost.append(f"{name}: the evidence of its {key[0]} differs")


def _told(story: Sequence[tuple[Any, ...]]) -> str:
    return " ".join(f"{event[4]}:{event[2]}" for event in story)
