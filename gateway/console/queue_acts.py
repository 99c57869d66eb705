"""Acts on the queue by operators: counted first, confirmed by its number, then done step by step.

A step is one bounded write, as for the command.  Between two steps the page tells how far it is; whoever leaves it stops the
act there: what was done is done, and the same act again passes over it.  Without JavaScript each step waits for a button.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiohttp import web

from gateway.case.code.numbers import grouped, read_case_number
from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.partners_page import reason_text
from gateway.console.queue_pages import KEPT_NAMES, VERB_NAMES, plain
from gateway.console.rendering import findings_by_field
from gateway.console.typed_times import moment_from
from gateway.flows.queue.deed import Deed, Step
from gateway.flows.queue.fail import ARRIVED, NOT_ASKED
from gateway.store.queue import ASIDE, HELD, PARKED, START, WAITING, Place, Selection

SECONDS = 55
"""Bound of one step; partners may have to be asked."""
SHORTEST_REASON, LONGEST_REASON = 4, 200
MOST_SKIPPED = 20
KEPT_OF: Mapping[str, tuple[str, ...]] = {
    "hold": (WAITING, PARKED, ASIDE),
    "release": (HELD,),
    "retry": (WAITING, PARKED),
    "fail": (WAITING, HELD, PARKED),
    "redirect": (),
}
"""What each act touches, as its flow does."""
ABOUT: Mapping[str, Text] = {
    "retry": Text(
        "失败过的立即再试, 像没有失败过一样; 扣留的不动.",
        "What failed is tried again now, as if it never had; what is held stays held.",
    ),
    "hold": Text(
        "选中的不发, 以后产生的也不发, 直到解除或到期.",
        "What matches is kept back, now and later, until released or run out.",
    ),
    "release": Text("解除后到期的立即发出.", "What is due flies at once."),
    "fail": Text(
        "新办件先问对方是否已收到, 没有则转为未送达对方; 其他的作线下处理. 不能撤销.",
        "Of a new case the partner is asked first whether it has it; if not, it becomes undeliverable. The rest is handled offline."
        " This cannot be undone.",
    ),
    "redirect": Text(
        "对方还没有答复的新办件转给另一个地区; 先问对方是否已收到.",
        "New cases the partner has not answered go to another region; the partner is asked first whether it has them.",
    ),
}
SKIPPED: Mapping[str, Text] = {
    NOT_ASKED: Text("没有问到对方是否已收到", "the partner could not be asked whether it has it"),
    ARRIVED: Text("对方其实已经收到, 按回执处理", "it had arrived after all; the receipt counts"),
}
_WORD = re.compile(r"[0-9A-Za-z_-]{0,80}", re.ASCII)
_NAMES = ("partner", "item", "case_id", "envelope_id", "cause", "kept", "hold_id")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: an act, and on what."""

    verb: str
    given: Mapping[str, str]

    @property
    def selection(self) -> Selection:
        """The envelopes that are meant."""
        given = self.given
        kept = (WAITING if given["kept"] == "waiting" else given["kept"],) if given["kept"] else ()
        return Selection(
            given["partner"], given["item"], given["case_id"], given["cause"], given["envelope_id"], kept=kept
        )

    @property
    def counting(self) -> Selection:
        """What of them the act touches."""
        chosen = self.selection
        named = bool(chosen.case_id or chosen.envelope_id or chosen.kept)
        touched = KEPT_OF[self.verb] + ((ASIDE,) if self.verb == "retry" and named else ())
        kept = tuple(word for word in touched if word in chosen.kept) if chosen.kept else touched
        return replace(chosen, kept=kept, failed=self.verb == "retry")


async def ask_act(desk: Desk, call: Call) -> web.StreamResponse:
    """Show how many envelopes an act would concern, and ask for reason and confirmation."""
    asked = _read(call.request.match_info["verb"], lambda name: call.request.query.get(name, "").strip())
    return await _confirm(desk, call, asked, None)


