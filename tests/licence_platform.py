"""A licence platform on loopback, as GB/T 36906 shapes it, and licences with right identifiers; all synthetic."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from stdnum.iso7064 import mod_37_36

from gateway.case.licence_verdicts import Holder
from gateway.flows.licences.verify import Enquiry
from gateway.licences.http_source import HttpSource, new_session
from gateway.licences.licence_types import LicenceTypes, read_types
from tests.build import NOW

BODY = "11422800MB0T00015R"
CARD_TYPE, BOOK_TYPE = f"{BODY}001", f"{BODY}002"
HOLDER = Holder("向小满", "422801199001010026")
TOKEN = "a-token-that-nobody-may-see"
LIST_CALL = "queryCertList"


def an_identifier(serial: str = "20230000001", kind: str = CARD_TYPE, issuer: str = BODY) -> str:
    """The identifier of a licence, with its right check character (GB/T 36904-2018)."""
    check = mod_37_36.calc_check_digit(f"{kind}{issuer}{serial}001")
    return f"1.2.156.3005.2.{kind}.{issuer}.{serial}.001.{check}"


def an_enquiry(licence_id: str = "", **changes: Any) -> Enquiry:
    """A question about the sample holder's licence."""
    asked = {"type_code": CARD_TYPE, "holder": HOLDER, "use_cause": "社会保障卡换领", "case_id": "TB1"} | changes
    return Enquiry(licence_id=licence_id or an_identifier(), **asked)


def a_record(**changes: Any) -> dict[str, str]:
    """What a source holds about a licence, in words both kinds of source are written from."""
    return {
        "name": "居民身份证",
        "holder": HOLDER.name,
        "holder_number": HOLDER.number,
        "valid_from": "2020-01-01",
        "valid_to": "2036-01-01",
        "state": "01",
    } | changes


def sample_file(licences: dict[str, dict[str, str]]) -> str:
    """The text of a file of sample licences."""
    lines = ["# 示例", "licences:"] if licences else ["# 示例", "licences: []"]
    for licence_id, record in licences.items():
        lines.append(f"  - id: {licence_id}")
        lines += [f'    {key}: "{value}"' for key, value in record.items() if value]
    return "\n".join(lines) + "\n"


def types_file(*rows: tuple[str, str, str]) -> str:
    """The text of a table of types."""
    return "\n".join(["证照类型代码,证照名称,可调用,备注", *(",".join((*row, "示例")) for row in rows)]) + "\n"


@dataclass
class Platform:
    """What a platform knows and was asked.

    Attributes:
        odd: what it answers instead, by call.
        silent_about_state: tells the state only when asked to `verify`.
    """

    licences: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    odd: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    failures: int = 0
    silent_about_state: bool = False
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one call."""
        call = request.match_info["call"]
        body = await request.json()
        self.asked.append((call, body))
        self.paths.append(str(request.rel_url))
        if self.failures:
            self.failures -= 1
            return web.Response(status=503)
        if call in self.odd:
            status, raw = self.odd[call]
            return web.Response(status=status, body=raw, headers={"Location": f"{self.url}/elsewhere"})
        if call == LIST_CALL:
            return web.json_response({"head": {"status": "0", "message": ""}, "data": self._listed(body["data"])})
        record = self.licences.get(body["data"]["identifier"])
        return web.json_response({"head": {"status": "0", "message": ""}, "data": self._data(call, record)})

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {**(self._data(LIST_CALL, record) or {}), "identifier": licence_id}
            for licence_id, record in self.licences.items()
            if record["holder_number"] == asked["holderCode"] and f".{asked['type']}." in licence_id
        ]

    def _data(self, call: str, record: dict[str, str] | None) -> dict[str, str] | None:
        if record is None:
            return None
        if call == "verify":
            return {"state": record["state"]}
        data = {
            "type": CARD_TYPE,
            "name": record["name"],
            "holder": record["holder"],
            "holderCode": record["holder_number"],
            "number": "0001",
            "issuer": BODY,
            "validFrom": record["valid_from"],
            "validTo": record["valid_to"].replace("-", ""),
            "state": record["state"],
            "surface": [{"name": "住址", "value": "湖北省恩施州恩施市凤凰路"}],
        }
        return data | ({"state": ""} if self.silent_about_state else {})


@asynccontextmanager
async def a_platform(context: ssl.SSLContext | None = None) -> AsyncIterator[Platform]:
    """A platform that listens on loopback, over TLS where a context is given."""
    platform = Platform()
    app = web.Application()
    app.router.add_post("/CertShare/{call}", platform.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        scheme = "https" if context else "http"
        platform.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/CertShare"
        yield platform
    finally:
        await runner.cleanup()


@asynccontextmanager
async def http_source(
    platform: Platform,
    folder: Path,
    types: LicenceTypes | None = None,
    authority: Path | None = None,
    list_call: str = "",
) -> AsyncIterator[HttpSource]:
    """The source that asks a platform; it does not wait between tries."""
    token = folder / "licence-token"
    token.write_text(TOKEN + "\n", encoding="utf-8")
    token.chmod(0o600)

    async def at_once(_: float) -> None:
        return

    async with new_session(authority) as session:
        yield HttpSource(
            session,
            endpoint=platform.url,
            access_id="TB-422800",
            token_file=token,
            types=types,
            list_call=list_call,
            sleep=at_once,
        )


def types_of(folder: Path, *rows: tuple[str, str, str]) -> LicenceTypes:
    """A table of types in force."""
    path = folder / "types.csv"
    path.write_text(types_file(*rows), encoding="utf-8")
    read, findings = read_types(path)
    assert not findings
    return LicenceTypes(path, read)


def clock() -> datetime:
    """The sample moment."""
    return NOW.astimezone(UTC)


def dumped(asked: list[tuple[str, dict[str, Any]]]) -> str:
    """Everything a platform was asked, as text."""
    return json.dumps(asked, ensure_ascii=False)
