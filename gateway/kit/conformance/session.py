"""One run of the checks: the line to the gateway under test, what was sent and answered, and the test cases that are open.

Guarantees that every test case that was opened is known here, so that it can be withdrawn at the end; that no more
envelopes a minute are sent than the gateway has said it takes; and that what is written down as evidence holds no key
and no token.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from google.protobuf.message import Message

from gateway.app.world import World
from gateway.case.code.numbers import make_case_number
from gateway.case.days import day_in_china
from gateway.case.events import Event, Happening
from gateway.case.model import Case, Material
from gateway.case.texts import Text
from gateway.kit.conformance.answers import Answer, answers_in
from gateway.kit.conformance.envelopes import LIFE, Change, Made, envelope_of, make, unchanged
from gateway.kit.conformance.identity import Ground, Identity, Target
from gateway.kit.conformance.minted import claims_for, signed
from gateway.kit.conformance.samples import sample_case, sample_event, sample_note
from gateway.kit.conformance.verdicts import Skipped
from gateway.kit.conformance.wires import CALL_SECONDS, Ended, Metadata, Wire
from gateway.trust.partner_view import PartnerFilesView
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2

TOKEN_FOR = timedelta(minutes=3)
"""How long one token is used; shorter than it lives."""
MINUTE = 60.0
_NO_CASE = Text("没有一件测试办件被接收, 见 4.1: {came}", "no test case was taken in, see 4.1: {came}")
_NO_DESCRIPTION = Text("对方没有自述, 见 3.1", "the gateway did not describe itself, see 3.1")


class Asking:
    """How people at the other side are asked for something; the commands print it."""

    def please(self, what: Text) -> None:
        """Ask for something; the base asks nobody."""


@dataclass(slots=True)
class OpenedCase:
    """A test case the gateway has taken in.

    Attributes:
        next: the sequence our next envelope of it gets.
        is_open: not withdrawn yet.
    """

    opening: Made
    answer: Answer
    next: int = 2
    is_open: bool = True

    @property
    def number(self) -> str:
        """Its co-operation number."""
        return self.opening.case_id


@dataclass(slots=True)
class Session:
    """What the probes work with.

    Attributes:
        wait: how long people at the other side may take, seconds; 0 when nobody is to be asked.
        run_id: names the run in the numbers of its cases.
        evidence: of the check that is being made: what was sent and what came, one line each.
        sent: payload digests by envelope id, of everything that was receipted, as it was sent first.
        payloads: pairs of envelope id and payload digest, of everything that was receipted.
        shut: how the first call ended, where it was not answered.
    """

    identity: Identity
    target: Target
    ground: Ground
    world: World
    wire: Wire
    run_id: str
    wait: float = 0.0
    asking: Asking = field(default_factory=Asking)
    evidence: list[str] = field(default_factory=list)
    described: gateway_pb2.Description | None = None
    shut: str = ""
    cases: list[OpenedCase] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    payloads: set[tuple[str, bytes]] = field(default_factory=set)
    batches: dict[bytes, None] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)
    _token: tuple[datetime, str] | None = None
    _delivered: list[tuple[float, int]] = field(default_factory=list)
    _no_case: str = ""
    _shared: OpenedCase | None = None

    @property
    def now(self) -> datetime:
        """Aware UTC, to the second."""
        return self.world.clock().replace(microsecond=0)

    @property
    def keys(self) -> PartnerFilesView:
        """The registered keys of the gateway under test."""
        return PartnerFilesView([self.target.partner])

    def note(self, line: str) -> None:
        """Write a line of evidence down."""
        self.evidence.append(line)

    def lists(self, feature: str) -> bool:
        """Whether the gateway lists a feature; True as long as nothing is known."""
        return self.described is None or feature in self.described.features

    # What is sent

    def token(self) -> str:
        """Return a right token, used again for a while."""
        now = self.world.clock()
        if self._token is None or not self._token[0] <= now < self._token[0] + TOKEN_FOR:
            claims = claims_for(self.identity, self.target.region, int(now.timestamp()), self.world.new_id())
            self._token = (now, signed(self.identity.token_key, claims))
        return self._token[1]

    def bearing(self, token: str | None = None) -> Metadata:
        """Return the metadata of a call with this token, a right one by default."""
        return (("authorization", f"Bearer {self.token() if token is None else token}"),)

    async def ask(
        self, rpc: str, request: Message, metadata: Metadata | None = None, seconds: float = CALL_SECONDS
    ) -> Ended:
        """Make a call and write down how it ended."""
        ended = await self.wire.ask(rpc, request, self.bearing() if metadata is None else metadata, seconds)
        self.note(f"{rpc} → {ended}")
        return ended

    async def describe(self, metadata: Metadata | None = None) -> Ended:
        """Ask the gateway to describe itself."""
        return await self.ask("DescribeGateway", pb.DescribeGatewayRequest(exchange_minor=0), metadata)

    def limits(self) -> gateway_pb2.Limits:
        """Return the bounds it has told.  Raises Skipped when it told none."""
        if self.described is None:
            raise Skipped(_NO_DESCRIPTION)
        return self.described.limits

    # Envelopes

    def new_number(self) -> str:
        """Return a new co-operation number of our region."""
        return make_case_number(self.identity.region, self.world.clock(), self.world.draw)

    def new_case(self, *, number: str = "", materials: tuple[Material, ...] = ()) -> Case:
        """Return a test case that was not sent yet."""
        name = f"CONFORMANCE-{self.run_id}-{self.world.new_id()[-6:]}"
        return sample_case(self.ground, number or self.new_number(), name, self.now, materials)

    def make(
        self,
        body: Case | Event,
        *,
        case_id: str = "",
        sequence: int = 1,
        change: Change = unchanged,
        life: timedelta = LIFE,
    ) -> Made:
        """Seal a case or an event of ours for the gateway, changed before it is sealed."""
        longest = self.described.limits.envelope_life.ToTimedelta() if self.described else LIFE
        envelope = envelope_of(
            body,
            envelope_id=self.world.new_id(),
            sender=self.identity.region,
            recipient=self.target.region,
            case_id=body.number if isinstance(body, Case) else case_id,
            sequence=sequence,
            now=self.now,
            life=min(life, longest) if longest > timedelta() else life,
        )
        return make(envelope, [self.identity.seal_key], change)

    def make_note(
        self,
        case: OpenedCase,
        *,
        sequence: int = 0,
        event_id: str = "",
        change: Change = unchanged,
        life: timedelta = LIFE,
    ) -> Made:
        """Seal a note on a case, under its next sequence unless another is given."""
        event = sample_note(self.ground, event_id or self.world.new_id(), self.now)
        return self.make(event, case_id=case.number, sequence=sequence or case.next, change=change, life=life)

    async def deliver(self, *envelopes: Made) -> list[Answer]:
        """Hand envelopes over in one call; write down and remember what was answered."""
        await self._keep_the_pace(len(envelopes))
        request = pb.DeliverEnvelopesRequest(envelopes=[one.sealed for one in envelopes])
        ended = await self.wire.ask("DeliverEnvelopes", request, self.bearing())
        for one in envelopes:
            self.note(f"DeliverEnvelopes: {one.envelope_id} case {one.case_id} sequence {one.sequence}")
        answers = answers_in(ended, len(envelopes))
        for made, answer in zip(envelopes, answers, strict=True):
            self.note(f"  → {answer}")
            self._remember(made, answer)
        return answers

    async def deliver_one(self, made: Made) -> Answer:
        """Hand one envelope over."""
        return (await self.deliver(made))[0]

    async def open_case(self) -> OpenedCase:
        """Have a new test case taken in.

        Raises:
            Skipped: it was not; from then on no other is tried.
        """
        if self._no_case:
            raise Skipped(_NO_CASE.format(came=self._no_case))
        made = self.make(self.new_case())
        answer = await self.deliver_one(made)
        if not answer.is_accepted:
            self._no_case = str(answer)
            raise Skipped(_NO_CASE.format(came=self._no_case))
        return self.keep(made, answer)

    def keep(self, opening: Made, answer: Answer) -> OpenedCase:
        """Remember a case that was taken in, so that it is withdrawn at the end."""
        case = OpenedCase(opening, answer)
        self.cases.append(case)
        return case

    def share(self, case: OpenedCase) -> None:
        """Have the checks that need an open case use this one."""
        self._shared = case

    def no_case(self, why: str) -> None:
        """Note that test cases are not taken in."""
        self._no_case = why

    async def shared_case(self) -> OpenedCase:
        """Return an open case on which checks send events one after the other; made when it is first needed."""
        if self._shared is None or not self._shared.is_open:
            self._shared = await self.open_case()
        return self._shared

    async def send_event(self, case: OpenedCase, made: Made) -> Answer:
        """Hand over the next envelope of a case; a receipt uses its sequence up."""
        answer = await self.deliver_one(made)
        self.count(case, answer)
        return answer

    def count(self, case: OpenedCase, *answers: Answer) -> None:
        """Count the receipts of envelopes that were in turn; what is awaited tells where a case stands otherwise."""
        for answer in answers:
            if answer.receipt is not None:
                case.next += 1
            elif answer.reason == "PREDECESSOR_MISSING" and answer.problem:
                awaited = answer.problem.facts.get("awaited", "")
                case.next = int(awaited) if awaited.isdecimal() else case.next

    def event(self, happening: Happening, reason: str = "对接测试") -> Event:
        """Return an event of ours."""
        return sample_event(self.ground, self.world.new_id(), happening, self.now, reason)

    # Bounds

    async def _keep_the_pace(self, count: int) -> None:
        """Wait until this many envelopes fit into the minute's worth the gateway has told."""
        most = self.described.limits.envelopes_per_minute if self.described else 0
        if not most:
            return
        while True:
            now = self.world.monotonic()
            self._delivered = [(at, sent) for at, sent in self._delivered if at > now - MINUTE]
            if not self._delivered or sum(sent for _, sent in self._delivered) + count <= most:
                self._delivered.append((now, count))
                return
            await self.world.sleep(max(0.1, self._delivered[0][0] + MINUTE - now))

    def _remember(self, made: Made, answer: Answer) -> None:
        if answer.receipt is None:
            return
        if made.envelope_id not in self.sent:
            self.sent[made.envelope_id] = made.sha256
            self.outcomes[made.envelope_id] = "accepted" if answer.is_accepted else "refused"
        self.payloads.add((made.envelope_id, made.sha256))
        self.batches[answer.batch] = None
        self.days.add(day_in_china(made.sealed_at))
