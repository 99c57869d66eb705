"""The queue in JSON, as operators' commands read it; nothing personal is in it."""

from datetime import datetime

from gateway.case.texts import Text
from gateway.flows.queue.deed import Step
from gateway.flows.queue.show import EnvelopeShown, QueueCase
from gateway.flows.queue.view import Cause, CauseGroup, Overview, PartnerQueue
from gateway.local.canonical_out import Json, instant, text
from gateway.local.words import WORD_OF_NAME
from gateway.store.holds import Hold
from gateway.store.queue import Standing

KEPT_TEXTS: dict[str, Text] = {
    "": Text("待发", "waiting"),
    "held": Text("扣留", "held"),
    "parked": Text("停放, 需人工", "parked, needs a person"),
    "aside": Text("已线下处理, 仍会补送", "handled offline, still owed"),
}
"""How an envelope that is still owed is kept back."""


def overview(seen: Overview) -> Json:
    """Return the queue at one moment."""
    return {
        "at": instant(seen.at),
        "partners": [_partner(one) for one in seen.partners],
        "groups": [_group(one) for one in seen.groups],
        "holds": [hold_content(one) for one in seen.holds],
    }


def step(done: Step) -> Json:
    """Return what a step did; `after` goes into the next one."""
    return {
        "seen": done.seen,
        "changed": done.changed,
        "skipped": dict(done.skipped),
        "after": None if done.after is None else list(done.after),
        "done": done.after is None,
        "hold_id": done.hold_id,
    }


def queue_case(seen: QueueCase) -> Json:
    """Return the envelopes of one case."""
    row = seen.row
    return {
        "case_id": row.case_id,
        "party": row.party.value,
        "partner": row.partner,
        "item": {"basic_code": row.basic_code, "name": row.item_name},
        "envelopes": [_envelope(one) for one in seen.envelopes],
    }


def cause_content(cause: Cause) -> Json:
    """Return why something does not go: class, place, cause and next step."""
    return {
        "reason": cause.word,
        "answer": cause.answer.value if cause.answer else "",
        "place": cause.place.value if cause.place else "",
        "cause": text(cause.cause),
        "fix": text(cause.fix),
    }


def hold_content(hold: Hold) -> Json:
    """Return a hold."""
    return {
        "hold_id": hold.hold_id,
        "partner": hold.partner,
        "item": hold.basic_code,
        "case_id": hold.case_id,
        "cause": hold.cause,
        "reason": hold.reason,
        "by": hold.held_by,
        "held_at": instant(hold.held_at),
        "until": _or_null(hold.until),
    }


def _partner(one: PartnerQueue) -> Json:
    standing = one.standing
    return {
        "partner": standing.code,
        "name": standing.name,
        "status": standing.status.value,
        "delivery": standing.delivery.value,
        "circuit": standing.circuit.value,
        "failures": standing.failures,
        "last_reason": standing.last_reason,
        "resting_until": _or_null(standing.quiet_until),
        "owed": standing.backlog.owed,
        "waiting": one.waiting,
        "held": one.held,
        "parked": one.parked,
        "aside": one.aside,
        "oldest": _or_null(standing.backlog.oldest),
        "next_try": _or_null(one.next_try),
    }


def _group(one: CauseGroup) -> Json:
    return {
        "kept_back": one.kept_back,
        "kept_back_name": text(KEPT_TEXTS[one.kept_back]),
        **cause_content(one.cause),
        "count": one.count,
        "partners": list(one.partners),
        "oldest": instant(one.oldest),
        "since": instant(one.since),
        "next_try": instant(one.next_try),
    }


def _envelope(one: EnvelopeShown) -> Json:
    owed = one.owed
    return {
        "envelope_id": owed.envelope_id,
        "sequence": owed.sequence,
        "carries": WORD_OF_NAME.get(one.kind, one.kind),
        "outcome": owed.outcome,
        "owed_at": instant(owed.owed_at),
        "expires_at": instant(owed.expires_at),
        "settled_at": _or_null(owed.settled_at),
        "tries": owed.tries,
        **cause_content(one.cause),
        **_standing(one.standing),
        "hold": hold_content(one.hold) if one.hold else None,
        "can": list(one.can),
        "history": [
            {"at": instant(note.at), "actor": note.actor, "act": note.act, "outcome": note.outcome}
            for note in one.notes
        ],
    }


def _standing(standing: Standing | None) -> Json:
    if standing is None:
        return {"kept_back": "", "kept_back_name": None, "kept_since": None, "next_try": None, "answers": 0}
    return {
        "kept_back": standing.kept_back,
        "kept_back_name": text(KEPT_TEXTS[standing.kept_back]),
        "kept_since": _or_null(standing.kept_since),
        "next_try": None if standing.kept_back == "held" else instant(standing.due_at),
        "answers": standing.answers,
        "answers_since": _or_null(standing.answers_since),
        "parked_times": standing.parkings,
    }


def _or_null(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
