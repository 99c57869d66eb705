"""The home page: what waits for somebody, in numbers that lead to the list.

Counted up to `MOST`, once in `SECONDS` for everybody of the same place and side, so that many who look cost as much as one.  A
number is of what its list would show; nothing of a case is told, so that looking leaves no row in the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiohttp import web

from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Right
from gateway.case.states import Party
from gateway.case.texts import Text
from gateway.console.audit_words import act_name
from gateway.console.call import Call
from gateway.console.cases import DESKS, PRESSING_WITHIN
from gateway.console.desk import Desk
from gateway.console.live import follow
from gateway.console.live_page import LivePage, mark_of_list
from gateway.console.operation_live import QUEUE, every_partner
from gateway.console.rendering import moment
from gateway.console.wording import word
from gateway.flows.people.resets import TOLD_FIRST_FOR
from gateway.flows.standing.lights import SOON, VERY_SOON, Light
from gateway.store.audit import Note
from gateway.store.case_lists import Counted, Filter

MOST = 1_000
"""Cases of one number; more are “1,000+”: with a million cases in store all numbers of a page cost some 10 ms of a processor."""
SECONDS = 5.0
"""How old a number of cases may be."""
FILE_SECONDS = 30.0
"""How old what was found in files of systems may be: they are read for it."""
LIVE = "/live/home"
_WINDOW = (("to_supplement", "warning"), ("to_deliver", "warning"), ("pressing", "overdue"), ("on_the_way", ""))
_HANDLER = (
    ("to_sign", "warning"),
    ("to_do", "warning"),
    ("in_work", ""),
    ("suspended", ""),
    ("pressing", "overdue"),
    ("to_deliver", ""),
)


@dataclass(frozen=True, slots=True)
class Card:
    """One number.

    Attributes:
        shown: the number, or a word in its place.
        light: `warning` or `overdue` when somebody has to act, `normal` when it is as it should be, else empty.
        more: what stands below it.
    """

    title: str
    address: str
    shown: str
    light: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The numbers of one role."""

    title: str
    cards: tuple[Card, ...]


async def home(desk: Desk, call: Call) -> web.StreamResponse:
    """Show what waits for somebody, and where to go from here."""
    sections = await _sections(desk, call)
    stream = f"{LIVE}?mark={mark_of_list(sections)}"
    return desk.pages.page(
        call,
        "home",
        place=desk.divisions.named(call.person.person.division),
        sections=sections,
        resets=await desk.resets.of(call.person.person, TOLD_FIRST_FOR),
        act_name=act_name,
        live=LivePage(stream, "/", "#waiting"),
    )


async def stream(desk: Desk, call: Call) -> web.StreamResponse:
    """Tell the home page that a number has changed, until it is closed."""
    if "mark" not in call.request.query:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NOTHING], count=1)

    async def look() -> str:
        return mark_of_list(await _sections(desk, call))

    return await follow(desk, call, look, at_most_every=max(SECONDS, desk.watchers.at_most_every))


async def _sections(desk: Desk, call: Call) -> list[Section]:
    person, found = call.person.person, []
    if person.may(Right.SEE_OWN_CASES):
        cards = await _desk_cards(desk, call, Party.ORIGIN, _WINDOW)
        drafts = len(await desk.window.drafts.of(person))
        cards.append(Card(_t(call, "home_drafts"), "/take-in", str(drafts), "warning" if drafts else ""))
        found.append(Section(_t(call, "home_window"), tuple(cards)))
    if person.may(Right.SEE_THEIR_CASES):
        cards = await _desk_cards(desk, call, Party.HANDLER, _HANDLER)
        found.append(Section(_t(call, "home_handler"), tuple(cards)))
    if person.may(Right.OPERATE):
        found.append(Section(_t(call, "home_operations"), tuple(await _operator_cards(desk, call))))
    if person.may(Right.GIVE_RIGHTS):
        found.append(Section(_t(call, "home_accounts"), tuple(await _security_cards(desk, call))))
    if person.may(Right.AUDIT):
        found.append(Section(_t(call, "home_audit"), tuple(await _auditor_cards(desk, call))))
    return found


async def _desk_cards(desk: Desk, call: Call, party: Party, tabs: Sequence[tuple[str, str]]) -> list[Card]:
    person, path, cards = call.person.person, "/window" if party is Party.ORIGIN else "/handler", []
    for name, light in tabs:
        tab = DESKS[party][1][name]
        wanted = Filter(
            party=party.value,
            states=tuple(state.value for state in tab.states),
            due_before=desk.clock() + PRESSING_WITHIN if tab.pressing else None,
        )

        async def count(wanted: Filter = wanted) -> Counted:
            return await desk.cases.count(person, wanted, MOST)

        counted = await desk.operating.looks.look(f"home {party.value} {person.scope} {name}", SECONDS, count)
        shown, more = light if counted.cases else "", ""
        if tab.pressing:
            late = await _late(desk, call, wanted) if counted.cases else counted
            shown = shown and (light if late.cases else "warning")
            more = _t(call, "home_week").format(late=_shown(late))
        cards.append(Card(tab.title.say(call.lang), f"{path}?tab={name}", _shown(counted), shown, more))
    return cards


