"""What the handlers stand on: the flows, the systems in force, time, and what is known of one call.

Everything is supplied by the composition root; nothing here knows a database.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from gateway.case.ailments import Checkup
from gateway.case.clock.calendars import Calendar, weekdays_only
from gateway.case.item.definition import ItemDefinition
from gateway.case.progress import Progress
from gateway.case.texts import Lang
from gateway.flows.act import DoAct
from gateway.flows.delivery.release import Released
from gateway.flows.items.compare import PartnerCompared
from gateway.flows.items.import_ours import Imported
from gateway.flows.items.look import ItemsWanted, ListedItem
from gateway.flows.joint.act_on_all import DoJointAct
from gateway.flows.joint.hand_in import JointOpened, JointSubmission
from gateway.flows.joint.look import JointView
from gateway.flows.look import CaseView, FeedItem, Listed
from gateway.flows.materials.transfer import MaterialState
from gateway.flows.progress import Enquiry
from gateway.flows.submit import Submit
from gateway.local.moving_window import MovingWindow
from gateway.local.systems import System, Systems, TokenCredential
from gateway.store.case_lists import Filter

ENQUIRIES = 30
ENQUIRIES_WITHIN = timedelta(minutes=1)
"""How often one address may ask for progress without being a local system."""


class TakeMaterial(Protocol):
    """Takes bytes of a file from an offset on."""

    def __call__(
        self, system: str, sha256: str, size: int, offset: int, chunks: AsyncIterator[bytes], /
    ) -> Awaitable[MaterialState]:
        """Return where the upload stands afterwards."""
        ...


class VerifyLocalToken(Protocol):
    """Whether a token (RFC 7519) is one that the owner of `credential` signed and is good now; never raises."""

    def __call__(self, token: str, credential: TokenCredential, now: datetime, /) -> bool:
        """Return whether it is."""
        ...


@dataclass(frozen=True, slots=True)
class LocalFlows:
    """The flows a local system can set off, bound to this gateway's store."""

    submit: Submit
    submit_joint: Callable[[JointSubmission], Awaitable[JointOpened]]
    act: DoAct
    act_on_joint: DoJointAct
    look_at_joint: Callable[[str, str], Awaitable[JointView]]
    list_joint: Callable[[tuple[str, ...], tuple[datetime, str] | None, int], Awaitable[list[JointView]]]
    progress: Callable[[Enquiry], Awaitable[Progress]]
    list_items: Callable[[ItemsWanted, int], Awaitable[list[ListedItem]]]
    find_item: Callable[[ItemsWanted], Awaitable[ListedItem]]
    import_items: Callable[[Sequence[ItemDefinition], str], Awaitable[Imported]]
    compare_items: Callable[[str, str], Awaitable[PartnerCompared]]
    look_at_case: Callable[[str, str], Awaitable[CaseView]]
    list_cases: Callable[[Filter, int], Awaitable[list[Listed]]]
    claim_case: Callable[[str, str], Awaitable[None]]
    release_case: Callable[[str, str], Awaitable[Released]]
    read_feed: Callable[[str, int, int], Awaitable[list[FeedItem]]]
    confirm_feed: Callable[[str, int], Awaitable[int]]
    await_feed: Callable[[str, int, float], Awaitable[None]]
    material_state: Callable[[str, str], Awaitable[MaterialState]]
    take_material: TakeMaterial
    give_material: Callable[[str, str, int], Awaitable[tuple[int, AsyncIterator[bytes]]]]
    callable_licences: Callable[[], frozenset[str] | None] = lambda: None
    """Types of electronic licences that can be looked up now; None when that is not known."""
    calendar: Callable[[], Calendar] = weekdays_only
    """Working days of the region, by which an event is recorded late."""


@dataclass(frozen=True, slots=True)
class Health:
    """What the health addresses answer from.

    Attributes:
        checkup: what is known now of the gateway's health.
    """

    checkup: Callable[[], Checkup]


@dataclass(frozen=True, slots=True)
class Door:
    """Everything the handlers need.

    Attributes:
        new_id: makes a UUIDv7 in text form (RFC 9562 §5.7); names traces.
        asked: who asked for progress without being a local system, and when.
    """

    flows: LocalFlows
    systems: Callable[[], Systems]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    health: Health
    verify_token: VerifyLocalToken | None = None
    asked: MovingWindow = field(default_factory=lambda: MovingWindow(ENQUIRIES, ENQUIRIES_WITHIN))


@dataclass(frozen=True, slots=True)
class Call:
    """One request: who calls, in which language errors are told, and the trace it belongs to.

    Attributes:
        traceparent: W3C Trace Context header, the caller's or one of ours; its trace id is `trace`.
    """

    request: web.Request
    caller: System | None
    lang: Lang
    trace: str
    traceparent: str

    @property
    def system(self) -> System:
        """The calling system; routes without a permission have none and do not ask."""
        assert self.caller is not None, "the route demands no permission"
        return self.caller

    def in_its_codes(self, content: dict[str, object], place: str = "") -> dict[str, object]:
        """Return an answer in the caller's own codes where its file asks for them.

        Raises:
            GatewayError: UNMAPPED_CODE naming every field at or below `place` whose word has no code.
        """
        own = self.system.mapping.own if self.system.mapping else None
        return own.write(content, place) if own else content


Handler = Callable[[Door, Call], Awaitable[web.StreamResponse]]
