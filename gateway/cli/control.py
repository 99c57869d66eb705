"""Speaking to the running gateway: HTTP over the Unix socket in its data folder.

Whoever may open the socket (mode 0600) is an operator; no key is needed.  Guarantees that every call has an
end in time and that a gateway that is not running is told as such.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang, Text
from gateway.cli.speech import Refused

CALL_SECONDS = 60.0
SILENCE_SECONDS = 60.0
"""How long an upload may stand still."""

SYSTEM_HEADER = "Tongban-System"
"""Names the local system an operator acts for; `gateway.app.local_door` reads it."""

BY_HEADER = "Tongban-By"
"""Names the account that asks; `gateway.local.retention_routes` reads it."""

_BASE = "http://gateway"
_CHUNK = 1024 * 1024
_MOST_PROBLEM_BYTES = 1024 * 1024


class Control:
    """A conversation with the running gateway.  Every call raises CONSOLE_OFF or `Refused`."""

    def __init__(self, session: aiohttp.ClientSession, headers: Mapping[str, str]) -> None:
        self._session = session
        self._headers = headers

    async def get(
        self, path: str, query: Mapping[str, str | int] | None = None, *, also: frozenset[int] = frozenset()
    ) -> Any:
        """Return the JSON at `path`.

        Args:
            also: statuses from 400 on that are answers here and not refusals.
        """
        return await self._call("GET", path, also=also, params=query)

    async def post(self, path: str, body: bytes, *, idempotency_key: str = "", by: str = "") -> Any:
        """Post a JSON text as it is and return the JSON answer.

        Args:
            by: the account that asks, for acts whose body does not name it.
        """
        headers = {"Content-Type": "application/json"}
        headers |= {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        headers |= {BY_HEADER: by} if by else {}
        return await self._call("POST", path, data=body, headers=headers)

    async def upload(self, file: Path) -> str:
        """Hand a material over and return its SHA-256 in lower-case hexadecimal."""
        digest, size = digest_of(file), size_of(file)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        patience = aiohttp.ClientTimeout(total=None, sock_read=SILENCE_SECONDS, sock_connect=CALL_SECONDS)
        await self._call("PUT", f"/v1/materials/{digest}", data=_chunks(file), headers=headers, timeout=patience)
        return digest

    async def _call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        also: frozenset[int] = frozenset(),
        **rest: Any,
    ) -> Any:
        try:
            async with self._session.request(
                method, _BASE + path, headers={**self._headers, **(headers or {})}, **rest
            ) as answer:
                if answer.status >= 400 and answer.status not in also:
                    raise Refused(await _problem(answer))
                if answer.status == 204 or answer.content_type != "application/json":
                    return None
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _off(error) from error


@asynccontextmanager
async def speak_to(control_socket: Path, lang: Lang, *, system: str = "") -> AsyncIterator[Control]:
    """Open a conversation over `control_socket`.

    Args:
        system: the local system to act for; empty for the operator.
    """
    headers = {"Accept-Language": lang.value, **({SYSTEM_HEADER: system} if system else {})}
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(control_socket)),
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
    ) as session:
        yield Control(session, headers)


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size_of(file: Path) -> int:
    """Return the size of a file in bytes."""
    return file.stat().st_size


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    # One command, one upload: nothing else runs on this loop that a read from disk could hold up.
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


async def _problem(answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
    raw = await answer.content.read(_MOST_PROBLEM_BYTES)
    if answer.content_type == "application/problem+json":
        try:
            return cast(Mapping[str, Any], json.loads(raw))
        except ValueError:
            pass
    return {"status": answer.status, "title": f"HTTP {answer.status} {answer.reason}"}


def _off(error: BaseException) -> GatewayError:
    cause = error.__cause__ or error
    if isinstance(error, TimeoutError):
        detail: Text | str = Text(f"{CALL_SECONDS:.0f} 秒内没有回答", f"no answer within {CALL_SECONDS:.0f} s")
    elif isinstance(cause, FileNotFoundError | ConnectionRefusedError):
        detail = Text("没有进程在应答", "nothing answers")
    elif isinstance(cause, PermissionError):
        detail = Text("无权打开控制套接字, 请用运行网关的用户", "no right to its socket; use the account it runs under")
    else:
        detail = type(cause).__name__
    return GatewayError(Reason.CONSOLE_OFF, detail=detail)
