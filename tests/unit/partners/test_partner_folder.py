"""Looking at a folder that is edited: every way an editor saves, files that come and go, and nothing half written."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.partners import folder as partner_folder
from gateway.partners.folder import EMPTIED, GONE, HALF_WRITTEN, SETTLE, WRITING_TOLD, Looked, PartnerFolder
from gateway.partners.redirects import Redirects
from gateway.partners.source import Source
from tests.partners.partner_files import OWN, TODAY, a_partner, an_agreement, divisions, put, root_pem

FILE = "500240-测试.yaml"
SHOWN = f"partners/{FILE}"


class Watch:
    """A folder, and time that passes by steps of a fifth of a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen = PartnerFolder(folder, divisions(), OWN, Redirects.packaged())
        self.now = 1000.0
        self.today = TODAY
        self.last: Looked | None = None

    def look(self) -> Looked | None:
        """Look once; time passes."""
        looked = self.seen.look(self.now, self.today)
        self.now += 0.2
        self.last = looked or self.last
        return looked

    def looks(self, seconds: float = 1.0, meanwhile: Callable[[], object] = lambda: None) -> int:
        """Look for a while; how often something was found."""
        found = 0
        for _ in range(round(seconds / 0.2)):
            meanwhile()
            found += self.look() is not None
        return found

    @property
    def live(self) -> dict[str, str]:
        """Status of each good file, by code."""
        assert self.last
        return {one.partner.code: one.partner.status.value for one in self.last.checked.good.values()}


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    folder = tmp_path / "partners"
    put(folder, a_partner())
    put(folder, a_partner("500114", agreements=an_agreement("500114")), "500114")
    watch = Watch(folder)
    watch.last = watch.seen.look(watch.now, watch.today, at_once=True)
    return watch


def test_the_first_look_takes_all_and_the_next_finds_nothing_new(watch: Watch) -> None:
    assert watch.live == {"500240": "active", "500114": "active"}
    assert watch.looks(10.0) == 0, "files are read once more later, and are what they were"


def test_a_saved_file_is_taken_once_it_stands_still(watch: Watch) -> None:
    put(watch.folder, a_partner(status="paused"))
    assert watch.look() is None
    assert watch.looks(0.6) == 1
    assert watch.live["500240"] == "paused"


def test_an_editor_that_renames_the_new_file_over_the_old_leaves_no_gap(watch: Watch) -> None:
    def save() -> None:
        draft = watch.folder / ".500240.yaml.swp"
        draft.write_text(a_partner(status="paused"), encoding="utf-8")
        draft.rename(watch.folder / FILE)

    save()
    assert watch.looks() == 1
    assert watch.live["500240"] == "paused"
    assert len(watch.live) == 2


def test_an_editor_that_moves_the_old_file_away_first_closes_nobody(watch: Watch) -> None:
    file = watch.folder / FILE
    file.rename(watch.folder / f"{FILE}~")
    assert watch.looks(GONE - 0.4) == 0
    file.write_text(a_partner(status="paused"), encoding="utf-8")
    assert watch.looks() == 1
    assert watch.live == {"500240": "paused", "500114": "active"}


