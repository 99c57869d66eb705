"""Items of every region in every version that ever was, and how fresh each region's catalogue is.

A version is never overwritten: the same again changes nothing, other content under a version that is there is an error.
Definitions are kept as JSON and known by their SHA-256.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from gateway.case.item.definition import ItemDefinition, ItemState
from gateway.case.states import FINAL
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_COLUMNS = "item_key, version, basic_code, state, valid_from, catalogue_version, digest, at"
_DECODER = msgspec.json.Decoder(ItemDefinition)


class VersionTaken(Exception):
    """A version of an item is there already and says something else; the text names item and version."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One version of one item, without what it says.

    Attributes:
        key: names the item within its region, in every version (`ItemDefinition.key`).
        catalogue_version: of the region's catalogue with which this version came.
        at: when it came here.
    """

    key: str
    version: int
    basic_code: str
    state: ItemState
    valid_from: date
    catalogue_version: int
    digest: bytes
    at: datetime

    @property
    def division(self) -> str:
        """Where it holds."""
        return self.key.split("/")[1]

    @property
    def task_code(self) -> str:
        """Its task code, empty when it has none."""
        return self.key.split("/")[2]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """How fresh the items of a region are.

    Attributes:
        version: grows with every change; 0 when the region publishes none, or none was asked for yet.
        asked_at: last time a partner was asked and answered; None for our own.
        reason: why the last question failed; empty when it did not.
    """

    version: int
    changed_at: datetime
    asked_at: datetime | None
    reason: str


def encoded(definition: ItemDefinition) -> bytes:
    """Return a definition as it is kept; the same definition gives the same bytes."""
    return msgspec.json.encode(definition)


def digest_of(definition: ItemDefinition) -> bytes:
    """Return the SHA-256 of a definition as it is kept."""
    return hashlib.sha256(encoded(definition)).digest()


def add(tx: Transaction, region: str, definition: ItemDefinition, catalogue_version: int, now: datetime) -> bool:
    """Add a version of an item; False when it is there with the same content.

    Raises:
        VersionTaken: it is there with other content.
    """
    content = encoded(definition)
    digest = hashlib.sha256(content).digest()
    held = tx.row(
        "SELECT digest FROM items WHERE region = :region AND item_key = :key AND version = :version",
        {"region": region, "key": definition.key, "version": definition.version},
    )
    if held is not None:
        if bytes(held[0]) != digest:
            raise VersionTaken(f"{region} {definition.key} version {definition.version}")
        return False
    tx.execute(
        "INSERT INTO items (region, item_key, version, basic_code, state, valid_from, catalogue_version, digest,"
        " definition, at) VALUES (:region, :key, :version, :basic_code, :state, :valid_from, :catalogue_version,"
        " :digest, :definition, :at)",
        {
            "region": region,
            "key": definition.key,
            "version": definition.version,
            "basic_code": definition.basic_code,
            "state": definition.state.value,
            "valid_from": definition.valid_from.isoformat(),
            "catalogue_version": catalogue_version,
            "digest": digest,
            "definition": content,
            "at": to_store(now),
        },
    )
    return True


def of_code(tx: Transaction, region: str, basic_code: str) -> list[ItemRow]:
    """Return every version of the items of a region with this basic code, by key and version."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM items WHERE region = :region AND basic_code = :code ORDER BY item_key, version",
        {"region": region, "code": basic_code},
    )
    return [_row(row) for row in rows]


