"""Somebody proves who they are, and has a session from then on.

    sign in    1 find the account  2 prove the password, as long for nobody as for somebody  3 lock out or begin a session
    code       the second factor, where the account has one: until then the session opens nothing else
    link       a link that is good once: for the first account, a new password, or a sign-in made by the gateway itself
    provider   by an identity provider, see `by_provider`
    look       each request: whose session it is; over when idle, over after its longest time, over when revoked
    sign out   the session is gone

Each of these but looking is in the audit.  What was typed as a login is not: people type passwords there.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.flows.lockouts import LOCKED_FOR, Lockouts
from gateway.flows.people.password_checks import PasswordChecks
from gateway.store import audit, console_sessions, people
from gateway.store.console_sessions import LONGEST_LINK, Link, Session
from gateway.store.database import Database, Transaction
from gateway.store.people import Kept
from gateway.trust.one_time_codes import step_of_code
from gateway.trust.passwords import hashed, is_password, needs_new_hash
from gateway.trust.vault import Vault

FAILURES = 5
"""Wrong passwords or codes in a row, each within `LOCKED_FOR` of the one before, after which an account is locked."""
HALF_OPEN_FOR = timedelta(minutes=5)
"""How long a session may wait for its second factor."""
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used."""


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
    checks: PasswordChecks = field(default_factory=PasswordChecks)
    nobody: Lockouts = field(default_factory=Lockouts)
    """Logins that nobody has are locked like those somebody has, so that a lock does not tell which there are."""

    async def sign_in(self, login: str, password: str) -> SignedIn:
        """Begin a session for whoever knows the password.

        Raises:
            GatewayError: SIGN_IN_REFUSED, the same whatever was wrong; LOCKED_OUT; SIGN_IN_BUSY.
        """
        login = login.strip().lower()
        async with self.checks.place():
            # Looked up only now: of guesses that came at once, those behind the fifth find the account locked.
            now = self.clock()
            kept = await self.database.read(lambda tx: people.find_login(tx, self.vault, login))
            self._need_unlocked(kept, now, login)
            right = await asyncio.to_thread(is_password, password, kept.password if kept else "")
            if kept is None or not right or not kept.person.active:
                await self._wrong(login, kept, now)
                raise GatewayError(Reason.SIGN_IN_REFUSED)
            newer = await asyncio.to_thread(hashed, password) if needs_new_hash(kept.password) else ""

        def begin(tx: Transaction) -> SignedIn:
            again = people.find(tx, self.vault, kept.person.person_id)
            if again is None or not again.person.active or again.password != kept.password:
                raise GatewayError(Reason.SIGN_IN_REFUSED)  # changed while it was checked
            self._need_unlocked(again, now)
            if newer:
                people.set_password(tx, kept.person.person_id, newer, now)
            return self.begin(tx, again.person, now, "password")

        return await self.database.write(begin)

    async def give_code(self, present: Present, code: str) -> SignedIn:
        """Complete a session with the code of the second factor; it has another token from then on.

        Raises:
            GatewayError: SIGN_IN_REFUSED, LOCKED_OUT; SIGNED_OUT when the session is over.
        """
        now = self.clock()

        def prove(tx: Transaction) -> SignedIn | None:
            kept = people.find(tx, self.vault, present.person.person_id)
            if console_sessions.find(tx, present.token, now, self.idle) is None:
                raise GatewayError(Reason.SIGNED_OUT)  # ended meanwhile
            if not self.is_code(tx, kept, code, now) or kept is None:
                return None
            console_sessions.end(tx, present.token)
            whole = replace(kept.person, second_factor=False)
            return self.begin(tx, whole, now, "code", present.session.provider_session)

        done = await self.database.write(prove)
        if done is None:
            raise GatewayError(Reason.SIGN_IN_REFUSED)
        return done

    def is_code(self, tx: Transaction, kept: Kept | None, code: str, now: datetime) -> bool:
        """Use up the code of a second factor; False for a wrong one, which counts towards a lock.

        Raises:
            GatewayError: LOCKED_OUT.
        """
        self._need_unlocked(kept, now)
        step = step_of_code(kept.factor, code, now, kept.factor_step) if kept and kept.factor else None
        if kept is None or step is None:
            self._failed(tx, kept, now)
            return False
        people.use_step(tx, kept.person.person_id, step)
        return True

    async def make_link(
        self, purpose: str, person_id: str, by: str, need: Callable[[Transaction], None] = lambda _: None
    ) -> str:
        """Return the token of a link that is good once; an older one of that person for the same purpose is no longer.

        Args:
            need: asked in the transaction of the link; what it raises is raised, and there is no link.
        """
        now, token = self.clock(), self.secret()

        def keep(tx: Transaction) -> None:
            need(tx)
            console_sessions.void_links(tx, person_id, now, purpose)
            console_sessions.add_link(tx, token, Link(purpose, person_id), now + LONGEST_LINK)
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
            return self.begin(tx, replace(kept.person, second_factor=False), now, "link")

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
            with suppress(GatewayError):  # a full disk keeps nobody from looking; the session may end a little sooner
                await self.database.write(lambda tx: console_sessions.seen(tx, token, now))
        return present

    async def sign_out(self, present: Present) -> None:
        """End a session."""
        now = self.clock()

        def end(tx: Transaction) -> None:
            console_sessions.end(tx, present.token)
            audit.note(tx, now, f"person:{present.person.person_id}", "console.sign_out", present.session.session_id)

        await self.database.write(end)

    def begin(
        self, tx: Transaction, person: Person, now: datetime, how: str, provider_session: bytes | None = None
    ) -> SignedIn:
        """Begin a session for somebody who was proved to be who they are, and note it.

        Args:
            how: `password`, `code`, `link` or `provider`.
            provider_session: see `Session`.
        """
        token, needs_code = self.secret(), person.second_factor
        ends_at = now + (HALF_OPEN_FOR if needs_code else self.longest)
        session = Session(self.new_id(), person.person_id, not needs_code, now, now, ends_at, provider_session)
        console_sessions.forget_ended(tx, now)
        console_sessions.begin(tx, token, session)
        if not needs_code:
            people.count_failure(tx, person.person_id, 0, None)
            audit.note(tx, now, f"person:{person.person_id}", "console.sign_in", session.session_id, detail=how)
        return SignedIn(token, person, needs_code)

    async def _wrong(self, login: str, kept: Kept | None, now: datetime) -> None:
        if kept is None:
            self.nobody.wrong(_key(login), now)
        await self.database.write(lambda tx: self._failed(tx, kept, now))

    def _failed(self, tx: Transaction, kept: Kept | None, now: datetime) -> None:
        if kept is None:
            audit.note(tx, now, "person:", "console.sign_in", "", outcome="refused")
            return
        person_id = kept.person.person_id
        again = people.find(tx, self.vault, person_id) or kept  # two tries at once count twice
        counts = again.failed_at is not None and timedelta() <= now - again.failed_at < LOCKED_FOR
        failures = again.failures + 1 if counts else 1
        # One that was under way when the account was locked does not open it.
        locked = again.locked_until if again.locked_until and again.locked_until > now else None
        until = now + LOCKED_FOR if failures % FAILURES == 0 else locked
        people.count_failure(tx, person_id, failures, until, now)
        detail = "locked" if until else ""
        audit.note(tx, now, f"person:{person_id}", "console.sign_in", person_id, outcome="refused", detail=detail)

    def _need_unlocked(self, kept: Kept | None, now: datetime, login: str = "") -> None:
        if kept:
            until = kept.locked_until
            left = (until - now).total_seconds() if until and now < until <= now + LOCKED_FOR else 0
        else:
            left = self.nobody.seconds_left(_key(login), now)
        if left > 0:
            raise GatewayError(Reason.LOCKED_OUT, minutes=ceil(left / 60))


def _key(login: str) -> str:
    # Not as it was typed: people type passwords there.
    return hashlib.sha256(login.encode("utf-8", "surrogatepass")).hexdigest()
