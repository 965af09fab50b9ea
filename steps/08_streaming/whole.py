"""A shop that makes each answer whole before it sends a byte: all that the step before can do.

The chapter's first run starts it on that step's stack.
"""

import argparse

from groundup.app import App

MIB = 1 << 20
app = App()


@app.get("/big/<int:mib>")
def big(mib: int) -> bytes:
    """So many MiB."""
    return b"x" * (mib * MIB)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    app.run(port=parser.parse_args().port)
