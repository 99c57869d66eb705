"""People at the console: accounts, and what their sign-in needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.case.staff import Person, Role
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store
from gateway.store.vault import Vault

_COLUMNS = "person_id, login, name, staff_number, organisation, division, roles, active, factor"
_KEPT = f"{_COLUMNS}, password, factor_step, failures, locked_until, failed_at"


@dataclass(frozen=True, slots=True)
class Kept:
    """An account with what its sign-in needs.

    Attributes:
        password: Argon2id hash; empty for none.
        factor: secret of the second factor; empty for none.
        factor_step: newest step whose code was used.
        failures: wrong passwords and codes since the last right one.
        failed_at: when the last of them was tried.
    """

    person: Person
    password: str
    factor: bytes
    factor_step: int
    failures: int
    locked_until: datetime | None
    failed_at: datetime | None


def add(tx: Transaction, person: Person, subject: str, now: datetime) -> None:
    """Add an account without a password.

    Raises:
        ConstraintBroken: the login, or the subject at the identity provider, is somebody else's.
    """
    tx.execute(
        "INSERT INTO people (person_id, login, name, staff_number, organisation, division, roles, active, password,"
        " factor, factor_step, subject, failures, locked_until, created_at, changed_at) VALUES (:person_id, :login, :name,"
        " :staff_number, :organisation, :division, :roles, 1, '', x'', 0, :subject, 0, NULL, :now, :now)",
        _row(person) | {"subject": subject, "now": to_store(now)},
    )


def change(tx: Transaction, person: Person, now: datetime) -> None:
    """Change everything of an account but its login and what proves it."""
    tx.execute(
        "UPDATE people SET name = :name, staff_number = :staff_number, organisation = :organisation, division = :division,"
        " roles = :roles, active = :active, changed_at = :now WHERE person_id = :person_id",
        _row(person) | {"active": int(person.active), "now": to_store(now)},
    )


def find(tx: Transaction, vault: Vault, person_id: str) -> Kept | None:
    """Return an account; None when there is none of that id."""
    return _one(tx, vault, "person_id = :value", person_id)


def find_login(tx: Transaction, vault: Vault, login: str) -> Kept | None:
    """Return the account of a login; None when there is none."""
    return _one(tx, vault, "login = :value", login)


def find_subject(tx: Transaction, vault: Vault, subject: str) -> Kept | None:
    """Return the account of somebody at the identity provider; None when there is none."""
    return _one(tx, vault, "subject = :value", subject) if subject else None


def everybody(tx: Transaction) -> list[Person]:
    """Return all accounts, by login."""
    return [_person(row) for row in tx.rows(f"SELECT {_COLUMNS} FROM people ORDER BY login")]


def locked(tx: Transaction, now: datetime) -> int:
    """Return how many accounts take no password at this moment."""
    row = tx.row("SELECT COUNT(*) FROM people WHERE active = 1 AND locked_until > :now", {"now": to_store(now)})
    return row[0] if row else 0


def is_nobody_there(tx: Transaction) -> bool:
    """Whether there is no account at all, as before the first sign-in."""
    return tx.row("SELECT 1 FROM people LIMIT 1") is None


def set_password(tx: Transaction, person_id: str, password: str, now: datetime) -> None:
    """Keep the hash of a new password and forget failures."""
    tx.execute(
        "UPDATE people SET password = :password, failures = 0, locked_until = NULL, changed_at = :now"
        " WHERE person_id = :person_id",
        {"person_id": person_id, "password": password, "now": to_store(now)},
    )


def set_factor(tx: Transaction, vault: Vault, person_id: str, secret: bytes, step: int, now: datetime) -> None:
    """Keep the secret of a second factor, encrypted; an empty one asks for none from now on."""
    sealed = vault.seal(secret, _context(person_id)) if secret else b""
    tx.execute(
        "UPDATE people SET factor = :factor, factor_step = :step, changed_at = :now WHERE person_id = :person_id",
        {"person_id": person_id, "factor": sealed, "step": step, "now": to_store(now)},
    )


def forget_proofs(tx: Transaction, person_id: str, now: datetime) -> None:
    """Forget password, second factor and identity at a provider: nothing opens the account but a link."""
    tx.execute(
        "UPDATE people SET password = '', factor = :none, factor_step = 0, subject = '', failures = 0, locked_until = NULL,"
        " changed_at = :now WHERE person_id = :person_id",
        {"person_id": person_id, "none": b"", "now": to_store(now)},
    )


def use_step(tx: Transaction, person_id: str, step: int) -> None:
    """Note that the code of a step was used."""
    tx.execute(
        "UPDATE people SET factor_step = :step WHERE person_id = :person_id", {"person_id": person_id, "step": step}
    )


def count_failure(
    tx: Transaction, person_id: str, failures: int, locked_until: datetime | None, failed_at: datetime | None = None
) -> None:
    """Keep how many tries went wrong, when the last of them was, and until when no other counts."""
    tx.execute(
        "UPDATE people SET failures = :failures, locked_until = :until, failed_at = :failed WHERE person_id = :person_id",
        {
            "person_id": person_id,
            "failures": failures,
            "until": to_store(locked_until) if locked_until else None,
            "failed": to_store(failed_at) if failed_at else None,
        },
    )


def _one(tx: Transaction, vault: Vault, where: str, value: str) -> Kept | None:
    row = tx.row(f"SELECT {_KEPT} FROM people WHERE {where}", {"value": value})
    if row is None:
        return None
    person = _person(row[:9])
    sealed, password, step, failures, *moments = row[8:]
    factor = vault.open(bytes(sealed), _context(person.person_id)) if sealed else b""
    until, failed_at = (from_store(at) if at is not None else None for at in moments)
    return Kept(person, password, factor, step, failures, until, failed_at)


def _person(row: tuple[Any, ...]) -> Person:
    person_id, login, name, staff_number, organisation, division, roles, active, factor = row
    held = frozenset(Role(role) for role in roles.split(",") if role)
    return Person(
        person_id, login, name, staff_number, organisation, division, held, bool(active), second_factor=bool(factor)
    )


def _row(person: Person) -> dict[str, object]:
    return {
        "person_id": person.person_id,
        "login": person.login,
        "name": person.name,
        "staff_number": person.staff_number,
        "organisation": person.organisation,
        "division": person.division,
        "roles": ",".join(sorted(role.value for role in person.roles)),
    }


def _context(person_id: str) -> bytes:
    return f"people|factor|{person_id}".encode()
