"""What the handlers stand on: the flows, the systems in force, time, and what is known of one call.

Everything is supplied by the composition root; nothing here knows a database.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from gateway.case.texts import Lang
from gateway.flows.act import DoAct
from gateway.flows.look import CaseView, FeedItem
from gateway.flows.release import Released
from gateway.flows.submit import Submit
from gateway.flows.transfer import MaterialState
from gateway.local.systems import System, Systems, TokenCredential
from gateway.store.cases import CaseRow, Filter


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
    act: DoAct
    look_at_case: Callable[[str, str], Awaitable[CaseView]]
    list_cases: Callable[[Filter, int], Awaitable[list[tuple[CaseRow, str]]]]
    claim_case: Callable[[str, str], Awaitable[None]]
    release_case: Callable[[str, str], Awaitable[Released]]
    read_feed: Callable[[str, int, int], Awaitable[list[FeedItem]]]
    confirm_feed: Callable[[str, int], Awaitable[int]]
    await_feed: Callable[[str, int, float], Awaitable[None]]
    material_state: Callable[[str, str], Awaitable[MaterialState]]
    take_material: TakeMaterial
    give_material: Callable[[str, str, int], Awaitable[tuple[int, AsyncIterator[bytes]]]]


@dataclass(frozen=True, slots=True)
class Health:
    """What the health addresses answer from.

    Attributes:
        ready: names of what keeps the gateway from working, such as `store`; empty when it is ready.
    """

    ready: Callable[[], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Door:
    """Everything the handlers need.

    Attributes:
        new_id: makes a UUIDv7 in text form (RFC 9562 §5.7); names traces.
    """

    flows: LocalFlows
    systems: Callable[[], Systems]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    health: Health
    verify_token: VerifyLocalToken | None = None


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


Handler = Callable[[Door, Call], Awaitable[web.StreamResponse]]
