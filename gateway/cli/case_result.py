"""The result on the page of a case: decision, what is issued, dispatch, hand-over, evaluation; corrections and doubts.

Takes the JSON of the local door, masked and printable.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.case.event.results import LEVEL_NAMES, WAY_NAMES
from gateway.case.kinds import Decision, Satisfaction
from gateway.case.model import DeliveryWay
from gateway.case.states import STATE_NAMES, State
from gateway.case.texts import Lang, Text
from gateway.cli.masked import HIDDEN
from gateway.cli.moments import moment

Seen = Mapping[str, Any]

_DECISIONS: Mapping[str, Text] = {
    Decision.GRANTED.value: STATE_NAMES[State.GRANTED],
    Decision.DENIED.value: STATE_NAMES[State.DENIED],
}


def result_lines(seen: Seen) -> Iterator[Text]:
    """Yield the outcome and everything that followed it; nothing before the decision."""
    result = seen.get("result")
    if not result:
        return
    yield from _outcome(_newest(seen, result["event_id"]), result)
    for key, tell in (("sent_with", _sent), ("delivered_with", _delivered)):
        for event_id in result[key]:
            yield tell(_newest(seen, event_id))
    for one in seen["events"]:
        if one["event"] == "evaluated" and one["standing"] not in {"refused", "given_up"}:
            yield _evaluated(one)


def marks(one: Seen, lang: Lang) -> Iterator[str]:
    """Yield what to say of an event beside itself: that it is or was corrected, and what may be wrong with it."""
    if one.get("corrects"):
        yield Text(f"更正, 第 {one['data_version']} 版", f"correction, version {one['data_version']}").say(lang)
    if one.get("corrected_by"):
        yield Text("后有更正", "corrected later").say(lang)
    for doubt in one.get("doubts") or ():
        yield f"{_DOUBT.say(lang)}{doubt['problem'][lang.value]}"


def _newest(seen: Seen, event_id: str) -> Seen:
    """Return an event as its last correction says it."""
    events: dict[str, Seen] = {one["event_id"]: one for one in seen["events"] if one.get("event_id")}
    later: Sequence[str] = events[event_id].get("corrected_by") or ()
    return events[later[-1]] if later else events[event_id]


def _outcome(one: Seen, result: Seen) -> Iterator[Text]:
    decision = _DECISIONS.get(str(one.get("decision")), STATE_NAMES[State.NOT_ACCEPTED])
    number = one.get("document_number") or ""
    yield Text(f"决定: {decision.zh} {number}".rstrip(), f"decision: {decision.en} {number}".rstrip())
    issued = " ".join(part for part in (one.get("result_name"), one.get("result_number")) if part)
    if issued:
        yield Text(f"结果: {issued}", f"result: {issued}")
    if one.get("valid_from") or one.get("valid_to"):
        first, last = one.get("valid_from") or "", one.get("valid_to") or ""
        yield Text(f"有效期: {first} 至 {last or '长期'}", f"valid: {first} to {last or 'no end'}")
    if one.get("result_licence_id"):
        yield Text(f"电子证照: {one['result_licence_id']}", f"electronic licence: {one['result_licence_id']}")
    for paper in result["documents"]:
        name = " ".join(part for part in (paper["title"], paper["number"]) if part)
        file = paper["sha256"][:12]
        yield Text(f"文书: {name} {file}".rstrip(), f"document: {name} {file}".rstrip())
    if result["remedies"]:
        yield Text(f"救济: {result['remedies']['zh']}", f"remedies: {result['remedies']['en']}")


def _sent(one: Seen) -> Text:
    way, at = WAY_NAMES[DeliveryWay(one["way"])], moment(one["occurred_at"])
    mail = " ".join(part for part in (one["carrier"], one["tracking_number"]) if part)
    return Text(f"寄出: {at} {way.zh} {mail}".rstrip(), f"sent: {at} {way.en} {mail}".rstrip())


def _delivered(one: Seen) -> Text:
    way, at = WAY_NAMES[DeliveryWay(one["way"])], moment(one["occurred_at"])
    proof = one["certificate_number"] or ""
    shown = (
        Text(f", 证件 {proof}", f", certificate {proof}") if proof else Text(", 未记录证件", ", no certificate noted")
    )
    who = one["recipient_name"] or HIDDEN
    return Text(f"领取: {at} {way.zh}, {who}{shown.zh}", f"handed over: {at} {way.en}, {who}{shown.en}")


def _evaluated(one: Seen) -> Text:
    origin, handler = (LEVEL_NAMES[Satisfaction(one[f"{side}_level"])] for side in ("origin", "handler"))
    n = one["service_number"]
    return Text(
        f"好差评: 第 {n} 次服务, 收件地 {origin.zh}, 业务属地 {handler.zh}",
        f"evaluation: service {n}, origin {origin.en}, handler {handler.en}",
    )


_DOUBT = Text("存疑: ", "doubt: ")
