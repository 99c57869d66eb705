"""`tongban partners test` as an operator and as a script meet it, and the same test before a file goes live."""

import re
from pathlib import Path

import pytest

from gateway.app.onboarding import calling_alone, papers_of
from tests.certificates import ENSHI, QIANJIANG
from tests.flows.onboarding.introduced import Two, two_folders
from tests.flows.onboarding.onboarding_build import unused_port
from tests.flows.regions import a_world, regions

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def two(tmp_path: Path, capsys: Captured) -> Two:
    made = two_folders(tmp_path, capsys)
    settings = made.enshi / "gateway.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("18443", str(unused_port())), encoding="utf-8")
    file, digits = made.invitation()
    assert made.add(file, digits).code == 0
    return made


def test_a_partner_that_is_down_is_told_step_by_step_with_whom_to_call(two: Two):
    said = two.tongban("partners", "test", ENSHI, "--home", two.qianjiang, "--lang", "zh")
    assert said.code == 1
    lines = said.out.splitlines()
    assert re.match(r" 1  通过  伙伴文件: partners/422800-", lines[1])
    assert " 3  不通过  网络连接 (TCP): 127.0.0.1:" in said.out
    assert "问题在: 对方. 怎么办: " in said.out
    assert "4-12  未试  没有试: 第 3 步没有通过" in said.out
    assert "没有通过: 第 3 步 网络连接 (TCP)" in said.out
    assert "找谁: 示例联系人 (跨省通办窗口), 000-00000000" in said.out


def test_scripts_read_every_step_with_its_number_result_and_side(two: Two):
    said = two.tongban("partners", "test", ENSHI, "--home", two.qianjiang, "--json")
    assert said.code == 1
    told = said.document
    assert (told["ok"], told["reached"], told["code"]) == (False, False, ENSHI)
    assert [step["number"] for step in told["steps"]] == list(range(1, 13))
    assert [step["result"] for step in told["steps"]] == ["passed", "passed", "failed", *["skipped"] * 9]
    assert (told["steps"][2]["fault"], set(told["steps"][2]["fix"])) == ("theirs", {"zh", "en"})
    assert told["call"][0]["phone"] == "000-00000000"


def test_a_partner_is_also_found_by_its_short_name(two: Two):
    said = two.tongban("partners", "test", "恩施土家族苗族自治州", "--home", two.qianjiang, "--json")
    assert said.document["code"] == ENSHI


def test_an_unknown_partner_fails_at_the_first_step(two: Two):
    said = two.tongban("partners", "test", "110000", "--home", two.qianjiang, "--lang", "en")
    assert said.code == 1
    assert "there is no partner file for 110000" in said.out
    assert "whom to call" not in said.out


def test_a_file_with_errors_is_named_with_its_first_problem(two: Two):
    (file,) = (two.qianjiang / "partners").glob(f"{ENSHI}-*.yaml")
    file.write_text(file.read_text(encoding="utf-8").replace("status: active", "status: aktiv"), encoding="utf-8")
    said = two.tongban("partners", "test", ENSHI, "--home", two.qianjiang, "--lang", "zh")
    assert said.code == 1
    assert "partners check" in said.out
    assert "处要改" in said.out


def test_a_private_key_that_others_may_read_stops_the_test_with_the_command_that_mends_it(two: Two):
    key = next((two.qianjiang / "keys").glob("seal-*.key.json"))
    key.chmod(0o644)
    said = two.tongban("partners", "test", ENSHI, "--home", two.qianjiang, "--lang", "zh")
    assert said.code == 1
    assert "chmod 600" in said.err


async def test_before_a_file_goes_live_the_same_steps_are_tried(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as both:
        ours = both[QIANJIANG]
        world = a_world(both.clock, 97)
        call = calling_alone(ours.settings, world, papers_of(ours.settings, world))
        partner = ours.gateway.registry.current().of(ENSHI)
        called = await call(partner)
        assert (called.code, called.passed) == (ENSHI, True)
        assert called.said[0].en.startswith("7 their description: 422800")
    gone = await call(partner)
    assert gone.passed is False
    assert gone.said[0].en.startswith("3 connection (TCP): ")
    assert gone.said[1].zh
