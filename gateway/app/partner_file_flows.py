"""What operators do with partner files, bound to one gateway: look, compare, bring back, try out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.app.gateway import Gateway
from gateway.flows.partner_files.expected import Origin
from gateway.flows.partner_files.history import Difference, Histories, History
from gateway.flows.partner_files.rehearse import Calling, Rehearsal, Rehearsing
from gateway.flows.partner_files.roll_back import RolledBack, RollingBack
from gateway.flows.partner_files.running import FilesRunning, running
from gateway.partners.source import Source


@dataclass(slots=True)
class PartnerFileFlows:
    """What operators do with the partner files of one gateway.

    Attributes:
        call: tests the connection of a partner that may not be live yet.
    """

    gateway: Gateway
    call: Calling
    histories: Histories = field(init=False)
    rolling_back: RollingBack = field(init=False)
    rehearsing: Rehearsing = field(init=False)

    def __post_init__(self) -> None:
        live = self.gateway.going_live
        self.histories = Histories(live)
        self.rolling_back = RollingBack(live)
        self.rehearsing = Rehearsing(live, self.call)

    async def running(self) -> FilesRunning:
        """See `flows.partner_files.running`."""
        return await running(self.gateway.going_live)

    async def history(self, code: str, below: int | None) -> History:
        """See `flows.partner_files.history`."""
        return await self.histories.of_partner(code, below)

    async def difference(self, code: str, before: str, after: str) -> Difference:
        """See `flows.partner_files.history`."""
        return await self.histories.difference(code, before, after)

    async def roll_back(self, code: str, number: int, who: str) -> RolledBack:
        """See `flows.partner_files.roll_back`."""
        return await self.rolling_back.roll_back(code, number, who)

    async def rehearse(self, files: Mapping[str, Source | None] | None, *, whole: bool, calling: bool) -> Rehearsal:
        """See `flows.partner_files.rehearse`."""
        return await self.rehearsing.rehearse(files, whole=whole, calling=calling)

    def announce(self, sha256: str, how: str, who: str) -> None:
        """See `flows.partner_files.expected`."""
        self.gateway.going_live.expected.announce(sha256, Origin(how, who))
