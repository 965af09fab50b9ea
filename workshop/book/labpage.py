r"""Turn a notebook into Markdown for a page of the book.

Our own converter, because a page must be light, must fit light and dark (plots are SVG
whose ink becomes ``currentColor``) and must be readable by those who cannot see it: the
first comment of a cell is the name of the plot it draws. A cell tagged ``hide-input``
shows its output only. Rule: nothing here runs a notebook.
"""

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

INK = "#010203"  # the colour of lines and text in plots: docs/assets/workshop.mplstyle
ANSI = re.compile(r"\x1b\[[0-9;]*m")
NOT_YET = (
    '!!! note "The outputs are on their way"\n'
    "    This lab has not been run on this machine yet. `python3 -m workshop book` runs it.\n"
)

Files = dict[str, bytes]


def to_markdown(path: Path) -> tuple[str, Files]:
    """Return a notebook as Markdown, and the image files that it names."""
    files: Files = {}
    parts: list[str] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = joined(cell["source"]).strip()
        if cell["cell_type"] == "markdown":
            parts.append(source.replace("](../docs/", "](../") + "\n")
        elif cell["cell_type"] == "code" and source:
            if "hide-input" not in cell["metadata"].get("tags", []):
                parts.append(fence(source, "python"))
            title = source.splitlines()[0]
            title = title.lstrip("# ") if title.startswith("# ") else "Plot"
            parts += [output(o, title, path.stem, files) for o in cell["outputs"]]
    return "\n".join(parts), files


def with_frame(text: str, name: str, note: str) -> str:
    """Return a lab's page: its text with a line on how to open it yourself."""
    number = int(name[:2])
    first, _, rest = text.partition("\n")
    how = (
        f'<p class="lab-how" markdown>A lab is made to be played with: '
        f"`python3 -m workshop lab {number}` opens it with your own code, or "
        f"[download it]({name}).</p>\n"
    )
    return f"{first}\n\n{how}\n{note}\n{rest}"


def joined(value: str | list[str]) -> str:
    """Return a notebook's text, which may be stored as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def fence(text: str, info: str) -> str:
    """Return a fence around a text, longer than any fence inside."""
    ticks = "`" * max(3, 1 + max((len(m) for m in re.findall(r"`+", text)), default=0))
    return f"{ticks} {info}\n{text.rstrip()}\n{ticks}\n"


def output(out: dict[str, Any], title: str, stem: str, files: Files) -> str:
    """Return one output of a cell as Markdown."""
    if out["output_type"] == "stream":
        return fence(ANSI.sub("", joined(out["text"])), "{ .text .lab-output }")
    if out["output_type"] == "error":
        return fence(ANSI.sub("", "\n".join(out["traceback"])), "{ .pytb .lab-output }")
    data = out["data"]
    if "image/svg+xml" in data:
        return figure(joined(data["image/svg+xml"]), title)
    if "image/png" in data:
        name = f"{stem}-{len(files) + 1}.png"
        files[name] = base64.b64decode(joined(data["image/png"]))
        return f"![{title}]({name})\n"
    if "text/markdown" in data:
        return joined(data["text/markdown"]) + "\n"
    if "text/html" in data:
        return f'<div class="lab-html">{joined(data["text/html"])}</div>\n'
    return fence(joined(data.get("text/plain", "")), "{ .text .lab-output }")


def figure(svg: str, title: str) -> str:
    """Return a plot for the page: transparent, in the page's ink, with a name."""
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"\n\s*\n", "\n", svg)
    name = html.escape(title, quote=True)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)
    return f'<figure class="lab-plot" markdown="0">\n{svg.strip()}\n</figure>\n'
