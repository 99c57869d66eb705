"""What the material files promise: whole, checked, encrypted, and going on where they stopped."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Self

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.files import MaterialFiles

KIB = 1024
RECORD = 64 * KIB
SCOPE = "422800/TB4228002026030200000000000"
CONTENT = bytes(range(256)) * 1000  # 250 KiB: three records and a part of one


class GcmVault:
    """AES-256-GCM with one key."""

    def __init__(self) -> None:
        self._cipher = AESGCM(bytes(32))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], context)
        except (InvalidTag, ValueError):
            raise GatewayError(Reason.VAULT_TAMPERED) from None


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "materials"


@pytest.fixture
def files(folder) -> MaterialFiles:
    return MaterialFiles(folder, GcmVault(), limit=2**20)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def pieces(content: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def breaks_after(content: bytes, error: BaseException) -> AsyncIterator[bytes]:
    async for piece in pieces(content):
        yield piece
    raise error


async def upload(files: MaterialFiles, content: bytes, scope: str = SCOPE) -> str:
    assert await files.append(scope, digest(content), len(content), 0, pieces(content)) == len(content)
    return digest(content)


async def read(files: MaterialFiles, sha256: str, offset: int = 0, chunk: int = 256 * KIB) -> bytes:
    return b"".join([piece async for piece in files.open_range(sha256, offset, chunk)])


class refused:
    """The block must end with this reason; `facts` are then known."""

    def __init__(self, reason: Reason) -> None:
        self._reason = reason
        self.facts: dict[str, object] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> bool:
        assert isinstance(error, GatewayError), error
        assert error.reason is self._reason
        self.facts = error.facts
        return True


def on_disk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


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


@pytest.mark.parametrize("cut", [1, RECORD - 1, RECORD, RECORD + 1, 200_000, len(CONTENT) - 1, len(CONTENT)])
async def test_an_upload_goes_on_at_any_byte(files, folder, cut):
    sha256 = digest(CONTENT)
    with pytest.raises(ConnectionResetError):
        await files.append(SCOPE, sha256, len(CONTENT), 0, breaks_after(CONTENT[:cut], ConnectionResetError()))
    again = MaterialFiles(folder, GcmVault())
    assert await again.offset(SCOPE, sha256) == cut
    assert not await again.has(sha256)
    assert await again.append(SCOPE, sha256, len(CONTENT), cut, pieces(CONTENT[cut:])) == len(CONTENT)
    assert await read(again, sha256) == CONTENT


async def test_a_caller_with_small_pieces_gets_there_too(files):
    content = CONTENT[: RECORD + 5_000]
    sha256 = digest(content)
    for start in range(0, len(content), 7_001):
        piece = content[start : start + 7_001]
        assert await files.append(SCOPE, sha256, len(content), start, pieces(piece)) == start + len(piece)
    assert await read(files, sha256) == content


async def test_a_cancelled_upload_keeps_what_came(files):
    sha256 = digest(CONTENT)
    arrived = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield CONTENT[:100_000]
        arrived.set()
        await asyncio.Event().wait()

    uploading = asyncio.ensure_future(files.append(SCOPE, sha256, len(CONTENT), 0, stalls()))
    await arrived.wait()
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    assert await files.offset(SCOPE, sha256) == 100_000
    assert await files.append(SCOPE, sha256, len(CONTENT), 100_000, pieces(CONTENT[100_000:])) == len(CONTENT)


@pytest.mark.parametrize("offset", [0, 99_999, 100_001, len(CONTENT)])
async def test_another_offset_is_refused_with_the_right_one(files, offset):
    sha256 = digest(CONTENT)
    await files.append(SCOPE, sha256, len(CONTENT), 0, pieces(CONTENT[:100_000]))
    with refused(Reason.MATERIAL_OFFSET) as told:
        await files.append(SCOPE, sha256, len(CONTENT), offset, pieces(b"x"))
    assert told.facts == {"offset": 100_000}
    assert await files.append(SCOPE, sha256, len(CONTENT), 100_000, pieces(CONTENT[100_000:])) == len(CONTENT)


async def test_other_bytes_than_the_digest_says_are_dropped(files, folder):
    with refused(Reason.MATERIAL_DIGEST):
        await files.append(SCOPE, digest(b"other"), len(CONTENT), 0, pieces(CONTENT))
    assert on_disk(folder) == []
    assert await files.offset(SCOPE, digest(b"other")) == 0


async def test_more_bytes_than_announced_are_dropped(files, folder):
    with refused(Reason.MATERIAL_TOO_LARGE) as told:
        await files.append(SCOPE, digest(CONTENT), len(CONTENT) - 1, 0, pieces(CONTENT))
    assert told.facts == {"limit": len(CONTENT) - 1}
    assert on_disk(folder) == []


@pytest.mark.parametrize("size", [2**20 + 1, -1])
async def test_a_size_out_of_bounds_is_refused_before_a_byte_is_taken(files, folder, size):
    with refused(Reason.MATERIAL_TOO_LARGE):
        await files.append(SCOPE, digest(CONTENT), size, 0, breaks_after(b"", AssertionError("it was read")))
    assert on_disk(folder) == []


async def test_another_announced_size_starts_over(files):
    sha256 = digest(CONTENT)
    await files.append(SCOPE, sha256, 500_000, 0, pieces(CONTENT[:100_000]))
    with refused(Reason.MATERIAL_OFFSET) as told:
        await files.append(SCOPE, sha256, len(CONTENT), 100_000, pieces(CONTENT[100_000:]))
    assert told.facts == {"offset": 0}
    assert await upload(files, CONTENT) == sha256


async def test_an_upload_whose_unfinished_file_vanished_starts_over(files, folder):
    sha256 = digest(CONTENT)
    await files.append(SCOPE, sha256, len(CONTENT), 0, pieces(CONTENT[:100_000]))
    for path in on_disk(folder):
        path.unlink()
    with refused(Reason.MATERIAL_OFFSET) as told:
        await files.append(SCOPE, sha256, len(CONTENT), 100_000, pieces(CONTENT[100_000:]))
    assert told.facts == {"offset": 0}
    assert await upload(files, CONTENT) == sha256
    assert await read(files, sha256) == CONTENT


async def test_many_uploads_at_once_all_go_on(files):
    contents = [CONTENT[start:] for start in range(50)]
    for content in contents:
        await files.append(SCOPE, digest(content), len(content), 0, pieces(content[:70_000]))
    await asyncio.gather(
        *(files.append(SCOPE, digest(content), len(content), 70_000, pieces(content[70_000:])) for content in contents)
    )
    for content in contents:
        assert await read(files, digest(content)) == content


async def test_scopes_do_not_see_each_others_uploads(files):
    sha256 = await upload(files, CONTENT)
    assert await files.offset("500114/other", sha256) == 0
    await files.append("500114/other", sha256, len(CONTENT), 0, pieces(CONTENT[:1000]))
    assert await files.offset("500114/other", sha256) == 1000
    assert await files.offset("500114/third", sha256) == 0
    assert await read(files, sha256) == CONTENT


async def test_a_second_upload_of_the_same_file_waits_for_the_first_and_is_told_where_to_go_on(files):
    sha256 = digest(CONTENT)
    arrived, go = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT[:100_000]
        arrived.set()
        await go.wait()

    first = asyncio.ensure_future(files.append(SCOPE, sha256, len(CONTENT), 0, slow()))
    await arrived.wait()
    second = asyncio.ensure_future(files.append(SCOPE, sha256, len(CONTENT), 0, pieces(CONTENT)))
    await asyncio.sleep(0)
    go.set()
    assert await first == 100_000
    with refused(Reason.MATERIAL_OFFSET) as told:
        await second
    assert told.facts == {"offset": 100_000}


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


async def test_a_scope_of_any_text_stays_inside_the_folder(files, folder, tmp_path):
    await files.append("../../../" * 100 + "\x00\ud7ff", digest(CONTENT), len(CONTENT), 0, pieces(b"abc"))
    assert [path.parent for path in on_disk(tmp_path)] == [folder / "partial"]


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


def flip(place: int):
    def change(sealed: bytearray) -> None:
        sealed[place] ^= 1

    return change


def cut_to(length: int):
    def change(sealed: bytearray) -> None:
        del sealed[length:]

    return change


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


@pytest.mark.parametrize("change", [flip(-1), flip(3 * RECORD), cut_to(-5)], ids=["last byte", "middle", "cut"])
async def test_an_unfinished_file_torn_by_a_crash_goes_on_at_its_last_good_record(files, folder, change):
    sha256 = digest(CONTENT)
    await files.append(SCOPE, sha256, len(CONTENT), 0, pieces(CONTENT[:220_000]))
    [path] = on_disk(folder)
    sealed = bytearray(path.read_bytes())
    change(sealed)
    path.write_bytes(sealed)
    again = MaterialFiles(folder, GcmVault())
    with refused(Reason.MATERIAL_OFFSET) as told:
        await again.append(SCOPE, sha256, len(CONTENT), 220_000, pieces(CONTENT[220_000:]))
    offset = told.facts["offset"]
    assert offset % RECORD == 0
    assert await again.offset(SCOPE, sha256) == offset
    assert await again.append(SCOPE, sha256, len(CONTENT), offset, pieces(CONTENT[offset:])) == len(CONTENT)
    assert await read(again, sha256) == CONTENT


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


@pytest.fixture
def small_disk(tmp_path) -> Iterable[Path]:
    """A file system of 1 MiB."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_is_told_and_what_fits_whole_is_kept(small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(800 * KIB))
    files = MaterialFiles(small_disk / "materials", GcmVault())
    sha256 = digest(CONTENT)
    with refused(Reason.DISK_FULL):
        await files.append(SCOPE, sha256, len(CONTENT), 0, pieces(CONTENT))
    held = await files.offset(SCOPE, sha256)
    assert 0 < held < len(CONTENT)
    assert held % RECORD == 0
    with refused(Reason.DISK_FULL):
        await files.append(SCOPE, sha256, len(CONTENT), held, pieces(CONTENT[held:]))
    assert await files.offset(SCOPE, sha256) == held
    assert not await files.has(sha256)
    ballast.unlink()
    assert await files.append(SCOPE, sha256, len(CONTENT), held, pieces(CONTENT[held:])) == len(CONTENT)
    assert await read(files, sha256) == CONTENT


