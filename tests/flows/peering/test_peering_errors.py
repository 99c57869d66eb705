"""Errors at the border, both ways: what a partner is told, and what its answers mean here."""

import re
from datetime import date

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import ROWS, Answer, Family, Place, Reason
from gateway.case.texts import Text
from gateway.peering.served import PeeringFlows
from gateway.peering.status import DETAILS, STATUS_OF, error_from_rpc, refusal_of
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import problem_pb2
from gateway.wire.reconcile import DayAsked, Direction
from tests.certificates import ENSHI, NAMES, QIANJIANG, region
from tests.flows.peering.peering_build import (
    IDS,
    bearing,
    courier,
    description,
    door,
    failing,
    problem_in,
    raw,
    stub_of,
)

PARTNER = NAMES[ENSHI]


def named_in(reason: Reason) -> dict[str, str]:
    """A fact for every name in the texts of a reason."""
    row = ROWS[reason]
    texts = (row.cause.zh, row.cause.en, row.fix.zh, row.fix.en)
    return {name: f"<{name}>" for text in texts for name in re.findall(r"{(\w+)}", text)}


THEIR_TROUBLE = {
    Reason.CATCHING_UP,
    Reason.DISK_LOW,
    Reason.STORE_BUSY,
    Reason.STORE_NOT_WRITABLE,
    Reason.STORE_NEWER,
    Reason.PARTNER_FILE_NOT_WRITABLE,
    Reason.KEY_FOLDER_OPEN,
    Reason.MIGRATION_CHANGED,
    Reason.DISK_FULL,
    Reason.INTERNAL,
    Reason.ALREADY_RUNNING,
    Reason.CONFIGURATION,
    Reason.CONSOLE_OFF,
    Reason.KEY_FILE_OPEN,
    Reason.KEY_FILE_MISSING,
    Reason.KEY_NOT_IN_FORCE,
    Reason.KEY_SUITE_UNAVAILABLE,
    Reason.KEY_USE_MIXED,
    Reason.VAULT_KEY_UNKNOWN,
    Reason.VAULT_TAMPERED,
    Reason.TRIALS_FULL,
    Reason.PARTNER_SLOW,
    Reason.PARTNER_ANSWER,
    Reason.PARTNER_FAILED,
}


def meaning(reason: Reason) -> Reason:
    """What the client makes of a reason the far side answers with."""
    row = ROWS[reason]
    if row.place is Place.LOCAL:
        return Reason.PARTNER_ANSWER
    if row.family is Family.UNAUTHENTICATED and row.answer is not Answer.RETRIABLE:
        return Reason.PARTNER_REJECTED_US
    return Reason.PARTNER_FAILED if reason in THEIR_TROUBLE else reason


async def test_every_reason_arrives_and_means_the_right_thing_here():
    raised = []

    async def describe(caller):
        raise raised[-1]

    async with door(PeeringFlows(describe=describe)) as there, courier() as ours:
        partner = there.partner()
        for reason in Reason:
            raised.append(GatewayError(reason, **named_in(reason)))
            async with failing(meaning(reason)) as caught:
                await ours.describe(partner)
            got = caught.value
            if got.reason is reason and reason not in (Reason.PARTNER_FAILED, Reason.PARTNER_REJECTED_US):
                assert got.facts == raised[-1].facts
                assert (got.cause, got.fix) == (raised[-1].cause, raised[-1].fix)
            else:
                assert got.facts["partner"] == PARTNER
                assert reason.value in (got.facts.get("reason"), got.facts.get("detail"))
    assert there.heard.failures == []


async def test_every_reason_travels_with_a_problem_and_generic_details():
    for reason in Reason:
        refusal = refusal_of(GatewayError(reason, seconds=7))
        status = status_pb2.Status.FromString(dict(refusal.metadata)[DETAILS])
        row = ROWS[reason]
        assert refusal.code is STATUS_OF[row.family]
        assert status.message == refusal.message
        problem, info, retry = problem_pb2.Problem(), error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        assert status.details[0].Unpack(problem)
        assert status.details[1].Unpack(info)
        assert problem.reason == info.reason == reason.value
        assert info.domain == "tongban.exchange.v1"
        assert problem.cause_zh
        assert (len(status.details) == 3) is row.retriable
        if row.retriable:
            assert status.details[2].Unpack(retry)
            assert retry.retry_delay.seconds == 7


def test_every_family_has_a_code():
    assert set(STATUS_OF) == set(Family)
    assert grpc.StatusCode.OK not in STATUS_OF.values()
    assert grpc.StatusCode.UNKNOWN not in STATUS_OF.values()


