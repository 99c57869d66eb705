"""The queue for operators: what each partner is owed, what does not go and why, holds, one case or envelope.

Leaves to others: acts on it (`queue_acts`).
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from aiohttp import web

from gateway.case.code.numbers import check_case_number, grouped, read_case_number
from gateway.case.errors import GatewayError
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.reasons import Answer, Reason
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.operation_live import mark_of_queue, operation_page
from gateway.console.partners_page import CIRCUIT_NAMES, PLACE_NAMES, counted
from gateway.flows.queue.show import EnvelopeShown
from gateway.flows.queue.view import Cause, CauseGroup, PartnerQueue
from gateway.store.events import OPENING
from gateway.store.holds import Hold
from gateway.store.queue import ASIDE, HELD, PARKED, WAITING

KEPT_NAMES: Mapping[str, Text] = {
    WAITING: Text("待发", "waiting"),
    HELD: Text("扣留", "held"),
    PARKED: Text("停放, 需人工", "parked, needs a person"),
    ASIDE: Text("已线下处理, 仍会补送", "handled offline, still owed"),
}
ANSWER_NAMES: Mapping[Answer, Text] = {
    Answer.RETRIABLE: Text("可重试", "retriable"),
    Answer.FINAL: Text("终局", "final"),
    Answer.PERSON: Text("需人工", "needs a person"),
}
VERB_NAMES: Mapping[str, Text] = {
    "retry": Text("立即再试", "Try again"),
    "hold": Text("扣留", "Hold"),
    "release": Text("解除扣留", "Release"),
    "fail": Text("终止", "End"),
    "redirect": Text("改投", "Send elsewhere"),
}
OUTCOME_NAMES: Mapping[str, Text] = {
    "": Text("在途", "under way"),
    "accepted": Text("已受理回执", "accepted"),
    "refused": Text("拒收", "refused"),
    "given_up": Text("未送达", "given up"),
}
KIND_NAMES: Mapping[str, Text] = {kind.__name__: name for kind, name in EVENT_NAMES.items()} | {
    OPENING: Text("收件", "the application"),
    "": Text("内容已换信封另发", "its content went in another envelope"),
}
GROUP_VERBS: Mapping[str, tuple[str, ...]] = {
    HELD: ("release", "fail"),
    PARKED: ("retry", "hold", "fail"),
    ASIDE: ("retry", "hold"),
}
"""What may be done with all that is kept back in one way; redirecting goes by partner, for it is of cases."""


async def show_queue(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the queue as it is: by partner, by cause, and the holds in force."""
    seen = await desk.operating.queue.overview()
    wanted, lang = call.request.query.get("partner", "")[:20], call.lang
    names = {one.standing.code: one.standing.name for one in seen.partners}
    people = {f"person:{one.person_id}": one.name for one in await desk.accounts.everybody()}
    return desk.pages.page(
        call,
        "queue",
        at=seen.at,
        wanted=wanted,
        wanted_name=names.get(wanted, wanted),
        partners=[_partner(one, lang) for one in seen.partners if wanted in ("", one.standing.code)],
        groups=[_group(one, names, wanted, lang) for one in seen.groups if wanted in ("", *one.partners)],
        holds=[_hold(one, names, people) for one in seen.holds if wanted in ("", one.partner)],
        verbs=VERB_NAMES,
        live=operation_page(call, "#causes,#by-partner,#holds", mark_of_queue(seen), what="queue"),
    )


async def look_up(desk: Desk, call: Call) -> web.StreamResponse:
    """Go to the page of a case or an envelope by what was typed."""
    typed = call.field("key")
    number = read_case_number(typed)
    key = typed if check_case_number(number) else number
    if not key or len(key) > 80:
        return desk.pages.error(call, GatewayError(Reason.ENVELOPE_UNKNOWN, key=key[:80]), 404)
    raise web.HTTPSeeOther(f"/queue/of/{quote(key, safe='')}", headers=HEADERS)


