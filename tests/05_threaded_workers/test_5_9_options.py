"""Task 5.9: choose an engine by what was asked for (`launch.chosen_engine`)."""

import signal

import pytest
from crowd import get

from groundup.app import App
from groundup.engines.threads import ThreadServer
from groundup.launch import chosen_engine
from groundup.limits import Limits
from groundup.server import Server
from workshop import kit

pytestmark = kit.task("5.9")

CHOICES = [
    ({}, ThreadServer),
    ({"mode": "threads"}, ThreadServer),
    ({"mode": "serial"}, Server),
    ({"max_workers": 4}, ThreadServer),
    ({"mode": "threads", "max_workers": 4, "queue_size": 10}, ThreadServer),
    ({"mode": "serial", "limits": Limits()}, Server),
]


@pytest.mark.parametrize(("options", "want"), CHOICES, ids=[str(case[0]) for case in CHOICES])
def test_the_options_say_which_engine_is_meant(options, want):
    kit.did(f"chosen_engine({options})")
    left = dict(options)
    engine = chosen_engine(left)
    kit.expect_that(engine is want, f"the class {want.__name__}", repr(engine))
    options.pop("mode", None)
    kit.expect(left, options, "mode is taken out of them, and nothing else")


MISTAKES = [
    ({"mode": "thread"}, "'threads'", "the near miss"),
    ({"mode": "serail"}, "'serial'", "the near miss"),
    ({"mode": None}, "None", "what was given"),
    ({"max_worker": 4}, "'max_workers'", "the near miss"),
    ({"limit": 4}, "'limits'", "the near miss"),
    ({"hots": "a"}, "'host'", "the near miss"),
    ({"mode": "serial", "max_workers": 4}, "max_workers", "the option that contradicts"),
    ({"mode": "serial", "queue_size": 4}, "'serial'", "the mode that it contradicts"),
    ({"limiter": 4, "mode": "serial"}, "limiter", "the option that contradicts"),
]


@pytest.mark.parametrize(
    ("options", "named", "what"), MISTAKES, ids=[str(case[0]) for case in MISTAKES]
)
def test_what_cannot_be_meant_is_an_error(options, named, what):
    kit.did(f"chosen_engine({options})")
    error = kit.expect_raises(
        TypeError, chosen_engine, dict(options), want=f"a TypeError: it names {what}, {named}"
    )
    kit.expect_that(named in str(error), f"its sentence names {what}: {named}", str(error))


def test_an_option_that_contradicts_is_an_error_before_anything_listens():
    kit.did("run(mode='serial', max_workers=4) on a port that nobody may take")
    kit.expect_raises(
        TypeError,
        lambda: App().run(port=70000, mode="serial", max_workers=4),
        want="the error about the options, not one about the port",
    )


SCRIPT = """
import threading
from groundup.app import App

app = App()
meeting = threading.Barrier(2)

@app.get("/")
def meet():
    meeting.wait(5)
    return "met"

app.run(port=0, max_workers=2)
"""


@kit.task("5.9", seconds=6)
def test_an_application_runs_on_threads(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with kit.spawn(script) as server:
        kit.did("app.run(port=0, max_workers=2); two clients ask, each handler waits for the other")
        clients = [get(server.connect(), "/") for _ in range(2)]
        bodies = [client.read_response().body for client in clients]
        kit.expect(bodies, [b"met", b"met"], "both have met")
        server.process.send_signal(signal.SIGTERM)
        kit.expect(server.process.wait(4), 0, "and SIGTERM stops it in good order")
