"""An item between two provinces: each side's catalogue has its own code, and a case carries the handler's.

On the wire `item.basic_code` is the handler's code, so that its systems find their item; `local_catalog_code` keeps the
origin's, and what else named the item at the origin moves to the `local_` fields.  A national code is the same on both sides.
"""

from dataclasses import replace

from gateway.case.model import Item
from gateway.partners.agreement import Permit

_BASIC_IN_TASK = slice(19, 31)
"""Where the basic code stands in a task code (GB/T 39554.1-2020)."""


def as_handler_names_it(item: Item, permit: Permit) -> Item:
    """Return an item as the handler's catalogue names it; what the window wrote in the `local_` fields stays."""
    handler, origin = permit.handler_code, permit.origin_code
    if handler == origin:
        return item
    named = replace(item, basic_code=handler, local_catalog_code=item.local_catalog_code or origin)
    if item.task_code[_BASIC_IN_TASK] == origin:
        # The origin's own department cannot be the one that decides.
        return replace(
            named, task_code="", handling_item_code="", local_task_code=item.local_task_code or item.task_code
        )
    return named
