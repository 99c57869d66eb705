"""Handlers of cases: submit, in canonical and in foreign JSON, one or many; look, list, act, claim."""

import hashlib
from datetime import datetime

from aiohttp import web

from gateway.case.clock.words import Light
from gateway.case.errors import GatewayError
from gateway.case.item.codes import basic_code_problems
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Party, State
from gateway.case.texts import Text
from gateway.files.misfits import Misfit
from gateway.files.quantities import duration
from gateway.flows.act import OPERATOR, Act
from gateway.flows.look import CaseView
from gateway.flows.submit import Submission, Submitted
from gateway.local import canonical_out as out
from gateway.local.callers import require
from gateway.local.canonical_in import read_case, read_deed
from gateway.local.clocks_out import clocks_content, receipts_content
from gateway.local.door import Call, Door
from gateway.local.listing import cursor_of, place_of
from gateway.local.mapping import read_foreign_case
from gateway.local.requests import CASE_BYTES, JSON, Query, idempotency_key, read_body, wanted_version
from gateway.local.system_file import May
from gateway.local.words import EVENT_WORDS
from gateway.store.case_lists import Filter
from gateway.store.feed import UNCLAIMED

PAGE = 50
_LIGHTS = tuple(light.value for light in Light)
LARGEST_PAGE = 200
LIST_PARAMETERS = (
    "state",
    "partner",
    "party",
    "item",
    "opened_from",
    "opened_to",
    "unclaimed",
    "second_notices",
    "light",
    "due_within",
    "limit",
    "cursor",
)


async def submit_case(door: Door, call: Call) -> web.Response:
    """Take over a case in canonical JSON."""
    key = idempotency_key(call.request)
    raw = await read_body(call.request, CASE_BYTES, JSON)
    return _taken_over(await hand_over(door, call, raw, read_case(raw, door.clock()), key))


async def submit_foreign_case(door: Door, call: Call) -> web.Response:
    """Take over a case in the calling system's own JSON."""
    name = call.request.match_info["system"]
    if name != call.system.name:
        raise GatewayError(
            Reason.LOCAL_NOT_ALLOWED,
            system=call.system.name,
            act=Text("以其他系统的名义提交", "submit in another system's name"),
        )
    mapping = call.system.mapping
    if mapping is None:
        raise GatewayError(
            Reason.LOCAL_NOT_ALLOWED,
            system=name,
            act=Text("用自有格式提交 (文件中没有 mapping)", "submit in its own format (its file has no mapping)"),
        )
    key = idempotency_key(call.request)
    raw = await read_body(call.request, CASE_BYTES, JSON)
    if mapping.case is None:
        case = read_case(raw, door.clock(), mapping.own)
    else:
        case = read_foreign_case(raw, mapping, door.clock())
    return _taken_over(await hand_over(door, call, raw, case, key))


async def hand_over(door: Door, call: Call, raw: bytes, case: Case, key: str) -> Submitted:
    """Submit one case of the calling system."""
    digest = hashlib.sha256(raw).digest()
    return await door.flows.submit(Submission(call.system.name, case, digest, key, call.traceparent))


async def look_at_case(door: Door, call: Call) -> web.Response:
    """Return a case the calling system is in charge of."""
    view = await door.flows.look_at_case(call.system.name, call.request.match_info["case_id"])
    if call.system.name not in (view.row.system, OPERATOR):
        raise GatewayError(Reason.CASE_UNKNOWN)
    return _json(call.in_its_codes(_whole(view)), headers={"ETag": f'"{view.row.case_version}"'})


def _whole(view: CaseView) -> out.Json:
    return out.case_view(view) | receipts_content(view.row) | clocks_content(view.clocks)


