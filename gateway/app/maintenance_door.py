"""The door to other regions while maintenance goes on: DescribeGateway is answered, everything else asks to come again."""

from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import Any

from gateway.peering.served import PeeringFlows

STAYS_OPEN = ("describe",)


def closed_in_maintenance(flows: PeeringFlows, need_none: Callable[[], Awaitable[None]]) -> PeeringFlows:
    """Return the same flows, so that each but those of `STAYS_OPEN` is refused while maintenance goes on.

    Args:
        need_none: raises MAINTENANCE while it does.  A call that is under way when it begins goes on to its end.
    """

    def kept(flow: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def guarded(*args: Any, **more: Any) -> Any:
            await need_none()
            return await flow(*args, **more)

        return guarded

    served: dict[str, Any] = {one.name: getattr(flows, one.name) for one in fields(flows) if one.name not in STAYS_OPEN}
    closed: dict[str, Any] = {name: kept(flow) for name, flow in served.items() if flow is not None}
    return replace(flows, **closed)
