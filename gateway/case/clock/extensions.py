"""Whether the limit of a case may be extended (延长): once, and for a licence no longer than the law allows.

Source: 行政许可法 art. 42: ten working days with the approval of the organ's head; fifteen where several organs decide
together, with the government's head.  For other items only the number of extensions is bound (domain practice).

Leaves to others: that reason and approver are named (`demands`), that the case is in a state to be extended (`lifecycle`).
"""

from gateway.case.clock.clockwork import Clockwork
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Extended, Happening
from gateway.case.reasons import Reason
from gateway.case.texts import Text

MOST_DAYS = 10
MOST_JOINT_DAYS = 15


def clockwork_findings(clockwork: Clockwork | None, happening: Happening) -> tuple[FieldFinding, ...]:
    """Return what the clocks of a case have against an event; nothing for a case without clocks.

    Raises:
        GatewayError: EXTENDED_ALREADY.
    """
    if clockwork is None or not isinstance(happening, Extended):
        return ()
    if clockwork.extension:
        raise GatewayError(Reason.EXTENDED_ALREADY)
    limits = clockwork.limits
    most = MOST_JOINT_DAYS if limits.joint else MOST_DAYS
    if not limits.is_licensing or happening.days <= most:
        return ()
    return (
        FieldFinding(
            "days",
            Text(f"行政许可最多延长 {most} 个工作日", f"a licence may be extended by at most {most} working days"),
            Text("改为法律允许的天数 (行政许可法第四十二条)", "give a number the law allows (行政许可法 art. 42)"),
        ),
    )
