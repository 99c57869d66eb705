"""Somebody proves who they are, and has a session from then on.

    sign in    1 find the account  2 prove the password, as long for nobody as for somebody  3 lock out or begin a session
    code       the second factor, where the account has one: until then the session opens nothing else
    link       a link that is good once: for the first account, a new password, or a sign-in made by the gateway itself
    look       each request: whose session it is; over when idle, over after its longest time, over when revoked
    sign out   the session is gone

Each of these but looking is in the audit.  What was typed as a login is not: people type passwords there.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.store import audit, console_sessions, people
from gateway.store.console_sessions import Link, Session
from gateway.store.database import Database, Transaction
from gateway.store.people import Kept
from gateway.trust.one_time_codes import step_of_code
from gateway.trust.passwords import hashed, is_password, needs_new_hash
from gateway.trust.vault import Vault

FAILURES = 5
"""Wrong passwords or codes in a row after which an account is locked."""
LOCKED_FOR = timedelta(minutes=15)
HALF_OPEN_FOR = timedelta(minutes=5)
"""How long a session may wait for its second factor."""
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used."""
HASHES_AT_ONCE = 2
LINK_GOOD_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was begun: its token goes into the cookie and nowhere else.

    Attributes:
        needs_code: the second factor is still to be given.
    """

    token: str
    person: Person
    needs_code: bool


@dataclass(frozen=True, slots=True)
class Present:
    """Who makes a request."""

    person: Person
    session: Session
    token: str = field(repr=False)

    @property
    def page_token(self) -> str:
        """What pages of this session carry, so that nobody else's page can act in its name (CSRF)."""
        return hashlib.sha256(f"page|{self.token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The flows, bound to one gateway.

    Attributes:
        secret: makes a token that nobody can guess.
        idle, longest: after how long without use, and altogether, a session is over.
    """

    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    secret: Callable[[], str]
    idle: timedelta
    longest: timedelta
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))

    async def sign_in(self, login: str, password: str) -> SignedIn:
        """Begin a session for whoever knows the password.

        Raises:
            GatewayError: SIGN_IN_REFUSED, the same whatever was wrong; LOCKED_OUT.
        """
        now = self.clock()
        kept = await self.database.read(lambda tx: people.find_login(tx, self.vault, login.strip().lower()))
        self._need_unlocked(kept, now)
        async with self._places:
            right = await asyncio.to_thread(is_password, password, kept.password if kept else "")
            newer = (
                await asyncio.to_thread(hashed, password) if right and kept and needs_new_hash(kept.password) else ""
            )
        if kept is None or not right or not kept.person.active:
            await self.database.write(lambda tx: self._failed(tx, kept, now))
            raise GatewayError(Reason.SIGN_IN_REFUSED)

        def begin(tx: Transaction) -> SignedIn:
            if newer:
                people.set_password(tx, kept.person.person_id, newer, now)
            return self._begin(tx, kept.person, now, "password")

        return await self.database.write(begin)

    async def give_code(self, present: Present, code: str) -> SignedIn:
        """Complete a session with the code of the second factor; it has another token from then on.

        Raises:
            GatewayError: SIGN_IN_REFUSED, LOCKED_OUT.
        """
        now = self.clock()

        def prove(tx: Transaction) -> SignedIn | None:
            kept = people.find(tx, self.vault, present.person.person_id)
            self._need_unlocked(kept, now)
            step = step_of_code(kept.factor, code, now, kept.factor_step) if kept and kept.factor else None
            if kept is None or step is None:
                self._failed(tx, kept, now)
                return None
            people.use_step(tx, kept.person.person_id, step)
            console_sessions.end(tx, present.token)
            return self._begin(tx, replace(kept.person, second_factor=False), now, "code")

        done = await self.database.write(prove)
        if done is None:
            raise GatewayError(Reason.SIGN_IN_REFUSED)
        return done

    async def make_link(self, purpose: str, person_id: str, by: str, good_for: timedelta = LINK_GOOD_FOR) -> str:
        """Return the token of a link that is good once."""
        now, token = self.clock(), self.secret()

        def keep(tx: Transaction) -> None:
            console_sessions.add_link(tx, token, Link(purpose, person_id), now + good_for)
            audit.note(tx, now, by, "console.link", person_id, detail=purpose)

        await self.database.write(keep)
        return token

    async def link(self, token: str) -> Link:
        """Return what a link is for, without using it up.

        Raises:
            GatewayError: LINK_OVER.
        """
        now = self.clock()
        found = await self.database.read(lambda tx: console_sessions.find_link(tx, token, now))
        if found is None:
            raise GatewayError(Reason.LINK_OVER)
        return found

    async def sign_in_by_link(self, token: str) -> SignedIn:
        """Begin a session for the person a sign-in link was made for, and use it up.

        Raises:
            GatewayError: LINK_OVER.
        """
        now = self.clock()

        def begin(tx: Transaction) -> SignedIn:
            link = console_sessions.find_link(tx, token, now)
            kept = people.find(tx, self.vault, link.person_id) if link and link.purpose == "sign_in" else None
            if kept is None or not kept.person.active or not console_sessions.use_link(tx, token, now):
                raise GatewayError(Reason.LINK_OVER)
            return self._begin(tx, replace(kept.person, second_factor=False), now, "link")

        return await self.database.write(begin)

    async def who(self, token: str, *, is_use: bool = True) -> Present | None:
        """Return whose session a token is; None when there is none, or it is over.

        Args:
            is_use: False for what a page does by itself, which keeps no session alive.
        """
        now = self.clock()

        def look(tx: Transaction) -> Present | None:
            session = console_sessions.find(tx, token, now, self.idle)
            kept = people.find(tx, self.vault, session.person_id) if session else None
            if session is None or kept is None or not kept.person.active:
                return None
            return Present(kept.person, session, token)

        present = await self.database.read(look)
        if present and is_use and now - present.session.seen_at >= NOTED_EVERY:
            await self.database.write(lambda tx: console_sessions.seen(tx, token, now))
        return present

    async def sign_out(self, present: Present) -> None:
        """End a session."""
        now = self.clock()

        def end(tx: Transaction) -> None:
            console_sessions.end(tx, present.token)
            audit.note(tx, now, f"person:{present.person.person_id}", "console.sign_out", present.session.session_id)

        await self.database.write(end)

    def _begin(self, tx: Transaction, person: Person, now: datetime, how: str) -> SignedIn:
        token, needs_code = self.secret(), person.second_factor
        ends_at = now + (HALF_OPEN_FOR if needs_code else self.longest)
        session = Session(self.new_id(), person.person_id, not needs_code, now, now, ends_at)
        console_sessions.forget_ended(tx, now)
        console_sessions.begin(tx, token, session)
        if not needs_code:
            people.count_failure(tx, person.person_id, 0, None)
            audit.note(tx, now, f"person:{person.person_id}", "console.sign_in", session.session_id, detail=how)
        return SignedIn(token, person, needs_code)

    def _failed(self, tx: Transaction, kept: Kept | None, now: datetime) -> None:
        if kept is None:
            audit.note(tx, now, "person:", "console.sign_in", "", outcome="refused")
            return
        person_id = kept.person.person_id
        again = people.find(tx, self.vault, person_id)  # two tries at once count twice
        failures = (again.failures if again else kept.failures) + 1
        until = now + LOCKED_FOR if failures % FAILURES == 0 else None
        people.count_failure(tx, person_id, failures, until)
        detail = "locked" if until else ""
        audit.note(tx, now, f"person:{person_id}", "console.sign_in", person_id, outcome="refused", detail=detail)

    @staticmethod
    def _need_unlocked(kept: Kept | None, now: datetime) -> None:
        if kept and kept.locked_until and now < kept.locked_until:
            minutes = ceil((kept.locked_until - now) / timedelta(minutes=1))
            raise GatewayError(Reason.LOCKED_OUT, minutes=minutes)
