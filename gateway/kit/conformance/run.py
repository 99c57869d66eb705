"""Making a run: every check in order, none spoiled by another, and no test case left waiting.

1 describe   what the gateway says of itself decides what may be asked of it
2 checks     one after the other, each with what it sent and what came
3 wind up    what is still open is withdrawn, also when only some checks were wanted
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.app.world import World
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.kit.conformance.check import Check, Outcome
from gateway.kit.conformance.identity import Identity, Target, ground_for
from gateway.kit.conformance.report import Report, Result
from gateway.kit.conformance.session import Asking, Session
from gateway.kit.conformance.verdicts import Failed, Skipped
from gateway.kit.conformance.winding_up import withdraw
from gateway.kit.conformance.wires import dialled

_WAITS = Text("要等几十秒, --quick 时不做", "it waits for some ten seconds, and --quick leaves it out")
_ASKS = Text("需要对方人员配合, 用 --wait 10m 一起做", "it needs people at the other side; --wait 10m makes it")
_NOT_LISTED = Text("对方没有列出 {feature}", "the gateway does not list {feature}")
_UNFORESEEN = Text("检查没有做完: {error}", "the check broke off: {error}")
_SHUT = Text(
    "对方不应答本方的调用 ({came}); 先看 1.1 和 3.1: 地址、证书、密钥, 以及对方有没有放入测试方的伙伴文件",
    "it does not answer our calls ({came}); see 1.1 and 3.1 first: address, certificate, keys, and whether it has the"
    " tester's partner file",
)
_WITHOUT_ANSWER = ("1.1", "1.2", "3.1")
"""What says why a gateway does not answer; the rest would fail for the same reason."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to be.

    Attributes:
        quick: leave out what waits.
        wait: seconds people at the other side may take; 0 asks nobody.
    """

    checks: Sequence[Check]
    quick: bool = False
    wait: float = 0.0


async def run(
    identity: Identity,
    target: Target,
    wanted: Wanted,
    *,
    world: World,
    software: str,
    asking: Asking | None = None,
    told: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Make the run and return how it went.

    Args:
        told: of each result, as soon as it is there.

    Raises:
        GatewayError: OUTSIDE_AGREEMENT when no agreement lets the tester send anything.
    """
    begun = world.clock()
    ground = ground_for(target.partner, day_in_china(begun))
    async with dialled(target.address, target.server_name, target.partner.roots, identity.certified) as wire:
        session = Session(identity, target, ground, world, wire, world.new_id()[-6:], wanted.wait, asking or Asking())
        await _look(session)
        results: list[Result] = []
        try:
            for check in wanted.checks:
                result = await _made(check, session, wanted)
                results.append(result)
                told(result)
        finally:
            session.evidence = []
            for case in session.cases:
                if case.is_open:
                    await withdraw(session, case)
        return Report(_facts(session, software), begun, world.clock(), results, session.shut)


async def _look(session: Session) -> None:
    """Learn what the gateway lists and how much it takes; whether the answer is right is for chapter 3."""
    ended = await session.describe()
    if ended.response is None:
        session.shut = f"{ended.code} {ended.reason}".strip()
    else:
        session.described = ended.response.description
    session.evidence = []


async def _made(check: Check, session: Session, wanted: Wanted) -> Result:
    session.evidence = []
    outcome, came = Outcome.PASSED, None
    try:
        _need(check, session, wanted)
        await check.probe(session)
    except Skipped as skipped:
        outcome, came = Outcome.SKIPPED, skipped.why
    except Failed as failed:
        outcome, came = Outcome.FAILED, failed.came
    except GatewayError as error:
        outcome, came = Outcome.FAILED, error.cause
    except Exception as error:  # noqa: BLE001  an answer nobody foresaw is no pass, and must not cost the other checks
        outcome, came = Outcome.FAILED, _UNFORESEEN.format(error=f"{type(error).__name__}: {error}"[:200])
    return Result(check, outcome, came, tuple(session.evidence))


def _need(check: Check, session: Session, wanted: Wanted) -> None:
    if session.shut and check.number not in _WITHOUT_ANSWER:
        raise Skipped(_SHUT.format(came=session.shut))
    if check.waits and wanted.quick:
        raise Skipped(_WAITS)
    if check.asks and not wanted.wait:
        raise Skipped(_ASKS)
    for feature in check.needs:
        if not session.lists(feature):
            raise Skipped(_NOT_LISTED.format(feature=feature))


def _facts(session: Session, software: str) -> dict[str, str]:
    described, identity, target = session.described, session.identity, session.target
    return {
        "target": f"{target.partner.name} {target.region}",
        "address": target.address,
        "software": described.software if described else "",
        "incarnation": described.incarnation if described else "",
        "tester": identity.region,
        "tester_software": software,
        "certificate": identity.certified.fingerprint,
        "seal_key": identity.seal_key.kid,
        "target_keys": ", ".join(key.kid for key in target.partner.keys),
        "agreement": session.ground.agreement.number,
        "item": f"{session.ground.basic_code} {session.ground.item.name}",
    }
