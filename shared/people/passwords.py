"""Passwords: argon2id, a length, and a list of those that everybody guesses first."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.kernel.errors import N_, Invalid

SHORTEST = 8
LONGEST = 128  # longer ones only cost time; passphrases of 64 and more fit
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP ASVS 5.0, appendix C


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    return HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether the password fits; takes as long when there is nothing to compare with."""
    try:
        HASHER.verify(kept or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def check(password: str, *, phone: str = "", field: str = "password") -> None:
    """Raise Invalid with a sentence at `field` when the password is too short, too long or too common."""
    said = ""
    if len(password) < SHORTEST:
        said = N_("密码至少要 8 个字符。几个词连起来更好记，也更安全。")
    elif len(password) > LONGEST:
        said = N_("密码最多 128 个字符。")
    elif _guessable(password, phone):
        said = N_("这个密码太常见，别人容易猜到，请换一个。")
    if said:
        raise Invalid("password.weak", errors={field: [said]})


def _guessable(password: str, phone: str) -> bool:
    plain = password.casefold()
    few = len(set(plain)) <= 2
    of_the_phone = bool(phone) and (phone in plain or plain in phone)
    return few or of_the_phone or plain in _common()


@cache
def _common() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.csv").read_text(encoding="utf-8")
    return frozenset(text.split())


@cache
def _nobody() -> str:
    return HASHER.hash("a number that nobody has")
