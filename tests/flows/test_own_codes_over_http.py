"""A handler's system that reads its feed and posts its events in its own codes, over the real door."""

import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient

from gateway.case.code.identifiers import CertificateKind
from gateway.case.events import ReceivedByHandler
from gateway.local.systems import System
from gateway.local.systems_check import check_systems
from gateway.settings import load_divisions
from tests.build import a_person
from tests.flows.local_doors import WINDOW_KEY, a_system, by, door_of, on_the_wire
from tests.flows.regions import Region, regions

ENSHI, QIANJIANG = "422800", "500114"
JSON = {"Content-Type": "application/json"}


def own_system(name: str) -> System:
    shipped = check_systems(Path(__file__).parents[2] / "systems", load_divisions()).systems
    return a_system("window", WINDOW_KEY, mapping=next(one for one in shipped if one.name == name).mapping)


async def got(door: TestClient, path: str) -> tuple[int, Any]:
    answer = await door.get(path, headers=by(WINDOW_KEY))
    return answer.status, await answer.json(content_type=None)


async def posted(door: TestClient, region: Region, number: str, **event: Any) -> tuple[int, Any]:
    body = {
        "occurred_at": on_the_wire(region.clock()),
        "actor": {"name": "示例经办", "division": "422801"},
        **event,
    }
    answer = await door.post(f"/v1/cases/{number}/events", data=json.dumps(body), headers={**by(WINDOW_KEY), **JSON})
    return answer.status, await answer.json(content_type=None)


async def test_a_case_is_read_and_decided_in_own_codes(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[ENSHI], own_system("shaanxi-hub")) as door:
        number = await both[QIANJIANG].submit(both[QIANJIANG].a_case(ENSHI))
        await both.settle_down()
        _, feed = await got(door, "/v1/feed")
        assert feed["items"][0]["case"]["applicant"]["certificate_kind"] == "111"
        assert feed["items"][0]["case"]["channel"] == "02"
        await both[ENSHI].act(number, ReceivedByHandler("K-1"))
        assert (await posted(door, both[ENSHI], number, event="accepted"))[0] == 201
        status, content = await posted(door, both[ENSHI], number, ending="6")
        assert (status, content["state"]) == (201, "granted")
        _, seen = await got(door, f"/v1/cases/{number}")
        assert seen["events"][-1]["ending"] == "6"
        await both.settle_down()
        assert (await both[QIANJIANG].state(number)).value == "granted"


async def test_a_word_without_a_code_stops_the_feed_there_and_says_which(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[ENSHI], own_system("guizhou-push")) as door:
        origin = both[QIANJIANG]
        passport = a_person(certificate_kind=CertificateKind.PASSPORT, certificate_number="E12345678")
        for applicant in (a_person(), passport, a_person()):
            await origin.submit(origin.a_case(ENSHI, applicant=applicant))
        await both.settle_down()
        status, feed = await got(door, "/v1/feed")
        assert (status, len(feed["items"]), feed["more"]) == (200, 1, True)
        status, told = await got(door, f"/v1/feed?after={feed['next_after']}")
        assert (status, told["reason"]) == (422, "UNMAPPED_CODE")
        assert [one["path"] for one in told["findings"]] == ["items[0].case.applicant.certificate_kind"]
        assert "E12345678" not in json.dumps(told)
        status, rest = await got(door, f"/v1/feed?after={feed['next_after'] + 1}")
        assert (status, len(rest["items"])) == (200, 1)


async def test_a_code_without_a_row_is_refused_when_an_event_is_posted(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[ENSHI], own_system("shaanxi-hub")) as door:
        number = await both[QIANJIANG].submit(both[QIANJIANG].a_case(ENSHI))
        await both.settle_down()
        status, told = await posted(door, both[ENSHI], number, ending="3")
        assert (status, told["reason"], told["findings"][0]["path"]) == (422, "UNMAPPED_CODE", "ending")
