"""Task 8.9: a file inside a root, and nowhere else (`disk.walk`, `disk.real_parts`)."""

import os
import sys

import pytest

from groundup.app import App
from groundup.disk import CAN_WALK, open_inside, real_parts, walk
from groundup.filenames import is_refused
from groundup.static import add_static
from workshop import kit

pytestmark = kit.task("8.9")

needs_walk = pytest.mark.skipif(
    not CAN_WALK, reason="this system opens nothing relative to a directory"
)
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links want a privilege there")


CLOSED = "as many open descriptors as before: each directory on the way is closed again"


@pytest.fixture
def site(tmp_path):
    """A site of three files, a neighbour with almost its name, and a secret above both."""
    root = tmp_path / "site"
    (root / "css" / "deep").mkdir(parents=True)
    (root / "index.html").write_bytes(b"home")
    (root / "css" / "a.css").write_bytes(b"style")
    (root / "css" / "deep" / "b.css").write_bytes(b"deeper")
    (tmp_path / "site-secret").mkdir()
    (tmp_path / "site-secret" / "keys.txt").write_bytes(b"KEYS")
    (tmp_path / "keys.txt").write_bytes(b"KEYS")
    return root.resolve()


def content(descriptor):
    with open(descriptor, "rb") as file:
        return file.read()


@needs_walk
@pytest.mark.parametrize(
    ("parts", "want"),
    [
        (("index.html",), b"home"),
        (("css", "a.css"), b"style"),
        (("css", "deep", "b.css"), b"deeper"),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, tuple) else None,
)
def test_a_walk_reaches_what_is_inside(site, parts, want):
    kit.did(f"walk(site, {parts})")
    kit.expect(content(walk(str(site), parts)), want, "a descriptor of that file")


@needs_walk
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="nobody can count descriptors here")
def test_a_walk_leaves_nothing_open(site):
    before = len(os.listdir("/proc/self/fd"))
    kit.did("walk(site, ('css', 'deep', 'b.css')), and close what it gives")
    os.close(walk(str(site), ("css", "deep", "b.css")))
    kit.expect(len(os.listdir("/proc/self/fd")), before, CLOSED)
    for parts in (("css", "deep", "missing"), ("css", "missing", "b.css")):
        kit.did(f"walk(site, {parts}), which fails on the way")
        with pytest.raises(OSError):
            walk(str(site), parts)
        kit.expect(len(os.listdir("/proc/self/fd")), before, CLOSED)


@needs_walk
@needs_links
def test_a_walk_goes_through_no_link(site):
    (site / "out").symlink_to(site.parent, target_is_directory=True)
    (site / "keys").symlink_to(site.parent / "keys.txt")
    for parts in (("out", "keys.txt"), ("keys",)):
        kit.did(f"walk(site, {parts}), where {parts[0]} is a link")
        kit.expect_raises(OSError, walk, str(site), parts, want="an OSError, for any link at all")


@needs_links
def test_a_link_that_stays_inside_leads_somewhere(site):
    (site / "latest").symlink_to(site / "css", target_is_directory=True)
    kit.expect(
        real_parts(str(site), ("latest", "a.css")),
        ["css", "a.css"],
        "where it really is, from the root on",
    )


@needs_links
@pytest.mark.parametrize("target", ["keys.txt", "site-secret/keys.txt"])
def test_a_link_that_leads_out_leads_nowhere(site, target):
    (site / "link").symlink_to(site.parent / target)
    kit.did(f"real_parts(site, ('link',)), a link to ../{target}")
    kit.expect_raises(
        OSError,
        real_parts,
        str(site),
        ("link",),
        want="an OSError, as for a file that is not there",
        why="'/srv/site-secret' starts with '/srv/site', and is not inside it",
    )


@needs_links
def test_both_gates_together(site):
    (site / "latest").symlink_to(site / "css", target_is_directory=True)
    (site / "out").symlink_to(site.parent / "keys.txt")
    file, _ = open_inside(str(site), ("latest", "a.css"), is_refused)
    with file:
        kit.expect(file.read(), b"style", "a link inside is followed")
    kit.expect_raises(OSError, open_inside, str(site), ("out",), is_refused, want="and out: never")


SPELLINGS = [
    "/static/../keys.txt",
    "/static/%2e%2e/keys.txt",
    "/static/..%2fkeys.txt",
    "/static/%2e%2e%2fkeys.txt",
    "/static/css/../../keys.txt",
    "/static/..%5ckeys.txt",
    "/static//keys.txt",
    "/static/%252e%252e/keys.txt",
    "/static/../site-secret/keys.txt",
    "/static/%00../keys.txt",
]


def test_no_spelling_brings_the_secret_out(site):
    app = App()
    add_static(app, "/static", site)
    with kit.serve(app=app.handle) as server:
        client = server.connect()
        client.send(b"GET /static/css/a.css HTTP/1.1\r\nHost: a\r\n\r\n")
        kit.expect(client.read_response().body, b"style", "a file of the site")
        for target in SPELLINGS:
            client = server.connect()
            client.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            reply = client.read_response()
            kit.expect_that(
                reply.status_code in (400, 404) and b"KEYS" not in reply.body,
                want=f"404 or 400 for {target}",
                got=f"{reply.status_code} {reply.body[:40]!r}",
            )
