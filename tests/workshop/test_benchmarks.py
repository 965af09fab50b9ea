"""The benchmarks' pure parts: what is read is read rightly, a missed target is called missed."""

import json
import threading
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks import command, files, growth, idle, load_test, micro, stream, targets
from benchmarks.nginx import NAME as NGINX
from benchmarks.proctree import Stat, descendants, parse_rollup, parse_stat
from benchmarks.rows import BOTTLE, CONSTANT, OURS, ROWS, STACK, THREADS
from benchmarks.traffic import CASES, Case, script
from benchmarks.wrk import Failed, Load, parse

GOOD = {"requests": 1000, "microseconds": 2_000_000, "bytes": 5, "p50": 300, "p99": 900}
GOOD |= dict.fromkeys(("refused", "broken", "unhappy", "late"), 0)


def said(**changed):
    return f"Running 2s test\n  1 threads\nmeasured {json.dumps(GOOD | changed)}\n"


def test_what_wrk_has_counted_is_read():
    assert parse(said()) == Load(1000, 2.0, 5, 300, 900)


@pytest.mark.parametrize("kind", ["refused", "broken", "unhappy", "late"])
def test_a_run_with_a_single_error_is_no_measurement(kind):
    with pytest.raises(Failed, match=kind):
        parse(said(**{kind: 1}))


@pytest.mark.parametrize("output", ["", "unable to connect", said(requests=0)])
def test_a_run_without_figures_is_no_measurement(output):
    with pytest.raises(Failed):
        parse(output)


def test_a_process_is_read_whatever_its_name_holds():
    line = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 10 20 300 4000 20 0 1 0 99 1 2"
    assert parse_stat(line) == Stat(pid=42, parent=7, ticks=10 + 20 + 300 + 4000)


def test_the_tree_has_grandchildren_and_nobody_else():
    stats = [Stat(4, 3, 0), Stat(3, 2, 0), Stat(2, 1, 0), Stat(9, 1, 0), Stat(5, 2, 0)]
    assert sorted(stat.pid for stat in descendants(2, stats)) == [2, 3, 4, 5]
    assert descendants(77, stats) == []


def test_resident_memory_is_the_line_of_that_name():
    assert parse_rollup("00400000-7fff [rollup]\nRss:     1234 kB\nPss:  99 kB\n") == 1234
    with pytest.raises(ValueError):
        parse_rollup("Pss: 99 kB\n")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_request_but_wrks_own_differs_and_says_its_length(case):
    one, other = case.request(1, 8000), case.request(2, 8000)
    assert (one == other) == (case.text is None)
    head, _, body = one.partition(b"\r\n\r\n")
    assert head.count(b"\r\n") == (13 if "browser" in case.name else 3 if body else 1)
    if body:
        assert b"\r\nContent-Length: %d" % len(body) in head
        assert 900 < len(body) < 1100
        assert case.right(json.dumps(json.loads(body)).encode())
        assert not case.right(body.replace(b"Charles", b"Charlie"))


def test_the_script_sends_the_text_with_both_slots_filled():
    case = Case("things", "/", bool, "GET /thing{spread}/{number} HTTP/1.1\r\n\r\n", spread=7)
    lua = script(case, run=123_456_789_012)
    assert 'return "GET /thing" .. (number % 7) .. "/" .. ' in lua
    assert 'string.format("56789012%08d", number) .. " HTTP/1.1\\r\\n\\r\\n"' in lua
    assert "function request" not in script(CASES["plaintext, plain"], run=1)


def test_rows_have_names_of_their_own_and_those_that_targets_name():
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert {BOTTLE, CONSTANT, OURS, STACK, THREADS, targets.UVLOOPED} <= set(names)


def row(us):
    return {case: {"cpu": us} for case in CASES}


PROMISED = {
    "kinds": {row.name: row.kind for row in ROWS},
    "figures": {
        OURS: row(10.0),
        targets.UVLOOPED: row(8.0),
        THREADS: row(40.0),
        STACK: row(20.0),
        "blacksheep on uvicorn": row(11.0),
        CONSTANT: row(6.0),
        BOTTLE: row(100.0),
    },
    "scaling": {
        "computed by 1": 900.0,
        "computed by 2": 1700.0,
        "plaintext of 1": 10.0,
        "plaintext of 2": 11.0,
    },
}


