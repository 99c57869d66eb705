"""A small identity provider on loopback over TLS: OpenID Connect with the authorisation code and PKCE, and how it may lie.

It does what the standards say: a page to sign in, single sign-on by a cookie of its own, codes that are good once and for one
client, address and verifier, keys that rotate, sign-out.  A lie is set by whoever tests what is made of it.
"""

import asyncio
import hashlib
import json
import ssl
import warnings
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.trust import base64url
from gateway.trust.id_tokens import LOGOUT_EVENT
from gateway.trust.tls import issue, new_authority
from tests.certificates import wall_clock

CLIENT, SECRET = "tongban:500114", "s3cr:et/+ 与%"
REALM = "/realms/staff"


@dataclass
class ProviderKey:
    """A key the provider signs with."""

    kid: str
    private: Any
    algorithm: str

    @property
    def jwk(self) -> dict[str, Any]:
        """What the provider publishes of it."""
        kind: Any = jwt.get_algorithm_by_name(self.algorithm)
        return dict(kind.to_jwk(self.private.public_key(), as_dict=True)) | {
            "kid": self.kid,
            "use": "sig",
            "alg": self.algorithm,
        }


def a_p256_key(kid: str) -> ProviderKey:
    """A fresh key for ES256."""
    return ProviderKey(kid, ec.generate_private_key(ec.SECP256R1()), "ES256")


def an_rsa_key(kid: str, bits: int = 2048, algorithm: str = "RS256") -> ProviderKey:
    """A fresh RSA key."""
    return ProviderKey(kid, rsa.generate_private_key(65537, bits), algorithm)


@dataclass
class Grant:
    """What a code stands for."""

    asked: dict[str, str]
    login: str
    sid: str
    used: bool = False


