"""A licence platform over HTTP, in the shape of GB/T 36906: `queryCertInfo`, and `verify` where that told no state.

    POST {endpoint}/queryCertInfo   {"head": {"accessId", "accessToken"}, "data": {"identifier", "useCause"}}
    POST {endpoint}/{list_call}     {"head": {…}, "data": {"holderCode", "type", "useCause"}}, where a platform offers it

Guarantees: nothing of the applicant is sent to verify, and the number of the certificate alone to look licences up; neither it
nor the identifier or the token stands in an address or in a log; no redirect is followed, so the token goes to the named host alone; an answer is at most 1 MiB; a call that may be repeated is,
within the deadline of whoever asks; everything else is `LicenceSourceDown` with a word for staff.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from gateway.case.errors import GatewayError
from gateway.case.licence_verdicts import LicenceAnswer, LicenceState, Why
from gateway.flows.licences.look_up import HeldLicence, Wanted
from gateway.flows.licences.verify import Enquiry, LicenceSourceDown
from gateway.licences.licence_types import LicenceTypes
from gateway.licences.platform_answers import OddAnswer, data_of, licence_of, listed_in, state_of
from gateway.trust.secret_files import read_secret

SOURCE = "http"
LARGEST_ANSWER = 1024 * 1024
TRIES = 3
ONE_CALL = aiohttp.ClientTimeout(total=5.0, sock_connect=2.0)
CONNECTIONS = 16
_JSON = "application/json"
_AGAIN = frozenset({429, 502, 503, 504})
_DENIED = frozenset({401, 403})


class _Again(Exception):
    """A failure that another try may mend."""


class HttpSource:
    """Asks a licence platform.

    Args:
        endpoint: address of the shared service, without a closing slash.
        token_file: mode 0600; read at every call, so that a new token counts at once.
        types: which types can be called up; None when that is not known.
        list_call: name of the call that lists a holder's licences; empty where the platform offers none.
        sleep: waits between two tries, seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        endpoint: str,
        access_id: str,
        token_file: Path,
        types: LicenceTypes | None = None,
        list_call: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._endpoint = endpoint
        self._access_id = access_id
        self._token_file = token_file
        self._types = types
        self._list_call = list_call
        self._sleep = sleep

    def callable_types(self) -> frozenset[str] | None:
        """See `LicenceSource`."""
        return self._types.callable_types() if self._types else None

    async def verify(self, enquiry: Enquiry) -> LicenceAnswer | None:
        """See `LicenceSource`."""
        try:
            data = data_of(await self._post("queryCertInfo", _asked(enquiry)))
            if data is None:
                return None
            told = licence_of(data)
            if told.type_code and told.type_code != enquiry.type_code:
                raise OddAnswer
            state = told.state or await self._state(enquiry)
        except OddAnswer as odd:
            raise LicenceSourceDown(odd.why, SOURCE) from None
        return LicenceAnswer(
            state=state,
            valid_from=told.valid_from,
            valid_to=told.valid_to,
            name=told.name,
            holder_matches=enquiry.holder.matches(told.holder, told.holder_code),
            source=SOURCE,
        )

    async def held_by(self, wanted: Wanted) -> tuple[HeldLicence, ...]:
        """See `LicenceRegister`; where the platform tells no state of one, that licence is asked about by itself."""
        asked = {"holderCode": wanted.holder.number, "type": wanted.type_code, "useCause": wanted.use_cause}
        try:
            records = listed_in(await self._post(self._list_call, asked))
            held = []
            for licence_id, record in records:
                told = licence_of(record)
                if told.type_code and told.type_code != wanted.type_code:
                    raise OddAnswer
                enquiry = Enquiry(licence_id, wanted.type_code, wanted.holder, wanted.use_cause, "")
                state = told.state or await self._state(enquiry)
                matches = wanted.holder.matches(told.holder, told.holder_code)
                answer = LicenceAnswer(state, told.valid_from, told.valid_to, told.name, matches, SOURCE)
                held.append(HeldLicence(licence_id, told.issuer, answer))
        except OddAnswer as odd:
            raise LicenceSourceDown(odd.why, SOURCE) from None
        return tuple(held)

    async def _state(self, enquiry: Enquiry) -> LicenceState:
        data = data_of(await self._post("verify", _asked(enquiry)))
        state = state_of(data) if data else None
        if state is None:
            raise OddAnswer
        return state

    async def _post(self, call: str, data: Mapping[str, str]) -> bytes:
        body = {"head": {"accessId": self._access_id, "accessToken": self._token()}, "data": data}
        again = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential(multiplier=0.1, max=1.0),
            retry=retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            return await again(self._once, f"{self._endpoint}/{call}", body)
        except _Again:
            raise LicenceSourceDown(Why.UNREACHABLE, SOURCE) from None

    async def _once(self, url: str, body: dict[str, Any]) -> bytes:
        try:
            async with self._session.post(url, json=body, allow_redirects=False, timeout=ONE_CALL) as answer:
                if answer.status in _AGAIN:
                    raise _Again
                if answer.status in _DENIED:
                    raise LicenceSourceDown(Why.REJECTED, SOURCE)
                if answer.status != 200:
                    raise LicenceSourceDown(Why.ODD_ANSWER, SOURCE)
                return await _bounded(answer)
        except (aiohttp.ClientConnectionError, TimeoutError):
            raise _Again from None
        except aiohttp.ClientError:
            raise LicenceSourceDown(Why.ODD_ANSWER, SOURCE) from None

    def _token(self) -> str:
        try:
            return read_token(self._token_file)
        except GatewayError:
            raise LicenceSourceDown(Why.REJECTED, SOURCE) from None


def read_token(file: Path) -> str:
    """Return the token in a secret file.

    Raises:
        GatewayError: KEY_FILE_MISSING, KEY_FILE_OPEN, CONFIGURATION.
    """
    return read_secret(file, f"install -m 600 /dev/null {file}").decode("utf-8", errors="replace").strip()


def new_session(authority: Path | None) -> aiohttp.ClientSession:
    """Return a session of its own: no cookies, no proxy of the environment, TLS 1.2 at least.

    Args:
        authority: who issued the platform's certificate, where it is none this machine trusts anyway.

    Raises:
        OSError: `authority` cannot be read; ssl.SSLError: it holds no certificate.
    """
    context = ssl.create_default_context(cafile=str(authority) if authority else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=context)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"Accept": _JSON}, trust_env=False
    )


def _asked(enquiry: Enquiry) -> dict[str, str]:
    return {"identifier": enquiry.licence_id, "useCause": enquiry.use_cause}


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    whole = bytearray()
    async for piece in answer.content.iter_chunked(64 * 1024):
        whole += piece
        if len(whole) > LARGEST_ANSWER:
            raise LicenceSourceDown(Why.ODD_ANSWER, SOURCE)
    return bytes(whole)
