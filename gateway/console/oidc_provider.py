"""An identity provider over OpenID Connect Core 1.0: where to sign in, and what a code that comes back proves.

    way in     authorization endpoint ? response_type=code, state, nonce, code_challenge (S256, RFC 7636), redirect_uri …
    identity   1 its answer names itself (RFC 9207)  2 code and verifier for an id token, with our own credentials
               3 the token is believed (`trust.id_tokens`), with its keys of now

What it says about itself and its keys are kept for an hour.  A token that no kept key proves has the keys read again, at most
once in ten seconds; a provider that did not answer is asked again after five seconds.  Whatever
somebody waits for ends within `console.oidc.deadline`.

Leaves to others: whose account it is (`flows.people.by_provider`), single calls (`oidc_http`).
"""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote_plus, urlencode

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.oidc_http import ProviderCalls, away, odd, read_client_secret
from gateway.console.oidc_metadata import Metadata, discovery_url, metadata_of
from gateway.flows.people.by_provider import Answer, Attempt
from gateway.settings.oidc import OidcSettings
from gateway.trust import base64url
from gateway.trust.id_tokens import (
    Believed,
    Distrusted,
    Identity,
    Jwk,
    SignedOutThere,
    identity_of,
    keys_of,
    signed_out_there,
)

T = TypeVar("T")
DONE = "/sign-in/provider/done"
"""Where people come back to, appended to `console.oidc.return_to`."""
KEPT_FOR = 3600.0
READ_AGAIN_AFTER = 10.0
ASKED_AGAIN_AFTER = 5.0
LONGEST_CODE = 4096
REFUSED_CODES = frozenset({"invalid_grant", "access_denied", "invalid_request"})


