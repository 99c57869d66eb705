"""Named conversions of foreign values; the only code a mapping can call.

Each takes the value as it was written (numbers as their exact characters) and returns what canonical JSON wants, or
raises `Misfit` without repeating the value.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.case.days import CHINA
from gateway.case.texts import Text
from gateway.files.misfits import Misfit

Convert = Callable[[object], object]

_FIX = Text("核对该字段的写法, 或改用别的 convert", "check how the field is written, or use another `convert`")
_FLAGS = {"1": True, "true": True, "y": True, "是": True, "0": False, "false": False, "n": False, "否": False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Misfit(Text("应为文字或数字", "it must be text or a number"), _FIX)


def _in_china(pattern: str, form: str) -> Convert:
    shown = Text(f"不是 {form}", f"it is not {form}")

    def convert(value: object) -> object:
        digits = _text(value)
        if re.fullmatch(pattern, digits):
            try:
                return datetime.strptime(digits, _STRPTIME[form]).replace(tzinfo=CHINA).isoformat()
            except ValueError:
                pass
        raise Misfit(shown, _FIX)

    return convert


_STRPTIME = {
    "yyyyMMdd": "%Y%m%d",
    "yyyyMMddHHmmss": "%Y%m%d%H%M%S",
    "yyyyMMddTHHmmss": "%Y%m%dT%H%M%S",
    "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S",
}


def _day(value: object) -> object:
    digits = _text(value)
    if re.fullmatch(r"[0-9]{8}", digits):
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    raise Misfit(Text("不是 yyyyMMdd", "it is not yyyyMMdd"), _FIX)


def _epoch_ms(value: object) -> object:
    digits = _text(value)
    if re.fullmatch(r"[0-9]{1,14}", digits):
        return (_EPOCH + timedelta(milliseconds=int(digits))).isoformat()
    raise Misfit(Text("不是毫秒数", "it is no number of milliseconds"), _FIX)


def _whole(value: object) -> object:
    digits = _text(value)
    if re.fullmatch(r"[0-9]{1,18}", digits):
        return int(digits)
    raise Misfit(Text("不是整数", "it is no integer"), _FIX)


def _flag(value: object) -> object:
    known = value if isinstance(value, bool) else _FLAGS.get(_text(value).lower())
    if known is None:
        raise Misfit(Text("不是是或否", "it is neither yes nor no"), _FIX)
    return known


def _sha256(value: object) -> object:
    digest = _text(value)
    if re.fullmatch(r"[0-9A-Fa-f]{64}", digest):
        return digest.lower()
    try:
        decoded = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != 32:
        raise Misfit(Text("不是 SHA-256 摘要", "it is no SHA-256 digest"), _FIX)
    return decoded.hex()


CONVERTERS: dict[str, Convert] = {
    "trim": lambda value: _text(value).strip(),
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "half_width": lambda value: unicodedata.normalize("NFKC", _text(value)),
    "yyyyMMdd": _in_china(r"[0-9]{8}", "yyyyMMdd"),
    "yyyyMMddHHmmss": _in_china(r"[0-9]{14}", "yyyyMMddHHmmss"),
    "yyyyMMddTHHmmss": _in_china(r"[0-9]{8}T[0-9]{6}", "yyyyMMddTHHmmss"),
    "yyyy-MM-dd HH:mm:ss": _in_china(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", "yyyy-MM-dd HH:mm:ss"),
    "day": _day,
    "epoch_ms": _epoch_ms,
    "whole": _whole,
    "flag": _flag,
    "sha256": _sha256,
}
"""Times without a zone are times in China; `day` turns yyyyMMdd into a date; `whole` and `flag` make numbers and flags."""