async def do_act(desk: Desk, call: Call) -> web.StreamResponse:
    """Do the next step of an act, the first one only for the number that was confirmed."""
    asked = _read(call.request.match_info["verb"], call.field)
    after = _after(call)
    total = await _count(desk, asked) if after is None else _number(call.field("total"))
    findings = _findings(call, asked, total if after is None else None, desk.clock())
    if findings:
        return await _confirm(
            desk, call, asked, GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))
        )
    deed = Deed(asked.selection, _reason(call), f"person:{call.person.person.person_id}", after or START)
    try:
        async with asyncio.timeout(SECONDS):
            step = await _step(desk, call, asked, deed)
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=SECONDS) from None
    skipped = _skipped_before(call)
    for word, count in step.skipped.items():
        skipped[word] = skipped.get(word, 0) + count
    return desk.pages.page(
        call,
        "queue_progress",
        **_shown(asked, call.lang),
        fields=_kept_fields(call, asked),
        after=step.after,
        total=total,
        seen=_number(call.field("seen")) + step.seen,
        changed=_number(call.field("changed")) + step.changed,
        skipped=skipped,
        skipped_said=[(_why(word, call.lang), count) for word, count in sorted(skipped.items())],
    )


async def _step(desk: Desk, call: Call, asked: Asked, deed: Deed) -> Step:
    queue, unasked = desk.operating.queue, call.field("unasked") == "yes"
    match asked.verb:
        case "hold":
            return await queue.hold(deed, _until(call))
        case "release":
            hold_id = asked.given["hold_id"]
            return await (queue.end_hold(deed, hold_id) if hold_id else queue.let_go(deed))
        case "retry":
            return await queue.retry(deed)
        case "fail":
            return await queue.fail(deed, without_asking=unasked)
        case _:
            return await queue.redirect(deed, call.field("to"), without_asking=unasked)


async def _confirm(desk: Desk, call: Call, asked: Asked, error: GatewayError | None) -> web.StreamResponse:
    return desk.pages.page(
        call,
        "queue_act",
        status=422 if error else 200,
        **_shown(asked, call.lang),
        about=ABOUT[asked.verb],
        fields=[(name, value) for name, value in asked.given.items() if value],
        total=await _count(desk, asked),
        typed={name: call.field(name) for name in ("reason", "until", "to", "unasked")},
        findings=findings_by_field(error, call.lang) if error else {},
    )


async def _count(desk: Desk, asked: Asked) -> int:
    if hold_id := asked.given["hold_id"]:
        held = [one for one in (await desk.operating.queue.overview()).holds if one.hold_id == hold_id]
        if not held:
            raise GatewayError(Reason.HOLD_UNKNOWN, hold=hold_id)
        return await desk.operating.queue.count(replace(held[0].selection, kept=(HELD,)))
    if asked.selection.kept and not asked.counting.kept and asked.verb != "redirect":
        return 0
    return await desk.operating.queue.count(asked.counting, openings=asked.verb == "redirect")


def _read(verb: str, value_of: Callable[[str], str]) -> Asked:
    if verb not in VERB_NAMES:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_VERB], count=1)
    given = {name: value_of(name) for name in _NAMES}
    given["case_id"] = read_case_number(given["case_id"])
    wrong = [
        FieldFinding(name, _NOT_A_WORD, _A_WORD)
        for name, value in given.items()
        if not _WORD.fullmatch(value) or (name == "kept" and value not in ("", "waiting", *KEPT_NAMES))
    ]
    if verb == "hold" and (given["envelope_id"] or given["kept"]):
        wrong.append(_TOO_NARROW)
    if wrong:
        raise GatewayError(Reason.BAD_REQUEST, findings=wrong, count=len(wrong))
    return Asked(verb, given)


