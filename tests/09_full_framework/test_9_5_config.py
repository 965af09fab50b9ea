"""Task 9.5: options of a dict, a file, the environment (`config`)."""

import json

import pytest

from groundup.config import ConfigError, from_environment, load_config
from groundup.limits import Limits
from workshop import kit

pytestmark = kit.task("9.5")


def test_a_dict_is_checked_and_given():
    kit.did("load_config({'ip': '::1', 'port': 80, 'limits': {'body': 10}}, {})")
    options = load_config({"ip": "::1", "port": 80, "limits": {"body": 10}}, {})
    kit.expect(
        options,
        {"host": "::1", "port": 80, "limits": Limits(body=10)},
        "the options by their own names, tables made",
    )
    kit.expect(load_config(None, {}), {}, "no configuration: no option")


@pytest.mark.parametrize("name", ["site.toml", "site.json"])
def test_a_file_is_read(tmp_path, name):
    file = tmp_path / name
    given = {"port": 8080, "mode": "pool"}
    text = json.dumps(given) if name.endswith("json") else 'port = 8080\nmode = "pool"\n'
    file.write_text(text)
    kit.expect(load_config(str(file), {}), given, f"the options of {name}, by its path as text")
    kit.expect(load_config(file, {}), given, "and by a Path")


def test_a_fault_names_where_it_stands(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("prot = 1\n")
    error = kit.expect_raises(ConfigError, load_config, file, {}, want="an error for 'prot'")
    for part in (str(file), "'port'"):
        kit.expect_that(part in str(error), f"it names {part}", str(error))
    error = kit.expect_raises(ConfigError, load_config, {"prot": 1}, {}, want="for a dict, too")
    kit.expect_that("config" in str(error) and "'port'" in str(error), "and says where", str(error))


def test_the_environment_has_the_last_word():
    environ = {"GROUNDUP_PORT": "9000", "HOME": "/root", "PORT": "1"}
    kit.did(f"load_config({{'port': 80, 'host': 'a'}}, {environ})")
    kit.expect(
        load_config({"port": 80, "host": "a"}, environ),
        {"port": 9000, "host": "a"},
        "GROUNDUP_PORT over the dict; other variables are not ours",
    )


def test_without_another_one_it_is_the_process_own(monkeypatch):
    monkeypatch.setenv("GROUNDUP_PORT", "9001")
    kit.expect(load_config({"port": 80}), {"port": 9001}, "os.environ, if none is given")
    kit.expect(load_config({"port": 80}, {}), {"port": 80}, "{} is none, and not the process's")


TEXTS = [
    ("GROUNDUP_PORT", "8080", ("port", 8080)),
    ("GROUNDUP_HOST", "0.0.0.0", ("host", "0.0.0.0")),
    ("GROUNDUP_GRACEFUL", "2.5", ("graceful", 2.5)),
    ("GROUNDUP_UVLOOP", "off", ("uvloop", False)),
    ("GROUNDUP_RELOAD", "Yes", ("reload", True)),
]


@pytest.mark.parametrize(("variable", "text", "want"), TEXTS, ids=[row[0] for row in TEXTS])
def test_a_text_becomes_a_value_of_its_type(variable, text, want):
    kit.did(f"from_environment({{{variable!r}: {text!r}}})")
    kit.expect(from_environment({variable: text}), dict([want]), "the option, and its value")


def test_who_misspells_is_told():
    error = kit.expect_raises(
        ConfigError,
        from_environment,
        {"GROUNDUP_PROT": "80"},
        want="an error",
        why="a variable that is silently ignored starts the server on the wrong port",
    )
    kit.expect_that("GROUNDUP_PORT" in str(error), "it names the nearest variable", str(error))
    error = kit.expect_raises(ConfigError, from_environment, {"GROUNDUP_PORT": "http"}, want="one")
    kit.expect_that("GROUNDUP_PORT" in str(error), "and of a wrong value, whose it is", str(error))


@pytest.mark.parametrize("variable", ["GROUNDUP_SOCK", "GROUNDUP_LIMITS"])
def test_what_has_no_text_cannot_be_said_there(variable):
    kit.did(f"from_environment({{{variable!r}: '3'}})")
    error = kit.expect_raises(
        ConfigError, from_environment, {variable: "3"},
        want="an error: a socket is no text, and neither is a table",
    )  # fmt: skip
    kit.expect_that("should be" not in str(error), "no value would be right there", str(error))


def test_only_what_can_be_said_is_offered():
    error = kit.expect_raises(
        ConfigError, from_environment, {"GROUNDUP_SOCKS": "3"}, want="an error: unknown"
    )
    kit.expect_that("GROUNDUP_SOCK?" not in str(error), "GROUNDUP_SOCK is not offered", str(error))