@dataclass
class Lies:
    """What the provider does otherwise than it should.

    Attributes:
        claims: changes of an id token; None takes a claim away.
        header: changes of its header.
        key: signs it instead.
        token: answered instead of a token, as it is.
        answers: status, type and body instead of those at an address' last part.
        stuck: last parts of addresses that are never answered.
        back: changes of what comes back with the browser.
        discovery: changes of what the provider says about itself.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: ProviderKey | None = None
    token: str | None = None
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    back: dict[str, str | None] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)


@dataclass
class IdentityProvider:
    """One provider with its people.

    Attributes:
        people: what is claimed about whom, by login; `sub` included.
        asked: how often each address was asked, by its last part.
        tokens: every id token it gave.
        refused: what it refused, and why.
    """

    clock: Callable[[], datetime]
    url: str = ""
    returns: set[str] = field(default_factory=set)
    secret: str | None = SECRET
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: list[ProviderKey] = field(default_factory=lambda: [a_p256_key("k1")])
    lies: Lies = field(default_factory=Lies)
    asked: Counter[str] = field(default_factory=Counter)
    grants: dict[str, Grant] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    way_in: dict[str, str] = field(default_factory=dict)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def issuer(self) -> str:
        """As it stands in `iss`."""
        return self.url + REALM

    def app(self) -> web.Application:
        """The provider's pages and endpoints."""
        app = web.Application(middlewares=[self._lying])
        app.router.add_get(REALM + "/.well-known/openid-configuration", self._discovery)
        app.router.add_get(REALM + "/keys", self._keys)
        app.router.add_get(REALM + "/authorize", self._authorize)
        app.router.add_post(REALM + "/authorize", self._sign_in)
        app.router.add_post(REALM + "/token", self._token)
        app.router.add_get(REALM + "/logout", self._logout)
        return app

    def signed(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """A token of the newest key."""
        key = self.lies.key or self.keys[-1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a weak key is one of the lies
            return jwt.PyJWS().encode(
                json.dumps(claims).encode(), key.private, key.algorithm, headers={"kid": key.kid} | (header or {})
            )

    def logout_token(self, **changes: Any) -> str:
        """A notice that somebody signed out."""
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": f"logout-{next(self._numbers)}",
            "events": {LOGOUT_EVENT: {}},
        } | changes
        return self.signed({name: value for name, value in claims.items() if value is not None}, {"typ": "logout+jwt"})

    @web.middleware
    async def _lying(self, request: web.Request, handler: Any) -> web.StreamResponse:
        part = request.path.rsplit("/", 1)[-1]
        self.asked[part] += 1
        if part in self.lies.stuck:
            await self.ending.wait()
        if part in self.lies.answers:
            status, kind, body = self.lies.answers[part]
            headers = {"Location": f"{self.url}{request.path}"} if 300 <= status < 400 else {}
            return web.Response(status=status, body=body, content_type=kind, headers=headers)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _discovery(self, _: web.Request) -> web.Response:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/keys",
            "end_session_endpoint": self.issuer + "/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
        } | self.lies.discovery
        return web.json_response({name: value for name, value in said.items() if value is not None})

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [key.jwk for key in self.keys]})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = self.way_in = dict(request.query)
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") not in self.returns:
            self.refused.append("redirect_uri")
            return web.Response(status=400, text="unknown client or address")
        wrong = asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split()
        if wrong or asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
            self.refused.append("request")
            return self._back(asked, {"error": "invalid_request"})
        sid = request.cookies.get("sso", "")
        if sid in self.sessions:
            return self._granted(asked, self.sessions[sid], sid)
        return self._page(asked)

    def _page(self, asked: dict[str, str]) -> web.Response:
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
        )
        form = (
            f'<form method="post">{hidden}<label>login <input id="login" name="login"></label>'
            '<button>sign in</button><button name="deny" value="yes">no</button></form>'
        )
        return web.Response(
            text=f'<!doctype html><link rel="icon" href="data:,"><title>sign in</title>{form}', content_type="text/html"
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        login, deny = fields.pop("login", ""), fields.pop("deny", "")
        if deny or login not in self.people:
            return self._back(fields, {"error": "access_denied", "error_description": "<script>alert(1)</script>"})
        sid = f"sid-{next(self._numbers)}"
        self.sessions[sid] = login
        answer = self._granted(fields, login, sid)
        answer.set_cookie("sso", sid, httponly=True, secure=True, samesite="Lax")
        return answer

    def _granted(self, asked: dict[str, str], login: str, sid: str) -> web.Response:
        code = f"code-{next(self._numbers)}-{'x' * 20}"
        self.grants[code] = Grant(asked, login, sid)
        return self._back(asked, {"code": code})

    def _back(self, asked: dict[str, str], answer: dict[str, str]) -> web.Response:
        said: dict[str, str | None] = {**answer, "state": asked["state"], "iss": self.issuer, **self.lies.back}
        fields = {name: value for name, value in said.items() if value is not None}
        return web.Response(status=303, headers={"Location": f"{asked['redirect_uri']}?{urlencode(fields)}"})

    async def _token(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        if not self._is_our_client(request, fields):
            self.refused.append("invalid_client")
            return web.json_response({"error": "invalid_client"}, status=401)
        grant = self.grants.get(fields.get("code", ""))
        challenge = base64url.encode(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        if (
            grant is None
            or grant.used
            or fields.get("grant_type") != "authorization_code"
            or grant.asked["redirect_uri"] != fields.get("redirect_uri")
            or grant.asked["code_challenge"] != challenge
        ):
            self.refused.append("invalid_grant")
            return web.json_response({"error": "invalid_grant"}, status=400)
        grant.used = True
        return web.json_response(
            {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": self._id_token(grant)},
            headers={"Cache-Control": "no-store"},
        )

    def _is_our_client(self, request: web.Request, fields: dict[str, str]) -> bool:
        if self.secret is None:
            return fields.get("client_id") == CLIENT and "Authorization" not in request.headers
        if self.lies.discovery.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (fields.get("client_id"), fields.get("client_secret")) == (CLIENT, self.secret)
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        client, _, secret = b64decode(pair).decode().partition(":")
        return kind == "Basic" and (unquote_plus(client), unquote_plus(secret)) == (CLIENT, self.secret)

    def _id_token(self, grant: Grant) -> str:
        now = int(self.clock().timestamp())
        digest = hashlib.sha256(b"opaque").digest()
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": grant.asked["nonce"],
            "sid": grant.sid,
            "at_hash": base64url.encode(digest[:16]),
            **self.people[grant.login],
            **self.lies.claims,
        }
        if self.lies.token is not None:
            return self.lies.token
        token = self.signed({name: value for name, value in claims.items() if value is not None}, self.lies.header)
        self.tokens.append(token)
        return token

    async def _logout(self, request: web.Request) -> web.Response:
        self.sessions.pop(request.cookies.get("sso", ""), None)
        back = request.query.get("post_logout_redirect_uri", "")
        if back.rsplit("/", 1)[0] + "/sign-in/provider/done" in self.returns:
            return web.Response(status=303, headers={"Location": back})
        return web.Response(text="signed out")


def certificate_for(host: str, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make what a server at a host needs, in a folder of its own; return it with the file of who issued it."""
    authority = new_authority("422800", host, wall_clock(), 30)
    certified = issue(authority, "422800", (host,), wall_clock(), 30)
    folder.mkdir(parents=True, exist_ok=True)
    issuer_file, pair = folder / "authority.crt", (folder / "server.crt", folder / "server.key")
    issuer_file.write_bytes(authority.certificate_pem)
    for file, content in zip(pair, (certified.certificate_pem, certified.private_pem), strict=True):
        file.write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context, issuer_file


@asynccontextmanager
async def an_identity_provider(
    clock: Callable[[], datetime], folder: Path
) -> AsyncIterator[tuple[IdentityProvider, Path]]:
    """Run a provider at https://localhost; yield it with the file of who issued its certificate."""
    context, issuer_file = certificate_for("localhost", folder)
    provider = IdentityProvider(clock)
    runner = web.AppRunner(provider.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    provider.url = f"https://localhost:{runner.addresses[0][1]}"
    try:
        yield provider, issuer_file
    finally:
        provider.ending.set()
        await runner.cleanup()
