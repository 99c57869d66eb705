"""Personal data as it may be shown by default, and the keyed hash it is found by.

A mask keeps less rather than more: what it does not recognise is hidden.  Codes and
names of organisations are public and are not masked.  The full value is shown only
on a stated reason, which is for the caller to demand and to record.
"""

import hashlib
import hmac
import re

from gateway.case.code.identifiers import CertificateKind

SHORTEST_LOOKUP_KEY = 32

_HIDDEN = "****"


def mask_name(name: str) -> str:
    """Return the first character and one or two asterisks; a name of one character is hidden.

    The number of asterisks does not tell the length of a long name.
    """
    rest = len(name) - 1
    if rest < 1:
        return "*" * len(name)
    return name[0] + "*" * min(rest, 2)


def mask_number(number: str) -> str:
    """Return a number with its middle hidden, at its own length.

    A quarter is shown at each end, at most three characters in front and four behind,
    so 18 characters show 3 and 4, nine show 2 and 2; shorter than four shows nothing.
    """
    head = min(len(number) // 4, 3)
    tail = min(len(number) // 4, 4)
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


def mask_resident_id(number: str) -> str:
    """Return the first three and last four characters of a resident identity number (15 digits: last three)."""
    return mask_number(number)


def mask_certificate(kind: CertificateKind, number: str) -> str:
    """Return a certificate number as it may be shown; an organisation's USCC is public and stays."""
    return number if kind is CertificateKind.USCC else mask_number(number)


def mask_phone(number: str) -> str:
    """Return the first three and last four digits of a mobile number; other numbers are masked as any number."""
    if re.fullmatch(r"[0-9]{11}", number):
        return f"{number[:3]}****{number[-4:]}"
    return mask_number(number)


# One unit of an address: a name and what kind of division it is.  The shortest match ends it, so the words that
# could end it too early (州 in 广州市, 市 in 沙市区) are looked past, and words of streets end the search.
_STREET = r"街道|大道|[路街巷弄号组]|小区|社区|园区|校区|厂区|辖区|镇(?!市(?!区))|乡(?!市(?!区)|[区县族])|村"
_UNIT = re.compile(
    rf"\s*(?P<name>[\u4e00-\u9fff](?:(?!{_STREET})[\u4e00-\u9fff]){{0,13}}?)"
    r"(?P<kind>特别行政区|自治区|自治州|自治县|自治旗|地区|省|盟|州(?![省市区县]|大道|大街|[东西南北中]?[路街])"
    r"|市(?![市区场民政府委])|(?<![小社园校厂辖业发])区|县|旗)"
)
_MUNICIPALITIES = frozenset({"北京市", "天津市", "上海市", "重庆市"})
_PROVINCE, _PREFECTURE, _COUNTY = 1, 2, 3


def mask_address(address: str) -> str:
    """Return an address down to its county and hide what follows.

    Where no province, prefecture or county is recognised everything is hidden; an
    address that ends at the county is returned as it is.
    """
    level, end = 0, 0
    while level < _COUNTY and (unit := _UNIT.match(address, end)):
        reached = _level_of(unit, level)
        if reached <= level:
            break
        level, end = reached, unit.end()
    return address[:end] + (_HIDDEN if address[end:].strip() else "")


def _level_of(unit: re.Match[str], above: int) -> int:
    kind = unit["kind"]
    if kind in ("省", "自治区", "特别行政区") or unit["name"] + kind in _MUNICIPALITIES:
        return _PROVINCE
    if kind in ("自治州", "地区", "盟", "州"):
        return _PREFECTURE
    if kind == "市":
        return _COUNTY if above >= _PREFECTURE else _PREFECTURE
    return _COUNTY


def lookup_key(value: str, key: bytes) -> str:
    """Return the keyed hash by which a personal value is found again: 64 hexadecimal digits.

    HMAC-SHA-256 (RFC 2104, FIPS 180-4) over the UTF-8 bytes as they are: give certificate numbers as accepted and
    names as `name_key` makes them.  Raises ValueError if `key` has fewer than 32 bytes.
    """
    if len(key) < SHORTEST_LOOKUP_KEY:
        raise ValueError(f"a look-up key has at least {SHORTEST_LOOKUP_KEY} bytes")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
