"""Calls to an identity provider: bounded in time and size, over TLS, to the named host and no other.

    bound                                value            at the bound
    one call, connecting included        half of deadline PROVIDER_AWAY, timeout
    connecting                           3 s              PROVIDER_AWAY, timeout
    one answer                           256 KiB          PROVIDER_ODD, size
    calls at once                        8                the others wait, within the deadline of who asks
    a redirect, a compressed answer      none             PROVIDER_ODD

Nothing of an answer is quoted in an error: it may hold a secret.
"""

import asyncio
import json
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import Finding
from gateway.settings.oidc import OidcSettings
from gateway.trust.secret_files import read_secret

LARGEST_ANSWER = 256 * 1024
CONNECTING = 3.0
"""Seconds."""
CALLS_AT_ONCE = 8
_JSON = ("application/json", "application/jwk-set+json")


class ProviderCalls:
    """Calls one provider; each call has a connection of its own, for sign-ins are rare.

    Args:
        authority: who issued the provider's certificate, where it is none this machine trusts anyway.
        seconds: bound of one call.

    Raises:
        OSError: `authority` cannot be read; ssl.SSLError: it holds no certificate.
    """

    def __init__(self, authority: Path | None, seconds: float) -> None:
        self._tls = ssl.create_default_context(cafile=str(authority) if authority else None)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._places = asyncio.Semaphore(CALLS_AT_ONCE)
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECTING)

    async def read(self, url: str, what: str) -> object:
        """Return the JSON at an address.

        Args:
            what: names it in errors.

        Raises:
            GatewayError: PROVIDER_AWAY, PROVIDER_ODD.
        """
        status, told = await self._call("GET", url, what, {}, None)
        if status != 200:
            raise odd(f"{what}.status")
        return told

    async def send(
        self, url: str, what: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, object]:
        """Send a form; return status and JSON of the answer, whatever the status says.

        Raises:
            GatewayError: PROVIDER_AWAY, PROVIDER_ODD.
        """
        return await self._call("POST", url, what, headers, fields)

    async def _call(
        self, method: str, url: str, what: str, headers: Mapping[str, str], fields: Mapping[str, str] | None
    ) -> tuple[int, object]:
        try:
            async with self._places, self._session() as session:
                call = session.request(method, url, data=fields, headers=headers, allow_redirects=False)
                async with call as answer:
                    if answer.status >= 500 or answer.status == 429:
                        raise away(f"{what}.status")
                    if 300 <= answer.status < 400:
                        raise odd(f"{what}.redirect")
                    if answer.content_type not in _JSON or "Content-Encoding" in answer.headers:
                        raise odd(f"{what}.type")
                    return answer.status, _json(await _bounded(answer, what), what)
        except TimeoutError:
            raise away("timeout") from None
        except aiohttp.ClientSSLError:
            raise away("tls") from None
        except aiohttp.ClientConnectionError:
            raise away("connection") from None
        except (aiohttp.ClientError, ValueError):
            raise odd(f"{what}.http") from None

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": _JSON[0], "Accept-Encoding": "identity"},
            timeout=self._timeout,
            trust_env=False,
            auto_decompress=False,
        )


def read_client_secret(file: Path) -> str:
    """Return the secret by which the provider knows this console.

    Raises:
        GatewayError: KEY_FILE_MISSING, KEY_FILE_OPEN, CONFIGURATION.
    """
    return read_secret(file, f"install -m 600 /dev/null {file}").decode("utf-8", errors="replace").strip()


def oidc_files(settings: OidcSettings) -> Iterator[Finding]:
    """Yield what is wrong with the authority's certificate and with the secret.

    Raises:
        GatewayError: KEY_FILE_MISSING, KEY_FILE_OPEN, CONFIGURATION, after everything else was yielded.
    """
    if settings.authority:
        try:
            ssl.create_default_context(cafile=str(settings.authority))
        except (OSError, ssl.SSLError):
            problem = Text("不存在或不是可用的证书", "it is missing or no usable certificate")
            fix = Text("改正 console.oidc.authority", "correct console.oidc.authority")
            yield Finding(str(settings.authority), 0, "", problem, fix)
    if settings.client_secret_file and not read_client_secret(settings.client_secret_file):
        problem = Text("文件里没有密钥", "there is no secret in the file")
        fix = Text("写入认证平台发的 client secret", "put the client secret of the provider into it")
        yield Finding(str(settings.client_secret_file), 0, "", problem, fix)


def away(why: str) -> GatewayError:
    """Return the error for a provider that does not answer."""
    return GatewayError(Reason.PROVIDER_AWAY, why=why)


def odd(why: str) -> GatewayError:
    """Return the error for an answer that is none."""
    return GatewayError(Reason.PROVIDER_ODD, why=why)


async def _bounded(answer: aiohttp.ClientResponse, what: str) -> bytes:
    whole = bytearray()
    async for piece in answer.content.iter_chunked(64 * 1024):
        whole += piece
        if len(whole) > LARGEST_ANSWER:
            raise odd(f"{what}.size")
    return bytes(whole)


def _json(raw: bytes, what: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise odd(f"{what}.json") from None
