"""What a check is: a number, a demand of the format, a probe that finds out, and how it may end.

A probe that returns has passed.  Everything else it says by raising: `Failed` with what was expected and what came,
`Skipped` with the reason.  Whatever else goes wrong in a probe is a failure too: a gateway that answers with something
nobody foresaw has not passed.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gateway.case.texts import Text

if TYPE_CHECKING:
    from gateway.kit.conformance.session import Session


class Outcome(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


Probe = Callable[["Session"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check.

    Attributes:
        number: `chapter.place`; a number is never given to another check.
        demand: what the format asks of the gateway.
        section: of docs/exchange-format.md, where it does.
        mend: what to look at when it fails.
        needs: what DescribeGateway has to list; else it is skipped.
        waits: real time passes in it, some ten seconds or more; left out of a quick run.
        asks: somebody at the other side has to do something; made only when the run may wait for people.
    """

    number: str
    title: Text
    demand: Text
    section: str
    mend: Text
    probe: Probe = field(repr=False)
    needs: tuple[str, ...] = ()
    waits: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """Checks about one matter, in the order in which they are made."""

    number: int
    title: Text
    checks: list[Check] = field(default_factory=list)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def check(
        self,
        place: int,
        title: Text,
        *,
        demand: Text,
        section: str,
        mend: Text,
        needs: tuple[str, ...] = (),
        waits: bool = False,
        asks: bool = False,
    ) -> Callable[[Probe], Probe]:
        """Add the decorated probe to the chapter under this place."""

        def added(probe: Probe) -> Probe:
            number = f"{self.number}.{place}"
            self.checks.append(Check(number, title, demand, section, mend, probe, needs, waits, asks))
            return probe

        return added
