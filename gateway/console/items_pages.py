"""Items for operators: how fresh each region's catalogue is, and the report of what is the same in both places (四个一致)."""

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.item.differences import DIMENSION_TEXT, FIELD_TEXT, SEVERITY_TEXT, Dimension, Severity
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.flows.items.compare import Missing

MISSING_NAMES = {
    Missing.OURS: Text("我方没有公布", "we publish none"),
    Missing.THEIRS: Text("对方没有公布", "they publish none"),
    Missing.BOTH: Text("两边都没有公布", "neither publishes it"),
}
SEVERITY_CLASSES = {Severity.SERIOUS: "overdue", Severity.MINOR: "warning", Severity.NOTE: "plain"}


async def show_items(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the catalogue of each region."""
    return desk.pages.page(
        call, "items", catalogues=await desk.operating.catalogues(), region=desk.region, region_name=desk.region_name
    )


async def show_comparison(desk: Desk, call: Call) -> web.StreamResponse:
    """Show our items and a partner's side by side."""
    code = call.request.match_info["code"]
    if not (code.isascii() and code.isdigit() and len(code) in (6, 12)):
        return desk.pages.error(call, GatewayError(Reason.PARTNER_UNKNOWN, region=code[:20]), 404)
    return desk.pages.page(
        call,
        "items_compared",
        found=await desk.operating.compare(code),
        dimensions=[(one, DIMENSION_TEXT[one]) for one in Dimension],
        field_names=FIELD_TEXT,
        severities=SEVERITY_TEXT,
        severity_classes=SEVERITY_CLASSES,
        missing_names=MISSING_NAMES,
    )
