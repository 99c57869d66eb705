"""Many cases in one request: NDJSON in, one answer a line out, in the order of the lines.

Each line stands alone: one that is refused hinders no other.  The lines are submitted together, so that they share a commit.
"""

import asyncio
import re

import structlog
from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local import canonical_out as out
from gateway.local.canonical_in import read_case
from gateway.local.cases import hand_over
from gateway.local.door import Call, Door
from gateway.local.problems import Problem, problem_of
from gateway.local.requests import BATCH_BYTES, CASE_BYTES, NDJSON, idempotency_key, one_finding, read_body
from gateway.telemetry.logs import Said

MOST_LINES = 256
_NO_LINES = Text("没有内容", "there are none")
_LINE_ENDS = re.compile(rb"\n\s*")
"""Blank lines go with the line end before them, so that a body of nothing else costs nothing."""

_log = structlog.get_logger("tongban.local")


async def submit_batch(door: Door, call: Call) -> web.Response:
    """Take over up to 256 cases; each line is answered with the status it would have had alone."""
    key = idempotency_key(call.request)
    body = await read_body(call.request, BATCH_BYTES, NDJSON)
    lines = [line.strip() for line in _LINE_ENDS.split(body.strip(), MOST_LINES) if line]
    if not 1 <= len(lines) <= MOST_LINES:
        raise one_finding(
            "lines",
            Text(f"超过 {MOST_LINES} 行", f"there are more than {MOST_LINES}") if lines else _NO_LINES,
            Text(f"每批 1 至 {MOST_LINES} 行", f"send 1 to {MOST_LINES} lines"),
        )
    answers = await asyncio.gather(*(_line(door, call, n, line, key) for n, line in enumerate(lines, start=1)))
    return web.Response(
        body=b"".join(answer + b"\n" for answer in answers),
        content_type=NDJSON,
        headers={"Cache-Control": "no-store"},
    )


async def _line(door: Door, call: Call, number: int, line: bytes, key: str) -> bytes:
    try:
        if len(line) > CASE_BYTES:
            raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=CASE_BYTES)
        case = read_case(line, door.clock())
        done = await hand_over(door, call, line, case, f"{key}:{number}" if key else "")
    except GatewayError as error:
        return _refused(number, problem_of(error, call.trace, call.lang))
    except Exception:  # noqa: BLE001 - whatever goes wrong with one line, the others are answered
        _log.exception(Said.INTERNAL, trace=call.trace, line=number)
        return _refused(number, problem_of(GatewayError(Reason.INTERNAL, trace=call.trace), call.trace, call.lang))
    return out.encode({"line": number, "status": 202, "answer": out.submitted(done)})


def _refused(number: int, problem: Problem) -> bytes:
    return problem.encoded({"line": number, "status": problem.status, "problem": problem.content})
