"""Who calls: an API key or a token of a system's own, proved against its file.

A key is compared by its SHA-256 in constant time against every key there is, so that time tells nothing.
"""

import hashlib
import hmac
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local.door import VerifyLocalToken
from gateway.local.system_file import May
from gateway.local.systems import System, Systems

LONGEST_CREDENTIAL = 4096

MAY_NAMES: dict[May, Text] = {
    May.SUBMIT: Text("提交办件 (submit)", "submit"),
    May.ACT: Text("报送事件 (act)", "act"),
    May.READ: Text("查询办件 (read)", "read"),
    May.MATERIALS: Text("传输材料 (materials)", "materials"),
    May.FEED: Text("读取待办 (feed)", "feed"),
    May.CLAIM: Text("认领办件 (claim)", "claim"),
    May.PROGRESS: Text("不凭查询码查询进度 (progress)", "progress"),
}


def caller_of(authorization: str, systems: Systems, now: datetime, verify: VerifyLocalToken | None) -> System:
    """Return the system that an Authorization header proves.

    Raises:
        GatewayError: LOCAL_UNAUTHENTICATED, without saying why: who guesses learns nothing.
    """
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not 0 < len(credential) <= LONGEST_CREDENTIAL or not credential.isascii():
        raise GatewayError(Reason.LOCAL_UNAUTHENTICATED)
    found = _of_key(credential, systems)
    if found is None and verify is not None:
        found = _of_token(credential, systems, now, verify)
    if found is None:
        raise GatewayError(Reason.LOCAL_UNAUTHENTICATED)
    return found


def require(system: System, may: May) -> None:
    """Raise LOCAL_NOT_ALLOWED unless the system has the permission."""
    if may not in system.may:
        raise GatewayError(Reason.LOCAL_NOT_ALLOWED, system=system.name, act=MAY_NAMES[may])


def _of_key(credential: str, systems: Systems) -> System | None:
    digest = hashlib.sha256(credential.encode()).hexdigest().encode()
    found = None
    for system in systems:
        for key in system.keys:
            if hmac.compare_digest(digest, key.encode()) and system.can_call:
                found = system
    return found


def _of_token(credential: str, systems: Systems, now: datetime, verify: VerifyLocalToken) -> System | None:
    for system in systems:
        if system.token and system.can_call and verify(credential, system.token, now):
            return system
    return None