class OidcProvider:
    """One provider, as `console.oidc` names it.

    Args:
        clock: aware UTC; tokens are judged by it.
        monotonic: seconds; what is kept grows old by it.
    """

    def __init__(
        self,
        settings: OidcSettings,
        calls: ProviderCalls,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._clock = clock
        self._monotonic = monotonic
        self._reading = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, tuple[Jwk, ...]] | None = None
        self._failed: tuple[float, GatewayError] | None = None

    @property
    def label(self) -> Text:
        """See `Provider`."""
        return self._settings.label

    async def way_in(self, attempt: Attempt) -> str:
        """See `Provider`."""
        said = await self._within(self._about())
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.return_to + DONE,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge_of(attempt.verifier),
            "code_challenge_method": "S256",
            "ui_locales": "en zh-CN" if attempt.lang == "en" else "zh-CN en",
        }
        if self._settings.trusted_acr:
            asked["acr_values"] = " ".join(self._settings.trusted_acr)
        if self._settings.max_age:
            asked["max_age"] = str(int(self._settings.max_age.total_seconds()))
        return _with(said.authorization, asked)

    async def identity(self, attempt: Attempt, answer: Answer) -> Identity:
        """See `Provider`."""
        return await self._within(self._identity(attempt, answer))

    async def way_out(self) -> str:
        """See `Provider`."""
        said = await self._within(self._about())
        if not self._settings.sign_out or not said.way_out:
            return ""
        # No id_token_hint: a token about somebody does not belong into an address.
        back = f"{self._settings.return_to}/sign-in"
        return _with(said.way_out, {"client_id": self._settings.client_id, "post_logout_redirect_uri": back})

    async def signed_out_there(self, token: str) -> SignedOutThere:
        """See `Provider`."""
        return await self._within(self._believed(lambda now: signed_out_there(token, now)))

    async def _identity(self, attempt: Attempt, answer: Answer) -> Identity:
        said = await self._about()
        if answer.issuer != self._settings.issuer and (answer.issuer or said.names_itself):
            raise odd("answer.iss")
        if not 1 <= len(answer.code) <= LONGEST_CODE:
            raise odd("answer.code")
        token, access_token = await self._exchanged(said, attempt, answer.code)
        return await self._believed(
            lambda now: identity_of(
                token,
                now,
                nonce=attempt.nonce,
                access_token=access_token,
                max_age=self._settings.max_age,
                login_claim=self._settings.login_claim,
            )
        )

    async def _exchanged(self, said: Metadata, attempt: Attempt, code: str) -> tuple[str, str]:
        """Return the id token and the access token that the provider gives for a code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.return_to + DONE,
            "code_verifier": attempt.verifier,
        }
        headers = self._credentials(said, fields)
        status, told = await self._calls.send(said.token, "token", fields, headers)
        if not isinstance(told, dict):
            raise odd("token.json")
        if status != 200:
            error = told.get("error")
            if status == 400 and error in REFUSED_CODES:
                raise GatewayError(Reason.PROVIDER_REFUSED, why=error)
            raise odd("token.invalid_client" if error in ("invalid_client", "unauthorized_client") else "token.status")
        token, access_token = told.get("id_token"), told.get("access_token", "")
        if not isinstance(token, str) or not isinstance(access_token, str):
            raise odd("token.id_token")
        return token, access_token

    def _credentials(self, said: Metadata, fields: dict[str, str]) -> Mapping[str, str]:
        """Prove who we are: the secret in a header, or in the form where the provider takes it there only (RFC 6749 §2.3.1)."""
        file, client = self._settings.client_secret_file, self._settings.client_id
        if file is None:
            fields["client_id"] = client
            return {}
        secret = read_client_secret(file)
        if said.secret_in_body:
            fields |= {"client_id": client, "client_secret": secret}
            return {}
        pair = f"{quote_plus(client)}:{quote_plus(secret)}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    async def _believed(self, believe: Callable[[Believed], T]) -> T:
        """Return what a token proves, by the keys that are kept or else by those of now."""
        keys = await self._keys_now(KEPT_FOR)
        try:
            return believe(self._believed_by(keys))
        except Distrusted as first:
            if first.what not in ("token.kid", "token.signature"):
                raise odd(first.what) from None
        newer = await self._keys_now(READ_AGAIN_AFTER)
        try:
            return believe(self._believed_by(newer))
        except Distrusted as second:
            raise odd(second.what) from None

    def _believed_by(self, keys: tuple[Jwk, ...]) -> Believed:
        settings = self._settings
        return Believed(settings.issuer, settings.client_id, settings.algorithms, keys, self._clock())

    async def _about(self) -> Metadata:
        async with self._reading:
            kept = self._metadata
            if kept is None or self._monotonic() - kept[0] >= KEPT_FOR:
                issuer = self._settings.issuer
                document = await self._read(discovery_url(issuer), "discovery")
                kept = self._metadata = (self._monotonic(), metadata_of(document, issuer, self._settings.hosts))
            return kept[1]

    async def _keys_now(self, at_most: float) -> tuple[Jwk, ...]:
        """Return the provider's keys, read within the last `at_most` seconds."""
        said = await self._about()
        async with self._reading:
            kept = self._keys
            if kept is None or self._monotonic() - kept[0] >= at_most:
                try:
                    keys = keys_of(await self._read(said.keys, "keys"))
                except Distrusted:
                    raise odd("keys.json") from None
                kept = self._keys = (self._monotonic(), keys)
            return kept[1]

    async def _read(self, url: str, what: str) -> object:
        if self._failed and self._monotonic() - self._failed[0] < ASKED_AGAIN_AFTER:
            raise GatewayError(self._failed[1].reason, why=self._failed[1].facts.get("why", ""))
        try:
            return await self._calls.read(url, what)
        except GatewayError as error:
            self._failed = (self._monotonic(), error)
            raise

    async def _within(self, asked: Coroutine[object, object, T]) -> T:
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                return await asked
        except TimeoutError:
            raise away("timeout") from None


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())


def _with(url: str, fields: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
