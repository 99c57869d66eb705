"""Wordings of notices: the files that ship are whole, an operator's take their place, and what is wrong is said with its line."""

from pathlib import Path

from gateway.case.notice.kinds import NoticeKind
from gateway.case.texts import Lang
from gateway.files.findings import has_errors, render
from gateway.settings.notice_files import SHIPPED, load_wordings


def test_there_is_a_file_for_every_kind_and_for_nothing_else() -> None:
    assert {path.stem for path in SHIPPED.iterdir()} == {kind.value for kind in NoticeKind}


def test_copies_of_what_ships_have_no_finding(tmp_path: Path) -> None:
    for path in SHIPPED.iterdir():
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_wordings(tmp_path) == load_wordings(None)
    assert load_wordings(tmp_path)[1] == ()


def test_an_operators_file_takes_the_place_of_one_kind(tmp_path: Path) -> None:
    (tmp_path / "acceptance.yaml").write_text(
        "title: 受理决定书\nletters: 决受\nbefore: ['{applicant}: 予以受理。']\n", "utf-8"
    )
    (tmp_path / "_draft.yaml").write_text("not: even\n", "utf-8")
    wordings, findings = load_wordings(tmp_path)
    assert findings == ()
    assert wordings[NoticeKind.ACCEPTANCE].title == "受理决定书"
    assert wordings[NoticeKind.ACCEPTANCE].facts == {}
    assert wordings[NoticeKind.DENIED] == load_wordings(None)[0][NoticeKind.DENIED]


def test_everything_wrong_is_told_at_once_and_what_ships_is_used(tmp_path: Path) -> None:
    (tmp_path / "acceptance.yaml").write_text(
        "title: 受理通知书\nletters: 受\nbefore:\n  - '你（单位）{applicnt}'\n  - '{applicant'\n  - '{applicant.__class__}'\n",
        "utf-8",
    )
    (tmp_path / "denied.yaml").write_text("title: 办结通知书\nletters: 结\n", "utf-8")
    (tmp_path / "extention.yaml").write_text("title: 延长期限告知书\n", "utf-8")
    (tmp_path / "returned.yaml").write_text("titel: 退件通知书\n", "utf-8")
    wordings, findings = load_wordings(tmp_path)
    folder = tmp_path.name
    told = render(findings, Lang.EN)
    assert (
        f"{folder}/acceptance.yaml:4: before[0]: there is no fact {{applicnt}}\n    fix: did you mean {{applicant}}"
        in told
    )
    assert f"{folder}/acceptance.yaml:5: before[1]: a brace is not closed" in told
    assert f"{folder}/acceptance.yaml:6: before[2]" in told
    assert f"{folder}/denied.yaml:1: remedies: remedies are not told" in told
    assert f"{folder}/extention.yaml: there is no such notice" in told
    assert "extension" in told
    assert f"{folder}/returned.yaml:1: titel" in told
    assert has_errors(findings)
    assert wordings == load_wordings(None)[0]


def test_a_notice_without_letters_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "suspension.yaml").write_text("title: 特别程序告知书\n", "utf-8")
    wordings, findings = load_wordings(tmp_path)
    assert not has_errors(findings)
    assert [one.key for one in findings] == ["letters"]
    assert wordings[NoticeKind.SUSPENSION].letters == ""
