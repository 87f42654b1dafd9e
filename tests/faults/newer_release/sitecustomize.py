"""An interpreter that finds this on its path is of the newer release."""

from tests.faults import trials

trials.newer_release()
