"""A simulated partner obeys, delays, refuses, lies, repeats and dies, and the gateway that practises sees just that."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.cli.federation import free_ports
from gateway.cli.tree import run
from tests.kit.kit_build import failed
from tests.kit.sim_build import OURS, SIMULATED, practising


def rule(on: str, *steps: str | dict, **conditions: object) -> dict:
    return {"on": on, **conditions, "then": [{"do": one} if isinstance(one, str) else one for one in steps]}


async def test_an_obedient_partner_takes_a_case_and_decides_it(tmp_path):
    async with practising(tmp_path, rule("case", "sign_off", "accept", "grant")) as on:
        number = await on.hand_over()
        await on.heard.until("acted", case=number, act="grant")
        assert await on.until_story(number, 4) == [
            (1, "opened"),
            (2, "ReceivedByHandler"),
            (3, "Accepted"),
            (4, "Decided"),
        ]
        assert (await on.view(number)).row.standing.state is State.GRANTED


async def test_an_obedient_partner_passes_the_checks_itself(tmp_path):
    async with practising(tmp_path) as on:
        report = await on.examine("1", "2", "3", "4", "5", "6", "8", "10")
        assert failed(report) == {}


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        ("wrong_digest", {"4.2", "10.3"}),
        ("wrong_signer", {"4.2", "10.3"}),
        ("wrong_region", {"4.2", "10.3"}),
        ("unsigned", {"4.2", "10.3"}),
        ("wrong_version", {"4.1"}),
    ],
)
async def test_a_partner_that_lies_is_found_out_by_the_checks(tmp_path, lie, expected):
    async with practising(tmp_path, rule("envelope", lie, kind="new_case")) as on:
        assert failed(await on.examine("4.1", "4.2", "10")).keys() == expected
        assert on.heard.count("lied", lie=lie) >= 1


@pytest.mark.parametrize("lie", ["wrong_digest", "wrong_signer", "other_envelope", "unsigned", "wrong_region"])
async def test_a_lie_settles_nothing_here_and_the_true_receipt_of_the_next_try_does(tmp_path, lie):
    async with practising(tmp_path, rule("envelope", lie, times=1)) as on:
        number = await on.submit()
        flight = await on.gateway.deliver(SIMULATED)
        assert flight.settled == 0
        assert (await on.view(number)).row.standing.state is State.FORWARDED


async def test_a_new_case_is_refused_with_the_reason_of_the_script(tmp_path):
    refuse = {"do": "refuse", "reason": "ITEM_NOT_PUBLISHED"}
    async with practising(tmp_path, rule("envelope", refuse, kind="new_case")) as on:
        number = await on.submit()
        assert (await on.gateway.deliver(SIMULATED)).settled == 1
        assert (await on.view(number)).row.standing.state is State.REFUSED_BY_PARTNER
        assert on.heard.count("turned_down", reason="ITEM_NOT_PUBLISHED") == 1
        assert on.heard.count("case") == 0


@pytest.mark.parametrize("word", ["STORE_BUSY", "MAINTENANCE", "PARTNER_PAUSED"])
async def test_a_call_is_refused_with_the_reason_of_the_script(tmp_path, word):
    if word not in Reason.__members__:
        pytest.skip(f"there is no reason {word}")
    refuse = {"do": "refuse", "reason": word}
    async with practising(tmp_path, rule("call", refuse, rpc="DeliverEnvelopes")) as on:
        await on.submit()
        flight = await on.gateway.deliver(SIMULATED)
        assert flight.settled == 0
        assert on.heard.count("refused", rpc="DeliverEnvelopes", reason=word) == 1


async def test_a_call_is_held_up_as_long_as_the_script_says_and_then_answered(tmp_path):
    delay = {"do": "delay", "lasting": "1s"}
    async with practising(tmp_path, rule("call", delay, rpc="DeliverEnvelopes", nth=1)) as on:
        number = await on.hand_over()
        assert on.heard.count("delayed", seconds="1") == 1
        assert (await on.view(number)).row.standing.state is State.AWAITING_SIGN_OFF


async def test_a_call_is_never_answered_when_the_script_says_so(tmp_path):
    async with practising(tmp_path, rule("call", "hang", rpc="DescribeGateway", nth=1)) as on:
        partner = on.gateway.registry.current().of(SIMULATED)
        asking = asyncio.create_task(on.gateway.courier.describe(partner))
        await on.heard.until("hanging", rpc="DescribeGateway")
        assert not asking.done()
        asking.cancel()
        await asyncio.wait([asking])
        assert failed(await on.examine("3.1")) == {}


async def test_a_partner_that_falls_over_in_a_call_comes_back_and_has_nothing_twice(tmp_path):
    async with practising(tmp_path, rule("call", "cut", rpc="DeliverEnvelopes", nth=1)) as on:
        await on.submit()
        flight = await on.gateway.deliver(SIMULATED)
        assert flight.settled == 0
        await on.heard.until("listening", 2)
        assert failed(await on.examine("4.1", "4.2", "4.3", "10")) == {}


async def test_a_partner_that_goes_away_is_back_after_its_time(tmp_path):
    async with practising(tmp_path, rule("case", {"do": "away", "lasting": "1s"}, nth=1)) as on:
        await on.hand_over()
        await on.heard.until("away", seconds="1")
        await on.heard.until("listening", 2)
        assert failed(await on.examine("1.1", "3")) == {}


async def test_a_restored_partner_has_another_incarnation_and_takes_back_what_it_forgot(tmp_path):
    async with practising(tmp_path, rule("case", {"do": "restored", "lasting": "1s"}, nth=1)) as on:
        partner = on.gateway.registry.current().of(SIMULATED)
        before = (await on.gateway.courier.describe(partner)).incarnation
        number = await on.hand_over()
        await on.heard.until("listening", 2)
        after = (await on.gateway.courier.describe(partner)).incarnation
        assert before != after
        # Its gateway asks ours for what it has lost, and takes the case back.
        await on.heard.until("case", 2, case=number)


async def test_what_is_sent_twice_happens_once(tmp_path):
    rules = (rule("case", "sign_off"), rule("send", "twice"))
    async with practising(tmp_path, *rules) as on:
        number = await on.hand_over()
        said = await on.heard.until("sent_twice")
        assert said.facts["answers"] == "accepted"
        assert await on.story(number) == [(1, "opened"), (2, "ReceivedByHandler")]


async def test_an_event_in_another_envelope_is_known_by_its_own_id(tmp_path):
    rules = (rule("case", "sign_off"), rule("send", "anew"))
    async with practising(tmp_path, *rules) as on:
        number = await on.hand_over()
        said = await on.heard.until("sent_anew")
        assert said.facts["answers"] == "refused ALREADY_HELD"
        assert await on.story(number) == [(1, "opened"), (2, "ReceivedByHandler")]


async def test_versions_that_come_too_early_are_folded_in_their_order(tmp_path):
    rules = (rule("case", "sign_off", "accept"), rule("send", "early"))
    async with practising(tmp_path, *rules) as on:
        number = await on.hand_over()
        await on.heard.until("sent_early", count="2")
        assert await on.until_story(number, 3) == [(1, "opened"), (2, "ReceivedByHandler"), (3, "Accepted")]


async def test_a_partner_submits_cases_of_its_own(tmp_path):
    async with practising(tmp_path, rule("start", {"do": "submit", "count": 2})) as on:
        await on.heard.until("sent")
        numbers = {one.facts["case"] for one in on.heard.all("submitted")}
        assert len(numbers) == 2
        feed = {item.case_id for item in await on.gateway.looking.read_feed("window", 0, 10)}
        assert feed <= numbers
        assert feed


async def test_what_is_planned_goes_on_after_an_absence_and_nothing_is_done_twice(tmp_path):
    steps = ({"do": "submit"}, {"do": "away", "lasting": "1s"}, {"do": "submit"})
    async with practising(tmp_path, rule("start", *steps)) as on:
        await on.heard.until("submitted", 2)
        await on.heard.until("listening", 2)
        assert on.heard.count("away") == 1
        assert on.heard.count("submitted") == 2


async def test_an_act_that_is_not_possible_is_said_and_the_rest_goes_on(tmp_path):
    async with practising(tmp_path, rule("case", "grant", "sign_off")) as on:
        number = await on.hand_over()
        said = await on.heard.until("not_acted", act="grant")
        assert said.facts["reason"] == "LIFECYCLE"
        await on.heard.until("acted", case=number, act="sign_off")


async def started(*arguments: str) -> asyncio.subprocess.Process:
    """The command in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway", "simulate-partner", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )


