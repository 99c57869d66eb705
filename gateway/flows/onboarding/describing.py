"""What a partner's description tells: who it is, its clock, version and features, and whether it reads the agreement as we do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.flows.delivery.courier import TELLS_TERMS, Courier
from gateway.flows.onboarding.calling import ACCEPTED, BELIEVED
from gateway.flows.onboarding.steps import Fault, Step, failed, passed, warned
from gateway.partners.introduction_rules import NEEDED
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.partner import Partner
from gateway.partners.term_list import Term, TermDifference, differing, terms_of
from gateway.wire.description import Description

LEEWAY = timedelta(seconds=30)
"""As tokens allow: beyond it calls are refused."""
NOTICEABLE = timedelta(seconds=5)
WISHED = (
    "rpc/GetEnvelopes",
    "rpc/CheckMaterials",
    "rpc/PutMaterial",
    "rpc/GetMaterial",
    "rpc/GetItems",
    "rpc/Reconcile",
)
"""Without one of these something is missing, and cases without it go on."""
MOST_TOLD = 12
"""Differing terms told one by one; more are counted."""
_UPGRADE = Text(
    "升级较旧的一方; 相邻两个小版本可以互通", "upgrade the older side; neighbouring minor versions work together"
)


@dataclass(frozen=True, slots=True)
class Described:
    """A partner's description, and what it is held against.

    Attributes:
        asked_at: the middle of the call by our clock, aware UTC.
        differences: terms read otherwise, as far as the partner tells its own; None where it does not tell them.
    """

    description: Description
    asked_at: datetime
    partner: Partner
    own_region: str
    minor: int
    differences: tuple[TermDifference, ...] | None = None

    @classmethod
    async def of(
        cls,
        description: Description,
        asked_at: datetime,
        partner: Partner,
        own_region: str,
        minor: int,
        courier: Courier,
    ) -> Self:
        """Return the description; where the agreements differ the partner is asked for its terms."""
        first = cls(description, asked_at, partner, own_region, minor)
        if first.is_alike or TELLS_TERMS not in description.features:
            return first
        try:
            told = (await courier.describe(partner, with_terms=True)).terms
        except GatewayError:
            return first
        theirs = (Term(one.agreement, one.term, one.value) for one in told)
        ours = terms_of(partner.agreements, ours=own_region, theirs=partner.code)
        return cls(description, asked_at, partner, own_region, minor, differing(ours, theirs))

    @property
    def is_alike(self) -> bool:
        """Whether both sides read the agreements alike, or the partner does not say."""
        ours = agreements_fingerprint(self.partner.agreements, ours=self.own_region, theirs=self.partner.code)
        return self.description.agreement_fingerprint in (b"", ours)

    def reached(self) -> Mapping[str, Step]:
        """Return the steps that a description proves by being there."""
        return {"our_certificate": ACCEPTED, "token": BELIEVED, "description": _description(self.description)}


def _description(told: Description) -> Step:
    who = f"{told.region} {told.region_name}, {told.software}"
    notice = told.maintenance
    if notice is not None and notice.since <= told.time < notice.until:
        until = f"{notice.until:%Y-%m-%d %H:%M} UTC"
        return warned(
            "description",
            Text(
                f"{who}; 对方正在维护, 至 {until}: {notice.reason.zh}",
                f"{who}; in maintenance until {until}: {notice.reason.en}",
            ),
            Fault.THEIRS,
            Text("维护结束后再试", "try again when it is over"),
        )
    return passed("description", Text(who, who))


def judge_clock(told: Described) -> Step:
    """Return how far the clocks are apart; the call itself blurs it by its own time."""
    skew = told.description.time - told.asked_at
    seconds = round(abs(skew).total_seconds())
    ahead = skew > timedelta()
    said = (
        Text(
            f"对方时钟比本方{'快' if ahead else '慢'} {seconds} 秒",
            f"their clock is {seconds} s {'ahead of' if ahead else 'behind'} ours",
        )
        if seconds
        else Text("相差不到 1 秒", "less than a second apart")
    )
    fix = Text(
        "两边都核对时钟 (timedatectl, NTP); 相差超过 30 秒令牌会被拒绝",
        "compare both clocks (timedatectl, NTP); more than 30 s apart tokens are refused",
    )
    if abs(skew) > LEEWAY:
        return failed("clock", said, Fault.BOTH, fix)
    if abs(skew) > NOTICEABLE:
        return warned("clock", said, Fault.BOTH, fix)
    return passed("clock", said)


def judge_version(told: Described) -> Step:
    """Return whether the two minor versions work together: equal or neighbours."""
    theirs, ours = told.description.exchange_minor, told.minor
    said = Text(f"对方 1.{theirs}, 本方 1.{ours}", f"they 1.{theirs}, we 1.{ours}")
    if abs(theirs - ours) > 1:
        return failed("version", said, Fault.THEIRS if theirs < ours else Fault.OURS, _UPGRADE)
    if theirs < ours:
        return warned("version", said, Fault.THEIRS, _UPGRADE)
    return passed("version", said)


def judge_features(told: Described) -> Step:
    """Return whether the partner serves what an exchange needs, and what it lacks besides."""
    listed = told.description.features
    if missing := [name for name in NEEDED if name not in listed]:
        said = Text(
            f"对方没有提供 {', '.join(missing)}, 无法转办",
            f"they do not serve {', '.join(missing)}: nothing can be exchanged",
        )
        return failed("features", said, Fault.THEIRS, Text("请对方升级网关", "have them upgrade"))
    if missing := [name for name in WISHED if name not in listed]:
        said = Text(f"对方没有提供 {', '.join(missing)}", f"they do not serve {', '.join(missing)}")
        fix = Text("与此有关的办件会受限; 请对方升级网关", "cases that need it are limited: have them upgrade")
        return warned("features", said, Fault.THEIRS, fix)
    return passed("features", Text(f"{len(listed)} 项, 所需的都有", f"{len(listed)} of them, all that are needed"))


def judge_agreement(told: Described) -> Step:
    """Return whether both sides read the agreements alike, and which terms they do not."""
    fix = Text(
        "双方对照协议原件改正; 改好之前, 各按自己的文件办, 对方会拒收",
        "both compare with the signed agreement and correct their file; until then each keeps to its own and refuses the other",
    )
    if not told.description.agreement_fingerprint:
        said = Text(
            "对方没有给出协议指纹, 无法比较", "they tell no fingerprint of the agreement: it cannot be compared"
        )
        return warned("agreement", said, Fault.THEIRS, Text("请对方升级网关", "have them upgrade"))
    if told.is_alike:
        digest = told.description.agreement_fingerprint.hex()[:16]
        return passed("agreement", Text(f"一致 (指纹 {digest}…)", f"alike (fingerprint {digest}…)"))
    if not told.differences:
        return failed(
            "agreement", Text("两边的协议不一致", "the two sides read the agreement otherwise"), Fault.BOTH, fix
        )
    first = told.differences[:MOST_TOLD]
    more = len(told.differences) - len(first)
    zh, en = "; ".join(one.said.zh for one in first), "; ".join(one.said.en for one in first)
    rest = Text(f"; 另有 {more} 处", f"; and {more} more") if more else Text("", "")
    said = Text(
        f"{len(told.differences)} 处不一致: {zh}{rest.zh}", f"{len(told.differences)} terms differ: {en}{rest.en}"
    )
    return failed("agreement", said, Fault.BOTH, fix)
