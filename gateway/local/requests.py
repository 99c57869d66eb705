"""What a request carries besides its meaning: bodies within bounds, headers, queries, trace context."""

import re
from collections.abc import Collection
from datetime import datetime
from difflib import get_close_matches

from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local.fields import Unfit, read_moment
from gateway.local.findings import quoted

CASE_BYTES = 1024 * 1024
BATCH_BYTES = 32 * 1024 * 1024
JSON = "application/json"
NDJSON = "application/x-ndjson"

TRACEPARENT = web.RequestKey("traceparent", str)
"""The step of a trace that was begun for a request, where steps are collected."""
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_ETAG = re.compile(r'"([0-9]{1,9})"')
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


async def read_body(request: web.Request, limit: int, media_type: str) -> bytes:
    """Return the body.

    Raises:
        GatewayError: UNSUPPORTED_MEDIA; REQUEST_TOO_LARGE as soon as more than `limit` bytes are announced or came.
    """
    refuse_encoded(request)
    charset = (request.charset or "utf-8").lower().replace("_", "-")
    if request.content_type != media_type or charset not in ("utf-8", "utf8"):
        raise GatewayError(Reason.UNSUPPORTED_MEDIA, expected=f"{media_type} (UTF-8)")
    if (request.content_length or 0) > limit:
        raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=limit)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=limit)
    return bytes(body)


def refuse_encoded(request: web.Request) -> None:
    """Refuse a body with a Content-Encoding: what it unpacks to is bounded by nothing it says (RFC 9110 §8.4).

    Raises:
        GatewayError: BAD_REQUEST.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise one_finding(
            "Content-Encoding",
            Text("不接受压缩的内容", "compressed content is not taken"),
            Text("不压缩, 去掉 Content-Encoding", "send it as it is, without Content-Encoding"),
        )


def idempotency_key(request: web.Request) -> str:
    """Return the Idempotency-Key, empty when there is none."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not _KEY.fullmatch(key):
        raise one_finding(
            "Idempotency-Key",
            Text("应为 1 至 200 个可见 ASCII 字符", "it has 1 to 200 visible ASCII characters"),
            Text("例如用 UUID", "use a UUID, for example"),
        )
    return key


def wanted_version(request: web.Request) -> int | None:
    """Return the case version an If-Match header demands (RFC 9110 §13.1.1), None when any will do.

    Raises:
        GatewayError: PRECONDITION for anything but one strong entity tag of ours, or `*`.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    found = _ETAG.fullmatch(header)
    if not found:
        raise GatewayError(Reason.PRECONDITION)
    return int(found[1])


def trace_of(request: web.Request, new_id: str) -> tuple[str, str]:
    """Return trace id and traceparent (W3C Trace Context §3.2): that of the step begun, the caller's, or one made from `new_id`."""
    header = request.get(TRACEPARENT, "") or request.headers.get("traceparent", "")
    if found := _TRACEPARENT.fullmatch(header):
        return found[1], header
    digits = new_id.replace("-", "")
    # Not sampled: nobody here keeps a step of it; who comes later may choose to.
    return digits, f"00-{digits}-{digits[16:]}-00"


class Query:
    """The query of a request: every parameter is known and every value right, or all findings are told at once."""

    def __init__(self, request: web.Request, known: Collection[str]) -> None:
        self._query = request.query
        self._findings: list[FieldFinding] = []
        for name in dict.fromkeys(self._query):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                listed = near[0] if near else ", ".join(known)
                self._tell(name, Text("没有这个参数", "there is no such parameter"), _write(listed))
            elif len(self._query.getall(name)) > 1:
                self._tell(name, Text("写了多次", "it is given more than once"), Text("只写一次", "give it once"))

    def word(self, name: str, words: Collection[str] | None = None, longest: int = 100) -> str:
        """Return a word, empty when it is not given."""
        value = self._query.get(name, "")
        if value and words is not None and value not in words:
            self._tell(name, Text("不在可选范围", "it is not one of the allowed words"), _write(", ".join(words)))
        elif len(value) > longest:
            self._tell(name, Text("太长", "it is too long"), _write(f"≤ {longest}"))
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return an integer between two bounds."""
        value = self._query.get(name)
        if value is None:
            return default
        if re.fullmatch(r"[0-9]{1,18}", value) and least <= int(value) <= most:
            return int(value)
        self._tell(name, Text("不是范围内的整数", "it is no integer in range"), _write(f"{least}…{most}"))
        return default

    def moment(self, name: str) -> datetime | None:
        """Return an instant."""
        value = self._query.get(name)
        if value is None:
            return None
        try:
            # In a query an unescaped plus sign means a space.
            return read_moment(value.replace(" ", "+"))
        except Unfit as unfit:
            for problem, fix in unfit.said:
                self._tell(name, problem, fix)
            return None

    def refuse(self, name: str, problem: Text, fix: Text) -> None:
        """Note a finding about a parameter."""
        self._tell(name, problem, fix)

    def done(self) -> None:
        """Raise BAD_REQUEST if anything was wrong."""
        if self._findings:
            raise GatewayError(Reason.BAD_REQUEST, findings=self._findings, count=len(self._findings))

    def _tell(self, name: str, problem: Text, fix: Text) -> None:
        self._findings.append(FieldFinding(f"query.{quoted(name)}", problem, fix))


def one_finding(path: str, problem: Text, fix: Text) -> GatewayError:
    """Return a BAD_REQUEST with one finding."""
    return GatewayError(Reason.BAD_REQUEST, findings=(FieldFinding(path, problem, fix),), count=1)


def _write(words: str) -> Text:
    return Text(f"可以写: {words}", f"write: {words}")
