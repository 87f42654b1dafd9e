"""Reads an uploaded roster (.xlsx, .csv) into rows and findings.  Pure: no database, nothing is written."""

from shared.children.roster.reading import KINDS, read
from shared.children.roster.values import (
    Column,
    Duplicate,
    FileNote,
    Finding,
    NoGuardian,
    Reading,
    Refused,
    Row,
    Severity,
    Sheet,
    Skipped,
    Value,
)

__all__ = [
    "KINDS",
    "Column",
    "Duplicate",
    "FileNote",
    "Finding",
    "NoGuardian",
    "Reading",
    "Refused",
    "Row",
    "Severity",
    "Sheet",
    "Skipped",
    "Value",
    "read",
]
