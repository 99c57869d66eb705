"""The script of a simulated partner: a file people edit, read like all of them; which rule holds when, and what it does.

Guarantees that a script which is read makes sense: every step stands where it can be done, and every reason is one.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.case.reasons import ROWS, Answer, Reason
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, key_text
from gateway.files.quantities import Duration
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.partners.limits import STRICT

MOST_RULES = 100
MOST_STEPS = 50
AT_ONCE = timedelta()
LONG = timedelta(minutes=5)


class On(Enum):
    """When a rule may hold."""

    START = "start"
    """The simulation begins."""
    CASE = "case"
    """A new case was taken in."""
    EVENT = "event"
    """An event of the other side was taken in."""
    CALL = "call"
    """The other side calls."""
    ENVELOPE = "envelope"
    """The other side hands an envelope over, and gets a receipt."""
    SEND = "send"
    """Envelopes leave for the other side."""


class Do(Enum):
    """What a step does."""

    SIGN_OFF = "sign_off"
    ACCEPT = "accept"
    NOT_ACCEPT = "not_accept"
    ASK_SUPPLEMENT = "ask_supplement"
    GRANT = "grant"
    DENY = "deny"
    GIVE_BACK = "give_back"
    NOTE = "note"
    WITHDRAW = "withdraw"

    SUBMIT = "submit"
    AWAY = "away"
    RESTORED = "restored"

    DELAY = "delay"
    HANG = "hang"
    CUT = "cut"
    REFUSE = "refuse"

    WRONG_DIGEST = "wrong_digest"
    WRONG_SIGNER = "wrong_signer"
    WRONG_REGION = "wrong_region"
    WRONG_VERSION = "wrong_version"
    OTHER_ENVELOPE = "other_envelope"
    UNSIGNED = "unsigned"

    TWICE = "twice"
    ANEW = "anew"
    EARLY = "early"


ACTS = frozenset(
    (Do.SIGN_OFF, Do.ACCEPT, Do.NOT_ACCEPT, Do.ASK_SUPPLEMENT, Do.GRANT, Do.DENY, Do.GIVE_BACK, Do.NOTE, Do.WITHDRAW)
)
LIES = frozenset((Do.WRONG_DIGEST, Do.WRONG_SIGNER, Do.WRONG_REGION, Do.WRONG_VERSION, Do.OTHER_ENVELOPE, Do.UNSIGNED))
TRICKS = frozenset((Do.TWICE, Do.ANEW, Do.EARLY))
ALLOWED = {
    On.START: frozenset((Do.SUBMIT, Do.AWAY, Do.RESTORED)),
    On.CASE: ACTS | {Do.AWAY, Do.RESTORED},
    On.EVENT: ACTS | {Do.AWAY, Do.RESTORED},
    On.CALL: frozenset((Do.DELAY, Do.HANG, Do.CUT, Do.REFUSE)),
    On.ENVELOPE: LIES | {Do.REFUSE},
    On.SEND: TRICKS | {Do.DELAY},
}
"""Which steps a rule for an occasion may have."""
RPCS = (
    "DescribeGateway",
    "DeliverEnvelopes",
    "CollectEnvelopes",
    "GetReceipts",
    "GetEnvelopes",
    "CheckMaterials",
    "PutMaterial",
    "GetMaterial",
    "GetItems",
    "Reconcile",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do.

    Attributes:
        after: how long to wait first, counted from the step before.
        lasting: how long a delay or an absence is.
        reason: the word with which something is refused.
        count: how many cases are submitted.
    """

    __pydantic_config__ = STRICT

    do: Do
    after: Duration = AT_ONCE
    lasting: Duration = timedelta(seconds=5)
    reason: Annotated[str, Field(max_length=64)] = ""
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    text: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something is done, and what.

    Attributes:
        rpc: of a call; kind: of an event (`note`, `supplemented`, `withdrawn`); item: basic code of a case.
        nth: only the n-th occasion that fits the rest; every: each n-th of them; times: at most so many.
        since, until: only within this span of the simulation's time.
    """

    __pydantic_config__ = STRICT

    on: On
    rpc: Annotated[str, Field(max_length=40)] = ""
    kind: Annotated[str, Field(max_length=40)] = ""
    item: Annotated[str, Field(max_length=12)] = ""
    nth: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    every: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    since: Duration | None = None
    until: Duration | None = None
    then: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a simulated partner does; without a rule that fits it does what is right, and nothing by itself."""

    __pydantic_config__ = STRICT

    name: Annotated[str, Field(min_length=1, max_length=200)]
    rules: Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES)] = ()

    def does(self, what: Do) -> bool:
        """Whether any rule has such a step."""
        return any(step.do is what for rule in self.rules for step in rule.then)


OBEDIENT = Script(
    name="obedient",
    rules=(
        Rule(
            on=On.CASE,
            then=(
                Step(do=Do.SIGN_OFF, after=timedelta(seconds=1)),
                Step(do=Do.ACCEPT, after=timedelta(seconds=2)),
                Step(do=Do.GRANT, after=timedelta(seconds=5)),
            ),
        ),
    ),
)
"""What is played without a script: every case is signed off, accepted and granted within seconds."""


def read_script(path: Path) -> Script | Findings:
    """Return the script in a file, or everything that is wrong with it."""
    tree = read(path, path.name)
    if not isinstance(tree, Tree):
        return tree
    script = check(tree, Script)
    if not isinstance(script, Script):
        return script
    return tuple(_misplaced(tree, script)) or script


def _misplaced(tree: Tree, script: Script) -> list[Finding]:
    found: list[Finding] = []
    for nth, rule in enumerate(script.rules):
        if rule.rpc and rule.rpc not in RPCS:
            found.append(
                _at(tree, ("rules", nth, "rpc"), _NO_RPC.format(rpc=rule.rpc), _ONE_OF.format(words=", ".join(RPCS)))
            )
        for place, step in enumerate(rule.then):
            path = ("rules", nth, "then", place)
            if step.do not in ALLOWED[rule.on]:
                words = ", ".join(sorted(one.value for one in ALLOWED[rule.on]))
                problem = _NOT_HERE.format(do=step.do.value, on=rule.on.value)
                found.append(_at(tree, (*path, "do"), problem, _ONE_OF.format(words=words)))
            elif step.do is Do.REFUSE and not _is_reason(step.reason, final=rule.on is On.ENVELOPE):
                found.append(_at(tree, (*path, "reason"), _NO_REASON.format(reason=step.reason or "-"), _REASONS))
    return found


def _is_reason(word: str, *, final: bool) -> bool:
    """Whether a word is a reason; a receipt refuses only for what will never change."""
    try:
        row = ROWS[Reason(word)]
    except ValueError:
        return False
    return row.answer is Answer.FINAL or not final


def _at(tree: Tree, path: tuple[str | int, ...], problem: Text, fix: Text) -> Finding:
    return Finding(tree.file, tree.line(path), key_text(path), problem, fix)


_NOT_HERE = Text("“{do}” 不能用在 on: {on}", "'{do}' cannot be done on: {on}")
_NO_RPC = Text("没有方法 {rpc}", "there is no method {rpc}")
_ONE_OF = Text("可写: {words}", "one of: {words}")
_NO_REASON = Text("“{reason}” 不是可用的原因", "'{reason}' is no reason that can be used here")
_REASONS = Text(
    "见 docs/errors.md; on: envelope 只能用不可重试的 (final), 如 ITEM_CHANGED",
    "see docs/errors.md; on: envelope takes final ones only, such as ITEM_CHANGED",
)
