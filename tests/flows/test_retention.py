"""What is no longer kept goes, what proves it stays, and nothing that somebody still needs is touched."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app.retention_flows import retaining
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.retention import Retaining, Terms
from gateway.store import audit, bodies, evidence, retention
from gateway.store.case_lists import Filter
from gateway.store.database import Transaction
from gateway.wire.codec import receipts_from_bytes, sealed_from_bytes
from tests.build import a_file, a_happening, a_material
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
CONTENT = b"%PDF-1.7 sample of a material"
TERMS = Terms(content=timedelta(days=40), news=timedelta(days=20), audit=timedelta(days=90))
"""Shorter than any gateway may have them, so that the keys of the two still sign afterwards."""
BIG = 100


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Regions]:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        yield both


def keeping(region: Region) -> Retaining:
    return replace(retaining(region.gateway, region.settings), terms=TERMS)


async def swept(region: Region) -> int:
    """Sweep until nothing is due; return how many cases were swept."""
    flow, cases, more = keeping(region), 0, True
    while more:
        done = await flow.step()
        assert not done.held
        cases, more = cases + done.cases, done.more
    return cases


async def ended(two: Regions, *, confirmed: bool = True) -> str:
    """A case that was withdrawn, with a file."""
    origin = two[QIANJIANG]
    await origin.upload(CONTENT)
    number = await origin.submit(origin.a_case(ENSHI, materials=(a_material(form=a_file(CONTENT)),)))
    await two.settle_down()
    await origin.act(number, ev.Withdrawn(), reason="申请人撤回")
    await two.settle_down()
    assert [await region.state(number) for region in two.all.values()] == [State.WITHDRAWN] * 2
    if confirmed:
        for region in two.all.values():
            await region.gateway.confirm_feed(region.system, 10**9)
    return number


async def refused_for(region: Region, number: str) -> Reason:
    with pytest.raises(GatewayError) as refused:
        await region.view(number)
    return refused.value.reason


async def test_content_goes_when_its_time_is_over_and_not_before(two: Regions) -> None:
    number = await ended(two)
    await two.pass_time(days=39)
    assert [await swept(region) for region in two.all.values()] == [0, 0]
    await two.pass_time(days=2)

    assert [await swept(region) for region in two.all.values()] == [1, 1]

    for region in two.all.values():
        assert await refused_for(region, number) is Reason.CONTENT_REMOVED
        ((row, name, _),) = await region.gateway.looking.list_cases(Filter(), BIG)
        assert (row.case_id, row.standing.state, name) == (number, State.WITHDRAWN, "")
        assert row.private == b""
        assert row.applicant_key == b""
        assert await swept(region) == 0


async def test_what_proves_the_case_stays(two: Regions) -> None:
    number = await ended(two)
    origin, handler = two[QIANJIANG], two[ENSHI]
    log = await origin.gateway.database.read(evidence.log)
    await two.pass_time(days=41)
    await swept(origin)

    assert await origin.gateway.database.read(evidence.log) == log
    batches = [leaf for leaf in log if leaf.kind == evidence.RECEIPTS and leaf.sender == ENSHI]
    assert len(batches) == 2
    for leaf in batches:
        sealed = await origin.gateway.database.read(
            lambda tx, leaf=leaf: bodies.fetch(tx, origin.gateway.vault, ENSHI, leaf.object_id)
        )
        receipts = receipts_from_bytes(sealed_from_bytes(sealed).payload).receipts
        owed = [
            await handler.gateway.database.read(
                lambda tx, one=one: tx.row(
                    "SELECT payload_sha256 FROM inbox WHERE envelope_id = :id", {"id": one.envelope_id}
                )
            )
            for one in receipts
        ]
        assert [bytes(row[0]) for row in owed if row] == [one.payload_sha256 for one in receipts]
    acts = await origin.gateway.database.read(lambda tx: [one.act for one in audit.about(tx, number)])
    assert acts[0] == "case.submit"
    assert acts[-1] == "case.content_removed"


async def test_a_repeat_still_gets_its_first_receipt(two: Regions) -> None:
    number = await ended(two)
    origin, handler = two[QIANJIANG], two[ENSHI]
    sealed = await origin.gateway.database.read(
        lambda tx: [
            bodies.fetch(tx, origin.gateway.vault, QIANJIANG, leaf.object_id)
            for leaf in evidence.log(tx)
            if (leaf.kind, leaf.sender) == (evidence.ENVELOPE, QIANJIANG)
        ]
    )
    first = await origin.courier.deliver(_partner(origin, ENSHI), sealed)
    await two.pass_time(days=41)
    assert await swept(handler) == 1

    again = await origin.courier.deliver(_partner(origin, ENSHI), sealed)

    assert again.receipt_batches == first.receipt_batches
    assert number


def _partner(region: Region, code: str):
    partner = region.gateway.registry.current().of(code)
    assert partner is not None
    return partner


async def test_files_of_a_case_go_with_it(two: Regions) -> None:
    await ended(two)
    handler = two[ENSHI]
    await two.pass_time(days=41)
    before = await handler.gateway.database.read(lambda tx: tx.rows("SELECT sha256 FROM case_files"))
    assert len(before) == 1

    done = await keeping(handler).step()

    assert done.removed.files == 1
    assert done.removed.bytes > 1000
    assert await handler.gateway.database.read(lambda tx: tx.rows("SELECT sha256 FROM case_files")) == []


async def test_an_open_case_is_never_touched(two: Regions) -> None:
    origin = two[QIANJIANG]
    number = await origin.submit(origin.a_case(ENSHI))
    await two.settle_down()
    for region in two.all.values():
        await region.gateway.confirm_feed(region.system, 10**9)
    await two.pass_time(days=300)

    assert [await swept(region) for region in two.all.values()] == [0, 0]
    assert (await origin.view(number)).case.applicant.name


async def test_what_a_system_has_not_read_is_kept_for_it(two: Regions) -> None:
    await ended(two, confirmed=False)
    await two.pass_time(days=41)

    assert [await swept(region) for region in two.all.values()] == [0, 0]
    for region in two.all.values():
        items = await region.gateway.looking.read_feed(region.system, 0, BIG)
        assert items
        await region.gateway.confirm_feed(region.system, 10**9)
    assert [await swept(region) for region in two.all.values()] == [1, 1]


async def test_nothing_more_happens_to_a_case_without_content(two: Regions) -> None:
    number = await ended(two)
    origin, handler = two[QIANJIANG], two[ENSHI]
    await two.pass_time(days=41)
    assert await swept(handler) == 1

    with pytest.raises(GatewayError) as refused:
        await handler.act(number, a_happening(ev.Note))
    assert refused.value.reason is Reason.CONTENT_REMOVED

    # The origin still has it: its note is refused by the handler with a receipt, and does not wait for ever.
    await origin.act(number, a_happening(ev.Note))
    await two.settle_down()
    last = (await origin.view(number)).events[-1]
    assert last.row.standing == "refused"
    assert last.row.reason == Reason.CONTENT_REMOVED.value


async def test_an_envelope_of_no_case_goes_too(two: Regions) -> None:
    origin, handler = two[QIANJIANG], two[ENSHI]
    bad = origin.a_case(ENSHI)
    number = await origin.submit(replace(bad, item=replace(bad.item, name="社会保障卡")))

    def close(tx: Transaction) -> None:
        tx.execute("DELETE FROM cases WHERE case_id = :id", {"id": number})

    await two.settle_down()
    await handler.gateway.database.write(close)  # as for an envelope that was refused and opened no case
    await two.pass_time(days=41)

    done = await keeping(handler).step()

    assert done.cases == 0
    assert done.removed.bodies == 1
    assert (await keeping(handler).step()).removed.bodies == 0


async def test_confirmed_news_and_old_audit_go(two: Regions) -> None:
    await ended(two)
    handler = two[ENSHI]
    await two.pass_time(days=21)
    done = await keeping(handler).step()
    assert done.news == 2
    assert done.audit == 0
    await two.pass_time(days=91)

    waiting = await keeping(handler).waiting()
    assert waiting.audit >= 3
    assert waiting.cases == 1
    done = await keeping(handler).step()

    assert done.audit >= waiting.audit
    left = await handler.gateway.database.read(lambda tx: tx.rows("SELECT act FROM audit"))
    assert ("retention.sweep",) in left


async def test_nothing_goes_while_the_clock_is_not_to_be_trusted(two: Regions) -> None:
    await ended(two)
    handler = two[ENSHI]
    keeping(handler).watch.is_doubtful()  # it has looked once
    two.clock.jump(days=50)

    done = await keeping(handler).step()

    assert done.held
    assert done.cases == 0
    assert (await keeping(handler).waiting()).held


async def test_many_cases_go_in_bounded_pieces(two: Regions) -> None:
    origin = two[QIANJIANG]
    numbers = [await origin.submit(origin.a_case(ENSHI)) for _ in range(40)]
    await two.settle_down()
    for number in numbers:
        await origin.act(number, ev.Withdrawn(), reason="申请人撤回")
    await two.settle_down()
    await origin.gateway.confirm_feed(origin.system, 10**9)
    await two.pass_time(days=41)

    first = await keeping(origin).step()
    second = await keeping(origin).step()

    assert [(first.cases, first.more), (second.cases, second.more)] == [(32, True), (8, False)]


async def test_no_look_goes_through_the_whole_store(two: Regions) -> None:
    def plans(tx: Transaction) -> list[str]:
        named = {"before": 0, "limit": 32}
        return [str(row[3]) for row in tx.rows(f"EXPLAIN QUERY PLAN {retention.DUE}", named)]

    plan = await two[ENSHI].gateway.database.read(plans)

    assert any("cases_to_sweep" in step for step in plan)
    assert not any(step.startswith("SCAN") for step in plan)


def test_the_index_names_every_final_state() -> None:
    # The states the index names are the final ones; a new one must be added there.
    from gateway.case.states import FINAL

    assert all(f"'{state.value}'" in retention.DUE for state in FINAL)
    assert retention.DUE.count("'") == 2 * len(FINAL)
