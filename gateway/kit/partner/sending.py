"""How a simulated partner sends: as its queue does, unless the script has it repeat itself or begin at the wrong end."""

from collections.abc import Sequence
from typing import Any

from gateway.app.world import World
from gateway.case.errors import GatewayError
from gateway.flows.delivery.courier import Answers, Courier
from gateway.kit.conformance.envelopes import seal
from gateway.kit.partner.occasions import Occasions
from gateway.kit.partner.script import Do, On
from gateway.kit.partner.telling import Tell
from gateway.partners.partner import Partner
from gateway.peering.allowance import come_again
from gateway.trust.keys import OwnKeys
from gateway.trust.suites import KeyUse
from gateway.wire.codec import problem_of, receipts_from_bytes, sealed_from_bytes
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2


class Sending:
    """A courier that carries what it is given, and more, or the other way round."""

    def __init__(self, inner: Courier, occasions: Occasions, tell: Tell, keys: OwnKeys, world: World) -> None:
        self._inner = inner
        self._occasions = occasions
        self._tell = tell
        self._keys = keys
        self._world = world
        self._put_off: set[bytes] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        """Hand envelopes over, as the script says."""
        steps = self._occasions.steps(On.SEND)
        words = {step.do for step in steps}
        for step in steps:
            if step.do is Do.DELAY:
                await self._world.sleep(step.lasting.total_seconds())
        if Do.EARLY in words:
            return await self._early(partner, envelopes)
        answers = await self._inner.deliver(partner, envelopes)
        self._tell("sent", partner=partner.code, count=len(envelopes), answers=_said(answers))
        if Do.TWICE in words:
            answers = await self._inner.deliver(partner, envelopes)
            self._tell("sent_twice", answers=_said(answers))
        if Do.ANEW in words:
            await self._anew(partner, envelopes)
        return answers

    async def _early(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        """Begin at the last; one that is alone is put off once, until another of its case may be there too."""
        if len(envelopes) == 1 and envelopes[0] not in self._put_off:
            self._put_off.add(envelopes[0])
            self._tell("put_off")
            problem = problem_of(come_again("simulated", 1))
            return Answers((), (EnvelopeAnswer(_message(envelopes[0]).envelope_id, None, problem),))
        backwards = await self._inner.deliver(partner, envelopes[::-1])
        self._tell("sent_early", count=len(envelopes))
        return Answers(backwards.receipt_batches, backwards.answers[::-1])

    async def _anew(self, partner: Partner, envelopes: Sequence[bytes]) -> None:
        """Send every event once more, the same event in another envelope."""
        for one in envelopes:
            message = _message(one)
            if message.WhichOneof("body") != "event":
                continue
            message.envelope_id = self._world.new_id()
            key = self._keys.current(KeyUse.SEAL, self._world.clock())
            sealed = seal(message.SerializeToString(deterministic=True), [key])
            try:
                answers = await self._inner.deliver(partner, [sealed.SerializeToString(deterministic=True)])
            except GatewayError as error:
                said = error.reason.value
            else:
                said = _said(answers)
            self._tell("sent_anew", event=message.event.event_id, answers=said)


def _message(sealed: bytes) -> exchange_pb2.Envelope:
    return exchange_pb2.Envelope.FromString(exchange_pb2.SealedEnvelope.FromString(sealed).payload)


def _said(answers: Answers) -> str:
    """Say in words what was answered; what does not read is a question mark."""
    return ", ".join(_word(answers, one) for one in answers.answers)


def _word(answers: Answers, answer: EnvelopeAnswer) -> str:
    if answer.problem:
        return answer.problem.reason
    try:
        sealed = sealed_from_bytes(answers.receipt_batches[answer.receipt_batch_index or 0])
        receipts = receipts_from_bytes(sealed.payload).receipts
    except GatewayError:
        return "?"
    found = [one for one in receipts if one.envelope_id == answer.envelope_id]
    if not found:
        return "?"
    refusal = found[0].refusal
    return f"refused {refusal.reason}" if refusal else "accepted"
