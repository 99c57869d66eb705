"""Charts are pictures without script or style for any figures; every province has its own square; figures use indexes."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.case import events as ev
from gateway.case.clock.words import CLOCK_NAMES
from gateway.console.charts import MOST_SHOWN, days_chart, steps_chart
from gateway.console.figures_page import END_NAMES
from gateway.console.region_map import SQUARES, provinces_of
from gateway.flows.figures import Day
from gateway.flows.standing.lights import Light
from gateway.flows.step_figures import SHOWN, StepFigures
from gateway.settings import load_divisions
from gateway.store import figures
from tests.build import a_happening
from tests.console.crowd_build import ALL, RED, crowd
from tests.console.people_build import ENSHI, QIANJIANG, a_console

NAMES = ("<我方>", "对方 & 他方", '"终"')


@pytest.mark.parametrize(
    "days",
    [
        (),
        (Day(date(2026, 11, 24), 0, 0, 0),),
        tuple(Day(date(2026, 11, n), n * 1000, 1, n) for n in range(1, 31)),
    ],
)
def test_days_are_drawn_for_any_figures(days: tuple[Day, ...]) -> None:
    svg = days_chart(days, NAMES, "最高")
    assert ET.fromstring(svg).tag.endswith("svg")
    assert "<我方>" not in svg
    assert "style" not in svg
    assert svg.count("<rect") == 1 + len(NAMES) + 3 * len(days)


def test_a_bar_of_a_step_stays_in_the_picture_and_its_number_is_told() -> None:
    steps = [
        (CLOCK_NAMES[clock].zh, StepFigures(clock, 9, 1, timedelta(hours=3), share, most))
        for clock, (share, most) in zip(
            SHOWN, ((0, 0), (40, 90), (100, 100), (101, 150), (5000, 99999), (1, 2)), strict=True
        )
    ]
    svg = ET.fromstring(steps_chart(steps))
    wide = [float(one.get("width", "0")) for one in svg.iter() if one.tag.endswith("rect")]
    assert max(wide[1:]) <= wide[0] - 150
    said = [one.text for one in svg.iter() if one.tag.endswith("text")]
    assert "5000 / 99999" in said
    assert f"{MOST_SHOWN} %" in said
    ET.fromstring(steps_chart([]))


def test_every_province_has_a_square_of_its_own() -> None:
    provinces = {one.code6[:2] for one in load_divisions() if one.code6.endswith("0000")}
    # Taiwan, Hong Kong and Macao have codes (GB/T 2260) and no rows in our table.
    assert set(SQUARES) - provinces == {"71", "81", "82"}
    assert provinces <= set(SQUARES)
    assert len({(row, column) for _, row, column in SQUARES.values()}) == len(SQUARES)
    assert all(1 <= row <= 8 and 1 <= column <= 9 for _, row, column in SQUARES.values())
    css = (Path(__file__).parents[2] / "gateway/console/static/console.css").read_text()
    assert all(f".map .r{row} " in css and f".map .c{column} " in css for _, row, column in SQUARES.values())


async def test_ninety_partners_lie_in_their_provinces_the_worst_first(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        silent = await crowd(console)
        console.desk.operating.looks.forget()  # the home page has looked before they were there
        found = await console.desk.operating.standing.both_views()
        assert len(found) == ALL
        provinces = provinces_of(found, console.desk.divisions)
        assert sum(one.count for one in provinces) == ALL
        lights = [list(Light).index(one.light) for one in provinces]
        assert lights == sorted(lights)
        assert {
            this.partner.code
            for one in provinces
            if one.light is Light.RED
            for some in one.prefectures
            for this in some.partners
            if this.light is Light.RED
        } == set(silent)
        hunan = next(one for one in provinces if one.digits == "43")
        assert (hunan.name, hunan.prefectures[0].name) == ("湖南省", "常德市")
        assert next(one for one in provinces if one.digits == "50").prefectures[0].name == ""
        text = await visitor.get("/partners")
        assert text.count('class="tile overdue"') == RED
        assert '<span class="unseen"> 湖南省: 37 个地区, 黄</span>' in text
        assert text.count('<tr><td><span class="light') == ALL


async def test_what_was_over_is_counted_on_its_day_by_how_it_ended(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        here, there = console.regions[QIANJIANG], console.regions[ENSHI]
        granted, withdrawn = [await here.submit(here.a_case(ENSHI)) for _ in range(2)]
        await console.regions.settle_down()
        for happening in (ev.ReceivedByHandler, ev.Accepted, ev.Decided):
            await there.act(granted, a_happening(happening))
        await here.act(withdrawn, a_happening(ev.Withdrawn))
        await console.regions.settle_down()
        seen = await console.desk.operating.figures(30)
        assert dict(seen.ends) == {"granted": 1, "withdrawn": 1}
        assert (seen.days[-1].ours, seen.days[-1].theirs, seen.days[-1].over) == (2, 0, 2)
        assert {one.clock for one in seen.steps} <= set(SHOWN)
        (line,) = seen.partners
        assert line.steps == seen.steps
        text = await visitor.get("/figures")
        assert f'<th scope="row">{END_NAMES["granted"].zh}</th><td class="number">1</td>' in text
        assert "承诺办结" in text

        def plans(tx: object) -> list[str]:
            told: list[str] = []

            class Explaining:
                def rows(self, sql: str, facts: dict[str, object]) -> list[tuple[object, ...]]:
                    told.extend(row[-1] for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", facts))  # type: ignore[attr-defined]
                    return []

            at = datetime(2026, 11, 1, tzinfo=UTC)
            figures.lately(Explaining(), at, at)  # type: ignore[arg-type]
            figures.over_lately(Explaining(), at, at)  # type: ignore[arg-type]
            return told

        for step in await here.gateway.database.read(plans):
            assert not step.startswith("SCAN"), step
