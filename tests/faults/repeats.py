"""Envelopes that arrive twice, together and in the wrong order: sent by somebody who holds the sender's credentials.

On TLS bytes this cannot be done; so the drill opens the sender's own keys and store, takes the sealed bytes it sent or
will send, and delivers them past the proxy, whenever and in whichever order it likes.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from random import Random

import apsw

from gateway.app.calling_partners import grpc_courier
from gateway.app.world import real_world
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.cli.federation import Site
from gateway.flows.delivery.courier import Answers
from gateway.partners.check import check_folder
from gateway.partners.partner import Partner
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.schema import Endpoint
from gateway.peering.client import GrpcCourier
from gateway.settings import load_divisions, load_settings
from gateway.trust.vault import Vault, load_vault
from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town
from tests.faults.waiting import lapse, until

MOST = 16
_SENT = "SELECT envelope_id, case_id, sequence, settled_at FROM outbox ORDER BY owed_at DESC, sequence LIMIT 60"
_BODY = "SELECT sealed FROM bodies WHERE sender = ? AND object_id = ?"
_BATCHES = "SELECT sealed_sha256 FROM evidence WHERE kind = 'receipts' AND sender = ?"


@dataclass(frozen=True, slots=True)
class Sent:
    """An envelope of the sender's."""

    envelope_id: str
    case_id: str
    sequence: int
    is_settled: bool
    sealed: bytes


class Shadow:
    """Delivers what a region sealed, with its credentials, past the proxy."""

    def __init__(self, site: Site, other: Site) -> None:
        divisions = load_divisions()
        settings, _ = load_settings(site.folder / "gateway.yaml", divisions)
        assert settings
        self._site = site
        self._other = other
        self._vault: Vault = load_vault(settings.vault, lambda: os.urandom(12))
        self._courier: GrpcCourier = grpc_courier(settings, real_world())
        registry = Registry(divisions)
        today = day_in_china(datetime.now(UTC))
        registry.reload(check_folder(settings.partners, divisions, site.code, today, Redirects.packaged()))
        partner = registry.current().of(other.code)
        assert partner
        self._partner: Partner = replace(partner, endpoints=(Endpoint(address=str(other.peering)),))

    async def close(self) -> None:
        """Hang up."""
        await self._courier.close()

    def sent(self) -> list[Sent]:
        """Return what the region sent last, or still owes."""
        connection = apsw.Connection(str(self._site.store_file), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(5_000)
        try:
            rows = list(connection.execute(_SENT))
            bodies = [next(iter(connection.execute(_BODY, (self._site.code, row[0]))))[0] for row in rows]
        finally:
            connection.close()
        return [
            Sent(*row[:3], row[3] is not None, self._vault.open(body, f"bodies|{self._site.code}|{row[0]}".encode()))
            for row, body in zip(rows, bodies, strict=True)
        ]

    def batches(self) -> set[bytes]:
        """Return the digests of the receipt batches the region holds."""
        connection = apsw.Connection(str(self._site.store_file), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return {bytes(row[0]) for row in connection.execute(_BATCHES, (self._other.code,))}
        finally:
            connection.close()

    async def deliver(self, envelopes: Sequence[Sent]) -> Answers | None:
        """Deliver; None when the far side is not there."""
        try:
            return await self._courier.deliver(self._partner, [one.sealed for one in envelopes])
        except GatewayError:
            return None


async def doubled(town: Town, chance: Random, times: int) -> Bites:
    """Deliver what was sent or is under way again, shuffled, twice at the same moment, in both directions."""
    bites = Bites(times)
    shadows = [Shadow(site, town.other(site)) for site in town.both]
    try:
        for _ in range(times):
            for shadow in shadows:
                sent = shadow.sent()
                chosen = chance.sample(sent, min(MOST, len(sent)))
                if not chosen:
                    continue
                found = await asyncio.gather(shadow.deliver(chosen), shadow.deliver(chosen[::-1]))
                bites.bit += sum(answer.problem is None for one in found if one for answer in one.answers)
                if all(one.is_settled for one in chosen):
                    first = shadow.batches()
                    town.told.contradictions += [
                        "a repeat got another receipt"
                        for one in found
                        if one
                        for batch in one.receipt_batches
                        if sha256(batch).digest() not in first
                    ]
            await lapse(chance.uniform(0.05, 0.3))
    finally:
        for shadow in shadows:
            await shadow.close()
    bites.seen = "repeats receipted"
    return bites


async def reordered(town: Town, chance: Random, times: int) -> Bites:
    """Keep the origin's own flights on the ground, and deliver what it owes in the wrong order."""
    bites = Bites(times)
    shadow = Shadow(town.origin, town.handler)

    def owed() -> list[Sent]:
        return [one for one in shadow.sent() if not one.is_settled]

    try:
        for _ in range(times):
            town.to_handler.refusing = True
            town.to_handler.reset()
            try:
                await until(lambda: any(one.sequence > 1 for one in owed()), 20, "an event behind its opening")
                waiting = sorted(owed(), key=lambda one: -one.sequence)[:MOST]
                later = [one for one in waiting if one.sequence > 1]
                alone = await shadow.deliver(later)
                bites.bit += sum(answer.problem is not None for answer in alone.answers) if alone else 0
                await shadow.deliver(waiting)
                chance.shuffle(waiting)
                await shadow.deliver(waiting)
            finally:
                town.to_handler.refusing = False
            await lapse(chance.uniform(0.3, 1.0))
    finally:
        await shadow.close()
    bites.seen = "events turned away until what is before them came"
    return bites


FAULTS = (
    Fault(name="duplicated deliveries", family="repeats", inject=doubled, times=40, short=4),
    Fault(name="reordered deliveries", family="repeats", inject=reordered, times=15, short=2),
)
