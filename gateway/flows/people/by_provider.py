"""Somebody proves who they are at an identity provider, and has a session here (OpenID Connect, authorisation code, PKCE).

    begin    1 make state, nonce and verifier  2 seal them for this browser  3 ask the provider where to send it
    finish   1 open what this browser was given  2 the state is its own, within ten minutes  3 once only  4 the provider did
             not refuse  5 its code becomes an identity that is believed  6 find the account, or bind it by a one-time link
             7 ask for our second factor unless theirs is trusted  8 begin a session
    told     the provider says that somebody signed out there: what began by it ends here

Nothing is kept here of a sign-in that did not come back: it lies sealed in the browser that began it, so that nobody can fill
our store, go on with somebody else's sign-in, or have somebody finish theirs (state, nonce and PKCE of RFC 9700 §2.1 and §4.7).

Leaves to others: speaking with the provider (`Provider`, which `console.oidc_provider` is), cookies and pages.
"""

import hmac
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.case.texts import Text
from gateway.flows.people.identities import PURPOSE, Identities
from gateway.flows.people.signing_in import SignedIn, SigningIn
from gateway.store import audit, console_sessions, people, provider_sessions
from gateway.store.database import Database, Transaction
from gateway.store.people import Kept
from gateway.trust import base64url
from gateway.trust.id_tokens import Identity, SignedOutThere
from gateway.trust.vault import Vault

GOOD_FOR = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_PLACE = b"console|sign-in under way"
REFUSALS = frozenset(
    (
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    )
)
"""What a provider says when it does not sign somebody in (RFC 6749 §4.1.2.1, Core §3.1.2.6); other words are not repeated."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with the browser; all of it may be anybody's."""

    state: str
    code: str
    issuer: str
    error: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way.

    Attributes:
        to: the address here it leads to.
        lang: of the pages; the browser does not say it when it comes from elsewhere.
        link: token of the one-time link that is to bind the identity; empty for none.
        began: seconds since 1970.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    to: str
    lang: str
    link: str = field(repr=False)
    began: float


class Provider(Protocol):
    """The identity provider.  Every call may raise PROVIDER_AWAY and PROVIDER_ODD."""

    @property
    def label(self) -> Text:
        """What it is called."""
        ...

    async def way_in(self, attempt: Attempt) -> str:
        """Return the address at the provider where somebody signs in."""
        ...

    async def identity(self, attempt: Attempt, answer: Answer) -> Identity:
        """Return who signed in there; PROVIDER_REFUSED for a code it does not take."""
        ...

    async def way_out(self) -> str:
        """Return the address where somebody signs out there; empty where there is none."""
        ...

    async def signed_out_there(self, token: str) -> SignedOutThere:
        """Return who signed out there."""
        ...