async def test_a_refusal_fits_into_headers_however_much_there_is_to_say():
    long = Text("汉" * 5000, "x" * 5000)

    async def describe(caller):
        raise GatewayError(
            Reason.MALFORMED,
            findings=[FieldFinding(f"field[{nth}]", long, long) for nth in range(300)],
            detail="字" * 20000,
            **{f"fact{nth}": "y" * 1000 for nth in range(50)},
        )

    async with door(PeeringFlows(describe=describe)) as there, courier() as ours:
        async with failing(Reason.MALFORMED):
            await ours.describe(there.partner())
        async with raw(there.address) as channel:
            metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
    problem = problem_in(caught.value)
    assert problem.ByteSize() <= 4096
    assert not problem.findings


async def test_what_nobody_expected_says_nothing_but_a_trace_id():
    secret = RuntimeError("张三 422801199001011234")

    async def describe(caller):
        raise secret

    async with door(PeeringFlows(describe=describe)) as there, raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
    error = caught.value
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "trace-1" in problem_in(error).cause_zh
    assert "422801199001011234" not in str(error.trailing_metadata()) + (error.details() or "")
    assert there.heard.failures == [(f"/{pb.DESCRIPTOR.package}.ExchangeService/DescribeGateway", "trace-1", secret)]


async def test_an_error_in_the_middle_of_a_download_arrives_as_itself():
    async def halves():
        yield b"first"
        raise GatewayError(Reason.DISK_FULL)

    async def get(caller, case_id, sha256, offset):
        return halves()

    async with door(PeeringFlows(get_material=get)) as there, courier() as ours:
        got = []
        async with failing(Reason.PARTNER_FAILED, partner=PARTNER, reason="DISK_FULL"):
            async for chunk in ours.get_material(there.partner(), "TB1", "ab" * 32, 0):
                got.append(chunk)  # noqa: PERF401 - what came before the error counts
    assert got == [b"first"]


A_DAY = DayAsked(date(2026, 11, 24), Direction.TO_CALLER)


@pytest.mark.parametrize("rpc", ["Reconcile"])
async def test_a_method_of_a_later_release_says_that_it_is_not_served(rpc):
    async with door(PeeringFlows()) as there, raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        request = getattr(pb, f"{rpc}Request")()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(stub_of(channel), rpc)(request, timeout=5, metadata=metadata)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    problem = problem_in(caught.value)
    assert problem.reason == "NOT_SERVED"
    assert problem.facts["rpc"] == rpc


async def test_a_method_without_a_flow_is_not_served():
    calls = {
        "DescribeGateway": lambda ours, partner: ours.describe(partner),
        "DeliverEnvelopes": lambda ours, partner: ours.deliver(partner, [b""]),
        "GetReceipts": lambda ours, partner: ours.get_receipts(partner, IDS[:1]),
        "GetEnvelopes": lambda ours, partner: ours.get_envelopes(partner, IDS[:1]),
        "GetItems": lambda ours, partner: ours.get_items(partner, 0),
        "Reconcile": lambda ours, partner: ours.reconcile(partner, A_DAY),
    }
    async with door(PeeringFlows()) as there, courier() as ours:
        for rpc, call in calls.items():
            async with failing(Reason.NOT_SERVED, rpc=rpc):
                await call(ours, there.partner())


@pytest.mark.parametrize("kind", ["unary_unary", "unary_stream", "stream_unary", "stream_stream"])
async def test_a_method_nobody_knows_says_so_for_any_kind_of_call(kind):
    async def none():
        yield b""

    async with door(PeeringFlows()) as there, raw(there.address) as channel:
        method = getattr(channel, kind)("/tongban.exchange.v1.ExchangeService/Invented")
        call = method(none() if kind.startswith("stream") else b"", timeout=5)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await (call if kind.endswith("unary") else call.read())
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert problem_in(caught.value).facts["rpc"] == "Invented"


def answered(code, details="", problem=None, metadata=None):
    if problem is not None:
        packed = AnyMessage()
        packed.Pack(problem)
        status = status_pb2.Status(code=code.value[0], message=details, details=[packed])
        metadata = grpc.aio.Metadata((DETAILS, status.SerializeToString()))
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), metadata or grpc.aio.Metadata(), details=details)
    return error_from_rpc(error, "恩施州", rpc="DeliverEnvelopes", seconds=30.0)


def newer(answer_class, reason="INVENTED_LATER", **changes):
    return problem_pb2.Problem(
        reason=reason,
        answer_class=answer_class,
        place=problem_pb2.PLACE_OURS,
        cause_zh="因",
        cause_en="why",
        fix_zh="办",
        fix_en="do",
        **changes,
    )


