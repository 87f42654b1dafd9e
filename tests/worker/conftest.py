"""Fixtures of the worker's tests."""

from tests.support.fixtures import cast, house, make_app

__all__ = ["cast", "house", "make_app"]
