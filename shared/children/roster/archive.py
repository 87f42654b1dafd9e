"""What must hold before an .xlsx is handed to a parser: sizes, no entities, no far corner cells."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from shared.children.roster import limits
from shared.children.roster.codes import refusal

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# zipfile raises all of these on crafted archives; each means that the file cannot be trusted.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, RuntimeError, ValueError, IndexError, OSError,
)  # fmt: skip
_CHUNK = 1 << 20
_OVERLAP = 256
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Cells, rows and the declared range; a prefix may stand before the name and either quote round the value.
_CELL = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br\s*=\s*[\"']\s*\$?([A-Za-z]{1,4})\$?(\d{1,9})")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^<>]*?\br\s*=\s*[\"']\s*(\d{1,9})")
_RANGE = re.compile(rb"<(?:\w+:)?dimension\s[^<>]*?\bref\s*=\s*[\"']([^\"'<>]{1,40})[\"']")
_CORNER = re.compile(rb"\$?([A-Za-z]{1,4})\$?(\d{1,9})")


def encrypted(data: bytes) -> bool:
    """An OLE container with an encrypted package: an .xlsx saved with a password."""
    return data.startswith(OLE) and _ENCRYPTED_PACKAGE in data


def inspect(data: bytes) -> None:
    """Raise Refused unless the archive is a workbook of bounded size and range."""
    if encrypted(data):
        raise refusal("file_encrypted")
    if not data.startswith(ZIP):
        raise refusal("file_type_mismatch")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _inspect_members(archive)
    except _BROKEN as broken:
        raise refusal("file_type_mismatch") from broken


def _inspect_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = {member.filename.lower() for member in members}
    if any(member.flag_bits & 0x1 for member in members):
        raise refusal("file_encrypted")
    if len(members) > limits.MEMBERS or sum(member.file_size for member in members) > limits.UNPACKED:
        raise refusal("file_zip_bomb")
    if any(_too_dense(member) for member in members):
        raise refusal("file_zip_bomb")
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise refusal("file_type_mismatch")
    if len(names) != len(members):  # two members of one name: readers disagree on which counts
        raise refusal("file_type_mismatch")
    for member in members:
        _inspect_member(archive, member)


def _too_dense(member: zipfile.ZipInfo) -> bool:
    packed = max(member.compress_size, 1)
    return member.file_size > limits.RATIO_FROM and member.file_size > limits.RATIO * packed


def _inspect_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    # Any part may be named as a sheet by the relations, so all count; pictures alone may hold what they like.
    picture = member.filename.lower().startswith("xl/media/")
    for window in _windows(archive, member):
        if picture:
            continue
        if _declares(window):
            raise refusal("file_xml_entity")
        _inspect_range(window)


def _windows(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member piece by piece, each with the end of the one before, so that nothing hides at a seam."""
    read = 0
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            if read > limits.UNPACKED:  # the declared size lied
                raise refusal("file_zip_bomb")
            yield tail + chunk
            tail = chunk[-_OVERLAP:]


def _declares(window: bytes) -> bool:
    """A DTD or an entity; zeros go first, so that UTF-16 does not hide one."""
    return _DECLARATION.search(window.replace(b"\0", b"")) is not None


def _inspect_range(window: bytes) -> None:
    for columns, row in _CELL.findall(window):
        _inspect_corner(columns, row)
    for row in _ROW.findall(window):
        _inspect_corner(b"A", row)
    for reference in _RANGE.findall(window):
        for columns, row in _CORNER.findall(reference):
            _inspect_corner(columns, row)


def _inspect_corner(columns: bytes, row: bytes) -> None:
    number = 0
    for character in columns.upper():
        number = number * 26 + character - 64
    if int(row) > limits.ROWS or number > limits.COLUMNS:
        raise refusal("file_too_large_range")