def _findings(call: Call, asked: Asked, total: int | None, now: datetime) -> list[FieldFinding]:
    """Return what is wrong with the form; with `total` for a first step, whose number was typed."""
    found = []
    if not SHORTEST_REASON <= len(_reason(call)) <= LONGEST_REASON:
        found.append(_NO_REASON)
    if total is not None and call.field("confirm") != str(total):
        found.append(FieldFinding("confirm", _OTHER_NUMBER, _TYPE_IT.format(count=total)))
    if asked.verb == "hold" and call.field("until"):
        until = _until(call)
        if until is None or until <= now:
            found.append(_NOT_LATER)
    to = call.field("to")
    if asked.verb == "redirect" and to and not re.fullmatch(r"[0-9]{6}", to, re.ASCII):
        found.append(_NO_CODE)
    return found


def _reason(call: Call) -> str:
    return " ".join(call.field("reason").split())


def _until(call: Call) -> datetime | None:
    try:
        typed = moment_from(call.field("until"))
    except ValueError:
        return None
    return typed if typed.tzinfo else typed.replace(tzinfo=CHINA)


def _after(call: Call) -> Place | None:
    if not call.field("after_envelope"):
        return None
    return call.field("after_partner"), _number(call.field("after_at")), call.field("after_envelope")


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def _skipped_before(call: Call) -> dict[str, int]:
    found = (one.partition(":") for one in call.fields("skipped")[:MOST_SKIPPED])
    return {word: _number(count) for word, _, count in found if _WORD.fullmatch(word)}


def _kept_fields(call: Call, asked: Asked) -> list[tuple[str, str]]:
    more = {name: call.field(name) for name in ("until", "to", "unasked")} | {"reason": _reason(call)}
    return [(name, value) for name, value in {**asked.given, **more}.items() if value]


def _why(word: str, lang: Lang) -> str:
    return SKIPPED[word].say(lang) if word in SKIPPED else plain(reason_text(word, lang))


def _shown(asked: Asked, lang: Lang) -> dict[str, Any]:
    given = asked.given
    kept = KEPT_NAMES.get(given["kept"]) or Text("", "")
    meant = [
        (name, value)
        for name, value in (
            ("partner", given["partner"]),
            ("basic_code", given["item"]),
            ("case_number", grouped(given["case_id"])),
            ("envelopes", given["envelope_id"]),
            ("cause_word", given["cause"]),
            ("kept", kept.say(lang) if given["kept"] else ""),
            ("holds", given["hold_id"]),
        )
        if value
    ]
    return {"verb": asked.verb, "verb_name": VERB_NAMES[asked.verb], "meant": meant}


_NO_VERB = FieldFinding(
    "verb",
    Text("没有这个操作", "there is no such act"),
    Text("从队列页面进入", "start from the page of the queue"),
)
_NOT_A_WORD = Text("不是代码或编号", "not a code or number")
_A_WORD = Text("只用字母、数字、横线和下划线", "letters, digits, hyphens and underscores only")
_TOO_NARROW = FieldFinding(
    "kept",
    Text(
        "扣留也管以后产生的, 不能只对一个信封或一种状态",
        "a hold catches what comes later, so it is not of one envelope or state",
    ),
    Text("按地区、事项、办件或原因扣留", "hold by partner, item, case or cause"),
)
_NO_REASON = FieldFinding(
    "reason",
    Text("没有写原因", "there is no reason"),
    Text(
        f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字, 会记入审计",
        f"{SHORTEST_REASON} to {LONGEST_REASON} characters; the audit keeps them",
    ),
)
_OTHER_NUMBER = Text("和现在的数量不一样", "not the number there is now")
_TYPE_IT = Text("现在是 {count}; 看过后输入它", "it is {count} now; look again, then type it")
_NOT_LATER = FieldFinding(
    "until",
    Text("不是将来的时刻", "not a moment in the future"),
    Text("写成 2026-11-30 17:00", "write it as 2026-11-30 17:00"),
)
_NO_CODE = FieldFinding(
    "to",
    Text("不是六位地区代码", "not a six-digit code"),
    Text("写伙伴文件里的代码, 或留空", "give the code of its partner file, or leave it empty"),
)
