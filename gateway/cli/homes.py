"""The folder of a new gateway: settings, keys, certificates, and one sample system.

Guarantees that a folder is whole or absent, and that nothing there is ever overwritten.

Leaves to others: what is said about it (`init`), partner files, and starting.
"""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from gateway.case.code.divisions import Divisions
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.system_files import SystemKey, new_system_key, system_text
from gateway.settings import SETTINGS_NAME, Address, load_settings
from gateway.trust.keys import new_key, save_key
from gateway.trust.suites import P256, KeyUse, Suite
from gateway.trust.tls import Certified, issue, new_authority, save_certified
from gateway.trust.vault import new_vault_file

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397
"""Public authorities issue for no longer either, so every operator knows the yearly round."""


PEERING = Address("0.0.0.0", 8443)  # noqa: S104  partners come from other machines
LOCAL = Address("127.0.0.1", 8080)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a new gateway is to be.

    Attributes:
        short_name: at most 20 characters; the beginning of `name` where it is empty.
        endpoints: where partners will reach it; none for a gateway that can only dial out.
        names: further host names for the certificate, such as those in partners' `server_name`.
        system: name of the sample system.
    """

    region: str
    name: str = ""
    short_name: str = ""
    peering: Address = PEERING
    local: Address = LOCAL
    endpoints: tuple[Address, ...] = ()
    names: tuple[str, ...] = ()
    system: str = "sample"
    suite: Suite = P256


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of a gateway that was just made.

    Attributes:
        system: the sample system, whose key is nowhere else in the clear.
        authority_fingerprint: SHA-256 of the authority's certificate, to be compared by telephone.
    """

    folder: Path
    settings_file: Path
    system: SystemKey
    authority_fingerprint: str = field(repr=False)


def make_home(folder: Path, plan: Plan, *, now: datetime, divisions: Divisions, secret: Callable[[int], bytes]) -> Home:
    """Make `folder` with everything a gateway needs to start, and return it.

    Args:
        now: aware UTC; keys and certificates count from it.
        secret: gives that many random bytes.

    Raises:
        CONFIGURATION: the folder is there and not empty, cannot be written, or the plan makes no valid settings.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _refused(folder, _TAKEN)
    unfinished = folder.absolute().with_name(f".{folder.absolute().name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        try:
            _check(unfinished, plan, divisions)
            system, fingerprint = _fill(unfinished, plan, now, secret)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    except OSError as error:
        detail = error.strerror or type(error).__name__
        said = _UNWRITABLE[0].format(detail=detail), _UNWRITABLE[1]
        raise _refused(folder, said) from error
    return Home(folder, folder / SETTINGS_NAME, system, fingerprint)


def _check(folder: Path, plan: Plan, divisions: Divisions) -> None:
    """Write the settings and read them back: what the plan got wrong is told by the one checker there is."""
    file = folder / SETTINGS_NAME
    file.write_text(settings_text(plan, divisions), encoding="utf-8")
    settings, findings = load_settings(file, divisions)
    if settings is None:
        wrong = [FieldFinding(one.key, one.problem, one.fix) for one in findings if one.is_error]
        raise GatewayError(Reason.CONFIGURATION, findings=wrong, count=len(wrong))


def _fill(folder: Path, plan: Plan, now: datetime, secret: Callable[[int], bytes]) -> tuple[SystemKey, str]:
    keys = folder / "keys"
    tls = keys / "tls"
    for sub in (keys, tls, folder / "data"):
        sub.mkdir(mode=0o700)
    for sub in (folder / "partners", folder / "systems", folder / "calendars"):
        sub.mkdir()
    for use in KeyUse:
        save_key(keys, new_key(use, plan.suite, now=now))
    new_vault_file(keys / "vault.json")
    authority = new_authority(plan.region, f"tongban {plan.region} authority", now, AUTHORITY_DAYS)
    save_certified(tls / "authority.crt", tls / "authority.key", authority)
    names = (*(address.host for address in (*plan.endpoints, plan.peering) if not address.is_wildcard), *plan.names)
    save_certified(tls / "gateway.crt", tls / "gateway.key", certify(authority, plan.region, names, now))
    if not plan.local.is_loopback:
        hosts = () if plan.local.is_wildcard else (plan.local.host,)
        local = issue(authority, plan.region, (*hosts, *plan.names, "localhost"), now, CERTIFICATE_DAYS, client=False)
        save_certified(tls / "local.crt", tls / "local.key", local)
    system = new_system_key(plan.system, secret)
    (folder / "systems" / f"{system.name}.yaml").write_text(system_text(system), encoding="utf-8")
    return system, authority.certificate.fingerprint(hashes.SHA256()).hex()


def certify(authority: Certified, region: str, names: Iterable[str], now: datetime) -> Certified:
    """Issue the gateway's certificate for `names`: every host partners may use for it."""
    return issue(authority, region, dict.fromkeys(names), now, CERTIFICATE_DAYS)


def settings_text(plan: Plan, divisions: Divisions) -> str:
    """Return the text of `gateway.yaml` for a plan."""
    division = divisions.get(plan.region)
    name = plan.name or (division.name if division else plan.region)
    endpoints = "".join(f"\n    - address: {_quoted(str(address))}" for address in plan.endpoints)
    tls = "" if plan.local.is_loopback else _LOCAL_TLS
    return _SETTINGS.format(
        region=_quoted(plan.region),
        name=_quoted(name),
        short_name=_quoted(plan.short_name or name[:20]),
        peering=_quoted(str(plan.peering)),
        endpoints=endpoints or " []",
        local=_quoted(str(plan.local)),
        tls=tls,
    )


def _quoted(text: str) -> str:
    # A JSON string is a double-quoted YAML scalar, whatever is in it.
    return json.dumps(text, ensure_ascii=False)


def _refused(folder: Path, said: tuple[Text, Text]) -> GatewayError:
    return GatewayError(Reason.CONFIGURATION, findings=[FieldFinding(str(folder), *said)], count=1)


_TAKEN = (
    Text("文件夹里已有内容, 不会覆盖", "the folder is not empty; nothing is overwritten"),
    Text("换一个文件夹名, 或先移走原有内容", "choose another folder, or move its content away"),
)
_UNWRITABLE = (
    Text("无法写入: {detail}", "it cannot be written: {detail}"),
    Text("检查上级文件夹的权限和磁盘空间", "check the rights of the folder above and the disk space"),
)

_SETTINGS = """\
# 本网关的设置; 每一项的含义和默认值见 docs/gateway-file.md
# Settings of this gateway; docs/gateway-file.md explains every key and its default.

region: {region}
name: {name}
short_name: {short_name}

peering:                      # 面向其他地区 / the door to other regions
  listen: {peering}
  endpoints:{endpoints}

local:                        # 面向本地系统 / the door to local systems
  listen: {local}
{tls}"""

_LOCAL_TLS = """\
  tls:
    certificate: keys/tls/local.crt
    private_key: keys/tls/local.key
"""
