"""Our own gateway passes every check, and nothing of a run is left waiting with it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from gateway.case import events as ev
from gateway.case.states import State
from gateway.cli.tree import run
from gateway.flows.act import OPERATOR, Act
from gateway.kit.conformance.catalogue import CHAPTERS, checks, chosen
from gateway.kit.conformance.report import as_document, as_markdown
from gateway.kit.conformance.samples import NAME, NOTICE
from gateway.kit.conformance.session import Asking
from tests.kit.kit_build import TESTED, TESTER, Stage, a_tester, failed, skipped, stage


async def test_our_gateway_passes_every_check_that_needs_no_person(tmp_path):
    async with stage(tmp_path) as on:
        report = await on.examine()
        assert failed(report) == {}
        assert set(skipped(report)) == {"9.1"}
        assert report.counted() == {"passed": len(checks()) - 1, "failed": 0, "skipped": 1}


async def test_every_test_case_says_that_it_is_one_and_is_withdrawn_at_the_end(tmp_path):
    async with stage(tmp_path) as on:
        await on.examine("4", "8.4")
        found = [item for item in await on.gateway.looking.read_feed("window", 0, 100) if item.kind == "case"]
        assert len(found) >= 2
        for item in found:
            assert item.case.applicant.name == NAME
            assert item.case.summary == NOTICE
            assert item.case.origin_number.startswith("CONFORMANCE-")
            view = await on.gateway.looking.look_at_case(OPERATOR, item.case_id)
            assert view.row.standing.state is State.WITHDRAWN


class Obliging(Asking):
    """Somebody at the other side who does what is asked."""

    def __init__(self, on: Stage) -> None:
        self._on = on
        self.asked: list[str] = []
        self.done: set[asyncio.Task] = set()

    def please(self, what):
        self.asked.append(what.zh)
        self.done.add(asyncio.create_task(self._sign_off()))

    async def _sign_off(self) -> None:
        actor = ev.Actor("经办人", f"{TESTED}000000", "S1", "政务服务中心")
        for item in await self._on.gateway.looking.read_feed("window", 0, 100):
            deed = Act("window", item.case_id, actor, ev.ReceivedByHandler("ES-1"), self._on.clock())
            await self._on.gateway.act(deed)


async def test_what_people_at_the_other_side_do_is_collected_and_proven(tmp_path):
    async with stage(tmp_path) as on:
        obliging = Obliging(on)
        report = await on.examine("9", wait=60, asking=obliging)
        assert failed(report) == {}
        assert report.counted()["passed"] == 1
        assert len(obliging.asked) == 1


async def test_a_report_tells_who_when_what_was_sent_and_what_came(tmp_path):
    async with stage(tmp_path) as on:
        report = await on.examine("3.1", "4.1", "4.2")
        document = as_document(report)
        assert document["ok"] is True
        assert document["facts"]["target"].endswith(TESTED)
        assert document["facts"]["tester"] == TESTER
        assert document["facts"]["software"]
        assert [check["number"] for check in document["checks"]] == ["3.1", "4.1", "4.2"]
        assert any("receipt: accepted case_version 1" in line for line in document["checks"][1]["evidence"])
        page = as_markdown(report, "zh")
        assert "| 4.2 | 回执可以证明 | ✅ 通过 |" in page
        assert "PRIVATE" not in page + json.dumps(document)
        assert "Bearer" not in page


async def test_a_gateway_that_does_not_know_the_tester_is_told_apart_from_a_wrong_one(tmp_path):
    async with stage(tmp_path) as on:
        stranger = a_tester(tmp_path / "stranger", on.tested, "500114", "黔江区", on.clock())
        report = await replace(on, tester=stranger.settings).examine()
        assert failed(report).keys() == {"3.1"}
        assert report.shut
        assert len(skipped(report)) == len(checks()) - 3
        assert "partner file" in skipped(report)["4.1"]


async def test_the_command_prepares_a_tester_and_reports_in_chinese_english_and_json(tmp_path, capsys):
    async with stage(tmp_path) as on:
        against = ["conformance", "--against", f"127.0.0.1:{on.port}", "--home", str(on.tester.home), "--quick"]
        page = tmp_path / "report.md"
        assert await asyncio.to_thread(run, [*against, "--only", "3.1", "--report", str(page)]) == 0
        assert "3.1  通过" in capsys.readouterr().out
        assert page.read_text("utf-8").startswith("# 合格性测试报告")
        assert await asyncio.to_thread(run, [*against, "--only", "2.1", "--lang", "en"]) == 0
        assert "2.1  passed" in capsys.readouterr().out
        assert await asyncio.to_thread(run, [*against, "--only", "2.1", "--only", "4", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["counts"]["failed"] == 0
        assert len(document["checks"]) == 11


async def test_the_command_ends_with_three_where_nobody_answers_and_two_where_it_is_misused(tmp_path, capsys):
    async with stage(tmp_path) as on:
        home = ["--home", str(on.tester.home)]
        assert await asyncio.to_thread(run, ["conformance", "--against", "127.0.0.1:1", *home]) == 3
        assert "对方不应答本方的调用" in capsys.readouterr().out
        assert await asyncio.to_thread(run, ["conformance", *home]) == 2
        assert await asyncio.to_thread(run, ["conformance", "--against", "127.0.0.1:1", "--only", "99", *home]) == 2


def test_prepare_makes_a_folder_that_checks_and_a_file_to_hand_over(tmp_path, capsys):
    assert run(["init", str(tmp_path / "theirs"), "--region", TESTED, "--endpoint", "127.0.0.1:8443", "--yes"]) == 0
    assert run(["partners", "entry", "--home", str(tmp_path / "theirs")]) == 0
    entry = tmp_path / "entry.yaml"
    printed = capsys.readouterr().out
    entry.write_text(printed[printed.index("# ") :], "utf-8")
    made = tmp_path / "tester"
    assert run(["conformance", "prepare", str(made), "--of", str(entry), "--as", TESTER, "--json"]) == 0
    file = json.loads(capsys.readouterr().out)["for_them"]
    assert run(["partners", "check", "--home", str(made)]) == 0
    (tmp_path / "theirs" / "partners" / "433100-测试.yaml").write_bytes(Path(file).read_bytes())
    assert run(["partners", "check", "--home", str(tmp_path / "theirs")]) == 0


def test_a_number_is_given_once_and_every_check_says_what_it_wants_in_both_languages():
    numbers = [check.number for check in checks()]
    assert len(numbers) == len(set(numbers)) >= 90
    for chapter in CHAPTERS:
        assert [check.number for check in chapter] == [
            f"{chapter.number}.{nth}" for nth in range(1, len(list(chapter)) + 1)
        ]
    for check in checks():
        for text in (check.title, check.demand, check.mend):
            assert text.zh.strip()
            assert text.en.strip()
            assert text.zh != text.en or text.zh.isascii()
        assert check.section


def test_checks_are_chosen_by_number_or_chapter():
    assert [check.number for check in chosen(["4.2", "1"])] == [*(f"1.{nth}" for nth in range(1, 8)), "4.2"]
    assert chosen([]) == checks()
