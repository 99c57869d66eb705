"""Marked personal data goes through every flow; no store file, log line, metric or error may show it in the clear."""

import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from gateway.cli.demo_data import event, file_material
from tests.build import a_digest
from tests.flows.test_the_whole_gateway import ENSHI, QIANJIANG, Pair, a_pair, a_request
from tests.licence_platform import CARD_TYPE, a_record, an_identifier, sample_file

MARKS = {
    "name": "麒麟标",
    "certificate": "42280119900101123X",
    "phone": "13987654321",
    "address": "湖北省恩施州恩施市凤凰路 777 号",
    "form": "独角兽表单内容",
    "file": "scan-of-a-unicorn",
    "file name": "麒麟标-身份证.jpg",
    "remark": "经核实麒麟标本人到场",
    "licence": an_identifier("299999900001", issuer="500114"),
    "use cause": "为麒麟标换领社保卡",
    "holder of another licence": "貔貅标",
}
EXPIRED = an_identifier("299999900002", issuer="500114")
OTHERS = an_identifier("299999900003", issuer="500114")


def connected(folder: Path) -> str:
    """Settings of a source that holds the marked person's licences, outside the gateways' folders."""
    held = {"holder": MARKS["name"], "holder_number": MARKS["certificate"]}
    path = folder / "licences.yaml"
    records = {
        MARKS["licence"]: a_record(**held),
        EXPIRED: a_record(**held, valid_to="2020-10-01"),
        OTHERS: a_record(holder=MARKS["holder of another licence"]),
    }
    path.write_text(sample_file(records), encoding="utf-8")
    return f"licences:\n  source: file\n  file: {path}\n"


def a_licence(licence_id: str = MARKS["licence"]) -> dict[str, object]:
    """A material that quotes a licence of the marked person."""
    quoted = {
        "licence_id": licence_id,
        "type_code": CARD_TYPE,
        "holder": MARKS["name"],
        "use_cause": MARKS["use cause"],
    }
    return {"material_id": "m2", "name": "身份证", "licence": quoted}


def marked_request(number: str, content: bytes) -> dict[str, object]:
    request = a_request(number)
    request["applicant"] |= {
        "name": MARKS["name"],
        "certificate_number": MARKS["certificate"],
        "phone": MARKS["phone"],
        "address": MARKS["address"],
    }
    request["contacts"] = [{"name": MARKS["name"], "phone": MARKS["phone"]}]
    request["form"] = {"说明": MARKS["form"]}
    scan = file_material("m1", "身份证", a_digest(content), len(content), MARKS["file name"])
    request["materials"] = [scan, a_licence()]
    return request


async def everything(pair: Pair) -> list[str]:
    """A case there and back, and some of what goes wrong; returns every error text."""
    content = MARKS["file"].encode() * 1000
    url = f"{pair.sites[QIANJIANG].url}/v1/materials/{a_digest(content)}"
    headers = {
        "Authorization": f"Bearer {pair.sites[QIANJIANG].api_key}",
        "Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}",
    }
    async with pair.session.put(url, data=content, headers=headers) as answer:
        assert answer.status in (200, 201), await answer.text()
    status, said = await pair.call(QIANJIANG, "POST", "/v1/cases", marked_request("QJ-P1", content))
    assert status == 202, said
    number = said["case_id"]
    await pair.next_news(ENSHI)
    now = datetime.now(UTC)
    signed = event("received_by_handler", ENSHI, now, handler_number="ES-P1")
    await pair.call(ENSHI, "POST", f"/v1/cases/{number}/events", signed)
    accepted = event("accepted", ENSHI, now, reason=MARKS["remark"])
    status, said = await pair.call(ENSHI, "POST", f"/v1/cases/{number}/events", accepted)
    assert status == 201, said
    status, said = await pair.call(QIANJIANG, "GET", f"/v1/cases/{number}")
    assert said["materials_now"][1]["licence_checks"][0]["outcome"] == "valid", said
    note = event("note", ENSHI, now, text=MARKS["remark"])
    status, said = await pair.call(ENSHI, "POST", f"/v1/cases/{number}/events", note)
    assert status == 201, said
    first = await pair.next_news(QIANJIANG)
    await pair.next_news(QIANJIANG, after=first["position"])

    errors = []
    wrong = marked_request("QJ-P2", content)
    wrong["applicant"] |= {"certificate_number": MARKS["certificate"][:-1] + "1", "phone": MARKS["phone"] + "99"}  # type: ignore[operator]
    wrong["item"] = {"basic_code": "000799001000", "name": MARKS["name"]}
    scan = marked_request("QJ-P3", content)["materials"][0]  # type: ignore[index]
    for path, body in (
        ("/v1/cases", wrong),
        ("/v1/cases", marked_request("QJ-P3", content) | {"materials": [scan, a_licence(EXPIRED)]}),
        ("/v1/cases", marked_request("QJ-P4", content) | {"materials": [a_licence(OTHERS)]}),
        ("/v1/cases", marked_request("QJ-P5", content) | {"materials": [a_licence(MARKS["licence"][:-1] + "*")]}),
        ("/v1/cases", marked_request("QJ-P1", content) | {"summary": MARKS["name"]}),
        ("/v1/cases", {"applicant": MARKS["name"], "origin_number": MARKS["certificate"]}),
        (f"/v1/cases/{number}/events", event("accepted", QIANJIANG, now, reason=MARKS["remark"])),
        (f"/v1/cases/{MARKS['certificate']}/events", {}),
    ):
        status, said = await pair.call(QIANJIANG, "POST", path, body)
        assert status >= 400
        errors.append(json.dumps(said, ensure_ascii=False))
    return errors


async def test_nothing_personal_is_readable_outside_the_doors(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_pair(tmp_path, more_settings=connected(tmp_path)) as pair:
        errors = await everything(pair)
        assert any("LICENCE_INVALID" in error for error in errors)
        socket = pair.sites[QIANJIANG].folder / "data" / "control.sock"
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as operator,
            operator.get("http://gateway/metrics") as metrics,
        ):
            measured = await metrics.text()
        stored = b"".join(
            file.read_bytes()
            for site in pair.sites.values()
            for file in sorted((site.folder / "data").rglob("*"))
            if file.is_file() and not file.is_socket()
        )
    logged = "".join(capfd.readouterr())
    assert len(stored) > 100_000, "there is something to look through"
    for what, mark in MARKS.items():
        assert mark.encode() not in stored, f"{what} is readable in a store file"
        assert mark not in logged, f"{what} is in a log"
        assert mark not in measured, f"{what} is in a metric"
        for error in errors:
            assert mark not in error, f"{what} is in an error: {error}"
