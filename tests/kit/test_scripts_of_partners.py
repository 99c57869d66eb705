"""Scripts of simulated partners: what is written wrong is told at once, and rules hold when they say."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.kit.partner.occasions import Occasions
from gateway.kit.partner.script import ACTS, ALLOWED, LIES, TRICKS, Do, On, Rule, Script, Step, read_script
from gateway.kit.partner.telling import teller
from tests.build import NOW

SAMPLES = sorted((Path(__file__).parents[2] / "docs/examples/partner").glob("*.yaml"))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_the_sample_scripts_are_sound_and_say_that_they_are_samples(file):
    script = read_script(file)
    assert isinstance(script, Script), script
    assert file.read_text("utf-8").startswith("# 示例")


def test_the_samples_show_everything_a_partner_can_do():
    shown = {step.do for file in SAMPLES for rule in read_script(file).rules for step in rule.then}
    assert set(Do) - shown == {Do.NOT_ACCEPT, Do.GIVE_BACK, Do.WITHDRAW}


def test_every_step_has_an_occasion():
    assert set().union(*ALLOWED.values()) == set(Do)
    assert set(Do) >= ACTS | LIES | TRICKS


def test_everything_wrong_in_a_script_is_told_at_once_with_its_line(tmp_path):
    file = tmp_path / "script.yaml"
    file.write_text(
        "name: x\n"
        "rules:\n"
        "  - on: case\n"
        "    then: [{do: wrong_digest}]\n"
        "  - on: call\n"
        "    rpc: DeliverEnvelope\n"
        "    then: [{do: refuse, reason: NO_SUCH_WORD}]\n"
        "  - on: envelope\n"
        "    then: [{do: refuse, reason: STORE_BUSY}]\n",
        "utf-8",
    )
    findings = read_script(file)
    assert [(one.line, one.key) for one in findings] == [
        (4, "rules[0].then[0].do"),
        (6, "rules[1].rpc"),
        (7, "rules[1].then[0].reason"),
        (9, "rules[2].then[0].reason"),
    ]
    assert all(one.fix.zh and one.fix.en for one in findings)


@pytest.mark.parametrize("text", ["name: x\nrules:\n  - on: cas\n    then: [{do: note}]\n", "rules: []\n", "name：x\n"])
def test_a_script_that_does_not_fit_is_a_finding_and_no_script(tmp_path, text):
    file = tmp_path / "script.yaml"
    file.write_text(text, "utf-8")
    assert not isinstance(read_script(file), Script)


def occasions(*rules: Rule, at: list[float] | None = None) -> Occasions:
    seconds = at or [0.0]
    return Occasions(Script(name="x", rules=rules), lambda: seconds[0], 0.0)


def a_rule(**conditions: object) -> Rule:
    return Rule(on=On.CALL, then=(Step(do=Do.HANG),), **conditions)


def met(those: Occasions, times: int, **what: str) -> list[int]:
    """On which of so many occasions a rule held, counted from 1."""
    return [nth for nth in range(1, times + 1) if those.steps(On.CALL, **what)]


def test_rules_hold_on_the_nth_on_every_nth_and_so_many_times():
    assert met(occasions(a_rule(nth=3)), 6) == [3]
    assert met(occasions(a_rule(every=2)), 6) == [2, 4, 6]
    assert met(occasions(a_rule(times=2)), 6) == [1, 2]
    assert met(occasions(a_rule(every=2, times=2)), 8) == [2, 4]


def test_rules_hold_for_what_they_name_only():
    assert met(occasions(a_rule(rpc="GetItems")), 2, rpc="GetItems") == [1, 2]
    assert met(occasions(a_rule(rpc="GetItems")), 2, rpc="Reconcile") == []
    assert occasions(a_rule()).steps(On.CASE) == ()


def test_rules_hold_within_their_time_only():
    at = [0.0]
    those = occasions(a_rule(since=timedelta(minutes=1), until=timedelta(minutes=2)), at=at)
    held = []
    for at[0] in (0.0, 59.0, 60.0, 119.0, 120.0):
        held.append(bool(those.steps(On.CALL)))
    assert held == [False, False, True, True, False]


def test_of_rules_that_are_due_the_first_is_followed_and_all_go_on_counting():
    first = Rule(on=On.CALL, nth=2, then=(Step(do=Do.HANG),))
    second = Rule(on=On.CALL, nth=3, then=(Step(do=Do.CUT),))
    last = Rule(on=On.CALL, then=(Step(do=Do.DELAY),))
    those = occasions(first, second, last)
    assert [those.steps(On.CALL)[0].do for _ in range(4)] == [Do.DELAY, Do.HANG, Do.CUT, Do.DELAY]


def test_what_happens_is_said_in_both_languages():
    said = []
    tell = teller(lambda: NOW, said.append)
    tell("lied", envelope="e", lie="unsigned")
    assert said[0].at == NOW
    assert said[0].sentence().zh == "信封 e: 回执做了手脚, unsigned"
    assert said[0].sentence().en == "envelope e: the receipt lies, unsigned"
