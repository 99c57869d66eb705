"""The demo's foreign-format system: its shipped file from `systems/`, given a key, in the folder of one region."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from gateway.case.days import CHINA
from gateway.cli.demo_data import CARD, CARD_NAME
from gateway.cli.federation import Site
from gateway.cli.system_files import new_system_key

SHIPPED = Path(__file__).parents[2] / "systems"
REGION = "500114"
NAME = "epoint-flat"


def add_foreign_system(
    sites: Mapping[str, Site], folder: Path, now: datetime, secret: Callable[[int], bytes]
) -> tuple[Site, str, Path]:
    """Put the system into its region's folder; return region, its key and a file with one of its requests."""
    site = sites[REGION]
    key = new_system_key(NAME, secret)
    text = (SHIPPED / f"{NAME}.yaml").read_text(encoding="utf-8")
    active = text.replace("status: sample", f"status: active\n\ncredential:\n  keys:\n  {key.line.strip()}", 1)
    (site.folder / "systems" / f"{NAME}.yaml").write_text(active, encoding="utf-8")
    request = folder / "epoint-request.json"
    request.write_text(json.dumps(_request(now), ensure_ascii=False, indent=1), encoding="utf-8")
    return site, key.api_key, request


def _request(now: datetime) -> dict[str, object]:
    """A card at a window in 黔江, decided in 吉首: flat fields, codes of its own, numbers as it writes them."""
    return {
        "flowsn": "5001140000120011000202611240007",
        "catalogcode": CARD,
        "taskname": CARD_NAME,
        "projectname": "示例: 社会保障卡补领",
        "projecttype": "1",
        "itemtype": "11",
        "applyway": "20",
        "applyertype": "20",
        "applyername": " 彭小川 ",
        "certtype": "22",
        "certnum": "422801199001010018",
        "contactmobile": "13900000000",
        "cardreason": "遗失补领",
        "fee": 25.00,
        "bankserial": 90071992547409931234567890,
        "materiallist": [
            {"materialguid": "MG-1", "materialname": "居民身份证", "submittype": "10", "isverified": "1", "copynum": 1}
        ],
        "areacode": "500114",
        "ouname": "黔江区政务服务中心",
        "windowname": "综合窗口 3",
        "receiveuserid": 1031,
        "tbareacode": "433101",
        "resultgettype": "1",
        "receivedate": now.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
    }
