"""Creates the data folder (mode 0700) and says what to do where it cannot be used."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.domain.errors import ConfigError

VARIABLE = "FRONTDESK_DATA_DIR"
PRIVATE = 0o700


def own_folder(folder: Path, variable: str = VARIABLE) -> Path:
    """Make the folder where it is missing, and let nobody else into it; return it.

    Args:
        variable: that names it.

    Raises:
        ConfigError: it cannot be used.
    """
    chosen_folder(folder, variable)
    with usable(folder, variable), suppress(PermissionError):
        folder.chmod(PRIVATE)  # a volume that is ours by its group alone keeps the mode it was mounted with
    return folder


def chosen_folder(folder: Path, variable: str) -> Path:
    """Make the folder where it is missing, for us alone; one that somebody chose and made stays as it is. Return it.

    Raises:
        ConfigError: it cannot be used.
    """
    with usable(folder, variable):
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _must_be_usable(folder)
    return folder


@contextmanager
def usable(folder: Path, variable: str = VARIABLE) -> Iterator[None]:
    """Tell whatever fails in the body as a folder that cannot be used.

    Raises:
        ConfigError: naming the variable, the folder, its owner, and what to do.
    """
    try:
        yield
    except OSError as error:
        raise ConfigError(_told(folder, variable, error)) from error


def _must_be_usable(folder: Path) -> None:
    # Asked for the effective user where the platform can: a folder that we may not write would fail much later.
    effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=effective):
        raise OSError(errno.EROFS if os.statvfs(folder).f_flag & os.ST_RDONLY else errno.EACCES, "not usable")


def _told(folder: Path, variable: str, error: OSError) -> str:
    stands = _nearest(folder)
    if error.errno == errno.EROFS:
        why, mend = "it is on a read-only file system", "mount a volume there"
    elif error.errno in {errno.ENOSPC, errno.EDQUOT}:
        why, mend = "there is no room left", "make room"
    elif not stands.is_dir():
        why, mend = f"{stands} is a file", "move it away"
    elif error.errno in {errno.EACCES, errno.EPERM}:
        owner = user_name(stands.stat().st_uid)
        us = user_name(os.geteuid())
        why = f"{stands} belongs to {owner}, and this process runs as {us}"
        mend = f"give it to this user (chown -R {os.geteuid()} {stands})"
    else:
        why = error.strerror or type(error).__name__
        mend = "mend that"
    return f"{variable}: {folder} cannot be used: {why}; {mend}, or name another folder in {variable}"


def _nearest(folder: Path) -> Path:
    """The folder itself where there is one, else the nearest above it."""
    here = folder.absolute()
    try:
        return next(path for path in (here, *here.parents) if path.exists())
    except OSError:  # nothing below a folder that we may not enter can be looked at
        return next(path for path in here.parents if os.access(path, os.X_OK))


def user_name(uid: int) -> str:
    """Return the user's name with the number, or the number alone where it has no name here."""
    try:
        import pwd  # not on Windows

        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except (ImportError, KeyError):
        return f"uid {uid}"
