"""What an operator's command asks of the queue, read from JSON: a selection, a reason, and where the step before stopped."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, TypeAdapter, ValidationError

from gateway.case.errors import FieldFinding
from gateway.case.texts import Text
from gateway.flows.queue.deed import MOST, Deed
from gateway.local.canonical_in import bad_request
from gateway.local.case_body import Shape
from gateway.local.fields import read_moment
from gateway.local.findings import field_findings
from gateway.local.outline import Outline
from gateway.local.strict_json import Body
from gateway.store.queue import START, WAITING, Place, Selection

_WAITING = "waiting"
Word = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{0,80}$")]
Why = Annotated[str, StringConstraints(max_length=500)]
Who = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._@-]{1,64}$")]


class DeedBody(Shape):
    """One step of a deed.

    `everything` has to be said where the selection names nothing; `after` is that of the step before, as it was given.
    `failed` and `openings` are for counting: of what a try failed, and of cases whose opening was not answered.
    """

    partner: Word = ""
    item: Word = ""
    case_id: Word = ""
    envelope_id: Word = ""
    cause: Word = ""
    kept: Annotated[list[Literal["waiting", "held", "parked", "aside"]], Field(max_length=4, default_factory=list)]
    everything: bool = False
    reason: Why = ""
    by: Who = "operator"
    after: Annotated[list[str | int], Field(min_length=3, max_length=3)] | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MOST)] = MOST
    until: Annotated[datetime, BeforeValidator(read_moment)] | None = None
    hold_id: Word = ""
    to: Word = ""
    without_asking: bool = False
    failed: bool = False
    openings: bool = False


BODY: TypeAdapter[DeedBody] = TypeAdapter(DeedBody)
_OUTLINE = Outline.of(BODY)


def read_deed(body: Body, *, reasoned: bool, now: datetime, holding: bool = False) -> tuple[DeedBody, Deed]:
    """Return what is asked.

    Args:
        reasoned: whether a reason is demanded, as for everything but counting.
        holding: whether it is a hold, which catches what comes later too and so cannot be of one envelope.

    Raises:
        GatewayError: BAD_REQUEST with findings.
    """
    findings = list(body.findings)
    asked = DeedBody(kept=[])
    try:
        asked = BODY.validate_python(body.data)
    except ValidationError as error:
        findings += field_findings(error, body.data, _OUTLINE)
    else:
        findings += _lacking(asked, reasoned=reasoned, now=now)
        if holding and (asked.envelope_id or asked.kept):
            findings.append(_TOO_NARROW)
    if findings:
        raise bad_request(tuple(findings))
    return asked, Deed(_selection(asked), asked.reason.strip(), f"staff:{asked.by}", _place(asked), asked.limit)


_TOO_NARROW = FieldFinding(
    "envelope_id/kept",
    Text(
        "扣留也管以后产生的, 不能只对一个信封或一种状态",
        "a hold catches what comes later, so it is not of one envelope or state",
    ),
    Text("用 case_id、partner、item 或 cause", "use case_id, partner, item or cause"),
)


def _selection(asked: DeedBody) -> Selection:
    return Selection(
        partner=asked.partner,
        basic_code=asked.item,
        case_id=asked.case_id,
        cause=asked.cause,
        envelope_id=asked.envelope_id,
        kept=tuple(WAITING if word == _WAITING else word for word in asked.kept),
        failed=asked.failed,
    )


def _place(asked: DeedBody) -> Place:
    if asked.after is None:
        return START
    first, at, last = asked.after
    return str(first), int(at) if isinstance(at, int) else 0, str(last)


def _lacking(asked: DeedBody, *, reasoned: bool, now: datetime) -> list[FieldFinding]:
    found = []
    named = asked.partner or asked.item or asked.case_id or asked.envelope_id or asked.cause or asked.kept
    if not (named or asked.hold_id or asked.everything):
        found.append(
            FieldFinding(
                "everything",
                Text("没有指明哪些信封", "nothing says which envelopes are meant"),
                Text(
                    "写明 partner、item、case_id、cause 之一; 确实是全部时写 everything: true",
                    "give partner, item, case_id or cause; everything: true if all are meant",
                ),
            )
        )
    if reasoned and not asked.reason.strip():
        found.append(
            FieldFinding(
                "reason",
                Text("没有写原因", "no reason is given"),
                Text("写明原因, 会记入审计; 不要写个人信息", "say why; it is kept in the audit, so nothing personal"),
            )
        )
    if asked.until is not None and asked.until <= now:
        found.append(
            FieldFinding(
                "until",
                Text("到期时间已经过去", "the end is in the past"),
                Text("写一个将来的时刻", "give a moment in the future"),
            )
        )
    return found
