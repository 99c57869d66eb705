"""A local system's API key, and the file that registers it.

The key is shown once and kept nowhere; the file holds its SHA-256.  A key is 32 random bytes, so that its plain
hash tells nothing about it.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local.system_file import NAME
from gateway.trust import base64url

KEY_BYTES = 32
PREFIX = "tbk_"
"""By which a key is known when it turns up where it should not."""


@dataclass(frozen=True, slots=True)
class SystemKey:
    """A new key of a local system."""

    name: str
    api_key: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """What the system's file says of it: lower-case hexadecimal."""
        return hashlib.sha256(self.api_key.encode()).hexdigest()

    @property
    def line(self) -> str:
        """The line to put under `credential.keys` of the system's file."""
        return f'    - "{self.sha256}"'


def new_system_key(name: str, secret: Callable[[int], bytes]) -> SystemKey:
    """Make a key for the system called `name`.

    Args:
        secret: gives that many random bytes.

    Raises:
        CONFIGURATION: the name cannot be one of a file in `systems/`.
    """
    if not re.fullmatch(NAME, name):
        finding = FieldFinding(
            "name",
            Text("系统名写法不对", "this cannot be a system's name"),
            Text(
                "2 到 40 个小写字母、数字和连字符, 以字母开头",
                "2 to 40 lower-case letters, digits and hyphens, a letter first",
            ),
        )
        raise GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
    return SystemKey(name, PREFIX + base64url.encode(secret(KEY_BYTES)))


def system_text(key: SystemKey) -> str:
    """Return the file `systems/<name>.yaml` of a system that speaks the canonical JSON."""
    return _SYSTEM.format(name=key.name, line=key.line)


_SYSTEM = """\
# 一个本地系统: 用规范 JSON 递交和领取办件 / a local system that speaks the canonical JSON

name: {name}
title: 示例系统

credential:
  keys:                       # 密钥的 SHA-256; 换密钥: tongban keys system {name} / of its API keys
{line}

may: [submit, act, read, materials, feed, claim]

receives:
  - {{}}                        # 全部办件 / every case; narrow it by items and divisions
"""
