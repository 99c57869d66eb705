"""What the pages set off, bound to one gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.console.operating import Operating
from gateway.console.paper_desk import Papers
from gateway.console.rendering import Pages
from gateway.console.watchers import Watchers
from gateway.console.window_desk import WindowDesk
from gateway.flows.people.accounts import Accounts
from gateway.flows.people.acting import Acting
from gateway.flows.people.at_a_glance import AtAGlance
from gateway.flows.people.auditing import Auditing
from gateway.flows.people.by_provider import ByProvider
from gateway.flows.people.proving import Proving
from gateway.flows.people.reading_files import ReadingFiles
from gateway.flows.people.resets import Resets
from gateway.flows.people.saving_views import SavedViews
from gateway.flows.people.searching import Searching
from gateway.flows.people.seeing_cases import SeeingCases
from gateway.flows.people.signing_in import SigningIn
from gateway.store.audit import Note

ReadAudit = Callable[[int, str, str], Awaitable[list[Note]]]
"""Rows of the audit before a position (0 for the newest), of an act and about a subject where they are named."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages may look at and do.

    Attributes:
        secure: whether the console is served over TLS, so that its cookie may travel no other way.
        new_factor: makes the secret of a second factor.
        new_id: makes the token of a form, by which the same form counts once.
        provider: signing in through an identity provider; None where none is connected.
    """

    region: str
    region_name: str
    divisions: Divisions
    clock: Callable[[], datetime]
    pages: Pages
    signing_in: SigningIn
    accounts: Accounts
    cases: SeeingCases
    read_audit: ReadAudit
    new_factor: Callable[[], bytes]
    secure: bool
    watchers: Watchers
    acting: Acting
    proving: Proving
    reading_files: ReadingFiles
    new_id: Callable[[], str]
    window: WindowDesk
    operating: Operating
    searching: Searching
    auditing: Auditing
    glance: AtAGlance
    views: SavedViews
    provider: ByProvider | None
    papers: Papers
    resets: Resets
