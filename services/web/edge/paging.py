"""Pages of long lists: `?page=` in the address, the total always known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shared.kernel.errors import N_, Invalid

from .place import is_api

Item = TypeVar("Item")
SIZE = 20
LARGEST = 100
LAST_PAGE = 10**6


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list; `page` counts from 1."""

    items: Sequence[Item]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Number of the first row shown, counted from 1; 0 when there is none."""
        return (self.page - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return self.first + len(self.items) - 1 if self.items else 0


def asked(args: MultiDict[str, str] | None = None, *, strict: bool = False) -> tuple[int, int]:
    """`page` and `page_size` of the address; nonsense means the first page, or Invalid when `strict`."""
    args = request.args if args is None else args
    page, size = args.get("page", "1"), args.get("page_size", str(SIZE))
    good = page.isdecimal() and size.isdecimal() and 1 <= int(page) <= LAST_PAGE and 1 <= int(size) <= LARGEST
    if good:
        return int(page), int(size)
    if strict:
        said = N_("页码从 1 开始；每页 1 到 100 条。")
        raise Invalid("bad_page", said, errors={"page": [said]})
    return 1, SIZE


def paged(
    source: Select[Any] | Sequence[Any],
    session: Session | None = None,
    *,
    scalars: bool = True,
) -> Page[Any]:
    """The page that the address asks for, of a statement (run in `session`) or of a list."""
    page, size = asked(strict=is_api())
    start = (page - 1) * size
    if not isinstance(source, Select):
        return Page(source[start : start + size], len(source), page, size)
    if session is None:
        raise TypeError("a statement needs the session it runs in")
    total = session.scalar(select(func.count()).select_from(source.order_by(None).subquery())) or 0
    rows = session.execute(source.limit(size).offset(start))
    return Page(rows.scalars().all() if scalars else rows.all(), total, page, size)
