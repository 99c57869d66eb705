"""What unfinished material files promise: they go on where they stopped, and count only when they are whole."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_build import (
    CONTENT,
    KIB,
    RECORD,
    SCOPE,
    GcmVault,
    breaks_after,
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
    await asyncio.wait([second], timeout=0)
    go.set()
    assert await first == 100_000
    with refused(Reason.MATERIAL_OFFSET) as told:
        await second
    assert told.facts == {"offset": 100_000}


async def test_a_scope_of_any_text_stays_inside_the_folder(files, folder, tmp_path):
    await files.append("../../../" * 100 + "\x00\ud7ff", digest(CONTENT), len(CONTENT), 0, pieces(b"abc"))
    assert [path.parent for path in on_disk(tmp_path)] == [folder / "partial"]


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
