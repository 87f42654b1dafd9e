"""Encryption of single fields and the keyed hashes by which they are found again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import DomainError

SUITE_AES_GCM = 1
NONCE_BYTES = 12


class Undecipherable(DomainError):
    """The stored value does not belong to this row, or its key is not at hand."""


@dataclass(frozen=True)
class FieldCrypto:
    """AES-GCM over one field.  `keys` maps a key number (1-255) to 32 bytes; the highest number encrypts."""

    keys: Mapping[int, bytes]

    @classmethod
    def from_text(cls, text: str) -> FieldCrypto:
        """Read `HEHU_FIELD_KEYS`: `1:BASE64[,2:BASE64…]`.  Raises ValueError for anything else."""
        keys: dict[int, bytes] = {}
        for part in text.split(","):
            number, _, encoded = part.strip().partition(":")
            keys[int(number)] = base64.b64decode(encoded, validate=True)
        if not keys or any(len(key) != 32 or not 0 < number < 256 for number, key in keys.items()):
            raise ValueError("field keys are 32 bytes each, numbered 1 to 255")
        return cls(keys)

    def encrypt(self, plain: str, *, place: str, row: UUID) -> bytes:
        """Suite, key number, nonce and ciphertext; bound to `place` (table.column) and the row's id."""
        number = max(self.keys)
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[number]).encrypt(nonce, plain.encode(), _bound_to(place, row))
        return bytes([SUITE_AES_GCM, number]) + nonce + sealed

    def decrypt(self, stored: bytes, *, place: str, row: UUID) -> str:
        """The plain text.  Raises Undecipherable where the value was moved from another row."""
        suite, number = stored[0], stored[1]
        if suite != SUITE_AES_GCM or number not in self.keys:
            raise Undecipherable("field.key_unknown")
        nonce, sealed = stored[2 : 2 + NONCE_BYTES], stored[2 + NONCE_BYTES :]
        try:
            return AESGCM(self.keys[number]).decrypt(nonce, sealed, _bound_to(place, row)).decode()
        except Exception as broken:  # the library's InvalidTag says nothing a caller could use
            raise Undecipherable("field.broken") from broken

    def keyed_hash(self, value: str, *, purpose: str) -> str:
        """HMAC-SHA-256 (hex) of a normalised value; one key per purpose, from the lowest key so that it stays."""
        base = hmac.new(self.keys[min(self.keys)], b"hehu:hash:" + purpose.encode(), hashlib.sha256).digest()
        return hmac.new(base, value.encode(), hashlib.sha256).hexdigest()


def _bound_to(place: str, row: UUID) -> bytes:
    return f"{place}:{row}".encode()
