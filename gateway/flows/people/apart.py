"""The auditor's account stands apart: who gives rights does not get into it (三权分立, GB/T 22239 §8.1.4).

Whoever looks at what a security officer did cannot be somebody that officer made, or reset, for themselves.  So

- an officer makes a password link for an auditor only while the account has a second factor, whose code the owner gives with the
  new password (`accounts.choose_password`);
- an account that becomes an auditor's, and an auditor's whose second factor an officer turns off, is shut: no password, no
  factor, no identity, no link and no session opens it, until its owner follows a link made at the machine itself;
- an officer links no identity of a provider to it.

What officers do to any account is shown to its owner and to auditors (`resets`).
"""

from collections.abc import Collection
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Role
from gateway.store import audit, console_sessions, people
from gateway.store.database import Transaction
from gateway.store.people import Kept


def is_apart(roles: Collection[Role]) -> bool:
    """Whether an account with these roles stands apart."""
    return Role.AUDITOR in roles


def need_own_factor(kept: Kept) -> None:
    """Refuse what would let whoever does it into an account that stands apart, unless its own factor keeps them out.

    Raises:
        GatewayError: AUDITOR_APART.
    """
    if is_apart(kept.person.roles) and not kept.factor:
        raise GatewayError(Reason.AUDITOR_APART)


def need_none_apart(kept: Kept) -> None:
    """Refuse what no factor keeps out.

    Raises:
        GatewayError: AUDITOR_APART.
    """
    if is_apart(kept.person.roles):
        raise GatewayError(Reason.AUDITOR_APART)


def shut(tx: Transaction, person_id: str, by: str, now: datetime) -> None:
    """Let nothing open an account that was made or given before now.

    Args:
        by: actor of the audit.
    """
    people.forget_proofs(tx, person_id, now)
    console_sessions.end_all_of(tx, person_id)
    console_sessions.void_links(tx, person_id, now)
    audit.note(tx, now, by, "console.account_shut", person_id)
