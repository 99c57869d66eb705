"""Errors as HTTP answers: application/problem+json (RFC 9457).  The one place that knows which status means what.

`type` is a relative URI whose last part is the reason, the heading of docs/errors.md.  `detail` is in the caller's
language (Chinese unless English is preferred); `cause`, `fix` and `findings` carry both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson
from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import ROWS, Family, Reason
from gateway.case.texts import Lang, Text

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""What Retry-After says when the error itself names no time."""

STATUSES: Mapping[Family, int] = {
    Family.MALFORMED: 400,
    Family.UNAUTHENTICATED: 401,
    Family.FORBIDDEN: 403,
    Family.UNKNOWN: 404,
    Family.CONFLICT: 409,
    Family.STALE: 412,
    Family.TOO_LARGE: 413,
    Family.UNPROCESSABLE: 422,
    Family.BUSY: 429,
    Family.INTERNAL: 500,
    Family.NOT_SERVED: 501,
    Family.UNAVAILABLE: 503,
}

_EXACT: Mapping[Reason, int] = {
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.UNSUPPORTED_MEDIA: 415,
    Reason.CONTENT_REMOVED: 410,
}
"""Reasons for which HTTP has a status of their own."""

_TITLES: Mapping[Family, Text] = {
    Family.MALFORMED: Text("请求格式有误", "malformed request"),
    Family.UNAUTHENTICATED: Text("身份没有得到确认", "not authenticated"),
    Family.FORBIDDEN: Text("不允许", "not allowed"),
    Family.UNKNOWN: Text("没有找到", "not found"),
    Family.CONFLICT: Text("与现状冲突", "conflict with the present state"),
    Family.STALE: Text("内容已经变化", "changed in the meantime"),
    Family.TOO_LARGE: Text("超过上限", "too large"),
    Family.UNPROCESSABLE: Text("内容不能受理", "the content cannot be accepted"),
    Family.BUSY: Text("繁忙", "busy"),
    Family.INTERNAL: Text("内部错误", "internal error"),
    Family.NOT_SERVED: Text("不提供", "not served"),
    Family.UNAVAILABLE: Text("暂时不能处理", "temporarily unavailable"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that tells an error."""

    status: int
    headers: Mapping[str, str]
    content: Mapping[str, object]

    def response(self, *, without_body: bool = False) -> web.Response:
        """Return it as an HTTP response; the answer to HEAD has no body."""
        body = b"" if without_body else self.encoded(self.content)
        return web.Response(status=self.status, headers=self.headers, body=body, content_type=MEDIA_TYPE)

    @staticmethod
    def encoded(content: Mapping[str, object]) -> bytes:
        """Return bytes of JSON; a key quoted from a request may hold half a character, and is then escaped."""
        try:
            return orjson.dumps(content)
        except TypeError:
            return orjson.dumps(_printable(content))


def status_of(reason: Reason) -> int:
    """Return the status with which a reason is answered."""
    return _EXACT.get(reason) or STATUSES[ROWS[reason].family]


def problem_of(error: GatewayError, trace: str, lang: Lang) -> Problem:
    """Return what to answer for `error`."""
    row = error.row
    content: dict[str, object] = {
        "type": f"/errors/{error.reason.value}",
        "title": _TITLES[row.family].say(lang),
        "status": status_of(error.reason),
        "detail": error.cause.say(lang),
        "reason": error.reason.value,
        "place": row.place.value,
        "retriable": error.retriable,
        "answer": row.answer.value,
        "cause": _both(error.cause),
        "fix": _both(error.fix),
        "findings": [_finding(finding) for finding in error.findings],
        "trace": trace,
    }
    return Problem(status_of(error.reason), _headers(error, lang), content)


@lru_cache(maxsize=256)
def preferred_language(accept_language: str) -> Lang:
    """Return the language an Accept-Language header prefers (RFC 9110 §12.5.4); Chinese when in doubt."""
    best, best_weight = Lang.ZH, 0.0
    for entry in accept_language.split(",")[:20]:
        tag, _, parameters = entry.strip().partition(";")
        lang = {"zh": Lang.ZH, "en": Lang.EN}.get(tag.strip().lower().partition("-")[0])
        weight = _weight(parameters)
        if lang and weight > best_weight:
            best, best_weight = lang, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def _headers(error: GatewayError, lang: Lang) -> dict[str, str]:
    headers = {"Cache-Control": "no-store", "Content-Language": lang.value, "Vary": "Accept-Language"}
    family = error.row.family
    if family is Family.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    if family in {Family.BUSY, Family.UNAVAILABLE}:
        headers["Retry-After"] = str(error.facts.get("seconds", RETRY_SECONDS))
    if error.reason is Reason.MATERIAL_OFFSET:
        headers["Upload-Offset"] = str(error.facts["offset"])
    if error.reason is Reason.METHOD_NOT_ALLOWED:
        headers["Allow"] = str(error.facts["allow"])
    if error.reason is Reason.STALE:
        headers["ETag"] = f'"{error.facts["version"]}"'
    return headers


def _finding(finding: FieldFinding) -> dict[str, object]:
    return {"path": finding.path, "problem": _both(finding.problem), "fix": _both(finding.fix)}


def _both(said: Text) -> dict[str, str]:
    return {"zh": said.zh, "en": said.en}


def _printable(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_printable(key): _printable(inner) for key, inner in value.items()}
    return [_printable(inner) for inner in value] if isinstance(value, list) else value