async def _late(desk: Desk, call: Call, wanted: Filter) -> Counted:
    """What of the pressing cases is overdue by now."""
    person = call.person.person

    async def count() -> Counted:
        return await desk.cases.count(person, replace(wanted, due_before=desk.clock()), MOST)

    return await desk.operating.looks.look(f"home {wanted.party} {person.scope} late", SECONDS, count)


async def _operator_cards(desk: Desk, call: Call) -> list[Card]:
    looks, operating = desk.operating.looks, desk.operating
    partners = await every_partner(desk)
    queue = await looks.look("queue", QUEUE, operating.queue.overview)
    files = await operating.files.running()
    systems = await looks.look("systems", FILE_SECONDS, operating.systems)
    kept_back = sum(one.count for one in queue.groups)
    red, yellow = (sum(one.light is light for one in partners) for light in (Light.RED, Light.YELLOW))
    unexplained = sum(one.unexplained for one in partners)
    said = _t(call, "home_partners_of").format(yellow=yellow, all=len(partners))
    causes = _t(call, "home_causes").format(count=len(queue.groups)) if queue.groups else ""
    return [
        Card(_t(call, "home_partners"), "/partners", str(red), _bad(red) or _warns(yellow) or "normal", said),
        Card(_t(call, "home_failures"), "/queue", f"{kept_back:,}", _bad(kept_back), causes),
        _keys_card(desk, call),
        _counted(call, "home_keys_announced", "/keys", len(await operating.keys.waiting()), "warning"),
        _counted(call, "home_days", "/reconciliation", unexplained, "overdue"),
        _counted(call, "home_partner_files", "/partners", len(files.reload.findings), "warning"),
        _counted(call, "home_system_files", "/systems", len(systems.findings), "warning"),
        _counted(call, "home_notice_files", "/systems", len(desk.papers.wordings.findings), "warning"),
        _counted(call, "home_unclaimed", "/systems", systems.unclaimed, "warning"),
    ]


def _keys_card(desk: Desk, call: Call) -> Card:
    now = desk.clock()
    ends = sorted(one.seal_until - now for one in desk.operating.own_keys() if one.seal_until)
    near = [left for left in ends if left < SOON]
    light = "overdue" if near and near[0] < VERY_SOON else _warns(len(near))
    more = _t(call, "home_keys_first").format(days=max(near[0].days, 0)) if near else ""
    return Card(_t(call, "home_keys"), "/keys", str(len(near)), light, more)


async def _security_cards(desk: Desk, call: Call) -> list[Card]:
    seen = await desk.glance.accounts(call.person.person)
    of = _t(call, "home_bare_of").format(all=seen.active)
    return [
        _counted(call, "home_locked", "/people", seen.locked, "overdue"),
        _counted(call, "home_links", "/people", seen.links, "warning", _t(call, "home_links_of")),
        _counted(call, "home_bare", "/people", seen.bare, "warning", of),
    ]


async def _auditor_cards(desk: Desk, call: Call) -> list[Card]:
    today = desk.clock().astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = await desk.glance.audit(call.person.person, today)
    day = today.date().isoformat()
    sealed = _t(call, "home_sealed_at").format(at=moment(seen.sealed_at)) if seen.sealed_at else ""
    plus = "+" if seen.refused.more else ""
    return [
        Card(
            _t(call, "home_sealed"),
            "/audit",
            f"{seen.unsealed:,}",
            _warns(seen.unsealed if _is_late(seen.sealed_at, desk.clock()) else 0),
            sealed or _t(call, "home_sealed_never"),
        ),
        _verified_card(call, seen.verified),
        Card(
            _t(call, "home_refused"),
            f"/audit?act=page.refused&from={day}",
            f"{seen.refused.pages:,}{plus}",
            _warns(seen.refused.pages),
        ),
        Card(
            _t(call, "home_sign_ins"),
            f"/audit?act=console.sign_in&from={day}",
            f"{seen.refused.sign_ins:,}{plus}",
            _warns(seen.refused.sign_ins),
        ),
    ]


def _verified_card(call: Call, row: Note | None) -> Card:
    words = {"holds": ("home_verified_holds", "normal"), "": ("home_verified_never", "warning")}
    name, light = words.get(row.outcome if row else "", ("home_verified_broken", "overdue"))
    return Card(_t(call, "home_verified"), "/audit", _t(call, name), light, moment(row.at if row else None))


def _is_late(sealed_at: datetime | None, now: datetime) -> bool:
    """Whether the head of the chain is older than it should be: it is made every minute."""
    return sealed_at is None or now - sealed_at > _LATE


def _counted(call: Call, name: str, address: str, count: int, light: str, more: str = "") -> Card:
    return Card(_t(call, name), address, f"{count:,}", light if count else "", more)


def _shown(counted: Counted) -> str:
    return f"{counted.cases:,}{'+' if counted.more else ''}"


def _warns(count: int) -> str:
    return "warning" if count else ""


def _bad(count: int) -> str:
    return "overdue" if count else ""


def _t(call: Call, name: str) -> str:
    return word(name, call.lang)


_LATE = timedelta(minutes=5)
_NOTHING = FieldFinding(
    "mark",
    Text("没有说明显示的是什么", "it is not said what is shown"),
    Text("从首页打开", "open it from the home page"),
)
