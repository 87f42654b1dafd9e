"""A CSV as a grid: its encoding and separator found out, its size bounded."""

from __future__ import annotations

import codecs
import csv
import io

from shared.children.roster import limits
from shared.children.roster.codes import refusal
from shared.children.roster.grid import Cell, Grid

_SEPARATORS = ",\t;，|"
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"%PDF", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
_MARKUP = (b"<?xml", b"<html", b"<!doctype", b"<table")
_LINES_IN_A_CELL = 20  # more means a quotation mark that nobody closed


def grid(data: bytes) -> tuple[Grid, str]:
    """The only sheet, named "", and the encoding.  Raises Refused."""
    if data.startswith(_BINARY) or data[:200].lstrip().lower().startswith(_MARKUP):
        raise refusal("file_type_mismatch")
    text, encoding = _decode(data)
    if "\0" in text:
        raise refusal("file_type_mismatch")
    if not text.strip(" \t\r\n,;\ufeff"):
        raise refusal("file_empty")
    return Grid(name="", rows=_records(text)), encoding


def _decode(data: bytes) -> tuple[str, str]:
    """UTF-8 first: text in GB18030 is hardly ever valid UTF-8, the other way round it often is."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(data, "utf-16"), "UTF-16"
    try:
        return data.decode("utf-8-sig"), "UTF-8-SIG" if data.startswith(codecs.BOM_UTF8) else "UTF-8"
    except UnicodeDecodeError:
        return _strictly(data, "gb18030"), "GB18030"


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as broken:
        raise refusal("file_type_mismatch") from broken


def _records(text: str) -> list[list[Cell]]:
    separator = _separator(text)
    rows = _parse(text, separator, csv.QUOTE_MINIMAL)
    if any(isinstance(cell, str) and cell.count("\n") > _LINES_IN_A_CELL for row in rows for cell in row):
        # An open quotation mark swallows the children after it: take the marks as plain characters.
        rows = _parse(text, separator, csv.QUOTE_NONE)
    return rows


def _parse(text: str, separator: str, quoting: int) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    lines = io.StringIO(text, newline="")
    try:
        for record in csv.reader(lines, delimiter=separator, quoting=quoting):  # type: ignore[arg-type]  # a constant
            rows.append([cell or None for cell in record])
            if len(rows) > limits.ROWS or len(record) > limits.COLUMNS:
                raise refusal("file_too_large_range")
    except csv.Error as broken:  # a single cell beyond csv's own limit
        raise refusal("file_too_large_range") from broken
    return rows


def _separator(text: str) -> str:
    """The one that most of the first lines use; a comma where none does."""
    head = text[:20_000].splitlines()[:30]
    return max(_SEPARATORS, key=lambda mark: (sum(mark in line for line in head), mark == ","))
