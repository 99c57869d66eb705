"""Query codes (查询码): what an applicant types beside the co-operation number to see how a case fares, without login.

Ten characters of the USCC alphabet, read off a keyed hash of the number: nothing is stored, a repeat of a submission gets
the same code, and without the key no code can be told from another (31^10, about 49 bits; wrong ones lock the number).
Shown as two groups of five.  The practice is that of 查询密码 (projpwd) in provincial front databases.

Leaves to others: the keyed hash (`trust.vault`), and who may ask how often (`flows.progress`).
"""

import unicodedata

from gateway.case.code.numbers import ungrouped
from gateway.case.code.organisations import USCC_ALPHABET

LENGTH = 10
PURPOSE = b"query code"
"""What the keyed hash is made for; the same number hashed for another purpose says nothing about the code."""

_GROUP = 5


def query_code(keyed_hash: bytes) -> str:
    """Return the code a keyed hash of at least 32 bytes stands for."""
    if len(keyed_hash) < 32:
        raise ValueError("a keyed hash has 32 bytes")
    number = int.from_bytes(keyed_hash[:32]) % len(USCC_ALPHABET) ** LENGTH
    code = ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(USCC_ALPHABET))
        code += USCC_ALPHABET[digit]
    return code


def shown_code(code: str) -> str:
    """Return the code in groups of five, as it is printed."""
    return f"{code[:_GROUP]} {code[_GROUP:]}"


def read_query_code(typed: str) -> str:
    """Return the code as it was meant by who typed it or read it aloud: width, case, spaces and hyphens do not matter."""
    plain = ungrouped(unicodedata.normalize("NFKC", typed)).upper()
    return plain.replace("O", "0").replace("I", "1")
