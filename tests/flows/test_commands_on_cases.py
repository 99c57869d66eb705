"""`tongban cases` against a gateway that runs: real store, real door, over its control socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from aiohttp import web

from gateway.app import local_door
from gateway.app.local_door import operator_app
from gateway.case.code.masking import mask_name
from gateway.case.days import CHINA
from gateway.cli.control import SYSTEM_HEADER
from gateway.cli.tree import run
from gateway.flows.query_codes import query_code_of
from gateway.local.systems import Systems
from gateway.local.systems_check import check_systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.build import a_case, a_digest
from tests.flows.regions import CARD, WINDOW, Region, regions

ENSHI, QIANJIANG = "422800", "500114"
PHOTO = b"\xff\xd8 a photograph" * 200_000
Captured = pytest.CaptureFixture[str]


@dataclass
class Running:
    """The origin's gateway behind its control socket."""

    region: Region
    folder: Path

    async def command(self, *arguments: str) -> int:
        """Run `tongban cases …` as an operator would; the command has an event loop of its own."""
        return await asyncio.to_thread(run, ["cases", *arguments, "--home", str(self.region.settings.home)])

    def file(self, **changes: Any) -> Path:
        """Write a case in canonical JSON."""
        file = self.folder / "case.json"
        file.write_text(json.dumps(canonical() | changes, ensure_ascii=False), encoding="utf-8")
        return file


def canonical() -> dict[str, Any]:
    """A case as a local system writes it."""
    case = a_case()
    applicant = case.applicant
    return {
        "origin_number": "QJ-2026-1",
        "item": {"basic_code": CARD, "name": "社会保障卡申领"},
        "mode": "entrusted",
        "applicant": {
            "kind": "person",
            "name": applicant.name,
            "certificate_kind": "resident_id",
            "certificate_number": getattr(applicant, "certificate_number", ""),
        },
        "form": {"换领原因": "损坏"},
        "materials": [],
        "origin": {"division": WINDOW[QIANJIANG], "organisation": "黔江区政务服务中心"},
        "handler": {"division": WINDOW[ENSHI]},
        "delivery": {"way": "origin_window"},
        "received_at_window": case.received_at_window.isoformat(),
    }


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        region = both[QIANJIANG]
        region.system = "sample"
        systems = Systems.of(check_systems(region.settings.systems, load_divisions()).systems, load_divisions())
        runner = web.AppRunner(operator_app(region.gateway, systems, Metrics()))
        await runner.setup()
        await web.UnixSite(runner, str(region.settings.control_socket)).start()
        # The gateway's logs would stand among what the commands print: here both share a process.
        with structlog.testing.capture_logs():
            yield Running(region, tmp_path)
        await runner.cleanup()


def test_both_ends_of_the_socket_mean_the_same_header() -> None:
    assert local_door.SYSTEM_HEADER == SYSTEM_HEADER


async def test_a_submitted_case_is_listed_and_shown_without_naming_anybody(running: Running, capsys: Captured) -> None:
    assert await running.command("submit", str(running.file()), "--json") == 0
    submitted = json.loads(capsys.readouterr().out)
    number = submitted["case_id"]
    assert submitted["state"] == "forwarded"

    assert await running.command("list", "--system", "sample", "--state", "forwarded", "--lang", "zh") == 0
    listed = capsys.readouterr().out
    assert " ".join(number[at : at + 4] for at in range(0, len(number), 4)) in listed
    assert "转办中" in listed
    assert await running.command("list", "--system", "sample", "--state", "accepted", "--lang", "zh") == 0
    assert "没有办件" in capsys.readouterr().out

    typed = f"{number[:4].lower()} {number[4:]}"
    assert await running.command("show", typed, "--system", "sample", "--json") == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["case_id"] == number
    person = canonical()["applicant"]
    for private in (person["name"], person["certificate_number"], "损坏"):
        assert private not in listed + shown
        assert private in str(canonical())