def of_key(tx: Transaction, region: str, key: str) -> list[ItemRow]:
    """Return every version of one item of a region, the oldest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM items WHERE region = :region AND item_key = :key ORDER BY version",
        {"region": region, "key": key},
    )
    return [_row(row) for row in rows]


def definition(tx: Transaction, region: str, key: str, version: int) -> ItemDefinition | None:
    """Return what one version of an item says."""
    row = tx.row(
        "SELECT definition FROM items WHERE region = :region AND item_key = :key AND version = :version",
        {"region": region, "key": key, "version": version},
    )
    return None if row is None else _DECODER.decode(row[0])


def since(
    tx: Transaction,
    region: str,
    catalogue_version: int,
    *,
    up_to: int,
    after: tuple[int, str, int] = (0, "", 0),
    limit: int = 200,
) -> list[tuple[ItemRow, ItemDefinition]]:
    """Return what came to a region's catalogue after a version of it, in the order in which it came.

    Args:
        up_to: the version of the catalogue that is read; what came later is left out.
        after: (catalogue version, key, version) of the last one of the page before.
    """
    rows = tx.rows(
        f"SELECT {_COLUMNS}, definition FROM items WHERE region = :region AND catalogue_version > :since"
        " AND catalogue_version <= :up_to AND (catalogue_version, item_key, version) > (:at_version, :at_key, :at_item)"
        " ORDER BY catalogue_version, item_key, version LIMIT :limit",
        {
            "region": region,
            "since": catalogue_version,
            "up_to": up_to,
            "at_version": after[0],
            "at_key": after[1],
            "at_item": after[2],
            "limit": limit,
        },
    )
    return [(_row(row[:-1]), _DECODER.decode(row[-1])) for row in rows]


def keys(tx: Transaction, region: str, after: str = "", limit: int = 200) -> list[str]:
    """Return names of items of a region behind a name, in order."""
    rows = tx.rows(
        "SELECT DISTINCT item_key FROM items WHERE region = :region AND item_key > :after ORDER BY item_key LIMIT :limit",
        {"region": region, "after": after, "limit": limit},
    )
    return [row[0] for row in rows]


def remove(tx: Transaction, region: str, key: str, version: int) -> None:
    """Forget a version: for a partner that was restored from a backup and knows it no longer."""
    tx.execute(
        "DELETE FROM items WHERE region = :region AND item_key = :key AND version = :version",
        {"region": region, "key": key, "version": version},
    )


def names(tx: Transaction, region: str) -> set[tuple[str, int]]:
    """Return key and version of everything held of a region."""
    rows = tx.rows("SELECT item_key, version FROM items WHERE region = :region", {"region": region})
    return {(key, version) for key, version in rows}


@dataclass(frozen=True, slots=True)
class BoundCase:
    """An open case of ours that is bound to a version of a partner's item."""

    case_id: str
    system: str
    item_version: int
    handler_division: str


def open_cases(tx: Transaction, partner: str, basic_codes: Sequence[str]) -> list[BoundCase]:
    """Return the cases we sent to a partner that are not at their end and are bound to a version of one of these items."""
    names = {f"code{n}": code for n, code in enumerate(basic_codes)}
    ends = {f"end{n}": state.value for n, state in enumerate(FINAL)}
    rows = tx.rows(
        "SELECT case_id, system, item_version, handler_division FROM cases WHERE partner = :partner"
        f" AND basic_code IN ({', '.join(':' + name for name in names)}) AND party = 'origin' AND item_version > 0"
        f" AND state NOT IN ({', '.join(':' + name for name in ends)}) ORDER BY case_id",
        {"partner": partner, **names, **ends},
    )
    return [BoundCase(*row) for row in rows]


def catalogue(tx: Transaction, region: str) -> Catalogue | None:
    """Return how fresh the items of a region are; None when nobody ever imported or asked."""
    row = tx.row(
        "SELECT version, changed_at, asked_at, reason FROM catalogues WHERE region = :region", {"region": region}
    )
    if row is None:
        return None
    version, changed_at, asked_at, reason = row
    return Catalogue(version, from_store(changed_at), None if asked_at is None else from_store(asked_at), reason)


def version_of(tx: Transaction, region: str) -> int:
    """Return the version of a region's catalogue; 0 when it publishes none."""
    row = tx.row("SELECT version FROM catalogues WHERE region = :region", {"region": region})
    return 0 if row is None else int(row[0])


def life_of(tx: Transaction, region: str) -> str:
    """Return in which life of its store (incarnation) a region gave us its catalogue; empty when that is not known."""
    row = tx.row("SELECT incarnation FROM catalogues WHERE region = :region", {"region": region})
    return "" if row is None else str(row[0])


def changed(tx: Transaction, region: str, version: int, now: datetime, incarnation: str = "") -> None:
    """The catalogue of a region has this version now."""
    _write(tx, region, {"version": version, "changed_at": to_store(now), "incarnation": incarnation}, now)


def asked(tx: Transaction, region: str, now: datetime, reason: str = "") -> None:
    """A partner was asked for its items; with a reason it did not answer, and what is held stays in use."""
    _write(tx, region, {"reason": reason} if reason else {"reason": "", "asked_at": to_store(now)}, now)


def _write(tx: Transaction, region: str, facts: dict[str, object], now: datetime) -> None:
    tx.execute(
        "INSERT INTO catalogues (region, version, changed_at, asked_at, reason) VALUES (:region, 0, :now, NULL, '')"
        " ON CONFLICT (region) DO NOTHING",
        {"region": region, "now": to_store(now)},
    )
    assignment = ", ".join(f"{name} = :{name}" for name in facts)
    tx.execute(f"UPDATE catalogues SET {assignment} WHERE region = :region", facts | {"region": region})


def _row(row: tuple[Any, ...]) -> ItemRow:
    key, version, basic_code, state, valid_from, catalogue_version, digest, at = row
    return ItemRow(
        key=str(key),
        version=version,
        basic_code=str(basic_code),
        state=ItemState(state),
        valid_from=date.fromisoformat(str(valid_from)),
        catalogue_version=catalogue_version,
        digest=bytes(digest),
        at=from_store(at),
    )
