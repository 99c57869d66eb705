"""`tongban partners invite` and `add`: what makes a partner file, and everything that keeps an introduction from being one."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.speech import Speaker
from gateway.cli.tree import root
from gateway.partners.check import check_folder
from gateway.partners.schema import Delivery, Status, Use
from gateway.partners.terms import Direction
from gateway.settings import load_divisions
from gateway.trust.keys import load_keys, new_key
from gateway.trust.suites import P256, KeyUse
from tests.certificates import ENSHI, QIANJIANG, XIANGXI, region, wall_clock
from tests.flows.onboarding.introduced import Two, two_folders

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def two(tmp_path: Path, capsys: Captured) -> Two:
    return two_folders(tmp_path, capsys)


def partners_of(home: Path, region_code: str):
    checked = check_folder(home / "partners", load_divisions(), region_code, datetime.now(UTC).date())
    assert [one for one in checked.findings if one.is_error] == []
    return {one.code: one for one in checked.partners}


def test_an_introduction_becomes_a_partner_file_with_the_agreement_turned_round(two: Two):
    file, digits = two.invitation()
    assert "PRIVATE" not in file.read_text(encoding="utf-8")
    said = two.add(file, digits)
    assert said.code == 0, said
    partner = partners_of(two.qianjiang, QIANJIANG)[ENSHI]
    assert Path(said.document["written"]).name == f"{ENSHI}-恩施土家族苗族自治州.yaml"
    assert [endpoint.address for endpoint in partner.endpoints] == ["127.0.0.1:18443"]
    assert {key.kid for key in partner.keys} == {key.kid for key in load_keys(two.enshi / "keys").keys}
    (agreement,) = partner.agreements
    assert (agreement.our_scope, agreement.their_scope) == ((QIANJIANG,), (ENSHI,))
    assert agreement.items[0].directions == (Direction.INWARD,)
    assert partner.contacts[0].phone == "000-00000000"
    text = Path(said.document["written"]).read_text(encoding="utf-8")
    assert digits in text
    assert "已电话核对" in text
    assert "proposed by them" in text
    assert two.tongban("partners", "check", "--home", two.qianjiang).code == 0


def test_both_sides_end_with_the_same_fingerprint_of_the_agreement(two: Two):
    file, digits = two.invitation()
    assert two.add(file, digits).code == 0
    back = two.folder / "from-qianjiang.yaml"
    made = two.tongban("partners", "invite", "--home", two.qianjiang, "--for", ENSHI, "-o", back, "--json").document
    assert made["agreements"] == 1
    said = two.add(back, made["fingerprint"], home=two.enshi)
    assert said.code == 0, said
    assert said.document["agreement_must_choose"] is False
    assert {one["same"] for one in said.document["agreement"]} == {True}
    assert said.document["agreement_from"] == "ours"


def test_the_digits_are_the_same_at_both_ends_and_do_not_depend_on_how_the_file_is_written(two: Two):
    file, digits = two.invitation()
    assert [len(group) for group in digits.split()] == [5] * 8
    assert two.examine(file).document["fingerprint"] == digits
    text = file.read_text(encoding="utf-8")
    file.write_bytes(("﻿# 邮件改写 / a mail program\n" + text.replace("\n", "\r\n")).encode())
    said = two.examine(file)
    assert (said.code, said.document["fingerprint"]) == (0, digits)


def test_digits_read_with_dashes_and_full_width_are_the_same_digits(two: Two):
    file, digits = two.invitation()
    wide = digits.translate(str.maketrans("0123456789 ", "０１２３４５６７８９-"))
    assert two.add(file, wide).code == 0


def test_other_digits_stop_it_and_nothing_is_written(two: Two):
    file, digits = two.invitation()
    said = two.add(file, digits.replace(digits[0], str((int(digits[0]) + 1) % 10)))
    assert said.code == 1
    assert said.document["findings"][0]["problem"]["en"].startswith("the digits are others")
    assert list((two.qianjiang / "partners").glob("*")) == []


def test_nothing_is_believed_unattended_without_the_digits(two: Two):
    file, _ = two.invitation()
    said = two.tongban("partners", "add", file, "--home", two.qianjiang, "--yes")
    assert said.code == 2
    assert "--fingerprint" in said.err
    assert list((two.qianjiang / "partners").glob("*")) == []


@pytest.mark.parametrize("old", ["127.0.0.1:18443", "seal_until: '2", "恩施土家族苗族自治州", "verify_originals"])
def test_one_changed_word_is_noticed(two: Two, old: str):
    file, _ = two.invitation()
    new = {
        "127.0.0.1:18443": "127.0.0.9:18443",
        "seal_until: '2": "seal_until: '3",
        "verify_originals": "deliver_result",
    }
    file.write_text(file.read_text(encoding="utf-8").replace(old, new.get(old, "恩施州")), encoding="utf-8")
    said = two.examine(file)
    assert said.code == 1
    assert "changed after it was signed" in said.findings["signature.value"]
    assert all(one["line"] > 0 for one in said.document["findings"])


def test_a_signature_by_another_key_than_those_in_the_file_proves_nothing(two: Two):
    file = two.signed_again(lambda told: None, key=new_key(KeyUse.SEAL, P256, now=wall_clock()))
    assert "not signed by a key of the file" in two.examine(file).findings["signature.kid"]


def _someone_elses_scope(told: dict[str, Any]) -> None:
    told["agreements"][0]["their_scope"] = [XIANGXI]


def _backwards(told: dict[str, Any]) -> None:
    told["agreements"][0] |= {"valid_from": "2027-01-01", "valid_to": "2026-01-01"}


def _ended_keys(told: dict[str, Any]) -> None:
    ended = {"valid_from": "2024-01-01", "seal_until": "2025-01-01", "accept_until": "2025-06-01"}
    told["keys"] = [{**key, **ended} for key in told["keys"]]


def _leaf_as_authority(told: dict[str, Any]) -> None:
    told["tls"]["roots"] = [region(ENSHI).certified.certificate.public_bytes(Encoding.PEM).decode()]


def _unknown_division(told: dict[str, Any]) -> None:
    told["code"] = "429999"


def _our_own(told: dict[str, Any]) -> None:
    told["code"] = QIANJIANG


def _wrong_name(told: dict[str, Any]) -> None:
    told |= {"name": "湘西土家族苗族自治州", "short_name": "湘西州"}


def _newer_speech(told: dict[str, Any]) -> None:
    told["exchange"]["versions"] = ["2.0"]


def _too_little(told: dict[str, Any]) -> None:
    told["exchange"]["features"] = ["rpc/DescribeGateway"]


def _twice(told: dict[str, Any]) -> None:
    told["agreements"][0]["items"] *= 2


def _unknown_item_code(told: dict[str, Any]) -> None:
    told["agreements"][0]["items"][0]["basic"] = "420120011000"


@pytest.mark.parametrize(
    ("change", "key", "problem"),
    [
        (_someone_elses_scope, "agreements[0].their_scope[0]", "is not in this region"),
        (_backwards, "agreements[0].valid_to", "ends before it begins"),
        (_ended_keys, "keys[1].seal_until", "has ended"),
        (_leaf_as_authority, "tls.roots[0]", "not that of an authority"),
        (_unknown_division, "code", "does not exist"),
        (_our_own, "code", "belongs to this region"),
        (_wrong_name, "name", "the name is that of 433100"),
        (_newer_speech, "exchange.versions", "none in common"),
        (_too_little, "exchange.features", "rpc/DeliverEnvelopes"),
        (_twice, "agreements[0].items[1]", "repeats items[0]"),
        (_unknown_item_code, "agreements[0].items[0].basic", "province's code"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_in_the_introduction(two: Two, change, key: str, problem: str):
    file = two.signed_again(change)
    said = two.examine(file)
    assert said.code == 1
    errors = [one for one in said.document["findings"] if one["severity"] == "error"]
    (found,) = [one for one in errors if one["key"] == key and problem in one["problem"]["en"]]
    lines = file.read_text(encoding="utf-8").splitlines()
    leaf = key.rpartition(".")[2].partition("[")[0]
    near = lines[max(found["line"] - 2, 0) : found["line"]]
    assert any(leaf in line or line.lstrip().startswith("- ") for line in near), (found["line"], near)
    assert found["fix"]["zh"]
    assert list((two.qianjiang / "partners").glob("*")) == []


def test_everything_wrong_is_told_at_once(two: Two):
    def several(told: dict[str, Any]) -> None:
        for change in (_backwards, _ended_keys, _too_little, _someone_elses_scope):
            change(told)

    keys = set(two.examine(two.signed_again(several)).findings)
    assert {
        "agreements[0].valid_to",
        "agreements[0].their_scope[0]",
        "exchange.features",
        "keys[1].seal_until",
    } <= keys


@pytest.mark.parametrize(
    ("ago", "key", "problem"),
    [(timedelta(days=15), "valid_until", "it ended on"), (-timedelta(hours=1), "made_at", "has not come yet")],
)
def test_an_introduction_counts_for_two_weeks(two: Two, ago: timedelta, key: str, problem: str):
    file = two.signed_again(lambda told: None, now=wall_clock() - ago)
    said = two.examine(file)
    assert said.code == 1
    assert problem in said.findings[key]


def test_an_introduction_for_somebody_else_is_not_taken(two: Two):
    file = two.signed_again(lambda told: None, to=XIANGXI)
    assert XIANGXI in two.examine(file).findings["to"]


def test_a_partner_that_is_there_is_shown_with_its_changes_and_written_over_only_when_told(two: Two):
    file, digits = two.invitation()
    written = Path(two.add(file, digits).document["written"])
    text = written.read_text(encoding="utf-8")
    written.write_text(
        text.replace("agreements:", "limits:\n  envelopes_per_minute: 77\nnotes: 每月第一个周日维护\nagreements:"),
        encoding="utf-8",
    )
    before = written.read_bytes()
    again = two.signed_again(lambda told: told.update(endpoints=[{"address": "10.0.0.9:8443"}]))
    digits = two.examine(again, "--replace").document["fingerprint"]
    refused = two.add(again, digits)
    assert refused.code == 1
    assert "not written over" in refused.findings["code"]
    assert written.read_bytes() == before
    shown = two.tongban("partners", "add", again, "--home", two.qianjiang, "--dry-run", "--lang", "en")
    assert "+  - address: 10.0.0.9:8443" in shown.out
    assert "-  - address: 127.0.0.1:18443" in shown.out
    assert two.add(again, digits, "--replace").code == 0
    partner = partners_of(two.qianjiang, QIANJIANG)[ENSHI]
    assert partner.endpoints[0].address == "10.0.0.9:8443"
    assert partner.limits.envelopes_per_minute == 77
    assert partner.notes == "每月第一个周日维护"
    assert written.with_name(f"{written.name}.before").read_bytes() == before


def test_a_sample_of_the_region_gives_way_to_what_it_tells_itself(two: Two):
    file, digits = two.invitation()
    written = Path(two.add(file, digits).document["written"])
    text = written.read_text(encoding="utf-8").replace("status: active", "status: sample")
    written.write_text(
        text.replace("address: 127.0.0.1:18443", "address: gateway.422800.tongban.invalid:8443"), "utf-8"
    )
    assert two.add(file, digits, "--replace").code == 0
    assert partners_of(two.qianjiang, QIANJIANG)[ENSHI].status is Status.ACTIVE


def test_a_region_that_can_only_dial_out_is_added_as_one_that_collects(two: Two):
    settings = two.enshi / "gateway.yaml"
    text = settings.read_text(encoding="utf-8")
    start = text.index("  endpoints:")
    settings.write_text(text[:start] + "  endpoints: []\n" + text[text.index("local:") :], encoding="utf-8")
    file, digits = two.invitation()
    said = two.tongban(
        "partners", "add", file, "--home", two.qianjiang, "--yes", "--fingerprint", digits, "--lang", "zh"
    )
    assert said.code == 0, said
    assert "只能外拨" in said.out
    assert f"tongban partners test {QIANJIANG}" in said.out
    assert partners_of(two.qianjiang, QIANJIANG)[ENSHI].delivery is Delivery.COLLECT


def test_a_key_that_another_partner_has_is_refused(two: Two):
    file, digits = two.invitation()
    assert two.add(file, digits).code == 0

    def as_xiangxi(told: dict[str, Any]) -> None:
        told |= {"code": XIANGXI, "name": "湘西土家族苗族自治州", "short_name": "湘西州"}
        told["agreements"][0] |= {"our_scope": [XIANGXI], "number": "湘通办协〔2026〕示例2号"}

    other = two.signed_again(as_xiangxi)
    said = two.examine(other)
    assert said.code == 1
    assert any("is registered in" in problem for problem in said.findings.values())


def test_agreements_that_differ_are_shown_side_by_side_and_somebody_has_to_choose(two: Two):
    draft = two.draft.read_text(encoding="utf-8")
    file, digits = two.invitation()
    ours = draft.replace("our_scope: [422800]", "our_scope: [500114]").replace(
        "their_scope: [500114]", "their_scope: [422800]"
    )
    ours = ours.replace("directions: [outward]", "directions: [inward]").replace("2099-12-31", "2027-06-30")
    (two.qianjiang / "partners" / f"_{ENSHI}.yaml").write_text(ours, encoding="utf-8")
    shown = two.tongban("partners", "add", file, "--home", two.qianjiang, "--dry-run", "--lang", "zh")
    assert "≠ 有效期" in shown.out
    assert "本方: 2026-01-01 — 2027-06-30" in shown.out
    assert "对方: 2026-01-01 — 2099-12-31" in shown.out
    differing = [one for one in two.examine(file).document["agreement"] if one["binds"] and not one["same"]]
    assert [one["term"]["en"] for one in differing] == ["validity"]
    refused = two.add(file, digits)
    assert refused.code == 2
    assert "--agreement" in refused.err
    assert list((two.qianjiang / "partners").glob(f"{ENSHI}*")) == []
    assert two.add(file, digits, "--agreement", "theirs").code == 0
    assert partners_of(two.qianjiang, QIANJIANG)[ENSHI].agreements[0].valid_to == date(2099, 12, 31)
    assert two.add(file, digits, "--agreement", "ours", "--replace").code == 0


def test_a_draft_that_is_wrong_stops_the_invitation_and_names_its_line(two: Two):
    two.draft.write_text(two.draft.read_text(encoding="utf-8").replace("[500114]", "[433100]"), encoding="utf-8")
    said = two.tongban("partners", "invite", "--home", two.enshi, "--for", QIANJIANG, "-o", two.folder / "x.yaml")
    assert said.code == 1
    assert "_500114.yaml:7: agreements[0].their_scope[0]" in said.out
    assert not (two.folder / "x.yaml").exists()


def test_an_introduction_without_agreements_asks_for_a_draft(two: Two):
    two.draft.unlink()
    file, _ = two.invitation()
    said = two.examine(file)
    assert said.code == 1
    assert f"_{ENSHI}.yaml" in json.dumps(said.document["findings"], ensure_ascii=False)


def test_an_introduction_is_not_written_over_unless_told(two: Two):
    file, _ = two.invitation()
    again = two.tongban("partners", "invite", "--home", two.enshi, "--for", QIANJIANG, "-o", file)
    assert again.code == 1
    assert two.tongban("partners", "invite", "--home", two.enshi, "--for", QIANJIANG, "-o", file, "--replace").code == 0


@pytest.mark.parametrize(("typed", "written"), [("y\n", True), ("n\n", False), ("", False)])
def test_a_person_is_asked_whether_the_digits_are_the_same(two: Two, typed: str, *, written: bool):
    file, digits = two.invitation()
    arguments = ["partners", "add", str(file), "--home", str(two.qianjiang), "--no-test", "--lang", "zh"]
    done = CliRunner().invoke(root, arguments, input=typed, obj=Speaker())
    assert digits.split()[3] in done.output
    assert bool(list((two.qianjiang / "partners").glob(f"{ENSHI}*"))) is written
    assert (done.exit_code == 0) is written


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"a: [1", b"introduction: 1\n", "名称：值\n".encode()])
def test_a_file_that_is_no_introduction_is_told_as_findings(two: Two, raw: bytes):
    file = two.folder / "none.yaml"
    file.write_bytes(raw)
    said = two.examine(file)
    assert said.code == 1
    assert said.document["findings"]


def test_a_next_key_travels_along_with_the_present_one(two: Two):
    assert two.tongban("keys", "new", "--use", "seal", "--home", two.enshi).code == 0
    file, digits = two.invitation()
    assert two.add(file, digits).code == 0
    partner = partners_of(two.qianjiang, QIANJIANG)[ENSHI]
    assert sum(key.use is Use.SEAL for key in partner.keys) == 2
