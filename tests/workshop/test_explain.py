"""`python -m groundup.explain` tells of every wire case of step 02 what the parser did with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

from workshop import ROOT
from workshop.stack import solution_stack
from workshop.steps import find_step

WIRE = ROOT / "tests" / "02_request_parser" / "wire"
SMUGGLED = (
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nGET"
)
SCRIPT = """
import json, sys
from groundup.explain import explain
json.dump([explain(wire.encode("latin-1")) for wire in json.load(sys.stdin)], sys.stdout)
"""


def in_step_two(*arguments: str, given: bytes, encoding: str = "utf-8") -> bytes:
    environment = {**os.environ, "WORKSHOP_STACK": solution_stack(find_step("2")).encode()}
    environment["PYTHONIOENCODING"] = encoding
    command = [sys.executable, "-m", "workshop.within", *arguments]
    done = subprocess.run(
        command, input=given, capture_output=True, env=environment, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@cache
def rows() -> list[dict[str, object]]:
    """Every wire case: its bytes as latin-1 text, and whether it is refused."""
    found = []
    for path in sorted(WIRE.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="ascii"))
        prefix = table.get("prefix", "")
        found += [{**row, "wire": prefix + row["wire"]} for row in table["case"]]
    return found


def test_a_smuggled_request_explained() -> None:
    told = in_step_two("-m", "groundup.explain", given=SMUGGLED).decode()
    assert r"POST / HTTP/1.1\r\n" in told
    assert "REFUSED: 400" in told
    assert "RFC 9112 §6.3 rule 3" in told
    assert "3 bytes after this are never read" in told


def test_a_console_that_is_not_utf_8_shows_what_it_can() -> None:
    told = in_step_two("-m", "groundup.explain", given=SMUGGLED, encoding="ascii")
    assert b"? REFUSED: 400" in told


def test_every_wire_case_explained(tmp_path: Path) -> None:
    script = tmp_path / "explain_all.py"
    script.write_text(SCRIPT, encoding="utf-8")
    wires = json.dumps([row["wire"] for row in rows()]).encode()
    texts = json.loads(in_step_two(str(script), given=wires))
    for row, text in zip(rows(), texts, strict=True):
        assert ("REFUSED" in text) == ("refuse" in row), f"{row['id']}:\n{text}"
        if "refuse" in row:
            wanted = row["refuse"] if isinstance(row["refuse"], list) else [row["refuse"]]
            assert any(f"REFUSED: {status} " in text for status in wanted), f"{row['id']}:\n{text}"