def missed(result, judge=targets.compared):
    return [target.what for target in judge(result) if not target.kept]


def test_figures_that_keep_all_promises_are_said_to_keep_them():
    assert missed(PROMISED) == []
    assert len(targets.compared(PROMISED)) == 18


@pytest.mark.parametrize(
    ("name", "case", "us", "count"),
    [
        *((OURS, case, 11.5, 2) for case in targets.MANY[1:]),  # beyond 0.55, and the cheapest
        (OURS, "plaintext, plain", 12.5, 3),  # beyond twice the constant, too
        (OURS, "POST", 13.1, 1),
        (STACK, "JSON, browser", 18.0, 1),
        ("blacksheep on uvicorn", "users, plain", 9.9, 1),
        (CONSTANT, "plaintext, plain", 4.9, 1),
        (THREADS, "plaintext, plain", 50.1, 1),
        (targets.UVLOOPED, "plaintext, plain", 10.0, 1),
    ],
)
def test_a_dearer_figure_misses_its_targets_and_no_others(name, case, us, count):
    result = deepcopy(PROMISED)
    result["figures"][name][case]["cpu"] = us
    assert len(missed(result)) == count
    assert all(what.startswith(case) for what in missed(result))


@pytest.mark.parametrize(("name", "figure"), [("computed by 2", 1500.0), ("plaintext of 2", 11.6)])
def test_processes_that_do_not_scale_are_missed(name, figure):
    result = deepcopy(PROMISED)
    result["scaling"][name] = figure
    assert len(missed(result)) == 1


@pytest.mark.parametrize("name", [OURS, STACK, CONSTANT, THREADS, BOTTLE, targets.UVLOOPED])
def test_a_server_that_was_left_out_misses_its_targets(name):
    result = deepcopy(PROMISED)
    del result["figures"][name]
    assert missed(result)


def test_a_limit_is_no_peer_that_we_must_beat():
    result = deepcopy(PROMISED)
    result["figures"]["asyncio.Protocol, constant, uvloop"] = row(1.0)
    assert missed(result) == []


