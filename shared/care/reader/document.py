"""Takes the text out of an uploaded plan: plain text in the encodings people have, and .docx."""

import codecs
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath
from xml.etree import ElementTree

from shared.kernel.errors import N_, Invalid

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 50 * 1024 * 1024
MOST_MEMBERS = 2_000
LARGEST_RATIO = 200  # unpacked to packed; Word's own XML stays below 100

TEXT_NAMES = ("", ".txt", ".md", ".markdown", ".text")

EMPTY = N_("这个文件里没有文字。请确认选对了文件，再试一次。")
TOO_LARGE = N_("文件太大，无法读取。请只保留计划的文字，或把文字复制后粘贴。")
BROKEN = N_("这个 .docx 文件已损坏，无法打开。请在 WPS 或 Word 里重新另存为 .docx，或把文字复制后粘贴。")
ENCODING = N_("认不出这个文件的文字编码。请用记事本打开，另存为 UTF-8 编码，或把文字复制后粘贴。")
OLD_DOC = N_("这是旧版 .doc 文件，请在 WPS 或 Word 里另存为 .docx，或把文字复制后粘贴。")
OTHER = N_("读不了这种文件。请另存为 .docx 或 .txt，或把文字复制后粘贴。")

_KINDS = {
    ".doc": OLD_DOC,
    ".dot": OLD_DOC,
    ".wps": N_("这是 .wps 文件，请在 WPS 里另存为 .docx，或把文字复制后粘贴。"),
    ".rtf": N_("这是 .rtf 文件，请在 WPS 或 Word 里另存为 .docx，或把文字复制后粘贴。"),
    ".pdf": N_("这是 PDF 文件，读不出可靠的文字。请上传原来的 .docx，或把文字复制后粘贴。"),
    ".xls": N_("这是表格文件。请把计划的文字复制到 .docx 或 .txt 里，或直接粘贴。"),
    ".ppt": N_("这是演示文稿。请把计划的文字复制到 .docx 或 .txt 里，或直接粘贴。"),
    ".jpg": N_("这是图片，里面的文字无法读取。请上传原来的 .docx，或把文字打出来后粘贴。"),
}
_SAME = {".xlsx": ".xls", ".et": ".xls", ".csv": ".xls", ".pptx": ".ppt", ".jpeg": ".jpg", ".png": ".jpg"}
_SAME |= {".bmp": ".jpg", ".gif": ".jpg", ".webp": ".jpg", ".tif": ".jpg", ".tiff": ".jpg", ".heic": ".jpg"}

# First bytes tell a renamed file; a name never makes a file readable.
_SIGNATURES = (
    (b"%PDF", ".pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".doc"),
    (b"{\\rtf", ".rtf"),
    (b"\x89PNG", ".jpg"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".jpg"),
)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"
# What zipfile raises for a damaged, encrypted or oddly packed archive.
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError,
    NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
)  # fmt: skip
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Unreadable(Invalid):
    """The file cannot be read as a plan; `message` says in Chinese what to do instead.

    Codes: document.empty, document.kind, document.too_large, document.broken, document.encoding.
    """


def text_of(data: bytes, filename: str) -> str:
    """The text of a .txt, .md or .docx file, paragraphs and table cells in the order of the document.

    Raises Unreadable for everything else.
    """
    if len(data) > LARGEST_FILE:
        raise Unreadable("document.too_large", TOO_LARGE)
    if not data.strip(b" \t\r\n\x00"):
        raise Unreadable("document.empty", EMPTY)
    suffix = PurePath(filename.replace("\\", "/")).suffix.lower()
    _refuse_other_kinds(data, suffix)
    text = _docx(data) if data.startswith(b"PK") or suffix == ".docx" else _plain(data)
    if not text.strip():
        raise Unreadable("document.empty", EMPTY)
    return text


def _refuse_other_kinds(data: bytes, suffix: str) -> None:
    named = _SAME.get(suffix, suffix)
    if named in _KINDS:  # a .wps is packed like a .doc; its name says better what to do
        raise Unreadable("document.kind", _KINDS[named])
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), named)
    if kind in _KINDS:
        raise Unreadable("document.kind", _KINDS[kind])
    if kind not in TEXT_NAMES and kind != ".docx":
        raise Unreadable("document.kind", OTHER)


def _plain(data: bytes) -> str:
    """Decode by byte order mark, else as UTF-8, else as GB18030; bytes that are no text are refused."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_CONTROLS.findall(text[:4096])) <= len(text[:4096]) // 50:
            return text
    raise Unreadable("document.encoding", ENCODING)


def _docx(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            body = _body_of(archive)
    except _DAMAGE as error:
        raise Unreadable("document.broken", BROKEN) from error
    if _DECLARED.search(body) or b"\x00" in body:
        raise Unreadable("document.broken", BROKEN)  # Word writes neither entities nor UTF-16
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable("document.broken", BROKEN) from error
    return "\n".join(_paragraphs(root))


def _body_of(archive: zipfile.ZipFile) -> bytes:
    """The main part, after the sizes in the directory have been weighed; the read itself is bounded too."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if len(members) > MOST_MEMBERS or unpacked > LARGEST_UNPACKED:
        raise Unreadable("document.too_large", TOO_LARGE)
    if unpacked > 1024 * 1024 and unpacked / packed > LARGEST_RATIO:
        raise Unreadable("document.too_large", TOO_LARGE)
    if _BODY not in archive.namelist():
        raise Unreadable("document.kind", OTHER)
    with archive.open(_BODY) as part:
        body = part.read(LARGEST_UNPACKED + 1)
    if len(body) > LARGEST_UNPACKED:
        raise Unreadable("document.too_large", TOO_LARGE)
    return body


def _paragraphs(root: ElementTree.Element) -> Iterator[str]:
    """Paragraphs in document order, those inside table cells and text boxes among them, each once."""
    words: list[str] = []
    inside = 0
    for event, element in _walk(root):
        if element.tag == f"{_W}p":
            inside += 1 if event == "start" else -1
            if words and (event == "start" or not inside):
                yield "".join(words)
                words = []
        elif event == "start" and element.tag == f"{_W}t":
            words.append(element.text or "")
        elif event == "start" and element.tag in (f"{_W}br", f"{_W}cr", f"{_W}tab"):
            words.append("\t" if element.tag.endswith("tab") else "\n")
    if words:
        yield "".join(words)


def _walk(root: ElementTree.Element) -> Iterator[tuple[str, ElementTree.Element]]:
    """Start and end of every element in order, without recursion: a file may nest as deep as it likes."""
    stack: list[tuple[str, ElementTree.Element]] = [("start", root)]
    while stack:
        event, element = stack.pop()
        yield event, element
        # Word repeats a text box for old readers in mc:Fallback, and deleted words are no text.
        skipped = element.tag.endswith(("}Fallback", "}del", "}instrText"))
        if event == "start":
            stack.append(("end", element))
            if not skipped:
                stack.extend(("start", child) for child in reversed(element))
