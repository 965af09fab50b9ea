"""httpx and requests: what Python programs use; both keep connections in a pool."""

from __future__ import annotations

import asyncio

import pytest
from clientkit import ClientApp, package, sha
from serving import ENGINES, serving


@pytest.fixture(scope="module", params=list(ENGINES))
def served(request, tmp_path_factory):
    client = ClientApp(tmp_path_factory.mktemp("files"))
    with serving(request.param, client.app, limits=client.app.limits) as served:
        served.client, served.mode = client, request.param
        served.base = f"http://127.0.0.1:{served.address[1]}"
        yield served


@pytest.fixture(params=["httpx", "requests"])
def session(request):
    """A client of each kind: their calls have the same names."""
    module = package(request.param)
    if request.param == "httpx":
        client = module.Client(trust_env=False)
    else:
        client = module.Session()
        client.trust_env = False
    with client:
        yield client


def parts(data: bytes):
    for start in range(0, len(data), 100_000):
        yield data[start : start + 100_000]


def uploaded(session, url: str, content) -> str:
    """Post it as this client wants to be told."""
    name = "content" if type(session).__module__.startswith("httpx") else "data"
    return session.post(url, **{name: content}).text


def test_a_session_keeps_its_connection(session, served):
    served.client.peers.clear()
    for _ in range(20):
        answer = session.get(served.base + "/")
        assert (answer.status_code, answer.text) == (200, "hello")
    assert len(served.client.peers) == 1


def test_what_is_sent_comes_back(session, served):
    sent = {"a": ["ü", 1.5, None]}
    assert session.post(served.base + "/echo", json=sent).json() == sent
    fields = {"X-Own": "1", "Accept-Encoding": "identity"}
    seen = session.get(served.base + "/seen?x=1#fragment", headers=fields).json()
    assert ["x-own", "1"] in seen["fields"]
    assert seen["host"] == served.base.removeprefix("http://")


def test_downloads_streams_and_heads(session, served):
    assert sha(session.get(served.base + "/files/large.bin").content) == sha(served.client.data)
    assert session.get(served.base + "/stream").text.count("line") == 10
    head = session.head(served.base + "/files/large.bin")
    assert int(head.headers["content-length"]) == len(served.client.data) and head.content == b""
    answer = session.get(served.base + "/files/large.bin", headers={"Range": "bytes=0-0,-1"})
    assert answer.status_code == 206 and answer.headers["content-type"].startswith("multipart/")


def test_uploads_with_a_length_and_in_chunks(session, served):
    data = bytes(range(256)) * 8000
    assert uploaded(session, served.base + "/upload", data) == sha(data)
    assert uploaded(session, served.base + "/upload", parts(data)) == sha(data)
    assert session.get(served.base + "/").text == "hello"


def test_a_refusal_is_read_and_not_lost(session, served):
    sent = bytes(1_500_000)
    name = "content" if type(session).__module__.startswith("httpx") else "data"
    answer = session.post(served.base + "/small", **{name: sent})
    assert answer.status_code == 413
    assert session.get(served.base + "/").text == "hello"


def test_events_are_read_as_they_come(session, served):
    if type(session).__module__.startswith("httpx"):
        with session.stream("GET", served.base + "/events") as answer:
            lines = list(answer.iter_lines())
    else:
        answer = session.get(served.base + "/events", stream=True)
        lines = [line.decode() for line in answer.iter_lines()]
    assert [line for line in lines if line.startswith("id")] == ["id: 1", "id: 2", "id: 3"]


def test_many_requests_at_once(served):
    httpx = package("httpx")

    async def ask() -> list[str]:
        limits = httpx.Limits(max_connections=10)
        async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as client:
            answers = [client.get(f"{served.base}/?{number}") for number in range(60)]
            return [answer.text for answer in await asyncio.gather(*answers)]

    if served.mode == "serial":
        return  # one connection at a time: the others of a pool would wait for its deadline
    assert asyncio.run(ask()) == ["hello"] * 60
