"""Pieces of what happens to partner files: comparing, writing whole, what refused edits may tell, who announced what."""

from pathlib import Path

import pytest

from gateway.flows.partner_files.compared import MOST_LINES, MOST_SHOWN, compared, refused_diff
from gateway.flows.partner_files.expected import LASTS, MOST, Expected, Origin
from gateway.flows.partner_files.put_back import put_back
from gateway.partners.source import Source


def test_lines_are_counted_as_they_are_put_in_and_taken_out():
    found = compared(b"a\nb\nc\n", b"a\nB\nc\nd\n", ("1", "2"))
    assert (found.added, found.removed) == (2, 1)
    assert found.diff[:2] == ("--- 1", "+++ 2")
    assert compared(b"a\n", b"a\n").diff == ()


def test_what_is_too_long_is_not_compared_and_what_is_long_is_cut():
    huge = compared(b"x\n" * (MOST_LINES + 1), b"")
    assert len(huge.diff) == 3
    assert huge.removed == MOST_LINES + 1
    long = compared(b"", b"".join(b"%d\n" % n for n in range(MOST_LINES - 1)))
    assert len(long.diff) == MOST_SHOWN + 1


def test_a_refused_edit_tells_long_encoded_values_by_their_length_only():
    secret = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"
    told = refused_diff(b"status: active\n", Source.of(f"status: activ\nnotes: {secret}\n".encode(), {}))
    assert told
    assert secret.encode() not in told
    assert b"+notes: <48>" in told
    assert b"+status: activ" in told


@pytest.mark.parametrize("beside", [False, True])
def test_a_refused_edit_with_a_private_key_tells_nothing(beside: bool):
    key = b"-----BEGIN EC PRIVATE KEY-----\nx\n"
    source = Source.of(b"a\n", {"k.pem": key}) if beside else Source.of(b"a\n" + key, {})
    assert refused_diff(b"", source) is None


def test_a_file_is_written_whole_with_the_mode_it_had(tmp_path: Path):
    file = tmp_path / "a.yaml"
    file.write_bytes(b"old")
    file.chmod(0o604)
    put_back(file, b"new", "test")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o604
    put_back(tmp_path / "b.yaml", b"", "test")
    assert (tmp_path / "b.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]


def test_a_link_stays_a_link(tmp_path: Path):
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to("there")
    put_back(tmp_path / "link", b"new", "test")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there").read_bytes() == b"new"


def test_what_a_process_that_died_left_behind_hinders_nobody(tmp_path: Path):
    (tmp_path / ".a.yaml.test.draft").write_bytes(b"half")
    put_back(tmp_path / "a.yaml", b"new", "test")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path):
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(OSError, match=r"directory"):
        put_back(tmp_path / "a.yaml", b"new", "test")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_an_announcement_ends_and_there_are_not_too_many():
    now = [0.0]
    expected = Expected(lambda: now[0])
    for n in range(MOST + 1):
        expected.announce(str(n), Origin("partners add", str(n)))
    assert expected.of("0") is None
    assert expected.of(str(MOST)) == Origin("partners add", str(MOST))
    now[0] = LASTS + 1
    assert expected.of(str(MOST)) is None
