"""The dialling side: `flows.delivery.courier.Courier` over gRPC.

Every call goes over a line whose server is proven to be the partner's region (`proving`, `lines`), carries a token for
that partner alone, and has a bound.  Only a call on a line that turns out to be dead is made once more, on a new line, and
one whose token the partner cannot judge, with a token by the key before: every method may be repeated.  Otherwise nothing is tried twice here, for the queue knows what to repeat and when.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

import grpc
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import Answers, HandedOut, Manifest, MaterialStanding, Recalled
from gateway.partners.partner import Partner
from gateway.peering import bounds
from gateway.peering.lines import Credentials, Line, Lines
from gateway.peering.messages import answers_from_wire, answers_to_wire, as_bytes, check_batch, from_bytes
from gateway.peering.once_more import key_not_known, with_another_token, worth_another_try
from gateway.peering.status import error_from_rpc
from gateway.peering.uploading import upload
from gateway.trust.identity import NOBODY_DENIED, DenyList
from gateway.wire.description import Description, description_from_wire
from gateway.wire.envelope import EXCHANGE_MINOR
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc
from gateway.wire.item_pages import ItemsPage, page_from_wire
from gateway.wire.reconcile import DayAsked, DayHeld, asked_to_wire, held_from_wire
from gateway.wire.transfer_codec import manifest_to_wire, standing_from_wire, standings_from_wire

_OTHER_REGION = Text("描述的是另一个地区", "it describes another region")
_OTHER_COUNT = Text("答复的条数与请求不符", "the number of answers is not that of the request")
_OTHER_FILES = Text("材料清单与请求不符", "the materials are not those of the request")

Request = TypeVar("Request")
Response = TypeVar("Response")
Value = TypeVar("Value")
Metadata = tuple[tuple[str, str], ...]


Stub: TypeAlias = "exchange_service_pb2_grpc.ExchangeServiceAsyncStub"


@dataclass(frozen=True, slots=True)
class _Until:
    """The bound of a call: how long it may take in all, and the loop's time at its end."""

    seconds: float
    end: float


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A line, whether it was up before, the token for it, and the seconds that are left."""

    line: Line
    kept: bool
    metadata: Metadata
    seconds: float


class GrpcCourier:
    """Carries bytes to partners; see `flows.delivery.courier.Courier` for the methods and their errors.

    Args:
        credentials: ours at this moment; a renewed certificate comes with tokens that name it.
        clock: aware UTC.
        denied: certificates refused by an operator, servers' as well.
        handshake_seconds: bound of one handshake; a partner that takes longer cannot be reached.
    """

    def __init__(
        self,
        own_region: str,
        credentials: Callable[[], Credentials],
        clock: Callable[[], datetime],
        denied: Callable[[], DenyList] = lambda: NOBODY_DENIED,
        handshake_seconds: float = bounds.HANDSHAKE_SECONDS,
    ) -> None:
        self._lines = Lines(own_region, credentials, clock, denied, handshake_seconds)

    async def close(self) -> None:
        """Close every line; calls in flight are cancelled after a second."""
        await self._lines.close()

    def keep_only(self, codes: Collection[str]) -> None:
        """Drop the lines to partners that are gone."""
        self._lines.keep_only(codes)

    def certificate_ends(self, code: str) -> datetime | None:
        """Return when the certificate a partner's server proved itself with ends; None while it is not connected."""
        return self._lines.certificate_ends(code)

    def end_denied(self) -> int:
        """End the calls to servers that are refused from now on; return to how many."""
        return self._lines.end_denied()

    async def describe(self, partner: Partner, *, with_terms: bool = False) -> Description:
        """Ask what the partner's gateway is and how it sees us."""
        request = pb.DescribeGatewayRequest(exchange_minor=EXCHANGE_MINOR, with_terms=with_terms)
        answer = await self._ask(
            partner, "DescribeGateway", bounds.DESCRIBE_SECONDS, lambda stub: stub.DescribeGateway, request
        )
        description = _read(partner, lambda: description_from_wire(answer.description))
        if description.region != partner.code:
            raise _malformed(partner, _OTHER_REGION)
        return description

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        """Hand over serialised SealedEnvelope messages."""
        request = pb.DeliverEnvelopesRequest(envelopes=from_bytes(envelopes))
        check_batch(request.envelopes)
        answer = await self._ask(
            partner, "DeliverEnvelopes", bounds.DELIVER_SECONDS, lambda stub: stub.DeliverEnvelopes, request
        )
        answers = _read(partner, lambda: answers_from_wire(answer))
        if len(answers.answers) != len(envelopes):
            raise _malformed(partner, _OTHER_COUNT)
        return answers

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        """Bring answers and take what the partner owes us."""
        request = pb.CollectEnvelopesRequest(
            receipt_batches=from_bytes(answered.receipt_batches),
            answers=answers_to_wire(answered.answers),
            max_envelopes=max_envelopes,
            wait_seconds=wait_seconds,
        )
        seconds = wait_seconds + bounds.COLLECT_MARGIN_SECONDS
        answer = await self._ask(partner, "CollectEnvelopes", seconds, lambda stub: stub.CollectEnvelopes, request)
        return _handed_out(partner, answer, max_envelopes)

    async def check_materials(self, partner: Partner, manifest: Manifest) -> tuple[MaterialStanding, ...]:
        """Announce files."""
        request = manifest_to_wire(manifest)
        answer = await self._ask(
            partner, "CheckMaterials", bounds.DELIVER_SECONDS, lambda stub: stub.CheckMaterials, request
        )
        standings = _read(partner, lambda: standings_from_wire(answer))
        there = [(one.sha256, one.offset <= size) for one, (_, size) in zip(standings, manifest.files, strict=False)]
        if len(standings) != len(manifest.files) or there != [(sha256, True) for sha256, _ in manifest.files]:
            raise _malformed(partner, _OTHER_FILES)
        return standings

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        """Upload from an offset on; chunks of any size are cut to that of one message."""
        header = pb.PutMaterialHeader(case_id=case_id, sha256=bytes.fromhex(sha256), offset=offset)
        async with self._attempt(partner, "PutMaterial", _until(bounds.MATERIAL_SECONDS)) as at:
            call = at.line.stub.PutMaterial(timeout=at.seconds, metadata=at.metadata)
            try:
                await upload(call, header, chunks)
                answer = await call
            finally:
                call.cancel()
        standing = _read(partner, lambda: standing_from_wire(answer))
        if standing.sha256 != sha256:
            raise _malformed(partner, _OTHER_FILES)
        return standing

    async def get_material(self, partner: Partner, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Download from an offset on."""
        request = pb.GetMaterialRequest(case_id=case_id, sha256=bytes.fromhex(sha256), offset=offset)
        async with self._attempt(partner, "GetMaterial", _until(bounds.MATERIAL_SECONDS)) as at:
            call = at.line.stub.GetMaterial(request, timeout=at.seconds, metadata=at.metadata)
            try:
                async for answer in call:
                    yield answer.chunk
            finally:
                call.cancel()

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        """Ask for receipts again."""
        request = pb.GetReceiptsRequest(envelope_ids=envelope_ids, issued_by_caller=issued_by_us)
        answer = await self._ask(partner, "GetReceipts", bounds.RECALL_SECONDS, lambda stub: stub.GetReceipts, request)
        return Recalled(as_bytes(answer.receipt_batches), tuple(answer.never_seen_ids))

    async def get_envelopes(
        self, partner: Partner, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> HandedOut:
        """Ask for envelopes again."""
        if of_case is not None:
            case_id, sender, first = of_case
            by_case = pb.CaseSequence(case_id=case_id, sender_region=sender, from_sequence=first)
            request = pb.GetEnvelopesRequest(by_case=by_case)
        else:
            request = pb.GetEnvelopesRequest(by_ids=pb.EnvelopeIds(envelope_ids=ids))
        answer = await self._ask(
            partner, "GetEnvelopes", bounds.RECALL_SECONDS, lambda stub: stub.GetEnvelopes, request
        )
        return _handed_out(partner, answer, bounds.MOST_ENVELOPES)

    async def get_items(self, partner: Partner, since: int, page_token: str = "") -> ItemsPage:
        """Ask what the partner demands for its items."""
        request = pb.GetItemsRequest(since_items_version=since, page_token=page_token)
        answer = await self._ask(partner, "GetItems", bounds.RECALL_SECONDS, lambda stub: stub.GetItems, request)
        return _read(partner, lambda: page_from_wire(answer))

    async def reconcile(self, partner: Partner, asked: DayAsked) -> DayHeld:
        """Ask what the partner holds of a day."""
        request = asked_to_wire(asked)
        answer = await self._ask(partner, "Reconcile", bounds.RECALL_SECONDS, lambda stub: stub.Reconcile, request)
        return _read(partner, lambda: held_from_wire(answer))

    async def _ask(
        self,
        partner: Partner,
        rpc: str,
        seconds: float,
        method: "Callable[[Stub], grpc.aio.UnaryUnaryMultiCallable[Request, Response]]",
        request: Request,
    ) -> Response:
        until = _until(seconds)
        kept = False

        async def once() -> Response:
            nonlocal kept
            kept = False
            async with self._attempt(partner, rpc, until) as at:
                kept = at.kept
                return await _answered(method(at.line.stub), request, at)

        again = AsyncRetrying(
            retry=retry_if_exception(lambda error: worth_another_try(error, kept=kept)),
            stop=stop_after_attempt(2),
            reraise=True,
        )
        return await again(once)

    @asynccontextmanager
    async def _attempt(self, partner: Partner, rpc: str, until: _Until) -> AsyncIterator[_Attempt]:
        """Connect, and say in our words what fails inside; connecting counts against the bound."""
        try:
            async with asyncio.timeout_at(until.end):
                line, kept = await self._lines.to(partner)
        except TimeoutError:
            seconds = round(until.seconds)
            raise GatewayError(Reason.PARTNER_SLOW, partner=partner.short_name, seconds=seconds) from None
        metadata = (("authorization", f"Bearer {line.ours.token_for(partner.code)}"),)
        left = until.end - asyncio.get_running_loop().time()
        try:
            yield _Attempt(line, kept, metadata, left)
        except grpc.aio.AioRpcError as error:
            failure = error_from_rpc(error, partner.short_name, rpc=rpc, seconds=until.seconds)
            if failure.reason is Reason.PARTNER_UNREACHABLE:
                self._lines.drop(line)
            if key_not_known(failure) and line.ours.key_not_known(partner.code):
                raise with_another_token(failure) from None
            raise failure from None


def _until(seconds: float) -> _Until:
    return _Until(seconds, asyncio.get_running_loop().time() + seconds)


async def _answered(
    method: "grpc.aio.UnaryUnaryMultiCallable[Request, Response]", request: Request, at: _Attempt
) -> Response:
    call = method(request, timeout=at.seconds, metadata=at.metadata)
    try:
        return await call
    finally:
        call.cancel()


def _handed_out(
    partner: Partner, answer: pb.CollectEnvelopesResponse | pb.GetEnvelopesResponse, most: int
) -> HandedOut:
    if len(answer.envelopes) > most:
        raise _malformed(partner, _OTHER_COUNT)
    return HandedOut(as_bytes(answer.envelopes), answer.more)


def _read(partner: Partner, reading: Callable[[], Value]) -> Value:
    try:
        return reading()
    except GatewayError as error:
        raise _malformed(partner, error.facts.get("detail", error.reason.value)) from None


def _malformed(partner: Partner, detail: object) -> GatewayError:
    return GatewayError(Reason.PARTNER_ANSWER, partner=partner.short_name, detail=detail)
