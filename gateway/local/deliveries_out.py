"""How our envelopes of a case fare, for local systems and staff: sent, waiting, kept back, and why in words."""

from datetime import UTC, datetime

from gateway.case.days import CHINA
from gateway.case.texts import Text
from gateway.flows.queue.view import cause_of
from gateway.local.schemas import BOTH, INSTANT, NUMBER, TEXT, Schema, or_null
from gateway.store.feed import HELD, PARKED
from gateway.store.outbox import Owed

Json = dict[str, object]

KEPT_TEXTS: dict[str, Text] = {
    "held": Text("由运维扣留, 解除后发出", "held by an operator; it goes when the hold ends"),
    "parked": Text(
        "对方没有接收, 需人工处理; 网关仍会慢速重试", "not taken; a person is needed, the gateway tries on slowly"
    ),
    "aside": Text("已线下处理, 仍会补送", "handled offline, still owed"),
}
"""How an envelope that is still owed is kept back, for those who wait for it."""

GOES_BY_ITSELF = Text("无需处理, 维护结束后自动发出", "nothing to do: it goes by itself when that is over")

DELIVERY_SCHEMA: Schema = {
    "envelope_id": TEXT,
    "sequence": NUMBER,
    "outcome": TEXT,
    "tries": NUMBER,
    "last_reason": TEXT,
    "cause": or_null(BOTH),
    "fix": or_null(BOTH),
    "kept_back": TEXT,
    "kept_back_name": or_null(BOTH),
    "next_try": or_null(INSTANT),
    "partner_maintenance_until": or_null(INSTANT),
}
FEED_KEPT_SCHEMA: Schema = {"kept_back": TEXT, "kept_back_name": or_null(BOTH), "redirected_to": TEXT}


def delivery(owed: Owed, pauses_until: datetime | None = None) -> Json:
    """Return what became of one envelope; why it did not go and what to do, when it did not.

    Args:
        pauses_until: end of the maintenance the partner is in; None when it is in none.
    """
    open_ = owed.settled_at is None
    cause = cause_of(owed.last_reason) if owed.last_reason else None
    fix = cause.fix if cause and cause.fix.zh else None
    paused = _paused(pauses_until) if open_ and pauses_until and not owed.kept_back else None
    why = paused or (cause.cause if cause else None)
    fix = GOES_BY_ITSELF if paused else fix
    return {
        "envelope_id": owed.envelope_id,
        "sequence": owed.sequence,
        "outcome": owed.outcome,
        "tries": owed.tries,
        "last_reason": owed.last_reason,
        "cause": _both(why) if why else None,
        "fix": _both(fix) if fix else None,
        **_kept(owed.kept_back if open_ else ""),
        "next_try": _instant(max(owed.due_at, pauses_until or owed.due_at))
        if open_ and owed.kept_back != HELD
        else None,
        "partner_maintenance_until": _instant(pauses_until) if open_ and pauses_until else None,
    }


def feed_kept(note: str) -> Json:
    """Return what the note of a `kept_back` entry says, empty for none; the reason word is told as `reason`."""
    return _kept(note.partition(":")[0])


def reason_of(note: str) -> str:
    """Return the reason word of a `kept_back` entry; an operator's hold has none."""
    word, _, reason = note.partition(":")
    return reason if word == PARKED else ""


def _paused(until: datetime) -> Text:
    at = until.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return Text(f"对方维护至 {at}", f"the other side is in maintenance until {at}")


def _kept(word: str) -> Json:
    return {"kept_back": word, "kept_back_name": _both(KEPT_TEXTS[word]) if word else None}


def _both(said: Text) -> Json:
    return {"zh": said.zh, "en": said.en}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
