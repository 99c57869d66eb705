"""JSON as it arrives from local systems, read strictly (RFC 8259).

Refused, each by name: other encodings than UTF-8, a byte order mark, keys written twice (with their paths), lone
surrogates, NUL characters, NaN and Infinity, nesting too deep to read.  Numbers keep their exact characters.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
import orjson

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import KeyPath, key_text

_LONGEST_INTEGER = 18


class Number(str):
    """A JSON number as its exact characters."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object as received, and what it says.

    Attributes:
        raw: the exact bytes.
        data: its content; integers up to 18 digits are `int` in canonical bodies, all numbers `Number` in foreign ones.
        findings: keys written twice and NUL characters.
    """

    raw: bytes
    data: dict[str, object]
    findings: tuple[FieldFinding, ...]


class _Twice(Exception):
    """A key is written twice somewhere."""


class _Pairs(list[tuple[str, object]]):
    """An object with all its keys, repeated ones too."""


def read_object(raw: bytes, *, exact_numbers: bool = False) -> Body:
    """Return the JSON object in `raw`.

    Args:
        exact_numbers: whether every number becomes a `Number`.

    Raises:
        GatewayError: BAD_JSON when it cannot be read at all.
    """
    text = _text(raw)
    findings: tuple[FieldFinding, ...] = ()
    try:
        data = (_EXACT if exact_numbers else _CANONICAL)(text)
    except _Twice:
        pairs = _decoder(_Pairs, exact_numbers=exact_numbers)(text)
        findings = tuple(_repeated(pairs, ()))
        data = _last_wins(pairs)
    except RecursionError:
        raise _refusal("嵌套过深", "nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _refusal(
            f"第 {error.lineno} 行第 {error.colno} 列附近", f"near line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:
        raise _refusal("含有 NaN 或 Infinity", "it contains NaN or Infinity") from None
    if not isinstance(data, dict):
        raise _refusal("最外层应为对象 {…}", "the top level must be an object {…}")
    if "\\u" in text:
        findings += _escapes(raw, text, data)
    return Body(raw, data, findings)


def slice_at(raw: bytes, path: KeyPath) -> str:
    """Return the exact text of the value at `path`, empty if it cannot be cut out; the value must be there."""
    piece = raw
    try:
        for step in path:
            if isinstance(step, int):
                piece = bytes(msgspec.json.decode(piece, type=list[msgspec.Raw])[step])
            else:
                piece = bytes(msgspec.json.decode(piece, type=dict[str, msgspec.Raw])[step])
    except (msgspec.DecodeError, RecursionError):
        return ""
    return piece.decode()


def _text(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        raise _refusal("开头有 BOM", "it begins with a byte order mark")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        place = error.start
    raise _refusal(
        f"第 {place + 1} 字节起不是 UTF-8 (是不是 GBK?)", f"it is not UTF-8 from byte {place + 1} on (GBK, perhaps)"
    )


def _decoder(pairs: Callable[[list[tuple[str, object]]], object], *, exact_numbers: bool) -> Callable[[str], Any]:
    return json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_int=Number if exact_numbers else _whole,
        parse_float=Number if exact_numbers else float,
        parse_constant=_no_number,
    ).decode


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _whole(digits: str) -> int | float:
    # int() of very long digits is slow on purpose; no integer field of ours is that long.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number of RFC 8259")


_CANONICAL = _decoder(_object, exact_numbers=False)
_EXACT = _decoder(_object, exact_numbers=True)


def _repeated(value: object, path: KeyPath) -> Iterator[FieldFinding]:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, inner in value:
            if key in seen:
                yield FieldFinding(
                    key_text((*path, key)),
                    Text("同一个键写了两次", "the key is written twice"),
                    Text("只保留一个", "keep one of them"),
                )
            seen.add(key)
            yield from _repeated(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _repeated(inner, (*path, position))


def _last_wins(value: object) -> object:
    if isinstance(value, _Pairs):
        return {key: _last_wins(inner) for key, inner in value}
    if isinstance(value, list):
        return [_last_wins(inner) for inner in value]
    return value


def _escapes(raw: bytes, text: str, data: Mapping[str, object]) -> tuple[FieldFinding, ...]:
    if "\\ud" in text.lower():
        try:
            orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise _refusal("含有不成对的 \\uD8xx 转义", "it has a \\uD8xx escape without its pair") from None
    return tuple(_nulls(data, ())) if "\\u0000" in text else ()


def _nulls(value: object, path: KeyPath) -> Iterator[FieldFinding]:
    if isinstance(value, str) and "\0" in value:
        yield FieldFinding(
            key_text(path), Text("含有空字符 \\u0000", "it contains the NUL character"), Text("删去它", "remove it")
        )
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _nulls(key, (*path, "?"))
            yield from _nulls(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _nulls(inner, (*path, position))


def _refusal(zh: str, en: str) -> GatewayError:
    return GatewayError(Reason.BAD_JSON, detail=Text(zh, en))
