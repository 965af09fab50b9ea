"""The table of commands: every one explains itself, and every slip of the finger is understood."""

import importlib
import os
import re
import subprocess
import sys

import pytest

from workshop import ROOT, cli
from workshop.cli import COMMANDS
from workshop.layout import Layout

DESIGNED = (
    "check hint talk run attack bench files diff reset adopt lab status doctor "
    "test sync assemble mutants book notebooks explain"
)


def test_every_command_of_the_design_is_in_the_table():
    assert set(COMMANDS) == {"home", *DESIGNED.split()}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_does_and_shows_an_example(name, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    said = capsys.readouterr().out
    module = importlib.import_module(f"workshop.commands.{COMMANDS[name].module}")
    assert left.value.code == 0
    assert module.__doc__.strip().splitlines()[0] in said
    assert f"example:  {cli.PROGRAM} {COMMANDS[name].example}".strip() in said


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "home"])
def test_every_example_is_understood(name):
    command, *rest = COMMANDS[name].example.split()
    assert command == name, "the example of a command shows that command"
    module = importlib.import_module(f"workshop.commands.{COMMANDS[name].module}")
    parser = cli.Parser()
    module.arguments(parser)
    parser.parse_intermixed_args(rest)


def test_the_overview_names_every_command_and_its_summary(capsys):
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert command.summary in said, f"{name} is missing"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        (["chek"], "did you mean 'check'?"),
        (["hint", "1.22"], "did you mean '1.2'?"),
        (["check", "ecko"], "did you mean 'echo'?"),
        (["check", "--solutoin"], "did you mean '--solution'?"),
        (["check", "--task", "1.55"], "did you mean '1.5'?"),
        (["diff", "1", "serber"], "did you mean 'server'?"),
        (["adopt", "1", "sever.py"], "did you mean 'server'?"),
        (["reset", "1", "steps/01_echo_socket/groundup/nett.py"], "did you mean 'net'?"),
        (["test", "--only", "ruf"], ""),
        (["test", "--only", "ruffl"], "did you mean 'ruff'?"),
        (["--prt", "1"], "did you mean '--port'?"),
    ],
)
def test_a_near_miss_is_named(typed, near, capsys):
    if not near:
        from workshop.commands.test import chosen
        from workshop.upkeep.sections import all_sections

        assert [section.name for section in chosen(all_sections(), typed[2:])] == ["ruff"]
        return
    try:
        status = cli.main(typed)
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr()
    assert status == 2
    assert near in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("option_at", [0, 1, 2])
def test_an_option_may_stand_anywhere(option_at, tmp_path, capfd):
    """argparse alone gives up on `explain 2 --solution FILE`: it has used FILE's place up."""
    request = tmp_path / "request.bin"
    request.write_bytes(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    typed = ["2", str(request)]
    typed.insert(option_at, "--solution")
    assert cli.main(["explain", *typed]) == 0, capfd.readouterr().err


def test_only_what_must_be_given_is_missed(capsys):
    with pytest.raises(SystemExit):
        cli.main(["reset"])
    assert "required: N\n" in capsys.readouterr().err, "a FILE may be left out"


def test_a_step_that_is_not_there_is_refused_with_those_that_are(capsys):
    assert cli.main(["check", "17"]) == 2
    assert "01_echo_socket" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "files", "explain"])
def test_a_copy_without_solutions_says_so(command, monkeypatch, capsys):
    monkeypatch.setattr(Layout, "solution", lambda self, name: self.root / "deleted" / name)
    assert cli.main([command, "2", "--solution"]) == 2
    assert "is not in this copy: leave --solution out" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="there the shell ends a pipe otherwise")
def test_a_pipe_whose_reader_leaves_is_no_error():
    command = [sys.executable, "-m", "workshop", "--help"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) in (0, 120), "120 is Python's own word for a closed stdout"


def test_nothing_is_imported_that_the_command_does_not_need():
    """A start stays quick: mkdocs, pytest and matplotlib take most of a second."""
    ask = "import sys, workshop.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not re.findall(r"\b(mkdocs|pytest|matplotlib|nbclient|rich)\b", loaded)
