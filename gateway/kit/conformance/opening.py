"""From a gateway's folder: as whom the checks call, and what its partner file says about the gateway under test.

The folder is one as `tongban init` or `tongban conformance prepare` makes it; nothing in it is changed and no store is
opened, so a gateway may run on it meanwhile.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.kit.conformance.identity import Identity, Target
from gateway.partners.check import check_folder
from gateway.partners.partner import Partner
from gateway.settings import Address, Settings, load_divisions
from gateway.trust.keys import load_keys
from gateway.trust.suites import KeyUse
from gateway.trust.tls import load_certified

_NONE = Text("这个文件夹没有可用的伙伴文件", "the folder has no partner file that can be used")
_WHICH = Text("有几个伙伴, 没有写明测哪一个", "there are several partners, and it is not said which one is tested")
_NAME_IT = Text("用 --partner 写明代码: {codes}", "name its code with --partner: {codes}")
_MAKE_ONE = Text(
    "用 tongban conformance prepare 准备, 或运行 tongban partners check 看错在哪里",
    "make it with tongban conformance prepare, or see what is wrong with tongban partners check",
)


def identity_of(settings: Settings, now: datetime) -> Identity:
    """Return who calls.

    Raises:
        GatewayError: KEY_FILE_…, KEY_NOT_IN_FORCE, CONFIGURATION.
    """
    keys = load_keys(settings.keys)
    authority = None
    with suppress(GatewayError):
        # The bureau's authority keeps its key elsewhere, and rightly so.
        authority = load_certified(settings.tls.authority, settings.tls.authority.with_suffix(".key"))
    return Identity(
        region=settings.region,
        certified=load_certified(settings.tls.certificate, settings.tls.private_key),
        seal_key=keys.current(KeyUse.SEAL, now),
        token_key=keys.current(KeyUse.TOKEN, now),
        authority=authority,
    )


def target_of(settings: Settings, against: Address, code: str, now: datetime) -> Target:
    """Return whom to test: the partner called `code`, or the one that is there, or the one at that address.

    Raises:
        GatewayError: CONFIGURATION when there is none, or several and none at that address.
    """
    checked = check_folder(settings.partners, load_divisions(), settings.region, day_in_china(now))
    partner = _chosen([one for one in checked.partners if not one.is_sample], str(against), code)
    at_home = [one.server_name for one in partner.endpoints if one.address == str(against) and one.server_name]
    named = at_home or [one.expected_name for one in partner.endpoints if one.server_name]
    return Target(partner, against.host, against.port, named[0] if named else against.host)


def _chosen(partners: Sequence[Partner], address: str, code: str) -> Partner:
    found = [one for one in partners if not code or one.code == code]
    if len(found) > 1:
        found = [one for one in found if any(endpoint.address == address for endpoint in one.endpoints)] or found
    if len(found) == 1:
        return found[0]
    finding = FieldFinding("--partner", _NONE, _MAKE_ONE)
    if found:
        codes = ", ".join(one.code for one in found)
        finding = FieldFinding("--partner", _WHICH, _NAME_IT.format(codes=codes))
    raise GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
