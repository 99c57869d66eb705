"""What the pages for operators set off: the same flows as the commands, bound to one gateway by `app`.

Nothing here shows or takes personal data; co-operation numbers are the most that is told of a case.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from gateway.console.shared_looks import SharedLooks
from gateway.files.findings import Finding, Findings
from gateway.flows.figures import Figures
from gateway.flows.items.compare import PartnerCompared
from gateway.flows.keys.deciding import Decided
from gateway.flows.maintenance.announce import Notice
from gateway.flows.onboarding.add_partner import Wish
from gateway.flows.onboarding.addition import Addition
from gateway.flows.onboarding.trials import Trials
from gateway.flows.partner_files.history import Difference, History
from gateway.flows.partner_files.roll_back import RolledBack
from gateway.flows.partner_files.running import FilesRunning
from gateway.flows.queue.deed import Deed, Step
from gateway.flows.queue.show import QueueCase
from gateway.flows.queue.view import Overview
from gateway.flows.standing.view import BothViews
from gateway.store.announced_keys import AnnouncedRow, Doubt
from gateway.store.items import Catalogue
from gateway.store.maintenance import Announced
from gateway.store.queue import Selection
from gateway.store.reconciliations import Compared
from gateway.store.reconciliations import Difference as DayDifference


class Standing(Protocol):
    """How things stand with partners: see `flows.standing`."""

    async def both_views(self, code: str = "") -> list[BothViews]:
        """Return partners from both sides, the worst first."""

    async def ask_now(self, code: str) -> None:
        """Ask a partner how it sees us."""

    async def announce(self, notice: Notice) -> Announced:
        """Announce our own maintenance."""

    async def end_maintenance(self, by: str) -> bool:
        """End it, or withdraw it."""

    async def announced(self, limit: int) -> tuple[datetime, list[Announced]]:
        """Return what was announced, the newest first, and the moment."""


class PartnerFiles(Protocol):
    """What became of partner files: see `flows.partner_files`."""

    async def running(self) -> FilesRunning:
        """Return what runs."""

    async def history(self, code: str, below: int | None) -> History:
        """Return the versions of a partner."""

    async def difference(self, code: str, before: str, after: str) -> Difference:
        """Return how two versions differ."""

    async def roll_back(self, code: str, number: int, who: str) -> RolledBack:
        """Bring a version back."""


class Queue(Protocol):
    """What is owed and does not go: see `flows.queue`."""

    async def overview(self) -> Overview:
        """Return the queue at this moment."""

    async def count(self, wanted: Selection, *, openings: bool = False) -> int:
        """Return how many envelopes a selection has, or how many cases whose opening was not answered."""

    async def show(self, key: str) -> QueueCase:
        """Return one case or envelope."""

    async def hold(self, deed: Deed, until: datetime | None) -> Step:
        """Hold, one step."""

    async def let_go(self, deed: Deed) -> Step:
        """Release by selection, one step."""

    async def end_hold(self, deed: Deed, hold_id: str) -> Step:
        """Release a hold, one step."""

    async def retry(self, deed: Deed) -> Step:
        """Try again, one step."""

    async def fail(self, deed: Deed, *, without_asking: bool) -> Step:
        """End, one step."""

    async def redirect(self, deed: Deed, to: str, *, without_asking: bool) -> Step:
        """Send elsewhere, one step."""


class Reconciling(Protocol):
    """Days compared with partners (对账): see `flows.reconciling`."""

    async def reconcile_day(self, code: str, day: date, by: str) -> list[Compared]:
        """Reconcile one day with one partner."""

    async def explain(self, code: str, day: date, by: str, words: str) -> int:
        """Say why a day differs."""

    async def reports(self, first: date, last: date, partner: str, limit: int) -> list[Compared]:
        """Return how days came out."""

    async def report(self, code: str, day: date, limit: int) -> list[tuple[Compared, list[DayDifference]]]:
        """Return one day."""

    def askable(self) -> list[str]:
        """Return whom this gateway can compare with."""


class Keys(Protocol):
    """Keys that partners announced: see `flows.keys.deciding`."""

    async def waiting(self) -> list[AnnouncedRow]:
        """Return what an operator has to look at."""

    async def doubts(self) -> list[Doubt]:
        """Return the announcements that are not believed."""

    async def approve(self, code: str, kids: tuple[str, ...], who: str) -> Decided:
        """Put announced keys into a partner's file."""

    async def reject(self, code: str, kids: tuple[str, ...], who: str) -> Decided:
        """Note that announced keys are not taken."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A signed introduction of this gateway, to be sent to another region.

    Attributes:
        digits: what is read out over the telephone.
        agreements: how many it proposes.
    """

    id: str
    to: str
    file: str
    text: str
    digits: str
    valid_until: datetime
    agreements: int


class Introducing(Protocol):
    """Introductions between regions: see `flows.onboarding`."""

    async def examine(self, wish: Wish) -> Addition | tuple[Finding, ...]:
        """Return what an introduction would become."""

    async def add(self, wish: Wish, who: str) -> str:
        """Write the partner file; return the partner's code."""

    async def invite(self, to: str, actor: str) -> Invitation:
        """Make an introduction of this gateway."""

    def invitation(self, invitation_id: str) -> Invitation | None:
        """Return one that was made lately."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One of our keys, or our certificate (no `use`), as an operator has to know it."""

    kid: str
    use: str
    valid_from: datetime | None
    seal_until: datetime | None
    accept_until: datetime | None


@dataclass(frozen=True, slots=True)
class SystemShown:
    """One local system as its file has it now.

    Attributes:
        may: what it may do, in the words of its file; receives: which inbound cases, in a line each.
        waiting: news it has not confirmed, counted up to a bound; oldest: since when the first waits.
    """

    name: str
    title: str
    file: str
    is_sample: bool
    can_call: bool
    may: tuple[str, ...]
    receives: tuple[str, ...]
    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class SystemsShown:
    """The local systems, what is wrong in their files, and how many cases nobody claimed."""

    systems: tuple[SystemShown, ...]
    findings: Findings
    unclaimed: int


@dataclass(frozen=True, slots=True)
class CatalogueShown:
    """The catalogue of one region; without `known` it was never imported or asked for."""

    code: str
    name: str
    known: Catalogue | None


@dataclass(frozen=True, slots=True)
class Operating:
    """What operators look at and do.

    Attributes:
        compare: our items and those of the partner whose agreements cover a division (四个一致).
        figures: of so many last days.
        introducing: makes and reads signed introductions.
        trials: connection tests with live partners, looked at step by step.
        looks: what live pages share, so that many who watch cost as much as one.
        note: keeps in the audit who did what to what (actor, act, subject, outcome, detail).
    """

    standing: Standing
    files: PartnerFiles
    queue: Queue
    reconciling: Reconciling
    keys: Keys
    own_keys: Callable[[], list[OwnKey]]
    systems: Callable[[], Awaitable[SystemsShown]]
    catalogues: Callable[[], Awaitable[list[CatalogueShown]]]
    compare: Callable[[str], Awaitable[PartnerCompared]]
    figures: Callable[[int], Awaitable[Figures]]
    trials: Trials
    introducing: Introducing
    note: Callable[[str, str, str, str, str], Awaitable[None]]
    looks: SharedLooks = field(default_factory=SharedLooks)
