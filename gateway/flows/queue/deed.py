"""What an operator does to a part of the queue, one bounded step at a time.

A bulk of any size is a row of steps: each reads the next envelopes of the selection, changes them in one write of at most
`MOST` of them, and says where it stopped.  Whoever asked goes on from there, shows how far it is, and may stop at any step:
what was done is done, and the same deed asked again passes over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.store import audit, queue
from gateway.store.database import Database, Transaction
from gateway.store.queue import START, Found, Place, Selection

MOST = 500
"""Most envelopes of one write."""
MOST_ASKED = 64
"""Most envelopes of one step for which a partner is asked first."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is asked for.

    Attributes:
        reason: why, in the operator's words; kept in the audit, so nothing personal.
        actor: actor of the audit, `staff:<id>`.
        after: where the step before stopped.
        limit: most envelopes of this step, `MOST` at the most.
    """

    selection: Selection
    reason: str
    actor: str
    after: Place = START
    limit: int = MOST

    @property
    def is_first(self) -> bool:
        """Whether it is the first step."""
        return self.after == START


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did.

    Attributes:
        seen: envelopes, or cases, it looked at.
        skipped: how many it left alone, by reason word.
        after: where the next one goes on; None when there is nothing left.
        hold_id: the hold that was put in force.
        partners: who is owed something that may fly now.
    """

    seen: int
    changed: int
    after: Place | None
    skipped: Mapping[str, int] = field(default_factory=dict)
    hold_id: str = ""
    partners: tuple[str, ...] = ()


async def next_found(database: Database, deed: Deed, kept: Sequence[str] = ()) -> list[Found]:
    """Return the next envelopes of a deed, of those kept back in one of these ways; read outside the write on purpose."""
    wanted = deed.selection
    if kept:
        both = [word for word in kept if word in wanted.kept] if wanted.kept else list(kept)
        if not both:
            return []
        wanted = replace(wanted, kept=tuple(both))
    limit = min(deed.limit, MOST)
    return await database.read(lambda tx: queue.matching(tx, wanted, deed.after, limit))


def goes_on(found: Sequence[Found], deed: Deed) -> Place | None:
    """Return where the next step begins, None when this was the last."""
    return found[-1].place if len(found) >= min(deed.limit, MOST) else None


def partners_of(found: Sequence[Found]) -> tuple[str, ...]:
    """Return the partners of some envelopes, each once."""
    return tuple(dict.fromkeys(one.partner for one in found))


def note(tx: Transaction, deed: Deed, act: str, changed: int, now: datetime, about: str = "") -> None:
    """Write into the audit who did what to which part of the queue, why and to how many; nothing for an idle later step."""
    if not changed and not deed.is_first:
        return
    wanted = deed.selection
    named = {
        "partner": wanted.partner,
        "item": wanted.basic_code,
        "cause": wanted.cause,
        "envelope": wanted.envelope_id,
        "kept": "+".join(wanted.kept),
        "hold": about,
    }
    said = " ".join(f"{name}={value}" for name, value in named.items() if value)
    detail = f"{said}; {deed.reason}" if said else deed.reason
    audit.note(tx, now, deed.actor, f"queue.{act}", wanted.case_id or wanted.partner or "queue", str(changed), detail)
