"""Start a server from a program's last line: `app.run()`.

Apart from the app because it knows sockets, and from the engines because it talks to a person: it
reads the options, opens the door and prints the address. The rule: what cannot be meant is an
error before anything listens, in one sentence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from groundup.config import options_of
from groundup.engines.child import HAVE_FORK
from groundup.engines.processes import Supervisor
from groundup.engines.protocol import uvloop_factory
from groundup.engines.reloading import Reloader
from groundup.listening import BACKLOG, listen_shared, opened_door, server_address, shown_address
from groundup.loading import asked_apart, load
from groundup.running import ENGINES, Job, tls_context, told_to
from groundup.suggest import did_you_mean, refuse_unknown

DOOR = ("unix", "sock", "reuse_port", "backlog")
OPTIONS = (
    "mode", "workers", "reload", "limits", "timeouts", "graceful", "ssl_context", "certfile",
    "keyfile", "access_log", "health", "lame_duck", *DOOR,
    *dict.fromkeys(name for _, names in ENGINES.values() for name in names),
)  # fmt: skip
EXCLUSIVE = (("unix", "sock"), ("unix", "reuse_port"), ("sock", "reuse_port"),
             ("ssl_context", "certfile"))  # fmt: skip
SPAWNED_TYPES = (str, int, float, bool, type(None))


class OptionError(TypeError):
    """Options that cannot be meant. `str(error)` is one sentence for a person."""

    for_a_person = True


def serve(app: Any, host: str | None = None, port: int | None = None, **options: Any) -> int:
    """Serve an App, or a plain `handle(request)`, until Ctrl-C, SIGTERM or `app.shutdown()`.

    `app` may be a name, `"module:app"`; with several processes each of them then imports it, so
    that SIGHUP brings new code in.
    What is not said here is taken from the app's `config`; host and port are else 127.0.0.1:8000.
    `mode`: serial, threads, pool or protocol. `workers`: how many processes of it share the port.
    `reload`: one process, started anew whenever a file below the current folder changes.
    `certfile`, `keyfile` or `ssl_context`: TLS. `access_log`: True, a path or a file object.
    `health`: a path that answers 200 while the server is ready; `lame_duck`: seconds between the
    end of that and the end of accepting. `graceful`: seconds that requests have to finish.
    Prints `listening on HOST:PORT`; port 0 takes any free one. Raises ListenError with a sentence
    for a port that is taken, TypeError for an option that nobody knows or that contradicts
    another. Returns an exit status: 0, or 1 when requests were cut off at the end.
    """
    unknown = [name for name in options if name not in OPTIONS]
    refuse_unknown("run()", unknown, ("host", "port", *OPTIONS))
    app, options = configured(app, options)
    host, port = said(options, "host", host, "127.0.0.1"), said(options, "port", port, 8000)
    check(app, options)
    mode = chosen_mode(options)
    door = {name: options[name] for name in DOOR if name in options}
    workers, reload = options.pop("workers", 1), options.pop("reload", False)
    many = workers > 1 or reload
    if many and door.get("reuse_port"):
        return serve_apart(Job(app, mode, options), host, port, workers, door, reload)
    with opened_door(host, port, **door) as listener:
        announce = partial(say_address, server_address(listener))
        if many:
            return serve_group(Job(app, mode, options), listener, workers, announce, reload)
        return Job(app, mode, options).run(listener, announce)


def configured(app: Any, given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The app, loaded if this process is to serve it, and its configuration below what is given.

    With several processes, each loads it anew: then another one that ends at once is asked.
    """
    if not isinstance(app, str):
        return app, options_of(app, given)
    if given.get("workers", 1) == 1 and not given.get("reload"):
        loaded = load(app)
        options = options_of(loaded, given)
        return loaded if options.get("workers", 1) == 1 else app, options
    return app, {**asked_apart(app, options_of), **given}


def said(options: dict[str, Any], name: str, value: Any, default: Any) -> Any:
    """A value that was given, or else the configuration's, which is no option from here on."""
    configured = options.pop(name, default)
    return configured if value is None else value


