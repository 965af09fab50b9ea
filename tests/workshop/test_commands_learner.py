"""The learner's commands, in a copy of the repository, as they would be typed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from copies import copy_repository, start, workshop

from workshop import ROOT
from workshop.commands.shared import whose
from workshop.stack import Layer, Stack

NET = "steps/01_echo_socket/groundup/net.py"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One copy for the commands that change nothing of the learner's files."""
    return copy_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def mine(tmp_path):
    """A copy of one's own, with a fresh starter."""
    repository = copy_repository(tmp_path)
    workshop(repository, "reset", "1")
    return repository


def test_check_on_the_starter_shows_one_lesson_and_leaves_with_1(mine):
    done = workshop(mine, "check", "1")
    assert done.returncode == 1
    assert done.stdout.startswith("step 1, Echo socket: your code\n")
    assert "1.1 NOT STARTED" in done.stdout
    assert re.search(r"^ next  .*workshop hint 1\.1", done.stdout, re.MULTILINE)
    assert "0 of 5 tasks green" in done.stdout
    assert "\x1b" not in done.stdout, "no colour in a pipe"


def test_check_remembers_what_passed_and_explains_it_once(mine):
    workshop(mine, "adopt", "1", "net")
    first = workshop(mine, "check", "1", "--task", "1.1")
    again = workshop(mine, "check", "1", "--task", "1.1")
    assert first.returncode == again.returncode == 0
    assert "1.1  " in first.stdout.partition("tasks green")[0]
    assert len(again.stdout) < len(first.stdout), "the explanation comes when a task turns green"
    assert "✓ 1.1" in workshop(mine, "status").stdout


def test_check_of_the_solution_is_not_the_learners_progress(mine):
    done = workshop(mine, "check", "1", "--solution")
    assert done.returncode == 0
    assert "the solution" in done.stdout.splitlines()[0]
    assert "0 of 5 tasks" in workshop(mine, "status").stdout


def test_check_as_json_is_json_and_nothing_else(shared):
    done = workshop(shared, "check", "1", "--solution", "--json")
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert [task["state"] for task in told["tasks"]] == ["passed"] * 5


def test_a_port_that_is_taken_is_one_sentence(shared, tmp_path):
    program = tmp_path / "shop.py"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program.write_text(f"from groundup import App\nApp().run(port={port})\n")
        done = workshop(shared, "run", "3", str(program), "--solution")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and f"127.0.0.1:{port}" in done.stderr, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C cannot be sent to one process")
def test_watch_checks_again_when_a_file_is_saved(mine):
    with start(mine, "check", "1", "--task", "1.1", "--watch") as process:
        assert process.stdout is not None
        while "watching" not in process.stdout.readline():
            pass
        workshop(mine, "adopt", "1", "net")
        said = ""
        while "tasks green" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait(20)
    assert "net.py" in said
    assert "1 of 1 tasks green" in said


def test_check_says_that_a_step_below_is_left_out_and_until_when(mine):
    known = mine / ".workshop" / "progress.json"
    known.parent.mkdir(exist_ok=True)
    known.write_text('{"tasks": {"1.1": "passed", "1.2": "wrong"}, "hints": {}}')
    workshop(mine, "reset", "2")
    told = workshop(mine, "check", "2", "--task", "2.1").stdout.splitlines()
    assert told[0].endswith("your code, standing on the solution")
    assert told[1].startswith("yours of step 1 is left out until it is green")
    mine_below = workshop(mine, "check", "2", "--task", "2.1", "--on", "mine").stdout.splitlines()
    assert mine_below[0].endswith(": your code") and "left out" not in mine_below[1]


def test_mixed_layers_are_named():
    def stack(*origins):
        names = ("03_c", "02_b", "01_a")
        return Stack(tuple(map(Layer, names, (Path(),) * 3, origins, ((),) * 3)))

    assert whose(stack("mine", "mine", "mine")) == "your code"
    assert whose(stack("mine", "solution", "solution")) == "your code, standing on the solution"
    assert whose(stack("mine", "solution", "mine")) == (
        "your code, standing on your code and the solution of step 2"
    )
    assert whose(stack("solution", "mine", "mine")) == "the solution, standing on your code"


def test_check_without_a_step_takes_the_first_unfinished(mine):
    assert "step 1," in workshop(mine, "check").stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [("delete", "is missing"), ("empty", "is empty"), ("break", ".py:1: ")],
)
def test_a_spoilt_file_is_named(mine, change, says):
    file = mine / NET
    file.write_text({"delete": "", "empty": "", "break": "def (:\n"}[change])
    if change == "delete":
        file.unlink()
    done = workshop(mine, "check", "1")
    assert done.returncode == 1
    assert "01_echo_socket/groundup/net.py" in done.stdout
    assert says in done.stdout
    assert workshop(mine, "files", "1").returncode == 1
    assert says in workshop(mine, "talk", "1").stderr


def test_hints_go_further_each_time_and_stop_at_the_last(mine):
    levels = [workshop(mine, "hint", "1.2").stdout.count("hint ") for _ in range(4)]
    assert [level - levels[0] for level in levels] == [0, 1, 2, 2]
    assert workshop(mine, "hint", "1.2", "--again").stdout.count("\nhint ") == 3
    assert "1.1" in workshop(mine, "hint").stdout, "without a task: the next one"


