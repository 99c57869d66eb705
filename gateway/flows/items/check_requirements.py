"""Whether a case is what the handler demands, before anything is kept and again when it is taken in.

1 published   the handler's list has the item: outside the list nothing is handled (清单之外一律不得实施)
2 in use      it is neither paused nor cancelled
3 version     the case was filled in for the version in force, or one that was superseded days ago at most
4 met         form and materials are what that version demands: every gap is told at once

A region that publishes no items demands nothing here: the agreement's list alone holds, and what it grants.  Steps 1 to 3 are the same on
both sides; step 4 is the origin's, before it sends, for the handler asks for a supplement instead of refusing.
"""

from datetime import datetime

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.definition import ItemDefinition, ItemState
from gateway.case.item.requirements import gaps, power_gaps
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.items.catalogues import Catalogues, Demand
from gateway.partners.routes import Route

_STATES = {ItemState.PAUSED: Text("暂停", "paused"), ItemState.CANCELLED: Text("取消", "cancelled")}


async def demand_of_handler(catalogues: Catalogues, case: Case, route: Route, now: datetime) -> Demand:
    """Return what the handler of a route demands of a case on the day the window received it."""
    local = route.permit.item.local
    stands = case.handler.division[:6] == route.handler_division
    return await catalogues.demand(
        route.partner.code,
        basic_code=local.theirs if local else case.item.basic_code,
        division=case.handler.division if stands else route.handler_division,
        on=day_in_china(case.received_at_window),
        version=case.item.version,
        task_code=case.item.task_code,
        today=day_in_china(now),
    )


def need_published(case: Case, demand: Demand, place: str) -> ItemDefinition | None:
    """Return the definition that binds a case; None where the region publishes no items.

    Args:
        place: short name of the region, for the texts.

    Raises:
        GatewayError: ITEM_NOT_PUBLISHED, ITEM_NOT_IN_USE, ITEM_CHANGED; REQUIREMENTS_NOT_MET when a task code is needed
            to tell which department's item is meant.
    """
    if not demand.published:
        return None
    item = f"{case.item.name} {case.item.basic_code}"
    if demand.choices:
        raise GatewayError(
            Reason.REQUIREMENTS_NOT_MET, findings=(_choose(demand.choices),), place=place, item=case.item.name, count=1
        )
    latest = demand.latest
    if latest is None:
        raise GatewayError(Reason.ITEM_NOT_PUBLISHED, place=place, item=item)
    if latest.state is not ItemState.IN_USE:
        raise GatewayError(Reason.ITEM_NOT_IN_USE, place=place, item=item, state=_STATES[latest.state])
    if demand.definition is None:
        raise GatewayError(
            Reason.ITEM_CHANGED, place=place, item=item, version=latest.version, stated=case.item.version
        )
    return demand.definition


def need_met(case: Case, demand: Demand, route: Route, callable_types: frozenset[str] | None = None) -> None:
    """Refuse a case that is not what the handler demands.

    Args:
        callable_types: types of electronic licences that can be looked up; None when that is not known.

    Raises:
        GatewayError: REQUIREMENTS_NOT_MET with every gap, and what `need_published` raises.
    """
    place = route.place
    named = Text(place, place)
    definition = need_published(case, demand, place)
    powers = route.permit.powers
    found = power_gaps(case, powers, named)
    if definition:
        found += gaps(case, definition, place=named, callable_types=callable_types, powers=powers)
    if found:
        name = definition.name if definition else case.item.name
        raise GatewayError(Reason.REQUIREMENTS_NOT_MET, findings=found, place=place, item=name, count=len(found))


def _choose(task_codes: tuple[str, ...]) -> FieldFinding:
    listed = ", ".join(task_codes)
    return FieldFinding(
        "item.task_code",
        Text(
            "该地有多个部门实施这个事项, 没有写明是哪一个", "several departments there handle this item; none is named"
        ),
        Text(f"填写实施编码, 可选: {listed}", f"give the task code, one of: {listed}"),
    )
