"""What the pages set off, bound to one gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.console.rendering import Pages
from gateway.flows.people.accounts import Accounts
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
