"""What the pages of the window set off, bound to one gateway."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.flows.licences.look_up import LookingUp
from gateway.flows.people.window_files import WindowFiles
from gateway.flows.people.window_offers import WindowOffers
from gateway.flows.people.window_taking import WindowTaking
from gateway.flows.window.drafts import Drafts
from gateway.flows.window.joining import JoiningPages


@dataclass(frozen=True, slots=True)
class WindowDesk:
    """What a window may look at and do.

    Attributes:
        new_token: names a form, so that the same form sent twice counts once; 12 hex digits.
    """

    offers: WindowOffers
    taking: WindowTaking
    files: WindowFiles
    joining: JoiningPages
    drafts: Drafts
    looking_up: LookingUp
    new_token: Callable[[], str]
