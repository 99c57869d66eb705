"""Which rule holds now: every rule counts the occasions that fit it, and of those that are due the first is followed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.kit.partner.script import On, Rule, Script, Step


@dataclass(slots=True)
class Occasions:
    """Counts what happens, and says what the script wants done about it.

    Attributes:
        monotonic: seconds that no change of the clock moves.
        begun: when the simulation began, by that clock.
    """

    script: Script
    monotonic: Callable[[], float]
    begun: float
    _met: dict[int, int] = field(default_factory=dict)
    _done: dict[int, int] = field(default_factory=dict)

    def steps(self, on: On, *, rpc: str = "", kind: str = "", item: str = "") -> tuple[Step, ...]:
        """Return the steps of the first rule that holds for this occasion; none when no rule does."""
        since = timedelta(seconds=self.monotonic() - self.begun)
        due: int | None = None
        for nth, rule in enumerate(self.script.rules):
            if rule.on is not on or not _fits(rule, rpc, kind, item) or not _in_time(rule, since):
                continue
            self._met[nth] = met = self._met.get(nth, 0) + 1
            if due is None and self._is_due(rule, nth, met):
                due = nth
        if due is None:
            return ()
        self._done[due] = self._done.get(due, 0) + 1
        return self.script.rules[due].then

    def _is_due(self, rule: Rule, nth: int, met: int) -> bool:
        if rule.nth is not None and met != rule.nth:
            return False
        if rule.every is not None and met % rule.every:
            return False
        return rule.times is None or self._done.get(nth, 0) < rule.times


def _fits(rule: Rule, rpc: str, kind: str, item: str) -> bool:
    wanted = ((rule.rpc, rpc), (rule.kind, kind), (rule.item, item))
    return all(not asked or asked == there for asked, there in wanted)


def _in_time(rule: Rule, since: timedelta) -> bool:
    return (rule.since is None or since >= rule.since) and (rule.until is None or since < rule.until)
