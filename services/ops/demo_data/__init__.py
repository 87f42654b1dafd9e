"""The demo county: invented people, generated rosters, a plan of our own, and some weeks of care behind them."""

from .loading import load
from .people import THINGS

__all__ = ["THINGS", "load"]
