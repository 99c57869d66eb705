"""Times another region states: they may be late, as after an outage, but not ahead of ours.

A time ahead would move limits to wherever its writer likes.  It is no final refusal: a clock that is ahead comes right.
"""

from datetime import datetime, timedelta

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text

AHEAD = timedelta(minutes=10)
"""How far two clocks may differ."""


def need_not_ahead(path: str, stated: datetime, now: datetime) -> None:
    """Refuse a stated time that is more than ten minutes ahead of ours, for now.

    Raises:
        GatewayError: TIME_AHEAD.
    """
    if stated > now + AHEAD:
        raise GatewayError(Reason.TIME_AHEAD, findings=(FieldFinding(path, _AHEAD, _LOOK),), field=path)


_AHEAD = Text("晚于对方网关的当前时间", "it is later than now at the receiving gateway")
_LOOK = Text("核对时间和本方时钟", "check the time and your clock")
