"""What the pages of the window set off, bound to one gateway."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.flows.people.window_files import WindowFiles
from gateway.flows.people.window_offers import WindowOffers
from gateway.flows.people.window_taking import WindowTaking


@dataclass(frozen=True, slots=True)
class WindowDesk:
    """What a window may look at and do.

    Attributes:
        new_token: names a form, so that the same form sent twice counts once; 12 hex digits.
    """

    offers: WindowOffers
    taking: WindowTaking
    files: WindowFiles
    new_token: Callable[[], str]
