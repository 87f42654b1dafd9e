"""Static files under names that carry their content's hash, compressed beforehand, cached for ever.

Built once into a folder beside them (or a temporary one where that is read-only); WhiteNoise serves it.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import brotli
from flask import Flask
from whitenoise import WhiteNoise

STATIC = Path(__file__).parent / "static"
SERVED = ("hehu.css", "hehu.js", "icons.svg", "icon.svg", "vendor/bootstrap.trimmed.css", "vendor/htmx.min.js")
BUNDLE = ("vendor/bootstrap.trimmed.css", "hehu.css")  # one request less on a slow line
COMPRESSED = (".css", ".js", ".svg")
FOREVER = 31_536_000
WORTH = 0.95  # a compressed file must be this much smaller to be kept


def init_assets(app: Flask) -> None:
    """Serve the files in front of the application and give templates `asset(name)`."""
    folder, names = build()
    server = WhiteNoise(
        app.wsgi_app,
        root=str(folder),
        prefix="static/",
        max_age=FOREVER,
        immutable_file_test=_immutable,
        allow_all_origins=False,
        add_headers_function=_headers,
    )
    app.wsgi_app = server  # type: ignore[method-assign]  # Flask's own way of adding a middleware
    app.jinja_env.globals["asset"] = lambda name: f"/static/{names[name]}"


def _immutable(_path: str, _url: str) -> bool:
    return True  # every name carries its hash


def _headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def contents() -> dict[str, bytes]:
    """What is served, by plain name."""
    files = {name: (STATIC / name).read_bytes() for name in SERVED if name not in BUNDLE}
    files["app.css"] = b"\n".join((STATIC / name).read_bytes() for name in BUNDLE)
    return files


def build() -> tuple[Path, dict[str, str]]:
    """Write what is missing; (folder, plain name → hashed name)."""
    folder = _folder()
    names = {}
    for name, body in contents().items():
        plain = Path(name)
        hashed = f"{plain.stem}.{sha256(body).hexdigest()[:12]}{plain.suffix}"
        names[name] = hashed
        if not (folder / hashed).exists():
            _write(folder / hashed, body)
    return folder, names


def _folder() -> Path:
    wanted = STATIC / ".built"
    try:
        wanted.mkdir(exist_ok=True)
        if os.access(wanted, os.W_OK):
            return wanted
    except OSError:
        pass  # a read-only installation: build where temporary files go
    return Path(tempfile.mkdtemp(prefix="hehu-static-"))


def _write(path: Path, body: bytes) -> None:
    variants: dict[str, Any] = {}
    if path.suffix in COMPRESSED:
        variants = {".br": brotli.compress(body, quality=11), ".gz": gzip.compress(body, 9, mtime=0)}
    for suffix, packed in variants.items():
        if len(packed) < len(body) * WORTH:
            _put(path.with_name(path.name + suffix), packed)
    _put(path, body)  # last: its presence says that the variants are there


def _put(path: Path, body: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(body)
    part.replace(path)  # two processes may build at once; each file appears whole