async def test_staff_read_pages_not_documents(running: Running, capsys: Captured) -> None:
    assert await running.command("submit", str(running.file()), "--lang", "zh") == 0
    answered = capsys.readouterr().out.splitlines()
    printed = answered[0].removeprefix("已收件并落盘, 协同编号 ")
    number = printed.replace(" ", "")
    row = (await running.region.gateway.looking.look_at_case("sample", number)).row
    opened = row.opened_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
    code = query_code_of(running.region.gateway.vault, number)
    assert answered[1:] == [
        f"{opened} 收件, 转往 湖北省恩施土家族苗族自治州 (422800), 状态: 转办中",
        f"查询码, 交给申请人: {code[:5]} {code[5:]}",
        "对方没有公布事项清单, 或还没有取到: 表单和材料没有按办理地的要求核对",
        f"查看进展: tongban cases show {number}",
    ]

    assert await running.command("list", "--lang", "en") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines()[1].split("  ")[:2] == [printed, "forwarded"]
    assert said.out.splitlines()[1].rstrip().endswith(f"恩施土家族苗族自治州  sample  {opened}")

    assert await running.command("show", number, "--lang", "zh") == 0
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    masked_name = mask_name(canonical()["applicant"]["name"])
    for line in (
        f"协同编号      {printed}",
        "收件地编号    QJ-2026-1",
        "业务属地编号  尚未编号",
        "方式          异地代收代办",
        f"申请人        {masked_name}",
        "状态          转办中",
        f"{opened}  -   收件  黔江区政务服务中心  待对方确认",
        "1     收件  在途  0",
    ):
        assert line in shown


async def test_a_list_that_leaves_cases_out_says_so(running: Running, capsys: Captured) -> None:
    for number in ("QJ-2026-1", "QJ-2026-2"):
        assert await running.command("submit", str(running.file(origin_number=number)), "--json") == 0
    capsys.readouterr()
    assert await running.command("list", "--limit", "1", "--lang", "en") == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert said.err == "there are older cases: raise --limit, or narrow down with --state or --partner\n"


async def test_the_same_file_again_gets_the_first_answer(running: Running, capsys: Captured) -> None:
    file = running.file()
    for _ in range(2):
        assert await running.command("submit", str(file), "--system", "sample", "--json") == 0
    one, two = capsys.readouterr().out.strip().split("\n}\n{")
    assert json.loads(one + "}")["case_id"] == json.loads("{" + two)["case_id"]
    assert await running.command("submit", str(running.file(summary="另一份")), "--lang", "en") == 1
    assert "submitted with another content" in capsys.readouterr().err


async def test_a_case_is_submitted_after_its_materials(running: Running, capsys: Captured) -> None:
    photo = running.folder / "photo.jpg"
    photo.write_bytes(PHOTO)
    digest = a_digest(PHOTO)
    form = {"sha256": digest, "size": len(PHOTO), "media_type": "image/jpeg", "file_name": "photo.jpg"}
    file = running.file(materials=[{"material_id": "m1", "name": "照片", "file": form}])
    assert await running.command("submit", str(file), "--lang", "en") == 1
    assert digest not in capsys.readouterr().out
    assert await running.command("submit", str(file), "--material", str(photo)) == 0
    assert f"photo.jpg {digest}" in capsys.readouterr().err


async def test_a_material_the_case_does_not_name_is_refused_before_anything_moves(
    running: Running, capsys: Captured
) -> None:
    photo = running.folder / "photo.jpg"
    photo.write_bytes(PHOTO)
    assert await running.command("submit", str(running.file()), "--material", str(photo)) == 1
    assert a_digest(PHOTO) in capsys.readouterr().err
    state = await running.region.gateway.transfer.material_state("sample", a_digest(PHOTO))
    assert not state.complete


async def test_a_refusal_is_told_with_every_finding_and_what_to_do(running: Running, capsys: Captured) -> None:
    file = running.file(mode="fast", item={"basic_code": "1", "name": ""})
    assert await running.command("submit", str(file), "--lang", "en") == 1
    said = capsys.readouterr().err
    for place in ("mode:", "item.basic_code:", "item.name:"):
        assert place in said
    assert await running.command("submit", str(file), "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["reason"] == "BAD_REQUEST"
    assert len(error["findings"]) >= 3


async def test_a_system_without_a_file_is_refused_before_anybody_is_asked(running: Running, capsys: Captured) -> None:
    assert await running.command("list", "--system", "nobody", "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["reason"] == "SYSTEM_UNKNOWN"


async def test_with_two_systems_a_submission_names_one(running: Running, capsys: Captured) -> None:
    systems = running.region.settings.systems
    text = (systems / "sample.yaml").read_text(encoding="utf-8")
    other = text.replace("name: sample", "name: other").replace(a_digest(b"")[:8], "0" * 8)
    key = next(line for line in other.splitlines() if line.startswith('    - "'))
    other = other.replace(key, f'    - "{"0" * 64}"').replace("  - {}", "  - {divisions: [500114]}")
    (systems / "other.yaml").write_text(other, encoding="utf-8")
    assert await running.command("submit", str(running.file())) == 2
    assert "other, sample" in capsys.readouterr().err
