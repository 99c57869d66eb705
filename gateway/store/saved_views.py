"""Searches that people keep under a name (保存的视图), each person their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store


@dataclass(frozen=True, slots=True)
class SavedView:
    """One search.

    Attributes:
        sought: what it looks for, by field of the page; nothing about a person is among it.
    """

    view_id: str
    name: str
    sought: Mapping[str, str]


def of_person(tx: Transaction, person_id: str, limit: int) -> list[SavedView]:
    """Return somebody's views, in the order in which they were made."""
    rows = tx.rows(
        "SELECT view_id, name, sought FROM saved_views WHERE person_id = :person ORDER BY made_at, view_id LIMIT :limit",
        {"person": person_id, "limit": limit},
    )
    return [SavedView(view_id, name, json.loads(sought)) for view_id, name, sought in rows]


def find(tx: Transaction, person_id: str, view_id: str) -> SavedView | None:
    """Return a view of somebody; None for one of somebody else, too."""
    row = tx.row(
        "SELECT view_id, name, sought FROM saved_views WHERE view_id = :view AND person_id = :person",
        {"view": view_id, "person": person_id},
    )
    return None if row is None else SavedView(row[0], row[1], json.loads(row[2]))


def add(tx: Transaction, person_id: str, view: SavedView, now: datetime) -> None:
    """Add a view.  Raises ConstraintBroken when the person has one of that name."""
    tx.execute(
        "INSERT INTO saved_views (view_id, person_id, name, sought, made_at) VALUES (:view, :person, :name, :sought, :now)",
        {
            "view": view.view_id,
            "person": person_id,
            "name": view.name,
            "sought": json.dumps(dict(view.sought), ensure_ascii=False, sort_keys=True),
            "now": to_store(now),
        },
    )


def rename(tx: Transaction, person_id: str, view_id: str, name: str) -> None:
    """Give a view of somebody another name.  Raises ConstraintBroken when they have one of that name."""
    tx.execute(
        "UPDATE saved_views SET name = :name WHERE view_id = :view AND person_id = :person",
        {"view": view_id, "person": person_id, "name": name},
    )


def remove(tx: Transaction, person_id: str, view_id: str) -> None:
    """Remove a view of somebody."""
    tx.execute(
        "DELETE FROM saved_views WHERE view_id = :view AND person_id = :person", {"view": view_id, "person": person_id}
    )
