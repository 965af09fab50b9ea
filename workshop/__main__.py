"""``python3 -m workshop``, or ``python3 PATH/workshop`` from any folder.

Apart from everything else, because it must run before anything is installed and on whatever
Python the person typed: plain enough for an old one to read, so that it can say what is wrong
in one sentence. It goes into ``.venv`` (made on first use) and hands over to the commands.
"""

import os
import sys

NEEDED = (3, 11)


def refuse_old_python() -> None:
    """Say which Python is needed, if this one is too old."""
    have = sys.version_info[:2]
    if have < NEEDED:
        sys.exit(
            f"The workshop needs Python {NEEDED[0]}.{NEEDED[1]} or newer, and this is "
            f"{have[0]}.{have[1]} ({sys.executable}): install a newer one from python.org or your "
            "package manager, and start again with it."
        )


def main() -> int:
    """Make sure of the environment, then run the command."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(root, "workshop")  # what Python puts first when it runs a folder
    sys.path[:] = [root, *(entry for entry in sys.path if entry not in (root, inside))]
    from workshop import Problem
    from workshop.environment import go_inside

    try:
        go_inside()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    os.chdir(root)
    from workshop.cli import main as run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    refuse_old_python()
    sys.exit(main())
