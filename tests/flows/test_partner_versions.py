"""Every version of a partner file that ran is kept, can be compared and comes back; edits on disk are audited."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from gateway.app.reloading import Reloading
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.partner_files.expected import Origin
from gateway.flows.partner_files.history import Histories
from gateway.flows.partner_files.last_good import last_good
from gateway.flows.partner_files.roll_back import RollingBack
from gateway.partners.snapshot import Partners
from gateway.store import partner_versions as versions
from gateway.telemetry import make_logger
from gateway.trust.vault import Vault
from tests.flows.file_desk import ENSHI, a_file_desk
from tests.partners.partner_files import root_pem

Captured = pytest.CaptureFixture[str]
PRIVATE = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n"


async def test_what_runs_and_what_ran_is_listed_with_who_and_how(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        await desk.edit("status: active", "status: paused")
        await desk.edit("status: paused", "status: active")
        assert await desk.partners("history", ENSHI, "--json") == 0
        seen = json.loads(capsys.readouterr().out)
        owner = desk.file.owner()
        shown = [(one["version"], one["how"], one["who"], one["ended_why"]) for one in seen["versions"]]
        assert shown == [(3, "edit", owner, ""), (2, "edit", owner, "replaced"), (1, "start", owner, "replaced")]
        assert seen["versions"][0]["sha256"] == seen["versions"][2]["sha256"], (
            "the same bytes again are a version again"
        )
        assert seen["versions"][1]["ended_at"] == seen["versions"][0]["live_at"]
        assert await desk.partners("history", ENSHI, "--lang", "zh") == 0
        printed = capsys.readouterr().out
        assert "v3" in printed
        assert "运行中" in printed
        assert await desk.audited() == [
            (f"user:{owner}", "partner.live", "done"),
            (f"user:{owner}", "partner.live", "done"),
            (f"user:{owner}", "partner.live", "done"),
        ]


async def test_two_versions_are_compared_in_words_and_line_by_line(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        await desk.edit("status: active", "status: paused")
        assert await desk.partners("diff", ENSHI, "--lang", "zh") == 0
        printed = capsys.readouterr().out
        assert "1 → 2: 增加 1 行, 去掉 1 行" in printed
        assert "状态: 正常 (active) → 暂停 (paused)" in printed
        assert "-status: active" in printed
        assert "+status: paused" in printed

        await desk.save("# seen by whom?\n" + desk.file.read_text(encoding="utf-8"))
        assert await desk.partners("diff", ENSHI, "v2", "v3", "--lang", "en") == 0
        assert "only comments or layout differ" in capsys.readouterr().out
        assert await desk.partners("diff", ENSHI, "9", "1") == 1


async def test_a_wrong_edit_is_audited_and_what_it_would_have_changed_is_shown(
    tmp_path: Path, capsys: Captured
) -> None:
    async with a_file_desk(tmp_path) as desk:
        live = desk.origin.gateway.registry.current()
        assert not await desk.edit("status: active", "status: activ")
        assert desk.origin.gateway.registry.current().digest == live.digest
        assert (await desk.audited())[-1] == (f"user:{desk.file.owner()}", "partner.edit", "refused")
        assert await desk.partners("history", ENSHI, "--edits", "--lang", "zh") == 0
        printed = capsys.readouterr().out
        assert "有 1 处问题, 没有生效" in printed
        assert "+status: activ" in printed
        assert await desk.partners("diff", ENSHI, "1", "disk", "--lang", "en") == 0
        printed = capsys.readouterr().out
        assert "one of the two cannot be read" in printed


async def test_a_version_comes_back_byte_for_byte_and_is_live_at_once(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        first = desk.file.read_bytes()
        mode = desk.file.stat().st_mode
        await desk.edit("status: active", "status: paused")
        assert await desk.partners("rollback", ENSHI, "1", "--yes", "--lang", "zh") == 0
        assert "已回到 v1" in capsys.readouterr().out
        assert desk.file.read_bytes() == first
        assert desk.file.stat().st_mode == mode
        assert len(desk.followed) == 2, "trust and connections follow without another look"
        assert not await desk.looks()
        await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        seen = await Histories(desk.origin.gateway.going_live).of_partner(ENSHI)
        assert [(one.version, one.how) for one in seen.versions] == [(3, "rollback"), (2, "edit"), (1, "start")]
        acts = [act for _, act, _ in await desk.audited()]
        assert acts == ["partner.live", "partner.live", "partner.rollback", "partner.live"]
        assert [one.name for one in desk.folder.iterdir() if one.name.startswith(".")] == []


async def test_an_edit_that_never_ran_is_not_lost_to_a_rollback(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        first = desk.file.read_bytes()
        await desk.edit("status: active", "status: activ")
        wrong = desk.file.read_bytes()
        assert await desk.partners("rollback", ENSHI, "1", "--json") == 0
        done = json.loads(capsys.readouterr().out)
        assert done["version"] is None, "it was running all the time"
        assert desk.file.read_bytes() == first
        assert (desk.folder / done["aside"]).read_bytes() == wrong
        assert desk.origin.gateway.registry.held_back == ()


async def test_a_version_whose_keys_have_ended_does_not_come_back(tmp_path: Path, capsys: Captured) -> None:
    async with a_file_desk(tmp_path) as desk:
        text = desk.file.read_text(encoding="utf-8")
        ends = {"seal_until": "2026-12-01", "accept_until": "2027-01-31"}
        soon = re.sub(r"(seal_until|accept_until): .*", lambda found: f"{found[1]}: {ends[found[1]]}", text)
        assert await desk.save(soon), desk.log.getvalue()
        assert await desk.save(text)
        desk.all.clock.pass_time(days=100)
        assert await desk.partners("rollback", ENSHI, "2", "--yes", "--lang", "zh") == 1
        said = capsys.readouterr().err
        assert "今天不能再用" in said
        assert "密钥都已到期" in said
        assert desk.file.read_text(encoding="utf-8") == text
        with pytest.raises(GatewayError) as unknown:
            await Histories(desk.origin.gateway.going_live).version(ENSHI, 99)
        assert unknown.value.reason is Reason.VERSION_UNKNOWN


async def test_the_last_good_version_survives_a_restart_with_a_wrong_file(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        await desk.edit("status: active", "status: activ")
        await desk.all.reopen(desk.origin)
        desk.watch()
        assert desk.origin.gateway.registry.held_back
        number = await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        await desk.all.settle_down()
        assert await desk.origin.state(number) is State.AWAITING_SIGN_OFF
        edits = await desk.origin.gateway.database.read(lambda tx: versions.edits_of(tx, ENSHI, 10))
        assert [one.outcome for one in edits] == ["refused", "live"], "a restart is no edit"
        assert await desk.edit("status: activ", "status: paused")


async def test_a_removed_file_stays_closed_over_a_restart_and_opens_when_it_is_back(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        number = await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        content = desk.file.read_bytes()
        desk.file.unlink()
        await desk.all.reopen(desk.origin)
        await desk.all.reopen(desk.origin)
        desk.watch()
        with pytest.raises(GatewayError) as refused:
            await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        assert refused.value.reason is Reason.PARTNER_CLOSED
        await desk.all.settle_down()
        assert await desk.origin.state(number) is State.AWAITING_SIGN_OFF, "the open case goes on"
        desk.file.write_bytes(content)
        assert await desk.looks()
        await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        assert [act for _, act, _ in await desk.audited()] == ["partner.live", "partner.removed", "partner.live"]


async def test_a_file_it_names_belongs_to_the_version_and_comes_back_with_it(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        beside = desk.folder / "root.pem"
        beside.write_text(root_pem(7), encoding="utf-8")
        assert await desk.save(
            desk.file.read_text(encoding="utf-8").replace("tls:\n  roots:\n", "tls:\n  roots:\n  - root.pem\n", 1)
        )
        beside.write_text(root_pem(8), encoding="utf-8")
        assert await desk.looks(), "what it names is watched as well"
        beside.unlink()
        assert not await desk.looks(), "the last good version brings its certificates along"
        await desk.all.reopen(desk.origin)
        desk.watch()
        partner = desk.origin.gateway.registry.current().of(ENSHI)
        assert partner
        assert len(partner.roots) == 2
        done = await RollingBack(desk.origin.gateway.going_live).roll_back(ENSHI, 2, "li")
        assert done.version == 4
        assert beside.read_text(encoding="utf-8") == root_pem(7)
        assert desk.origin.gateway.registry.held_back == ()


async def test_a_private_key_is_never_kept_shown_or_told(tmp_path: Path, capsys: Captured) -> None:
    secret = PRIVATE.splitlines()[1]
    async with a_file_desk(tmp_path) as desk:
        text = desk.file.read_text(encoding="utf-8")
        commented = "".join(f"# {line}\n" for line in PRIVATE.splitlines())
        for wrong in (text + commented, text + f"notes: |\n  {secret}\n  status\nstatus: active\n", text + PRIVATE):
            assert not await desk.save(wrong)
            assert desk.origin.gateway.registry.held_back
        assert await desk.partners("diff", ENSHI, "1", "disk") == 1
        assert await desk.partners("history", ENSHI, "--edits") == 0
        told = capsys.readouterr()
        assert secret not in told.out + told.err + desk.log.getvalue()
        async with desk.origin.gateway.going_live.lock:
            kept = await desk.origin.gateway.database.read(
                lambda tx: [
                    desk.origin.gateway.vault.open(bytes(row[1]), b"partner-file:" + row[0].encode())
                    for row in tx.rows("SELECT sha256, sealed FROM partner_contents")
                ]
            )
        assert kept
        assert all(secret.encode() not in content for content in kept)
        store = desk.origin.settings.store_file
        on_disk = b"".join(path.read_bytes() for path in store.parent.glob(f"{store.name}*"))
        assert secret.encode() not in on_disk


async def test_what_a_command_announced_is_known_as_its_work(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        text = desk.file.read_text(encoding="utf-8").replace("status: active", "status: paused")
        digest = hashlib.sha256(text.encode()).hexdigest()
        files = desk.origin.gateway.going_live
        files.expected.announce(digest, Origin("partners add", "li"))
        await desk.save(text)
        seen = await Histories(files).of_partner(ENSHI)
        assert (seen.versions[0].how, seen.versions[0].who) == ("partners add", "li")
        assert (await desk.audited())[-1] == ("staff:li", "partner.live", "done")


async def test_what_cannot_be_written_down_does_not_go_live_until_it_can(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        database = desk.origin.gateway.going_live.database

        class Full:
            async def write(self, _: object) -> None:
                raise GatewayError(Reason.STORE_NOT_WRITABLE, detail="full")

        desk.origin.gateway.going_live.database = Full()  # type: ignore[assignment]
        with pytest.raises(GatewayError):
            await desk.edit("status: active", "status: paused")
        partner = desk.origin.gateway.registry.current().of(ENSHI)
        assert partner
        assert partner.status.value == "active"
        desk.origin.gateway.going_live.database = database
        assert await desk.looks(), "the next look tries again"


async def test_what_could_not_follow_a_snapshot_follows_at_the_next_look(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        followed: list[Partners] = []
        broken = [OSError("our own authority cannot be read at this moment")]

        def follow(snapshot: Partners) -> None:
            if broken:
                raise broken.pop()
            followed.append(snapshot)

        logger = make_logger(region="500114", level="info", style="json", stream=desk.log, clock=desk.all.clock)
        desk.reloading = Reloading(desk.origin.gateway, logger, follow)
        assert await desk.edit("status: active", "status: paused")
        assert followed == [desk.origin.gateway.registry.current()]
        assert len(desk.events("worker.failed")) == 1


async def test_a_version_whose_storage_key_is_gone_does_not_stop_the_start(tmp_path: Path) -> None:
    async with a_file_desk(tmp_path) as desk:
        live = desk.origin.gateway.going_live
        other = Vault({9: bytes(32)}, 9, 9, lambda: bytes(12))
        found = await last_good(live.database, other, "partners", live.folder.divisions)
        assert not found.live
        assert [one.code for one in found.unusable] == [ENSHI]
