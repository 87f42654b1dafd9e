"""How large a roster may be; beyond these a file is refused before or while it is read."""

from __future__ import annotations

BYTES = 20 * 1024 * 1024  # as uploaded
UNPACKED = 96 * 1024 * 1024  # all members of the archive together
RATIO = 120  # unpacked to packed; honest sheets stay under 40
RATIO_FROM = 8 * 1024 * 1024  # small members may pack as well as they like
MEMBERS = 2_000
ROWS = 20_000  # in all sheets together
COLUMNS = 256
SHEETS = 200
CELLS = 1_500_000
CHARACTERS = 30_000_000  # of text in all cells; one shared text may be used in many
MERGES = 20_000
CHILD_MEMORY = 1024 * 1024 * 1024  # address space of the reading process
CHILD_SECONDS = 30
