"""Gateways that are wrong in one thing each: the real one, bent at its border to other regions.

Two ways to bend: the flows behind the door (`Bend`), or the door itself with other interceptors (`Door`).
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import grpc

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers
from gateway.partners.limits import Limits as PartnerLimits
from gateway.peering.admission import Admission, Turns
from gateway.peering.allowance import Allowance
from gateway.peering.arity import inside
from gateway.peering.bounds import SERVER_OPTIONS
from gateway.peering.callers import set_caller
from gateway.peering.certificates import Certs
from gateway.peering.interceptors import Deadline, ErrorsToStatus, PeerIdentityFromTls
from gateway.peering.served import PeeringFlows
from gateway.peering.server import Listening
from gateway.peering.servicer import ExchangeServicer
from gateway.peering.status import STATUS_OF
from gateway.trust.dsse import RECEIPTS_PAYLOAD, pre_authentication_encoding
from gateway.trust.identity import IdentityCache, PeerIdentity, identify
from gateway.trust.suites import SigningKey
from gateway.trust.tokens import bearer
from gateway.wire.codec import receipts_from_bytes, receipts_to_bytes, sealed_from_bytes, sealed_to_bytes
from gateway.wire.description import Description
from gateway.wire.envelope import (
    EnvelopeAnswer,
    Outcome,
    Receipt,
    ReceiptBatch,
    Sealed,
    Signature,
)
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc
from gateway.wire.header import header_from_bytes
from gateway.wire.reconcile import DayHeld
from tests.kit.kit_build import TESTER

Bend = Callable[[Gateway, Listening], Listening]


def flows_of(**changes: Callable[[Gateway, PeeringFlows], Any]) -> Bend:
    """Bend flows: each is made from the gateway and its right flows."""

    def bend(gateway: Gateway, listening: Listening) -> Listening:
        right = listening.flows
        return replace(
            listening, flows=replace(right, **{name: make(gateway, right) for name, make in changes.items()})
        )

    return bend


# Receipts


def resealed(change: Callable[[ReceiptBatch], ReceiptBatch], key: SigningKey | None = None) -> Bend:
    """Change every batch of receipts, and seal it again: by its own key, or by another."""

    made: dict[bytes, bytes] = {}

    def again(gateway: Gateway, batch: bytes) -> bytes:
        # Once for each: not every algorithm signs alike twice.
        if batch not in made:
            made[batch] = bent(gateway, batch)
        return made[batch]

    def bent(gateway: Gateway, batch: bytes) -> bytes:
        changed = change(receipts_from_bytes(sealed_from_bytes(batch).payload))
        payload = receipts_to_bytes(changed)
        with_key = key or gateway.sealer.key(gateway.world.clock())
        signature = with_key.sign(pre_authentication_encoding(RECEIPTS_PAYLOAD, payload))
        return sealed_to_bytes(Sealed(payload, RECEIPTS_PAYLOAD, (Signature(signature, with_key.kid),)))

    return batches(again)


def batches(change: Callable[[Gateway, bytes], bytes]) -> Bend:
    """Change every batch that leaves, in answers and when it is asked for again."""

    def receive(gateway: Gateway, right: PeeringFlows) -> Any:
        async def bent(sealed: Sequence[Sealed], caller: str) -> Answers:
            answers = await right.receive(sealed, caller)
            return replace(answers, receipt_batches=tuple(change(gateway, one) for one in answers.receipt_batches))

        return bent

    def recall(gateway: Gateway, right: PeeringFlows) -> Any:
        async def bent(caller: str, ids: Sequence[str], issued: bool) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
            found, never = await right.get_receipts(caller, ids, issued)
            return tuple(change(gateway, one) for one in found), never

        return bent

    return flows_of(receive=receive, get_receipts=recall)


def unsigned(_: Gateway, batch: bytes) -> bytes:
    """The batch without any signature."""
    return sealed_to_bytes(replace(sealed_from_bytes(batch), signatures=()))


def other_digests(batch: ReceiptBatch) -> ReceiptBatch:
    """Receipts of other bytes than those that came."""
    return replace(batch, receipts=tuple(replace(one, payload_sha256=b"\x00" * 32) for one in batch.receipts))


def other_sender(batch: ReceiptBatch) -> ReceiptBatch:
    """Receipts that are for somebody else."""
    return replace(batch, sender="500114")


def no_versions(batch: ReceiptBatch) -> ReceiptBatch:
    """Receipts that do not tell the version of an event."""
    return replace(batch, receipts=tuple(replace(one, case_version=None) for one in batch.receipts))


def answers_anew(gateway: Gateway, right: PeeringFlows) -> Any:
    """A repeat gets a receipt, and another batch each time."""

    async def bent(sealed: Sequence[Sealed], caller: str) -> Answers:
        answers = await right.receive(sealed, caller)
        now, again = gateway.world.clock(), []
        for one in answers.receipt_batches:
            batch = receipts_from_bytes(sealed_from_bytes(one).payload)
            again.append(gateway.sealer.receipts(gateway.world.new_id(), caller, batch.receipts, now).sealed)
        return replace(answers, receipt_batches=tuple(again))

    return bent


def accepting(*reasons: Reason) -> Bend:
    """Give a good receipt for what should have been rejected, refused or put off for one of these reasons."""

    def receive(gateway: Gateway, right: PeeringFlows) -> Any:
        async def bent(sealed: Sequence[Sealed], caller: str) -> Answers:
            answers = await right.receive(sealed, caller)
            found = [_refusal(answers, one) for one in answers.answers]
            made: list[bytes] = list(answers.receipt_batches)
            given: list[EnvelopeAnswer] = []
            for one, answer, reason in zip(sealed, answers.answers, found, strict=True):
                if reason not in {word.value for word in reasons}:
                    given.append(answer)
                    continue
                envelope_id = _id_of(one)
                receipt = Receipt(
                    envelope_id, hashlib.sha256(one.payload).digest(), Outcome.ACCEPTED, gateway.world.clock(), 1
                )
                batch_id, now = gateway.world.new_id(), gateway.world.clock()
                given.append(EnvelopeAnswer(envelope_id, len(made), None))
                made.append(gateway.sealer.receipts(batch_id, caller, (receipt,), now).sealed)
            return Answers(tuple(made), tuple(given))

        return bent

    return flows_of(receive=receive)


def _id_of(sealed: Sealed) -> str:
    try:
        return header_from_bytes(sealed.payload).envelope_id
    except GatewayError:
        return "019ab000-0000-7000-8000-000000000001"


def _refusal(answers: Answers, answer: EnvelopeAnswer) -> str:
    if answer.problem:
        return answer.problem.reason
    batch = receipts_from_bytes(sealed_from_bytes(answers.receipt_batches[answer.receipt_batch_index or 0]).payload)
    found = [one for one in batch.receipts if one.envelope_id == answer.envelope_id and one.refusal]
    return found[0].refusal.reason if found and found[0].refusal else ""


# Materials, recalls, days, descriptions


def forgets_offsets(_: Gateway, right: PeeringFlows) -> Any:
    """What came of a broken upload is not told."""

    async def bent(caller: str, manifest: Any) -> Any:
        standings = await right.check_materials(caller, manifest)
        return tuple(one if one.complete else replace(one, offset=0) for one in standings)

    return bent


def has_everything(_: Gateway, right: PeeringFlows) -> Any:
    """Every file is said to be there already."""

    async def bent(caller: str, manifest: Any) -> Any:
        standings = await right.check_materials(caller, manifest)
        return tuple(replace(one, complete=True) for one in standings)

    return bent


def gives_anything(_: Gateway, right: PeeringFlows) -> Any:
    """A file of nobody's case is given, empty."""

    async def bent(caller: str, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        try:
            return await right.get_material(caller, case_id, sha256, offset)
        except GatewayError:
            return _nothing()

    return bent


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in ():
        yield chunk


def shows_cases_to_anyone(_: Gateway, right: PeeringFlows) -> Any:
    """Asked for a case of others, it answers."""

    async def bent(caller: str, **which: Any) -> Any:
        try:
            return await right.get_envelopes(caller, **which)
        except GatewayError:
            return (), False

    return bent


def gives_half_the_envelopes(_: Gateway, right: PeeringFlows) -> Any:
    """Of a case only the first envelope comes back."""

    async def bent(caller: str, **which: Any) -> Any:
        envelopes, more = await right.get_envelopes(caller, **which)
        return envelopes[:1], more

    return bent


def promises_nothing(_: Gateway, right: PeeringFlows) -> Any:
    """“Never seen” is said and not written down."""
    known: set[str] = set()

    async def bent(caller: str, ids: Sequence[str], issued: bool) -> Any:
        return await right.get_receipts(caller, ids, issued) if known & set(ids) else ((), tuple(ids))

    async def receive(sealed: Sequence[Sealed], caller: str) -> Answers:
        answers = await right.receive(sealed, caller)
        known.update(one.envelope_id for one in answers.answers if one.problem is None)
        return answers

    return bent, receive


def counts_wrong(_: Gateway, right: PeeringFlows) -> Any:
    """The digest of a day is not that of its lines."""

    async def bent(caller: str, asked: Any) -> DayHeld:
        return replace(await right.reconcile(caller, asked), digest=b"\x00" * 32)

    return bent


def loses_lines(_: Gateway, right: PeeringFlows) -> Any:
    """A day looks empty."""

    async def bent(caller: str, asked: Any) -> DayHeld:
        held = await right.reconcile(caller, asked)
        return DayHeld(0, hashlib.sha256(b"").digest(), held.as_of)

    return bent


def describing(change: Callable[[Description], Description]) -> Bend:
    """Say something else of itself."""

    def make(_: Gateway, right: PeeringFlows) -> Any:
        async def bent(caller: str) -> Description:
            return change(await right.describe(caller))

        return bent

    return flows_of(describe=make)


def new_life_each_time() -> Callable[[Description], Description]:
    """Another incarnation in each answer."""
    lives = iter(range(10_000))
    return lambda said: replace(said, incarnation=f"life-{next(lives)}")


def two_minutes_ahead(said: Description) -> Description:
    """A clock that is wrong."""
    return replace(said, time=said.time + timedelta(minutes=2))


def unlimited(_: Gateway, listening: Listening) -> Listening:
    """The rate it tells is not kept."""
    return replace(listening, limits_of=lambda _: PartnerLimits(envelopes_per_minute=600_000, concurrent_calls=64))


def remembers_tokens_for_ever(_: Gateway, listening: Listening) -> Listening:
    """A token that was right once is right for ever."""

    class Forever(IdentityCache):
        def recall(self, key: Any, now: Any) -> PeerIdentity | None:
            found = self._proved.get(key)
            return found[1] if found else None

    return replace(listening, keeping=replace(listening.keeping, cache=Forever()))


# Doors


class Forgiving(grpc.aio.ServerInterceptor):
    """Proves callers as it should, and believes them all the same where the proof fails for one of these reasons."""

    def __init__(self, listening: Listening, reasons: frozenset[Reason]) -> None:
        self._keeping = listening.keeping
        self._reasons = reasons

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        if handler is None:
            return None

        @asynccontextmanager
        async def around(context: Any) -> AsyncIterator[None]:
            keeping = self._keeping
            shown = context.auth_context().get("x509_pem_cert")
            given = [value for name, value in details.invocation_metadata or () if name == "authorization"]
            try:
                if len(given) > 1:
                    raise GatewayError(Reason.TOKEN_MALFORMED, detail="several")
                identity = identify(
                    shown[0] if shown else None,
                    bearer(str(given[0]) if given else None),
                    keeping.partners(),
                    keeping.own_region,
                    keeping.clock(),
                    keeping.cache,
                )
            except GatewayError as error:
                if error.reason not in self._reasons:
                    raise
                identity = PeerIdentity(TESTER, "", 0, "", "", keeping.clock())
            keeping.heard_from(identity.region)
            set_caller(identity)
            yield

        return inside(around, handler)


class Speechless(ErrorsToStatus):
    """Ends failed calls with a bare status: no Problem, no reason."""

    def __init__(self) -> None:
        super().__init__(lambda: "", lambda *_: None)

    def _around(self, method: str) -> Any:
        @asynccontextmanager
        async def around(context: Any) -> AsyncIterator[None]:
            try:
                yield
            except GatewayError as error:
                await context.abort(STATUS_OF[error.row.family], error.reason.value)

        return around


@dataclass
class Served:
    """What a test wants to know of a door."""

    port: int


def door(
    *,
    forgiving: Sequence[Reason] = (),
    speechless: bool = False,
    certificates: bool = True,
    servicer: Callable[[PeeringFlows, Allowance], Any] = ExchangeServicer,
) -> Any:
    """A door like the real one, but for what is said."""

    @asynccontextmanager
    async def opened(listening: Listening) -> AsyncIterator[Served]:
        keeping = listening.keeping
        allowance = Allowance(listening.limits_of, listening.monotonic)
        errors = Speechless() if speechless else ErrorsToStatus(listening.new_trace_id, listening.report)
        proving = Forgiving(listening, frozenset(forgiving)) if forgiving else PeerIdentityFromTls(keeping)
        server = grpc.aio.server(
            interceptors=[errors, proving, Deadline(), Admission(Turns(allowance), listening.pace)],
            options=SERVER_OPTIONS,
        )
        exchange_service_pb2_grpc.add_ExchangeServiceServicer_to_server(servicer(listening.flows, allowance), server)
        credentials = Certs(keeping.own_region, listening.certified, listening.roots, keeping.clock()).credentials()
        if not certificates:
            own = listening.certified
            credentials = grpc.ssl_server_credentials([(own.private_pem, own.certificate_pem)])
        port = server.add_secure_port("127.0.0.1:0", credentials)
        await server.start()
        try:
            yield Served(port)
        finally:
            await server.stop(0.2)

    return opened
