"""Which files each holder announced or handed in, and which belong to a case.

A holder is a local system (`system:<name>`), one person at the console (`system:console:<person_id>`) or one case of one
partner (`<partner>/<case_id>`).  A digest that is here for another holder counts as missing, so that nobody learns from us
what somebody else sent.

What an owner, a system or a partner, has announced or handed in and no case has claimed is bounded (`make_room`) and ends
(`forget`); a file that neither a holder nor a case names is nobody's (`is_unused`) and may be removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.store.database import Transaction
from gateway.store.feed import CONSOLE
from gateway.store.moments import from_store, to_store

SMALLEST = 256 * 1024
"""What a smaller file counts for against the bound, so that it bounds the number of rows too."""

WAITING = (
    "SELECT COALESCE(SUM(MAX(size, :least)), 0) FROM possessions"
    " WHERE owner = :owner AND held_until > :now AND claimed = 0"
)
ENDED = (
    "SELECT holder, sha256 FROM possessions WHERE (claimed = 0 OR owner = holder) AND held_until <= :now"
    " ORDER BY held_until LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Possession:
    """One file of one holder; `complete` once every byte was checked against the digest."""

    sha256: str
    size: int
    complete: bool
    held_until: datetime


def of_system(system: str) -> str:
    """The holder that is a local system."""
    return f"system:{system}"


def uploader(person_id: str) -> str:
    """Return the name under which a person uploads at the console, where a local system has its own.

    No local system has it: their names hold no colon (`local.systems`).
    """
    return f"{CONSOLE}:{person_id}"


def of_partner(partner: str, case_id: str) -> str:
    """The holder that is one case of one partner."""
    return f"{partner}/{case_id}"


def owner_of(holder: str) -> str:
    """Return the system, person or partner whose bound a holder's files count against."""
    return holder.partition("/")[0]


def make_room(tx: Transaction, holder: str, files: Sequence[tuple[str, int]], limit: int, now: datetime) -> None:
    """Check that the owner may have these files wait beside what it has waiting for others.

    A file of less than 256 KiB counts for as much.  The files of one holder that nothing else waits beside are taken
    whatever they amount to, or a large case could never come.

    Args:
        files: digest and size of each.

    Raises:
        MATERIAL_QUOTA: with the bytes that wait, those asked for, and the bound.
    """
    asked = sum(_more(find(tx, holder, sha256), size, now) for sha256, size in files)
    if asked <= 0:
        return
    row = tx.row(
        WAITING,
        {"owner": owner_of(holder), "now": to_store(now), "least": SMALLEST},
    )
    waiting = int(row[0]) if row else 0
    if waiting + asked > limit and waiting > _waiting_here(tx, holder, now):
        raise GatewayError(Reason.MATERIAL_QUOTA, waiting=waiting, asked=asked, limit=limit)


def _more(found: Possession | None, size: int, now: datetime) -> int:
    """Return by how much a file announced with `size` adds to what counts already."""
    if found and found.complete:
        return 0
    counted = max(found.size, SMALLEST) if found and found.held_until > now else 0
    return max(size, SMALLEST) - counted


def _waiting_here(tx: Transaction, holder: str, now: datetime) -> int:
    """Return what one case of a partner has waiting; nothing for a system, which has no case yet."""
    if owner_of(holder) == holder:
        return 0
    row = tx.row(
        f"{WAITING} AND holder = :holder",
        {"owner": owner_of(holder), "holder": holder, "now": to_store(now), "least": SMALLEST},
    )
    return int(row[0]) if row else 0


def announce(tx: Transaction, holder: str, sha256: str, size: int, now: datetime, until: datetime) -> None:
    """Note that a holder is about to hand a file in, or hold it longer; until it is complete the last size told counts."""
    tx.execute(
        "INSERT INTO possessions (holder, sha256, size, complete, at, held_until, owner, claimed)"
        " VALUES (:holder, :sha256, :size, 0, :at, :until, :owner, 0)"
        " ON CONFLICT (holder, sha256) DO UPDATE SET held_until = :until,"
        " size = CASE WHEN possessions.complete = 1 THEN possessions.size ELSE :size END",
        {
            "holder": holder,
            "sha256": sha256,
            "size": size,
            "at": to_store(now),
            "until": to_store(until),
            "owner": owner_of(holder),
        },
    )


