"""What a route of the local door is, and the reasons with which many of them may refuse."""

from dataclasses import dataclass

from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local.door import Handler
from gateway.local.requests import JSON
from gateway.local.system_file import May

R = Reason

ROUTING = (
    R.OWN_REGION,
    R.DIVISION_UNKNOWN,
    R.DIVISION_ABOLISHED,
    R.NO_PARTNER,
    R.OUR_DIVISION_NOT_COVERED,
    R.ITEM_NOT_AGREED,
    R.MODE_NOT_AGREED,
    R.DIRECTION_NOT_AGREED,
    R.NOT_IN_FORCE,
    R.ROUTE_AMBIGUOUS,
    R.REDIRECTED,
    R.PARTNER_CLOSED,
)
STORE = (R.STORE_BUSY, R.STORE_NOT_WRITABLE, R.REQUEST_TIMEOUT, R.INTERNAL)
CALLER = (R.LOCAL_UNAUTHENTICATED, R.LOCAL_NOT_ALLOWED)
BODY = (R.BAD_REQUEST, R.BAD_JSON, R.UNSUPPORTED_MEDIA, R.REQUEST_TOO_LARGE)
DEMANDED = (R.ITEM_NOT_PUBLISHED, R.ITEM_NOT_IN_USE, R.ITEM_CHANGED, R.REQUIREMENTS_NOT_MET, R.PARITY_BLOCKED)
SUBMIT = (*CALLER, *BODY, R.CASE_TAKEN, R.KEY_REUSED, *ROUTING, *DEMANDED, *STORE)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address.

    Attributes:
        may: the permission it demands; None for everybody.
        may_instead: with this permission a caller proves itself, and is then asked for less; without a credential
            everybody may call.
        deadline: seconds within which it is answered, whatever happens.
        takes: name of the schema of the body, empty when it has none; `bytes` for a file.
        answers: status and name of the schema of each good answer.
        reasons: every reason it may refuse with.
    """

    method: str
    path: str
    name: str
    summary: Text
    handler: Handler
    may: May | None = None
    may_instead: May | None = None
    deadline: int = 30
    takes: str = ""
    media: str = JSON
    answers: tuple[tuple[int, str], ...] = ((200, ""),)
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
