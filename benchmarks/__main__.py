"""All benchmarks of the speed table, one after the other: ``python -m benchmarks [--check]``.

Apart so that "in one run" is one command. The options are those that all of them know; each can be
run alone for its own. The rule: one that misses a target does not keep the others from running.
"""

import sys

from benchmarks import command, compare, files, growth, idle, stream

ALL = (compare.BENCHMARK, idle.BENCHMARK, stream.BENCHMARK, files.BENCHMARK, growth.BENCHMARK)


def main(arguments: list[str]) -> int:
    """Run them; 1 if any has missed something."""
    return max([command.main(benchmark, arguments) for benchmark in ALL])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
