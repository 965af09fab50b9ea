"""Files as responses: fields, conditions, ranges and what the disk may do meanwhile."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import socket
import time

import pytest
from filetalk import ask, descriptors, left_open, parts_of
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.conditional import file_etag, parse_http_date
from groundup.disposition import content_disposition
from groundup.errors import HTTPException
from groundup.files import FilePart, FileResponse
from groundup.mediatypes import guess_media_type, media_types
from groundup.request import Request
from groundup.streaming import is_streamed

TEXT = b"0123456789"
CHANGED = 784_111_777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"


@pytest.fixture
def file(tmp_path):
    """A file of ten bytes that was changed in 1994."""
    path = tmp_path / "digits.txt"
    path.write_bytes(TEXT)
    os.utime(path, (CHANGED, CHANGED))
    return path


@pytest.fixture
def etag(file):
    return ask(FileResponse(file)).headers["etag"]


def test_a_file_is_sent_whole_with_what_is_known_of_it(file):
    answer = ask(FileResponse(file))
    assert (answer.status, answer.body, answer.length) == (200, TEXT, 10)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8", "8.3"
    assert answer.headers["last-modified"] == DATE, "8.8.2"
    assert answer.headers["accept-ranges"] == "bytes", "14.3"
    assert answer.headers["etag"].startswith('"'), "8.8.3: a strong tag, in quotes"
    assert "content-disposition" not in answer.headers


def test_nothing_touches_the_disk_before_prepare(tmp_path):
    path = tmp_path / "later.txt"
    response = FileResponse(path)
    path.write_bytes(TEXT)
    assert ask(response).body == TEXT


def test_an_unprepared_response_is_an_error_and_no_empty_file(file):
    with pytest.raises(RuntimeError, match="prepare"):
        next(FileResponse(file).chunks)


def test_chunks_of_a_file_are_parts_and_not_bytes(file):
    response = FileResponse(file)
    response.prepare(Request.build())
    (part,) = response.chunks
    assert isinstance(part, FilePart)
    assert (part.offset, part.count) == (0, 10)
    assert os.pread(part.file.fileno(), 4, 2) == b"2345", "an engine may use the descriptor"
    response.close()


def test_an_empty_file_has_no_chunk_and_a_length(tmp_path):
    (tmp_path / "empty").touch()
    response = FileResponse(tmp_path / "empty")
    response.prepare(Request.build())
    assert (response.status_code, list(response.chunks), response.length) == (200, [], 0)
    response.close()


def test_close_may_come_twice_or_before_prepare(file):
    response = FileResponse(file)
    response.close()
    response.prepare(Request.build())
    response.close()
    response.close()
    assert not left_open(response)


@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-4"}, {"Range": "bytes=99-"}])
def test_head_has_the_fields_of_a_whole_get_and_no_body(file, fields):
    got, head = ask(FileResponse(file)), ask(FileResponse(file), "HEAD", fields)
    assert (head.status, head.body) == (200, b""), "9.3.2; 14.2: a Range belongs to GET"
    assert (head.headers, head.length) == (got.headers, got.length)


# Conditions: one row for each, against the file of 1994. {tag} is its entity tag.
CONDITIONS = [
    ("13.1.2", {"If-None-Match": "{tag}"}, 304),
    ("13.1.2 weak", {"If-None-Match": "W/{tag}"}, 304),
    ("13.1.2 list", {"If-None-Match": '"x", {tag}'}, 304),
    ("13.1.2 star", {"If-None-Match": "*"}, 304),
    ("13.1.2 other", {"If-None-Match": '"x"'}, 200),
    ("13.1.3", {"If-Modified-Since": DATE}, 304),
    ("13.1.3 later", {"If-Modified-Since": LATER}, 304),
    ("13.1.3 earlier", {"If-Modified-Since": EARLIER}, 200),
    ("13.1.3 invalid", {"If-Modified-Since": "soon"}, 200),
    ("13.1.1", {"If-Match": "{tag}"}, 200),
    ("13.1.1 other", {"If-Match": '"x"'}, 412),
    ("13.1.1 weak", {"If-Match": "W/{tag}"}, 412),
    ("13.1.4", {"If-Unmodified-Since": DATE}, 200),
    ("13.1.4 earlier", {"If-Unmodified-Since": EARLIER}, 412),
    ("13.2.2 tag before date", {"If-None-Match": '"x"', "If-Modified-Since": LATER}, 200),
    ("13.2.2 match before none", {"If-Match": '"x"', "If-None-Match": "{tag}"}, 412),
    ("13.2.2 condition before range", {"If-None-Match": "{tag}", "Range": "bytes=0-1"}, 304),
    ("13.2.2 condition before a bad range", {"If-Match": '"x"', "Range": "bytes=99-"}, 412),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("story", "fields", "want"), CONDITIONS, ids=[c[0] for c in CONDITIONS])
def test_conditions_decide_what_is_sent(file, etag, method, story, fields, want):
    fields = {name: value.format(tag=etag) for name, value in fields.items()}
    answer = ask(FileResponse(file), method, fields)
    assert answer.status == want, f"RFC 9110 §{story}"
    assert answer.body == (TEXT if method == "GET" and want == 200 else b"")


def test_a_304_says_what_a_cache_wants_and_no_more(file, etag):
    given = {
        "Cache-Control": "max-age=60",
        "Vary": "Cookie",
        "Expires": DATE,
        "Content-Location": "/",
    }
    response = FileResponse(file, headers=given, filename="a.txt")
    answer = ask(response, "GET", {"If-None-Match": etag})
    assert answer.headers["etag"] == etag, "15.4.5: MUST"
    for name, value in given.items():
        assert answer.headers[name] == value, "15.4.5: MUST"
    for name in ("Content-Type", "Last-Modified", "Content-Disposition", "Content-Encoding"):
        assert name not in answer.headers, "15.4.5: SHOULD NOT"
    assert (answer.length, response.chunks) == (None, None)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_answer_to_another_method_is_whole_and_without_conditions(file, etag, method):
    fields = {"If-None-Match": etag, "Range": "bytes=0-1", "If-Match": '"x"'}
    answer = ask(FileResponse(file), method, fields)
    assert (answer.status, answer.body) == (200, TEXT), "13.2.1: asked before the method was done"


def test_an_error_page_is_whole_and_has_no_conditions(file, etag):
    fields = {"If-None-Match": "*", "If-Match": '"x"', "Range": "bytes=0-1"}
    answer = ask(FileResponse(file, 404), "GET", fields)
    assert (answer.status, answer.body) == (404, TEXT), "13.2.1: only for what would be a 2xx"
    assert "etag" not in answer.headers
    assert "accept-ranges" not in answer.headers


def test_an_own_entity_tag_is_the_one_that_counts(file, etag):
    own = {"ETag": '"v1"', "Last-Modified": LATER}
    assert ask(FileResponse(file, headers=own)).headers["etag"] == '"v1"'
    assert ask(FileResponse(file, headers=own), "GET", {"If-None-Match": '"v1"'}).status == 304
    assert ask(FileResponse(file, headers=own), "GET", {"If-None-Match": etag}).status == 200
    assert ask(FileResponse(file, headers=own), "GET", {"If-Modified-Since": DATE}).status == 200
    assert own == {"ETag": '"v1"', "Last-Modified": LATER}, "the caller's dict stays as it was"


def test_every_change_changes_the_tag(file, etag):
    seen = {etag}
    file.write_bytes(TEXT + b"x")
    os.utime(file, (CHANGED, CHANGED))
    seen.add(ask(FileResponse(file)).headers["etag"])
    file.write_bytes(TEXT)
    os.utime(file, ns=(0, CHANGED * 10**9 + 1))
    seen.add(ask(FileResponse(file)).headers["etag"])
    assert len(seen) == 3, "8.8.1: the size, and a nanosecond"


def test_a_variant_has_a_tag_of_its_own():
    tags = {file_etag(1, 2), file_etag(1, 2, "br"), file_etag(1, 2, "gzip")}
    assert len(tags) == 3, "8.8.3.3"


def test_a_file_of_the_future_is_not_newer_than_its_answer(file):
    os.utime(file, (time.time() + 10**6,) * 2)
    before = time.time()
    answer = ask(FileResponse(file))
    said = parse_http_date(answer.headers["last-modified"], before)
    assert int(before) <= said <= time.time(), "8.8.2.1: MUST NOT be later than Date"


@pytest.mark.parametrize("seconds", [0, -1, -(10**10)])
def test_a_file_older_than_time_has_some_date(file, seconds):
    os.utime(file, (seconds, seconds))
    assert ask(FileResponse(file)).headers["last-modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"


# Ranges: fields, status, Content-Range, body.
RANGES = [
    ("14.2", {"Range": "bytes=2-4"}, 206, "bytes 2-4/10", b"234"),
    ("14.2 suffix", {"Range": "bytes=-2"}, 206, "bytes 8-9/10", b"89"),
    ("14.2 open", {"Range": "bytes=7-"}, 206, "bytes 7-9/10", b"789"),
    ("14.2 everything", {"Range": "bytes=0-"}, 206, "bytes 0-9/10", TEXT),
    ("14.2 malformed", {"Range": "bytes=4-2"}, 200, None, TEXT),
    ("14.2 other unit", {"Range": "pages=1-2"}, 200, None, TEXT),
    ("14.2 two fields", [("Range", "bytes=0-1"), ("Range", "bytes=2-3")], 200, None, TEXT),
    ("15.3.7.2 one of two is left", {"Range": "bytes=0-1,20-"}, 206, "bytes 0-1/10", b"01"),
    ("15.3.7.2 two become one", {"Range": "bytes=0-5,3-8"}, 206, "bytes 0-8/10", b"012345678"),
    ("15.5.17", {"Range": "bytes=10-"}, 416, "bytes */10", b""),
    ("15.5.17 empty suffix", {"Range": "bytes=-0"}, 416, "bytes */10", b""),
    ("13.1.5 tag", {"Range": "bytes=0-1", "If-Range": "{tag}"}, 206, "bytes 0-1/10", b"01"),
    ("13.1.5 date", {"Range": "bytes=0-1", "If-Range": DATE}, 206, "bytes 0-1/10", b"01"),
    ("13.1.5 weak", {"Range": "bytes=0-1", "If-Range": "W/{tag}"}, 200, None, TEXT),
    ("13.1.5 other", {"Range": "bytes=0-1", "If-Range": '"x"'}, 200, None, TEXT),
    ("13.1.5 later date", {"Range": "bytes=0-1", "If-Range": LATER}, 200, None, TEXT),
    ("13.1.5 before 416", {"Range": "bytes=99-", "If-Range": '"x"'}, 200, None, TEXT),
    ("13.1.5 and 416", {"Range": "bytes=99-", "If-Range": "{tag}"}, 416, "bytes */10", b""),
    ("13.1.5 without Range", {"If-Range": '"x"'}, 200, None, TEXT),
    ("13.2.2 then 206", {"If-Match": "*", "Range": "bytes=1-1"}, 206, "bytes 1-1/10", b"1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "fields", "status", "content_range", "body"), RANGES, ids=[c[0] for c in RANGES]
)
def test_a_range_is_answered(file, etag, story, fields, status, content_range, body):
    pairs = fields if isinstance(fields, list) else list(fields.items())
    answer = ask(FileResponse(file), "GET", [(n, v.format(tag=etag)) for n, v in pairs])
    assert (answer.status, answer.body) == (status, body), f"RFC 9110 §{story}"
    assert answer.headers.get("content-range") == content_range
    assert answer.length == (None if status == 416 else len(body))
    if status == 206:
        assert answer.headers["etag"] == etag, "15.3.7: as a 200 would have said"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_several_ranges_are_a_multipart_of_the_declared_length(file):
    answer = ask(FileResponse(file), "GET", {"Range": "bytes=8-9,0-1"})
    kind = "text/plain; charset=utf-8"
    assert answer.status == 206
    assert "content-range" not in answer.headers, "15.3.7.2: MUST NOT"
    assert parts_of(answer) == [(kind, "bytes 8-9/10", b"89"), (kind, "bytes 0-1/10", b"01")]
    assert answer.length == len(answer.body)


def test_no_two_multiparts_have_the_same_boundary(file):
    fields = {"Range": "bytes=0-1,3-4"}
    kinds = {ask(FileResponse(file), "GET", fields).headers["content-type"] for _ in range(5)}
    assert len(kinds) == 5, "14.6: a file must not be able to know its boundary"


def test_several_ranges_of_a_compressed_form_are_ignored(file):
    encoded = {"Content-Encoding": "gzip"}
    several = ask(FileResponse(file, headers=encoded), "GET", {"Range": "bytes=0-1,3-4"})
    assert (several.status, several.body) == (200, TEXT), "the frame itself is not compressed"
    single = ask(FileResponse(file, headers=encoded), "GET", {"Range": "bytes=3-4"})
    assert (single.status, single.body) == (206, b"34")


@pytest.mark.parametrize("count", [1000, 10_000])
def test_an_abusive_range_costs_no_more_than_the_file(file, count):
    field = "bytes=" + ",".join(["0-"] * count)
    answer = ask(FileResponse(file), "GET", {"Range": field})
    assert (answer.status, answer.body) == (200, TEXT), "14.2: ignored"


BIG = bytes(range(256)) * 40
positions = st.integers(0, len(BIG) + 20)
specs = st.one_of(
    st.tuples(positions, positions).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    positions.map("{}-".format),
    positions.map("-{}".format),
)


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    path = tmp_path_factory.mktemp("big") / "big.bin"
    path.write_bytes(BIG)
    return path


@settings(deadline=None, derandomize=True, max_examples=200)
@given(fields=st.lists(specs, min_size=1, max_size=8))
def test_parts_are_slices_and_their_sum_is_the_declared_length(big, fields):
    answer = ask(FileResponse(big), "GET", {"Range": "bytes=" + ",".join(fields)})
    if answer.status == 416:
        return
    assert answer.length == len(answer.body)
    if answer.headers["content-type"].startswith("multipart/"):
        parts = [(where, body) for _, where, body in parts_of(answer)]
    else:
        parts = [(answer.headers["content-range"], answer.body)]
    for where, body in parts:
        first, last = where.removeprefix("bytes ").removesuffix(f"/{len(BIG)}").split("-")
        assert body == BIG[int(first) : int(last) + 1]


# What may stand at a path, or happen to it.


def test_a_missing_file_is_a_404(tmp_path):
    for name in ("missing", "missing/below", "a" * 300, "nul\0", ""):
        assert ask(FileResponse(f"{tmp_path}/{name}" if name else "")).status == 404, name


def test_below_a_file_there_is_a_404(file):
    assert ask(FileResponse(f"{file}/x")).status == 404


def test_a_directory_is_a_404(tmp_path):
    assert ask(FileResponse(tmp_path)).status == 404


def test_what_is_no_regular_file_is_a_404_and_never_waits(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # to open it for reading would wait for a writer
    with socket.socket(socket.AF_UNIX) as listener:
        place = os.getcwd()
        os.chdir(tmp_path)  # the path of a socket has a short limit
        try:
            listener.bind("socket")
        finally:
            os.chdir(place)
        assert ask(FileResponse(tmp_path / "pipe")).status == 404
        assert ask(FileResponse(tmp_path / "socket")).status == 404
        assert ask(FileResponse("/dev/zero")).status == 404


def test_a_loop_of_links_is_a_404(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert ask(FileResponse(tmp_path / "loop")).status == 404


def test_a_refused_file_leaves_no_descriptor_open(tmp_path, file):
    before = descriptors()
    for path in (tmp_path, "/dev/zero", tmp_path / "missing"):
        ask(FileResponse(path))
    for fields in ({"If-Match": '"x"'}, {"Range": "bytes=99-"}, {"If-None-Match": "*"}):
        ask(FileResponse(file), "GET", fields)
    ask(FileResponse(file), "HEAD")
    assert descriptors() == before


FAILURES = [
    (errno.EACCES, 404),
    (errno.EPERM, 404),
    (errno.EMFILE, 503),
    (errno.ENFILE, 503),
]


@pytest.mark.parametrize(("code", "status"), FAILURES)
def test_an_error_of_opening_has_its_status(file, monkeypatch, caplog, code, status):
    monkeypatch.setattr(os, "open", failing(code))
    with caplog.at_level(logging.WARNING, "groundup"):
        answer = ask(FileResponse(file))
    assert answer.status == status
    assert ("may not be read" in caplog.text) == (code in (errno.EACCES, errno.EPERM))
    assert (answer.headers.get("retry-after") == "1") == (status == 503)


def test_a_broken_disk_is_our_fault_and_no_404(file, monkeypatch):
    monkeypatch.setattr(os, "open", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        FileResponse(file).prepare(Request.build())


def failing(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


def test_a_304_closes_its_file_itself_for_no_engine_takes_it_for_a_stream(file):
    response = FileResponse(file)
    response.prepare(Request.build("GET", "/", {"If-None-Match": "*"}))
    assert not is_streamed(response)
    assert not left_open(response)


def test_what_was_opened_is_sent_though_the_name_means_another_file_by_now(file, tmp_path):
    response = FileResponse(file)
    response.prepare(Request.build())
    other = tmp_path / "other"
    other.write_bytes(b"something else, and longer")
    other.rename(file)
    body = b"".join(b"".join(part.blocks()) for part in response.chunks)
    assert (body, response.length) == (TEXT, 10)
    response.close()


def test_what_is_said_is_what_the_open_file_says(file, monkeypatch):
    """A name, asked a second time, may mean another file than the one that was opened."""
    asked = []
    with monkeypatch.context() as patch:
        for name in ("stat", "lstat"):
            patch.setattr(os, name, lambda *args, **_: asked.append(args))
        answer = ask(FileResponse(file))
    assert (answer.status, asked) == (200, [])


def test_a_file_that_shrinks_ends_early_and_never_hangs(file):
    response = FileResponse(file)
    response.prepare(Request.build())
    (part,) = response.chunks
    blocks = part.blocks(4)
    assert next(blocks) == b"0123"
    os.truncate(file, 6)
    assert list(blocks) == [b"45"], "then the engine has 4 bytes less than it declared"
    response.close()


def test_a_file_that_grows_is_sent_as_long_as_declared(file):
    response = FileResponse(file)
    response.prepare(Request.build())
    (part,) = response.chunks
    with file.open("ab") as more:
        more.write(b"more")
    assert b"".join(part.blocks(3)) == TEXT
    response.close()


def test_a_file_is_never_read_whole(big):
    response = FileResponse(big)
    response.prepare(Request.build())
    (part,) = response.chunks
    sizes = [len(block) for block in part.blocks(1000)]
    assert max(sizes) == 1000
    assert sum(sizes) == len(BIG)
    response.close()


def test_a_large_file_costs_nothing_until_it_is_sent(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as sparse:
        sparse.truncate(1 << 40)
    response = FileResponse(path)
    response.prepare(Request.build("GET", "/", {"Range": f"bytes=0-0,{(1 << 40) - 1}-"}))
    assert response.length is not None
    assert response.length < 1000
    assert sum(part.count for part in response.chunks if isinstance(part, FilePart)) == 2
    response.close()


# Names: what a file is, and under which name it is saved.

TYPES = [
    ("a.html", "text/html; charset=utf-8"),
    ("A.HTML", "text/html; charset=utf-8"),
    ("a.css", "text/css; charset=utf-8"),
    ("a.js", "text/javascript; charset=utf-8"),
    ("a.mjs", "text/javascript; charset=utf-8"),
    ("a.json", "application/json"),
    ("a.svg", "image/svg+xml"),
    ("a.wasm", "application/wasm"),
    ("a.woff2", "font/woff2"),
    ("a.webp", "image/webp"),
    ("a.png", "image/png"),
    ("a.txt", "text/plain; charset=utf-8"),
    ("dir.html/a", "application/octet-stream"),
    ("dir.html\\a", "application/octet-stream"),
    ("a", "application/octet-stream"),
    (".html", "application/octet-stream"),
    ("a.unheard-of", "application/octet-stream"),
    ("a.tar.gz", "application/gzip"),
    ("a.html.gz", "application/gzip"),
    ("a.svgz", "application/gzip"),
    ("a.html.br", "application/octet-stream"),
    ("data:,a", "application/octet-stream"),
    ("http://host/a.html", "text/html; charset=utf-8"),
]


@pytest.mark.parametrize(("name", "kind"), TYPES)
def test_a_type_is_guessed_by_the_name(name, kind):
    assert guess_media_type(name) == kind, "RFC 9110 §8.3"


def test_the_table_of_types_can_be_extended(monkeypatch):
    monkeypatch.setitem(media_types, ".ground", "model/x-ground")
    assert guess_media_type("a.ground") == guess_media_type("A.GROUND") == "model/x-ground"


def test_a_given_type_is_not_guessed(file):
    assert ask(FileResponse(file, content_type="x/y")).headers["content-type"] == "x/y"
    given = {"Content-Type": "x/z"}
    assert ask(FileResponse(file, headers=given)).headers["content-type"] == "x/z"


NAMES = [
    ("a.txt", 'attachment; filename="a.txt"'),
    ("a b.txt", 'attachment; filename="a b.txt"'),
    ("naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
    ("€ rates", "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates"),
    ('a"b', "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"),
    ("a\\b", 'attachment; filename="a_b"'),
    ("50%41", "attachment; filename=\"50_41\"; filename*=UTF-8''50%2541"),
    ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
    ("a\r\nSet-Cookie: b", 'attachment; filename="a__Set-Cookie: b"'),
    ("a\0b\x7f", 'attachment; filename="a_b_"'),
    ("a'(b)*", 'attachment; filename="a\'(b)*"'),
    ("é'(b)*", "attachment; filename=\"_'(b)*\"; filename*=UTF-8''%C3%A9%27%28b%29%2A"),
    ("\udcff.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%3F.txt"),
]


@pytest.mark.parametrize(("name", "want"), NAMES, ids=[ascii(n[0]) for n in NAMES])
def test_a_download_has_its_name(file, name, want):
    answer = ask(FileResponse(file, filename=name))
    assert answer.headers["content-disposition"] == want, "RFC 6266 §4.3, RFC 8187 §3.2"


def test_a_file_may_be_shown_and_have_a_name(file):
    answer = ask(FileResponse(file, filename="a.txt", inline=True))
    assert answer.headers["content-disposition"] == 'inline; filename="a.txt"'


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_no_name_breaks_out_of_its_field(name):
    value = content_disposition("attachment", name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
    assert not set("/\\") & set(value)


def test_fields_do_not_leak_between_responses(file):
    given = {"X-A": "1"}
    for _ in range(2):
        ask(FileResponse(file, headers=given, filename="a"))
    assert given == {"X-A": "1"}


def test_every_order_of_fields_gives_the_same_answer(file, etag):
    fields = [
        ("Range", "bytes=0-1"),
        ("If-Range", etag),
        ("If-None-Match", '"x"'),
        ("If-Match", "*"),
    ]
    answers = [ask(FileResponse(file), "GET", list(p)) for p in itertools.permutations(fields)]
    assert {(a.status, a.body) for a in answers} == {(206, b"01")}


def test_an_exception_while_preparing_closes_the_file(file, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr("groundup.files.evaluate", broken)
    response = FileResponse(file)
    with pytest.raises(RuntimeError, match="broken"):
        response.prepare(Request.build())
    assert not left_open(response)


def test_a_404_is_raised_and_not_written_so_that_error_handlers_see_it(tmp_path):
    with pytest.raises(HTTPException) as caught:
        FileResponse(tmp_path / "missing").prepare(Request.build())
    assert caught.value.status_code == 404
