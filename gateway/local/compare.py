"""Handler of the four-same report (四个一致): our items and a partner's, side by side."""

from aiohttp import web

from gateway.case.item.codes import basic_code_problems
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.differences import Difference, Dimension
from gateway.case.item.parity import Comparison
from gateway.case.texts import Text
from gateway.flows.items.compare import ItemCompared, PartnerCompared
from gateway.local import canonical_out as out
from gateway.local.door import Call, Door
from gateway.local.requests import JSON, Query

COMPARE_PARAMETERS = ("division", "item")
Json = dict[str, object]


async def compare_items(door: Door, call: Call) -> web.Response:
    """Return in what our items differ from those of the partner whose agreements cover a division."""
    query = Query(call.request, COMPARE_PARAMETERS)
    division = query.word("division", longest=12)
    item = query.word("item", longest=12)
    if not division:
        query.refuse(
            "division", Text("必填", "it is required"), Text("写对方的区划代码", "give the partner's division")
        )
    for problem in basic_code_problems(item) if item else ():
        query.refuse("item", problem.text, Text("核对编码", "check the code"))
    query.done()
    found = await door.flows.compare_items(division, item)
    return web.Response(body=out.encode(partner_content(found)), content_type=JSON)


def partner_content(found: PartnerCompared) -> Json:
    """Return the report about a partner."""
    return {
        "partner": found.partner.code,
        "name": found.partner.name,
        "division": found.division,
        "ours_published": found.ours_published,
        "theirs_published": found.theirs_published,
        "score": found.score,
        "items": [_item(one) for one in found.items],
    }


def comparison_content(found: Comparison) -> Json:
    """Return two definitions of one item, side by side."""
    return {
        "ours": _named(found.ours),
        "theirs": _named(found.theirs),
        "score": found.score,
        "scores": {dimension.value: found.score_of(dimension) for dimension in Dimension},
        "differences": [_difference(one) for one in found.differences],
    }


def _item(one: ItemCompared) -> Json:
    agreed = one.term.item
    return {
        "name": agreed.name,
        "our_code": agreed.our_code,
        "their_code": agreed.their_code,
        "agreement": one.term.agreement.number,
        "policy": {dimension.value: one.term.agreement.parity.of(dimension).value for dimension in Dimension},
        "missing": one.missing.value,
        "comparison": comparison_content(one.comparison) if one.comparison else None,
    }


def _named(definition: ItemDefinition) -> Json:
    return {
        "basic_code": definition.basic_code,
        "name": definition.name,
        "division": definition.division,
        "version": definition.version,
        "sample": definition.sample,
    }


def _difference(one: Difference) -> Json:
    return {
        "dimension": one.dimension.value,
        "field": one.field,
        "subject": one.subject,
        "severity": one.severity.value,
        "ours": out.text(one.ours),
        "theirs": out.text(one.theirs),
        "why": out.text(one.why),
    }
