"""`python -m deploy.bench.other_parts CHUNKS`: the server with parts of another size.

For the measurement that chose the size (decision 0004): it is a constant of the format.
"""

import sys

import crypto.wire.files


def main() -> None:
    """Change the constant before anything has read it, then serve."""
    crypto.wire.files.PART_CHUNKS = int(sys.argv[1])  # type: ignore[misc] # meant: no other way
    sys.argv[1:] = ["serve"]
    from intake.cli import main as serve  # noqa: PLC0415 - not before the constant is set

    sys.exit(serve())


if __name__ == "__main__":
    main()
