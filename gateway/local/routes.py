"""The route table: every address of the local door, what it demands, takes and answers.

The application and the OpenAPI description are both made from it, so neither can know an address the other does not.
"""

from dataclasses import dataclass

from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local import batch, cases, description, feed, health, materials
from gateway.local.door import Handler
from gateway.local.requests import JSON, NDJSON
from gateway.local.system_file import May

R = Reason

_ROUTING = (
    R.OWN_REGION,
    R.DIVISION_UNKNOWN,
    R.DIVISION_ABOLISHED,
    R.NO_PARTNER,
    R.OUR_DIVISION_NOT_COVERED,
    R.ITEM_NOT_AGREED,
    R.MODE_NOT_AGREED,
    R.DIRECTION_NOT_AGREED,
    R.NOT_IN_FORCE,
    R.ROUTE_AMBIGUOUS,
    R.REDIRECTED,
    R.PARTNER_CLOSED,
)
_STORE = (R.STORE_BUSY, R.STORE_NOT_WRITABLE, R.REQUEST_TIMEOUT, R.INTERNAL)
_CALLER = (R.LOCAL_UNAUTHENTICATED, R.LOCAL_NOT_ALLOWED)
_BODY = (R.BAD_REQUEST, R.BAD_JSON, R.UNSUPPORTED_MEDIA, R.REQUEST_TOO_LARGE)
_SUBMIT = (*_CALLER, *_BODY, R.CASE_TAKEN, R.KEY_REUSED, *_ROUTING, *_STORE)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address.

    Attributes:
        may: the permission it demands; None for everybody.
        deadline: seconds within which it is answered, whatever happens.
        takes: name of the schema of the body, empty when it has none; `bytes` for a file.
        answers: status and name of the schema of each good answer.
        reasons: every reason it may refuse with.
    """

    method: str
    path: str
    name: str
    summary: Text
    handler: Handler
    may: May | None = None
    deadline: int = 30
    takes: str = ""
    media: str = JSON
    answers: tuple[tuple[int, str], ...] = ((200, ""),)
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/cases",
        "submitCase",
        Text("提交办件", "Submit a case"),
        cases.submit_case,
        may=May.SUBMIT,
        takes="Case",
        answers=((202, "Submitted"),),
        headers=("Idempotency-Key", "traceparent"),
        reasons=_SUBMIT,
    ),
    Route(
        "POST",
        "/v1/cases/batch",
        "submitBatch",
        Text("成批提交办件, 每行一件, 逐行答复", "Submit up to 256 cases, one a line, each answered on its own line"),
        batch.submit_batch,
        may=May.SUBMIT,
        deadline=120,
        takes="Case",
        media=NDJSON,
        answers=((200, "BatchLine"),),
        headers=("Idempotency-Key", "traceparent"),
        reasons=(*_CALLER, *_BODY, *_STORE),
    ),
    Route(
        "POST",
        "/v1/systems/{system}/cases",
        "submitForeignCase",
        Text("用本系统自有格式提交办件", "Submit a case in the system's own JSON"),
        cases.submit_foreign_case,
        may=May.SUBMIT,
        takes="Foreign",
        answers=((202, "Submitted"),),
        headers=("Idempotency-Key", "traceparent"),
        reasons=(*_SUBMIT, R.UNMAPPED_CODE),
    ),
    Route(
        "GET",
        "/v1/cases",
        "listCases",
        Text("查询办件列表", "List cases, the newest first"),
        cases.list_cases,
        may=May.READ,
        answers=((200, "CaseList"),),
        query=cases.LIST_PARAMETERS,
        reasons=(*_CALLER, R.BAD_REQUEST, *_STORE),
    ),
    Route(
        "GET",
        "/v1/cases/{case_id}",
        "getCase",
        Text("查看办件", "Look at a case"),
        cases.look_at_case,
        may=May.READ,
        answers=((200, "CaseView"),),
        reasons=(*_CALLER, R.CASE_UNKNOWN, *_STORE),
    ),
    Route(
        "POST",
        "/v1/cases/{case_id}/events",
        "postEvent",
        Text("报送办件事件", "Record what happened to a case"),
        cases.post_event,
        may=May.ACT,
        takes="Event",
        answers=((201, "Acted"), (202, "Acted")),
        headers=("If-Match", "Idempotency-Key", "traceparent"),
        reasons=(
            *_CALLER,
            *_BODY,
            R.BACKDATED,
            R.CASE_UNKNOWN,
            R.PRECONDITION,
            R.STALE,
            R.LIFECYCLE,
            R.NOT_THE_HANDLER,
            R.KEY_REUSED,
            *_STORE,
        ),
    ),
    Route(
        "POST",
        "/v1/cases/{case_id}/claim",
        "claimCase",
        Text("认领无人接收的办件", "Claim a case no system received"),
        cases.claim_case,
        may=May.CLAIM,
        answers=((200, "Claimed"),),
        reasons=(*_CALLER, R.CASE_UNKNOWN, *_STORE),
    ),
    Route(
        "POST",
        "/v1/cases/{case_id}/release",
        "releaseCase",
        Text("重新发送未送达对方的办件", "Send a case anew that did not reach the handler in time"),
        cases.release_case,
        may=May.SUBMIT,
        answers=((202, "Released"),),
        reasons=(*_CALLER, R.CASE_UNKNOWN, R.LIFECYCLE, *_STORE),
    ),
    Route(
        "PUT",
        "/v1/materials/{sha256}",
        "putMaterial",
        Text("上传材料, 可续传", "Upload a file, in one piece or several"),
        materials.put_material,
        may=May.MATERIALS,
        deadline=300,
        takes="bytes",
        media="application/octet-stream",
        answers=((200, "MaterialState"), (201, "MaterialState")),
        headers=("Content-Range",),
        reasons=(
            *_CALLER,
            R.BAD_REQUEST,
            R.MATERIAL_OFFSET,
            R.MATERIAL_DIGEST,
            R.MATERIAL_TOO_LARGE,
            R.DISK_FULL,
            *_STORE,
        ),
    ),
    Route(
        "HEAD",
        "/v1/materials/{sha256}",
        "headMaterial",
        Text("查询上传进度", "Ask how much of a file is there"),
        materials.head_material,
        may=May.MATERIALS,
        answers=((200, ""), (204, "")),
        reasons=(*_CALLER, R.BAD_REQUEST, *_STORE),
    ),
    Route(
        "GET",
        "/v1/materials/{sha256}",
        "getMaterial",
        Text("下载材料", "Download a file, or a range of it"),
        materials.get_material,
        may=May.MATERIALS,
        deadline=300,
        media="application/octet-stream",
        answers=((200, "bytes"), (206, "bytes")),
        headers=("Range",),
        reasons=(*_CALLER, R.BAD_REQUEST, R.MATERIAL_UNKNOWN, *_STORE),
    ),
    Route(
        "GET",
        "/v1/feed",
        "readFeed",
        Text("读取待办: 新办件、事件、回执", "Read what is new: cases, events, receipts"),
        feed.read_feed,
        may=May.FEED,
        deadline=feed.LONGEST_WAIT + 10,
        answers=((200, "Feed"),),
        query=feed.FEED_PARAMETERS,
        reasons=(*_CALLER, R.BAD_REQUEST, *_STORE),
    ),
    Route(
        "POST",
        "/v1/feed/confirm",
        "confirmFeed",
        Text("确认已收到", "Confirm what was received"),
        feed.confirm_feed,
        may=May.FEED,
        takes="Confirm",
        answers=((200, "Confirmed"),),
        reasons=(*_CALLER, *_BODY, *_STORE),
    ),
    Route(
        "GET",
        "/v1/openapi.json",
        "describe",
        Text("接口说明 (OpenAPI 3.1)", "This description (OpenAPI 3.1)"),
        description.describe,
        answers=((200, "Description"),),
    ),
    Route("GET", "/health/live", "live", Text("进程存活", "Alive"), health.live, answers=((200, "Health"),)),
    Route(
        "GET",
        "/health/ready",
        "ready",
        Text("可以受理", "Ready to take cases over"),
        health.ready,
        answers=((200, "Health"), (503, "Health")),
    ),
)
