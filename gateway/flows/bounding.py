"""The overall deadline of what a flow asks of a partner, above the bounds of the single calls."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.partner import Partner

T = TypeVar("T")


async def within(seconds: float, partner: Partner, asked: Awaitable[T]) -> T:
    """Return what the partner answered.

    Raises:
        GatewayError: PARTNER_SLOW after `seconds`, whatever the call is doing by then; what the call raises.
    """
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except TimeoutError:
        raise GatewayError(Reason.PARTNER_SLOW, partner=partner.short_name, seconds=round(seconds)) from None
