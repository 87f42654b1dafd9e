"""Text as it is typed: blanks at its ends go, control characters are refused, and a megabyte takes no hour."""

import pytest
from marshmallow import Schema, ValidationError

from shared.kernel.fields import Line, Mobile, Paragraph

MUCH = 10**6


class Typed(Schema):
    """One of each."""

    line = Line(longest=10)
    text = Paragraph(longest=10)
    filled = Paragraph(shortest=1, longest=10)
    phone = Mobile()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"line": " 王小明\u3000"}, {"line": "王小明"}),
        ({"text": " \n "}, {"text": ""}),
        ({"filled": "\n 一行\n二行 "}, {"filled": "一行\n二行"}),
        ({"phone": "+86 138-1234 5678"}, {"phone": "13812345678"}),
    ],
)
def test_blanks_around_a_text_are_not_part_of_it(typed, kept):
    assert Typed().load(typed) == kept


@pytest.mark.parametrize("name", ["line", "filled"])
@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\n\t"])
def test_a_blank_where_text_must_be_is_a_missing_value(name, blank):
    with pytest.raises(ValidationError) as refused:
        Typed().load({name: blank})

    assert refused.value.messages == {name: ["Missing data for required field."]}


@pytest.mark.parametrize(
    "typed",
    [
        {"line": "a\nb"},
        {"line": "a\x00"},
        {"line": "\ud800"},
        {"text": "a\x00"},
        {"filled": "\x07"},
        {"line": "一" * 11},
        {"filled": "一" * 11},
        {"phone": "23812345678"},
    ],
)
def test_what_cannot_be_kept_or_read_is_refused(typed):
    with pytest.raises(ValidationError):
        Typed().load(typed)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("typed", ["a" * MUCH + "\x00", " " * MUCH + "\x00", " " * MUCH + "a" * MUCH + "\x00"])
@pytest.mark.parametrize("name", ["line", "text", "filled", "phone"])
def test_a_text_that_is_far_too_long_is_refused_at_once(name, typed):
    with pytest.raises(ValidationError):
        Typed().load({name: typed})
