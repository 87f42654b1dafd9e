"""English is complete: every sentence of the product has its translation, with the same places."""

import re

import pytest
from flask import render_template_string
from marshmallow import fields

from services.web import catalogue
from services.web.edge.words import TABLE, in_our_words

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def test_every_sentence_has_its_english():
    assert not (lacking := catalogue.missing()), f"python -m services.web.catalogue: {len(lacking)} missing"


def test_the_english_has_the_places_of_the_chinese():
    wrong = []
    for message in catalogue.joined():
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        wanted = set(PLACES.findall(ids[0])) if ids[0] else set()
        wrong += [said for said in strings if said and ids[0] and set(PLACES.findall(said)) != wanted]

    assert wrong == []


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("Missing data for required field.", "请填写这一项。"),
        ("Must be greater than or equal to 1 and less than or equal to 9.", "要在 1 和 9 之间。"),
        ("Must be greater than or equal to 1.", "不能小于 1。"),
        ("Must be one of: a, b.", "请从列表里选择。"),
        ("这是我们自己的话。", "这是我们自己的话。"),
    ],
)
def test_marshmallow_speaks_our_words(make_app, said, ours):
    with make_app().test_request_context("/"):
        assert in_our_words(said) == ours


def test_the_table_holds_every_message_of_marshmallow():
    known = {re.sub(r"\{\w+\}", "{}", sentence) for sentence in TABLE}
    made_up_of_others = {"Not a valid {}.", "Not a valid {} {}.", '"{}" cannot be formatted as a {}.'}

    kinds = [kind for kind in vars(fields).values() if isinstance(kind, type)]
    said = {text for kind in kinds for text in getattr(kind, "default_error_messages", {}).values()}

    assert {re.sub(r"\{[\w!]+\}", "{}", text) for text in said} <= known | made_up_of_others


def test_a_template_says_what_somebody_typed_without_obeying_it(make_app):
    typed = "<b>100%</b>"

    with make_app().test_request_context("/"):
        said = render_template_string("{{ _(typed) }} {{ _('跟进：%(what)s', what=typed) }}", typed=typed)

    assert said == "&lt;b&gt;100%&lt;/b&gt; 跟进：&lt;b&gt;100%&lt;/b&gt;"


def test_a_word_follows_the_language_of_each_request(make_app):
    app = make_app()

    said = []
    for language in ("en", "zh-CN", "en"):
        with app.test_request_context("/api/v1/", headers={"Accept-Language": language}):
            said.append(render_template_string("{{ _('登录') }}"))

    assert said == ["Log in", "登录", "Log in"]
