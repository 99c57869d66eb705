"""Edits of partner files and compared days go when the audit of their time goes; what is open or live stays."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from gateway.app.retention_flows import retaining
from gateway.case.days import day_in_china
from gateway.flows.retention import ROWS_AT_ONCE, Retaining, Terms
from gateway.store import audit, partner_versions, reconciliations
from gateway.store.database import Transaction
from gateway.store.partner_versions import Edit
from gateway.store.reconciliations import Compared, Difference, Done, Outcome
from tests.flows.regions import Region, regions

ENSHI, QIANJIANG = "422800", "500114"
KEPT = timedelta(days=90)


def keeping(region: Region) -> Retaining:
    terms = Terms(content=timedelta(days=4000), news=timedelta(days=4000), audit=KEPT)
    return replace(retaining(region.gateway, region.settings), terms=terms)


def an_edit(at: datetime) -> Edit:
    return Edit(at, "500114-黔江.yaml", QIANJIANG, "", "root", partner_versions.REFUSED, None, 1, None)


async def test_what_is_as_old_as_audit_that_went_goes_too(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        here, now = both[ENSHI], both.clock()
        old, new = now - KEPT - timedelta(days=2), now - KEPT + timedelta(days=2)
        days = (day_in_china(old), day_in_china(new))

        def fill(tx: Transaction) -> None:
            for at in (old, new):
                partner_versions.note_edit(tx, an_edit(at))
            for day in days:
                for direction, outcome in (("out", Outcome.EQUAL), ("in", Outcome.DIFFERS)):
                    reconciliations.keep(tx, Compared(day, QIANJIANG, direction, outcome, tried_at=now))
                    one = Difference("e1", "missing", "a accepted", "", Done.RAISED)
                    reconciliations.keep_differences(tx, day, QIANJIANG, direction, [one], now)

        await here.gateway.database.write(fill)
        flow = keeping(here)
        assert (await flow.waiting()).records == 2
        done = await flow.step()
        assert done.records == 2
        assert not done.more

        def left(tx: Transaction) -> tuple[list[datetime], list[tuple[date, str]], int]:
            edits = [one.at for one in partner_versions.edits_of(tx, QIANJIANG, 10) if one.sha256 == ""]
            compared = [(one.day, one.direction) for one in reconciliations.of_days(tx, days[0], days[1])]
            gone = reconciliations.differences_of(tx, days[0], QIANJIANG, "out")
            return edits, compared, len(gone)

        edits, compared, differences = await here.gateway.database.read(left)
        assert edits == [new]
        assert (days[0], "out") not in compared
        assert (days[0], "in") in compared, "nobody explained it"
        assert len(compared) == 3
        assert differences == 0
        rows = await here.gateway.database.read(lambda tx: audit.newest(tx, 0, "retention.sweep", "", 1))
        assert "edits=1 days=1" in repr(rows)
        assert (await flow.waiting()).records == 0


async def test_many_edits_go_a_piece_at_a_time(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        here, old = both[ENSHI], both.clock() - KEPT - timedelta(days=2)
        await here.gateway.database.write(lambda tx: tx.execute("DELETE FROM partner_edits"))

        def fill(tx: Transaction) -> None:
            for _ in range(ROWS_AT_ONCE + 5):
                partner_versions.note_edit(tx, an_edit(old))

        await here.gateway.database.write(fill)
        flow = keeping(here)
        steps = [await flow.step() for _ in range(2)]
        assert [(one.records, one.more) for one in steps] == [(ROWS_AT_ONCE, True), (5, False)]
