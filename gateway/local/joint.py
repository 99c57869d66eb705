"""Handlers of joint cases (多地联办): submit the whole, look, list, withdraw, hand the results over."""

import hashlib
from typing import TypeVar

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from gateway.case.events import Delivered, Withdrawn
from gateway.case.joint import Joint, position_of
from gateway.case.model import DeliveryWay
from gateway.case.states import STATE_NAMES
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR
from gateway.flows.joint.act_on_all import BECAME_NAMES, ChildDone, JointAct, JointActed
from gateway.flows.joint.hand_in import JointOpened, JointSubmission
from gateway.flows.joint.look import JointView
from gateway.local import canonical_out as out
from gateway.local.canonical_in import bad_request
from gateway.local.case_body import Shape
from gateway.local.door import Call, Door
from gateway.local.event_parts import ActorBody
from gateway.local.fields import Certificate, Judged, Named, OptionalCertificateNumber, PastMoment, Words
from gateway.local.findings import field_findings
from gateway.local.joint_body import read_joint
from gateway.local.listing import cursor_of, place_of
from gateway.local.outline import Outline
from gateway.local.requests import CASE_BYTES, JSON, Query, idempotency_key, read_body
from gateway.local.strict_json import read_object
from gateway.store.cases import CaseRow
from gateway.store.joint import JointRow, LocalPart

PAGE = 50
LARGEST_PAGE = 200
LIST_PARAMETERS = ("limit", "cursor")

_LOCAL = Text(
    "由本地区办理, 没有转出; 请在本地系统办理", "decided by this region, not sent: handle it in the local system"
)


class WithdrawnWhole(Shape):
    """The applicant withdraws: every part that is still open."""

    occurred_at: PastMoment
    actor: ActorBody
    reason: Words = ""


class DeliveredWhole(WithdrawnWhole):
    """Every result of a granted part is handed over at once (领取登记)."""

    way: DeliveryWay
    recipient_name: Named
    certificate_kind: Certificate | None = None
    certificate_number: OptionalCertificateNumber = ""


_Whole = TypeVar("_Whole", bound=WithdrawnWhole)

WITHDRAW: TypeAdapter[WithdrawnWhole] = TypeAdapter(WithdrawnWhole)
DELIVER: TypeAdapter[DeliveredWhole] = TypeAdapter(DeliveredWhole)


async def submit_joint_case(door: Door, call: Call) -> web.Response:
    """Take over a joint case: the whole and every part, or nothing."""
    key = idempotency_key(call.request)
    raw = await read_body(call.request, CASE_BYTES, JSON)
    number, parts = read_joint(raw, Judged.at(door.clock()))
    digest = hashlib.sha256(raw).digest()
    done = await door.flows.submit_joint(
        JointSubmission(call.system.name, number, parts, digest, key, call.traceparent)
    )
    headers = {"Location": f"/v1/joint-cases/{done.row.parent_id}"}
    if done.repeated:
        headers["Idempotency-Replayed"] = "true"
    return _json(_opened(done), status=202, headers=headers)


async def look_at_joint_case(door: Door, call: Call) -> web.Response:
    """Return a joint case the calling system is in charge of, as it stands now."""
    view = await door.flows.look_at_joint(call.system.name, call.request.match_info["case_id"])
    return _json(_view(view))


async def list_joint_cases(door: Door, call: Call) -> web.Response:
    """Return a page of the calling system's joint cases (an operator's: all), the newest first."""
    query = Query(call.request, LIST_PARAMETERS)
    limit = query.number("limit", PAGE, 1, LARGEST_PAGE)
    after = place_of(query)
    query.done()
    systems = () if call.system.name == OPERATOR else (call.system.name,)
    views = await door.flows.list_joint(systems, after, limit + 1)
    page = views[:limit]
    last = page[-1].row if len(views) > limit else None
    cursor = cursor_of(last.opened_at, last.parent_id) if last else None
    return _json({"joint_cases": [_view(view) for view in page], "next_cursor": cursor})


async def withdraw_joint_case(door: Door, call: Call) -> web.Response:
    """Withdraw every part that is still open; what is decided stays and is shown."""
    body = await _read(door, call, WITHDRAW)
    return await _act(door, call, body, Withdrawn())


