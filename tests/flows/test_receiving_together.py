"""The envelopes of a call are taken in together; one that cannot be taken in costs its neighbours nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.model import OfficePlace
from gateway.flows.delivery.courier import Answers
from gateway.flows.sealing import SealedObject
from gateway.store import lots
from gateway.wire.codec import receipts_from_bytes, sealed_from_bytes
from tests.flows.regions import Region, Regions, regions
from tests.flows.test_what_is_refused import a_numbered_case, an_event, sealed_by

ENSHI, QIANJIANG = "422800", "500114"


def words(answers: Answers) -> list[str]:
    """Each answer in a word: the reason of a problem or refusal, empty when it was accepted."""
    receipts = {}
    for batch in answers.receipt_batches:
        receipts |= {one.envelope_id: one for one in receipts_from_bytes(sealed_from_bytes(batch).payload).receipts}
    found = []
    for answer in answers.answers:
        refusal = answer.problem or receipts[answer.envelope_id].refusal
        found.append(refusal.reason if refusal else "")
    return found


async def counted(region: Region) -> dict[str, int]:
    """How much there is of everything that taking in writes."""
    tables = ("cases", "events", "inbox", "evidence", "bodies", "feed", "audit")
    return {
        table: (await region.gateway.database.read(lambda tx, table=table: tx.rows(f"SELECT COUNT(*) FROM {table}")))[
            0
        ][0]
        for table in tables
    }


def three_cases(both: Regions) -> list[SealedObject]:
    """Three new cases, the second for a place that is not the recipient's."""
    sender = both[QIANJIANG]
    cases = [a_numbered_case(sender, ENSHI) for _ in range(3)]
    cases[1] = replace(cases[1], handler=OfficePlace("433101000000"))
    return [sealed_by(sender, case, to=ENSHI, case_id=case.number) for case in cases]


@pytest.mark.parametrize("alone", [False, True], ids=["in one call", "one by one"])
async def test_a_refused_envelope_among_others_leaves_the_same_as_one_by_one(tmp_path: Path, alone: bool) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        theirs = both[ENSHI]
        before = await counted(theirs)
        sealed = [sealed_from_bytes(made.sealed) for made in three_cases(both)]
        if alone:
            found = [word for one in sealed for word in words(await theirs.gateway.receive([one], QIANJIANG))]
        else:
            found = words(await theirs.gateway.receive(sealed, QIANJIANG))
        assert found == ["", "OUTSIDE_AGREEMENT", ""]
        after = await counted(theirs)
        batches = 3 if alone else 1
        added = {table: after[table] - before[table] for table in after}
        assert added == {
            "cases": 2,
            "events": 2,
            "inbox": 3,
            "evidence": 3 + batches,
            "bodies": 3 + batches,
            "feed": 2,
            "audit": 3,
        }


async def test_an_answer_that_leaves_nothing_behind_leaves_the_others_taken_in(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        sender, theirs = both[QIANJIANG], both[ENSHI]
        first, _, third = three_cases(both)
        unknown = a_numbered_case(sender, ENSHI).number
        early = sealed_by(sender, an_event(sender, ev.Withdrawn()), to=ENSHI, case_id=unknown, sequence=2)
        before = await counted(theirs)
        call = [sealed_from_bytes(one.sealed) for one in (first, early, third, first)]
        answers = await theirs.gateway.receive(call, QIANJIANG)
        assert words(answers) == ["", "PREDECESSOR_MISSING", "", ""]
        assert len(answers.receipt_batches) == 1, "a repeat within the call has the receipt of the first"
        after = await counted(theirs)
        assert (after["inbox"] - before["inbox"], after["bodies"] - before["bodies"]) == (2, 3)
        again = await theirs.gateway.receive([call[0]], QIANJIANG)
        assert again.receipt_batches == answers.receipt_batches


async def test_more_ids_than_one_statement_has_are_looked_up_as_well(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG) as alone:
        ids = [f"s{nth}" for nth in range(lots.LOT * 2 + 1)]
        sql = "SELECT name FROM sqlite_master WHERE type = :type AND name IN ({ids})"
        names = [*ids, "cases", *ids, "outbox"]

        def look(tx):
            return sorted(row[0] for row in lots.in_lots(tx, sql, {"type": "table"}, names)), lots.in_lots(
                tx, sql, {"type": "table"}, []
            )

        assert await alone[QIANJIANG].gateway.database.read(look) == (["cases", "outbox"], [])
