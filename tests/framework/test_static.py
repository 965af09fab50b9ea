"""Static directories: what is served, in which form, and that nobody gets out of the root.

Every test runs twice: with the walk from directory to directory, and without it, as on Windows.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from filetalk import Answer, ask, descriptors, read

from groundup import disk
from groundup.app import App
from groundup.calling import INSTANT
from groundup.codings import parse_accept_encoding, preferred_codings
from groundup.errors import HTTPException
from groundup.filenames import is_refused
from groundup.request import Request
from groundup.routing import Router
from groundup.static import StaticFiles, add_static, with_slash
from groundup.streaming import Streamed

CSS = b"body { color: teal }"
PAGE = b"<!doctype html>"
SECRET = b"secret"


@pytest.fixture(autouse=True, params=[True, False], ids=["walk", "no walk"])
def walks(request, monkeypatch):
    """Whether this system can open a file relative to a directory."""
    if request.param and not disk.CAN_WALK:
        pytest.skip("this system opens no file relative to a directory")
    monkeypatch.setattr(disk, "CAN_WALK", request.param)
    return request.param


@pytest.fixture
def site(tmp_path) -> Path:
    """A root with neighbours: one whose name begins like it, one that holds a secret."""
    root = tmp_path / "site"
    files = {
        "index.html": PAGE,
        "css/site.css": CSS,
        "docs/index.html": PAGE,
        "docs/a b é.txt": b"spaces",
        "bare/file.txt": b"no index here",
        "odd/index.html/x": b"a directory as an index",
        ".env": SECRET,
        ".git/config": SECRET,
        ".well-known/acme": b"token",
        "~tilde.txt": b"a name like any other",
        "100%25.txt": b"a name with an escape in it",
        "../site-secret/key": SECRET,
        "../outside/key": SECRET,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def get(site, path, fields=(), *, method="GET", target=None, **options):
    """The answer for a decoded path below /s/."""
    handler = StaticFiles(site, **options)
    request = Request.build(method, f"/s/{path}" if target is None else target, fields)
    try:
        response = handler(request, path)
    except HTTPException as error:
        return ask_nothing(error)
    return ask(response, method, fields, target=f"/s/{path}" if target is None else target)


def ask_nothing(error):
    """A path that was refused before the disk was asked."""
    return type("Refused", (), {"status": error.status_code, "body": b"", "headers": {}})


SERVED = [
    ("css/site.css", "text/css; charset=utf-8", CSS),
    ("", "text/html; charset=utf-8", PAGE),
    ("docs/", "text/html; charset=utf-8", PAGE),
    ("docs/a b é.txt", "text/plain; charset=utf-8", b"spaces"),
    ("bare/file.txt", "text/plain; charset=utf-8", b"no index here"),
    (".well-known/acme", "application/octet-stream", b"token"),
    ("~tilde.txt", "text/plain; charset=utf-8", b"a name like any other"),
    ("100%25.txt", "text/plain; charset=utf-8", b"a name with an escape in it"),
]


@pytest.mark.parametrize(("path", "kind", "body"), SERVED)
def test_a_file_is_served(site, path, kind, body):
    answer = get(site, path)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == kind
    assert "cache-control" not in answer.headers


OUTSIDE = [  # decoded once, as the router gives it
    "..",
    "../site-secret/key",
    "../outside/key",
    "css/../../outside/key",
    "css/..",
    "css/../index.html",
    "./index.html",
    ".",
    "css/./site.css",
    "/etc/passwd",
    "//etc/passwd",
    "//",
    "css//site.css",
    "css/site.css/",
    "css/site.css//",
    "%2e%2e/outside/key",  # encoded twice: decoded once more, it would climb
    "..%2foutside/key",
    "%252e%252e/outside/key",
    "..\\outside\\key",
    "css\\site.css",
    "\\etc\\passwd",
    "\\\\host\\share\\x",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "c:index.html",
    "index.html\0",
    "\0",
    "index.html\0.css",
    "css/site.css\n",
    "missing",
    "missing/",
    "css/missing.css",
    "a" * 300,
    "a/" * 2000,
]


@pytest.mark.parametrize("path", OUTSIDE, ids=[ascii(p)[:40] for p in OUTSIDE])
def test_nothing_outside_is_served_and_nothing_by_a_second_name(site, path):
    answer = get(site, path)
    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("path", ["../outside/key", "/etc/passwd", "css/../../outside/key"])
def test_following_links_opens_no_other_way_out(site, path, follow):
    assert get(site, path, follow_symlinks=follow).status == 404


WINDOWS = [
    "CON", "con", "Con.txt", "con .txt", "NUL", "nul.tar.gz", "AUX", "PRN", "COM1", "com9.log",
    "COM0", "LPT1", "LPT\u00b9", "com\u00b2.txt", "CONIN$", "conout$", "index.html.",
    "index.html...", "index.html ", "index.html::$DATA", "index.html:stream", "index.html:", "C:",
    "a\\b",
    "a?", "a*", "a|b", 'a"b', "a<b", "a>b", "a\x1fb", "a\x7fb",
]  # fmt: skip
PLAIN = [
    "console.js",
    "null",
    "auxiliary",
    "com10",
    "com",
    "lpt",
    "a.con",
    "nul-1",
    "a b",
    "a..b",
    "~a",
]


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("below", ["", "css/"])
def test_what_windows_would_read_otherwise_is_refused_everywhere(site, below, name):
    (site / "css").mkdir(exist_ok=True)
    (site / below / name).write_bytes(SECRET)  # here it is a name like any other
    assert is_refused(name)
    assert get(site, below + name).status == 404
    assert get(site, below + name + "/").status == 404


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_that_only_looks_like_it_is_served(site, name):
    (site / name).write_bytes(CSS)
    assert get(site, name).body == CSS


@pytest.mark.parametrize(
    "path", [".env", ".git/config", ".git/", ".git", "css/.hidden", "...", ".a/b"]
)
def test_hidden_files_are_not_served(site, path):
    (site / "css/.hidden").write_bytes(SECRET)
    assert get(site, path).status == 404


# Links


def test_a_link_that_stays_inside_is_followed(site):
    (site / "latest.css").symlink_to("css/site.css")
    (site / "styles").symlink_to("css", target_is_directory=True)
    (site / "up.css").symlink_to(site / "css" / ".." / "css" / "site.css")
    for path in ("latest.css", "styles/site.css", "up.css"):
        assert get(site, path).body == CSS, path


LINKS = ["../outside/key", "../site-secret/key", "/etc/passwd", "css/../../outside/key"]


@pytest.mark.parametrize("target", LINKS)
def test_a_link_that_leaves_is_not_followed_unless_it_was_allowed(site, target):
    (site / "out").symlink_to(target)
    assert get(site, "out").status == 404
    assert get(site, "out", follow_symlinks=True).status == 200


def test_a_directory_that_is_a_link_outside_is_not_entered(site):
    (site / "out").symlink_to("../outside", target_is_directory=True)
    (site / "../outside/index.html").write_bytes(SECRET)
    for path in ("out/key", "out/", "out"):
        assert get(site, path).status == 404, path
    assert get(site, "out/key", follow_symlinks=True).body == SECRET


def test_a_link_to_a_neighbour_whose_name_begins_alike_leaves(site):
    (site / "n").symlink_to("../site-secret")
    assert get(site, "n/key").status == 404
    with pytest.raises(FileNotFoundError):  # not startswith: /site-secret is not inside /site
        disk.real_parts(str(site), ["n", "key"])


def test_a_link_to_what_is_hidden_does_not_show_it(site):
    (site / "shown").symlink_to(".env")
    assert get(site, "shown").status == 404


def test_a_link_in_a_circle_is_a_404(site):
    (site / "a").symlink_to("b")
    (site / "b").symlink_to("a")
    assert get(site, "a").status == 404
    assert get(site, "a/x").status == 404


def test_a_link_to_nothing_is_a_404(site):
    (site / "a").symlink_to("nowhere")
    assert get(site, "a").status == 404


def test_an_index_or_a_compressed_form_that_is_a_link_outside_is_not_sent(site):
    (site / "bare/index.html").symlink_to("../../outside/key")
    (site / "css/site.css.gz").symlink_to("../../outside/key")
    assert get(site, "bare/").status == 404
    assert get(site, "css/site.css", {"Accept-Encoding": "gzip"}).body == CSS


def test_the_root_may_be_a_link_and_may_be_relative(site, monkeypatch):
    (site.parent / "current").symlink_to("site")
    assert get(site.parent / "current", "css/site.css").body == CSS
    monkeypatch.chdir(site.parent)
    handler = StaticFiles("site")
    monkeypatch.chdir("/")
    response = handler(Request.build("GET", "/s/css/site.css"), "css/site.css")
    assert ask(response).body == CSS, "relative to where the program stood when it said so"


def test_the_root_may_be_the_root_of_the_disk(site):
    assert get("/", str(site / "css/site.css").lstrip("/")).body == CSS


def test_a_file_swapped_for_a_link_after_the_check_is_not_opened(site, monkeypatch):
    """The race: whoever may write to the root exchanges the file between check and open."""
    real = os.path.realpath

    def swap(path, **options):
        found = real(path, **options)
        if str(path).endswith("site.css"):
            (site / "css/site.css").unlink(missing_ok=True)
            (site / "css/site.css").symlink_to("../../outside/key")
        return found

    (site / "styles").symlink_to("css")  # a link on the way, so that the path is resolved at all
    monkeypatch.setattr(os.path, "realpath", swap)
    assert get(site, "styles/site.css").status == 404


def test_a_directory_swapped_for_a_link_after_the_check_is_not_entered(site, monkeypatch):
    real = os.path.realpath

    def swap(path, **options):
        found = real(path, **options)
        if str(path).endswith("styles/key") and not (site / "css").is_symlink():
            (site / "css").rename(site / "moved")
            (site / "css").symlink_to("../outside")
        return found

    (site / "styles").symlink_to("css")
    (site / "css/key").write_bytes(CSS)
    monkeypatch.setattr(os.path, "realpath", swap)
    before = descriptors()
    assert get(site, "styles/key").status == 404
    assert descriptors() == before


# Directories


@pytest.mark.parametrize("path", ["docs", ""])
def test_a_directory_without_its_slash_is_redirected(site, path):
    target = f"/s/{path}".rstrip("/")
    answer = get(site, path, target=f"{target}?q=1&r=a%20b")
    assert (answer.status, answer.body, answer.length) == (308, b"", None)
    assert answer.headers["location"] == f"{target}/?q=1&r=a%20b"
    assert "content-type" not in answer.headers
    assert "etag" not in answer.headers


def test_a_directory_is_told_from_a_lack_of_permission_as_windows_calls_it(
    site, monkeypatch, walks
):
    real = os.open

    def windows(path, flags, **options):
        if not walks and os.path.isdir(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path, flags, **options)

    monkeypatch.setattr(os, "open", windows)
    assert get(site, "docs").status == 308


def test_a_redirect_is_the_same_for_head_and_conditions(site):
    for fields in ({}, {"If-None-Match": "*"}, {"Range": "bytes=0-1"}):
        assert get(site, "docs", fields, method="HEAD").status == 308, "13.2.1"


TARGETS = [  # what a browser would take for another host
    ("//evil.example/..", "/evil.example/../"),
    ("///evil.example", "/evil.example/"),
    ("/\\evil.example", "/evil.example/"),
    ("/\\/evil.example", "/evil.example/"),
    ("/s/docs", "/s/docs/"),
    ("/s/a%2Fb", "/s/a%2Fb/"),
    ("/s/d%C3%A9?x=//evil", "/s/d%C3%A9/?x=//evil"),
    ("/s/a|b", "/s/a%7Cb/"),
]


@pytest.mark.parametrize(("target", "want"), TARGETS)
def test_a_redirect_stays_on_this_host(target, want):
    assert with_slash(Request.build("GET", target)) == want


@pytest.mark.parametrize("path", ["bare", "bare/", "odd/", "odd"])
def test_a_directory_without_an_index_is_a_404_and_never_a_list(site, path):
    assert get(site, path).status == 404


def test_without_an_index_a_directory_is_a_404_everywhere(site):
    for path in ("docs", "docs/", ""):
        assert get(site, path, index=None).status == 404
    assert get(site, "css/site.css", index=None).body == CSS


def test_the_index_may_have_another_name(site):
    (site / "docs/home.htm").write_bytes(b"home")
    assert get(site, "docs/", index="home.htm").body == b"home"


@pytest.mark.parametrize("index", ["", "..", "a/b", ".hidden", "nul"])
def test_an_index_that_would_never_be_served_is_an_error_at_once(site, index):
    with pytest.raises(ValueError, match="index"):
        StaticFiles(site, index=index)


@pytest.mark.parametrize("root", ["missing", "css/site.css"])
def test_a_root_that_is_no_directory_is_an_error_at_once(site, root):
    with pytest.raises(NotADirectoryError, match="no directory"):
        StaticFiles(site / root)


# Forms


@pytest.fixture
def forms(site):
    (site / "css/site.css.br").write_bytes(b"brotli")
    (site / "css/site.css.gz").write_bytes(b"gzipped")
    return site


FORMS = [  # Accept-Encoding, the form that is sent: RFC 9110 §12.5.3
    (None, None),
    ("", None),
    ("gzip", "gzip"),
    ("br", "br"),
    ("gzip, br", "br"),
    ("gzip, deflate, br, zstd", "br"),
    ("br;q=0.5, gzip", "gzip"),
    ("br;q=0, gzip", "gzip"),
    ("gzip;q=0", None),
    ("gzip;q=0.0", None),
    ("gzip;q=0.001", "gzip"),
    ("*", "br"),
    ("*;q=0", None),
    ("br;q=0, *", "gzip"),
    ("*;q=0, gzip", "gzip"),
    ("identity", None),
    ("identity, gzip;q=0.5", None),
    ("identity;q=0.5, gzip", "gzip"),
    ("identity;q=0.5, gzip;q=0.5", "gzip"),
    ("identity;q=0", None),
    ("GZIP", "gzip"),
    ("x-gzip", "gzip"),
    ("gzip ; q=1.000", "gzip"),
    ("gzip;Q=0", None),
    ("gzip;Q=1", "gzip"),
    ("gzip;q=2", None),
    ("gzip;q=0.1234", None),
    ("gzip;q=", None),
    ("gzip;level=1", None),
    ("gzip br", None),
    ("deflate", None),
    (",, gzip ,", "gzip"),
    ("gzip;q=0, gzip", None),
    ("a," * 50 + "gzip", None),
]


@pytest.mark.parametrize(("accepts", "coding"), FORMS)
def test_the_form_that_the_client_prefers_is_sent(forms, accepts, coding):
    fields = {} if accepts is None else {"Accept-Encoding": accepts}
    answer = get(forms, "css/site.css", fields)
    assert answer.body == {"br": b"brotli", "gzip": b"gzipped", None: CSS}[coding]
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["content-type"] == "text/css; charset=utf-8", "8.4: of the original"
    assert answer.headers["vary"] == "Accept-Encoding", "12.5.5: with every form"


def test_only_what_is_there_is_sent(site):
    (site / "css/site.css.gz").write_bytes(b"gzipped")
    answer = get(site, "css/site.css", {"Accept-Encoding": "br, gzip;q=0.1"})
    assert answer.body == b"gzipped"


def test_a_compressed_form_needs_its_original(forms):
    (forms / "css/site.css").unlink()
    assert get(forms, "css/site.css", {"Accept-Encoding": "br"}).status == 404


def test_a_directory_called_like_a_compressed_form_is_none(site):
    (site / "css/site.css.gz").mkdir()
    assert get(site, "css/site.css", {"Accept-Encoding": "gzip"}).body == CSS


def test_an_index_has_compressed_forms_as_well(site):
    (site / "docs/index.html.gz").write_bytes(b"gzipped")
    answer = get(site, "docs/", {"Accept-Encoding": "gzip"})
    assert (answer.body, answer.headers["content-type"]) == (b"gzipped", "text/html; charset=utf-8")


def test_asked_for_by_its_own_name_a_compressed_file_is_a_file(forms):
    answer = get(forms, "css/site.css.gz")
    assert answer.body == b"gzipped"
    assert answer.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in answer.headers


def test_compressed_forms_can_be_switched_off(forms):
    answer = get(forms, "css/site.css", {"Accept-Encoding": "br"}, precompressed=False)
    assert answer.body == CSS
    assert "vary" not in answer.headers


def test_every_form_has_a_tag_of_its_own(forms):
    for name in ("", ".br", ".gz"):  # the same size, the same time: the worst case
        (forms / f"css/site.css{name}").write_bytes(b"12345")
        os.utime(forms / f"css/site.css{name}", (1, 1))
    tags = {
        coding: get(forms, "css/site.css", {"Accept-Encoding": coding}).headers["etag"]
        for coding in ("identity", "br", "gzip")
    }
    assert len(set(tags.values())) == 3, "8.8.3.3"
    for asked in tags:
        for had, tag in tags.items():
            fields = {"Accept-Encoding": asked, "If-None-Match": tag}
            want = 304 if asked == had else 200
            assert get(forms, "css/site.css", fields).status == want, f"{asked} with {had}'s tag"


def test_a_304_of_a_form_keeps_vary_and_its_tag(forms):
    fields = {"Accept-Encoding": "br"}
    tag = get(forms, "css/site.css", fields).headers["etag"]
    answer = get(forms, "css/site.css", {**fields, "If-None-Match": tag}, immutable=True)
    assert answer.status == 304
    assert (answer.headers["etag"], answer.headers["vary"]) == (tag, "Accept-Encoding"), "15.4.5"
    assert "immutable" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers


def test_a_range_is_of_the_form_whose_tag_goes_with_it(forms):
    plain = get(forms, "css/site.css").headers["etag"]
    fields = {"Accept-Encoding": "br", "Range": "bytes=0-2"}
    answer = get(forms, "css/site.css", fields)
    assert (answer.status, answer.body) == (206, b"bro")
    assert answer.headers["content-range"] == "bytes 0-2/6"
    answer = get(forms, "css/site.css", {**fields, "If-Range": plain})
    assert (answer.status, answer.body) == (200, b"brotli"), "13.1.5: the plain form's tag"


def test_several_ranges_of_a_compressed_form_are_ignored(forms):
    fields = {"Accept-Encoding": "br", "Range": "bytes=0-0,2-2"}
    assert get(forms, "css/site.css", fields).body == b"brotli"


def test_head_says_what_get_would_say(forms):
    fields = {"Accept-Encoding": "gzip"}
    got, head = (get(forms, "css/site.css", fields, method=method) for method in ("GET", "HEAD"))
    assert (head.headers, head.length, head.body) == (got.headers, got.length, b"")


def test_an_immutable_file_is_kept_for_a_year(site):
    answer = get(site, "css/site.css", immutable=True)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", "RFC 8246"


# Accept-Encoding by itself


def test_weights_are_read():
    field = "br, GZIP ;\tq=0.5, *;q=0, x;q=1.001, gzip;q=1"
    assert parse_accept_encoding(field) == {"br": 1.0, "gzip": 0.5, "*": 0.0}


def test_preferences_keep_the_order_of_the_server_where_the_client_has_none():
    assert preferred_codings("gzip, br", ["br", "gzip"]) == ["br", "gzip"]
    assert preferred_codings("gzip, br", ["gzip", "br"]) == ["gzip", "br"]
    assert preferred_codings("br;q=0.9, gzip", ["br", "gzip"]) == ["gzip", "br"]


# The disk


@pytest.mark.filterwarnings(
    "error::ResourceWarning", "error::pytest.PytestUnraisableExceptionWarning"
)
def test_nothing_is_left_open_whatever_the_answer(forms):
    (forms / "out").symlink_to("../outside/key")
    before = descriptors()
    for path in ("css/site.css", "docs", "docs/", "out", "missing", "css/site.css/x", "bare"):
        for fields in ({}, {"Accept-Encoding": "br"}, {"If-Match": '"x"'}, {"Range": "bytes=999-"}):
            get(forms, path, fields)
            get(forms, path, fields, method="HEAD")
    assert descriptors() == before


def test_calling_the_handler_touches_no_disk(site, monkeypatch):
    handler, asked = StaticFiles(site), []
    with monkeypatch.context() as patch:  # the handler may run where waiting does harm
        for name in ("open", "stat", "lstat", "fstat", "scandir"):
            patch.setattr(os, name, lambda *args, **_: asked.append(args))
        for path in ("css/site.css", "docs", "", "missing"):
            handler(Request.build("GET", f"/s/{path}"), path)
    assert asked == []


def test_a_file_that_vanishes_between_call_and_open_is_a_404(site):
    response = StaticFiles(site)(Request.build("GET", "/s/css/site.css"), "css/site.css")
    (site / "css/site.css").unlink()
    assert ask(response).status == 404


def test_a_file_that_may_not_be_read_is_a_404(site, monkeypatch):
    real = os.open

    def refuse(path, *args, **options):
        if str(path).endswith("site.css"):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert get(site, "css/site.css").status == 404, "15.5.4: 403 would say that it exists"


def test_a_pipe_is_a_404_and_never_waits(site):
    os.mkfifo(site / "pipe")
    assert get(site, "pipe").status == 404


# Under a router


def routed(router, target, method="GET"):
    """The answer of an application to a target that is still encoded."""
    response = App(router).handle(Request.build(method, target))
    body = b"".join(read(chunk) for chunk in getattr(response, "chunks", None) or ())
    if isinstance(response, Streamed):
        response.close()
    return Answer(response.status_code, response.headers, body or response.body, None)


ROUTED = [
    ("/s/css/site.css", 200),
    ("/s/css%2Fsite.css", 200),
    ("/s/docs/a%20b%20%C3%A9.txt", 200),
    ("/s/100%2525.txt", 200),
    ("/s/", 200),
    ("/s", 308),
    ("/s/docs", 308),
    ("/s/docs/", 200),
    ("/s/bare/", 404),
    ("/s/.env", 404),
    ("/s/%2eenv", 404),
    ("/s//css/site.css", 404),
    ("/s/../outside/key", 404),
    ("/s/%2e%2e/outside/key", 404),
    ("/s/..%2foutside%2fkey", 404),
    ("/s/%252e%252e/outside/key", 404),
    ("/s/..%5coutside%5ckey", 404),
    ("/s/..\\outside\\key", 404),
    ("/s/%5c..%5coutside", 404),
    ("/s/%2fetc%2fpasswd", 404),
    ("/s/index.html%00", 400),
    ("/s/index.html%00.css", 400),
    ("/s/%c0%ae%c0%ae/outside/key", 400),
    ("/s/index.html%20", 404),
    ("/s/index.html.", 404),
    ("/s/index.html%3a%3a$DATA", 404),
    ("/sx", 404),
]


@pytest.mark.parametrize(("target", "status"), ROUTED)
def test_targets_as_they_come_over_the_wire(site, target, status):
    router = Router()
    add_static(router, "/s", site)
    assert routed(router, target).status == status


def test_head_is_served_and_nothing_is_written(site):
    router = Router()
    add_static(router, "/s", site)
    assert routed(router, "/s/css/site.css", "HEAD").status == 200
    for method in ("POST", "PUT", "DELETE"):
        assert routed(router, "/s/css/site.css", method).status == 405


@pytest.mark.parametrize("prefix", ["/", ""])
def test_a_site_may_be_at_the_root_and_routes_come_first(site, prefix):
    router = Router()
    router.add_route("/css/site.css", lambda: "handler")
    add_static(router, prefix, site)
    assert routed(router, "/").body == PAGE
    assert routed(router, "/docs/").body == PAGE
    assert routed(router, "//docs").status == 404, "no path begins with two slashes"
    assert routed(router, "/css/site.css").body == b"handler"


def test_a_route_to_files_never_waits_where_it_is_called(site):
    router = Router()
    add_static(router, "/s", site)
    assert {route.call.kind for route in router.routes} == {INSTANT}, "prepare does, in a thread"


def test_a_prefix_may_end_with_a_slash(site):
    router = Router()
    add_static(router, "/assets/", site)
    assert routed(router, "/assets/css/site.css").body == CSS


def test_files_have_urls(site):
    router = Router()
    add_static(router, "/s", site)
    add_static(router, "/t", site, name="t", precompressed=False)
    assert router.url_for("static", path="docs/a b é.txt") == "/s/docs/a%20b%20%C3%A9.txt"
    assert router.url_for("t", path="css/site.css") == "/t/css/site.css"


def test_an_unknown_option_names_the_near_miss(site):
    with pytest.raises(TypeError, match="follow_symlinks"):
        add_static(Router(), "/s", site, follow_symlink=True)


def test_options_reach_the_files(site):
    router = Router()
    files = add_static(
        router, "/s", site, index=None, immutable=True, precompressed=False, follow_symlinks=True
    )
    assert (files.index, files.immutable) == (None, True)
    assert (files.precompressed, files.follow_symlinks) == (False, True)
