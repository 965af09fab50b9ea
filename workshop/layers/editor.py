"""The settings that show an editor each layer as the stack it stands on.

Apart because they are JSON for other people's tools. Without them a newcomer's editor would mark
every import of a lower layer red. The rule: only the keys named here are ours; whatever else the
learner put into the same file stays, and a file that is no plain JSON is left alone.
"""

import json
from typing import Any

from workshop.layers.starterfile import read
from workshop.layout import Layout
from workshop.steps import Step

PYRIGHT = "pyrightconfig.json"
VSCODE = ".vscode/settings.json"


def settings(steps: tuple[Step, ...]) -> dict[str, dict[str, Any]]:
    """File → the keys of ours in it."""
    environments: list[dict[str, Any]] = []
    for step in reversed(steps):
        lower = [s.name for s in reversed(steps) if s.number < step.number]
        for kind in ("steps", "solutions"):
            paths = [f"{kind}/{name}" for name in lower]
            environments.append({"root": f"{kind}/{step.name}", "extraPaths": [*paths, "."]})
        stack = [f"solutions/{name}" for name in (step.name, *lower)]
        environments.append({"root": f"tests/{step.name}", "extraPaths": [*stack, "."]})
    environments.append({"root": "solutions/09_full_framework", "extraPaths": ["."]})
    mine = [f"steps/{step.name}" for step in reversed(steps)]
    pyright = {
        "venvPath": ".",
        "venv": ".venv",
        "exclude": [".venv", "build", "site", "**/__pycache__"],
        "executionEnvironments": [*environments, {"root": "."}],
    }
    vscode = {
        "python.defaultInterpreterPath": "${workspaceFolder}/.venv",
        "python.analysis.extraPaths": [*mine, "."],
    }
    return {PYRIGHT: pyright, VSCODE: vscode}


def wanted(name: str, ours: dict[str, Any], layout: Layout) -> str | None:
    """The text the file should have, the learner's own keys kept; None to leave it alone."""
    text = read(layout.root / name)
    try:
        held = json.loads(text) if text else {}
    except json.JSONDecodeError:
        return None
    if not isinstance(held, dict):
        return None
    if text and all(held.get(key) == value for key, value in ours.items()):
        return text
    return json.dumps({**held, **ours}, indent=2, ensure_ascii=False) + "\n"
