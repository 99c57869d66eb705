"""A request in which everything about people is marked, so that a mark found anywhere else is a leak.

Synthetic: numbers with right check characters of nobody, names of animals that are none.
"""

from datetime import UTC, datetime
from typing import Any

from gateway.cli.demo_data import card_case

ENSHI, QIANJIANG = "422800", "500114"
MARKS = {
    "name": "麒麟标",
    "agent": "貔貅标",
    "number": "42280119900101123X",
    "phone": "13987654321",
    "address": "凤凰路 777 号标",
    "form": "独角兽表单标",
    "file name": "麒麟标-身份证.jpg",
    "remark": "本人到场标",
}


def a_marked_request(number: str, **changes: Any) -> dict[str, Any]:
    """A case as a local system hands it over."""
    request = card_case(QIANJIANG, ENSHI, number, datetime.now(UTC), [])
    request["applicant"] |= {
        "name": MARKS["name"],
        "certificate_number": MARKS["number"],
        "phone": MARKS["phone"],
        "address": MARKS["address"],
    }
    request["contacts"] = [{"name": MARKS["name"], "phone": MARKS["phone"]}]
    request["form"] = {"说明": MARKS["form"]}
    return request | changes
