"""Which files each holder announced or handed in, and which belong to a case.

A holder is a local system (`system:<name>`) or one case of one partner (`<partner>/<case_id>`).  A digest that is
here for another holder counts as missing, so that nobody learns from us what somebody else sent.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.case.model import MaterialFile
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store


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


def of_partner(partner: str, case_id: str) -> str:
    """The holder that is one case of one partner."""
    return f"{partner}/{case_id}"


def announce(tx: Transaction, holder: str, sha256: str, size: int, now: datetime, until: datetime) -> None:
    """Note that a holder is about to hand a file in, or hold it longer; until it is complete the last size told counts."""
    tx.execute(
        "INSERT INTO possessions (holder, sha256, size, complete, at, held_until)"
        " VALUES (:holder, :sha256, :size, 0, :at, :until)"
        " ON CONFLICT (holder, sha256) DO UPDATE SET held_until = :until,"
        " size = CASE WHEN possessions.complete = 1 THEN possessions.size ELSE :size END",
        {"holder": holder, "sha256": sha256, "size": size, "at": to_store(now), "until": to_store(until)},
    )


def complete(tx: Transaction, holder: str, sha256: str, size: int) -> None:
    """Every byte is here and matches the digest, so `size` is the true one, whatever was announced meanwhile."""
    tx.execute(
        "UPDATE possessions SET complete = 1, size = :size WHERE holder = :holder AND sha256 = :sha256",
        {"holder": holder, "sha256": sha256, "size": size},
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


def attach(tx: Transaction, case_id: str, files: tuple[MaterialFile, ...], sender: str) -> None:
    """Make files part of a case: from now on both parties may read them."""
    tx.many(
        "INSERT INTO case_files (case_id, sha256, size, sender) VALUES (:case_id, :sha256, :size, :sender)"
        " ON CONFLICT (case_id, sha256) DO NOTHING",
        [{"case_id": case_id, "sha256": file.sha256, "size": file.size, "sender": sender} for file in files],
    )


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
