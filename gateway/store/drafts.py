"""Forms that people began at a window and have not sent yet; what was typed is encrypted."""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store
from gateway.store.vault import Vault

_COLUMNS = "draft_id, sealed, changed_at"


@dataclass(frozen=True, slots=True)
class Kept:
    """One form of a person.

    Attributes:
        content: where the form is and what was typed, as its flow writes it.
    """

    draft_id: str
    content: bytes
    changed_at: datetime


def keep(tx: Transaction, vault: Vault, person_id: str, draft: Kept, ends_at: datetime, most: int) -> None:
    """Keep a form in place of what was kept of it; of more than `most` forms the ones changed longest ago go."""
    facts = {
        "person_id": person_id,
        "draft_id": draft.draft_id,
        "sealed": vault.seal(draft.content, _context(person_id, draft.draft_id)),
        "now": to_store(draft.changed_at),
        "ends": to_store(ends_at),
    }
    tx.execute(
        "INSERT INTO console_drafts (person_id, draft_id, sealed, changed_at, ends_at)"
        " VALUES (:person_id, :draft_id, :sealed, :now, :ends) ON CONFLICT (person_id, draft_id)"
        " DO UPDATE SET sealed = :sealed, changed_at = :now, ends_at = :ends",
        facts,
    )
    tx.execute(
        "DELETE FROM console_drafts WHERE person_id = :person_id AND draft_id <> :draft_id AND draft_id NOT IN"
        " (SELECT draft_id FROM console_drafts WHERE person_id = :person_id AND draft_id <> :draft_id"
        " ORDER BY changed_at DESC, draft_id LIMIT :others)",
        {"person_id": person_id, "draft_id": draft.draft_id, "others": most - 1},
    )


def find(tx: Transaction, vault: Vault, person_id: str, draft_id: str, now: datetime) -> Kept | None:
    """Return a form of a person; None when there is none, or it is over."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM console_drafts WHERE person_id = :person_id AND draft_id = :draft_id AND ends_at > :now",
        {"person_id": person_id, "draft_id": draft_id, "now": to_store(now)},
    )
    return _kept(vault, person_id, row) if row else None


def of_person(tx: Transaction, vault: Vault, person_id: str, now: datetime) -> list[Kept]:
    """Return the forms of a person, the one changed last first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM console_drafts WHERE person_id = :person_id AND ends_at > :now"
        " ORDER BY changed_at DESC, draft_id",
        {"person_id": person_id, "now": to_store(now)},
    )
    return [_kept(vault, person_id, row) for row in rows]


def drop(tx: Transaction, person_id: str, draft_id: str) -> bool:
    """Remove a form of a person; False when there is none."""
    return bool(
        tx.changed(
            "DELETE FROM console_drafts WHERE person_id = :person_id AND draft_id = :draft_id",
            {"person_id": person_id, "draft_id": draft_id},
        )
    )


def forget_ended(tx: Transaction, now: datetime) -> int:
    """Remove the forms that are over, everybody's; return how many."""
    return tx.changed("DELETE FROM console_drafts WHERE ends_at <= :now", {"now": to_store(now)})


def _kept(vault: Vault, person_id: str, row: tuple[object, ...]) -> Kept:
    draft_id, sealed, changed = row
    context = _context(person_id, str(draft_id))
    return Kept(str(draft_id), vault.open(bytes(sealed), context), from_store(int(str(changed))))  # type: ignore[call-overload]


def _context(person_id: str, draft_id: str) -> bytes:
    return f"console_drafts.sealed|{person_id}|{draft_id}".encode()