@pytest.mark.parametrize(
    ("answer_class", "means"),
    [
        (problem_pb2.ANSWER_CLASS_RETRIABLE, Reason.PARTNER_FAILED),
        (problem_pb2.ANSWER_CLASS_FINAL, Reason.PARTNER_REFUSED),
        (problem_pb2.ANSWER_CLASS_NEEDS_A_PERSON, Reason.PARTNER_REJECTED_US),
    ],
)
def test_of_a_reason_invented_later_only_its_class_is_acted_on(answer_class, means):
    error = answered(grpc.StatusCode.ABORTED, "x", newer(answer_class))
    assert error.reason is means
    assert error.facts == {"partner": "恩施州", "reason": "INVENTED_LATER"}
    assert error.row.answer is {1: Answer.RETRIABLE, 2: Answer.FINAL, 3: Answer.PERSON}[answer_class]


@pytest.mark.parametrize(
    "problem",
    [
        newer(problem_pb2.ANSWER_CLASS_UNSPECIFIED),
        newer(99),
        newer(problem_pb2.ANSWER_CLASS_FINAL, reason=""),
        newer(problem_pb2.ANSWER_CLASS_FINAL, reason="not a word <script>"),
    ],
    ids=["unspecified", "undefined", "no reason", "no word"],
)
def test_a_problem_that_makes_no_sense_is_a_malformed_answer(problem):
    assert answered(grpc.StatusCode.ABORTED, "x", problem).reason is Reason.PARTNER_ANSWER


def test_details_that_contradict_the_status_are_a_malformed_answer():
    status = status_pb2.Status(code=3, message="x")
    metadata = grpc.aio.Metadata((DETAILS, status.SerializeToString()))
    assert answered(grpc.StatusCode.ABORTED, "x", metadata=metadata).reason is Reason.PARTNER_ANSWER
    garbage = grpc.aio.Metadata((DETAILS, b"\xff\xff"))
    assert answered(grpc.StatusCode.ABORTED, "x", metadata=garbage).reason is Reason.PARTNER_ANSWER


def test_nothing_a_partner_wrote_gets_into_our_texts_but_the_facts_they_name():
    problem = newer(
        problem_pb2.ANSWER_CLASS_RETRIABLE,
        reason="MATERIAL_OFFSET",
        facts={"offset": "5\r\n" + "9" * 900, "findings": "x", "self": "x", "reason": "x", "extra": "x"},
    )
    error = answered(grpc.StatusCode.FAILED_PRECONDITION, "x", problem)
    assert error.reason is Reason.MATERIAL_OFFSET
    assert set(error.facts) == {"offset"}
    assert len(error.facts["offset"]) == 200
    assert "\n" not in error.facts["offset"]


@pytest.mark.parametrize(
    ("code", "details", "reason", "detail"),
    [
        (
            grpc.StatusCode.UNAVAILABLE,
            "ipv4:10.1.2.3:443: Connection refused (111)",
            Reason.PARTNER_UNREACHABLE,
            "refused",
        ),
        (grpc.StatusCode.UNAVAILABLE, "Socket closed", Reason.PARTNER_UNREACHABLE, "broken off"),
        (grpc.StatusCode.UNAVAILABLE, "Tls handshake failed (TSI)", Reason.PARTNER_UNREACHABLE, "TLS"),
        (grpc.StatusCode.UNAVAILABLE, "", Reason.PARTNER_UNREACHABLE, "no connection"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded", Reason.PARTNER_SLOW, "30 s"),
        (grpc.StatusCode.UNIMPLEMENTED, "Method not found!", Reason.NOT_SERVED, "DeliverEnvelopes"),
        (grpc.StatusCode.UNAUTHENTICATED, "who?", Reason.PARTNER_REJECTED_US, "UNAUTHENTICATED"),
        (grpc.StatusCode.PERMISSION_DENIED, "", Reason.PARTNER_REJECTED_US, "PERMISSION_DENIED"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "Received message larger than max", Reason.PARTNER_ANSWER, "bound"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "too many", Reason.PARTNER_FAILED, "RESOURCE_EXHAUSTED"),
        (grpc.StatusCode.INTERNAL, "boom 10.1.2.3", Reason.PARTNER_ANSWER, "INTERNAL"),
        (grpc.StatusCode.UNKNOWN, "boom", Reason.PARTNER_ANSWER, "UNKNOWN"),
    ],
)
def test_a_status_without_our_details_still_means_something_and_shows_no_address(code, details, reason, detail):
    error = answered(code, details)
    assert error.reason is reason
    assert detail in error.cause.en
    assert "10.1.2.3" not in error.cause.en + error.cause.zh


async def test_a_description_of_another_region_is_a_malformed_answer():
    async def describe(caller):
        return description(region="433100")

    async with door(PeeringFlows(describe=describe)) as there, courier() as ours, failing(Reason.PARTNER_ANSWER):
        await ours.describe(there.partner())
