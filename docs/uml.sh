#!/usr/bin/env bash
# Draws the finished framework: build/uml/dependencies.pdf (which module imports which, row by row)
# and build/uml/classes.pdf. It needs Python and Graphviz, and nothing else; --out FOLDER puts the
# pictures elsewhere.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

python=$root/.venv/bin/python
[ -x "$python" ] || python=$(command -v python3)
PYTHONPATH=$root exec "$python" -m workshop.book.uml "$@"
