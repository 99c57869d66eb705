"""What the pages set off, bound to one gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.case.staff import Person
from gateway.console.operating import Operating
from gateway.console.rendering import Pages
from gateway.console.watchers import Watchers
from gateway.console.window_desk import WindowDesk
from gateway.flows.people.accounts import Accounts
from gateway.flows.people.acting import Acting
from gateway.flows.people.proving import Proving
from gateway.flows.people.reading_files import ReadingFiles
from gateway.flows.people.searching import Searching
from gateway.flows.people.seeing_cases import SeeingCases
from gateway.flows.people.signing_in import SigningIn
from gateway.store.audit import Note

ReadAudit = Callable[[int, str, str], Awaitable[list[Note]]]
"""Rows of the audit before a position (0 for the newest), of an act and about a subject where they are named."""

ExportAudit = Callable[[Person, datetime, datetime, str, str], Awaitable[list[Note]]]
"""Rows of the audit of a span for an auditor to take along; see `flows.people.exporting_audit`."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages may look at and do.

    Attributes:
        secure: whether the console is served over TLS, so that its cookie may travel no other way.
        new_factor: makes the secret of a second factor.
        new_id: makes the token of a form, by which the same form counts once.
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
    export_audit: ExportAudit
