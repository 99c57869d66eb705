"""The command `tongban`, also as `python -m gateway`; docs/commands.md describes it."""

import sys

from gateway.cli.tree import run


def main() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
