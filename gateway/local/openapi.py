"""The OpenAPI 3.1 description, made from the route table and the shapes of bodies."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from gateway.case.reasons import ROWS
from gateway.local.answers import ANSWERS
from gateway.local.canonical_in import CASE, EVENT
from gateway.local.feed import CONFIRM
from gateway.local.joint import DELIVER, WITHDRAW
from gateway.local.joint_body import JOINT
from gateway.local.problems import MEDIA_TYPE, status_of
from gateway.local.progress import CODE_HEADER, ENQUIRY
from gateway.local.requests import JSON, NDJSON
from gateway.local.route import Route

VERSION = "1.0.0"

_REF = "#/components/schemas/{model}"
_BYTES: Mapping[str, object] = {"type": "string", "contentMediaType": "application/octet-stream"}
_BODIES: Mapping[str, TypeAdapter[Any]] = {
    "Case": CASE,
    "Event": EVENT,
    "Confirm": CONFIRM,
    "JointCase": JOINT,
    "WithdrawWhole": WITHDRAW,
    "DeliverWhole": DELIVER,
    "Enquiry": ENQUIRY,
}

_PATH_PARAMETERS = {
    "case_id": ("协同编号 / co-operation number", {"type": "string", "maxLength": 64}),
    "system": ("系统名 / name of the system", {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,39}$"}),
    "basic_code": ("事项基本编码 / basic code of the item", {"type": "string", "pattern": "^[0-9A-Z]{12}$"}),
    "sha256": ("材料摘要 / digest of the file", {"type": "string", "pattern": "^[0-9a-f]{64}$"}),
}
_QUERY = {
    "state": "办件状态 / state",
    "partner": "对方地区代码 / partner's region code",
    "party": "origin 收件地 | handler 业务属地",
    "item": "事项基本编码 / basic code of the item",
    "opened_from": "不早于, RFC 3339 / opened at or after",
    "opened_to": "早于, RFC 3339 / opened before",
    "light": "只要这种灯: normal 正常, warning 预警, overdue 超期 / cases with this light",
    "due_within": "在这段时间内 (如 3d) 有时限到期或已超期的在办件, 最急的在前, 只有一页 / open cases of which a clock runs out within it, such as 3d; first to end first, one page",
    "second_notices": "true: 受理前再次告知补正的办件 / cases with a second supplement notice before acceptance",
    "unclaimed": "true: 无人接收的办件, 需要 claim 权限 / cases no system received; needs `claim`",
    "division": "业务属地区划代码, 6 位或 12 位 / division of the handler, 6 or 12 digits",
    "region": "对方地区代码 / region code of the handler",
    "mode": "online 全程网办 | entrusted 异地代收代办 | joint 多地联办",
    "task_code": "实施编码, 同地有多个部门实施时 / task code, where several departments handle the item",
    "limit": "每页条数 / entries a page",
    "cursor": "上一页的 next_cursor / next_cursor of the page before",
    "after": "上次读到的位置 / last position read",
    "number": "协同编号, 空格可有可无 / co-operation number, with or without spaces",
    "wait": "没有新内容时最多等几秒 (0-50) / seconds to wait when nothing is new",
}
_NUMBERS = {"limit", "after", "wait"}
_HEADERS = {
    "Idempotency-Key": "同一键重发得到同一答复, 保留 7 天 / a repeat with the same key gets the same answer, for 7 days",
    "If-Match": '办件版本, 如 "3" / case version the act rests on',
    "Content-Range": "bytes 起-止/总字节数; bytes */总字节数 询问进度 / bytes first-last/total",
    "Range": "bytes=起- / bytes=first-",
    "traceparent": "W3C Trace Context",
    CODE_HEADER: "查询码, 空格和大小写不限; 有 progress 权限的系统可以不写 / query code, however it is typed;"
    " a system that may `progress` leaves it out",
}


def describe_routes(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the description of these routes."""
    schemas: dict[str, Any] = dict(ANSWERS)
    for name, adapter in _BODIES.items():
        schemas |= _schemas(name, adapter)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "通办网关本地接口 / local interface of the gateway",
            "version": VERSION,
            "description": "docs/local-api.md",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "system": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "API key of the system, or a JWT it signed",
                }
            },
        },
    }


def _schemas(name: str, adapter: TypeAdapter[Any]) -> dict[str, Any]:
    schema = adapter.json_schema(ref_template=_REF)
    inner: dict[str, Any] = schema.pop("$defs", {})
    return {**inner, name: schema}


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": f"{route.summary.zh} / {route.summary.en}",
        "parameters": _parameters(route),
        "responses": _responses(route),
        "security": [{"system": []}] if route.may else [{}, {"system": []}] if route.may_instead else [],
    }
    if route.may:
        operation["description"] = f"may: {route.may.value}"
    elif route.may_instead:
        operation["description"] = f"everybody; or may: {route.may_instead.value}"
    if route.takes:
        operation["requestBody"] = {"required": True, "content": {route.media: _content(route.takes, route.media)}}
    return operation


def _content(schema: str, media: str) -> dict[str, object]:
    if schema == "bytes":
        return {"schema": dict(_BYTES)}
    reference = {"$ref": _REF.format(model=schema)}
    if media == NDJSON:
        return {"schema": {"type": "string", "description": "one JSON value a line", "x-line": reference}}
    return {"schema": reference}


def _parameters(route: Route) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for name in re.findall(r"{([a-z0-9_]+)}", route.path):
        text, schema = _PATH_PARAMETERS[name]
        found.append({"name": name, "in": "path", "required": True, "description": text, "schema": schema})
    for name in route.query:
        kind = {"type": "integer", "minimum": 0} if name in _NUMBERS else {"type": "string"}
        found.append({"name": name, "in": "query", "description": _QUERY[name], "schema": kind})
    return found + [
        {"name": name, "in": "header", "description": _HEADERS[name], "schema": {"type": "string"}}
        for name in route.headers
    ]


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for good, schema in route.answers:
        described: dict[str, Any] = {"description": route.summary.en}
        if schema:
            media = route.media if schema in ("bytes", "BatchLine") else JSON
            described["content"] = {media: _content(schema, media)}
        responses[str(good)] = described
    for reason in route.reasons:
        status = str(status_of(reason))
        line = f"{reason.value}: {ROWS[reason].cause.en}"
        if status in responses:
            responses[status]["description"] += f"; {line}"
        else:
            problem = {"schema": {"$ref": _REF.format(model="Problem")}}
            responses[status] = {"description": line, "content": {MEDIA_TYPE: problem}}
    return responses