async def deliver_joint_case(door: Door, call: Call) -> web.Response:
    """Hand the results of every granted part over at once; only when no part is open."""
    body = await _read(door, call, DELIVER)
    happening = Delivered(body.way, body.recipient_name, body.certificate_kind, body.certificate_number)
    return await _act(door, call, body, happening)


async def _read(door: Door, call: Call, adapter: TypeAdapter[_Whole]) -> _Whole:
    body = read_object(await read_body(call.request, CASE_BYTES, JSON))
    findings = list(body.findings)
    try:
        shape = adapter.validate_python(body.data, context=Judged.at(door.clock()))
    except ValidationError as error:
        findings += field_findings(error, body.data, Outline.of(adapter))
    else:
        if not findings:
            return shape
    raise bad_request(tuple(findings))


async def _act(door: Door, call: Call, body: WithdrawnWhole, happening: Withdrawn | Delivered) -> web.Response:
    done = await door.flows.act_on_joint(
        JointAct(
            system=call.system.name,
            parent_id=call.request.match_info["case_id"],
            actor=body.actor.made(),
            happening=happening,
            occurred_at=body.occurred_at,
            reason=body.reason,
            traceparent=call.traceparent,
        )
    )
    return _json(_acted(done), status=202)


def _opened(done: JointOpened) -> out.Json:
    return _whole(done.row, done.joint) | {
        "query_code": done.query_code,
        "notes": [out.text(note) for note in done.notes],
        "warnings": [
            {"part": at, "dimension": one.dimension.value, "count": one.count, "text": out.text(one.text)}
            for at, one in done.warnings
        ],
        "children": [
            _child(child) | {"query_code": code} for child, code in zip(done.children, done.child_codes, strict=True)
        ],
    }


def _view(view: JointView) -> out.Json:
    return _whole(view.row, view.joint) | {
        "applicant": view.applicant,
        "children": [_child(child) for child in view.children],
    }


def _acted(done: JointActed) -> out.Json:
    return _whole(done.row, done.joint) | {"children": [_became(child) for child in done.children]}


def _whole(row: JointRow, joint: Joint) -> out.Json:
    return {
        "case_id": row.parent_id,
        "state": joint.state.value,
        "state_name": out.text(joint.state_name),
        "counts": {state.value: count for state, count in joint.counts.items()},
        "attention": [
            {
                "case_id": concern.case_id,
                "state": concern.state.value,
                "state_name": out.text(STATE_NAMES[concern.state]),
                "advice": out.text(concern.advice),
            }
            for concern in joint.attention
        ],
        "title": row.title,
        "origin_number": row.origin_number,
        "origin_division": row.origin_division,
        "delivery_way": row.delivery_way,
        "system": row.system,
        "opened_at": out.instant(row.opened_at),
        "withdrawn_at": out.instant(row.withdrawn_at) if row.withdrawn_at else None,
        "delivered_at": out.instant(row.delivered_at) if row.delivered_at else None,
        "local_parts": [_local(part) for part in row.local_parts],
    }


def _child(row: CaseRow) -> out.Json:
    state = row.standing.state
    return {
        "part": position_of(row.origin_number),
        "case_id": row.case_id,
        "partner": row.partner,
        "state": state.value,
        "state_name": out.text(STATE_NAMES[state]),
        "decision": row.standing.decision.value if row.standing.decision else None,
        "origin_number": row.origin_number,
        "handler_number": row.handler_number,
        "item": {"basic_code": row.basic_code, "name": row.item_name},
        "handler_division": row.handler_division,
    }


def _became(done: ChildDone) -> out.Json:
    error = done.error
    return _child(done.row) | {
        "became": done.became.value,
        "became_name": out.text(BECAME_NAMES[done.became]),
        "event_id": done.event_id,
        "reason": error.reason.value if error else "",
        "cause": out.text(error.cause) if error else None,
    }


def _local(part: LocalPart) -> out.Json:
    return {
        "part": part.position,
        "item": {"basic_code": part.basic_code, "name": part.item_name},
        "handler_division": part.division,
        "told": out.text(_LOCAL),
    }


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=out.encode(content),
        content_type=JSON,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
