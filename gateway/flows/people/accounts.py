"""Accounts: the first one, further ones, their roles, passwords, second factors, and ending their sessions.

Only a security officer gives rights, and never to themselves.  Who gives rights sees no case.  Every act is in the audit
with the account it was done to; a password or a secret is in no row of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right, Role
from gateway.flows.people.account_findings import (
    account_findings,
    password_findings,
    place_finding,
    refuse,
    taken,
    wrong_code,
)
from gateway.flows.people.apart import is_apart, need_own_factor, shut
from gateway.flows.people.signing_in import Present, SigningIn
from gateway.store import audit, console_sessions, people
from gateway.store.console_sessions import Session
from gateway.store.database import ConstraintBroken, Database, Transaction
from gateway.store.people import Kept
from gateway.trust.one_time_codes import SECRET_BYTES, step_of_code
from gateway.trust.passwords import hashed
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an account is to be."""

    login: str
    name: str
    staff_number: str
    organisation: str
    division: str
    roles: frozenset[Role]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The flows, bound to one gateway.

    Attributes:
        region: an account belongs to a division within it.
    """

    database: Database
    vault: Vault
    divisions: Divisions
    region: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    signing_in: SigningIn

    async def is_first(self) -> bool:
        """Whether there is no account yet."""
        return await self.database.read(people.is_nobody_there)

    async def add_first(self, link: str, wanted: Wanted, password: str) -> Person:
        """Make the first account, a security officer, with a link made at the machine itself.

        Raises:
            GatewayError: LINK_OVER, also when there is an account already; BAD_REQUEST with findings.
        """
        wanted = replace(wanted, roles=frozenset({Role.SECURITY}))
        self._refuse(wanted, password)
        kept = await asyncio.to_thread(hashed, password)

        def add(tx: Transaction) -> Person:
            now = self.clock()
            found = console_sessions.find_link(tx, link, now)
            if not found or found.purpose != "first" or not people.is_nobody_there(tx):
                raise GatewayError(Reason.LINK_OVER)
            console_sessions.use_link(tx, link, now)
            person = self._added(tx, wanted, now, "machine:console")
            people.set_password(tx, person.person_id, kept, now)
            return person

        return await self.database.write(add)

    async def add(self, by: Present, wanted: Wanted) -> tuple[Person, str]:
        """Make an account; return it and the token of the link by which its owner chooses a password, empty for an auditor (`apart`).

        Raises:
            GatewayError: BAD_REQUEST with findings.
        """
        self._refuse(wanted)
        actor = f"person:{by.person.person_id}"

        def add(tx: Transaction) -> Person:
            self._need_officer(tx, by)
            return self._added(tx, wanted, self.clock(), actor)

        person = await self.database.write(add)
        if is_apart(person.roles):
            return person, ""
        return person, await self.password_link(by, person.person_id)

    async def change(self, by: Present, person_id: str, wanted: Wanted, *, active: bool) -> Person:
        """Change an account; its sessions end, so that what it may do now holds at once.

        Raises:
            GatewayError: PERSON_UNKNOWN, OWN_RIGHTS, BAD_REQUEST with findings.
        """
        self._refuse(wanted)

        def change(tx: Transaction) -> Person:
            now = self.clock()
            self._need_officer(tx, by)
            kept = self._kept(tx, person_id)
            if person_id == by.person.person_id and (wanted.roles != kept.person.roles or not active):
                raise GatewayError(Reason.OWN_RIGHTS)
            new = replace(
                kept.person,
                name=wanted.name,
                staff_number=wanted.staff_number,
                organisation=wanted.organisation,
                division=wanted.division,
                roles=wanted.roles,
                active=active,
            )
            people.change(tx, new, now)
            if (new.roles, new.active, new.division) != (kept.person.roles, kept.person.active, kept.person.division):
                console_sessions.end_all_of(tx, person_id)
            if not active:
                console_sessions.void_links(tx, person_id, now)
            if is_apart(new.roles) and not is_apart(kept.person.roles):
                shut(tx, person_id, f"person:{by.person.person_id}", now)
            roles = ",".join(sorted(role.value for role in new.roles))
            audit.note(tx, now, f"person:{by.person.person_id}", "console.person_changed", person_id, detail=roles)
            return new

        return await self.database.write(change)

    async def everybody(self) -> list[Person]:
        """Return all accounts, by login."""
        return await self.database.read(people.everybody)

    async def find(self, person_id: str) -> tuple[Person, list[Session]]:
        """Return an account and its sessions.

        Raises:
            GatewayError: PERSON_UNKNOWN.
        """
        now = self.clock()

        def look(tx: Transaction) -> tuple[Person, list[Session]]:
            return self._kept(tx, person_id).person, console_sessions.of_person(tx, person_id, now)

        return await self.database.read(look)

    async def end_session(self, by: Present, person_id: str, session_id: str) -> None:
        """End one session of a person, or all of them when no session is named.

        Raises:
            GatewayError: PERSON_UNKNOWN; ROLE_LACKS_RIGHT when whoever asks is no security officer any more.
        """

        def end(tx: Transaction) -> None:
            self._need_officer(tx, by)
            self._kept(tx, person_id)
            if not session_id:
                console_sessions.end_all_of(tx, person_id)
            elif not console_sessions.end_one(tx, person_id, session_id):
                return  # over already, or never theirs
            actor = f"person:{by.person.person_id}"
            audit.note(tx, self.clock(), actor, "console.session_ended", person_id, detail=session_id)

        await self.database.write(end)

    async def password_link(self, by: Present, person_id: str) -> str:
        """Return the token of a link by which the owner of an account chooses a password; lifts a lock-out when it is used.

        Raises:
            GatewayError: PERSON_UNKNOWN, ROLE_LACKS_RIGHT; AUDITOR_APART for an auditor without a second factor.
        """

        def need(tx: Transaction) -> None:
            self._need_officer(tx, by)
            need_own_factor(self._kept(tx, person_id))

        return await self.signing_in.make_link("password", person_id, f"person:{by.person.person_id}", need)

    async def choose_password(self, link: str, password: str, code: str = "") -> Person:
        """Choose a password by a link; every session of the account ends, and every other link of it.

        Args:
            code: of the second factor, where the account has one: no link does without it.

        Raises:
            GatewayError: LINK_OVER, LOCKED_OUT; BAD_REQUEST with what is wrong with the password, or the code.
        """
        found = await self.signing_in.link(link)
        if found.purpose != "password":
            raise GatewayError(Reason.LINK_OVER)
        person, _ = await self.find(found.person_id)
        refuse(password_findings(password, person.login))
        kept = await asyncio.to_thread(hashed, password)

        def choose(tx: Transaction) -> Person | None:
            now = self.clock()
            again = self._kept(tx, person.person_id)
            if console_sessions.find_link(tx, link, now) is None:
                raise GatewayError(Reason.LINK_OVER)
            if again.factor and not self.signing_in.is_code(tx, again, code, now):
                return None
            if not console_sessions.use_link(tx, link, now):
                raise GatewayError(Reason.LINK_OVER)
            people.set_password(tx, person.person_id, kept, now)
            console_sessions.end_all_of(tx, person.person_id)
            console_sessions.void_links(tx, person.person_id, now)
            audit.note(tx, now, f"person:{person.person_id}", "console.password_chosen", person.person_id)
            return person

        if (done := await self.database.write(choose)) is None:
            raise wrong_code()
        return done

    async def set_factor(self, present: Present, secret: bytes, code: str) -> None:
        """Ask for a second factor from now on; the code shows that the app has the secret.  Other sessions end.

        Raises:
            GatewayError: SIGN_IN_REFUSED, also for a secret that is none of ours; FACTOR_HELD when there is one already.
        """
        now = self.clock()
        step = step_of_code(secret, code, now, 0) if len(secret) == SECRET_BYTES else None
        if step is None:
            raise GatewayError(Reason.SIGN_IN_REFUSED)

        def keep(tx: Transaction) -> None:
            person_id = present.person.person_id
            if self._kept(tx, person_id).factor:
                raise GatewayError(Reason.FACTOR_HELD)
            people.set_factor(tx, self.vault, person_id, secret, step, now)
            console_sessions.end_all_of(tx, person_id, but=present.token)
            audit.note(tx, now, f"person:{person_id}", "console.second_factor", person_id)

        await self.database.write(keep)

    async def drop_factor(self, by: Present, person_id: str) -> None:
        """Ask for no second factor any more, as when a telephone was lost; a security officer does it, not the owner.

        Raises:
            GatewayError: PERSON_UNKNOWN; FACTOR_HELD for one's own.
        """
        if person_id == by.person.person_id:
            raise GatewayError(Reason.FACTOR_HELD)

        def drop(tx: Transaction) -> None:
            now = self.clock()
            self._need_officer(tx, by)
            roles = self._kept(tx, person_id).person.roles
            people.set_factor(tx, self.vault, person_id, b"", 0, now)
            console_sessions.end_all_of(tx, person_id)
            audit.note(tx, now, f"person:{by.person.person_id}", "console.second_factor_dropped", person_id)
            if is_apart(roles):
                shut(tx, person_id, f"person:{by.person.person_id}", now)

        await self.database.write(drop)

    def _kept(self, tx: Transaction, person_id: str) -> Kept:
        kept = people.find(tx, self.vault, person_id)
        if kept is None:
            raise GatewayError(Reason.PERSON_UNKNOWN)
        return kept

    def _need_officer(self, tx: Transaction, by: Present) -> None:
        """Ask again in the transaction itself: who lost the right a moment ago, as by another officer, does nothing with it."""
        kept = people.find(tx, self.vault, by.person.person_id)
        if kept is None or not kept.person.active or not kept.person.may(Right.GIVE_RIGHTS):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)

    def _added(self, tx: Transaction, wanted: Wanted, now: datetime, by: str) -> Person:
        it = wanted
        person = Person(self.new_id(), it.login, it.name, it.staff_number, it.organisation, it.division, it.roles)
        try:
            with tx.savepoint():
                people.add(tx, person, "" if is_apart(it.roles) else it.subject, now)
        except ConstraintBroken:
            raise taken() from None
        roles = ",".join(sorted(role.value for role in person.roles))
        audit.note(tx, now, by, "console.person_added", person.person_id, detail=roles)
        return person

    def _refuse(self, wanted: Wanted, password: str | None = None) -> None:
        texts = {"name": wanted.name, "staff_number": wanted.staff_number, "organisation": wanted.organisation}
        findings = account_findings(wanted.login, wanted.roles, texts)
        if len(wanted.division) != 12 or not self.divisions.belongs_to(wanted.division, self.region):
            findings.append(place_finding(self.region))
        refuse(findings + (password_findings(password, wanted.login) if password is not None else []))
