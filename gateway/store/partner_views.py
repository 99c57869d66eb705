"""What partners last told of themselves and of how they see us, and when they could not be asked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_COLUMNS = "partner, told_at, told, failed_at, failed_for, failures"


class ToldPause(Struct, frozen=True):
    """Maintenance a partner announces, as it told it."""

    begins: datetime
    ends: datetime
    reason_zh: str
    reason_en: str


class ToldTerm(Struct, frozen=True, array_like=True):
    """One term of an agreement as the partner reads it."""

    agreement: str
    term: str
    value: str


class Told(Struct, frozen=True, kw_only=True):
    """One description of a partner.

    Attributes:
        fingerprint: of the agreements as the partner reads them, hexadecimal; empty when it computes none.
        terms: those behind the fingerprint, when they were asked for; `terms_left_out` were too many.
        last_contact .. clock_skew: how the partner sees us; seconds for spans.
        features: what it serves.
    """

    software: str = ""
    exchange_minor: int = 0
    incarnation: str = ""
    items_version: int = 0
    features: tuple[str, ...] = ()
    fingerprint: str = ""
    terms: tuple[ToldTerm, ...] = ()
    terms_left_out: int = 0
    pause: ToldPause | None = None
    next_keys: bool = False
    last_contact: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    queued: int = 0
    oldest_waiting: float | None = None
    backing_off_until: datetime | None = None
    clock_skew: float | None = None


@dataclass(frozen=True, slots=True)
class PartnerView:
    """What is known of one partner by what it told.

    Attributes:
        told_at: when it told it; None for never.
        failed_at, failed_for, failures: the last question, when it failed, why, and how many in a row did.
    """

    partner: str
    told_at: datetime | None = None
    told: Told = field(default_factory=Told)
    failed_at: datetime | None = None
    failed_for: str = ""
    failures: int = 0


def find(tx: Transaction, partner: str) -> PartnerView:
    """Return what a partner told; an empty view when it never did."""
    row = tx.row(f"SELECT {_COLUMNS} FROM partner_views WHERE partner = :partner", {"partner": partner})
    return PartnerView(partner) if row is None else _from_store(row)


def every(tx: Transaction) -> dict[str, PartnerView]:
    """Return what partners told, by partner."""
    return {row[0]: _from_store(row) for row in tx.rows(f"SELECT {_COLUMNS} FROM partner_views")}


def keep(tx: Transaction, partner: str, told: Told, now: datetime) -> None:
    """Keep what a partner told; terms told before stay while the fingerprint they belong to does."""
    before = find(tx, partner).told
    if not told.terms and before.fingerprint == told.fingerprint:
        told = msgspec.structs.replace(told, terms=before.terms, terms_left_out=before.terms_left_out)
    tx.execute(
        "INSERT INTO partner_views (partner, told_at, told) VALUES (:partner, :now, :told)"
        " ON CONFLICT (partner) DO UPDATE SET told_at = :now, told = :told, failed_at = NULL, failed_for = '',"
        " failures = 0",
        {"partner": partner, "now": to_store(now), "told": msgspec.json.encode(told).decode()},
    )


def failed(tx: Transaction, partner: str, reason: str, now: datetime) -> None:
    """Note that a partner could not be asked; what it told before stays."""
    tx.execute(
        "INSERT INTO partner_views (partner, failed_at, failed_for, failures) VALUES (:partner, :now, :reason, 1)"
        " ON CONFLICT (partner) DO UPDATE SET failed_at = :now, failed_for = :reason, failures = failures + 1",
        {"partner": partner, "now": to_store(now), "reason": reason},
    )


def _from_store(row: tuple[Any, ...]) -> PartnerView:
    partner, told_at, told, failed_at, failed_for, failures = row
    return PartnerView(
        partner,
        None if told_at is None else from_store(told_at),
        msgspec.json.decode(told, type=Told),
        None if failed_at is None else from_store(failed_at),
        failed_for,
        failures,
    )
