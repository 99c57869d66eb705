"""Addresses of services this gateway calls over HTTP, as they are written in `gateway.yaml`."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown


def service_url(text: str) -> str:
    """Return `text` without a closing slash if it is an https address; http is for this machine alone.

    Raises:
        Misfit: another form, a password or a query in it, or http towards another machine.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_url(text) from None
    extra = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not host or extra or port == 0 or any(char.isspace() for char in text):
        raise _no_url(text)
    if parts.scheme == "http" and not is_this_machine(host):
        raise Misfit(
            Text(
                "明文地址会让密钥和证照内容经过网络",
                "over http secrets and licences would cross the network in the clear",
            ),
            Text("改用 https://", "use https://"),
        )
    return text.rstrip("/")


def is_this_machine(host: str) -> bool:
    """Whether only programs on this machine are reached at a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _no_url(text: str) -> Misfit:
    # What stands before an @ or behind a question mark may be a secret.
    told = shown(text.rpartition("@")[2].partition("?")[0])
    return Misfit(
        Text(f"“{told}”不是服务地址", f"'{told}' is no address of a service"),
        Text(
            "写成 https://主机:端口/路径, 不带用户名、密码、问号和井号",
            "write https://host:port/path, without user, password, query or fragment",
        ),
    )


ServiceUrl = Annotated[
    str,
    AfterValidator(service_url),
    WithJsonSchema({"type": "string", "format": "uri", "examples": ["https://licences.example.gov.cn/share"]}),
]
