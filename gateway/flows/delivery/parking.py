"""An answer that settles nothing: when the envelope is tried again, and when it is parked because more tries would not mend it.

    what the partner answered                  then
    it takes no more now, come again           tried again when it says; nothing is counted, for it was not looked at
    retriable                                  tried again, growing waits (`retry` of its file)
    the same again, 12 times over a day        parked
    needs a person, 3 times                    parked; once may be a bad moment, such as a key on its way
    a final refusal that it did not seal       as “needs a person”: unsealed words end nothing

Parked is not the end.  An envelope that is parked is tried again by itself: slowly (`slow_try`); one of each cause when the partner
calls or its file changes (`flows.queue.upkeep`); and all of a cause as soon as one of them arrives (`free_the_like`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.reasons import ROWS, Answer, Reason
from gateway.partners.partner import Partner
from gateway.store import audit, cases, feed, holds, outbox, parking
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from gateway.wire.envelope import Problem

PERSON_AFTER = 3
"""Answers in a row that need a person before an envelope is parked."""
SAME_AFTER = 12
SAME_OVER = timedelta(days=1)
"""So many times the same retriable answer, over so long at least, parks it too."""
SOON = timedelta(seconds=1)
"""First wait of an envelope whose predecessor was missing; doubled each time."""
NOT_LONG = timedelta(minutes=30)
"""Longest such wait: it may come any moment."""
SLOW = 6
SLOWEST = timedelta(days=1)
"""A parked envelope is tried after so many times the longest wait of its partner, a day at most."""
BEFORE_THE_END = timedelta(minutes=10)
AFTER_THE_END = timedelta(minutes=1)
"""One slow try is made just before an envelope expires, and one just after, which gets it a final answer."""
LIKE = 500
"""Most envelopes that are let fly because one with their cause arrived; each that arrives lets as many go again."""
LONGEST_ASKED = 3600
"""Seconds: a partner that asks for a longer wait is asked again sooner."""
_UNREADABLE = frozenset({Reason.VAULT_KEY_UNKNOWN, Reason.VAULT_TAMPERED})


def class_of(problem: Problem | None) -> tuple[str, Answer]:
    """Return the reason word of an answer that settles nothing, and what can be done about it."""
    if problem is None:
        return Reason.PARTNER_ANSWER.value, ROWS[Reason.PARTNER_ANSWER].answer
    answer = problem.answer
    return problem.reason, Answer.PERSON if answer is Answer.FINAL else answer


def put_off(
    tx: Transaction,
    partner: Partner,
    own_region: str,
    owed: Owed,
    problem: Problem | None,
    jitter: float,
    now: datetime,
) -> bool:
    """Write down an answer that settles nothing: tried again later, or parked; True when it was parked."""
    reason, answer = class_of(problem)
    asked = _asked_for(problem)
    if reason == Reason.RATE_EXCEEDED.value and asked:
        # A second is what is said at least, also where the next flight may bring it.
        outbox.not_looked_at(tx, owed.envelope_id, now + asked if asked > SOON else now, owed.tries)
        return False
    times = count(tx, partner, own_region, owed, reason, answer, jitter, now)
    if not times:
        return True
    materials = reason == Reason.MATERIALS_MISSING.value
    due = _next_try(partner, reason, owed.tries + 1, times, jitter, now)
    due = max(due, now + asked)
    outbox.put_off(tx, owed.envelope_id, due, reason, materials_wait=True if materials else None)
    holds.catch(tx, owed.envelope_id, now)
    return False


def count(
    tx: Transaction,
    partner: Partner,
    own_region: str,
    owed: Owed,
    reason: str,
    answer: Answer,
    jitter: float,
    now: datetime,
) -> int:
    """Count an answer that settles nothing, and park the envelope if it came too often; return how often, 0 when it is parked."""
    times, since = parking.answered(tx, owed.envelope_id, reason, now)
    if not is_parked(answer, times, now - since):
        return times
    park(tx, partner, own_region, owed, reason, jitter, now)
    return 0


def is_parked(answer: Answer, times: int, over: timedelta) -> bool:
    """Whether an envelope is parked that got the same answer so many times in a row, over so long."""
    if answer is Answer.RETRIABLE:
        return times >= SAME_AFTER and over >= SAME_OVER
    return times >= PERSON_AFTER


def park(
    tx: Transaction, partner: Partner, own_region: str, owed: Owed, reason: str, jitter: float, now: datetime
) -> None:
    """Park an envelope; the first time its local system and the audit learn of it."""
    due = slow_try(partner, owed.expires_at, jitter, now)
    files = reason == Reason.MATERIALS_MISSING.value
    times = parking.park(tx, owed.envelope_id, reason, due, now, with_files=files)
    holds.catch(tx, owed.envelope_id, now)
    if times != 1 and reason == owed.last_reason:
        return
    row = cases.find(tx, owed.case_id)
    if row is None or not times:
        return
    note = f"{feed.PARKED}:{reason}"
    feed.tell(tx, now, row.system, row.case_id, feed.KEPT_BACK, own_region, owed.envelope_id, note)
    audit.note(tx, now, f"region:{partner.code}", "envelope.parked", row.case_id, reason, owed.envelope_id)


def park_unreadable(
    tx: Transaction, partner: Partner, own_region: str, owed: Owed, error: GatewayError, jitter: float, now: datetime
) -> None:
    """Park an envelope of ours that cannot be decrypted; it is looked at again when the storage key may be back.

    Raises:
        GatewayError: `error`, when it is anything else.
    """
    if error.reason not in _UNREADABLE:
        raise error
    park(tx, partner, own_region, owed, error.reason.value, jitter, now)


def slow_try(partner: Partner, expires_at: datetime, jitter: float, now: datetime) -> datetime:
    """Return when a parked envelope has its next try."""
    slow = min(SLOW * partner.retry.longest_wait, SLOWEST)
    usual = now + slow * (0.8 + 0.2 * min(max(jitter, 0.0), 1.0))
    ends = (expires_at - BEFORE_THE_END, expires_at + AFTER_THE_END)
    return min([usual, *(moment for moment in ends if moment > now + partner.retry.first_wait)])


def free_the_like(tx: Transaction, partner: str, causes: Iterable[str], now: datetime) -> int:
    """Envelopes with these causes arrived: let others of the partner fly that are parked for the same."""
    return sum(
        parking.let_fly(tx, parking.of_cause(tx, partner, cause, LIKE), now) for cause in sorted(set(causes) - {""})
    )


def _next_try(partner: Partner, reason: str, tries: int, times: int, jitter: float, now: datetime) -> datetime:
    if reason == Reason.MATERIALS_MISSING.value and times == 1:
        return now  # It has not been asked for its files yet.
    if reason == Reason.PREDECESSOR_MISSING.value:
        return now + min(SOON * (1 << min(times - 1, 24)), NOT_LONG, partner.retry.longest_wait)
    return partner.retry.next_try(tries, now, jitter) or now + partner.retry.longest_wait


def _asked_for(problem: Problem | None) -> timedelta:
    """Return how long the partner asks us to wait; it may not ask for long."""
    facts = problem.facts if problem and problem.answer is Answer.RETRIABLE else {}
    asked = facts.get("retry_after_seconds", "")
    known = asked.isascii() and asked.isdecimal() and len(asked) < 10
    return timedelta(seconds=min(int(asked), LONGEST_ASKED)) if known else timedelta()
