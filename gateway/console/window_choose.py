"""我要收件, first: which place decides, and which item."""

from urllib.parse import urlencode

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.item.limit_rules import limit_text
from gateway.case.item.words import MODE_TEXT
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.window_drafts import shown
from gateway.console.window_form import FORM
from gateway.flows.items.look import ListedItem

MOST_PLACES = 60
MOST_ITEMS = 100
LONGEST_ASKED = 50


async def choose(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the places that decide, and, once one is chosen, what may be sent there."""
    person, asked = call.person.person, call.request.query
    wanted, place, item = (asked.get(name, "").strip()[:LONGEST_ASKED] for name in ("where", "place", "what"))
    places = desk.window.offers.places(person, wanted, MOST_PLACES + 1)
    items: list[ListedItem] = []
    problem = ""
    if place:
        try:
            items = await desk.window.offers.items(person, place, item, MOST_ITEMS + 1)
        except GatewayError as error:
            problem = f"{error.cause.say(call.lang)}. {error.fix.say(call.lang)}"
    by_partner: dict[str, list[tuple[str, str]]] = {}
    for one in places[:MOST_PLACES]:
        by_partner.setdefault(one.partner_name, []).append((one.code, one.name))
    return desk.pages.page(
        call,
        "window_choose",
        where=wanted,
        place=place,
        place_name=desk.divisions.named(place) if place else "",
        what=item,
        partners=by_partner,
        more_places=len(places) > MOST_PLACES,
        items=[_line(one, place, call.lang) for one in items[:MOST_ITEMS]],
        more_items=len(items) > MOST_ITEMS,
        problem=problem,
        drafts=[] if place else [shown(desk, one) for one in await desk.window.drafts.of(person)],
        discarded="discarded" in asked,
    )


def _line(one: ListedItem, place: str, lang: Lang) -> dict[str, object]:
    definition = one.demand.definition or one.demand.latest
    promised = definition.promised_limit if definition else None
    count = Text(f"{len(definition.materials)} 项", f"{len(definition.materials)}") if definition else _NOT_PUBLISHED
    return {
        "address": f"{FORM}?{urlencode({'place': place, 'item': one.basic_code})}",
        "name": one.name,
        "code": one.basic_code,
        "modes": "、".join(MODE_TEXT[mode].zh for mode in one.modes)
        if lang is Lang.ZH
        else ", ".join(MODE_TEXT[mode].en for mode in one.modes),
        "promised": limit_text(promised).say(lang) if promised else "",
        "materials": count.say(lang),
        "sample": bool(definition and definition.sample),
        "agreements": ", ".join(one.agreements),
    }


_NOT_PUBLISHED = Text("对方没有公布", "not published")
