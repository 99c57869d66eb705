"""What complete material files promise: whole, checked, encrypted, and never anything else than was uploaded."""

import asyncio
import os
import shutil
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from material_build import (
    CONTENT,
    RECORD,
    SCOPE,
    GcmVault,
    cut_to,
    digest,
    flip,
    on_disk,
    pieces,
    read,
    refused,
    upload,
)

from gateway.case.reasons import Reason
from gateway.store.files import MaterialFiles


@pytest.mark.parametrize("size", [0, 1, RECORD - 1, RECORD, RECORD + 1, 3 * RECORD, len(CONTENT), 2**20])
async def test_what_was_uploaded_is_read_back(files, folder, size):
    content = (CONTENT * 5)[:size]
    sha256 = await upload(files, content)
    assert await read(files, sha256) == content
    assert await files.size(sha256) == size
    assert await files.has(sha256)
    assert on_disk(folder) == [folder / sha256[:2] / sha256[2:4] / sha256]
    assert await files.offset(SCOPE, sha256) == 0


async def test_nothing_of_a_file_can_be_read_on_the_disk_and_only_its_owner_may_look(files, folder):
    sha256 = await upload(files, b"certificate of marriage" * 10_000)
    [path] = on_disk(folder)
    assert b"certificate" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.name == sha256


@pytest.mark.parametrize(
    "sha256",
    ["", "../../../etc/passwd", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 62 + "/.", "a" * 64 + "\n", "１" * 64],
)
async def test_a_digest_of_another_form_never_becomes_a_path(files, folder, sha256):
    calls = [
        lambda: files.append(SCOPE, sha256, 1, 0, pieces(b"a")),
        lambda: files.offset(SCOPE, sha256),
        lambda: files.has(sha256),
        lambda: files.size(sha256),
        lambda: files.drop(sha256),
        lambda: read(files, sha256),
    ]
    for call in calls:
        with refused(Reason.MATERIAL_UNKNOWN):
            await call()
    assert not folder.exists()


async def test_an_unknown_file_is_named_as_such(files):
    with refused(Reason.MATERIAL_UNKNOWN):
        await read(files, digest(b"never seen"))
    with refused(Reason.MATERIAL_UNKNOWN):
        await files.size(digest(b"never seen"))
    assert not await files.has(digest(b"never seen"))
    assert not await files.drop(digest(b"never seen"))


async def test_reading_from_behind_the_end_is_refused_and_at_the_end_gives_nothing(files):
    sha256 = await upload(files, CONTENT)
    assert await read(files, sha256, len(CONTENT)) == b""
    for offset in (-1, len(CONTENT) + 1):
        with refused(Reason.MATERIAL_OFFSET) as told:
            await read(files, sha256, offset)
        assert told.facts == {"offset": len(CONTENT)}


async def test_a_dropped_file_is_gone_but_read_to_its_end_by_who_began(files, folder):
    sha256 = await upload(files, CONTENT)
    reading = files.open_range(sha256, chunk=RECORD)
    begun = await anext(reading)
    assert await files.drop(sha256)
    assert begun + b"".join([piece async for piece in reading]) == CONTENT
    assert on_disk(folder) == []


def swap_records(sealed: bytearray) -> None:
    record = RECORD + 28
    one, two = slice(16, 16 + record), slice(16 + record, 16 + 2 * record)
    sealed[one], sealed[two] = sealed[two], sealed[one]


CHANGES = {
    "swapped records": swap_records,
    "the mark of the format": flip(0),
    "the length of records": flip(7),
    "the size": flip(15),
    "a bit of the content": flip(50_000),
    "the last byte": flip(-1),
    "cut in a record": cut_to(-1),
    "cut between records": cut_to(16 + 2 * (RECORD + 28)),
    "cut in the header": cut_to(9),
    "emptied": cut_to(0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_file_that_was_altered_on_the_disk_is_never_read_as_if_it_were_whole(files, folder, change):
    sha256 = await upload(files, CONTENT)
    [path] = on_disk(folder)
    sealed = bytearray(path.read_bytes())
    change(sealed)
    path.write_bytes(sealed)
    with refused(Reason.VAULT_TAMPERED):
        await read(files, sha256)


async def test_a_file_under_the_name_of_another_does_not_open(files, folder):
    sha256 = await upload(files, CONTENT)
    other = await upload(files, CONTENT[::-1])
    shutil.copy(folder / sha256[:2] / sha256[2:4] / sha256, folder / other[:2] / other[2:4] / other)
    with refused(Reason.VAULT_TAMPERED):
        await read(files, other)


async def test_unfinished_uploads_nobody_goes_on_with_are_swept_and_no_others(files, folder):
    done = await upload(files, b"complete")
    for scope in ("old", "new"):
        await files.append(scope, digest(CONTENT), len(CONTENT), 0, pieces(CONTENT[:1000]))
    old, new = sorted((folder / "partial").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    os.utime(old, (0, long_ago.timestamp() - 1))
    os.utime(new, (0, long_ago.timestamp()))
    assert await files.sweep_partials(long_ago) == 1
    assert on_disk(folder / "partial") == [new]
    assert await read(files, done) == b"complete"
    assert await files.sweep_partials(long_ago) == 0


async def test_an_upload_that_is_going_on_is_not_swept(files):
    sha256 = digest(CONTENT)
    arrived, go = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT[:1000]
        arrived.set()
        await go.wait()
        yield CONTENT[1000:]

    uploading = asyncio.ensure_future(files.append(SCOPE, sha256, len(CONTENT), 0, slow()))
    await arrived.wait()
    assert await files.sweep_partials(datetime(2999, 1, 1, tzinfo=UTC)) == 0
    go.set()
    assert await uploading == len(CONTENT)


async def test_sweeping_before_anything_was_uploaded_finds_nothing(files):
    assert await files.sweep_partials(datetime(2999, 1, 1, tzinfo=UTC)) == 0


async def test_memory_does_not_grow_with_the_file(folder):
    size = 24 * 2**20
    block = os.urandom(2**20)
    sha256 = digest(block * 24)
    files = MaterialFiles(folder, GcmVault())

    async def blocks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield block

    tracemalloc.start()
    await files.append(SCOPE, sha256, size, 0, blocks(12))
    await files.append(SCOPE, sha256, size, size // 2, blocks(12))
    read_bytes = 0
    async for piece in files.open_range(sha256):
        read_bytes += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read_bytes == size
    assert peak < 6 * 2**20
