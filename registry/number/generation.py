"""
Generation of a number from a record code (Act article 8(2), Order of 2014 articles 4 to 6).

The body is a keyed one-way conversion of the code: nobody without the key can go back, and nobody with it can choose
(NUM-5). The check digit follows (NUM-6). That a body is new is decided by the number file alone (NUM-4).
"""

from collections.abc import Callable, Iterator

from registry.messages.codes import number_check_digit

BODIES = 10**11
ACCEPTED = 10 * BODIES  # the largest multiple of BODIES below 2**40: above it a remainder would favour small bodies
DRAWN = 5
CANDIDATES = 1_000  # with a thousandth of all bodies in use, a thousand misses in a row do not happen

Convert = Callable[[bytes], bytes]


def candidates(record_code: str, convert: Convert) -> Iterator[str]:
    """
    Yield 12-digit numbers for a record code, always in the same order.

    `convert` is a keyed one-way function of at least five bytes; its key stays in the number system. Values outside
    the accepted range are passed over (rejection sampling), so every body is equally likely.
    """
    for counter in range(CANDIDATES):
        value = int.from_bytes(convert(f"{record_code}:{counter}".encode())[:DRAWN])
        if value < ACCEPTED:
            body = f"{value % BODIES:011d}"
            yield body + number_check_digit(body)
