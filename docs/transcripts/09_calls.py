"""Count what one request calls: on asyncio's streams, and on a protocol."""

import json
import os
import subprocess
import sys

from workshop.attacks import previous, shipped_stack
from workshop.layout import Layout
from workshop.steps import find_step

step = find_step(9)
before = previous(step)
script = Layout().step(step.name) / "profiled.py"
columns = []
for stack, mode in ((shipped_stack(before), "pool"), (shipped_stack(step), "protocol")):
    command = [sys.executable, "-m", "workshop.within", str(script), mode]
    environment = {**os.environ, **stack.environment()}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    columns.append(json.loads(ran.stdout.splitlines()[-1])["calls"])

NAMES = {
    "asyncio": "asyncio: loop, streams, tasks",
    "engine": "the engine",
    "http": "HTTP: reading, writing",
    "routes": "routes and handler",
    "other": "the standard library besides",
    "built in": "functions written in C",
}
print(f"{'calls for one request':32} {'step 8':>8} {'step 9':>8}")
for part, name in NAMES.items():
    print(f"{name:32} {columns[0][part]:8} {columns[1][part]:8}")
print(f"{'together':32} {sum(columns[0].values()):8} {sum(columns[1].values()):8}")
