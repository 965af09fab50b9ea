"""The servers that are compared: what each needs, and how it is started.

Apart from what starts them, so that the whole comparison can be read as one table. The rule: one
process each, its documented fast options on, no access log, the application in async handlers
where the framework has them. Versions are pinned here and named in every result; each set of pins
has an environment of its own, so that no row borrows another's accelerator.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.traffic import CASES, PLAINTEXT

ROOT = Path(__file__).resolve().parents[1]
APPS = ROOT / "benchmarks" / "apps"

UVLOOP = "uvloop==0.22.1"
HTTPTOOLS = "httptools==0.9.0"
UVICORN = ("uvicorn==0.54.0", "h11==0.16.0", HTTPTOOLS, UVLOOP)
STARLETTE = "starlette==1.10.0"
FLASK = "flask==3.1.3"
ON_UVICORN = (
    *("-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log"),
    *("--log-level", "warning", "--timeout-keep-alive", "600"),
)
FAST = ("--http", "httptools", "--loop", "uvloop")

Kind = Literal["groundup", "peer", "limit"]


@dataclass(frozen=True)
class Row:
    """One server. ``command`` follows the interpreter; ``cases``: what it can be asked."""

    name: str
    kind: Kind
    pins: tuple[str, ...]
    command: tuple[str, ...]
    cases: tuple[str, ...] = tuple(CASES)


def uvicorn(what: str, app: str, *options: str, pins: tuple[str, ...] = (STARLETTE,)) -> Row:
    """An application on uvicorn."""
    cases = PLAINTEXT if app == "bare_asgi" else tuple(CASES)
    return Row(what, "peer", UVICORN + pins, (*ON_UVICORN, *options, f"{app}:app"), cases)


def script(name: str, app: str, *pins: str, options: tuple[str, ...] = ()) -> Row:
    """A peer that its application file starts."""
    return Row(name, "peer", pins, (f"{app}.py", "{port}", *options))


def groundup(name: str, *options: str, pins: tuple[str, ...] = ()) -> Row:
    """One of groundup's engines."""
    return Row(name, "groundup", pins, ("groundup_app.py", "{port}", *options))


STACK = "uvicorn (httptools, uvloop) + Starlette"
CONSTANT = "asyncio.Protocol, constant"
BOTTLE = "cheroot + bottle"
OURS = "groundup"
THREADS = "groundup threads"

ROWS = (
    Row(CONSTANT, "limit", (), ("limit_protocol.py", "{port}"), PLAINTEXT),
    Row(
        f"{CONSTANT}, uvloop",
        "limit",
        (UVLOOP,),
        ("limit_protocol.py", "{port}", "uvloop"),
        PLAINTEXT,
    ),
    groundup("groundup, uvloop", "--mode", "protocol", "--uvloop", pins=(UVLOOP,)),
    groundup(OURS, "--mode", "protocol"),
    groundup(THREADS, "--mode", "threads"),
    groundup("groundup pool", "--mode", "pool"),
    uvicorn("uvicorn (httptools, uvloop), bare ASGI", "bare_asgi", *FAST, pins=()),
    uvicorn("blacksheep on uvicorn", "blacksheep_app", *FAST, pins=("blacksheep==2.6.4",)),
    Row(
        "granian + Starlette",
        "peer",
        ("granian==2.8.9", UVLOOP, STARLETTE),
        (
            *("-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}"),
            *("--workers", "1", "--loop", "uvloop", "--log-level", "warning", "starlette_app:app"),
        ),
    ),
    uvicorn(STACK, "starlette_app", *FAST),
    script("Sanic", "sanic_app", "sanic==25.12.1", HTTPTOOLS, UVLOOP),
    script("aiohttp", "aiohttp_app", "aiohttp==3.14.5"),
    uvicorn(
        "uvicorn (httptools, asyncio) + Starlette",
        "starlette_app",
        *("--http", "httptools", "--loop", "asyncio"),
    ),
    script("Robyn", "robyn_app", "robyn==0.88.0", options=("--log-level", "WARN")),
    uvicorn(
        "uvicorn (httptools, uvloop) + FastAPI",
        "fastapi_app",
        *FAST,
        pins=("fastapi==0.165.0", STARLETTE),
    ),
    uvicorn(
        "uvicorn (h11, asyncio) + Starlette",
        "starlette_app",
        *("--http", "h11", "--loop", "asyncio"),
    ),
    script(BOTTLE, "bottle_app", "cheroot==11.1.2", "bottle==0.13.4"),
    script("Microdot (closes after each answer)", "microdot_app", "microdot==2.7.0"),
    script("waitress + Flask", "flask_app", "waitress==3.0.2", FLASK),
    Row(
        "gunicorn gthread + Flask",
        "peer",
        ("gunicorn==27.0.1", FLASK),
        (
            *("-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--worker-class", "gthread"),
            *("--workers", "1", "--threads", "4", "--log-level", "warning", "flask_app:app"),
        ),
    ),
)