@dataclass(frozen=True, slots=True)
class ByProvider:
    """The flows, bound to one gateway and one provider.

    Attributes:
        trusted_acr, trusted_amr: what stands for a second factor.
        need_login: whether a link binds only an identity with the account's login.
    """

    provider: Provider
    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    secret: Callable[[], str]
    signing_in: SigningIn
    identities: Identities
    trusted_acr: Collection[str] = ()
    trusted_amr: Collection[str] = ()
    need_login: bool = False

    async def begin(self, to: str, lang: str, link: str = "") -> tuple[str, str]:
        """Return where to send a browser, and what it is to bring back.

        Raises:
            GatewayError: PROVIDER_AWAY, PROVIDER_ODD.
        """
        attempt = Attempt(self.secret(), self.secret(), self.secret(), to[:1000], lang, link, self.clock().timestamp())
        sealed = self.vault.seal(json.dumps(asdict(attempt)).encode(), _PLACE)
        return await self.provider.way_in(attempt), base64url.encode(sealed)

    def under_way(self, sealed: str, state: str) -> Attempt:
        """Return the sign-in that a browser began, if it is this one and not over.

        Raises:
            GatewayError: PROVIDER_ATTEMPT_OVER.
        """
        try:
            attempt = Attempt(**json.loads(self.vault.open(base64url.decode(sealed), _PLACE)))
        except (GatewayError, ValueError, TypeError):
            raise GatewayError(Reason.PROVIDER_ATTEMPT_OVER) from None
        age = self.clock().timestamp() - attempt.began
        is_this = hmac.compare_digest(attempt.state.encode(), state.encode(errors="replace"))
        if not is_this or not 0 <= age <= GOOD_FOR.total_seconds():
            raise GatewayError(Reason.PROVIDER_ATTEMPT_OVER)
        return attempt

    async def finish(self, attempt: Attempt, answer: Answer) -> SignedIn:
        """Begin a session for whoever the provider says signed in.

        Raises:
            GatewayError: PROVIDER_ATTEMPT_OVER, PROVIDER_REFUSED, PROVIDER_AWAY, PROVIDER_ODD, PROVIDER_NOT_LINKED, LINK_OVER,
                PROVIDER_OTHER_LOGIN, PROVIDER_LINKED_ELSEWHERE.
        """
        now = self.clock()
        if not await self.database.write(
            lambda tx: provider_sessions.use_once(tx, f"state|{attempt.state}", now, now + GOOD_FOR)
        ):
            raise GatewayError(Reason.PROVIDER_ATTEMPT_OVER)
        try:
            if answer.error:
                why = answer.error if answer.error in REFUSALS else "error"
                raise GatewayError(Reason.PROVIDER_REFUSED, why=why)
            identity = await self.provider.identity(attempt, answer)
            return await self.database.write(lambda tx: self._begun(tx, identity, attempt.link))
        except GatewayError as error:
            await self._note_refused(error)
            raise

    async def told_of_sign_out(self, token: str) -> int:
        """End what began by a session that ended at the provider; return how many ended.  Telling it twice ends nothing more.

        Raises:
            GatewayError: PROVIDER_AWAY, PROVIDER_ODD.
        """
        told = await self.provider.signed_out_there(token)

        def end(tx: Transaction) -> int:
            now = self.clock()
            if not provider_sessions.use_once(tx, f"logout|{told.mark}", now, told.until):
                return 0
            kept = people.find_subject(tx, self.vault, self.identities.kept(told.subject)) if told.subject else None
            person_id = kept.person.person_id if kept else ""
            if told.subject and not person_id:
                return 0
            if told.session:
                ended = provider_sessions.end_of_session(tx, self.identities.kept_session(told.session), person_id)
            else:
                ended = provider_sessions.end_of_person(tx, person_id)
            audit.note(tx, now, "provider:", "console.session_ended", person_id, detail=f"{ended} by the provider")
            return ended

        return await self.database.write(end)

    def _begun(self, tx: Transaction, identity: Identity, link: str) -> SignedIn:
        now = self.clock()
        person = self._bound(tx, identity, link, now) if link else self._linked(tx, identity)
        if self._is_strong(identity):
            person = replace(person, second_factor=False)
        return self.signing_in.begin(tx, person, now, "provider", self.identities.kept_session(identity.session))

    def _linked(self, tx: Transaction, identity: Identity) -> Person:
        kept = people.find_subject(tx, self.vault, self.identities.kept(identity.subject))
        if kept is None or not kept.person.active:
            raise GatewayError(Reason.PROVIDER_NOT_LINKED)
        return kept.person

    def _bound(self, tx: Transaction, identity: Identity, token: str, now: datetime) -> Person:
        """Bind an identity to the account a one-time link is for, and use the link up."""
        link = console_sessions.find_link(tx, token, now)
        kept: Kept | None = people.find(tx, self.vault, link.person_id) if link and link.purpose == PURPOSE else None
        if kept is None or not kept.person.active:
            raise GatewayError(Reason.LINK_OVER)
        if self.need_login and identity.login.lower() != kept.person.login:
            raise GatewayError(Reason.PROVIDER_OTHER_LOGIN)
        person_id = kept.person.person_id
        self.identities.bind(tx, person_id, identity.subject, f"person:{person_id}", "link")
        console_sessions.use_link(tx, token, now)
        return kept.person

    def _is_strong(self, identity: Identity) -> bool:
        return identity.acr in self.trusted_acr or bool(identity.amr & frozenset(self.trusted_amr))

    async def _note_refused(self, error: GatewayError) -> None:
        detail = f"provider {error.reason.value} {error.facts.get('why', '')}".strip()
        now = self.clock()
        await self.database.write(
            lambda tx: audit.note(tx, now, "person:", "console.sign_in", "", outcome="refused", detail=detail)
        )
