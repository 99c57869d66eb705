"""The connection test as values: its steps, how each ended, on which side the fault is, what to do, whom to call."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.case.texts import Text
from gateway.partners.schema import Contact


class Mark(Enum):
    """How a step ended."""

    PASSED = "passed"
    WARNING = "warning"
    """It works, and somebody should look at it."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried, because of one before it."""


class Fault(Enum):
    """On which side something has to be done."""

    OURS = "ours"
    THEIRS = "theirs"
    NETWORK = "network"
    """Between the two: names, routes, firewalls."""
    BOTH = "both"
    """The two sides say different things, and have to agree."""


STEPS: Mapping[str, Text] = {
    "file": Text("伙伴文件", "partner file"),
    "dns": Text("域名解析", "name (DNS)"),
    "tcp": Text("网络连接 (TCP)", "connection (TCP)"),
    "tls": Text("对方证书 (TLS)", "their certificate (TLS)"),
    "our_certificate": Text("对方接受本方证书", "our certificate accepted"),
    "token": Text("对方接受本方令牌", "our token accepted"),
    "description": Text("对方自我描述", "their description"),
    "clock": Text("两边时钟", "clocks"),
    "version": Text("交换版本", "exchange version"),
    "features": Text("对方提供的功能", "features"),
    "agreement": Text("协议是否一致", "agreement alike"),
    "envelope": Text("试验信封 (不产生办件)", "test envelope (leaves no case)"),
}
"""In the order in which they are tried, numbered from 1."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "file": (),
    "dns": ("file",),
    "tcp": ("dns",),
    "tls": ("tcp",),
    "our_certificate": ("tls",),
    "token": ("our_certificate",),
    "description": ("token",),
    "clock": ("description",),
    "version": ("description",),
    "features": ("description",),
    "agreement": ("description",),
    "envelope": ("version", "features"),
}
"""What must have gone well before a step is tried."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one step ended.

    Attributes:
        said: what was seen, in a sentence.
        fault, fix: on which side, and what to do there; only where something is to be done.
    """

    key: str
    mark: Mark
    said: Text
    fault: Fault | None = None
    fix: Text | None = None

    @property
    def number(self) -> int:
        """Its place in the order, from 1."""
        return list(STEPS).index(self.key) + 1

    @property
    def title(self) -> Text:
        """What is tried."""
        return STEPS[self.key]

    @property
    def went_well(self) -> bool:
        """Whether what comes after it may be tried."""
        return self.mark in (Mark.PASSED, Mark.WARNING)


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the connection test with one partner.

    Attributes:
        steps: all of them, in order.
        contacts: whom to call there, as the partner file has it.
    """

    code: str
    name: str
    steps: tuple[Step, ...]
    contacts: tuple[Contact, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether nothing failed."""
        return not any(step.mark is Mark.FAILED for step in self.steps)

    @property
    def reached(self) -> bool:
        """Whether every step was tried; not so with a partner that can only dial out."""
        return not any(step.mark is Mark.SKIPPED for step in self.steps)

    def of(self, key: str) -> Step:
        """Return one step."""
        return next(step for step in self.steps if step.key == key)


def passed(key: str, said: Text) -> Step:
    """Return a step that went well."""
    return Step(key, Mark.PASSED, said)


def warned(key: str, said: Text, fault: Fault, fix: Text) -> Step:
    """Return a step that works and wants looking at."""
    return Step(key, Mark.WARNING, said, fault, fix)


def failed(key: str, said: Text, fault: Fault, fix: Text) -> Step:
    """Return a step that failed."""
    return Step(key, Mark.FAILED, said, fault, fix)


def skipped(key: str, because: Step) -> Step:
    """Return a step that was not tried, because of another; of one that was not tried itself, for the same reason."""
    if because.mark is Mark.SKIPPED:
        return Step(key, Mark.SKIPPED, because.said)
    said = Text(f"没有试: 第 {because.number} 步没有通过", f"not tried: step {because.number} did not pass")
    return Step(key, Mark.SKIPPED, said)


def not_on_file(code: str, said: Text, fix: Text, name: str = "") -> Trial:
    """Return the test of a partner whose file is missing or wrong: nothing was dialled."""
    first = failed("file", said, Fault.OURS, fix)
    return Trial(code, name or code, (first, *(skipped(key, first) for key in list(STEPS)[1:])))
