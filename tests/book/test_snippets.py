"""Source is included by name, and a wrong name is told with its near miss."""

from pathlib import Path

import pytest

from workshop.book.snippets import SnippetError, expand, source_of

SOURCE = '''"""A module."""

# How long a line may be.
LIMIT = 8190  # bytes

TABLE: dict[str, int] = {
    "a": 1,
}


@decorated
def reader(data: bytes) -> int:
    """Read.

    More.
    """
    # why
    return len(data)


class Box:
    """A box."""

    def open(self) -> None: ...

    async def close(
        self,
    ) -> None:
        return None
'''
CASES = {
    "LIMIT": "# How long a line may be.\nLIMIT = 8190  # bytes",
    "TABLE": 'TABLE: dict[str, int] = {\n    "a": 1,\n}',
    "reader:signature": (
        '@decorated\ndef reader(data: bytes) -> int:\n    """Read.\n\n    More.\n    """'
    ),
    "reader:body": "# why\nreturn len(data)",
    "Box:signature": 'class Box:\n    """A box."""',
    "Box.open": "def open(self) -> None: ...",
    "Box.close:signature": "async def close(\n    self,\n) -> None:\n    ...",
    "Box.close:body": "return None",
}


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize("name", CASES)
def test_a_name(module: Path, name: str) -> None:
    assert source_of(module, name) == CASES[name]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("readr", "defines no readr (did you mean reader?)"),
        ("Box.opne", "defines no Box.opne (did you mean open?)"),
        ("reader:head", "use signature, body"),
    ],
)
def test_a_wrong_name_names_the_near_miss(module: Path, name: str, told: str) -> None:
    with pytest.raises(SnippetError) as caught:
        source_of(module, name)
    assert told in str(caught.value)


def test_an_include_line_keeps_its_indent() -> None:
    line = '    --8<-- "solutions/01_echo_socket/groundup/net.py::send_all,Waker.wake"'
    lines = expand(line)
    assert lines[0].startswith("    def send_all(")
    assert any(line.startswith("    def wake(") for line in lines)


def test_other_lines_are_left_alone() -> None:
    assert expand('--8<-- "generated/01_echo_socket/header.md"') == [
        '--8<-- "generated/01_echo_socket/header.md"'
    ]


def test_a_missing_file_fails_unless_lenient() -> None:
    line = '--8<-- "solutions/no/such.py::thing"'
    with pytest.raises(SnippetError):
        expand(line)
    assert expand(line, lenient=True) == ["(missing: no file solutions/no/such.py)"]
