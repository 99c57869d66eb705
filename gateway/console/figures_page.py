"""Figures at a glance for operators: a small picture of cases by day, how they stand, and steps against their limits."""

from xml.sax.saxutils import escape

from aiohttp import web

from gateway.case.states import STATE_NAMES, Party, State
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.partners_page import span
from gateway.flows.figures import Figures, Line

SPAN_DAYS = 30
MOST_LINES = 100
WIDTH, HEIGHT, FOOT = 900, 160, 24
SIDES = {
    Party.ORIGIN.value: Text("我方收件", "taken in here"),
    Party.HANDLER.value: Text("我方办理", "decided here"),
}

_HIGHEST = Text("最高", "highest")


async def show_figures(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the figures of the last thirty days."""
    seen = await desk.operating.figures(SPAN_DAYS)
    lang = call.lang
    names = {one.partner.code: one.partner.short_name for one in (await desk.operating.files.running()).partners}

    def shown(one: Line, name: str) -> dict[str, object]:
        return {
            "key": one.key,
            "name": name,
            "side": SIDES[one.party].say(lang),
            "cases": one.cases,
            "ended": one.ended,
            "late": one.late,
            "in_time": round(100 * (one.cases - one.late) / one.cases),
            "to_accept": span(one.to_accept, lang) if one.to_accept is not None else "-",
            "to_decide": span(one.to_decide, lang) if one.to_decide is not None else "-",
        }

    return desk.pages.page(
        call,
        "figures",
        seen=seen,
        span_days=SPAN_DAYS,
        ours_total=sum(one.ours for one in seen.days),
        theirs_total=sum(one.theirs for one in seen.days),
        states=[(STATE_NAMES[State(word)].say(lang), count) for word, count in seen.states],
        total=sum(count for _, count in seen.states),
        partners=[shown(one, names.get(one.key, one.key)) for one in seen.partners[:MOST_LINES]],
        items=[shown(one, one.name) for one in seen.items[:MOST_LINES]],
    )


async def picture(desk: Desk, call: Call) -> web.StreamResponse:
    """Answer with the picture of cases by day; the page has the same in a table."""
    seen = await desk.operating.figures(SPAN_DAYS)
    labels = tuple(text.say(call.lang) for text in (*SIDES.values(), _HIGHEST))
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=drawn(seen, labels), content_type="image/svg+xml", headers=headers)


def drawn(seen: Figures, labels: tuple[str, ...]) -> str:
    """Return the days as bars, two for each, in SVG without script, style or anything that people typed."""
    highest = max([1, *(one.ours for one in seen.days), *(one.theirs for one in seen.days)])
    each = WIDTH / max(len(seen.days), 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 2 * FOOT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT + 2 * FOOT}" fill="#ffffff"/>',
        f'<text x="4" y="14" fill="#1f4fbf">■ {escape(labels[0])}</text>',
        f'<text x="160" y="14" fill="#6a1b9a">■ {escape(labels[1])}</text>',
        f'<text x="{WIDTH - 4}" y="14" fill="#333333" text-anchor="end">{escape(labels[2])} {highest}</text>',
    ]
    for n, one in enumerate(seen.days):
        for beside, (count, colour) in enumerate(((one.ours, "#1f4fbf"), (one.theirs, "#6a1b9a"))):
            tall = (HEIGHT - FOOT) * count / highest
            left = n * each + 3 + beside * (each - 6) / 2
            top = HEIGHT - tall + FOOT
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{(each - 8) / 2:.1f}" height="{tall:.1f}" fill="{colour}"/>'
            )
        if n % 5 == 0:
            parts.append(
                f'<text x="{n * each + 3:.1f}" y="{HEIGHT + 2 * FOOT - 6}" fill="#333333">{one.day:%m-%d}</text>'
            )
    parts.append(f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT + FOOT}" y2="{HEIGHT + FOOT}" stroke="#999999"/></svg>')
    return "".join(parts)