async def show_envelopes(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the envelopes of one case, or one envelope, and what may be done with each."""
    seen = await desk.operating.queue.show(call.request.match_info["key"])
    people = {f"person:{one.person_id}": one.name for one in await desk.accounts.everybody()}
    return desk.pages.page(
        call,
        "queue_case",
        number=grouped(seen.row.case_id),
        item=seen.row.item_name,
        partner=seen.row.partner,
        envelopes=[_envelope(one, call.lang) for one in seen.envelopes],
        people=people,
    )


def act_path(verb: str, **selection: str) -> str:
    """Return the address of the page that asks before something is done to a selection."""
    return f"/queue/act/{verb}?{urlencode({name: value for name, value in selection.items() if value})}"


def _partner(one: PartnerQueue, lang: Lang) -> dict[str, object]:
    standing = one.standing
    code = standing.code
    owed = one.waiting + one.held + one.parked + one.aside
    verbs = [*(("retry",) if one.waiting or one.parked else ()), *(("hold", "redirect") if owed else ("hold",))]
    return {
        "code": code,
        "name": standing.name,
        "circuit": CIRCUIT_NAMES[standing.circuit].say(lang),
        "light": "normal" if standing.circuit.value == "closed" else "overdue",
        "last_reason": standing.last_reason,
        "waiting": counted(one.waiting),
        "held": one.held,
        "parked": one.parked,
        "aside": one.aside,
        "oldest": standing.backlog.oldest,
        "next_try": one.next_try,
        "acts": [(VERB_NAMES[verb].say(lang), act_path(verb, partner=code)) for verb in verbs],
    }


def _group(one: CauseGroup, names: Mapping[str, str], wanted: str, lang: Lang) -> dict[str, object]:
    narrowed = {"cause": one.cause.word, "kept": one.kept_back, "partner": wanted}
    acts = []
    for verb in GROUP_VERBS.get(one.kept_back, ()):
        # A hold catches what comes later and knows no state; without a cause it would catch everything.
        chosen = {**narrowed, "kept": ""} if verb == "hold" else narrowed
        if verb != "hold" or any(chosen.values()):
            acts.append((VERB_NAMES[verb].say(lang), act_path(verb, **chosen)))
    return {
        "kept": KEPT_NAMES[one.kept_back].say(lang),
        "count": one.count,
        "partners": [(code, names.get(code, code)) for code in one.partners],
        "oldest": one.oldest,
        "since": one.since,
        "next_try": None if one.kept_back == HELD else one.next_try,
        "acts": acts,
        **_cause(one.cause, lang),
    }


def _cause(cause: Cause, lang: Lang) -> dict[str, object]:
    kind = [ANSWER_NAMES[cause.answer].say(lang)] if cause.answer else []
    kind += [PLACE_NAMES[cause.place].say(lang)] if cause.place else []
    return {
        "word": cause.word,
        "cause": plain(cause.cause.say(lang)),
        "fix": plain(cause.fix.say(lang)),
        "cause_kind": ", ".join(kind),
    }


def plain(said: str) -> str:
    """Return the sentence of a reason whose facts were not kept: what would name them is left open."""
    text, inside = "", False
    for sign in said:
        if sign == "{" and not inside:
            inside, text = True, text + "…"
        elif sign == "}" and inside:
            inside = False
        elif not inside:
            text += sign
    return text


def _hold(one: Hold, names: Mapping[str, str], people: Mapping[str, str]) -> dict[str, object]:
    case = grouped(one.case_id) if one.case_id else ""
    partner = f"{names.get(one.partner, '')} {one.partner}".strip()
    return {
        "hold_id": one.hold_id,
        "catches": [text for text in (partner, one.basic_code, case, one.cause) if text],
        "reason": one.reason,
        "by": people.get(one.held_by, one.held_by),
        "held_at": one.held_at,
        "until": one.until,
        "release": act_path("release", hold_id=one.hold_id),
    }


def _envelope(one: EnvelopeShown, lang: Lang) -> dict[str, object]:
    owed, standing = one.owed, one.standing
    outcome = OUTCOME_NAMES.get(owed.outcome, Text(owed.outcome, owed.outcome))
    state = KEPT_NAMES[standing.kept_back] if standing else outcome
    return {
        "owed": owed,
        "carries": KIND_NAMES.get(one.kind, Text(one.kind, one.kind)).say(lang),
        "state": state.say(lang),
        "owed_still": standing is not None,
        "due_at": standing.due_at if standing and standing.kept_back != HELD else None,
        "hold": one.hold,
        "notes": one.notes,
        "acts": [
            (
                VERB_NAMES[verb].say(lang),
                act_path(verb, case_id=owed.case_id)
                if verb in ("hold", "redirect")
                else act_path(verb, envelope_id=owed.envelope_id),
            )
            for verb in one.can
            if verb in VERB_NAMES
        ],
        **_cause(one.cause, lang),
    }
