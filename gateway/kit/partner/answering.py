"""How a simulated partner answers calls: as its gateway does, unless the script has it delay, hang, cut, refuse or lie.

A refusal or a lie is about an envelope on its own; the others of its call get what is right.  A refused new case was never
shown to the gateway behind, so that nothing is done about it later; the refusal is repeated as long as the simulation runs.
"""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers
from gateway.flows.opening import Opened, authenticate, open_envelope
from gateway.kit.partner.lies import lying
from gateway.kit.partner.occasions import Occasions
from gateway.kit.partner.script import LIES, Do, On, Step
from gateway.kit.partner.telling import Tell
from gateway.peering.served import RPC_OF, PeeringFlows, Receive
from gateway.trust.suites import SigningKey
from gateway.wire.codec import envelope_from_bytes, problem_of, receipts_from_bytes, sealed_from_bytes
from gateway.wire.envelope import EnvelopeAnswer, Outcome, Receipt, Sealed

NEW_CASE = "new_case"


@dataclass(slots=True)
class Answering:
    """Bends the flows of a gateway as the script says.

    Attributes:
        cut: called to have the door fall shut in the middle of a call.
        strange: a seal key nobody registered.
    """

    gateway: Gateway
    occasions: Occasions
    tell: Tell
    cut: Callable[[], None]
    strange: SigningKey
    refused: dict[tuple[str, str, bytes], bytes] = field(default_factory=dict)

    def bend(self, right: PeeringFlows) -> PeeringFlows:
        """Return the flows a door is to serve."""
        served = {one.name: getattr(right, one.name) for one in fields(right)}
        if right.receive is not None:
            served["receive"] = self._receiving(right.receive)
        bent = {name: self._called(RPC_OF[name], flow) for name, flow in served.items() if flow is not None}
        return replace(right, **bent)

    def _called(self, rpc: str, flow: Callable[..., Any]) -> Callable[..., Any]:
        async def answer(*given: Any, **named: Any) -> Any:
            self.tell("called", rpc=rpc)
            for step in self.occasions.steps(On.CALL, rpc=rpc):
                await self._disturb(rpc, step)
            answered = flow(*given, **named)
            return await answered if inspect.isawaitable(answered) else answered

        return answer

    async def _disturb(self, rpc: str, step: Step) -> None:
        await self.gateway.world.sleep(step.after.total_seconds())
        match step.do:
            case Do.DELAY:
                self.tell("delayed", rpc=rpc, seconds=int(step.lasting.total_seconds()))
                await self.gateway.world.sleep(step.lasting.total_seconds())
            case Do.HANG:
                self.tell("hanging", rpc=rpc)
                await asyncio.Event().wait()
            case Do.CUT:
                self.tell("cut", rpc=rpc)
                self.cut()
                await asyncio.Event().wait()
            case _:
                self.tell("refused", rpc=rpc, reason=step.reason)
                raise GatewayError(Reason(step.reason))

    def _receiving(self, receive: Receive) -> Receive:
        async def answer(sealed: Sequence[Sealed], caller: str) -> Answers:
            steps = [self._step(one, caller) for one in sealed]
            shown = [one for one, step in zip(sealed, steps, strict=True) if step is None or step.do is not Do.REFUSE]
            answers = await receive(shown, caller) if shown else Answers((), ())
            given = iter(answers.answers)
            batches = list(answers.receipt_batches)
            bent = [
                self._turn_down(one, step, caller, batches)
                if step is not None and step.do is Do.REFUSE
                else self._answer(next(given), step, caller, batches)
                for one, step in zip(sealed, steps, strict=True)
            ]
            return Answers(tuple(batches), tuple(bent))

        return answer

    def _step(self, sealed: Sealed, caller: str) -> Step | None:
        """Return what the script wants done about one envelope; nothing about one that is not believed or not read."""
        gateway = self.gateway
        region, keys, now = gateway.about.region, gateway.keys_of(caller), gateway.world.clock()
        try:
            opened = open_envelope(authenticate(sealed, caller, region, keys, now))
        except GatewayError:
            return None
        if not isinstance(opened, Opened):
            return None
        envelope, body = opened.envelope, opened.envelope.body
        if (caller, envelope.envelope_id, sealed.payload) in self.refused:
            return Step(do=Do.REFUSE)
        kind = NEW_CASE if isinstance(body, Case) else type(body.happening).__name__.lower()
        item = body.item.basic_code if isinstance(body, Case) else ""
        step = next(iter(self.occasions.steps(On.ENVELOPE, kind=kind, item=item)), None)
        if step is not None and step.do is Do.REFUSE and kind != NEW_CASE:
            # Its gateway has to see every event, or the sequence of the case would stand still.
            return None
        return step

    def _turn_down(self, sealed: Sealed, step: Step, caller: str, batches: list[bytes]) -> EnvelopeAnswer:
        envelope = envelope_from_bytes(sealed.payload)
        key = (caller, envelope.envelope_id, sealed.payload)
        if key not in self.refused:
            now = self.gateway.world.clock()
            refusal = problem_of(GatewayError(Reason(step.reason)))
            receipt = Receipt(
                envelope.envelope_id, sha256(sealed.payload).digest(), Outcome.REFUSED, now, refusal=refusal
            )
            made = self.gateway.sealer.receipts(self.gateway.world.new_id(), caller, (receipt,), now)
            self.refused[key] = made.sealed
            self.tell("turned_down", envelope=envelope.envelope_id, reason=step.reason)
        batches.append(self.refused[key])
        return EnvelopeAnswer(envelope.envelope_id, len(batches) - 1, None)

    def _answer(self, answer: EnvelopeAnswer, step: Step | None, caller: str, batches: list[bytes]) -> EnvelopeAnswer:
        if step is None or step.do not in LIES or answer.receipt_batch_index is None:
            return answer
        batch = receipts_from_bytes(sealed_from_bytes(batches[answer.receipt_batch_index]).payload)
        receipt = next(one for one in batch.receipts if one.envelope_id == answer.envelope_id)
        world = self.gateway.world
        batches.append(
            lying(
                receipt,
                step.do,
                sender=caller,
                batch_id=world.new_id(),
                other_id=world.new_id(),
                sealer=self.gateway.sealer,
                strange=self.strange,
            )
        )
        self.tell("lied", envelope=answer.envelope_id, lie=step.do.value)
        return EnvelopeAnswer(answer.envelope_id, len(batches) - 1, None)
