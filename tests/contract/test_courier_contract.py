"""What flows may rely on whoever carries bytes: the same suite for the gRPC courier and for the one without sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemState
from gateway.case.kinds import DocumentKind
from gateway.case.model import Mode
from gateway.case.reasons import Answer, Reason
from gateway.cli.federation import free_ports
from gateway.flows.delivery.courier import NO_ANSWERS, Courier, Manifest
from gateway.flows.delivery.deliver import MOST_ENVELOPES
from gateway.flows.restored.reconcile import held
from gateway.partners.partner import Partner
from gateway.partners.schema import Endpoint
from gateway.store import bodies
from gateway.wire.codec import sealed_to_bytes
from gateway.wire.envelope import EXCHANGE_MINOR
from gateway.wire.item_pages import ItemsPage
from gateway.wire.reconcile import DayAsked, DayDigest, Direction, Line
from tests.build import a_case_number, a_definition, a_digest, a_file, a_sealed
from tests.flows.regions import CARD, WINDOW, Region, pieces, regions

ENSHI, QIANJIANG = "422800", "500114"
SCAN = bytes(range(256)) * 2048
TODAY = date(2026, 11, 24)
NEVER = "019ab000-0000-7000-8000-00000000ffff"


@dataclass
class Ends:
    """The courier of one region, its partner, and the region behind it."""

    courier: Courier
    partner: Partner
    here: Region
    there: Region

    async def sealed(self, number: str, nth: int = 0) -> bytes:
        """The nth envelope of a case, as it is sent; the first one opens it."""
        view = await self.here.view(number)
        envelope = view.deliveries[nth].envelope_id
        return await self.here.gateway.database.read(
            lambda tx: bodies.fetch(tx, self.here.gateway.vault, QIANJIANG, envelope)
        )


@pytest.fixture(params=["direct", "grpc"])
def wires(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def ends(folder: Path, wires: str) -> AsyncIterator[Ends]:
    async with regions(folder, QIANJIANG, ENSHI, wires=wires) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        (partner,) = here.gateway.registry.current()
        yield Ends(here.courier, partner, here, there)


def manifest_for(number: str, *files: bytes) -> Manifest:
    listed = tuple((a_digest(content), len(content)) for content in files)
    return Manifest(number, CARD, Mode.ENTRUSTED, WINDOW[QIANJIANG], WINDOW[ENSHI], listed)


async def test_a_description_names_the_partner(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        description = await at.courier.describe(at.partner)
        assert description.region == ENSHI
        assert description.incarnation
        assert description.exchange_minor == EXCHANGE_MINOR
        assert description.limits.batch_envelopes == MOST_ENVELOPES
        assert description.standing.queued == 0
        assert {"rpc/DeliverEnvelopes", "rpc/GetItems"} <= set(description.features)


async def test_a_repeat_gets_the_first_answer_byte_for_byte(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        sealed = await at.sealed(number)
        first = await at.courier.deliver(at.partner, [sealed])
        again = await at.courier.deliver(at.partner, [sealed])
        assert first == again
        assert [answer.receipt_batch_index for answer in first.answers] == [0]


async def test_answers_come_in_the_order_of_the_envelopes_and_problems_with_their_reason(
    tmp_path: Path, wires: str
) -> None:
    async with ends(tmp_path, wires) as at:
        numbers = [await at.here.submit(at.here.a_case(to=ENSHI)) for _ in range(3)]
        sealed = [await at.sealed(number) for number in numbers]
        broken = sealed[1][:60] + bytes([sealed[1][60] ^ 1]) + sealed[1][61:]
        answers = await at.courier.deliver(at.partner, [sealed[2], broken, sealed[0]])
        problems = [answer.problem.reason if answer.problem else "" for answer in answers.answers]
        assert problems[0] == problems[2] == ""
        assert problems[1] == "SEAL_SIGNATURE"
        views = [await at.here.view(number) for number in (numbers[2], numbers[0])]
        ids = [view.deliveries[0].envelope_id for view in views]
        assert [answers.answers[0].envelope_id, answers.answers[2].envelope_id] == ids


async def test_a_retriable_answer_says_what_is_awaited_and_leaves_nothing_behind(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        await at.here.act(number, ev.Note("请加急"))
        opening, note = [await at.sealed(number, nth) for nth in range(2)]
        early = await at.courier.deliver(at.partner, [note])
        (answer,) = early.answers
        assert answer.problem
        assert (answer.problem.reason, answer.problem.answer) == ("PREDECESSOR_MISSING", Answer.RETRIABLE)
        assert answer.problem.facts["awaited"] == "1"
        assert early.receipt_batches == ()
        both = await at.courier.deliver(at.partner, [opening, note])
        assert [one.receipt_batch_index for one in both.answers] == [0, 0], "one batch of receipts for one call"
        assert await at.there.story(number) == [(1, "opened"), (2, "Note")]


async def test_a_call_that_is_refused_as_a_whole_ends_with_its_own_reason(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        with pytest.raises(GatewayError) as unserved:
            await at.courier.collect(at.partner, NO_ANSWERS, 1, 0)
        assert unserved.value.reason is Reason.NOT_SERVED
        outside = replace(manifest_for(a_case_number(gateway=QIANJIANG), SCAN), basic_code="000999999999")
        with pytest.raises(GatewayError) as unagreed:
            await at.courier.check_materials(at.partner, outside)
        assert unagreed.value.reason is Reason.OUTSIDE_AGREEMENT


async def test_a_partner_that_is_not_there_cannot_be_reached_by_any_call(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        (port,) = free_ports(1)
        nobody = replace(at.partner, code="433100", endpoints=(Endpoint(address=f"127.0.0.1:{port}"),))
        digest = a_digest(SCAN)

        async def download() -> None:
            async for _ in at.courier.get_material(nobody, NEVER, digest, 0):
                pass

        for call in (
            lambda: at.courier.describe(nobody),
            lambda: at.courier.deliver(nobody, [sealed_to_bytes(a_sealed())]),
            lambda: at.courier.collect(nobody, NO_ANSWERS, 1, 0),
            lambda: at.courier.check_materials(nobody, manifest_for(a_case_number(), SCAN)),
            lambda: at.courier.put_material(nobody, a_case_number(), digest, 0, pieces(SCAN)),
            lambda: at.courier.get_receipts(nobody, [NEVER]),
            lambda: at.courier.get_envelopes(nobody, ids=[NEVER]),
            lambda: at.courier.get_items(nobody, 0),
            lambda: at.courier.reconcile(nobody, DayAsked(TODAY, Direction.FROM_CALLER)),
            download,
        ):
            with pytest.raises(GatewayError) as failed:
                await call()
            assert failed.value.reason is Reason.PARTNER_UNREACHABLE


async def test_a_file_goes_up_from_where_it_ended_and_comes_down_again(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        await at.courier.deliver(at.partner, [await at.sealed(number)])
        digest = a_digest(SCAN)
        (nothing,) = await at.courier.check_materials(at.partner, manifest_for(number, SCAN))
        assert (nothing.complete, nothing.offset) == (False, 0)
        half = await at.courier.put_material(at.partner, number, digest, 0, pieces(SCAN[:100_000]))
        assert (half.complete, half.offset) == (False, 100_000)
        with pytest.raises(GatewayError) as wrong:
            await at.courier.put_material(at.partner, number, digest, 5, pieces(SCAN[5:]))
        assert wrong.value.reason is Reason.MATERIAL_OFFSET
        whole = await at.courier.put_material(at.partner, number, digest, 100_000, pieces(SCAN[100_000:]))
        assert (whole.complete, whole.offset) == (True, len(SCAN))
        again = await at.courier.put_material(at.partner, number, digest, 0, pieces(SCAN))
        assert again == whole, "a repeat does no harm"
        assert await at.courier.check_materials(at.partner, manifest_for(number, SCAN)) == (whole,)


async def test_bytes_that_are_not_those_of_the_digest_are_refused_and_the_upload_begins_anew(
    tmp_path: Path, wires: str
) -> None:
    async with ends(tmp_path, wires) as at:
        number = a_case_number(gateway=QIANJIANG)
        await at.courier.check_materials(at.partner, manifest_for(number, SCAN))
        with pytest.raises(GatewayError) as refused:
            await at.courier.put_material(at.partner, number, a_digest(SCAN), 0, pieces(bytes(len(SCAN))))
        assert refused.value.reason is Reason.MATERIAL_DIGEST
        (anew,) = await at.courier.check_materials(at.partner, manifest_for(number, SCAN))
        assert (anew.complete, anew.offset) == (False, 0)


async def test_a_file_nobody_announced_is_not_taken(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        with pytest.raises(GatewayError) as refused:
            await at.courier.put_material(at.partner, a_case_number(), a_digest(SCAN), 0, pieces(SCAN))
        assert refused.value.reason is Reason.MATERIAL_NOT_OF_CASE


async def test_a_file_of_a_case_comes_down_from_any_offset_and_not_from_behind_its_end(
    tmp_path: Path, wires: str
) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        await at.courier.deliver(at.partner, [await at.sealed(number)])
        await at.there.upload(SCAN)
        notice = ev.Document(DocumentKind.ACCEPTANCE_NOTICE, "受理通知书", "号", a_file(SCAN))
        await at.there.act(number, ev.Accepted("号"), documents=(notice,))
        for offset in (0, 1, 300_000, len(SCAN)):
            chunks = at.courier.get_material(at.partner, number, a_digest(SCAN), offset)
            assert b"".join([chunk async for chunk in chunks]) == SCAN[offset:]
        with pytest.raises(GatewayError) as refused:
            async for _ in at.courier.get_material(at.partner, number, a_digest(SCAN), len(SCAN) + 1):
                pass
        assert refused.value.reason is Reason.MATERIAL_OFFSET


async def test_a_file_of_another_case_is_not_given(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        await at.courier.deliver(at.partner, [await at.sealed(number)])
        with pytest.raises(GatewayError) as refused:
            async for _ in at.courier.get_material(at.partner, number, a_digest(SCAN), 0):
                pass
        assert refused.value.reason is Reason.MATERIAL_NOT_OF_CASE


async def test_receipts_can_be_asked_for_again_and_what_was_never_seen_is_named(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        first = await at.courier.deliver(at.partner, [await at.sealed(number)])
        envelope = first.answers[0].envelope_id
        recalled = await at.courier.get_receipts(at.partner, [envelope, NEVER])
        assert recalled.receipt_batches == first.receipt_batches
        assert recalled.never_seen == (NEVER,)


async def test_envelopes_can_be_asked_for_again_by_a_party_only(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        number = await at.here.submit(at.here.a_case(to=ENSHI))
        sealed = await at.sealed(number)
        await at.courier.deliver(at.partner, [sealed])
        by_case = await at.courier.get_envelopes(at.partner, of_case=(number, QIANJIANG, 1))
        assert by_case.envelopes == (sealed,)
        assert not by_case.more
        envelope = (await at.here.view(number)).deliveries[0].envelope_id
        by_id = await at.courier.get_envelopes(at.partner, ids=[NEVER, envelope])
        assert by_id.envelopes == (sealed,)
        later = await at.courier.get_envelopes(at.partner, of_case=(number, QIANJIANG, 2))
        assert later.envelopes == ()
        with pytest.raises(GatewayError) as refused:
            await at.courier.get_envelopes(at.partner, of_case=("TB500114202611240000000000000", QIANJIANG, 1))
        assert refused.value.reason is Reason.NOT_A_PARTY


async def test_items_come_since_a_version_page_by_page_as_the_catalogue_stood(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        assert await at.courier.get_items(at.partner, 0) == ItemsPage((), "", 0)
        many = [a_definition(basic_code=f"002014{n:03d}001", sample=n % 2 == 0) for n in range(205)]
        await at.there.publish(*many)
        first = await at.courier.get_items(at.partner, 0)
        assert (len(first.items), first.items_version) == (200, 1)
        later = a_definition(version=2, state=ItemState.CANCELLED)
        await at.there.publish(a_definition(), later)
        second = await at.courier.get_items(at.partner, 0, first.next_page_token)
        assert (second.next_page_token, second.items_version) == ("", 1), "an import meanwhile is told next time"
        assert (*first.items, *second.items) == tuple(many)
        since = await at.courier.get_items(at.partner, 1)
        assert (since.items, since.items_version) == ((a_definition(), later), 2)
        assert (await at.courier.describe(at.partner)).items_version == 2
        for token in ("1.2", "1.1.1.a/b/c", "' OR 1", "9" * 257):
            with pytest.raises(GatewayError) as refused:
                await at.courier.get_items(at.partner, 0, token)
            assert refused.value.reason is Reason.MALFORMED


async def test_receipts_we_gave_can_be_asked_for_again_and_nothing_is_promised_by_that(
    tmp_path: Path, wires: str
) -> None:
    async with ends(tmp_path, wires) as at:
        await at.there.submit(at.there.a_case(to=QIANJIANG))
        (ours,) = at.there.gateway.registry.current()
        assert (await at.there.gateway.deliver(ours.code)).settled == 1
        read = at.there.gateway.database.read
        [(envelope, batch)] = await read(lambda tx: tx.rows("SELECT envelope_id, batch_id FROM outbox"))
        given = await at.courier.get_receipts(at.partner, [envelope, NEVER], issued_by_us=True)
        stored = await at.here.gateway.database.read(
            lambda tx: bodies.fetch(tx, at.here.gateway.vault, QIANJIANG, batch)
        )
        assert (given.receipt_batches, given.never_seen) == ((stored,), ())
        assert await read(lambda tx: tx.rows("SELECT 1 FROM inbox")) == []
        none = await at.courier.get_receipts(at.partner, [NEVER], issued_by_us=True)
        assert (none.receipt_batches, none.never_seen) == ((), ())


async def test_a_day_is_compared_by_what_was_settled_in_one_direction(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        numbers = [await at.here.submit(at.here.a_case(to=ENSHI)) for _ in range(3)]
        day = day_in_china(at.here.clock())
        for number in numbers[:2]:
            await at.courier.deliver(at.partner, [await at.sealed(number)])
        read = at.there.gateway.database.read
        rows = await read(lambda tx: tx.rows("SELECT envelope_id, payload_sha256, outcome FROM inbox ORDER BY 1"))
        lines = tuple(Line(envelope, bytes(digest).hex(), outcome) for envelope, digest, outcome in rows)
        expected = DayDigest()
        expected.add(lines)
        plain = await at.courier.reconcile(at.partner, DayAsked(day, Direction.FROM_CALLER))
        assert (plain.count, plain.digest, plain.lines) == (2, expected.digest, ())
        listed = await at.courier.reconcile(at.partner, DayAsked(day, Direction.FROM_CALLER, with_lines=True))
        assert (listed.lines, listed.next_page_token) == (lines, "")
        behind = DayAsked(day, Direction.FROM_CALLER, with_lines=True, page_token=lines[0].envelope_id)
        assert (await at.courier.reconcile(at.partner, behind)).lines == lines[1:]
        nothing = DayDigest()
        for other in (
            DayAsked(day, Direction.TO_CALLER),
            DayAsked(day - timedelta(days=1), Direction.FROM_CALLER),
            DayAsked(day + timedelta(days=1), Direction.FROM_CALLER),
        ):
            answer = await at.courier.reconcile(at.partner, other)
            assert (answer.count, answer.digest) == (0, nothing.digest)


async def test_the_digest_of_a_day_is_the_same_worked_out_on_either_side(tmp_path: Path, wires: str) -> None:
    async with ends(tmp_path, wires) as at:
        for _ in range(3):
            await at.here.submit(at.here.a_case(to=ENSHI))
        assert (await at.here.gateway.deliver(ENSHI)).settled == 3
        asked = DayAsked(day_in_china(at.here.clock()), Direction.FROM_CALLER)
        theirs = await at.courier.reconcile(at.partner, asked)
        mine = await at.here.gateway.database.read(
            lambda tx: held(tx, ENSHI, asked, Direction.FROM_CALLER, at.here.clock())
        )
        assert (mine.count, mine.digest) == (theirs.count, theirs.digest) == (3, theirs.digest)
