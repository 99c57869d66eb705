"""Routes of items (事项): what may be submitted where, what is demanded there, and importing our own."""

from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local import compare, items
from gateway.local.route import BODY, CALLER, ROUTING, STORE, Route
from gateway.local.system_file import May

R = Reason

ITEM_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/items",
        "listItems",
        Text(
            "查询可以转办到某地的事项及对方要求; 不写 division 时为本地事项",
            "List the items that may be submitted towards a division with what is demanded; ours without `division`",
        ),
        items.list_items,
        may=May.SUBMIT,
        answers=((200, "ItemList"),),
        query=items.LIST_PARAMETERS,
        reasons=(*CALLER, R.BAD_REQUEST, R.DIVISION_UNKNOWN, R.DIVISION_ABOLISHED, *STORE),
    ),
    Route(
        "GET",
        "/v1/items/compare",
        "compareItems",
        Text(
            "比较本地与某地的事项: 事项、材料、流程、时限四个一致",
            "Compare our items with those of the partner at a division: item, materials, process, limits",
        ),
        compare.compare_items,
        may=May.SUBMIT,
        answers=((200, "PartnerCompared"),),
        query=compare.COMPARE_PARAMETERS,
        reasons=(
            *CALLER,
            R.BAD_REQUEST,
            R.OWN_REGION,
            R.DIVISION_UNKNOWN,
            R.DIVISION_ABOLISHED,
            R.NO_PARTNER,
            R.ITEM_NOT_AGREED,
            *STORE,
        ),
    ),
    Route(
        "GET",
        "/v1/items/{basic_code}",
        "getItem",
        Text("查看某地对一个事项的表单、材料、环节和时限", "Look at form, materials, steps and limits of one item"),
        items.look_at_item,
        may=May.SUBMIT,
        answers=((200, "ListedItem"),),
        query=items.ITEM_PARAMETERS,
        reasons=(*CALLER, R.BAD_REQUEST, R.ITEM_NOT_PUBLISHED, *ROUTING, *STORE),
    ),
    Route(
        "POST",
        "/v1/items/import",
        "importItems",
        Text(
            "导入本地事项, 全部成功或全部不导入; 仅限本机运维人员",
            "Import our own items, all or none; for operators at this machine only",
        ),
        items.import_items,
        may=May.SUBMIT,
        deadline=120,
        takes="ItemImport",
        answers=((200, "ItemsImported"),),
        reasons=(*CALLER, *BODY, *STORE),
    ),
)
