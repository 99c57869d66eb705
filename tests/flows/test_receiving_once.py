"""An envelope is taken in once, whoever repeats it, however often, at the same moment and after a restart.

Same (sender, envelope id), same bytes: the first receipt, byte for byte.  Another payload under a known id: rejected, alarmed,
never stored.
"""

import asyncio
import io
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.app.peering_door import telling_rejections
from gateway.case import events as ev
from gateway.store import audit, bodies, cases
from gateway.telemetry import Metrics, make_logger
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Sealed
from tests.flows.regions import Region, Regions, regions
from tests.flows.test_what_is_refused import an_event, an_open_case

ENSHI, QIANJIANG = "422800", "500114"
ENVELOPES = st.lists(st.integers(0, 3), min_size=1, max_size=6)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), ENVELOPES),
        st.tuples(st.just("at once"), st.lists(ENVELOPES, min_size=2, max_size=3)),
        st.tuples(st.just("restart"), st.just(None)),
    ),
    max_size=6,
)


async def owed(ours: Region, *numbers: str) -> list[Sealed]:
    """What a region owes in some cases, as it would leave, case by case in order."""
    found = []
    for number in numbers:
        rows = await ours.gateway.database.read(
            lambda tx, number=number: tx.rows(
                "SELECT envelope_id FROM outbox WHERE case_id = :id ORDER BY sequence", {"id": number}
            )
        )
        for (envelope_id,) in rows:
            sealed = await ours.gateway.database.read(
                lambda tx, one=envelope_id: bodies.fetch(tx, ours.gateway.vault, ours.code, one)
            )
            found.append(sealed_from_bytes(sealed))
    return found


class Answered:
    """The receipts a sender got, by the place of the envelope; a second that differs from the first fails."""

    def __init__(self, theirs: Region, envelopes: list[Sealed]) -> None:
        self._theirs = theirs
        self._envelopes = envelopes
        self.receipts: dict[int, bytes] = {}

    async def call(self, places: list[int]) -> None:
        answers = await self._theirs.gateway.receive([self._envelopes[place] for place in places], QIANJIANG)
        for place, answer in zip(places, answers.answers, strict=True):
            if answer.problem is None:
                batch = answers.receipt_batches[answer.receipt_batch_index or 0]
                assert self.receipts.setdefault(place, batch) == batch, "the first receipt, byte for byte"
            else:
                assert answer.problem.reason == "PREDECESSOR_MISSING"
                assert place not in self.receipts, "what was receipted stays receipted"


def test_any_interleaving_of_repeats_has_one_effect_and_one_receipt_each(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        on = AsyncExitStack()
        both: Regions = runner.run(on.enter_async_context(regions(tmp_path, QIANJIANG, ENSHI)))
        ours, theirs = both[QIANJIANG], both[ENSHI]

        async def story(steps: list[tuple[str, list[int] | list[list[int]] | None]]) -> None:
            numbers = [await ours.submit(ours.a_case(to=ENSHI)) for _ in range(2)]
            for number in numbers:
                await ours.act(number, ev.Note("请核对"))
            envelopes = await owed(ours, *numbers)
            assert len(envelopes) == 4
            answered = Answered(theirs, envelopes)
            for kind, what in steps:
                if kind == "restart":
                    await both.reopen(theirs)
                elif kind == "call":
                    await answered.call(what)
                else:
                    await asyncio.gather(*(answered.call(places) for places in what))
            await answered.call([0, 1, 2, 3])
            await answered.call([3, 2, 1, 0])
            assert answered.receipts.keys() == {0, 1, 2, 3}
            for number in numbers:
                row = await theirs.gateway.database.read(lambda tx, number=number: cases.find(tx, number))
                assert row is not None
                assert [kind for _, kind in await theirs.story(number)] == ["opened", "Note"]
                assert [kind for kind, case_id in await theirs.feed() if case_id == number] == ["case", "event"]
            rows = await theirs.gateway.database.read(
                lambda tx: tx.row("SELECT COUNT(*), COUNT(DISTINCT envelope_id) FROM inbox")
            )
            confirmed = await theirs.gateway.looking.read_feed(theirs.system, 0, 100)
            await theirs.gateway.confirm_feed(theirs.system, max(one.position for one in confirmed))
            assert rows is not None
            assert rows[0] == rows[1]

        @settings(max_examples=25, deadline=None)
        @given(STEPS)
        def stories(steps):
            runner.run(story(steps))

        try:
            stories()
        finally:
            runner.run(on.aclose())


async def test_the_same_envelope_twice_in_one_call_and_in_two_calls_at_once_is_one_case(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        ours, theirs = both[QIANJIANG], both[ENSHI]
        number = await ours.submit(ours.a_case(to=ENSHI))
        (envelope,) = await owed(ours, number)
        answers = await asyncio.gather(*(theirs.gateway.receive([envelope] * 2, QIANJIANG) for _ in range(20)))
        batches = {answer.receipt_batches for answer in answers}
        assert len(batches) == 1
        assert len(next(iter(batches))) == 1
        await both.reopen(theirs)
        again = await theirs.gateway.receive([envelope], QIANJIANG)
        assert {again.receipt_batches} == batches
        assert await theirs.story(number) == [(1, "opened")]


async def test_another_payload_under_a_known_id_is_rejected_alarmed_and_never_stored(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        number = await an_open_case(both)
        ours, theirs = both[QIANJIANG], both[ENSHI]
        (known,) = (await ours.view(number)).deliveries
        forger = replace(ours.gateway.sealer, new_id=lambda: known.envelope_id)
        other = forger.envelope(
            an_event(ours, ev.Note("另一内容")),
            recipient=ENSHI,
            case_id=number,
            sequence=2,
            case_version=None,
            now=ours.clock(),
        )
        said, metrics = io.StringIO(), Metrics()
        metrics.know([QIANJIANG])
        log = make_logger(region=ENSHI, level="info", style="json", stream=said, clock=both.clock)
        receive = telling_rejections(theirs.gateway.receive, log, metrics)
        counted = "SELECT (SELECT COUNT(*) FROM inbox), (SELECT COUNT(*) FROM bodies), (SELECT COUNT(*) FROM evidence)"
        before = await theirs.gateway.database.read(lambda tx: tx.row(counted))
        for _ in range(2):
            (answer,) = (await receive([sealed_from_bytes(other.sealed)], QIANJIANG)).answers
            assert answer.problem
            assert (answer.problem.reason, answer.problem.answer.value) == ("ENVELOPE_ID_CONFLICT", "needs_a_person")
        assert await theirs.gateway.database.read(lambda tx: tx.row(counted)) == before
        notes = await theirs.gateway.database.read(lambda tx: audit.about(tx, known.envelope_id))
        assert [(one.act, one.outcome) for one in notes] == [("envelope.rejected", "ENVELOPE_ID_CONFLICT")] * 2
        line = json.loads(said.getvalue().splitlines()[0])
        assert (line["event"], line["level"], line["partner"]) == ("envelope.rejected", "error", QIANJIANG)
        assert (line["reason"], line["envelope_id"]) == ("ENVELOPE_ID_CONFLICT", known.envelope_id)
        sample = f'tongban_envelopes_rejected_total{{partner="{QIANJIANG}",reason="ENVELOPE_ID_CONFLICT"}} 2.0'
        assert sample.encode() in metrics.text()
        assert await theirs.story(number) == [(1, "opened")]
