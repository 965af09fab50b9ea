"""The live book: a save runs a step's tests and the page hears of it; nobody else can ask."""

import http.client
import json
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from smallrepo import ONE, TWO, build, edit, put, solve

from workshop import home, progress
from workshop.book.panel import failure_html
from workshop.finder import StackFinder
from workshop.kit.failure import Failure
from workshop.layout import Layout
from workshop.live import gate
from workshop.live.hub import AHEAD, Hub

PATIENCE = 20  # seconds: a suite starts a Python, and other sections run beside this one
PAGE = f'<p>text</p><section class="live" data-step="{ONE}"><p>plain</p></section>'
FOOT = '<footer><span class="live-served"></span></footer>'


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """The framework goes out of this process again, and a skip is no failure here."""
    monkeypatch.delenv("CI", raising=False)
    before = list(sys.meta_path)
    yield
    sys.meta_path[:] = [f for f in before if not isinstance(f, StackFinder)]
    for name in [n for n in sys.modules if n.split(".")[0] == "groundup"]:
        del sys.modules[name]
    sys.modules.pop("workshop.live.site", None)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    put(tmp_path / "site" / "index.html", PAGE + FOOT)
    return build(tmp_path)


@pytest.fixture
def server(layout: Layout):
    server = home.serve(layout.root / "site", 0, layout, every=0.02, quiet=0.05, longest=20)
    yield server
    server.shutdown()


def ask(server, path="/", **headers):
    """The answer to a request with these headers; `host` may be anything."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(sent.pop("method", "GET"), path, headers=sent)
    response = connection.getresponse()
    if response.getheader("content-type", "").startswith("text/event-stream"):
        return response.status, response
    with response:
        return response.status, response.read().decode()


class Stream:
    """A page that listens to a step's news."""

    def __init__(self, server, step=ONE):
        self.status, self.response = ask(server, f"/live/{step}")
        assert self.status == 200, "a step of this repository has news"

    def next(self):
        began = time.monotonic()
        for line in self.response:  # a silent stream still says that it is alive
            assert time.monotonic() - began < PATIENCE, "the news that was waited for did not come"
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        raise AssertionError("the stream ended before the news that was waited for")

    def until(self, wanted):
        """The first news for which `wanted` holds, and those before it."""
        seen = []
        while not seen or not wanted(seen[-1]):
            seen.append(self.next())
        return seen


def ended(news):
    assert "could not be run" not in news["said"], news["said"]
    return not news["running"] and "tasks are green" in news["said"]


def states(news):
    return {task["id"]: task["state"] for task in news["tasks"]}


def test_a_save_turns_a_tasks_state_in_the_stream(server, layout):
    stream = Stream(server)
    assert set(states(stream.next()).values()) == {"not started"}, "the first news is all there is"
    solve(layout, ONE)
    news = stream.until(ended)
    assert news[0]["running"] and "words.py" in news[0]["said"], "a run says that it begins"
    assert any(states(n) == {"1.1": "passed"} for n in news), "each task is told when it is known"
    assert set(states(news[-1]).values()) == {"passed"}
    assert progress.load(layout.root).is_done(["1.1", "1.2", "1.3"]), "as `check` would remember it"


def test_a_failing_task_brings_its_five_parts(server, layout):
    stream = Stream(server)
    solve(layout, ONE)
    stream.until(ended)
    edit(layout.mine(ONE) / "marks.py", 'text.count("!")', "'<b>'")
    task = next(t for t in stream.until(ended)[-1]["tasks"] if t["id"] == "1.2")
    assert task["state"] == "wrong"
    parts = task["failure"]
    assert parts["want"] == "two marks" or "2" in parts["want"], parts
    assert "<b>" in parts["got"], "the value that came instead"
    assert parts["why"] == "rule of 1.2" or "rule of 1.2" in parts["why"]
    assert "hint 1.2" in parts["next"]
    assert "&lt;b&gt;" in task["html"] and "<b>'" not in task["html"], "what code says is no HTML"


def test_only_the_step_that_was_saved_runs(server, layout):
    other = Stream(server, TWO)
    other.next()
    stream = Stream(server)
    solve(layout, ONE)
    stream.until(ended)
    solve(layout, TWO)
    assert other.next()["said"].startswith("words.py saved"), "nothing came before its own save"


def test_a_save_in_the_middle_ends_the_run_and_begins_anew(server, layout):
    stream = Stream(server)
    solve(layout, ONE)
    stream.until(ended)
    marks = layout.mine(ONE) / "marks.py"
    good = marks.read_text()
    put(marks, "import time\ntime.sleep(3600)\n" + good)
    stream.until(lambda news: news["running"])
    put(marks, good + "\n# again\n")
    news = stream.until(ended)
    assert set(states(news[-1]).values()) == {"passed"}, "the run that hung was not waited for"
    assert sum("saved" in n["said"] and not n["tasks"] for n in news) == 1, "one run, not two"


