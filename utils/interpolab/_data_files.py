"""Files of real data: where they may lie, and what they must contain.

A file is looked for in the folder named by ``INTERPOLAB_DATA``, then in the
user's cache, then on the network.  No byte is used before its checksum agrees.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import pooch

FOLDER_VARIABLE = "INTERPOLAB_DATA"
"""Environment variable that names a folder to look in first."""

_AUTHORS_REPOSITORY = (
    "https://raw.githubusercontent.com/RylanSchaeffer/"
    "Stanford-AI-Alignment-Double-Descent-Tutorial/"
    "23c73b2e99beeb27b79b944a90d9e818691a0185"
)


class DataUnavailableError(FileNotFoundError):
    """A data set is neither in a folder at hand nor to be downloaded."""


class DataCorruptedError(ValueError):
    """A data file's checksum is not the expected one."""


@dataclass(frozen=True)
class DataFile:
    """A file's local name, its SHA-256 checksum and its address."""

    filename: str
    sha256: str
    url: str


CALIFORNIA_HOUSING = DataFile(
    filename="cal_housing.tgz",
    sha256="aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
    url="https://ndownloader.figshare.com/files/5976036",
)
WHO_LIFE_EXPECTANCY = DataFile(
    filename="who_life_expectancy.csv",
    sha256="c3d22755ed3781c3a281d7b60f39f5a474a361e36ac56e84c2a747d8a7e05ec4",
    url=f"{_AUTHORS_REPOSITORY}/data/Life%20Expectancy%20Data.csv",
)


def read_data_file(dataset: str, file: DataFile) -> bytes:
    """Return the verified content of a file, downloaded if it must be.

    Raises
    ------
    DataUnavailableError
        If the file is nowhere, or ``INTERPOLAB_DATA`` names no folder.
    DataCorruptedError
        If the file in ``INTERPOLAB_DATA`` has another checksum.  A damaged
        file in the cache is downloaded anew.
    """
    folder = _named_folder(dataset, file)
    if folder is not None and (folder / file.filename).exists():
        return _verified(folder / file.filename, file)
    cache = Path(pooch.os_cache("interpolab"))
    try:
        with _quiet_pooch():
            # pooch downloads into a temporary file beside the target and
            # renames it only once its checksum is right.
            path = pooch.retrieve(
                file.url, f"sha256:{file.sha256}", fname=file.filename, path=cache
            )
    except (OSError, ValueError) as error:
        failure = f"{type(error).__name__}: {shorten(str(error), 150)}"
    else:
        return _verified(Path(path), file)
    damaged = " (the file there is damaged)" if (cache / file.filename).exists() else ""
    raise DataUnavailableError(
        f"The data set {dataset!r} is not available. Set {FOLDER_VARIABLE} to a "
        f"folder that holds {file.filename}, or connect to the network once. "
        f"Looked for {file.filename} in the folder {FOLDER_VARIABLE} "
        f"({folder or 'not set'}), in the cache {cache}{damaged}, and at {file.url} "
        f"({failure})."
    ) from None


def _named_folder(dataset: str, file: DataFile) -> Path | None:
    """Return the folder that the environment names, if it names one."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if not named:
        return None
    relative = Path(named).expanduser()
    # A notebook's kernel works in the notebook's folder, the command that
    # started it elsewhere: a relative name is looked for in the folders above too.
    here = Path.cwd()
    candidates = (base / relative for base in (here, *here.parents))
    folder = next((path for path in candidates if path.is_dir()), None)
    if folder is None:
        # Passing on silently would hide a typing error behind a download.
        raise DataUnavailableError(
            f"The data set {dataset!r} is not available: {FOLDER_VARIABLE} is "
            f"{named!r}, which is not a folder. Set it to a folder that holds "
            f"{file.filename}, or unset it."
        )
    return folder


def _verified(path: Path, file: DataFile) -> bytes:
    """Return a file's bytes if their checksum is the expected one."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise DataCorruptedError(
            f"{path} is damaged or another version: its SHA-256 checksum must be "
            f"{file.sha256}; found {found} ({len(content)} bytes). Replace the "
            "file, or delete it to have it downloaded."
        )
    return content


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep download notices out of the notebooks' stored outputs."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
