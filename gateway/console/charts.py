"""Small charts in SVG, without script, style or anything that people typed; the page has the same in a table.

They are pictures of their own addresses, for the pages allow no style within.  White ground and dark signs in either colour
scheme, and what differs in colour differs in place as well.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from gateway.flows.figures import Day
from gateway.flows.step_figures import StepFigures

WIDTH = 900
DAYS_HEIGHT, HEAD, FOOT = 130, 24, 24
COLOURS = ("#1f4fbf", "#b35900", "#6b6b6b")
ROW, LEFT, RIGHT = 26, 190, 70
MOST_SHOWN = 200
"""Per cent of a limit at which a bar ends; the number beside it says how much it is."""
_INK, _LINE, _LATE = "#222222", "#999999", "#b3261e"


def days_chart(days: Sequence[Day], labels: tuple[str, str, str], highest_label: str) -> str:
    """Return cases by day as bars, three for each day: taken in here, decided here, over."""
    highest = max([1, *(count for one in days for count in (one.ours, one.theirs, one.over))])
    each, height = WIDTH / max(len(days), 1), HEAD + DAYS_HEIGHT + FOOT
    parts = [_open(height)]
    for n, (label, colour) in enumerate(zip(labels, COLOURS, strict=True)):
        parts.append(f'<rect x="{4 + n * 180}" y="6" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(20 + n * 180, 15, label))
    parts.append(_text(WIDTH - 4, 15, f"{highest_label} {highest}", "end"))
    bottom = HEAD + DAYS_HEIGHT
    wide = (each - 6) / 3
    for n, one in enumerate(days):
        for beside, count in enumerate((one.ours, one.theirs, one.over)):
            tall = (DAYS_HEIGHT - 6) * count / highest
            left = n * each + 3 + beside * wide
            parts.append(
                f'<rect x="{left:.1f}" y="{bottom - tall:.1f}" width="{max(wide - 1, 1):.1f}" height="{tall:.1f}"'
                f' fill="{COLOURS[beside]}"/>'
            )
        if n % 5 == 0:
            parts.append(_text(n * each + 3, height - 7, f"{one.day:%m-%d}"))
    parts.append(_line(0, bottom, WIDTH, bottom))
    return "".join((*parts, "</svg>"))


def steps_chart(steps: Sequence[tuple[str, StepFigures]]) -> str:
    """Return how much of its limit each step took: a bar to the median, a thin one to what nine of ten took at the most."""
    height = HEAD + ROW * max(len(steps), 1) + 6
    across = WIDTH - LEFT - RIGHT
    parts = [_open(height)]
    for share in (0, 50, 100, 150, 200):
        at = LEFT + across * share / MOST_SHOWN
        parts.append(_line(at, HEAD, at, height - 6, _LATE if share == 100 else _LINE))
        parts.append(_text(at, 15, f"{share} %", "middle"))
    for n, (name, one) in enumerate(steps):
        top = HEAD + n * ROW
        parts.append(_text(LEFT - 8, top + 17, name, "end"))
        parts.append(_bar(top + 10, 4, one.most, across, "#7a9be8" if one.most <= 100 else "#e39a95"))
        parts.append(_bar(top + 5, 14, one.share, across, COLOURS[0] if one.share <= 100 else _LATE))
        parts.append(_text(WIDTH - 4, top + 17, f"{one.share} / {one.most}", "end"))
    return "".join((*parts, "</svg>"))


def _bar(top: float, tall: float, share: int, across: float, colour: str) -> str:
    wide = across * min(share, MOST_SHOWN) / MOST_SHOWN
    return f'<rect x="{LEFT}" y="{top}" width="{wide:.1f}" height="{tall}" fill="{colour}"/>'


def _open(height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    )


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{_INK}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = _LINE) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'
