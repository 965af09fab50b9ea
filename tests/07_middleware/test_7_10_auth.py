"""Task 7.10: who it is (`auth.read_basic`, `.known_users`, `.known_tokens`)."""

import base64
import hmac

import pytest
from onions import ask, callable_of

from groundup.app import App
from groundup.middleware.auth import BasicAuth, BearerAuth, known_tokens, known_users, read_basic
from workshop import kit

pytestmark = kit.task("7.10")


def encoded(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


GOOD = [("ann:secret", ("ann", "secret")), ("ann:a:b", ("ann", "a:b")), ("ann:", ("ann", "")),
        (":x", ("", "x")), ("jörg:größe", ("jörg", "größe"))]  # fmt: skip


@pytest.mark.parametrize(("text", "want"), GOOD)
def test_a_name_and_a_password_are_read(text, want):
    kit.did(f"read_basic({encoded(text)!r}), which is {text!r}")
    kit.expect(read_basic(encoded(text)), want, f"name and password in {text!r}")


BAD = {
    "nothing": None,
    "an empty text": "",
    "no colon": encoded("ann"),
    "no base64": "ann:secret",
    "base64 and more": encoded("ann:secret") + "!",
    "a character that is not ASCII": "é" + encoded("ann:secret"),
    "no padding": encoded("ann:secret").rstrip("="),
    "no UTF-8": encoded(b"ann:\xff"),
    "a space within": encoded("ann:secret")[:4] + " " + encoded("ann:secret")[4:],
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_malformed_is_nobody(case):
    kit.did(f"read_basic({BAD[case]!r})")
    kit.expect(read_basic(BAD[case]), None, f"for {case}")


class Secret(str):
    """A text that counts how often `==` was asked about it."""

    asked = 0

    def __eq__(self, other):
        type(self).asked += 1
        return str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


@pytest.fixture
def compared(monkeypatch):
    """The pairs that `hmac.compare_digest` was given; and no `==` is counted yet."""
    pairs, real = [], hmac.compare_digest

    def noting(one, other):
        pairs.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noting)
    monkeypatch.setattr(Secret, "asked", 0)
    return pairs


def test_a_user_is_known_by_name_and_password():
    check = callable_of(known_users({"ann": "secret", "bob": "other", "eve": ""}), "known_users()")
    asked = [("ann", "secret"), ("ann", "other"), ("ann", ""), ("ann", "secret "), ("bob", "other"),
             ("zoe", "secret"), ("zoe", ""), ("", ""), ("zoe", "x"), ("eve", "")]  # fmt: skip
    got = [pair for pair in asked if check(*pair)]
    kit.expect(got, [("ann", "secret"), ("bob", "other"), ("eve", "")], f"who passes of {asked}")


@pytest.mark.parametrize("password", ["hunter2", "hunter1", "x"])
def test_a_password_is_compared_by_compare_digest_and_never_by_equals(compared, password):
    check = callable_of(known_users({"ann": Secret("hunter2")}), "known_users()")
    kit.did(f"ann's password is hunter2; check('ann', {password!r})")
    check("ann", password)
    why = "`==` stops at the first difference, and its time tells where that is"
    kit.expect(Secret.asked, 0, "how often the password was compared by ==", why=why)
    kit.expect(len(compared), 1, f"how often compare_digest was called for {password!r}")


def test_an_unknown_name_takes_as_long_as_a_wrong_password(compared):
    check = callable_of(known_users({"ann": "hunter2"}), "known_users()")
    kit.did("a user ann; check('zoe', 'hunter2')")
    kit.expect(bool(check("zoe", "hunter2")), False, "a name that nobody has")
    why = "refused at once, it would tell which names exist"
    kit.expect(len(compared), 1, "how often compare_digest was called for it", why=why)


def test_a_change_of_the_mapping_afterwards_changes_nothing():
    users = {"ann": "secret"}
    check = callable_of(known_users(users), "known_users()")
    users["eve"] = "evil"
    kit.did('users = {"ann": "secret"}; known_users(users); users["eve"] = "evil"')
    why = "who gets into a mapping by accident is not let in: the layer keeps a copy"
    kit.expect(bool(check("eve", "evil")), False, "a user put in after the layer was made", why=why)


def test_a_token_is_known_and_gives_its_user():
    check = callable_of(known_tokens({"t1": "ann", "t2": "bob"}), "known_tokens()")
    got = [check(token) for token in ("t1", "t2", "t3", "", "t11")]
    want = ["ann", "bob", None, None, None]
    kit.expect(got, want, "the users of t1, t2, t3, an empty one and t11")


@pytest.mark.parametrize("token", ["t1", "t2", "t3", "zz"])
def test_every_token_is_compared_whichever_it_is(compared, token):
    tokens = {Secret(name): name for name in ("t1", "t2", "t3")}
    check = callable_of(known_tokens(tokens), "known_tokens()")
    Secret.asked = 0
    kit.did(f"tokens t1, t2 and t3; check({token!r})")
    check(token)
    kit.expect(Secret.asked, 0, "how often a token was compared by ==, as a dictionary does")
    kit.expect(len(compared), 3, f"how many of the three were compared with {token!r}")


BASIC = [
    (None, 401), (f"Basic {encoded('ann:secret')}", 200), (f"basic  {encoded('ann:secret')}", 200),
    (f"Basic {encoded('ann:wrong')}", 401), ("Basic", 401), ("Bearer t1", 401), ("Basic ä", 401),
]  # fmt: skip


@pytest.mark.parametrize(("field", "status"), BASIC)
def test_the_layer_lets_in_who_may_and_says_how_to_do_better(field, status):
    app = App()
    app.get("/")(lambda request: request.state["user"])
    app.add_middleware(BasicAuth({"ann": "secret"}, realm="lab"))
    response = ask(app, **({} if field is None else {"authorization": field}))
    kit.expect(response.status_code, status, f"the status for authorization: {field}")
    challenge = None if status == 200 else 'Basic realm="lab", charset="UTF-8"'
    kit.expect(response.headers.get("www-authenticate"), challenge, "www-authenticate")


@pytest.mark.parametrize(
    ("field", "status"), [("Bearer t1", 200), ("bearer t1", 200), ("Bearer t9", 401), ("t1", 401)]
)
def test_tokens_the_same(field, status):
    app = App()
    app.get("/")(lambda request: request.state["user"])
    app.add_middleware(BearerAuth({"t1": "ann"}))
    kit.expect(ask(app, authorization=field).status_code, status, f"the status for {field!r}")