def complete(tx: Transaction, holder: str, sha256: str, size: int, now: datetime, until: datetime) -> None:
    """Every byte is here and matches the digest, so `size` is the true one, whatever was announced meanwhile."""
    announce(tx, holder, sha256, size, now, until)
    tx.execute(
        "UPDATE possessions SET complete = 1, size = :size WHERE holder = :holder AND sha256 = :sha256",
        {"holder": holder, "sha256": sha256, "size": size},
    )


def lost(tx: Transaction, holder: str, sha256: str) -> None:
    """The file is not where it should be: it counts as missing until it is handed in again."""
    tx.execute(
        "UPDATE possessions SET complete = 0 WHERE holder = :holder AND sha256 = :sha256",
        {"holder": holder, "sha256": sha256},
    )


def find(tx: Transaction, holder: str, sha256: str) -> Possession | None:
    """Return what a holder has of a file."""
    row = tx.row(
        "SELECT sha256, size, complete, held_until FROM possessions WHERE holder = :holder AND sha256 = :sha256",
        {"holder": holder, "sha256": sha256},
    )
    return None if row is None else Possession(row[0], row[1], bool(row[2]), from_store(row[3]))


def missing(tx: Transaction, holder: str, files: tuple[MaterialFile, ...]) -> list[MaterialFile]:
    """Return the files the holder has not handed in completely, or in another size."""
    lacking = []
    for file in files:
        found = find(tx, holder, file.sha256)
        if found is None or not found.complete or found.size != file.size:
            lacking.append(file)
    return lacking


def attach(tx: Transaction, case_id: str, files: tuple[MaterialFile, ...], sender: str, holder: str) -> None:
    """Make files part of a case: from now on both parties may read them, and they no longer wait for one.

    Args:
        holder: who handed them in.
    """
    tx.many(
        "INSERT INTO case_files (case_id, sha256, size, sender) VALUES (:case_id, :sha256, :size, :sender)"
        " ON CONFLICT (case_id, sha256) DO NOTHING",
        [{"case_id": case_id, "sha256": file.sha256, "size": file.size, "sender": sender} for file in files],
    )
    tx.many(
        "UPDATE possessions SET claimed = 1 WHERE holder = :holder AND sha256 = :sha256",
        [{"holder": holder, "sha256": file.sha256} for file in files],
    )


def forget(tx: Transaction, now: datetime, limit: int) -> list[str]:
    """End what no case claimed in time, and what a system may no longer use again; return the digests.

    Args:
        limit: most that are ended; equal to what is returned: there may be more.
    """
    ended = tx.rows(
        ENDED,
        {"now": to_store(now), "limit": limit},
    )
    tx.many(
        "DELETE FROM possessions WHERE holder = :holder AND sha256 = :sha256",
        [{"holder": holder, "sha256": sha256} for holder, sha256 in ended],
    )
    return [sha256 for _, sha256 in ended]


def is_unused(tx: Transaction, sha256: str) -> bool:
    """Whether neither a holder nor a case names a file."""
    named = tx.row(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM possessions WHERE sha256 = :sha256)"
        " OR EXISTS (SELECT 1 FROM case_files WHERE sha256 = :sha256)",
        {"sha256": sha256},
    )
    return named is None


def size_in_case(tx: Transaction, case_id: str, sha256: str) -> int | None:
    """Return the size of a file of a case, None when it is not the case's."""
    row = tx.row(
        "SELECT size FROM case_files WHERE case_id = :case_id AND sha256 = :sha256",
        {"case_id": case_id, "sha256": sha256},
    )
    return None if row is None else row[0]


def in_cases_of_system(tx: Transaction, system: str, sha256: str) -> bool:
    """Whether a file belongs to any case a local system is in charge of."""
    return (
        tx.row(
            "SELECT 1 FROM case_files f JOIN cases c ON c.case_id = f.case_id"
            " WHERE f.sha256 = :sha256 AND c.system = :system LIMIT 1",
            {"sha256": sha256, "system": system},
        )
        is not None
    )
