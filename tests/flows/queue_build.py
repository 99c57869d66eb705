"""A partner that objects, and what tests of the desk of the queue ask for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.case.reasons import ROWS, Answer, Place, Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import Answers
from gateway.flows.queue.deed import Deed, Step
from gateway.flows.receive import receive
from gateway.partners.partner import Partner
from gateway.store import outbox, queue
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from gateway.store.queue import START, Selection, Standing
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import EnvelopeAnswer, Problem
from gateway.wire.header import Header, header_from_bytes
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.regions import Region, Regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"
STAFF = "staff:覃远山"


@dataclass
class Objection:
    """What a partner says to an envelope instead of taking it.

    Attributes:
        sealed: whether it says so in a receipt, which is final.
    """

    reason: str
    answer: Answer
    sealed: bool = False
    facts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, reason: Reason, *, sealed: bool = False) -> "Objection":
        """The reason with the class our own table gives it."""
        return cls(reason.value, ROWS[reason].answer, sealed)


class ObjectingCourier(DirectCourier):
    """Carries to partners that object to some envelopes; `tried` counts how often each was brought."""

    def __init__(self, own_region: str, others: dict[str, Gateway]) -> None:
        super().__init__(own_region, others)
        self.objects: Callable[[Header], Objection | None] = lambda _: None
        self.tried: dict[str, int] = {}

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        headers = [header_from_bytes(sealed_from_bytes(one).payload) for one in envelopes]
        batches: list[bytes] = []
        answers: list[EnvelopeAnswer] = []
        for header, envelope in zip(headers, envelopes, strict=True):
            self.tried[header.envelope_id] = self.tried.get(header.envelope_id, 0) + 1
            said = self.objects(header)
            if said and not said.sealed:
                answers.append(EnvelopeAnswer(header.envelope_id, None, problem_of(said)))
                continue
            got = await self._refused(partner, envelope, said) if said else await super().deliver(partner, [envelope])
            (one,) = got.answers
            index = None if one.receipt_batch_index is None else len(batches)
            answers.append(EnvelopeAnswer(one.envelope_id, index, one.problem))
            batches += got.receipt_batches if index is not None else ()
        return Answers(tuple(batches), tuple(answers))

    def refusing(self, there: Gateway, said: Objection) -> "Refusing":
        """What takes in at a partner that refuses for good."""
        return Refusing(there, Reason(said.reason))

    async def _refused(self, partner: Partner, envelope: bytes, said: Objection) -> Answers:
        there = self._reach(partner)
        return await receive(
            [sealed_from_bytes(envelope)],
            self._own,
            database=there.database,
            vault=there.vault,
            sealer=there.sealer,
            keys_of=there.keys_of,
            taking_in=lambda: self.refusing(there, said),  # type: ignore[arg-type,return-value]
            clock=there.world.clock,
            told=there.signals.told,
        )


class Refusing:
    """Takes nothing in."""

    def __init__(self, there: Gateway, reason: Reason) -> None:
        self._inner = there.taking_in()
        self._reason = reason

    def take(self, tx: Transaction, envelope: object, now: object) -> int | None:
        raise GatewayError(self._reason, detail="test", state="?", event="?", power="?", expires_at="?")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def objecting(all_regions: Regions, region: Region) -> ObjectingCourier:
    """Let a region's partners object; returns what decides to what."""
    courier = ObjectingCourier(region.code, all_regions.gateways)
    region.courier = region.gateway.courier = UnreliableCourier(courier)
    return courier


async def look_after(all_regions: Regions) -> None:
    """Every region sweeps, and everything leaves that can."""
    for region in all_regions.all.values():
        await region.gateway.sweep()
    await all_regions.settle_down()


async def live_on(all_regions: Regions, *, hours: float, every: float = 1.0) -> None:
    """Time passes in pieces, as loops see it."""
    for _ in range(int(hours / every)):
        all_regions.clock.pass_time(hours=every)
        await look_after(all_regions)


def deed(reason: str = "对方检修", *, after: queue.Place = START, limit: int = 500, **selection: Any) -> Deed:
    """A deed of an operator."""
    return Deed(Selection(**selection), reason, STAFF, after, limit)


async def to_the_end(step: Callable[[queue.Place], Any]) -> list[Step]:
    """Every step of a deed."""
    done: list[Step] = [await step(START)]
    while done[-1].after is not None:
        done.append(await step(done[-1].after))
    return done


async def owed_in(region: Region, number: str) -> list[Owed]:
    """Envelopes of a case that are still owed."""
    found = await region.gateway.database.read(lambda tx: outbox.of_case(tx, number))
    return [one for one in found if one.settled_at is None]


async def standing_of(region: Region, number: str) -> list[Standing]:
    """How the envelopes of a case that are still owed are kept back, in order."""
    found = await region.gateway.database.read(lambda tx: queue.standings_of_case(tx, number))
    owed = await owed_in(region, number)
    return [found[one.envelope_id] for one in owed]


def problem_of(said: Objection) -> Problem:
    """What the partner answers."""
    row = ROWS.get(Reason.__members__.get(said.reason, Reason.PARTNER_ANSWER))
    assert row is not None
    return Problem(
        said.reason,
        said.answer,
        Place.THEIRS,
        Text("示例", "sample"),
        Text("示例", "sample"),
        facts=said.facts,
    )
