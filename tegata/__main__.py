"""`tegata` and `python -m tegata`."""

from tegata.cli import app


def main() -> None:
    """Run the command and exit with its code."""
    app(prog_name="tegata")


if __name__ == "__main__":
    main()
