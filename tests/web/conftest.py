"""The cast for the tests of this folder."""

from tests.support.fixtures import cast, house, make_app

__all__ = ["cast", "house", "make_app"]
