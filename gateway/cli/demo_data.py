"""Sample requests of the demo: real places, synthetic people, every text marked 示例 where it could be taken for real."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

CARD = "000120011000"
CARD_NAME = "社会保障卡申领、补领、换领、换发"
CARD_LICENCE = "1.2.156.3005.2.11422800MB0T00015R001.11422800MB0T00015R.20230000001.001.R"
DISABILITY = "000799001000"
PENSION = "002014108000"
PENSION_NAME = "养老保险关系转移接续(企业职工基本养老保险)"

REGIONS = {"422800": "恩施州", "500114": "黔江区", "433100": "湘西州"}
DIVISION = {"422800": "422801000000", "500114": "500114000000", "433100": "433101000000"}
HALL = {"422800": "恩施市政务服务中心", "500114": "黔江区政务服务中心", "433100": "吉首市政务服务中心"}


def agreements(ours: str, theirs: str) -> list[dict[str, Any]]:
    """Return what `ours` writes about its agreement with `theirs`; one list of items, both directions."""
    first, second = sorted((ours, theirs))
    return [
        {
            "number": f"示例通办协〔2026〕{first}-{second}号",
            "title": f"{REGIONS[ours]}与{REGIONS[theirs]}跨省通办合作协议 (示例)",
            "valid_from": "2026-01-01",
            "valid_to": "2028-12-31",
            "our_scope": [ours],
            "their_scope": [theirs],
            "items": [
                {
                    "name": CARD_NAME,
                    "basic": CARD,
                    "modes": ["entrusted"],
                    "directions": ["outward", "inward"],
                    "powers": ["verify_originals", "deliver_result"],
                },
                {
                    "name": PENSION_NAME,
                    "basic": PENSION,
                    "modes": ["joint"],
                    "directions": ["outward", "inward"],
                    "powers": ["verify_originals", "deliver_result"],
                },
            ],
        }
    ]


def card_case(origin: str, handler: str, number: str, now: datetime, materials: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a request for a social-security card: taken at `origin`, decided at `handler`."""
    return {
        "origin_number": number,
        "item": {"basic_code": CARD, "name": CARD_NAME},
        "mode": "entrusted",
        "channel": "window",
        "summary": "社会保障卡损坏换领 (示例)",
        "applicant": {
            "kind": "person",
            "name": "向小满",
            "certificate_kind": "resident_id",
            "certificate_number": "422801199001010026",
            "phone": "13900000000",
            "address": "湖北省恩施州恩施市示例路 1 号",
        },
        "contacts": [{"name": "向小满", "phone": "13900000000"}],
        "form": {"持卡人姓名": "向小满", "换领原因": "损坏", "旧卡流水号": 90071992547409931234, "工本费": 0.00},
        "materials": materials,
        "origin": {
            "division": DIVISION[origin],
            "organisation": HALL[origin],
            "window": "跨省通办窗口",
            "staff_number": "0012",
        },
        "handler": {"division": DIVISION[handler]},
        "delivery": {"way": "origin_window"},
        "received_at_window": now.isoformat(timespec="seconds"),
    }


def pension_case(number: str, now: datetime, materials: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a joint request taken in 黔江: one application, a part for 恩施 and a part for 湘西."""
    card = card_case("500114", "422800", number, now, materials)
    common = ("applicant", "contacts", "origin", "delivery", "received_at_window", "materials", "channel")
    form = {
        "姓名": "向小满",
        "转出地社保机构": "恩施市社会保险中心 (示例)",
        "转入地社保机构": "黔江区社会保险中心 (示例)",
        "联系电话": "13900000000",
    }
    parts = [
        {
            "item": {"basic_code": PENSION, "name": PENSION_NAME},
            "handler": {"division": DIVISION[handler]},
            "form": form,
            "material_ids": [one["material_id"] for one in materials],
        }
        for handler in ("422800", "433100")
    ]
    return {"origin_number": number, "summary": "养老保险关系转移 (示例)", "parts": parts} | {
        name: card[name] for name in common
    }


def licence_material(material_id: str, name: str, licence_id: str, type_code: str) -> dict[str, Any]:
    """Return a material that is a reference to an electronic licence (证照免提交)."""
    return {
        "material_id": material_id,
        "name": name,
        "licence": {
            "licence_id": licence_id,
            "type_code": type_code,
            "holder": "向小满",
            "use_cause": "办理社会保障卡换领 (示例)",
        },
    }


def file_material(material_id: str, name: str, sha256: str, size: int, file_name: str) -> dict[str, Any]:
    """Return a material that is an uploaded file."""
    return {
        "material_id": material_id,
        "name": name,
        "original_seen": True,
        "file": {"sha256": sha256, "size": size, "media_type": "image/jpeg", "file_name": file_name},
    }


def event(word: str, region: str, now: datetime, /, **rest: Any) -> Mapping[str, Any]:
    """Return an act of a member of staff of a region."""
    actor = {
        "name": "示例工作人员",
        "staff_number": "0012",
        "organisation": HALL[region],
        "division": DIVISION[region],
    }
    return {"event": word, "actor": actor, "occurred_at": now.isoformat(timespec="seconds")} | rest


def photograph(kilobytes: int, seed: int) -> bytes:
    """Return bytes with the head of a JPEG file; large enough to need several pieces."""
    return b"\xff\xd8\xff\xe0" + bytes((n * 31 + seed) % 256 for n in range(1024)) * kilobytes
