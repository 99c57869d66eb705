"""Checks of chapter 9: what the handler's people do comes back as sealed, numbered events.

Somebody at the other side has to act, so these are made only when the run may wait (`--wait`).
"""

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.flows.opening import Opened as OpenedEnvelope
from gateway.flows.opening import authenticate, open_envelope
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.envelopes import seal
from gateway.kit.conformance.expectations import must
from gateway.kit.conformance.session import OpenedCase, Session
from gateway.kit.conformance.verdicts import Failed, Skipped
from gateway.peering.messages import sealed_of
from gateway.trust.dsse import RECEIPTS_PAYLOAD
from gateway.wire.codec import receipts_to_bytes
from gateway.wire.envelope import Outcome, Receipt, ReceiptBatch
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb

CHAPTER = Chapter(9, Text("办理 (需对方人员配合)", "Handling (needs people at the other side)"))
POLL = 20
"""Seconds one collect may wait."""
NEEDS = ("rpc/CollectEnvelopes",)
_SIGN_OFF = Text(
    "请对方人员现在签收测试办件 {number}",
    "please have the other side sign test case {number} off (签收) now",
)
_MEND = Text(
    "办理地的事件由其网关编号、签封, 交给来取的一方; 收到回执即不再给",
    "the handler's gateway numbers and seals its events and hands them out; once receipted they are not handed out again",
)


@CHAPTER.check(
    1,
    Text("对方签收, 事件取到, 可以证明", "the other side signs off; the event is collected and proves"),
    demand=Text(
        "事件由对方签封给本方, 带连续的 case_version; 有了回执不再交出",
        "sealed by them for us, with the next case_version; not handed out again once receipted",
    ),
    section="7, 11",
    mend=_MEND,
    needs=NEEDS,
    asks=True,
)
async def _signed_off(s: Session) -> None:
    case = await s.open_case()
    s.asking.please(_SIGN_OFF.format(number=case.number))
    sealed = await _collected(s, case)
    event = _proven(s, sealed)
    version = event.envelope.case_version
    must(version == 2, Text(f"版本号是 {version}, 应为 2", f"its version is {version}, not 2"))
    ended = await _collect(s, [_receipt(s, event)], wait=1)
    again = [one for one in ended if one.payload == sealed.payload]
    must(not again, Text("有了回执还再交出", "it was handed out again after its receipt"))


async def _collected(s: Session, case: OpenedCase) -> exchange_pb2.SealedEnvelope:
    end = s.world.monotonic() + s.wait
    while s.world.monotonic() < end:
        for sealed in await _collect(s, [], wait=POLL):
            if exchange_pb2.Envelope.FromString(sealed.payload).case_id == case.number:
                return sealed
    raise Failed(Text("等到时限也没有事件", "no event came within the time"))


async def _collect(
    s: Session, batches: list[exchange_pb2.SealedEnvelope], wait: int
) -> list[exchange_pb2.SealedEnvelope]:
    request = pb.CollectEnvelopesRequest(receipt_batches=batches, max_envelopes=64, wait_seconds=wait)
    ended = await s.ask("CollectEnvelopes", request, seconds=wait + 20.0)
    if ended.reason == "NOT_SERVED":
        raise Skipped(Text("对方登记的是由它递送, 不由本方来取", "its partner file says that it delivers to us"))
    must(ended.code == "OK", Text(f"得到 {ended}", f"got {ended}"))
    return list(ended.response.envelopes)


def _proven(s: Session, sealed: exchange_pb2.SealedEnvelope) -> OpenedEnvelope:
    keys = s.keys.keys_of(s.target.region)
    try:
        opened = open_envelope(
            authenticate(sealed_of(sealed), s.target.region, s.identity.region, keys, s.world.clock())
        )
    except GatewayError as error:
        raise Failed(error.cause) from None
    if not isinstance(opened, OpenedEnvelope):
        raise Failed(opened.error.cause)
    return opened


def _receipt(s: Session, event: OpenedEnvelope) -> exchange_pb2.SealedEnvelope:
    now = s.now
    receipt = Receipt(event.envelope.envelope_id, event.authentic.payload_sha256, Outcome.ACCEPTED, now)
    batch = ReceiptBatch(s.world.new_id(), s.identity.region, s.target.region, now, (receipt,))
    return seal(receipts_to_bytes(batch), [s.identity.seal_key], RECEIPTS_PAYLOAD)
