"""Forms: a marshmallow schema, what was typed, what is wrong with it, and the way back to the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_smorest.fields import Upload
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from services.web.edge.spoken import gettext
from shared.kernel.errors import N_, DomainError, Invalid

from .words import in_our_words

WHOLE = "_schema"  # marshmallow's name for errors that belong to no single field
DAY = re.compile(r"^\s*(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?\s*$")
SECRET = re.compile(r"password|secret|^token$")  # never shown again


class FormErrors(Invalid):
    """What was typed does not fit the schema; the form carries the details."""

    def __init__(self, form: Form) -> None:
        super().__init__("invalid", N_("有内容需要修改。"), errors=form.errors)


class Form:
    """One form: typed values over prefilled `data`, and errors by field.

    `again` draws the page with this form; with it, every DomainError of the request comes back as that page.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        again: Callable[[Form], str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.schema = schema
        self.again = again
        self.typed: MultiDict[str, str] | None = request.form if request.method == "POST" else None
        self.data = dict(data or {})
        self.errors: dict[str, list[str]] = {}
        self.said = ""  # a sentence that belongs to no field
        self.labels: dict[str, str] = {}  # filled by the macros as they draw, repeated in the summary
        if again is not None:
            g.form = self

    def load(self) -> dict[str, Any]:
        """The checked values.  Raises FormErrors."""
        try:
            loaded: dict[str, Any] = self.schema.load(self._input(), unknown=EXCLUDE)
        except ValidationError as wrong:
            self.take(_flat(wrong.normalized_messages()))  # type: ignore[no-untyped-call]  # marshmallow's only one
            raise FormErrors(self) from wrong
        return loaded

    def take(self, errors: Mapping[str, Iterable[str]], said: str = "") -> None:
        """Keep errors to show: at their field, or above the form where there is no such field."""
        for field, sentences in errors.items():
            self.errors.setdefault(field, []).extend(sentences)
        self.said = self.said or said

    def take_error(self, wrong: DomainError) -> None:
        """Keep what a use-case said no with."""
        if isinstance(wrong, FormErrors):
            return
        errors = wrong.errors if isinstance(wrong, Invalid) else {}
        self.take(errors, "" if errors else gettext(wrong.template) % wrong.params)

    @property
    def count(self) -> int:
        """How many places need mending."""
        return len(self.errors) + bool(self.said)

    def value(self, name: str) -> str:
        """What stands in the field: typed, else prefilled, else nothing."""
        if self.typed is not None:
            return "" if SECRET.search(name) else self.typed.get(name, "")
        found = self.data.get(name)
        return "" if found is None else str(found)

    def values(self, name: str) -> list[str]:
        """What is ticked."""
        if self.typed is not None:
            return self.typed.getlist(name)
        found = self.data.get(name)
        if found is None or isinstance(found, str):
            return [found] if found else []
        return [str(one) for one in found] if isinstance(found, Iterable) else [str(found)]

    def ticked(self, name: str) -> bool:
        """Whether a single yes/no is ticked."""
        return name in self.typed if self.typed is not None else bool(self.data.get(name))

    def errors_of(self, name: str) -> list[str]:
        """The sentences at one field, translated."""
        return [in_our_words(said) for said in self.errors.get(name, [])]

    def required(self, name: str) -> bool:
        """Whether the schema demands the field."""
        field = self.schema.load_fields.get(name)
        return bool(field and field.required)

    def _input(self) -> dict[str, Any]:
        source = self.typed if self.typed is not None else MultiDict[str, str]()
        taken = {}
        for name, field in self.schema.load_fields.items():
            if isinstance(field, Upload):  # an empty choice arrives as a file without a name
                value: Any = request.files.get(name)
                present = bool(value and value.filename)
            else:
                present, value = _read(source, field.data_key or name, field)
            if present:
                taken[field.data_key or name] = value
        return taken


def _read(source: MultiDict[str, str], name: str, field: fields.Field[Any]) -> tuple[bool, Any]:
    """(whether to hand it to the schema, its value): blank means absent, or None where None is allowed."""
    if isinstance(field, fields.List):
        return True, [one.strip() for one in source.getlist(name) if one.strip()]
    if isinstance(field, fields.Boolean):
        return name in source or not field.allow_none, source.get(name) or "false"
    typed = source.get(name, "")
    if SECRET.search(name):
        return bool(typed), typed  # a password is taken as it is, blanks at its ends included
    typed = typed.strip()
    if not typed:
        return field.allow_none and name in source, None
    return True, as_iso_day(typed) if type(field) is fields.Date else typed


def as_iso_day(typed: str) -> str:
    """2026年9月1日, 2026/9/1 and 2026.9.1 as 2026-09-01; anything else unchanged."""
    found = DAY.match(typed)
    return f"{int(found[1]):04}-{int(found[2]):02}-{int(found[3]):02}" if found else typed


def _flat(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """marshmallow's nested messages by top-level field, each sentence once."""
    flat: dict[str, list[str]] = {}
    for field, said in messages.items():
        sentences = [said] if isinstance(said, str) else list(_leaves(said))
        flat[str(field)] = list(dict.fromkeys(sentences))
    return flat


def _leaves(said: Any) -> Iterable[str]:
    if isinstance(said, Mapping):
        for inner in said.values():
            yield from _leaves(inner)
    elif isinstance(said, (list, tuple)):
        for inner in said:
            yield from _leaves(inner)
    else:
        yield str(said)


def after_change(url: str, *, saved: str = "", undo: str | None = None) -> ResponseReturnValue:
    """Say what happened and go on: 303, or HX-Redirect for htmx.  `undo` is an address that takes it back by POST."""
    if saved:
        tell(saved, undo=undo)
    if request.headers.get("HX-Request") == "true":
        return "", 204, {"HX-Redirect": url}
    return redirect(url, 303)


def tell(sentence: str, *, tone: str = "good", undo: str | None = None) -> None:
    """A message on the next page."""
    said = {"text": sentence, "undo": undo}
    g.setdefault("told", []).append([tone, said])
    flash(said, tone)  # type: ignore[arg-type]  # Flask keeps any JSON value; its stub says str