ACTIVE = {"cpu": 10.0, "p99": 2000.0}
STREAMED = [[1.0, 0.5], [2.0, 3.0], [2.0, -0.5]]
LINE = [[0, 10.0], [100, 11.9], [10_000, 10.9]]
GROWN = dict.fromkeys(("connections", "routes", "seconds"), LINE)
OTHERS = {
    "idle": (
        idle.targets,
        {"count": 10, "memory": {OURS: 2.9}, "active": {"without": ACTIVE, "with": ACTIVE}},
        [
            {"memory": {OURS: 3.1}},
            {"memory": {}},
            {"active": {"without": ACTIVE, "with": {"cpu": 11.1, "p99": 2000.0}}},
            {"active": {"without": ACTIVE, "with": {"cpu": 10.0, "p99": 3001.0}}},
        ],
    ),
    "stream": (
        stream.targets,
        {"mib": 64, "points": dict.fromkeys(stream.WANTED, STREAMED)},
        [
            {"points": {n: [[1.0, 4.1]] if n == OURS else STREAMED for n in stream.WANTED}},
            {"points": {n: [[1.0, -4.1]] if n == THREADS else STREAMED for n in stream.WANTED}},
            {"points": {n: STREAMED for n in stream.WANTED if n != OURS}},
        ],
    ),
    "files": (
        files.targets,
        {"cost": {OURS: 0.24, NGINX: 0.16}, "sendfile": 3},
        [
            {"cost": {OURS: 0.26, NGINX: 0.16}},
            {"cost": {OURS: 0.26}},
            {"sendfile": 0},
            {"sendfile": None},
        ],
    ),
    "growth": (
        growth.targets,
        {"grown": GROWN},
        [
            {"grown": dict.fromkeys(("connections", "routes"), LINE)},
            {"grown": GROWN | {"connections": [[0, 10.0], [10_000, 11.1]]}},
            {"grown": GROWN | {"routes": [[1, 10.0], [5000, 12.1]]}},
            {"grown": GROWN | {"seconds": [[6, 10.0], [60, 11.1]]}},
        ],
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_benchmarks_tell_a_kept_promise_from_a_broken_one(name):
    judge, good, broken = OTHERS[name]
    assert missed(good, judge) == []
    for change in broken:
        assert len(missed(good | change, judge)) == 1, change


def beside_small_frameworks(**changed):
    """Figures in which ours is cheaper in everything, but for what was changed."""
    names = {row.name: row.cases for row in micro.ROWS}
    figures = {
        name: {case: {"cpu": 10.0 if name == OURS else 20.0} for case in cases}
        for name, cases in names.items()
    }
    for name, cpu in changed.items():
        figures[name][micro.MANY]["cpu"] = cpu
    return {"figures": figures, "kinds": {row.name: row.kind for row in micro.ROWS}}


def test_the_small_frameworks_are_told_from_ours():
    assert missed(beside_small_frameworks(), micro.targets) == []
    dearer = beside_small_frameworks(groundup=20.1, **{THREADS: 30.0})
    assert len(missed(dearer, micro.targets)) == 1, "one kind of request, and no other"
    cheaper = beside_small_frameworks(microdot=9.9)
    assert [what.partition(":")[0] for what in missed(cheaper, micro.targets)] == [micro.MANY]
    without = beside_small_frameworks()
    del without["figures"][OURS], without["figures"][THREADS]
    assert len(missed(without, micro.targets)) == len(micro.CASES), "no figure is no success"


def test_a_table_of_the_small_frameworks_has_processor_time_first_and_a_ratio():
    result = beside_small_frameworks(microdot=35.0)
    for row in result["figures"].values():
        for figures in row.values():
            figures.update(rps=1000.0, p50=1000.0, p99=2500.0)
    shown = micro.table(result | {"left out": {"a": "it is broken"}, "note": "a busy machine"})
    first, second, *_ = shown.split("\n\n")
    assert (
        first.startswith("| µs of processor time a request |") and "| **groundup** | 10 |" in first
    )
    many = [*micro.CASES].index(micro.MANY) + 2
    rows = {line.split("|")[1].strip(): line.split("|") for line in second.splitlines()}
    assert rows["microdot"][many].strip() == "3.5", "times ours, in the same run"
    assert rows["bottle on cheroot, 10 threads"][many].strip() == "–", "it has no async handlers"
    assert "*Left out: a: it is broken.*" in shown and "*a busy machine*" in shown


def test_the_calls_that_strace_counted_are_read():
    table = "% time     seconds  usecs/call     calls    errors syscall\n"
    one = "100.00    0.012345          12      1024        17 sendfile\n"
    assert files.count_calls(table + one) == 1024
    assert files.count_calls(table + one.replace("  17", "    ")) == 1024
    assert files.count_calls(table) == 0


def planted(figure):
    return command.Benchmark(
        "planted",
        "A benchmark that knows its figure.",
        lambda plan, given: {"figure": figure},
        lambda result: f"| figure |\n|---|\n| {result['figure']} |\n",
        lambda result: [targets.Target("the figure", result["figure"], 1.0)],
        lambda result: {},
    )


@pytest.mark.parametrize(("figure", "status"), [(0.9, 0), (1.1, 1), (None, 1)])
def test_check_leaves_with_one_for_a_missed_target_and_writes_nothing(
    figure, status, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "fresh", lambda benchmark, given: benchmark.measure(None, given))
    assert command.main(planted(figure), ["--check"]) == status
    assert ("MISSED" in capsys.readouterr().out) == bool(status)
    assert list(tmp_path.iterdir()) == []


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_the_load_tester_asks_exactly_as_often_as_it_was_told(port, capsys):
    options = ["--port", str(port), "--concurrency", "3", "--requests", "10"]
    assert load_test.main(options) == 0
    assert capsys.readouterr().out.startswith("10 answers and 0 errors")


def test_the_load_tester_counts_errors_by_kind_and_says_so_in_its_status(port, capsys):
    options = ["--port", str(port), "--path", "/missing", "--requests", "4"]
    assert load_test.main(options) == 1
    assert "4 × status 404" in capsys.readouterr().out


def test_the_load_tester_begins_nothing_when_the_time_is_over(port, capsys):
    assert load_test.main(["--port", str(port), "--seconds", "0"]) == 1
    assert capsys.readouterr().out.startswith("0 answers and 0 errors")


def test_a_percentile_is_a_value_that_was_measured():
    latencies = [float(n) for n in range(1, 101)]
    found = [load_test.percentile(latencies, percent) for percent in (0, 50, 99, 100)]
    assert found == [1.0, 50.0, 99.0, 100.0]
    assert load_test.percentile([7.0], 50) == 7.0