def test_what_is_written_piece_by_piece_is_never_taken_half(watch: Watch) -> None:
    text = a_partner(status="paused") + "notes: written slowly\n"
    pieces = [text[: len(text) * n // 12] for n in range(13)]

    for piece in pieces:
        (watch.folder / FILE).write_text(piece, encoding="utf-8")
        assert watch.look() is None
    assert watch.looks() == 1
    assert watch.live["500240"] == "paused"


def test_the_beginning_of_the_version_before_waits_longer(watch: Watch) -> None:
    whole = a_partner()
    cut = whole[: whole.index('phone: "000') + 5]
    (watch.folder / FILE).write_text(cut, encoding="utf-8")
    assert watch.looks(HALF_WRITTEN - 0.6) == 0
    (watch.folder / FILE).write_text(whole, encoding="utf-8")
    assert watch.looks(5.0) == 0, "it is what it was"
    (watch.folder / FILE).write_text(cut, encoding="utf-8")
    assert watch.looks(HALF_WRITTEN + 1.0) == 1, "it stays like that, so it is what somebody saved"


def test_a_storm_of_edits_costs_one_read_and_ends_with_the_last(watch: Watch) -> None:
    turn = iter(range(1000))
    found = watch.looks(8.0, lambda: put(watch.folder, a_partner() + f"# {next(turn)}\n"))
    assert found == 0
    assert watch.looks(1.0) == 1
    assert watch.last
    source = watch.last.seen[SHOWN].source
    assert source
    assert source.raw.endswith(b"# 39\n")


def test_a_file_that_never_stands_still_is_told_once_and_the_version_before_runs(watch: Watch) -> None:
    turn = iter(range(1000))
    assert watch.looks(WRITING_TOLD * 3, lambda: put(watch.folder, a_partner() + f"# {next(turn)}\n")) == 1
    assert watch.last
    assert [(one.file, one.is_error) for one in watch.last.checked.findings] == [(SHOWN, False)]
    assert len(watch.live) == 2
    assert watch.looks() == 1
    assert watch.last.checked.findings == ()


def test_thousands_of_other_files_are_passed_over(watch: Watch) -> None:
    for n in range(2000):
        (watch.folder / f".{n}.tmp").touch()
    assert watch.looks(2.0) == 0
    put(watch.folder, a_partner(status="paused"))
    assert watch.looks() == 1


def test_too_many_partner_files_change_nothing(watch: Watch) -> None:
    for n in range(partner_folder.MOST_FILES):
        (watch.folder / f"{n:06d}-x.yaml").touch()
    assert watch.looks(3.0) == 1
    assert watch.last
    assert not watch.last.is_open
    for n in range(partner_folder.MOST_FILES):
        (watch.folder / f"{n:06d}-x.yaml").unlink()
    assert watch.looks(3.0) == 1
    assert len(watch.live) == 2


def test_a_removed_file_counts_after_a_second(watch: Watch) -> None:
    (watch.folder / FILE).unlink()
    assert watch.looks(GONE - 0.2) == 0
    assert watch.looks(0.6) == 1
    assert watch.live == {"500114": "active"}


def test_a_folder_deleted_and_put_there_anew_closes_nobody(watch: Watch) -> None:
    away = watch.folder.with_name("away")
    watch.folder.rename(away)
    assert watch.looks(20.0) == 1
    assert watch.last
    assert not watch.last.is_open
    watch.folder.mkdir()
    assert watch.looks(EMPTIED - 0.4) <= 1, "it is empty and may be being filled"
    assert len(watch.live) == 2
    for path in away.iterdir():
        path.rename(watch.folder / path.name)
    watch.looks()
    assert watch.live == {"500240": "active", "500114": "active"}


def test_a_folder_that_stays_empty_is_believed_in_the_end(watch: Watch) -> None:
    for path in watch.folder.iterdir():
        path.unlink()
    assert watch.looks(EMPTIED - 0.4) == 0
    assert watch.looks(1.0) == 1
    assert watch.live == {}


def test_links_are_followed_and_a_change_behind_them_is_seen(watch: Watch) -> None:
    for turn, status in enumerate(("paused", "active")):
        there = watch.folder.with_name(f"data{turn}")
        there.mkdir()
        put(there, a_partner(status=status))
        link = watch.folder / ".data"
        link.unlink(missing_ok=True)
        link.symlink_to(there)
        if not turn:
            (watch.folder / FILE).unlink()
            (watch.folder / FILE).symlink_to(Path(".data") / FILE)
        assert watch.looks() == 1
        assert watch.live["500240"] == status


def test_a_link_that_leads_nowhere_or_to_itself_is_a_finding(watch: Watch) -> None:
    file = watch.folder / FILE
    file.unlink()
    file.symlink_to(FILE)
    assert watch.looks() == 1
    assert watch.last
    assert [one.file for one in watch.last.checked.findings if one.is_error] == [SHOWN]
    assert watch.looks(5.0) == 0, "told once, though it is tried again"


def test_a_pipe_or_a_folder_under_the_name_of_a_file_holds_nothing_up(watch: Watch) -> None:
    os.mkfifo(watch.folder / "500101-x.yaml")
    (watch.folder / "500102-x.yaml").mkdir()
    assert watch.looks() >= 1
    assert watch.last
    wrong = {one.file for one in watch.last.checked.findings if one.is_error}
    assert wrong == {"partners/500101-x.yaml", "partners/500102-x.yaml"}
    assert len(watch.live) == 2


def test_a_file_that_cannot_be_read_for_a_while_is_read_again_though_nothing_of_it_changed(watch: Watch) -> None:
    file = watch.folder / FILE
    put(watch.folder, a_partner(status="paused"))
    hidden = watch.folder / "elsewhere"
    file.rename(hidden)
    file.symlink_to("elsewhere")
    hidden.rename(watch.folder / "gone")
    assert watch.looks() == 1
    assert watch.last
    assert watch.last.checked.findings
    (watch.folder / "gone").rename(hidden)
    assert watch.looks(2.0) == 1
    assert watch.live["500240"] == "paused"


def test_a_named_file_that_changes_changes_the_partner_and_nothing_else_is_read(watch: Watch) -> None:
    (watch.folder / "500240-root.pem").write_text(root_pem(9), encoding="utf-8")
    assert watch.last
    other = watch.last.seen["partners/500114-测试.yaml"]
    assert watch.looks() == 1
    assert watch.last.seen["partners/500114-测试.yaml"] is other
    (watch.folder / "500240-root.pem").unlink()
    assert watch.looks() == 1
    assert [one.key for one in watch.last.checked.findings] == ["tls.roots[0]"]
    (watch.folder / "500240-root.pem").write_text(root_pem(9), encoding="utf-8")
    assert watch.looks() == 1, "a missing file is waited for"
    assert watch.last.checked.findings == ()


def test_a_change_that_leaves_size_and_times_alone_is_found_by_reading_once_more(watch: Watch) -> None:
    put(watch.folder, a_partner(status="active") + "# 1\n")
    assert watch.looks() == 1
    entry = watch.seen._entries[FILE]
    put(watch.folder, a_partner(status="active") + "# 2\n")
    # As on a file system that keeps times by the second: nothing of the mark tells the second save.
    entry.mark = entry.read_mark = partner_folder.mark_of(watch.folder / FILE, entry.asked)
    assert watch.looks(2.0) == 0
    assert watch.looks(2.0) == 1
    assert watch.last
    source = watch.last.seen[SHOWN].source
    assert source
    assert source.raw.endswith(b"# 2\n")


def test_a_new_day_judges_everything_anew(watch: Watch) -> None:
    watch.today = TODAY + timedelta(days=365 * 9)
    assert watch.looks() == 1
    assert watch.last
    assert any("seal_until" in one.key for one in watch.last.checked.findings)


def test_what_would_be_is_checked_beside_what_is_and_changes_nothing(watch: Watch) -> None:
    twin = Source.of(a_partner(seed=500114).encode(), {"500240-root.pem": root_pem(5).encode()})
    clash = watch.seen.would_be({FILE: twin}, TODAY)
    assert {one.file for one in clash.findings if one.is_error} == {SHOWN, "partners/500114-测试.yaml"}
    gone = watch.seen.would_be({FILE: None}, TODAY)
    assert list(gone.good) == ["partners/500114-测试.yaml"]
    alone = watch.seen.would_be({FILE: Source.of(a_partner().encode(), {})}, TODAY, alone=True)
    assert list(alone.good) == [SHOWN]
    assert watch.looks(2.0) == 0
    assert SETTLE < GONE
