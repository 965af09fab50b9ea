"""A configuration from a dict, a file, the environment: read, and never guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundup import App, ConfigError, Limits, Timeouts, launch, load_config
from groundup.config import OPTIONS, options_of


def test_every_option_of_run_can_be_configured() -> None:
    assert set(launch.OPTIONS) | {"host", "port"} <= set(OPTIONS)


def test_the_same_from_a_dict_from_toml_and_from_json(tmp_path: Path) -> None:
    given = {"ip": "0.0.0.0", "port": 8080, "graceful": 3, "limits": {"body": 10}}
    (tmp_path / "a.json").write_text(json.dumps(given))
    lines = ['ip = "0.0.0.0"', "port = 8080", "graceful = 3", "[limits]", "body = 10"]
    (tmp_path / "a.toml").write_text("\n".join(lines))
    wanted = {"host": "0.0.0.0", "port": 8080, "graceful": 3.0, "limits": Limits(body=10)}
    for source in (given, tmp_path / "a.json", str(tmp_path / "a.toml")):
        assert load_config(source, {}) == wanted


def test_the_environment_goes_over_all() -> None:
    environ = {
        "GROUNDUP_PORT": "9",
        "GROUNDUP_RELOAD": "yes",
        "GROUNDUP_GRACEFUL": "1.5",
        "HOME": "x",
    }
    said = load_config({"port": 8, "mode": "pool"}, environ)
    assert said == {"port": 9, "mode": "pool", "reload": True, "graceful": 1.5}


WRONG: list[tuple[Any, dict[str, str], str]] = [
    ({"prot": 1}, {}, "did you mean 'port'"),
    ({"port": "8080"}, {}, "'port' is '8080', and should be int"),
    ({"port": True}, {}, "should be int"),
    ({"ip": "a", "host": "b"}, {}, "twice"),
    ({"limits": {"bdoy": 1}}, {}, "did you mean 'body'"),
    ({"limits": {"body": "1"}}, {}, "should be a number"),
    ({"timeouts": {"header": -1}}, {}, "not negative"),
    ({}, {"GROUNDUP_PROT": "1"}, "did you mean 'GROUNDUP_PORT'"),
    ({}, {"GROUNDUP_PORT": "x"}, "GROUNDUP_PORT='x' should be int"),
    ({}, {"GROUNDUP_RELOAD": "maybe"}, "should be bool"),
    ("nowhere.toml", {}, "cannot read"),
    ("a.yaml", {}, "it is .toml or .json"),
]


@pytest.mark.parametrize(("source", "environ", "said"), WRONG)
def test_what_cannot_be_meant_is_one_sentence(source: Any, environ: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(source, environ)


def test_a_malformed_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("port = ")
    with pytest.raises(ConfigError, match=r"bad\.toml.* is malformed"):
        load_config(path, {})


def test_sizes_and_times_of_the_app_become_limits() -> None:
    app = App(config={"max_body_size": 5, "read_timeout": 2, "timeouts": {"body": 9}})
    found = options_of(app, {"mode": "pool"})
    assert (found["limits"].body, found["mode"]) == (5, "pool")
    assert found["timeouts"] == Timeouts(body=9, request=2.0)


RUNS: list[tuple[tuple[Any, ...], dict[str, Any], tuple[str, int, str]]] = [
    ((), {}, ("0.0.0.0", 7, "threads")),
    (("127.0.0.1", 8000), {"mode": "pool"}, ("127.0.0.1", 8000, "pool")),
    ((), {"port": 9}, ("0.0.0.0", 9, "threads")),
]


@pytest.mark.parametrize(("places", "options", "wanted"), RUNS)
def test_run_takes_what_it_is_told_and_else_the_configuration(
    places: Any, options: Any, wanted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def door(host: str, port: int, **rest: Any) -> Any:
        seen.extend((host, port))
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "opened_door", door)
    chosen = launch.chosen_mode
    monkeypatch.setattr(launch, "chosen_mode", lambda o: seen.append(mode := chosen(o)) or mode)
    app = App(config={"ip": "0.0.0.0", "port": 7, "max_workers": 3} if not options.get("mode")
              else {"ip": "0.0.0.0", "port": 7})  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        app.run(*places, **options)
    mode, host, port = seen
    assert (host, port, mode) == wanted
