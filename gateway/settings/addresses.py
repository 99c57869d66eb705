"""`host:port` as it is written in `gateway.yaml`: where this gateway listens, and where others reach it."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.quantities import half_width

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9-]{1,63})*")
_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>[0-9]{1,5})")
_DOTTED = re.compile(r"[0-9.]+")


@dataclass(frozen=True, slots=True)
class Address:
    """A host, IPv6 without brackets, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine reach it."""
        return self.host == "localhost" or _is(self.host, "is_loopback")

    @property
    def is_wildcard(self) -> bool:
        """Whether it means every interface of this machine, so that nobody can dial it as it is."""
        return _is(self.host, "is_unspecified")


def parse_address(text: object) -> Address:
    """Return the address `host:port` or `[IPv6]:port` means.

    Raises:
        Misfit: another form, a port above 65535, or a host that is none.
    """
    if isinstance(text, Address):
        return text
    written = str(text)
    found = _ADDRESS.fullmatch(written)
    if found and int(found["port"]) <= 65535 and _is_host(found["six"], found["host"]):
        return Address(found["six"] or found["host"], int(found["port"]))
    problem = Text(f"“{shown(written)}”不是 主机:端口", f"'{shown(written)}' is not host:port")
    narrow = half_width(written)
    if narrow != written:
        raise Misfit(problem, Text(f"改成半角: {shown(narrow)}", f"type it half-width: {shown(narrow)}"))
    raise Misfit(
        problem,
        Text(
            "写成 127.0.0.1:8443 或 [::1]:8443, 不带 https://, 端口最大 65535",
            "write 127.0.0.1:8443 or [::1]:8443, without https://, port at most 65535",
        ),
    )


def parse_dialled(text: object) -> Address:
    """Return an address others can dial.

    Raises:
        Misfit: no address, port 0, or one that means every interface.
    """
    address = parse_address(text)
    if address.port and not address.is_wildcard:
        return address
    raise Misfit(
        Text(f"对方无法连接 {address}", f"nobody can dial {address}"),
        Text("写对方看得到的主机名或地址, 以及端口", "write the host or address partners see, and its port"),
    )


def host_name(text: str) -> str:
    """Return `text` if it can be a host name of a certificate.

    Raises:
        Misfit: it cannot.
    """
    if _HOST.fullmatch(text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是主机名", f"'{shown(text)}' is not a host name"),
        Text("写证书上的主机名, 不带端口", "write the host name in the certificate, without a port"),
    )


def _is_host(six: str | None, host: str | None) -> bool:
    if six is not None or _DOTTED.fullmatch(host or ""):
        try:
            ipaddress.ip_address(six or host or "")
        except ValueError:
            return False
        return True
    return _HOST.fullmatch(host or "") is not None


def _is(host: str, quality: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), quality))
    except ValueError:
        return False


def _schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": "^.+:[0-9]{1,5}$", "examples": [example]})


Listen = Annotated[Address, BeforeValidator(parse_address), _schema("0.0.0.0:8443")]
Dialled = Annotated[Address, BeforeValidator(parse_dialled), _schema("gateway.example.gov.cn:8443")]
