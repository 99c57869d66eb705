"""One address of the console: who may ask for it, and what answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

from gateway.case.staff import Right
from gateway.console.call import Call
from gateway.console.desk import Desk


class Door(Enum):
    """Who may ask, where no right is demanded."""

    OPEN = "open"
    """Everybody, as for the page to sign in."""
    HALF = "half"
    """Whoever gave a password and owes the code."""
    PERSON = "person"
    """Whoever is signed in."""


class Look(Enum):
    """How it gets into the audit that somebody opened a page."""

    PAGE = "page"
    """Whoever opens it is noted (`noting`)."""
    OWN = "own"
    """Its handler keeps a row that says more."""
    PART = "part"
    """It is a part of a page that is noted, or tells only that something changed."""


Handler = Callable[[Desk, Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address.

    Attributes:
        needs: the right that is demanded, or which door it is.
        menu: name of its text in the menu; empty when it is not in there.
        look: how it gets into the audit that it was opened; counts for pages that demand a right.
        uploads: its body holds files, so that it is read as it comes: the page's token is its first part, or a header.
    """

    method: str
    path: str
    handler: Handler
    needs: Right | Door
    menu: str = ""
    uploads: bool = False
    look: Look = Look.PAGE
