"""Passwords of people, kept as Argon2id hashes (RFC 9106), and what a password must be.

Guarantees that checking takes as long for a login that does not exist, so that nobody learns which logins there are.
Hashing takes some 50 ms and 64 MiB by design: callers do it in a thread, a few at a time.

Leaves to others: lock-out and sessions (`flows.people`).
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.case.texts import Text

SHORTEST = 10
LONGEST = 128
_HASHER = PasswordHasher()  # RFC 9106 §4, the second recommended choice: 64 MiB, three passes, four lanes
_NOBODY = _HASHER.hash("a password that nobody has")
_KINDS = (str.islower, str.isupper, str.isdigit)


def hashed(password: str) -> str:
    """Return the hash of a password, salt and costs included."""
    return _HASHER.hash(password)


def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one whose hash was kept; takes as long, and is False, where none was."""
    try:
        _HASHER.verify(kept or _NOBODY, password[: LONGEST + 1])
        return bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(kept: str) -> bool:
    """Whether the hash was made with other costs than today's; it is made anew at the next sign-in."""
    return _HASHER.check_needs_rehash(kept)


def password_problem(password: str, login: str) -> Text | None:
    """Return what is wrong with a new password, None for a good one (GB/T 22239 §8.1.4.1: length and kinds of characters)."""
    kinds = sum(any(kind(char) for char in password) for kind in _KINDS)
    kinds += any(not char.isalnum() for char in password)
    if not SHORTEST <= len(password) <= LONGEST:
        return Text(f"{SHORTEST} 至 {LONGEST} 个字符", f"{SHORTEST} to {LONGEST} characters")
    if kinds < 3:
        return Text(
            "大写字母、小写字母、数字、符号中至少三种", "at least three of capitals, small letters, digits and signs"
        )
    if login.lower() in password.lower() or len(set(password)) < 5:
        return Text(
            "不能包含登录名, 也不能只由几个字符重复", "not with the login name in it, nor a few characters repeated"
        )
    return None
