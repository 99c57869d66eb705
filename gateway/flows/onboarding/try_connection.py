"""The connection test: twelve steps to a partner, each passed, failed or not tried, from its file to a sealed receipt.

1 file, dns, tcp, tls     as far as the certificate of whoever answers, address by address
2 our_certificate, token  one DescribeGateway, as every call is made: what the partner thinks of us
3 description             what it says of itself: clock, version, features, agreement
4 envelope                a seal there and a receipt back, from which no case comes (`trial_envelope`)

Each step says what was seen, on which side the fault is, and what to do.  A step that needs one that failed is not tried.
Nothing is kept here, and the gateway need not be running.  Each look and each call has a bound of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import Courier
from gateway.flows.onboarding.calling import after_describe, judge_own_certificate
from gateway.flows.onboarding.describing import Described, judge_agreement, judge_clock, judge_features, judge_version
from gateway.flows.onboarding.hindrances import step_of
from gateway.flows.onboarding.steps import NEEDS, STEPS, Fault, Mark, Step, Trial, failed, passed, skipped, warned
from gateway.flows.onboarding.trial_envelope import judge_answer, trial_envelope
from gateway.flows.onboarding.way import Hindered, Seen, Way
from gateway.flows.sealing import Sealer
from gateway.partners.partner import Partner
from gateway.partners.schema import Delivery, Endpoint
from gateway.trust.suites import VerifyKey
from gateway.trust.tls import Certified

CERTIFICATE_SOON = 14
"""Days; a certificate that ends sooner is told."""

Tell = Callable[[Step], None]


def _tell_nobody(_: Step) -> None:
    """Nobody looks on."""


class TryConnection(Protocol):
    """The connection test, bound to one gateway."""

    async def __call__(self, partner: Partner, tell: Tell = _tell_nobody) -> Trial:
        """Try the connection to a partner; never raises for what the partner or the network does.

        Args:
            tell: is told of each step as it ends.
        """


@dataclass(frozen=True, slots=True)
class Trying:
    """What the connection test needs of this gateway.

    Attributes:
        certified: our certificate, with which calls are made.
        keys_of: the registered keys of a partner, of either use.
        clock: aware UTC.
        draw: a number from 0 to n-1 that nobody can guess.
        minor: of exchange v1, which we write.
    """

    region: str
    certified: Certified
    way: Way
    courier: Courier
    sealer: Sealer
    keys_of: Callable[[Partner], Mapping[str, VerifyKey]]
    clock: Callable[[], datetime]
    draw: Callable[[int], int]
    minor: int

    async def __call__(self, partner: Partner, tell: Tell = _tell_nobody) -> Trial:
        """Try the connection to a partner; `tell` is told of each step as it ends."""
        run = _Run(self, partner, list(partner.endpoints))
        steps: dict[str, Step] = {}
        for key in STEPS:
            because = next((steps[need] for need in NEEDS[key] if not steps[need].went_well), None)
            steps[key] = skipped(key, because) if because else await run.step(key)
            tell(steps[key])
        return Trial(partner.code, partner.name, tuple(steps.values()), partner.contacts)


@dataclass(slots=True)
class _Run:
    """One run: what is known so far."""

    with_: Trying
    partner: Partner
    endpoints: list[Endpoint]
    described: Described | None = None
    answered: Mapping[str, Step] = field(default_factory=dict)

    async def step(self, key: str) -> Step:
        tries: Mapping[str, Callable[[], Awaitable[Step]]] = {
            "file": self._file,
            "dns": self._dns,
            "tcp": self._tcp,
            "tls": self._tls,
            "our_certificate": self._our_certificate,
            "envelope": self._envelope,
        }
        if key in tries:
            return await tries[key]()
        if key in self.answered:
            return self.answered[key]
        assert self.described is not None
        judges: Mapping[str, Callable[[Described], Step]] = {
            "clock": judge_clock,
            "version": judge_version,
            "features": judge_features,
            "agreement": judge_agreement,
        }
        return judges[key](self.described)

    async def _file(self) -> Step:
        partner = self.partner
        if partner.is_sample:
            return failed(
                "file",
                Text("示例伙伴, 从不连接", "a sample partner, never dialled"),
                Fault.OURS,
                Text("真正的伙伴写 status: active", "a real partner has status: active"),
            )
        return passed(
            "file", Text(f"{partner.file} ({partner.status.value})", f"{partner.file} ({partner.status.value})")
        )

    async def _dns(self) -> Step:
        if not self.endpoints:
            told = Text(
                f"对方只能外拨, 从这里无法测试; 请对方运行 tongban partners test {self.with_.region}",
                f"they can only dial out and cannot be tried from here; have them run tongban partners test {self.with_.region}",
            )
            if self.partner.delivery is Delivery.COLLECT:
                return Step("dns", Mark.SKIPPED, told)
        return await self._each("dns", self._resolved)

    async def _tcp(self) -> Step:
        return await self._each("tcp", self._connected)

    async def _tls(self) -> Step:
        return await self._each("tls", self._believed)

    async def _resolved(self, endpoint: Endpoint) -> Text | Hindered:
        found = await self.with_.way.resolve(endpoint)
        if isinstance(found, Hindered):
            return found
        if found == (endpoint.host,):
            return Text(f"{endpoint.host} 是 IP 地址, 不用解析", f"{endpoint.host} is an address already")
        return Text(f"{endpoint.host} → {', '.join(found[:4])}", f"{endpoint.host} → {', '.join(found[:4])}")

    async def _connected(self, endpoint: Endpoint) -> Text | Hindered:
        found = await self.with_.way.connect(endpoint)
        return found or Text(f"{endpoint.address} 已连通", f"{endpoint.address} is open")

    async def _believed(self, endpoint: Endpoint) -> Text | Hindered | Step:
        found = await self.with_.way.handshake(self.partner, endpoint)
        if isinstance(found, Hindered):
            return found
        days = (found.until - self.with_.clock()).days
        said = Text(
            f"{endpoint.address}: {endpoint.expected_name}, 还有 {days} 天到期",
            f"{endpoint.address}: {endpoint.expected_name}, {days} days left",
        )
        return said if days >= CERTIFICATE_SOON else _ends_soon(said, found)

    async def _each(self, key: str, look: "Callable[[Endpoint], Awaitable[Text | Hindered | Step]]") -> Step:
        """Look at every address that is left; those where it does not go on are left out from then on."""
        good: list[Endpoint] = []
        said: list[Text] = []
        bad: list[Step] = []
        for endpoint in self.endpoints:
            found = await look(endpoint)
            if isinstance(found, Hindered):
                bad.append(step_of(key, found, endpoint, self.partner, self.with_.certified))
                continue
            good.append(endpoint)
            if isinstance(found, Step):
                bad.append(found)
            else:
                said.append(found)
        self.endpoints = good
        worst = next((step for step in bad if step.mark is Mark.FAILED), bad[0] if bad else None)
        if worst is None:
            return passed(key, _joined(said))
        if not good:
            return replace(worst, said=_joined([step.said for step in bad]))
        return replace(worst, mark=Mark.WARNING, said=_joined([*said, *(step.said for step in bad)]))

    async def _our_certificate(self) -> Step:
        own = judge_own_certificate(self.with_.certified, self.with_.region, self.with_.clock())
        if own is not None:
            return own
        reachable = replace(self.partner, endpoints=tuple(self.endpoints))
        before = self.with_.clock()
        try:
            description = await self.with_.courier.describe(reachable)
        except GatewayError as error:
            self.answered = after_describe(error, self.partner, self.with_.certified)
            return self.answered["our_certificate"]
        middle = before + (self.with_.clock() - before) / 2
        self.described = await Described.of(
            description, middle, reachable, self.with_.region, self.with_.minor, self.with_.courier
        )
        self.answered = self.described.reached()
        return self.answered["our_certificate"]

    async def _envelope(self) -> Step:
        trying, partner = self.with_, replace(self.partner, endpoints=tuple(self.endpoints))
        now = trying.clock()
        try:
            sent = trial_envelope(trying.sealer, partner.code, now, trying.draw)
        except GatewayError as error:
            return failed("envelope", error.cause, Fault.OURS, error.fix)
        try:
            answers = await trying.courier.deliver(partner, [sent.sealed])
        except GatewayError as error:
            if error.retriable and error.reason not in (Reason.PARTNER_UNREACHABLE, Reason.PARTNER_SLOW):
                return warned("envelope", error.cause, Fault.THEIRS, error.fix)
            return failed("envelope", error.cause, Fault.THEIRS, error.fix)
        return judge_answer(
            partner, sent, answers, own_region=trying.region, keys=trying.keys_of(partner), now=trying.clock()
        )


def _ends_soon(said: Text, seen: Seen) -> Step:
    return warned(
        "tls",
        said,
        Fault.THEIRS,
        Text(
            f"请对方在 {seen.until:%Y-%m-%d} 之前换发证书; 机构不变则本方不必改动",
            f"have them renew it before {seen.until:%Y-%m-%d}; nothing changes here while the authority stays",
        ),
    )


def _joined(said: list[Text]) -> Text:
    return Text("; ".join(one.zh for one in said), "; ".join(one.en for one in said))
