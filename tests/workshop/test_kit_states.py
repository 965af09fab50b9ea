"""Each state once, with its five parts, through a real pytest run with the plugin."""

from textwrap import dedent

import pytest
from kitlab import Outcome, run

SUITE = {
    "test_1_1_plain.py": """
        @kit.task("1.1")
        def test_passes():
            kit.expect(b"a", b"a", "the same")

        @kit.task("1.1")
        def test_bytes_differ():
            stream = kit.stream(b"he", b"llo")
            got = stream.recv(10) + stream.recv(10)
            kit.expect(got, b"hello\\n", "one line, LF included")

        @kit.task("1.1")
        def test_own_reason_and_section():
            kit.expect(1, 2, "two", why="one is not two", section="RFC 9110 §5")

        @kit.task("1.1")
        def test_a_plain_assert_is_enough():
            kit.did("count to three")
            assert [1, 2, 3] == [1, 2, 4]

        @kit.task("1.1")
        def test_a_plain_assert_may_have_a_message():
            assert 1 == 2, "one more than one"

        @kit.task("1.1")
        def test_only_the_steps_of_the_failing_case():
            for label, segments in kit.splits(b"abc"):
                kit.did("feed them")
                kit.expect(b"".join(segments[:1]), b"abc", "everything")

        @kit.task("1.1")
        def test_a_call_that_does_not_fit():
            work.divide()

        @kit.task("1.1")
        def test_raises_nothing():
            kit.expect_raises(ValueError, len, "abc", want="a refusal")

        @kit.task("1.1")
        def test_raises_something_else():
            kit.expect_raises(ValueError, work.divide, 1, want="a refusal")

        @kit.task("1.1")
        def test_raises_with_another_status():
            def refuse():
                error = ValueError("no")
                error.status_code = 500
                raise error
            kit.expect_raises(ValueError, refuse, want="a refusal", status_code=400)

        @kit.task("1.1")
        def test_refused():
            work.refuse()

        @kit.task("1.1")
        def test_crashes():
            work.divide(1)
    """,
    "test_1_2_holes.py": """
        @kit.task("1.2")
        def test_not_started():
            work.part_2()

        @kit.task("1.2")
        def test_waits():
            work.part_7()

        @kit.task("1.2")
        def test_hole_behind_another_exception():
            try:
                work.part_2()
            except NotImplementedError as error:
                raise ValueError("hidden") from error

        @kit.task("1.2")
        def test_hole_where_an_exception_is_expected():
            kit.expect_raises(ValueError, work.part_2, want="a refusal")

        @kit.task("1.2")
        def test_hole_in_the_server():
            with kit.serve(work.hole_on) as running:
                client = running.connect()
                client.send(b"hi")
                client.recv_exactly(2)

        @kit.task("1.2")
        def test_other_hole_in_the_server():
            with kit.serve(work.other_hole_on) as running:
                client = running.connect()
                client.send(b"hi")
                client.recv_exactly(2)

        @kit.task("1.2")
        def test_hole_in_the_servers_log():
            with kit.serve(work.log_hole_on) as running:
                client = running.connect()
                client.send(b"hi")
                kit.expect(client.recv_exactly(3), b"200", "a good answer")
    """,
    "test_1_3_server.py": """
        @kit.task("1.3")
        def test_talks():
            with kit.serve() as running:
                client = running.connect()
                client.send(b"he", b"llo")
                kit.expect(client.recv_exactly(5), b"hello", "an echo")

        @kit.task("1.3")
        def test_server_crashes():
            with kit.serve(work.crash_on) as running:
                client = running.connect()
                client.send(b"hi")
                client.recv_exactly(2)

        @kit.task("1.3")
        def test_server_crashes_and_its_client_waits():
            with kit.serve(work.crash_and_keep) as running:
                client = running.connect()
                client.send(b"hi")
                client.recv_exactly(2)

        @kit.task("1.3")
        def test_server_crashes_unseen():
            with kit.serve(work.crash_on) as running:
                client = running.connect()
                client.send(b"hi")
                while running.running:
                    pass

        @kit.task("1.3")
        def test_server_logs_a_crash():
            with kit.serve(work.log_crash_on) as running:
                client = running.connect()
                client.send(b"hi")
                kit.expect(client.recv_exactly(3), b"200", "a good answer")

        @kit.task("1.3")
        def test_closed_too_early():
            with kit.serve(lambda client: client.sendall(b"he")) as running:
                running.connect().recv_exactly(5)
    """,
    "test_1_4_skips.py": """
        @kit.task("1.4")
        def test_skips():
            pytest.skip("no sockets here")
    """,
    "test_1_5_import.py": """
        from groundup.work import nothing_of_that_name
    """,
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return run(tmp_path_factory.mktemp("states"), SUITE)


STATES = {
    "test_passes": "passed",
    "test_bytes_differ": "wrong",
    "test_own_reason_and_section": "wrong",
    "test_a_plain_assert_is_enough": "wrong",
    "test_a_plain_assert_may_have_a_message": "wrong",
    "test_only_the_steps_of_the_failing_case": "wrong",
    "test_a_call_that_does_not_fit": "wrong",
    "test_raises_nothing": "wrong",
    "test_raises_something_else": "wrong",
    "test_raises_with_another_status": "wrong",
    "test_refused": "wrong",
    "test_crashes": "crashed",
    "test_not_started": "not started",
    "test_waits": "waits",
    "test_hole_behind_another_exception": "not started",
    "test_hole_where_an_exception_is_expected": "not started",
    "test_hole_in_the_server": "not started",
    "test_other_hole_in_the_server": "waits",
    "test_hole_in_the_servers_log": "waits",
    "test_talks": "passed",
    "test_server_crashes": "crashed",
    "test_server_crashes_unseen": "crashed",
    "test_server_crashes_and_its_client_waits": "crashed",
    "test_server_logs_a_crash": "wrong",
    "test_closed_too_early": "wrong",
    "test_skips": "skipped",
}


@pytest.mark.parametrize(("test", "state"), STATES.items())
def test_state(outcome: Outcome, test: str, state: str) -> None:
    event = outcome.event(test)
    assert event["state"] == state, outcome.told(test)
    assert event["waits_for"] == ("1.7" if state == "waits" else None)


TEXTS = {
    "test_bytes_differ": r"""
        1.1 WRONG  do part 1
         did   1 recv gives b"he", b"llo"
         want  one line, LF included
               b"hello\n"
         got   b"hello"
                      ^ ends here: 1 byte is missing
         why   Part 1 must be done (chapter 1; RFC 9112 §2.2)
         next  python3 -m workshop hint 1.1
        """,
    "test_own_reason_and_section": """
        1.1 WRONG  do part 1
         want  two
               2
         got   1
         why   one is not two (chapter 1; RFC 9110 §5)
         next  python3 -m workshop hint 1.1
        """,
    "test_only_the_steps_of_the_failing_case": """
        1.1 WRONG  do part 1
         did   1 in two pieces, b"a" and b"bc"   2 feed them
         want  everything
               b"abc"
         got   b"a"
                  ^ ends here: 2 bytes are missing
         why   Part 1 must be done (chapter 1; RFC 9112 §2.2)
         next  python3 -m workshop hint 1.1
        """,
    "test_crashes": """
        1.1 CRASHED  do part 1
         want  crashes
         got   ZeroDivisionError: division by zero
               at groundup/work.py:LINE in divide
                   return number / 0
         why   Part 1 must be done (chapter 1; RFC 9112 §2.2)
         next  python3 -m workshop hint 1.1
        """,
    "test_waits": """
        1.2 WAITS FOR 1.7  do part 2
         want  task 1.7 done first: do part 7
         got   the test came to the hole of 1.7: work.part_7 (groundup/work.py:LINE)
         why   Part 2 must be done (chapter 1; RFC 9112 §2.2)
         next  python3 -m workshop check 1 --task 1.7
        """,
    "test_server_crashes": """
        1.3 CRASHED  do part 3
         did   1 start the server   2 connect A   3 A sends b"hi"
         want  2 bytes for A
         got   the server's thread ended:
               AttributeError: 'bytes' object has no attribute 'nonsense'
               at groundup/work.py:LINE in crash_on
                   return data.nonsense
               so the client got A  b"", then the server closed
         why   Part 3 must be done (chapter 1; RFC 9112 §2.2)
         next  python3 -m workshop hint 1.3
        """,
}  # fmt: skip


@pytest.mark.parametrize(("test", "text"), TEXTS.items())
def test_the_whole_text(outcome: Outcome, test: str, text: str) -> None:
    assert outcome.told(test).rstrip() == dedent(text).strip("\n").rstrip()


PARTS = [
    ("test_a_plain_assert_is_enough", "want", "a plain assert is enough"),
    ("test_a_plain_assert_is_enough", "got", "not true: [1, 2, 3] == [1, 2, 4]"),
    ("test_a_plain_assert_is_enough", "got", "At index 2 diff: 3 != 4"),
    ("test_a_plain_assert_may_have_a_message", "want", "one more than one"),
    ("test_a_call_that_does_not_fit", "got", "missing 1 required positional argument"),
    ("test_a_call_that_does_not_fit", "got", "test_1_1_plain.py"),
    ("test_raises_nothing", "want", "a refusal (ValueError)"),
    ("test_raises_nothing", "got", "no exception; it gave 3"),
    ("test_raises_something_else", "got", 'ZeroDivisionError: "division by zero"'),
    ("test_raises_with_another_status", "got", "ValueError.status_code: 500"),
    ("test_refused", "got", "Refusal: 400 no"),
    ("test_not_started", "want", "work.part_2 written"),
    ("test_not_started", "want", "work.py:"),
    ("test_server_crashes_unseen", "got", "the server's thread ended:\nAttributeError"),
    ("test_server_logs_a_crash", "detail", "the server logged ZeroDivisionError"),
    ("test_server_logs_a_crash", "detail", 'A ← server  b"500"'),
    ("test_closed_too_early", "got", 'A  b"he", then the server closed'),
]


@pytest.mark.parametrize(("test", "part", "words"), PARTS)
def test_part(outcome: Outcome, test: str, part: str, words: str) -> None:
    assert words in outcome.event(test)["failure"][part]


def test_a_client_of_a_dead_server_need_not_wait(outcome: Outcome) -> None:
    told = outcome.told("test_server_crashes_and_its_client_waits")
    assert "so the client got A" in told, "woken, not hung"


def test_a_file_that_cannot_be_imported_is_a_crash_of_its_task(outcome: Outcome) -> None:
    event = next(event for event in outcome.events if event["task"] == "1.5")
    assert event["state"] == "crashed"
    assert "cannot import name 'nothing_of_that_name'" in event["failure"]["got"]


def test_the_summary_tells_tasks(outcome: Outcome) -> None:
    lines = [line for line in outcome.output.splitlines() if line.startswith("1.")]
    assert "1.1   crashed      do part 1 (11 of 12 tests)" in lines
    assert "1.4   skipped      do part 4 (1 of 1 tests)" in lines
    assert outcome.output.count("1.1 WRONG") == 1, "the first failure of a task is told"
    assert outcome.status == 1


def test_a_skip_is_a_failure_under_ci(tmp_path) -> None:
    outcome = run(tmp_path, {"test_1_4_skips.py": SUITE["test_1_4_skips.py"]}, CI="true")
    assert outcome.status == 1
    assert outcome.event("test_skips")["state"] == "skipped"
    assert "no sockets here" in outcome.output
    assert "under CI=true a skip is a failure" in outcome.output


def test_a_test_without_a_task_is_an_error(tmp_path) -> None:
    outcome = run(tmp_path, {"test_1_1_x.py": "def test_x():\n    pass\n"})
    assert outcome.status == 4
    assert "no kit.task on" in outcome.output


def test_a_broken_package_is_told_by_task(tmp_path) -> None:
    tests = {"test_1_1_plain.py": SUITE["test_1_1_plain.py"]}
    outcome = run(tmp_path, tests, files={"__init__.py": "from groundup.work import absent\n"})
    (event,) = outcome.events
    assert (event["task"], event["state"]) == ("1.1", "crashed")
    assert "cannot import name 'absent'" in event["failure"]["got"]
    assert "INTERNALERROR" not in outcome.output


SOCKETLESS = """
    def forbidden(*_):
        raise PermissionError(1, "Operation not permitted")

    socket.socket.bind = forbidden

    @kit.task("1.1")
    def test_needs_a_socket():
        with kit.serve():
            pass

    @kit.task("1.1")
    def test_needs_none():
        kit.expect(1, 2, "two")
"""


def test_where_sockets_are_forbidden_tests_skip_and_say_so(tmp_path) -> None:
    outcome = run(tmp_path, {"test_1_1_x.py": SOCKETLESS})
    event = outcome.event("test_needs_a_socket")
    assert event["state"] == "skipped"
    assert "sockets are forbidden here" in event["failure"]["got"]
    assert outcome.event("test_needs_none")["state"] == "wrong"


def test_where_sockets_are_forbidden_ci_is_red(tmp_path) -> None:
    outcome = run(tmp_path, {"test_1_1_x.py": SOCKETLESS}, "-k", "socket", CI="true")
    assert outcome.status == 1
    assert "sockets are forbidden here" in outcome.output


def test_tasks_run_in_the_order_of_their_numbers(tmp_path) -> None:
    names = ("1.1", "1.9", "1.2")
    text = "\n@kit.task({task!r})\ndef test_it():\n    pass\n"
    tests = {f"test_{t.replace('.', '_')}0_x.py": text.format(task=t + "0") for t in names}
    outcome = run(tmp_path, {**tests, "test_1_9_x.py": text.format(task="1.9")})
    assert [event["task"] for event in outcome.events] == ["1.9", "1.10", "1.20", "1.90"]
