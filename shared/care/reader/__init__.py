"""Reads a Chinese work plan and proposes the commitments it makes; a person accepts or refuses each one."""

from .reading import read
from .values import Commitment, to_json

__all__ = ["Commitment", "read", "to_json"]
