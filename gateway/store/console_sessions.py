"""Sessions at the console and links that are good once; of both only the hash of the token is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

AHEAD = timedelta(minutes=10)
"""What begins later than this from now was begun while the clock ran ahead: it is over, or it would last for ever."""
LONGEST_LINK = timedelta(hours=24)
_COLUMNS = "session_id, person_id, complete, began_at, seen_at, ends_at, provider_session"

_GOOD = "token_sha256 = :token AND used_at IS NULL AND ends_at > :now AND ends_at <= :latest"


@dataclass(frozen=True, slots=True)
class Session:
    """One session.

    Attributes:
        complete: False until the second factor was given.
        ends_at: over then, however much it is used.
        provider_session: keyed hash of the session at the identity provider it began by, empty where that names none; None when
            it began otherwise.
    """

    session_id: str
    person_id: str
    complete: bool
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    provider_session: bytes | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for: `first`, `password`, `sign_in` or `identity`; `person_id` is empty for the first."""

    purpose: str
    person_id: str


def begin(tx: Transaction, token: str, session: Session) -> None:
    """Keep a new session under its token."""
    tx.execute(
        f"INSERT INTO console_sessions (token_sha256, {_COLUMNS})"
        " VALUES (:token, :session_id, :person_id, :complete, :began, :began, :ends, :provider_session)",
        {
            "token": _digest(token),
            "session_id": session.session_id,
            "person_id": session.person_id,
            "complete": int(session.complete),
            "began": to_store(session.began_at),
            "ends": to_store(session.ends_at),
            "provider_session": session.provider_session,
        },
    )


def find(tx: Transaction, token: str, now: datetime, idle: timedelta) -> Session | None:
    """Return the session of a token; None when there is none, it is over, it was idle for too long, or it is yet to begin."""
    row = tx.row(f"SELECT {_COLUMNS} FROM console_sessions WHERE token_sha256 = :token", {"token": _digest(token)})
    session = _session(row) if row else None
    if session is None or now >= session.ends_at or now - session.seen_at > idle or session.began_at - now > AHEAD:
        return None
    return session


def seen(tx: Transaction, token: str, now: datetime) -> None:
    """Note that a session was used."""
    tx.execute(
        "UPDATE console_sessions SET seen_at = :now WHERE token_sha256 = :token AND seen_at < :now",
        {"token": _digest(token), "now": to_store(now)},
    )


def end(tx: Transaction, token: str) -> None:
    """End the session of a token."""
    tx.execute("DELETE FROM console_sessions WHERE token_sha256 = :token", {"token": _digest(token)})


def end_all_of(tx: Transaction, person_id: str, but: str = "") -> int:
    """End every session of a person, but for the one of a token; return how many."""
    return tx.changed(
        "DELETE FROM console_sessions WHERE person_id = :person_id AND token_sha256 <> :token",
        {"person_id": person_id, "token": _digest(but)},
    )


def end_one(tx: Transaction, person_id: str, session_id: str) -> bool:
    """End one session of a person; False when there is none."""
    return bool(
        tx.changed(
            "DELETE FROM console_sessions WHERE person_id = :person_id AND session_id = :session_id",
            {"person_id": person_id, "session_id": session_id},
        )
    )


def of_person(tx: Transaction, person_id: str, now: datetime) -> list[Session]:
    """Return the sessions of a person that are not over, the newest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM console_sessions WHERE person_id = :person_id AND ends_at > :now ORDER BY began_at DESC",
        {"person_id": person_id, "now": to_store(now)},
    )
    return [_session(row) for row in rows]


def forget_ended(tx: Transaction, now: datetime) -> None:
    """Remove sessions and links that are over."""
    tx.execute("DELETE FROM console_sessions WHERE ends_at <= :now", {"now": to_store(now)})
    tx.execute("DELETE FROM console_links WHERE ends_at <= :now", {"now": to_store(now)})


def add_link(tx: Transaction, token: str, link: Link, ends_at: datetime) -> None:
    """Keep a link that is good once."""
    tx.execute(
        "INSERT INTO console_links (token_sha256, purpose, person_id, ends_at) VALUES (:token, :purpose, :person_id, :ends)",
        {"token": _digest(token), "purpose": link.purpose, "person_id": link.person_id, "ends": to_store(ends_at)},
    )


def find_link(tx: Transaction, token: str, now: datetime) -> Link | None:
    """Return what a link is for; None when there is none, it is over, or it was used."""
    row = tx.row(
        f"SELECT purpose, person_id FROM console_links WHERE {_GOOD}",
        {"token": _digest(token), "now": to_store(now), "latest": to_store(now + LONGEST_LINK + AHEAD)},
    )
    return Link(*row) if row else None


def open_links(tx: Transaction, now: datetime) -> int:
    """Return how many links nobody has used are still good."""
    row = tx.row(
        "SELECT COUNT(*) FROM console_links WHERE used_at IS NULL AND ends_at > :now AND ends_at <= :latest",
        {"now": to_store(now), "latest": to_store(now + LONGEST_LINK + AHEAD)},
    )
    return row[0] if row else 0


def use_link(tx: Transaction, token: str, now: datetime) -> bool:
    """Use a link up; False when it was used already or is over."""
    return bool(
        tx.changed(
            f"UPDATE console_links SET used_at = :now WHERE {_GOOD}",
            {"token": _digest(token), "now": to_store(now), "latest": to_store(now + LONGEST_LINK + AHEAD)},
        )
    )


def void_links(tx: Transaction, person_id: str, now: datetime, purpose: str = "") -> None:
    """Put every link of a person out of use, or those for one purpose."""
    tx.execute(
        "UPDATE console_links SET used_at = :now WHERE person_id = :person_id AND used_at IS NULL"
        " AND (purpose = :purpose OR :purpose = '')",
        {"person_id": person_id, "purpose": purpose, "now": to_store(now)},
    )


def _session(row: tuple[object, ...]) -> Session:
    session_id, person_id, complete, began, seen_at, ends, provider = row
    began_at, last_seen, ends_at = (from_store(int(str(at))) for at in (began, seen_at, ends))
    by_provider = bytes(provider) if isinstance(provider, bytes | memoryview) else None
    return Session(str(session_id), str(person_id), bool(complete), began_at, last_seen, ends_at, by_provider)


def _digest(token: str) -> bytes:
    # A cookie may hold any bytes; what is no text is no token of ours, and no reason to fail.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
