"""The shape of a system's file; systems/_example.yaml shows every key."""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.local.words import POSTED
from gateway.store.feed import CONSOLE

_STRICT = ConfigDict(extra="forbid")

NAME = r"[a-z][a-z0-9-]{1,39}"


class Status(Enum):
    """Whether the system is one of ours or shows how a file looks."""

    ACTIVE = "active"
    SAMPLE = "sample"
    """示例: may not call, receives nothing."""


class May(Enum):
    """What a system may do."""

    SUBMIT = "submit"
    ACT = "act"
    READ = "read"
    MATERIALS = "materials"
    FEED = "feed"
    CLAIM = "claim"
    PROGRESS = "progress"
    """Ask how any case fares, without its query code, such as for the 12345 line."""


class Algorithm(Enum):
    """Signature algorithms of tokens (RFC 7518, RFC 8037)."""

    EDDSA = "EdDSA"
    ES256 = "ES256"


def _name(text: str) -> str:
    if text == CONSOLE:
        raise Misfit(
            Text("“console”是控制台自己的系统名", "'console' is the name of the gateway's own console"),
            Text("换一个名称", "choose another name"),
        )
    if re.fullmatch(NAME, text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不能作系统名", f"'{shown(text)}' cannot name a system"),
        Text(
            "2 到 40 个小写字母、数字和连字符, 以字母开头",
            "2 to 40 lower-case letters, digits and hyphens, a letter first",
        ),
    )


def _key_digest(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return text
    raise Misfit(
        Text("不是密钥的 SHA-256", "this is not the SHA-256 of a key"),
        Text(
            "运行 tongban keys system NAME, 把打印的 sha256 写在这里; 不要写密钥本身",
            "run tongban keys system NAME and write the sha256 it prints; never the key itself",
        ),
    )


def _division(text: str) -> str:
    if re.fullmatch(r"[1-9][0-9]{5}(?:[0-9]{6})?", text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是区划代码", f"'{shown(text)}' is no division code"),
        Text("写 6 位或 12 位数字", "write six or twelve digits"),
    )


def _event(text: str) -> str:
    if text in POSTED:
        return text
    listed = ", ".join(sorted(POSTED))
    raise Misfit(
        Text(f"“{shown(text)}”不是可报送的事件", f"'{shown(text)}' is no event a system may post"),
        Text(f"可以写: {listed}", f"write one of: {listed}"),
    )


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise Misfit(Text("有重复的项", "an entry stands there twice"), Text("删去重复的", "delete one"))
    return values


ONCE = AfterValidator(_once)
Title = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtEntry:
    """Tokens the system signs itself."""

    __pydantic_config__ = _STRICT

    issuer: Title
    audience: Title
    algorithm: Algorithm
    public_key: Annotated[str, Field(min_length=1, max_length=10_000)]
    """PEM text, or a path relative to the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialEntry:
    """How the system proves who it is; without one it cannot call."""

    __pydantic_config__ = _STRICT

    keys: Annotated[tuple[Annotated[str, AfterValidator(_key_digest)], ...], Field(max_length=10), ONCE] = ()
    jwt: JwtEntry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receives:
    """Inbound cases the system takes; an empty list does not narrow."""

    __pydantic_config__ = _STRICT

    items: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9A-Z]{12}$")], ...], ONCE] = ()
    divisions: Annotated[tuple[Annotated[str, AfterValidator(_division)], ...], ONCE] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFile:
    """One file of `systems/`; `mapping` is read by `mapping_file`."""

    __pydantic_config__ = _STRICT

    name: Annotated[str, AfterValidator(_name)]
    title: Title
    status: Status = Status.ACTIVE
    credential: CredentialEntry = field(default_factory=CredentialEntry)
    may: Annotated[tuple[May, ...], Field(min_length=1), ONCE]
    receives: tuple[Receives, ...] = ()
    events: Annotated[tuple[Annotated[str, AfterValidator(_event)], ...], ONCE] | None = None
    mapping: Any = None
    notes: Annotated[str, Field(max_length=4000)] | None = None
