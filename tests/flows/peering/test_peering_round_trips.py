"""Every method there and back, over mutual TLS on loopback."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Answer, Place, Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import NO_ANSWERS, Answers, HandedOut, Manifest, MaterialStanding, Recalled
from gateway.peering.served import PeeringFlows
from gateway.wire.description import Maintenance, Standing
from gateway.wire.envelope import EnvelopeAnswer, Problem
from tests.certificates import ENSHI, QIANJIANG
from tests.flows.peering.peering_build import (
    DIGEST,
    IDS,
    MOMENT,
    TB,
    courier,
    description,
    door,
    failing,
    sealed,
    sealed_bytes,
)

MIB = 1024 * 1024
PROBLEM = Problem(
    reason="MATERIALS_MISSING",
    answer=Answer.RETRIABLE,
    place=Place.PEERING,
    cause=Text("缺少材料", "materials are missing"),
    fix=Text("上传", "upload them"),
    facts={"missing": "m1"},
)


async def test_a_gateway_describes_itself_and_lists_only_what_it_serves():
    said = description(
        maintenance=Maintenance(MOMENT, MOMENT + timedelta(hours=2), Text("升级", "upgrade")),
        agreement_fingerprint=b"\x01" * 32,
        standing=Standing(MOMENT, "PARTNER_SLOW", MOMENT, 7, timedelta(seconds=90), MOMENT, timedelta(seconds=-2.5)),
        items_version=3,
    )
    callers = []

    async def describe(caller):
        callers.append(caller)
        return said

    async def receive(*_):
        raise AssertionError

    async with door(PeeringFlows(describe=describe, receive=receive)) as there, courier() as ours:
        heard = await ours.describe(there.partner())
    assert callers == [QIANJIANG]
    assert there.heard.regions == [QIANJIANG]
    assert heard.features == ("rpc/DescribeGateway", "rpc/DeliverEnvelopes", "log_head")
    assert heard == description(
        maintenance=said.maintenance,
        agreement_fingerprint=said.agreement_fingerprint,
        standing=said.standing,
        items_version=3,
        features=heard.features,
    )


async def test_envelopes_arrive_as_sealed_and_answers_come_back_in_their_order():
    taken = []
    answers = Answers(
        (sealed_bytes(b"receipts"),),
        (EnvelopeAnswer(IDS[0], 0), EnvelopeAnswer(IDS[1], None, PROBLEM), EnvelopeAnswer("", None, PROBLEM)),
    )

    async def receive(envelopes, caller):
        taken.append((caller, list(envelopes)))
        return answers

    async with door(PeeringFlows(receive=receive)) as there, courier() as ours:
        got = await ours.deliver(there.partner(), [sealed_bytes(b"one"), sealed_bytes(b"two"), sealed_bytes(b"three")])
    assert taken == [(QIANJIANG, [sealed(b"one"), sealed(b"two"), sealed(b"three")])]
    assert got == answers


async def test_a_seal_that_makes_no_sense_still_reaches_the_flow_that_answers_for_it():
    taken = []

    async def receive(envelopes, caller):
        taken.extend(envelopes)
        return Answers((), (EnvelopeAnswer("", None, PROBLEM),))

    async with door(PeeringFlows(receive=receive)) as there, courier() as ours:
        await ours.deliver(there.partner(), [b""])
    assert taken[0].payload == b""
    assert taken[0].signatures == ()


async def test_answers_go_in_and_what_is_owed_comes_out():
    asked = []

    async def hand_out(caller, answered, most, wait):
        asked.append((caller, answered, most, wait))
        return HandedOut((sealed_bytes(b"owed"),), more=True)

    answered = Answers((sealed_bytes(b"receipts"),), (EnvelopeAnswer(IDS[0], 0), EnvelopeAnswer(IDS[1], None, PROBLEM)))
    async with door(PeeringFlows(hand_out=hand_out)) as there, courier() as ours:
        out = await ours.collect(there.partner(), answered, 5, 2)
    assert asked == [(QIANJIANG, answered, 5, 2)]
    assert out == HandedOut((sealed_bytes(b"owed"),), more=True)


async def test_receipts_and_envelopes_are_asked_for_again():
    asked = []

    async def get_receipts(caller, ids, issued_by_caller):
        asked.append((caller, ids))
        return (sealed_bytes(b"receipts"),), (IDS[1],)

    async def get_envelopes(caller, *, ids=(), of_case=None):
        asked.append((caller, ids, of_case))
        return (sealed_bytes(b"again"),), False

    flows = PeeringFlows(get_receipts=get_receipts, get_envelopes=get_envelopes)
    async with door(flows) as there, courier() as ours:
        partner = there.partner()
        assert await ours.get_receipts(partner, IDS[:2]) == Recalled((sealed_bytes(b"receipts"),), (IDS[1],))
        again = HandedOut((sealed_bytes(b"again"),), more=False)
        assert await ours.get_envelopes(partner, IDS[:3]) == again
        assert await ours.get_envelopes(partner, of_case=(TB, ENSHI, 4)) == again
    assert asked == [
        (QIANJIANG, tuple(IDS[:2])),
        (QIANJIANG, tuple(IDS[:3]), None),
        (QIANJIANG, (), (TB, ENSHI, 4)),
    ]


async def test_materials_are_announced_before_they_move():
    asked = []
    manifest = Manifest(TB, "000123456000", Mode.ENTRUSTED, "500114", "422802", ((DIGEST, 100), ("cd" * 32, 7)))
    standings = (MaterialStanding(DIGEST, False, 50, MOMENT), MaterialStanding("cd" * 32, True, 7, MOMENT))

    async def check(caller, announced):
        asked.append((caller, announced))
        return standings

    async with door(PeeringFlows(check_materials=check)) as there, courier() as ours:
        assert await ours.check_materials(there.partner(), manifest) == standings
    assert asked == [(QIANJIANG, manifest)]


async def pieces(content: bytes, size: int):
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("size", [64 * 1024, MIB, 5 * MIB], ids=["small", "above a message's chunk", "at once"])
async def test_a_material_goes_up_in_chunks_whatever_size_it_is_read_in(size):
    content = bytes(range(256)) * (5 * MIB // 256)
    taken = []

    async def put(caller, case_id, sha256, offset, chunks):
        digest = hashlib.sha256()
        largest = 0
        async for chunk in chunks:
            digest.update(chunk)
            largest = max(largest, len(chunk))
        taken.append((caller, case_id, sha256, offset, digest.hexdigest(), largest <= 256 * 1024))
        return MaterialStanding(sha256, True, len(content), MOMENT)

    async with door(PeeringFlows(put_material=put)) as there, courier() as ours:
        standing = await ours.put_material(there.partner(), TB, DIGEST, 11, pieces(content, size))
    assert standing == MaterialStanding(DIGEST, True, len(content), MOMENT)
    assert taken == [(QIANJIANG, TB, DIGEST, 11, hashlib.sha256(content).hexdigest(), True)]


async def test_an_upload_ends_when_the_recipient_has_it_already():
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b"x" * 65536

    async def put(caller, case_id, sha256, offset, chunks):
        return MaterialStanding(sha256, True, 5, MOMENT)

    async with door(PeeringFlows(put_material=put)) as there, courier() as ours, asyncio.timeout(10):
        standing = await ours.put_material(there.partner(), TB, DIGEST, 0, endless())
    assert standing.complete
    assert read < 1000


async def test_a_file_that_cannot_be_read_ends_the_upload_with_its_own_error():
    async def broken():
        yield b"x"
        raise OSError("unreadable")

    async def put(caller, case_id, sha256, offset, chunks):
        async for _ in chunks:
            pass
        # gRPC ends the bytes of a call that broke off either way; what was kept is simply not complete.
        return MaterialStanding(DIGEST, complete=False, offset=1, held_until=datetime(2026, 11, 24, tzinfo=UTC))

    async with door(PeeringFlows(put_material=put)) as there, courier() as ours:
        with pytest.raises(OSError, match="unreadable"):
            await ours.put_material(there.partner(), TB, DIGEST, 0, broken())
    assert there.heard.failures == []


async def test_a_material_comes_down_whole_and_a_reader_may_stop_early():
    content = bytes(range(256)) * (5 * MIB // 256)
    asked, closed = [], asyncio.Event()

    async def chunks():
        try:
            async for piece in pieces(content, MIB):
                yield piece
        finally:
            closed.set()

    async def get(caller, case_id, sha256, offset):
        asked.append((caller, case_id, sha256, offset))
        return chunks()

    async with door(PeeringFlows(get_material=get)) as there, courier() as ours:
        got = [chunk async for chunk in ours.get_material(there.partner(), TB, DIGEST, 3)]
        assert b"".join(got) == content
        assert max(map(len, got)) <= 256 * 1024
        closed.clear()
        reading = ours.get_material(there.partner(), TB, DIGEST, 3)
        assert await anext(reading)
        await reading.aclose()
        async with asyncio.timeout(5):
            await closed.wait()
    assert asked == [(QIANJIANG, TB, DIGEST, 3)] * 2


async def test_a_download_that_is_refused_says_so_before_the_first_byte():
    async def get(caller, case_id, sha256, offset):
        raise GatewayError(Reason.NOT_A_PARTY)

    async with door(PeeringFlows(get_material=get)) as there, courier() as ours, failing(Reason.NOT_A_PARTY):
        async for _ in ours.get_material(there.partner(), TB, DIGEST, 0):
            raise AssertionError


async def test_calls_to_one_partner_share_a_connection():
    async def describe(caller):
        return description()

    async with door(PeeringFlows(describe=describe)) as there, courier() as ours:
        partner = there.partner()
        await asyncio.gather(*(ours.describe(partner) for _ in range(5)))
        assert len(ours._lines._lines) == 1


async def test_nothing_is_brought_when_there_is_nothing_to_answer():
    async def hand_out(caller, answered, most, wait):
        assert answered == NO_ANSWERS
        return HandedOut((), more=False)

    async with door(PeeringFlows(hand_out=hand_out)) as there, courier() as ours:
        assert await ours.collect(there.partner(), NO_ANSWERS, 0, 0) == HandedOut((), more=False)


async def test_an_upload_that_is_refused_on_the_way_says_why_and_reads_no_further():
    async def endless():
        while True:
            yield b"x" * 65536

    async def put(caller, case_id, sha256, offset, chunks):
        await anext(aiter(chunks))
        raise GatewayError(Reason.MATERIAL_OFFSET, offset=4096)

    async with (
        door(PeeringFlows(put_material=put)) as there,
        courier() as ours,
        asyncio.timeout(10),
        failing(Reason.MATERIAL_OFFSET, offset=4096) as caught,
    ):
        await ours.put_material(there.partner(), TB, DIGEST, 0, endless())
    assert caught.value.retriable


async def test_a_standing_of_another_material_is_a_malformed_answer():
    async def put(caller, case_id, sha256, offset, chunks):
        return MaterialStanding("cd" * 32, True, 1, MOMENT)

    async with door(PeeringFlows(put_material=put)) as there, courier() as ours, failing(Reason.PARTNER_ANSWER):
        await ours.put_material(there.partner(), TB, DIGEST, 0, pieces(b"x", 1))