def test_a_suite_that_hangs_is_stopped(layout):
    server = home.serve(layout.root / "site", 0, layout, every=0.02, quiet=0.05, longest=4)
    try:
        stream = Stream(server)
        solve(layout, ONE)
        stream.until(ended)
        marks = layout.mine(ONE) / "marks.py"
        put(marks, "import time\ntime.sleep(3600)\n" + marks.read_text())
        news = stream.until(ended)
        assert "hung" in states(news[-1]).values(), states(news[-1])
    finally:
        server.shutdown()


def test_saves_close_together_are_one_run(layout):
    server = home.serve(layout.root / "site", 0, layout, every=0.02, quiet=1.5)
    try:
        stream = Stream(server)
        stream.next()
        for number in range(4):
            put(layout.mine(ONE) / "marks.py", f"# {number}\n")
            time.sleep(0.1)
        news = stream.until(ended)
        assert sum("saved" in n["said"] and not n["tasks"] for n in news) == 1
    finally:
        server.shutdown()


def test_a_page_carries_the_states_and_who_serves_it(server, layout):
    progress.load(layout.root).record({"1.1": "passed"})
    _, page = ask(server)
    assert f'data-live="/live/{ONE}"' in page and '<li data-task="1.1" data-state="passed">' in page
    assert '<li data-task="1.2" data-state="">' in page, "what was never checked has no state"
    assert "plain" not in page and "served by the framework" in page


REFUSED = [
    {"host": "evil.example"},  # DNS rebinding: the name is the site's, the address is ours
    {"host": "evil.example:8900"},
    {"host": "127.0.0.1.evil.example"},
    {"host": "localhost.evil.example:80"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8000"},  # another port: another program
    {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"},
    {"sec_fetch_site": "same-site", "sec_fetch_mode": "cors"},
    {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
]


@pytest.mark.parametrize("headers", REFUSED, ids=lambda h: " ".join(h.values()))
def test_no_other_site_reads_anything(server, headers):
    for path in ("/", f"/live/{ONE}", "/assets/x.js"):
        status, body = ask(server, path, **headers)
        assert status == 403, f"{path} was answered to {headers}"
        assert "plain" not in str(body) and "1.1" not in str(body)


def test_this_machines_own_pages_are_answered(server):
    port = server.server_port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", "[::1]:9000"):
        assert ask(server, host=host)[0] == 200, host
        assert ask(server, host=host, origin=f"http://{host}")[0] == 200, host
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert ask(server, sec_fetch_dest="document", **link)[0] == 200, "a link may open a page"
    assert ask(server, f"/live/{ONE}", sec_fetch_dest="document", **link)[0] == 403
    assert ask(server, f"/live/{ONE}", sec_fetch_site="same-origin")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_no_request_asks_for_more_than_reading(server, method):
    for path in ("/", f"/live/{ONE}"):
        assert ask(server, path, method=method)[0] == 405


def test_an_unknown_step_has_no_news(server):
    assert ask(server, "/live/99_nothing")[0] == 404


def test_it_is_not_reached_by_another_address(server):
    assert server.server_address[0] == "127.0.0.1"
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", server.server_port)) != 0, "another loopback address"


def test_listeners_are_bounded(server, monkeypatch):
    from workshop.live import hub

    open_ = [Stream(server) for _ in range(hub.MOST)]
    for stream in open_:
        stream.next()  # now it is counted
    assert ask(server, f"/live/{ONE}")[0] == 503
    assert ask(server)[0] == 200, "the book is still read"


def test_one_who_does_not_keep_up_is_let_go():
    import asyncio

    async def scene():
        hub = Hub()

        async def first():
            return "first"

        news = hub.listen(ONE, first)
        assert await anext(news) == "first"
        for number in range(AHEAD + 50):
            hub.publish(ONE, str(number))
        await asyncio.sleep(0)
        return [item async for item in news]

    got = asyncio.run(asyncio.wait_for(scene(), PATIENCE))
    assert len(got) <= AHEAD, "no more is kept for one listener"


def test_the_gate_judges_by_words_alone():
    assert gate.refusal("localhost", {}.get, page=False) is None
    assert gate.refusal("", {}.get, page=True) is not None, "no host is not our host"


def test_the_framework_stays_out_of_a_suites_process(server, layout):
    """The small repository's own `groundup` is tested while the finished one serves the book."""
    assert "groundup.engines.protocol" in sys.modules, "the book is served by the framework"
    put(
        layout.tests(ONE) / "test_1_2_count.py",
        "import sys\nfrom workshop import kit\n\n\n@kit.task('1.2')\ndef test_names():\n"
        "    import groundup\n"
        "    kit.expect(hasattr(groundup, 'EventStream'), False, 'only the stack')\n",
    )
    stream = Stream(server)
    solve(layout, ONE)
    assert states(stream.until(ended)[-1])["1.2"] == "passed"


def test_shutdown_leaves_no_thread(layout):
    before = set(threading.enumerate())
    server = home.serve(layout.root / "site", 0, layout)
    stream = Stream(server)
    stream.next()
    server.shutdown()
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert left == [], left


def test_a_failure_in_html_is_escaped():
    failure = Failure("1.1", "wrong", did=("<i>",), want="<script>", got="&", why="w", next="n")
    assert "<script>" not in failure_html(failure) and "<i>" not in failure_html(failure)
