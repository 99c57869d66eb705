"""A backup is a folder that is there completely or not at all, and says so when it is not whole."""

import json
import os
import shutil
from contextlib import closing, suppress
from pathlib import Path

import apsw
import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.restored.backup import Backup, check_backup, make_backup
from gateway.flows.restored.manifest import LOCKED_KEYS, MATERIALS, STORE, read_manifest
from gateway.flows.restored.restore import restore
from gateway.settings import load_divisions
from gateway.store.pace import Pace
from gateway.store.sqlite.copying import read_copy
from gateway.trust.locked_files import lock, unlock
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import Region, regions
from tests.flows.restored_build import BUSY, back_up, quiet, restored_home

ENSHI, QIANJIANG = "422800", "500114"
SCAN = b"a scan" * 20_000
PASSPHRASE = "correct horse battery staple"


async def with_a_file(region: Region) -> str:
    await region.upload(SCAN)
    return await region.submit(region.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))


def refusal(folder: Path) -> str:
    with pytest.raises(GatewayError) as refused:
        check_backup(folder, pace=BUSY, tell=quiet)
    assert refused.value.reason is Reason.BACKUP_BROKEN
    return str(refused.value.facts["detail"])


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if "unfinished" in path.name]


async def test_it_holds_the_store_as_it_stood_and_the_files_it_names(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        number = await with_a_file(region)
        made = back_up(region, tmp_path / "backup")
        later = await region.submit(region.a_case(to=ENSHI))
        assert (made.region, made.cases, made.owed, made.missing) == (QIANJIANG, 1, 1, ())
        assert check_backup(tmp_path / "backup", pace=BUSY, tell=quiet) == read_manifest(tmp_path / "backup") == made
        numbers = read_copy(tmp_path / "backup" / STORE, lambda tx: tx.rows("SELECT case_id FROM cases"))
        assert numbers == [(number,)]
        assert later != number
        digest = a_digest(SCAN)
        copied = tmp_path / "backup" / MATERIALS / digest[:2] / digest[2:4] / digest
        stored = region.settings.materials / digest[:2] / digest[2:4] / digest
        assert copied.stat().st_ino == stored.stat().st_ino, "a hard link on the same disk"
        await region.gateway.files.drop(digest)
        assert check_backup(tmp_path / "backup", pace=BUSY, tell=quiet) == made, "what is swept later stays in it"
        names = {entry.path for entry in made.files}
        assert {STORE, "home/gateway.yaml", "home/systems/sample.yaml"} <= names
        assert not [name for name in names if "keys" in name]
        assert (tmp_path / "backup").stat().st_mode & 0o077 == 0, "nobody else may look in"


async def test_copies_are_files_of_their_own(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        await with_a_file(region)
        made = back_up(region, tmp_path / "backup", link=False)
        assert {path.stat().st_nlink for path in (tmp_path / "backup").rglob("*") if path.is_file()} == {1}
        assert check_backup(tmp_path / "backup", pace=BUSY, tell=quiet) == made


async def test_a_target_that_exists_is_not_touched(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        (tmp_path / "backup").mkdir()
        with pytest.raises(GatewayError) as refused:
            back_up(all_regions[QIANJIANG], tmp_path / "backup")
        assert refused.value.reason is Reason.BACKUP_TARGET
        assert list((tmp_path / "backup").iterdir()) == []
        assert left_over(tmp_path) == []


async def test_a_backup_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        await with_a_file(region)

        def breaks(step: str, _done: int, _of: int) -> None:
            if step == "materials":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make_backup(
                Backup(region.settings, "test"),
                tmp_path / "backup",
                now=region.clock(),
                new_id="x",
                pace=BUSY,
                tell=breaks,
            )
        assert not (tmp_path / "backup").exists()
        assert left_over(tmp_path) == []


async def test_a_material_that_is_gone_is_named_and_the_rest_is_backed_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        await with_a_file(region)
        await region.gateway.files.drop(a_digest(SCAN))
        made = back_up(region, tmp_path / "backup")
        assert made.missing == (a_digest(SCAN),)
        check_backup(tmp_path / "backup", pace=BUSY, tell=quiet)


async def test_it_rests_as_long_as_it_works(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        await with_a_file(region)
        rested: list[float] = []
        seconds = iter(range(10**6))
        half = Pace(0.5, rested.append, lambda: float(next(seconds)))
        plan = Backup(region.settings, "test")
        make_backup(plan, tmp_path / "backup", now=region.clock(), new_id="x", pace=half, tell=quiet)
        assert rested
        assert set(rested) == {1.0}, "every piece of work of a second is followed by a second of rest"


async def test_whatever_is_wrong_with_it_is_named(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        await with_a_file(all_regions[QIANJIANG])
        made = back_up(all_regions[QIANJIANG], tmp_path / "backup", link=False)
        material = next(entry.path for entry in made.files if entry.path.startswith(MATERIALS))

        def altered(name: str) -> Path:
            copy = tmp_path / name
            shutil.copytree(tmp_path / "backup", copy)
            return copy

        flipped = altered("flipped")
        content = bytearray((flipped / material).read_bytes())
        content[-1] ^= 1
        (flipped / material).write_bytes(content)
        assert refusal(flipped) == f"{material}: ≠"
        short = altered("short")
        os.truncate(short / STORE, 8192)
        assert refusal(short) == f"{STORE}: ≠"
        lacking = altered("lacking")
        (lacking / material).unlink()
        (lacking / "home" / "gateway.yaml").unlink()
        assert set(refusal(lacking).split(", ")) == {f"{material}: -", "home/gateway.yaml: -"}
        more = altered("more")
        (more / "home" / "stray").write_text("x")
        assert refusal(more) == "home/stray: ?"
        nameless = altered("nameless")
        (nameless / "manifest.json").unlink()
        assert refusal(nameless).startswith("manifest.json")
        garbled = altered("garbled")
        (garbled / "manifest.json").write_text(json.dumps({"format": 2}))
        assert refusal(garbled) == "format 2"


async def test_a_backup_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        await all_regions.opens[QIANJIANG].aclose()
        with closing(apsw.Connection(str(region.settings.store_file))) as store:
            store.execute("INSERT INTO migrations VALUES ('9999_pre_of_later.sql', '', 0)")
        with pytest.raises(GatewayError) as refused:
            back_up(region, tmp_path / "backup")
        assert refused.value.reason is Reason.STORE_NEWER
        assert not (tmp_path / "backup").exists()


async def test_nothing_is_restored_over_a_gateway_s_data(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        back_up(region, tmp_path / "backup")
        before = region.settings.store_file.stat()
        with pytest.raises(GatewayError) as refused:
            restored_home(tmp_path / "backup", region.settings.home, region)
        assert refused.value.reason is Reason.RESTORE_TARGET
        assert region.settings.store_file.stat() == before
        other = all_regions[ENSHI]
        await all_regions.opens[ENSHI].aclose()
        shutil.rmtree(other.settings.data)
        with pytest.raises(GatewayError) as foreign:
            restored_home(tmp_path / "backup", other.settings.home, other)
        assert foreign.value.reason is Reason.RESTORE_TARGET, "the settings there are another region's"


async def test_a_broken_backup_is_not_restored_and_a_restore_that_breaks_off_can_be_repeated(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        await with_a_file(region)
        back_up(region, tmp_path / "backup", link=False)
        broken = tmp_path / "broken"
        shutil.copytree(tmp_path / "backup", broken)
        (broken / STORE).write_bytes(b"x")
        with pytest.raises(GatewayError) as refused:
            restored_home(broken, tmp_path / "again", region)
        assert refused.value.reason is Reason.BACKUP_BROKEN
        assert not (tmp_path / "again" / "data").exists()

        def breaks(step: str, _done: int, _of: int) -> None:
            if step == "materials":
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            restore(
                tmp_path / "backup",
                tmp_path / "again",
                passphrase=None,
                divisions=load_divisions(),
                new_id="first",
                now=region.clock(),
                pace=BUSY,
                tell=breaks,
            )
        assert not (tmp_path / "again" / "data" / STORE).exists(), "a gateway would not start on half of it"
        done = restored_home(tmp_path / "backup", tmp_path / "again", region)
        assert done.settings.store_file.exists()
        assert done.manifest.cases == 1


async def test_the_keys_come_along_only_when_asked_for_and_open_with_the_passphrase_alone(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        home = region.settings.home
        files = {
            path.relative_to(home).as_posix(): path.read_bytes()
            for path in region.settings.keys.rglob("*")
            if path.is_file()
        }
        blob = lock(files, PASSPHRASE, os.urandom(28))
        assert not [content for content in files.values() if content[:40] in blob]
        plan = Backup(region.settings, "test", locked_keys=blob)
        made = make_backup(plan, tmp_path / "backup", now=region.clock(), new_id="x", pace=BUSY, tell=quiet)
        assert made.with_keys
        assert LOCKED_KEYS in {entry.path for entry in made.files}
        again = tmp_path / "again"

        def attempt(passphrase: str) -> bool:
            done = restore(
                tmp_path / "backup",
                again,
                passphrase=passphrase,
                divisions=load_divisions(),
                new_id="life",
                now=region.clock(),
                pace=BUSY,
                tell=quiet,
            )
            return done.keys_there

        with pytest.raises(GatewayError) as refused:
            attempt("correct horse battery stable")
        assert refused.value.reason is Reason.BACKUP_LOCKED
        assert not again.exists()
        assert attempt(PASSPHRASE)
        for path, content in files.items():
            assert (again / path).read_bytes() == content
            assert (again / path).stat().st_mode & 0o077 == 0


def test_a_locked_blob_opens_whole_or_not_at_all() -> None:
    blob = lock({"keys/a": b"secret", "keys/b": bytes(range(256))}, PASSPHRASE, bytes(range(28)))
    assert unlock(blob, PASSPHRASE) == {"keys/a": b"secret", "keys/b": bytes(range(256))}
    for wrong in (blob[:-1], blob[:40] + bytes([blob[40] ^ 1]) + blob[41:], b"", b"TBK1"):
        with pytest.raises(GatewayError) as refused:
            unlock(wrong, PASSPHRASE)
        assert refused.value.reason is Reason.BACKUP_LOCKED
    with pytest.raises(ValueError, match="12 characters"):
        lock({}, "too short", bytes(28))
    with pytest.raises(ValueError, match="28 random bytes"):
        lock({}, PASSPHRASE, bytes(12))
