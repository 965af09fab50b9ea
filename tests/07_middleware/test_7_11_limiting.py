"""Task 7.11: whom to believe about addresses (`limiting.RateLimit.pre`, `.behind`)."""

import pytest
from onions import ask, callable_of, request_of, settled

from groundup.app import App
from groundup.middleware.limiting import RateLimit, behind
from workshop import kit

pytestmark = kit.task("7.11")

PROXY = ["10.0.0.1"]
NET = ["10.0.0.0/8", "fd00::/8"]


def seen(proxies, peer, field):
    """The address that a request is from, as it is seen through these proxies."""
    kit.did(f"proxies {proxies}; {peer} sends x-forwarded-for: {field!r}")
    request = request_of(client=peer) if field is None else request_of(
        client=peer, x_forwarded_for=field
    )  # fmt: skip
    return callable_of(behind(proxies), "what behind() gives")(request)


CASES = [
    ([], "192.0.2.9", None, "192.0.2.9"),
    ([], "192.0.2.9", "1.1.1.1", "192.0.2.9"),
    (PROXY, "192.0.2.9", "1.1.1.1", "192.0.2.9"),
    (PROXY, "10.0.0.1", "1.1.1.1", "1.1.1.1"),
    (PROXY, "10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"),
    (PROXY, "10.0.0.1", "10.0.0.1, 1.1.1.1", "1.1.1.1"),
    (PROXY, "10.0.0.1", None, "10.0.0.1"),
    (PROXY, "10.0.0.1", "", "10.0.0.1"),
    (PROXY, "10.0.0.1", "unknown", "10.0.0.1"),
    (PROXY, "10.0.0.1", "1.1.1.1, x", "10.0.0.1"),
    (PROXY, "10.0.0.2", "1.1.1.1", "10.0.0.2"),
    (NET, "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.9.9.9", "1.1.1.1"),
    (NET, "10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
    (NET, "10.0.0.1", "1.1.1.1,10.2.2.2", "1.1.1.1"),
    (NET, "fd00::1", "2001:db8::7", "2001:db8::7"),
    (NET, "10.0.0.1", "1.1.1.1, , 10.2.2.2", "10.2.2.2"),
]


@pytest.mark.parametrize(("proxies", "peer", "field", "want"), CASES)
def test_the_field_is_believed_as_far_as_named_proxies_wrote_it(proxies, peer, field, want):
    kit.expect(seen(proxies, peer, field), want, f"the client, for {field!r} from {peer}")


def test_all_lines_of_the_field_are_one_list():
    kit.did("10.0.0.1, a proxy, sends x-forwarded-for: 6.6.6.6, and in a second line 1.1.1.1")
    request = request_of(client="10.0.0.1", x_forwarded_for="6.6.6.6")
    request.headers.add("x-forwarded-for", "1.1.1.1")
    got = callable_of(behind(PROXY), "what behind() gives")(request)
    why = "the client wrote the first line, and the proxy put its own below it"
    kit.expect(got, "1.1.1.1", "the client", why=why, section="RFC 9110 §5.3")


def test_a_proxy_that_is_no_address_is_an_error_when_it_is_named():
    kit.expect_raises(ValueError, behind, ["proxy.local"], want="a name is no address: ValueError")
    kit.expect_raises(TypeError, behind, "10.0.0.1", want="a str, which would be read by letters")


def limited(limit=2, window=10, **options):
    clock = kit.Clock()
    return RateLimit(limit, window, clock=clock, **options), clock


def test_who_asks_too_often_is_told_when_to_come_back():
    layer, clock = limited()
    request = request_of(client="192.0.2.9")
    kit.expect(layer.pre(request), None, "the first request")
    clock.advance(2.5)
    kit.expect(layer.pre(request), None, "the second one")
    clock.advance(1)
    answer = settled(layer.pre(request), "what `pre` gives to the third one")
    kit.expect(answer.status_code, 429, "the status of the third, in 10 seconds")
    kit.expect(answer.headers.get("retry-after"), "7", "retry-after: 6.5 s, in whole seconds",
               section="RFC 9110 §10.2.3")  # fmt: skip
    clock.advance(6.5)
    kit.expect(layer.pre(request), None, "the one that came when it was told to")


def test_each_client_is_counted_alone():
    layer, _ = limited(limit=1)
    for client in ("192.0.2.1", "192.0.2.2"):
        kit.expect(layer.pre(request_of(client=client)), None, f"the first of {client}")


def test_the_key_may_be_another():
    layer, _ = limited(limit=1, key=lambda request: request.headers.get("x-key") or "")
    kit.expect(layer.pre(request_of(client="192.0.2.1", x_key="a")), None, "the first of key a")
    answer = settled(layer.pre(request_of(client="192.0.2.2", x_key="a")), "the second of key a")
    kit.expect(answer.status_code, 429, "from another address")


@pytest.mark.parametrize("proxies", [[], PROXY])
def test_a_forged_field_buys_no_further_request(proxies):
    layer, _ = limited(limit=3, trusted_proxies=proxies)
    peer = "10.0.0.1" if proxies else "192.0.2.9"
    passed = 0
    for number in range(20):
        forged = f"1.2.3.{number}" + (", 192.0.2.9" if proxies else "")
        passed += layer.pre(request_of(client=peer, x_forwarded_for=forged)) is None
    kit.expect(passed, 3, "how many of twenty forged requests passed, with a limit of 3")


def test_clients_behind_one_proxy_are_counted_each():
    layer, _ = limited(limit=1, trusted_proxies=PROXY)
    for client in ("192.0.2.1", "192.0.2.2"):
        request = request_of(client="10.0.0.1", x_forwarded_for=client)
        kit.expect(layer.pre(request), None, f"the first of {client}")


def test_the_clock_is_the_applications():
    clock = kit.Clock()
    app = App(clock=clock)
    app.get("/")(lambda: "home")
    app.add_middleware(RateLimit(1, 60))
    got = [ask(app).status_code, ask(app).status_code]
    clock.advance(60)
    got.append(ask(app).status_code)
    kit.expect(got, [200, 429, 200], "App(clock=…): two at once, and one a minute later")
