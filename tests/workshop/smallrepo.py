"""A tiny repository of three steps in a temporary folder, for the workshop's own tests.

Step 1 adds ``words`` (a draft) and ``marks``; step 2 changes ``words``; step 3 adds ``loud``.
"""

from pathlib import Path
from textwrap import dedent

from workshop.layers import sync
from workshop.layout import Layout

ONE, TWO, THREE = "01_words", "02_marks", "03_loud"


def task(number: str, target: str, **more: object) -> str:
    rows = {
        "id": number, "title": f"do {number}", "minutes": 5, "targets": [target],
        "invariant": f"rule of {number}", "hints": ["a?", "b", "c"], "explanation": "so it is",
        **more,
    }  # fmt: skip
    return "[[task]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in rows.items())


def toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value) if isinstance(value, int) else '"' + str(value).replace('"', '\\"') + '"'


def step_toml(title: str, adds: list[str], tasks: str, **more: object) -> str:
    rows = {"title": title, "idea": "an idea", "minutes": 10, "adds": adds, **more}
    head = "".join(f"{key} = {toml(value)}\n" for key, value in rows.items())
    return f'{head}[serve]\nengine = "groundup.words:Words"\nhandler = "stream"\n{tasks}'


DRAFT_WORDS = '''\
"""Words, in an early form."""

import string  # the early form needs it


class Words:
    """Makes words."""

    def split(self, text):
        """Return the words of a text."""
        # a comment inside the body
        return text.split()

    # a comment between two methods
    def first(self, text):
        """Return the first word."""
        return self.split(text)[0]

    def clean(self, word):
        """Return the word without what surrounds it."""
        return word.strip(string.punctuation)
'''
WORDS = '''\
"""Words."""


class Words:
    """Makes words."""

    def split(self, text):
        """Return the words of a text."""
        # a comment inside the body
        return text.split()

    # a comment between two methods
    def first(self, text):
        """Return the first word, or ""."""
        return next(iter(self.split(text)), "")

    def clean(self, word):
        """Return the word without marks at its ends, all of them."""
        return word.strip("!?.,")
'''
MARKS = '''\
"""Marks."""

import os


def count(text: str) -> int:
    # no docstring here
    total = text.count("!")
    return total
    # the end


def one_line(text): return len(text)
'''
LOUD = '''\
"""Loud."""

from groundup.words import Words


def shout(text):
    """Return the first word in capitals."""
    return Words().first(text).upper()
'''


def test_file(number: str, body: str) -> str:
    return f"from workshop import kit\n\n{dedent(body)}".replace("@task", f'@kit.task("{number}")')


TESTS = {
    f"{ONE}/test_1_1_split.py": test_file("1.1", """
        from groundup.words import Words
        @task
        def test_splits():
            kit.expect(Words().split("a b"), ["a", "b"], "two words")
        """),
    f"{ONE}/test_1_2_count.py": test_file("1.2", """
        from groundup.marks import count, one_line
        @task
        def test_counts():
            kit.expect(count("a!b!"), 2, "two marks")
            kit.expect(one_line("abc"), 3, "three letters")
        """),
    f"{ONE}/test_1_3_first.py": test_file("1.3", """
        from groundup.words import Words
        @task
        def test_empty_text_has_no_first_word():
            kit.expect_raises(IndexError, Words().first, "", want="an IndexError")
        """),
    f"{TWO}/test_2_1_clean.py": test_file("2.1", """
        from groundup.words import Words
        @task
        def test_cleans():
            kit.expect(Words().clean("!(hi)!"), "(hi)", "only marks go")
        """),
    f"{TWO}/test_2_2_first.py": test_file("2.2", """
        from groundup.words import Words
        @task
        def test_first():
            kit.expect(Words().first(""), "", "nothing")
        """),
    f"{THREE}/test_3_1_shout.py": test_file("3.1", """
        from groundup import shout
        @task
        def test_shouts():
            kit.expect(shout("hi you"), "HI", "capitals")
        """),
}  # fmt: skip

FILES = {
    f"steps/{ONE}/step.toml": step_toml(
        "Words", ["words", "marks"],
        task("1.1", "words.Words.split") + task("1.2", "marks.count")
        + task("1.3", "words.Words.first", ends=1),
        drafts=["words"],
    ),
    f"steps/{TWO}/step.toml": step_toml(
        "Marks", [], task("2.1", "words.Words.clean", kind="change")
        + task("2.2", "words.Words.first"), changes=["words"], regressions=[ONE],
    ),
    f"steps/{THREE}/step.toml": step_toml(
        "Loud", ["loud"], task("3.1", "loud.shout"), regressions=[ONE, TWO]
    ),
    f"solutions/{ONE}/groundup/words.py": DRAFT_WORDS,
    "solutions/09_full_framework/groundup/__init__.py": (
        "from groundup.loud import shout\nfrom groundup.marks import count\n"
        "from groundup.words import Words\n"
    ),
    "solutions/09_full_framework/groundup/words.py": WORDS,
    "solutions/09_full_framework/groundup/marks.py": MARKS,
    "solutions/09_full_framework/groundup/loud.py": LOUD,
    **{f"tests/{name}": text for name, text in TESTS.items()},
}  # fmt: skip


def build(root: Path, *, synced: bool = True) -> Layout:
    """Write the small repository, and what ``sync`` makes of it."""
    for name, text in FILES.items():
        put(root / name, text)
    layout = Layout(root)
    if synced:
        sync.sync(layout)
    return layout


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
    put(path, text.replace(old, new))


def solve(layout: Layout, step: str) -> None:
    """The learner has written the solution's code, in a way of their own."""
    for file in layout.solution(step).glob("*.py"):
        if file.name != "__init__.py":
            put(layout.mine(step) / file.name, file.read_text("utf-8") + "\n# my own words\n")