async def test_a_disk_that_cannot_be_written_is_told_as_such(tmp_path):
    (tmp_path / "materials").write_text("a file where the folder should be")
    with refused(Reason.STORE_NOT_WRITABLE):
        await upload(MaterialFiles(tmp_path / "materials", GcmVault()), CONTENT)


@settings(max_examples=30, deadline=None)
@given(
    content=st.integers(0, 4 * RECORD).map(lambda size: (CONTENT * 2)[:size]),
    cuts=st.lists(st.integers(0, 4 * RECORD), max_size=4),
    piece=st.integers(1_000, 300_000),
    start=st.integers(0, 4 * RECORD),
    chunk=st.integers(1, 3 * RECORD),
)
def test_any_way_of_cutting_an_upload_gives_the_same_file(tmp_path_factory, content, cuts, piece, start, chunk):
    sha256 = digest(content)
    bounds = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    offset = min(start, len(content))
    smallest = max(chunk, len(content) // 50 + 1)

    async def story() -> bytes:
        files = MaterialFiles(tmp_path_factory.mktemp("cut"), GcmVault())
        for begin, end in pairwise(bounds):
            if begin == end == len(content) and await files.has(sha256):
                break
            assert await files.append(SCOPE, sha256, len(content), begin, pieces(content[begin:end], piece)) == end
        return await read(files, sha256, offset, smallest)

    assert asyncio.run(story()) == content[offset:]