def check(app: Any, options: Mapping[str, Any]) -> None:
    """OptionError for what contradicts itself, or what this machine cannot do."""
    given = {name for name, value in options.items() if value not in (None, False)}
    for one, other in EXCLUSIVE:
        if {one, other} <= given:
            raise OptionError(f"{one}= and {other}= contradict each other: leave one out")
    if "keyfile" in given and "certfile" not in given:
        raise OptionError("keyfile= is of use only beside certfile=")
    workers = options.get("workers", 1)
    if not isinstance(workers, int) or workers < 1:
        raise OptionError(f"workers={workers!r}: it takes at least one process to serve")
    if "reload" in given:
        if workers > 1:
            raise OptionError("reload= is for development, with one process: leave workers= out")
        if not isinstance(app, str):
            raise OptionError('reload= wants the app by name, to import it anew: "module:app"')
    if (workers > 1 or "reload" in given) and not HAVE_FORK:
        check_spawned(app, options)
    check_things(options)


def check_things(options: Mapping[str, Any]) -> None:
    """OptionError for a file or a library that is not to be had: now, and not in each process."""
    health = options.get("health")
    if health and not str(health).startswith("/"):
        raise OptionError(f"health={health!r} should begin with a slash: no request asks for it so")
    if options.get("uvloop"):
        try:
            uvloop_factory()
        except RuntimeError as error:
            raise OptionError(str(error)) from None
    try:
        tls_context(options)
    except OSError as error:
        name = options["certfile"]
        raise OptionError(f"cannot use certfile={name!r}: {error.strerror or error}") from None
    log = options.get("access_log")
    if isinstance(log, str | os.PathLike) and log != "-":
        try:
            open(log, "a").close()
        except OSError as error:
            raise OptionError(f"cannot write to access_log={log!r}: {error.strerror}") from None


def check_spawned(app: Any, options: Mapping[str, Any]) -> None:
    """Where processes are started from nothing, they must be told everything by name."""
    if not isinstance(app, str):
        raise OptionError(
            "this system cannot fork: several processes want the app by name, "
            '"module:app", as in python3 -m groundup run module:app'
        )
    for name in ("ssl_context", "access_log"):
        if not isinstance(options.get(name), SPAWNED_TYPES):
            raise OptionError(f"{name}= must be a path where processes cannot fork")


def chosen_mode(options: dict[str, Any]) -> str:
    """The engine that the options mean; OptionError where they contradict each other."""
    given = options.pop("mode", None)
    if given is not None and given not in ENGINES:
        raise OptionError(f"mode={given!r} is no engine{did_you_mean(str(given), ENGINES)}")
    possible = [given] if given is not None else ["protocol", *ENGINES]
    for name in options:
        takers = [mode for mode, (_, names) in ENGINES.items() if name in names]
        if takers:
            possible = [mode for mode in possible if mode in takers]
        if not possible:
            raise OptionError(f"{name}= is for mode={takers[0]!r}: it contradicts the rest")
    return str(possible[0])


def say_address(address: Any) -> None:
    """Tell a person, or the program that has started us, that we are here."""
    print(f"listening on {shown_address(address)}", flush=True)


def serve_apart(
    job: Job, host: str, port: int, workers: int, door: Mapping[str, Any], reload: bool
) -> int:
    """Serve with several processes, each with a listener of its own on the same port."""
    backlog = door.get("backlog", BACKLOG)
    with listen_shared(host, port, reserve=True) as reserved:
        address, number = server_address(reserved)
        announce = partial(say_address, (address, number))
        shared = job.on_own_listener(address, number, backlog)
        return serve_group(shared, reserved, workers, announce, reload)


def serve_group(
    job: Job, listener: Any, workers: int, announce: Callable[[], None], reload: bool
) -> int:
    """Serve with several processes, or with one that is exchanged when files change."""
    group: Supervisor
    if reload:
        group = Reloader(listener, 1, job.in_child, announce=announce, root=os.getcwd())
    else:
        group = Supervisor(listener, workers, job.in_child, announce=announce)
    with told_to(job.app, group.stop):
        return group.run()
