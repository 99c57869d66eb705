"""The commands as an operator runs them, one after the other, on real folders."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.cli.tree import run
from gateway.partners.check import check_folder
from gateway.partners.schema import Delivery, Use
from gateway.settings import load_divisions
from gateway.trust.keys import load_keys

AGREEMENT = """\
agreements:
  - number: 恩通办协〔2026〕示例1号
    title: 恩施州与黔江区“跨省通办”合作协议(示例)
    valid_from: 2026-01-01
    valid_to: 2099-12-31
    our_scope: [422800]
    their_scope: [500114]
    items:
      - name: 社会保障卡申领
        basic: "000120011000"
        modes: [entrusted]
        directions: [inward]
"""

Captured = pytest.CaptureFixture[str]


def made(folder: Path, region: str, *more: str) -> Path:
    ports = ["--peering", "127.0.0.1:0", "--local", "127.0.0.1:0"]
    assert run(["init", str(folder / region), "--region", region, "--yes", *ports, *more]) == 0
    return folder / region


def test_a_new_gateway_introduces_itself_to_a_partner(tmp_path: Path, capsys: Captured) -> None:
    enshi = made(tmp_path, "422800")
    qianjiang = made(tmp_path, "500114", "--endpoint", "exchange.qianjiang.example:8443")
    assert run(["check", "--home", str(qianjiang)]) == 0
    capsys.readouterr()

    assert run(["keys", "list", "--home", str(qianjiang), "--json"]) == 0
    own = {key["kid"]: key for key in json.loads(capsys.readouterr().out)}
    assert sorted(key["use"] for key in own.values()) == ["seal", "token"]
    assert {key["standing"] for key in own.values()} == {"signs"}

    assert run(["partners", "entry", "--home", str(qianjiang)]) == 0
    entry = capsys.readouterr().out
    assert "PRIVATE" not in entry
    (enshi / "partners" / "500114-黔江区.yaml").write_text(entry + AGREEMENT, encoding="utf-8")

    today = datetime.now(UTC).date()
    checked = check_folder(enshi / "partners", load_divisions(), "422800", today)
    assert [finding for finding in checked.findings if finding.is_error] == []
    (partner,) = checked.partners
    assert (partner.code, partner.name, partner.delivery) == ("500114", "黔江区", Delivery.PUSH)
    assert [endpoint.address for endpoint in partner.endpoints] == ["exchange.qianjiang.example:8443"]
    assert {key.kid for key in partner.keys} == set(own)
    now = datetime.now(UTC)
    seal = next(key for key in load_keys(qianjiang / "keys").keys if key.use.value == "seal")
    assert [key.kid for key in partner.keys_for(Use.SEAL, now)] == [seal.kid]

    assert run(["check", "--home", str(enshi), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert run(["partners", "list", "--home", str(enshi), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["agreements"] == ["恩通办协〔2026〕示例1号"]


def test_a_gateway_nobody_can_dial_is_described_as_collecting(tmp_path: Path, capsys: Captured) -> None:
    home = made(tmp_path, "500114")
    capsys.readouterr()
    assert run(["partners", "entry", "--home", str(home)]) == 0
    assert "delivery: collect" in capsys.readouterr().out


def test_a_new_key_waits_until_partners_know_it(tmp_path: Path, capsys: Captured) -> None:
    home = made(tmp_path, "500114")
    capsys.readouterr()
    assert run(["keys", "new", "--use", "seal", "--suite", "EdDSA", "--home", str(home), "--json"]) == 0
    new = json.loads(capsys.readouterr().out)
    assert run(["keys", "list", "--home", str(home), "--json"]) == 0
    standing = {key["kid"]: key["standing"] for key in json.loads(capsys.readouterr().out)}
    assert standing.pop(new["kid"]) == "not yet"
    assert set(standing.values()) == {"signs"}
    assert run(["keys", "export", "--use", "seal", "--home", str(home)]) == 0
    exported = json.loads(capsys.readouterr().out)["keys"]
    assert new["kid"] in {key["kid"] for key in exported}
    assert {key["use"] for key in exported} == {"seal"}
    assert not any("d" in key for key in exported)


def test_a_renewed_certificate_is_of_the_same_authority(tmp_path: Path, capsys: Captured) -> None:
    home = made(tmp_path, "500114", "--endpoint", "exchange.qianjiang.example:8443")
    tls = home / "keys" / "tls"
    before = tls.joinpath("gateway.crt").read_bytes(), tls.joinpath("gateway.key").read_bytes()
    authority = tls.joinpath("authority.crt").read_bytes()
    capsys.readouterr()
    assert run(["keys", "certificate", "--home", str(home), "--json"]) == 0
    renewed = x509.load_pem_x509_certificate(tls.joinpath("gateway.crt").read_bytes())
    assert json.loads(capsys.readouterr().out)["sha256"] == renewed.fingerprint(hashes.SHA256()).hex()
    assert before[0] != tls.joinpath("gateway.crt").read_bytes()
    assert before[1] != tls.joinpath("gateway.key").read_bytes()
    assert authority == tls.joinpath("authority.crt").read_bytes()
    assert run(["check", "--home", str(home)]) == 0
    tls.joinpath("authority.key").unlink()
    capsys.readouterr()
    assert run(["keys", "certificate", "--home", str(home), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["reason"] == "KEY_FILE_MISSING"


def test_a_systems_key_is_printed_once_beside_the_line_that_registers_it(capsys: Captured) -> None:
    assert run(["keys", "system", "zongchuang", "--json"]) == 0
    made_key = json.loads(capsys.readouterr().out)
    assert hashlib.sha256(made_key["api_key"].encode()).hexdigest() == made_key["sha256"]
    assert run(["keys", "system", "Bad Name"]) == 1


def test_a_partner_folder_alone_is_checked_for_the_region_beside_it(tmp_path: Path, capsys: Captured) -> None:
    home = made(tmp_path, "422800")
    (home / "partners" / "500114-x.yaml").write_text("code: 500114\nnam: x\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["partners", "check", str(home / "partners"), "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert "partners/500114-x.yaml:2: nam:" in said
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    assert run(["partners", "check", str(alone), "--home", str(tmp_path)]) == 2
    assert run(["partners", "check", str(alone), "--region", "422800"]) == 0
