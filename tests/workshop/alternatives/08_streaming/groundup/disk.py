"""Open files, inside a root. A walk holds one directory, and lets go of it before it looks back.

Another design than the solution's: where a link leads to is up to pathlib.
"""

import errno
import os
import stat
from io import FileIO
from pathlib import Path

Opened = tuple


def together(*names):
    value = 0
    for name in names:
        value |= getattr(os, name, 0)
    return value


EACH = together("O_RDONLY", "O_CLOEXEC")
PLAIN = EACH | together("O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_NOINHERIT")
FOLDER = EACH | together("O_DIRECTORY", "O_PATH")
THROUGH_NO_LINK = together("O_NOFOLLOW")
CAN_WALK = bool(THROUGH_NO_LINK) and os.open in os.supports_dir_fd


def absent(path):
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def regular(descriptor, path):
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        if stat.S_ISDIR(state.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        raise absent(path)
    return FileIO(descriptor, "rb"), state


def open_regular(path):
    return regular(os.open(path, PLAIN), path)


def open_inside(root, parts, refuse):
    path = os.path.join(root, *parts)
    if CAN_WALK:
        try:
            return regular(walk(root, parts), path)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
                raise
    real = real_parts(root, parts)
    if any(map(refuse, real)):
        raise absent(path)
    found = os.path.join(root, *real)
    return regular(walk(root, real) if CAN_WALK else open_unmoved(found), found)


def walk(root, parts):
    here = os.open(root, FOLDER)
    for behind in range(len(parts) - 1, -1, -1):
        flags = (FOLDER if behind else PLAIN) | THROUGH_NO_LINK
        try:
            there = os.open(parts[-1 - behind], flags, dir_fd=here)
        finally:
            os.close(here)
        here = there
    return here


def real_parts(root, parts):
    path = Path(root, *parts)
    try:
        below = path.resolve().relative_to(Path(root).resolve())
    except (ValueError, RuntimeError):  # not below it; or links in a ring
        raise absent(str(path)) from None
    return list(below.parts) or ["."]


def open_unmoved(path):
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    descriptor = os.open(path, PLAIN | THROUGH_NO_LINK)
    if os.path.realpath(path) == path and os.path.samestat(os.fstat(descriptor), os.stat(path)):
        return descriptor
    os.close(descriptor)
    raise absent(path)