@pytest.mark.parametrize("command", ["reset", "adopt"])
def test_nothing_is_overwritten_without_a_named_backup(mine, command):
    (mine / NET).write_text("# all my work\n")
    done = workshop(mine, command, "1", "net.py")
    kept = re.search(r"kept in (\S+)", done.stdout)
    assert kept, done.stdout
    assert (mine / kept[1]).read_text() == "# all my work\n"
    assert (mine / NET).read_text() != "# all my work\n"


def test_diff_shows_what_differs_and_from_which_side(mine):
    assert "the same as the solution" not in workshop(mine, "diff", "1").stdout
    workshop(mine, "adopt", "1")
    assert "the same as the solution: net, server" in workshop(mine, "diff", "1").stdout
    (mine / NET).write_text((mine / NET).read_text() + "MINE = 1\n")
    assert "\n-MINE = 1\n" in workshop(mine, "diff", "1", "net").stdout


def test_ones_own_layers_become_one_package_and_the_tools_take_it(mine):
    net = mine / NET
    net.write_text(net.read_text(encoding="utf-8") + "\nOWN = 1\n", encoding="utf-8")
    done = workshop(mine, "assemble", "1", "--mine")
    assert done.stdout.split() == ["✓", "build/mine/01_echo_socket:", "your", "code"], done.stderr
    tree = mine / "build" / "mine" / "01_echo_socket"
    assert "OWN = 1" in (tree / "groundup" / "net.py").read_text(encoding="utf-8")
    for folder, module in ((ROOT, "benchmarks.subject"), (ROOT / "tests" / "framework", "program")):
        name = {"benchmarks.subject": "TREE", "program": "FRAMEWORK"}[module]
        asked = subprocess.run(
            [sys.executable, "-c", f"from {module} import {name}; print({name})"],
            cwd=folder, env={**os.environ, "WORKSHOP_TREE": str(tree)},
            capture_output=True, text=True,
        )  # fmt: skip
        assert asked.stdout.strip() == str(tree.resolve()), asked.stderr


def test_files_says_where_each_module_comes_from(shared):
    said = workshop(shared, "files", "1", "--solution").stdout
    assert re.search(r"^net +01_echo_socket +the solution's", said, re.MULTILINE)


def test_talk_through_a_pipe_shows_both_sides(shared):
    done = workshop(shared, "talk", "1", "--solution", typed="hel\\\nlo\n.end\n")
    shown = [line.split(maxsplit=1) for line in done.stdout.splitlines()[1:4]]
    assert shown == [["you", "hel"], ["you", "lo\\r\\n"], ["server", "hello\\r\\n"]]
    assert done.returncode == 0


def test_run_takes_a_program_of_ones_own(shared, tmp_path):
    (tmp_path / "helper.py").write_text("PATTERN = '/users/<int:id>'\n")
    program = tmp_path / "shop.py"
    program.write_text(
        "from groundup import App\n"
        "from helper import PATTERN\n"
        "print(App().add_route(PATTERN, lambda id: None).pattern)\n"
    )
    done = workshop(shared, "run", "3", str(program), "--solution")
    assert done.stdout.splitlines()[1:] == ["/users/<int:id>"], done.stderr
    assert done.returncode == 0
    told = workshop(shared, "run", "3", str(program), "--port", "80")
    assert "does not read --port" in told.stderr and told.returncode != 0
    program.write_text("import sys\nprint(sys.argv[1:])\n")
    told = workshop(shared, "run", "3", str(program), "--port", "80")
    assert told.stdout.splitlines()[1:] == ["['--port=80']"], "it reads its arguments"
    assert "nowhere.py" in workshop(shared, "run", "nowhere.py").stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C cannot be sent to one process")
def test_run_serves_until_ctrl_c(shared):
    with start(shared, "run", "1", "--solution", "--port", "0") as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        address = next(line for line in lines if line.startswith("listening on ")).split()[-1]
        done = workshop(shared, "talk", "--to", address, typed="hello\n")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
        )
        process.send_signal(signal.SIGINT)  # a terminal tells the whole group
        for child in children.stdout.split():
            subprocess.run(["kill", "-INT", child])
        assert process.wait(20) == 0
    assert "server  hello\\r\\n" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C cannot be sent to one process")
def test_home_names_the_next_task_and_serves(shared):
    with start(shared, "home", "--port", "0", "--no-build") as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert "next  1.1" in said
    assert re.search(r"http://127\.0\.0\.1:\d+/", said)


def test_doctor_finds_this_machine_usable(shared):
    done = workshop(shared, "doctor")
    assert "sockets on 127.0.0.1 work" in done.stdout
    bad = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert all(".venv" in line for line in bad), "the copy has no .venv, and nothing else is wrong"


def test_the_lab_is_a_copy_that_is_never_overwritten(tmp_path):
    from workshop.commands.lab import own_copy

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_echo_socket.ipynb").write_text("the book's")
    mine, kept = own_copy("01_echo_socket", fresh=False, root=tmp_path)
    mine.write_text("mine")
    assert own_copy("01_echo_socket", fresh=False, root=tmp_path)[0].read_text() == "mine"
    mine, kept = own_copy("01_echo_socket", fresh=True, root=tmp_path)
    assert kept is not None
    assert (mine.read_text(), kept.read_text()) == ("the book's", "mine")
