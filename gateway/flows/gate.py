"""Shut while evidence cannot be kept: then nothing is taken in, from whichever door it comes (invariant 12)."""

from dataclasses import dataclass

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason


@dataclass(slots=True)
class Gate:
    """Whether something may be taken in; set by who looks after the gateway's health.

    Attributes:
        shut_for: what is in the way, such as `store`; empty when nothing is.
    """

    shut_for: str = ""

    def need(self) -> None:
        """Refuse before anything is begun, as the store itself would.

        Raises:
            GatewayError: STORE_NOT_WRITABLE.
        """
        if self.shut_for:
            raise GatewayError(Reason.STORE_NOT_WRITABLE, detail=self.shut_for)
