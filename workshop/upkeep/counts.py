"""How many tests passed, failed or were skipped, read from what a runner says at its end.

Apart because both the sections and the runs on other Pythons add such words up. The rule: one
table says which words mean the same.
"""

import re
from collections import Counter

COUNT = re.compile(r"(\d+) (?:of \d+ )?(?:\w+ )?(passed|green|failed|errors?|skipped)\b")
KIND = {"green": "passed", "error": "failed", "errors": "failed"}


def last_line(output: str) -> str:
    """The line in which a runner adds up: `"3 passed, 1 failed in 0.2s"`."""
    return output.strip().rpartition("\n")[2]


def tally(text: str) -> Counter[str]:
    """`"3 passed, 1 error"` → `{"passed": 3, "failed": 1}`."""
    counts: Counter[str] = Counter()
    for number, word in COUNT.findall(text):
        counts[KIND.get(word, word)] += int(number)
    return counts
