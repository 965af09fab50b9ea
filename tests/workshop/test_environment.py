"""The set-up: one clear sentence for whatever is wrong, and nothing done twice."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workshop import ROOT, Problem, environment

ENTRY = ("workshop/__init__.py", "workshop/__main__.py")


@pytest.fixture
def folder(tmp_path):
    """A repository of two pins, in a folder with a space in its name."""
    root = tmp_path / "my copy"
    root.mkdir()
    (root / "requirements.txt").write_text("one==1\n")
    return root


def stamped(root: Path, pins: str = "one==1\n", installed: tuple[str, ...] = ()) -> Path:
    venv = root / ".venv"
    python = environment.python_of(venv)
    python.parent.mkdir(parents=True)
    python.touch()
    packages = venv / ("Lib" if os.name == "nt" else "lib/python3.11") / "site-packages"
    for name in ("one-1.dist-info", "two-2.dist-info"):
        (packages / name).mkdir(parents=True)
    wanted = root / "wanted.txt"
    wanted.write_text(pins)
    stamp = {"pins": environment._digest(wanted), "installed": installed or ["one-1.dist-info"]}
    (venv / ".workshop").write_text(json.dumps(stamp))
    return venv


@pytest.mark.parametrize(
    ("change", "current"),
    [
        ("nothing", True),
        ("other pins", False),
        ("no stamp", False),
        ("unreadable stamp", False),
        ("no interpreter", False),
        ("a package is gone", False),
        ("a package more", True),
    ],
)
def test_the_environment_is_current_only_if_nothing_is_missing(folder, change, current):
    venv = stamped(folder)
    packages = next(venv.glob("[Ll]ib/**/site-packages"))
    if change == "other pins":
        (folder / "requirements.txt").write_text("one==2\n")
    elif change == "no stamp":
        (venv / ".workshop").unlink()
    elif change == "unreadable stamp":
        (venv / ".workshop").write_text("{")
    elif change == "no interpreter":
        environment.python_of(venv).unlink()
    elif change == "a package is gone":
        (packages / "one-1.dist-info").rmdir()
    elif change == "a package more":
        (packages / "learners_own-1.dist-info").mkdir()
    assert environment.is_current(venv, folder / "requirements.txt") is current


@pytest.mark.parametrize("name", ENTRY)
def test_an_old_python_can_read_the_entry(name):
    """``feature_version`` holds the syntax of 3.6 against the files that run before the check."""
    source = (ROOT / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    before = source.partition("def main")[0]
    assert "import" not in before.replace("import os\nimport sys", "").replace(
        "from pathlib import Path", ""
    ).replace('"""', ""), "nothing new may be imported before the version is known"


def test_an_old_python_is_told_which_one_it_takes(monkeypatch):
    from workshop import __main__ as entry

    monkeypatch.setattr(sys, "version_info", (3, 8, 1, "final", 0))
    with pytest.raises(SystemExit) as refused:
        entry.refuse_old_python()
    assert "needs Python 3.11 or newer, and this is 3.8" in str(refused.value)


def old_pythons() -> list[str]:
    found = [shutil.which(f"python3.{minor}") for minor in (6, 7, 8, 9, 10)]
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(path) for path in home.glob("3.[6-9].*/bin/python")]
    found += [str(path) for path in home.glob("3.10.*/bin/python")]
    works = "import sys; sys.exit(sys.version_info[0] != 3)"
    return [p for p in found if p and subprocess.run([p, "-c", works]).returncode == 0]


@pytest.mark.parametrize("python", old_pythons())
def test_a_real_old_python_prints_one_sentence(python):
    said = subprocess.run([python, "-m", "workshop"], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 1
    assert "needs Python 3.11 or newer" in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_says_how_to_get_it(folder, monkeypatch, missing):
    real = environment.importlib.util.find_spec
    monkeypatch.setattr(
        environment.importlib.util, "find_spec", lambda n: None if n == missing else real(n)
    )
    with pytest.raises(Problem, match="apt install python3-venv"):
        environment.set_up(folder / ".venv", folder / "requirements.txt")
    assert not (folder / ".venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs the rights of POSIX")
def test_a_read_only_folder_is_told(folder):
    """As root nothing is read-only, so another user tries; a file in the way does for the rest."""
    ask = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + (
        "from pathlib import Path; from workshop import Problem, environment\n"
        "try: environment._open_log(Path(sys.argv[1]) / '.venv')\n"
        "except Problem as problem: print(problem)"
    )
    if os.geteuid() == 0:
        (folder / ".venv").write_text("in the way")
    else:
        folder.chmod(0o555)
    said = subprocess.run(
        [sys.executable, "-c", ask, str(folder)], capture_output=True, text=True, check=True
    )
    assert "cannot be written to" in said.stdout
    assert "copy the workshop to a folder of your own" in said.stdout


SAID_OFFLINE = (
    "NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused",
    "error: Request failed after 3 retries\n  dns error: failed to lookup address information",
    "Temporary failure in name resolution",
)


@pytest.mark.parametrize("said", SAID_OFFLINE)
def test_no_network_is_told_apart_from_other_trouble(tmp_path, said):
    log = tmp_path / "setup.log"
    log.write_text(said)
    assert "Is this machine on line?" in str(environment._failure("It failed", log))
    log.write_text("ERROR: Could not build wheels for one")
    assert "Is this machine on line?" not in str(environment._failure("It failed", log))
    assert str(log) in str(environment._failure("It failed", log))


def test_without_uv_pip_installs_and_the_stamp_comes_last(folder, monkeypatch):
    ran = []

    def phase(what, command, log):
        ran.append(what)
        assert not (folder / ".venv" / ".workshop").exists(), "the stamp is written last"
        return "uv" not in what

    monkeypatch.setattr(environment, "_phase", phase)
    environment.set_up(folder / ".venv", folder / "requirements.txt")
    assert ran[-1] == "installing the pinned packages with pip"
    assert (folder / ".venv" / ".workshop").exists()


def test_a_set_up_that_fails_leaves_no_stamp(folder, monkeypatch):
    monkeypatch.setattr(environment, "_phase", lambda what, command, log: "making" in what)
    with pytest.raises(Problem, match=r"setup\.log"):
        environment.set_up(folder / ".venv", folder / "requirements.txt")
    assert not environment.is_current(folder / ".venv", folder / "requirements.txt")


def test_it_goes_on_from_any_folder_and_a_path_with_spaces(folder, tmp_path):
    """A current environment is used at once, whichever interpreter and folder one starts from."""
    shutil.copytree(ROOT / "workshop", folder / "workshop")
    (folder / "workshop" / "cli.py").write_text(
        "import os, sys\ndef main(argv):\n    print(sys.argv[0], argv, os.getcwd())\n    return 7\n"
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    stamp = {"pins": environment._digest(folder / "requirements.txt"), "installed": []}
    (folder / ".venv" / ".workshop").write_text(json.dumps(stamp))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, folder / "workshop", "check", "a b"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    took = time.monotonic() - began
    assert done.stderr == ""
    assert done.returncode == 7, "the exit status of the command is passed on"
    assert "['check', 'a b']" in done.stdout
    assert done.stdout.strip().endswith(str(folder)), "commands run from the repository's root"
    assert took < 5, "nominal 0.15 s: a second start sets nothing up"
