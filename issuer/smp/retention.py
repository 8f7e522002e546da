"""How long rows are kept whose end is written with them (Order 39-19)."""

from typing import Final

APPLICATION_YEARS: Final = 15  # from receipt
LAPSE_YEARS: Final = 10
NOTICE_YEARS: Final = 10  # of paragraph 8