async def test_the_command_makes_its_folder_plays_and_ends_when_it_is_told(tmp_path):
    assert run(["init", str(tmp_path / "ours"), "--region", OURS, "--endpoint", "127.0.0.1:8443", "--yes"]) == 0
    home = tmp_path / "sim"
    [port] = free_ports(1)
    made = ("--home", str(home), "--as", SIMULATED, "--of", str(tmp_path / "ours"), "--listen", f"127.0.0.1:{port}")
    process = await started(*made, "--json")
    line = json.loads(await process.stdout.readline())
    assert (line["what"], line["address"]) == ("listening", f"127.0.0.1:{port}")
    assert line["said"]["zh"]
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert list((home / "for-them").glob(f"{SIMULATED}-*.yaml"))
    assert run(["partners", "check", "--home", str(home)]) == 0


def test_the_command_says_how_a_folder_is_made_and_what_is_wrong_with_a_script(tmp_path, capsys):
    assert run(["simulate-partner", "--home", str(tmp_path)]) == 2
    assert "--as" in capsys.readouterr().err
    script = tmp_path / "script.yaml"
    script.write_text("name: x\nrules:\n  - on: call\n    then: [{do: accept}]\n", "utf-8")
    assert run(["simulate-partner", "--check", "--script", str(script)]) == 1
    assert "script.yaml:4: rules[0].then[0].do" in capsys.readouterr().out
    script.write_text("name: x\nrules: []\n", "utf-8")
    assert run(["simulate-partner", "--check", "--script", str(script)]) == 0
