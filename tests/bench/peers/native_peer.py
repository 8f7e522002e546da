"""Ourselves once more: started where the compiled modules are found before the sources they were made of."""

import sys

from tests.bench import work
from tests.bench.lines import lines
from tests.bench.peers.rate import serve


def main() -> None:
    """Serve our own lines on a document of our own; a form that is not compiled is not measured as one."""
    if not work.is_compiled():
        sys.exit("mdoc.mint is not compiled")
    serve({line.name: line.path for line in lines(work.document()) if line.path is not None})


if __name__ == "__main__":
    main()
