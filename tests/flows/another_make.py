"""A gateway of another make at the other end: it keeps and sends what ours would have refused to."""

from typing import Any

from gateway.case import events as ev
from gateway.flows.recording import record
from gateway.store import cases
from gateway.store.database import Transaction
from tests.flows.regions import WINDOW, Region


async def sent_unchecked(region: Region, number: str, happening: ev.Happening, **changes: Any) -> ev.Event:
    """Record an event at a region without any check, and owe it."""
    gateway = region.gateway
    event = ev.Event(
        event_id=gateway.world.new_id(),
        actor=ev.Actor("覃远山", WINDOW[region.code], "S001", "政务服务中心"),
        occurred_at=region.clock(),
        recorded_at=region.clock(),
        happening=happening,
        **changes,
    )

    def write(tx: Transaction) -> None:
        row = cases.find(tx, number)
        assert row
        record(tx, gateway.vault, gateway.sealer, gateway.timing, row, event, by="system:window", now=region.clock())

    await gateway.database.write(write)
    return event