async def list_cases(door: Door, call: Call) -> web.Response:
    """Return a page of the calling system's cases (an operator's: all), the newest first, each with a masked name."""
    query = Query(call.request, LIST_PARAMETERS)
    item = query.word("item")
    if item and basic_code_problems(item):
        for problem in basic_code_problems(item):
            query.refuse("item", problem.text, Text("核对编码", "check the code"))
    limit = query.number("limit", PAGE, 1, LARGEST_PAGE)
    light = query.word("light", _LIGHTS)
    wanted = Filter(
        state=query.word("state", [state.value for state in State]),
        partner=query.word("partner"),
        party=query.word("party", [party.value for party in Party]),
        basic_code=item,
        systems=_whose(call, query),
        opened_from=query.moment("opened_from"),
        opened_to=query.moment("opened_to"),
        second_notices=query.word("second_notices", ("true", "false")) == "true",
        light=Light(light) if light in _LIGHTS else None,
        due_before=_before(query, door.clock()),
        after=place_of(query),
    )
    query.done()
    rows = await door.flows.list_cases(wanted, limit + 1)
    page = rows[:limit]
    more = len(rows) > limit
    return _json(
        {
            "cases": [
                call.in_its_codes(
                    out.case_summary(row, name) | receipts_content(row) | clocks_content(clocks), f"cases[{n}]"
                )
                for n, (row, name, clocks) in enumerate(page)
            ],
            # What presses most comes first and has no second page.
            "next_cursor": cursor_of(page[-1][0].opened_at, page[-1][0].case_id)
            if more and wanted.due_before is None
            else None,
        }
    )


async def post_event(door: Door, call: Call) -> web.Response:
    """Record what happened to a case."""
    version = wanted_version(call.request)
    key = idempotency_key(call.request)
    raw = await read_body(call.request, CASE_BYTES, JSON)
    own = call.system.mapping.own if call.system.mapping else None
    deed = read_deed(raw, door.clock(), own, door.flows.calendar())
    word = EVENT_WORDS[type(deed.happening)]
    if call.system.events is not None and word not in call.system.events:
        raise GatewayError(
            Reason.LOCAL_NOT_ALLOWED,
            system=call.system.name,
            act=Text(f"报送事件 {word}", f"post the event {word}"),
        )
    done = await door.flows.act(
        Act(
            system=call.system.name,
            case_id=call.request.match_info["case_id"],
            actor=deed.actor,
            happening=deed.happening,
            occurred_at=deed.occurred_at,
            reason=deed.reason,
            documents=deed.documents,
            deadlines=deed.deadlines,
            if_match=version,
            request_sha256=hashlib.sha256(raw).digest(),
            idempotency_key=key,
            traceparent=call.traceparent,
            corrects=deed.corrects,
            data_version=deed.data_version,
        )
    )
    headers = _replayed(repeated=done.repeated)
    if done.case_version is None:
        return _json(out.acted(done), status=202, headers=headers)
    return _json(out.acted(done), status=201, headers=headers | {"ETag": f'"{done.case_version}"'})


async def claim_case(door: Door, call: Call) -> web.Response:
    """Put the calling system in charge of a case nobody received."""
    case_id = call.request.match_info["case_id"]
    await door.flows.claim_case(call.system.name, case_id)
    return _json({"case_id": case_id, "system": call.system.name})


async def release_case(door: Door, call: Call) -> web.Response:
    """Send a case anew that did not reach the handler in time."""
    done = await door.flows.release_case(call.system.name, call.request.match_info["case_id"])
    answer = {"case_id": done.case_id, "state": done.state.value, "state_name": out.text(STATE_NAMES[done.state])}
    return _json(answer | {"partner": done.partner}, status=202)


def _before(query: Query, now: datetime) -> datetime | None:
    """Return the moment until which a clock has to run out to be listed, by the gateway's own time."""
    written = query.word("due_within")
    if not written:
        return None
    try:
        return now + duration(written)
    except Misfit as misfit:
        query.refuse("due_within", misfit.problem, misfit.fix)
        return None


def _whose(call: Call, query: Query) -> tuple[str, ...]:
    if query.word("unclaimed", ("true", "false")) == "true":
        require(call.system, May.CLAIM)
        return (UNCLAIMED,)
    return () if call.system.name == OPERATOR else (call.system.name,)


def _taken_over(answer: Submitted) -> web.Response:
    headers = {"Location": f"/v1/cases/{answer.case_id}"} | _replayed(repeated=answer.repeated)
    return _json(out.submitted(answer), status=202, headers=headers)


def _replayed(*, repeated: bool) -> dict[str, str]:
    return {"Idempotency-Replayed": "true"} if repeated else {}


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=out.encode(content),
        content_type=JSON,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
