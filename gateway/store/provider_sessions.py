"""What signing in through an identity provider leaves behind: whose identity it is, what was used, sessions to end."""

import hashlib
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store


def use_once(tx: Transaction, mark: str, now: datetime, ends_at: datetime) -> bool:
    """Use a mark up and forget those that are over; False when it was used before.

    Args:
        ends_at: from when what the mark stands for is refused in any event.
    """
    tx.execute("DELETE FROM console_used WHERE ends_at <= :now", {"now": to_store(now)})
    return bool(
        tx.changed(
            "INSERT INTO console_used (mark_sha256, ends_at) VALUES (:mark, :ends) ON CONFLICT DO NOTHING",
            {"mark": hashlib.sha256(mark.encode()).digest(), "ends": to_store(ends_at)},
        )
    )


def is_linked(tx: Transaction, person_id: str) -> bool:
    """Whether an account is linked to an identity."""
    return tx.row("SELECT 1 FROM people WHERE person_id = :id AND subject <> ''", {"id": person_id}) is not None


def link(tx: Transaction, person_id: str, subject: str, now: datetime) -> None:
    """Link an account to an identity in place of the one before; an empty one unlinks it.

    Args:
        subject: keyed hash of issuer and subject.

    Raises:
        ConstraintBroken: another account has this identity.
    """
    tx.execute(
        "UPDATE people SET subject = :subject, changed_at = :now WHERE person_id = :id",
        {"id": person_id, "subject": subject, "now": to_store(now)},
    )


def end_of_session(tx: Transaction, provider_session: bytes, person_id: str = "") -> int:
    """End what began by a session at the provider, of one person where one is named; return how many."""
    return tx.changed(
        "DELETE FROM console_sessions WHERE provider_session = :session AND (:person = '' OR person_id = :person)",
        {"session": provider_session, "person": person_id},
    )


def end_of_person(tx: Transaction, person_id: str) -> int:
    """End every session of a person that began by the provider; return how many."""
    return tx.changed(
        "DELETE FROM console_sessions WHERE person_id = :person AND provider_session IS NOT NULL", {"person": person_id}
    )
