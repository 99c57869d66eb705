"""Items at the local door: a window draws the handler's form and checklist; operators import; systems do not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import Draft202012Validator

from gateway.app.local_door import operator_app
from gateway.case.item.definition import ItemDefinition, ItemState, TimeLimit
from gateway.cli.readiness import examine
from gateway.local.canonical_out import case_content, encode
from gateway.local.openapi import describe_routes
from gateway.local.routes import ROUTES
from gateway.local.system_file import May
from gateway.local.systems import Systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.build import a_definition, a_file, a_material
from tests.flows.local_doors import WINDOW_KEY, a_system, by, door_of
from tests.flows.regions import CARD, Region, regions

ENSHI, QIANJIANG = "422800", "500114"
SCHEMA = '{"type":"object","properties":{"换领原因":{"enum":["损坏","到期"]},"次数":{"maximum":1.50}}}'
DESCRIPTION = json.loads(json.dumps(describe_routes(ROUTES)))


def an_item(**changes: Any) -> ItemDefinition:
    return a_definition(**({"basic_code": CARD, "item_type": "01"} | changes))


def fits(name: str, answer: object) -> bool:
    """Whether an answer is what the interface description says."""
    wanted = {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}
    assert [error.message for error in Draft202012Validator(wanted).iter_errors(answer)] == []
    return True


async def get(door: TestClient, path: str, key: str = WINDOW_KEY) -> tuple[int, Any]:
    async with door.get(path, headers=by(key)) as response:
        return response.status, await response.json()


@asynccontextmanager
async def operators(region: Region) -> AsyncIterator[TestClient]:
    """The socket of operators, without its file."""
    app = operator_app(region.gateway, Systems.of((a_system("window", WINDOW_KEY),), load_divisions()), Metrics())
    async with TestClient(TestServer(app)) as client:
        yield client


async def bring_in(door: TestClient, body: object, **headers: str) -> tuple[int, Any]:
    async with door.post("/v1/items/import", json=body, headers=headers) as response:
        return response.status, await response.json()


async def test_a_window_draws_form_and_checklist_of_the_handler(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions, door_of(all_regions[QIANJIANG]) as door:
        status, before = await get(door, "/v1/items?division=422802")
        assert status == 200
        assert fits("ItemList", before)
        assert [(one["basic_code"], one["published"], one["definition"]) for one in before["items"]] == [
            (CARD, False, None)
        ]
        (material,) = an_item().materials
        demanded = an_item(form_schema=SCHEMA)
        await all_regions[ENSHI].publish(demanded)
        await all_regions.ask_for_items()
        async with door.get("/v1/items?division=422802&item=" + CARD, headers=by(WINDOW_KEY)) as response:
            text = await response.text()
        assert "1.50" in text, "numbers of a schema keep their characters"
        answer = json.loads(text)
        assert fits("ItemList", answer)
        (one,) = answer["items"]
        assert (one["region"], one["modes"], one["published"]) == (ENSHI, ["entrusted"], True)
        definition = one["definition"]
        assert definition["form_schema"] == json.loads(SCHEMA)
        assert definition["materials"][0] | {"licence_callable": False} == definition["materials"][0]
        assert definition["materials"][0]["name"] == material.name
        assert definition["promised_limit"] == {"amount": 10, "unit": "working_day"}
        status, single = await get(door, f"/v1/items/{CARD}?division=422802")
        assert (status, single) == (200, one)
        assert fits("ListedItem", single)


async def test_what_is_listed_is_narrowed_by_item_mode_and_region_and_comes_page_by_page(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        there = all_regions[ENSHI]
        await there.publish(*(an_item(basic_code=f"000120{n:03d}000") for n in range(5)))
        async with door_of(there) as door:
            seen, cursor = [], ""
            while True:
                status, page = await get(door, f"/v1/items?limit=2&cursor={cursor}")
                assert status == 200
                assert fits("ItemList", page)
                seen += [one["basic_code"] for one in page["items"]]
                if page["next_cursor"] is None:
                    break
                cursor = page["next_cursor"]
            assert seen == [f"000120{n:03d}000" for n in range(5)]
        async with door_of(all_regions[QIANJIANG]) as door:
            for narrowed, count in (
                ("mode=entrusted", 1),
                ("mode=online", 0),
                ("region=422800", 1),
                ("region=433100", 0),
                ("item=000120011999", 0),
            ):
                status, page = await get(door, f"/v1/items?division=422802&{narrowed}")
                assert (status, len(page["items"])) == (200, count), narrowed


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/v1/items?division=999999", 422, "DIVISION_UNKNOWN"),
        ("/v1/items?division=4228", 422, "DIVISION_UNKNOWN"),
        ("/v1/items?item=12", 422, "BAD_REQUEST"),
        ("/v1/items?mode=sometimes", 422, "BAD_REQUEST"),
        ("/v1/items?cursor=%C3%A4", 422, "BAD_REQUEST"),
        ("/v1/items?colour=red", 422, "BAD_REQUEST"),
        ("/v1/items/000120011000", 422, "ITEM_NOT_PUBLISHED"),
        ("/v1/items/000120011999?division=422802", 422, "ITEM_NOT_AGREED"),
        ("/v1/items/000120011000?division=330100", 422, "NO_PARTNER"),
        ("/v1/items/nonsense", 422, "BAD_REQUEST"),
    ],
)
async def test_what_cannot_be_shown_says_why(tmp_path: Path, path: str, status: int, reason: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions, door_of(all_regions[QIANJIANG]) as door:
        got, problem = await get(door, path)
        assert (got, problem["reason"]) == (status, reason)
        assert fits("Problem", problem)


async def test_a_case_that_does_not_meet_the_requirements_is_answered_with_every_gap(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions, door_of(all_regions[QIANJIANG]) as door:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item(form_schema='{"type":"object","required":["换领原因","电话"]}'))
        await all_regions.ask_for_items()
        case = json.loads(encode(case_content(here.a_case(to=ENSHI))))
        del case["joint_parent"]
        async with door.post("/v1/cases", json=case, headers=by(WINDOW_KEY)) as response:
            problem = await response.json()
        assert (response.status, problem["reason"]) == (422, "REQUIREMENTS_NOT_MET")
        told = " ".join(finding["problem"]["zh"] for finding in problem["findings"])
        assert "电话" in told
        assert "一寸免冠照片" in told
        assert "没有向对方发送任何内容" in problem["fix"]["zh"]


async def test_the_feed_tells_that_an_item_changed_under_a_case(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions, door_of(all_regions[QIANJIANG]) as door:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        await all_regions.ask_for_items()
        await here.upload(b"photo")
        number = await here.submit(here.a_case(to=ENSHI, materials=(a_material(form=a_file(b"photo")),)))
        await there.publish(an_item(version=2, state=ItemState.PAUSED))
        await all_regions.ask_for_items()
        status, answer = await get(door, "/v1/feed")
        assert status == 200
        assert fits("Feed", answer)
        (entry,) = answer["items"]
        assert (entry["kind"], entry["case_id"], entry["item_change"]) == ("item_changed", number, "1→2 paused")
        assert (entry["reason"], entry["refusal"]) == ("", None)


async def test_operators_import_items_and_systems_may_not(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        there = all_regions[ENSHI]
        body = {"definitions": [msgspec.to_builtins(an_item(form_schema=SCHEMA))]}
        async with door_of(there) as door:
            status, problem = await bring_in(door, body, **by(WINDOW_KEY))
            assert (status, problem["reason"]) == (403, "LOCAL_NOT_ALLOWED")
        async with operators(there) as door:
            status, problem = await bring_in(door, body, **{"Tongban-System": "window"})
            assert (status, problem["reason"]) == (403, "LOCAL_NOT_ALLOWED")
            status, answer = await bring_in(door, body)
            assert (status, answer) == (
                200,
                {"catalogue_version": 1, "added": 1, "unchanged": 0, "new_versions": 0},
            )
            assert fits("ItemsImported", answer)
            status, again = await bring_in(door, body)
            assert again["unchanged"] == 1
            body["definitions"][0] |= {"version": 2, "form_schema": json.loads(SCHEMA), "promised_limit": None}
            body["definitions"][0]["case_type"] = 9
            status, newer = await bring_in(door, body)
            assert (status, newer) == (200, answer | {"catalogue_version": 2, "added": 0, "new_versions": 1})
            # What is read can be imported, but for what the door adds.
            status, own = await get(door, f"/v1/items/{CARD}")
            definition = own["definition"]
            for material in definition["materials"]:
                del material["licence_callable"]
            status, same = await bring_in(door, {"definitions": [definition]})
            assert (status, same["unchanged"]) == (200, 1), same


async def test_everything_wrong_with_an_import_is_told_and_nothing_is_imported(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions, operators(all_regions[ENSHI]) as door:
        good = msgspec.to_builtins(an_item())
        wrong = [
            good | {"promissed_limit": {"amount": 3}},
            good | {"state": "resting"},
            good | {"materials": [{"list_code": "A", "name": "照片", "colour": "red"}]},
            {name: value for name, value in good.items() if name != "valid_from"},
            good | {"version": "two"},
            "an item",
        ]
        status, problem = await bring_in(door, {"definitions": wrong, "more": 1})
        assert (status, problem["reason"]) == (422, "BAD_REQUEST")
        assert [finding["path"] for finding in problem["findings"]] == [
            "more",
            "definitions[0].promissed_limit",
            "definitions[1].state",
            "definitions[2].materials[0].colour",
            "definitions[3].valid_from",
            "definitions[4].version",
            "definitions[5]",
        ]
        assert "promised_limit" in problem["findings"][1]["fix"]["zh"]
        status, problem = await bring_in(door, {"definitions": []})
        assert [finding["path"] for finding in problem["findings"]] == ["definitions"]
        late = msgspec.to_builtins(an_item(promised_limit=TimeLimit(99)))
        status, problem = await bring_in(door, {"definitions": [good, late]})
        assert "definitions[1].promised_limit" in [finding["path"] for finding in problem["findings"]]
        assert await all_regions[ENSHI].gateway.items.own_version() == 0


async def test_a_gateway_without_items_is_told_so_by_the_check(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        there = all_regions[ENSHI]

        def warned() -> bool:
            found = examine(there.settings, divisions=load_divisions(), now=all_regions.clock())
            return any("items of this region" in one.problem.en for one in found)

        assert warned()
        await there.publish(an_item())
        assert not warned()


async def test_only_who_may_submit_sees_items(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        reader = a_system("reader", "tb_sys_reader", May.READ)
        async with door_of(all_regions[QIANJIANG], reader) as door:
            status, problem = await get(door, "/v1/items?division=422802", "tb_sys_reader")
            assert (status, problem["reason"]) == (403, "LOCAL_NOT_ALLOWED")
