"""The errors a person or a script can be told about, and how their sentences are marked for translation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def N_(sentence: str) -> str:
    """Mark a Chinese sentence for translation at the edge; returns it unchanged."""
    return sentence


class DomainError(Exception):
    """A rule said no.  `code` is stable for scripts, `message` is a Chinese sentence with %(name)s places."""

    def __init__(self, code: str, message: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.template = message or code
        self.params = params

    @property
    def message(self) -> str:
        """The Chinese sentence with its places filled."""
        return self.template % self.params if self.params else self.template


class NotFound(DomainError):
    """Nothing of that name is visible here; another organisation's row answers the same."""

    def __init__(self, code: str = "not_found", message: str = N_("没有找到。"), **params: Any) -> None:
        super().__init__(code, message, **params)


class Conflict(DomainError):
    """The request is well formed and a rule or a newer state forbids it."""


class NotAllowed(DomainError):
    """The person may not do this."""

    def __init__(self, code: str = "not_allowed", message: str = N_("您的岗位不能做这件事。"), **params: Any) -> None:
        super().__init__(code, message, **params)


class Invalid(DomainError):
    """The input is wrong; `errors` maps a field to its sentences."""

    def __init__(
        self,
        code: str = "invalid",
        message: str = N_("有内容需要修改。"),
        errors: Mapping[str, Sequence[str]] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code, message, **params)
        self.errors: dict[str, list[str]] = {field: list(said) for field, said in (errors or {}).items()}


class Refused(Conflict, Invalid):
    """The input fits its schema and a rule of the domain forbids it (409); `errors` say at which fields."""
