"""`tongban partners check --against live`: what going live would do is told before it does, and nothing changes."""

import json
import shutil
from pathlib import Path

import pytest

from gateway.case.model import Mode
from gateway.partners.terms import Direction
from tests.flows.file_desk import ENSHI, FileDesk, a_file_desk
from tests.flows.regions import CARD

Captured = pytest.CaptureFixture[str]
XIANGXI = "433100"


async def rehearsed(desk: FileDesk, capsys: Captured, *arguments: str, code: int = 0) -> dict:
    """What a rehearsal tells scripts."""
    capsys.readouterr()
    ended = await desk.partners("check", *arguments, "--against", "live", "--json")
    out = capsys.readouterr().out
    assert ended == code, out
    return json.loads(out)


def copied(desk: FileDesk, to: Path, old: str, new: str) -> Path:
    """A copy of the partner's file outside the folder, with one thing changed."""
    text = desk.file.read_text(encoding="utf-8")
    assert old in text
    to.write_text(text.replace(old, new, 1), encoding="utf-8")
    return to


async def test_a_copy_is_tried_out_in_the_place_of_its_file(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        numbers = [await desk.origin.submit(desk.origin.a_case(to=ENSHI)) for _ in range(3)]
        live = desk.origin.gateway.registry.current()
        before = desk.file.read_bytes()
        draft = copied(desk, tmp_path / "draft.yaml", "status: active", "status: paused")
        found = await rehearsed(desk, capsys, str(draft))
        (partner,) = found["partners"]
        assert (partner["code"], partner["what"], partner["open_cases"], partner["owed"]) == (ENSHI, "changed", 3, 3)
        assert partner["open_by_state"] == {"forwarded": 3}
        assert set(partner["examples"]) == set(numbers)
        assert partner["open_of_lost_routes"] == 3
        assert [one["text"]["zh"] for one in partner["changes"]] == ["状态: 正常 (active) → 暂停 (paused)"]
        assert (found["gained"]["routes"], found["lost"]["routes"]) == (0, 2)
        group = found["lost"]["listed"][0]
        assert (group["item"], group["mode"]) == (CARD, Mode.ENTRUSTED.value)
        assert {one["direction"] for one in found["lost"]["listed"]} == {one.value for one in Direction}
        assert found["called"] == [], "a paused partner is not called"
        assert desk.file.read_bytes() == before
        assert desk.origin.gateway.registry.current() is live
        assert not await desk.looks()


async def test_it_is_told_in_words(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        (line,) = [one for one in desk.file.read_text(encoding="utf-8").splitlines() if one.endswith("- inward")]
        draft = copied(desk, tmp_path / "draft.yaml", f"{line}\n", "")
        assert await desk.partners("check", str(draft), "--against", "live", "--lang", "zh") == 0
        shown = capsys.readouterr().out
        assert "演练: 什么都没有改动" in shown
        assert "改动 422800 恩施州" in shown
        assert "去掉方向 对方收件、本地办理" in shown
        assert "在途办件 1: 转办中 1" in shown
        assert "失去线路 1 条 (1 组)" in shown
        assert "重庆市黔江区–湖北省恩施土家族苗族自治州" in shown
        assert await desk.partners("check", str(draft), "--against", "live", "--lang", "en") == 0
        assert "1 routes lost (1 groups)" in capsys.readouterr().out


async def test_a_new_address_is_called_before_it_is_live(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        partner = desk.origin.gateway.registry.current().of(ENSHI)
        assert partner
        address = partner.endpoints[0].address
        draft = copied(desk, tmp_path / "draft.yaml", address, "127.0.0.1:9")
        found = await rehearsed(desk, capsys, str(draft))
        (called,) = found["called"]
        assert (called["addresses"], called["passed"]) == (["127.0.0.1:9"], True)
        desk.origin.courier.down.add(ENSHI)
        found = await rehearsed(desk, capsys, str(draft), code=1)
        (called,) = found["called"]
        assert called["passed"] is False
        assert called["said"][0]["zh"]
        assert (await rehearsed(desk, capsys, str(draft), "--no-call"))["called"] == []


async def test_a_wrong_file_is_told_with_its_findings_and_would_be_held_back(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        draft = copied(desk, tmp_path / "draft.yaml", "status: active", "status: activ")
        found = await rehearsed(desk, capsys, str(draft), code=1)
        assert found["held_back"] == [f"partners/{desk.file.name}"]
        assert any(one["key"] == "status" for one in found["findings"])
        assert found["partners"] == []
        assert await desk.partners("check", str(draft), "--against", "live", "--lang", "zh") == 1
        assert "不会生效" in capsys.readouterr().out


async def test_a_whole_folder_takes_the_place_of_the_folder(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path, "500114", ENSHI, XIANGXI) as desk:
        other = tmp_path / "other"
        shutil.copytree(desk.folder, other)
        (other / desk.file.name).unlink()
        found = await rehearsed(desk, capsys, str(other))
        (partner,) = found["partners"]
        assert (partner["code"], partner["what"]) == (ENSHI, "removed")
        assert found["unchanged"] == 1
        assert found["lost"]["routes"] == 2
        assert (await rehearsed(desk, capsys))["partners"] == [], "the folder as it is is live"
        desk.file.unlink()
        await desk.looks(2.0)
        new = (await rehearsed(desk, capsys, str(other)))["partners"]
        assert new == []


async def test_what_runs_is_told_over_the_socket(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        await desk.edit("status: active", "status: activ")
        from gateway.case.texts import Lang
        from gateway.cli.control import speak_to

        async with speak_to(desk.origin.settings.control_socket, Lang.ZH) as control:
            seen = await control.get("/v1/partner-files")
            assert seen["held_back"] == [f"partners/{desk.file.name}"]
            assert seen["refused"] == [desk.file.name]
            assert [one["key"] for one in seen["findings"] if one["severity"] == "error"] == ["status"]
            (row,) = seen["partners"]
            assert (row["code"], row["version"], row["held_back"], row["how"]) == (ENSHI, 1, True, "start")
            answer = await control.post(
                "/v1/partner-files/announcement",
                json.dumps({"sha256": "0" * 64, "how": "partners add", "by": "li"}).encode(),
                idempotency_key="1",
            )
            assert answer == {}
        (line,) = desk.events("partners.file_refused")
        assert (line["file"], line["reason"]) == (f"partners/{desk.file.name}", "status")
