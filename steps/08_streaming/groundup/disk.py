"""Opening files, so that what is open is what was checked.

Apart from the responses because it knows no HTTP: it gives an open regular file or an OSError.
The rule: nothing is asked of a name that can be asked of the open file. A file inside a root is
found by walking from directory to directory, each opened relative to the one before, and through
no symbolic link; nobody who moves things meanwhile can lead the walk out.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from io import FileIO
from typing import Final

Opened = tuple[FileIO, os.stat_result]
"""An open regular file, and its state when it was opened."""


def flags(*names: str) -> int:
    """Those of os's constants that this system has, together."""
    return sum(getattr(os, name, 0) for name in names)


# O_NONBLOCK: opening a pipe would wait for its writer. A regular file does not know the flag.
FILE: Final = flags("O_RDONLY", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_NOINHERIT")
# O_PATH: passing through a directory asks for less than reading it.
DIRECTORY: Final = flags("O_RDONLY", "O_CLOEXEC", "O_DIRECTORY", "O_PATH")
NO_LINK: Final = flags("O_NOFOLLOW")

CAN_WALK: Final = os.open in os.supports_dir_fd and NO_LINK != 0
# What a link on the way looks like to O_NOFOLLOW: Linux and macOS, a directory's link, FreeBSD.
MAYBE_LINK: Final = frozenset((errno.ELOOP, errno.ENOTDIR, errno.EMLINK))


def open_regular(path: str) -> Opened:
    """The file at `path`, which the program trusts: links are followed.

    OSError if it cannot be opened or is no regular file; ValueError for a NUL in the path.
    """
    return regular(os.open(path, FILE), path)


def regular(descriptor: int, path: str) -> Opened:
    """A file object for a descriptor, which is closed if it is no regular file: OSError."""
    state = os.fstat(descriptor)
    if stat.S_ISREG(state.st_mode):
        return FileIO(descriptor, "rb"), state
    os.close(descriptor)
    code = errno.EISDIR if stat.S_ISDIR(state.st_mode) else errno.ENOENT
    raise OSError(code, os.strerror(code), path)  # of the subclass that the code stands for


def open_inside(root: str, parts: Sequence[str], refuse: Callable[[str], bool]) -> Opened:
    """The file at `parts`, at least one, below `root`, a real path; else an OSError.

    A link is followed if its target lies inside the root too, and has no part that is to be
    refused; most paths have none, and then nothing is resolved. No part may be '..' or hold a
    separator: the caller has seen to it.
    """
    if CAN_WALK:
        try:
            return regular(walk(root, parts), os.path.join(root, *parts))
        except OSError as error:
            if error.errno not in MAYBE_LINK:
                raise
    real = real_parts(root, parts)
    path = os.path.join(root, *real)
    if any(refuse(part) for part in real):
        raise absent(path)
    return regular(walk(root, real) if CAN_WALK else open_unmoved(path), path)


def walk(root: str, parts: Sequence[str]) -> int:
    """A descriptor for `parts` below `root`, reached through no link; OSError if there is one."""
    raise NotImplementedError("Task 8.9: stay inside the root")


def real_parts(root: str, parts: Sequence[str]) -> list[str]:
    """Where `parts` lead to when every link is resolved, from `root` on; OSError if outside."""
    raise NotImplementedError("Task 8.9: stay inside the root")


def open_unmoved(path: str) -> int:
    """A descriptor for a real path, where no walk can be had (Windows).

    It is opened, and then must still be a real path, and lead to what is open.
    """
    if os.path.isdir(path):  # Windows would call it a lack of permission
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    descriptor = os.open(path, FILE | NO_LINK)
    try:
        same = os.path.samestat(os.fstat(descriptor), os.stat(path))
        if not same or os.path.realpath(path) != path:
            raise absent(path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def absent(path: str) -> OSError:
    """The error for what is as good as not there."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
