"""Designs, label noise, and real data that is right or refused."""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pooch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interpolab import datasets
from interpolab._data_files import DataFile, read_data_file
from interpolab.datasets import (
    DataCorruptedError,
    DataUnavailableError,
    RegressionData,
    gaussian_design,
    load_regression,
    power_law_spectrum,
    randomize_labels,
    sphere_design,
)

SIZES = {
    "student_teacher": (1000, 20),
    "california_housing": (20640, 8),
    "diabetes": (442, 10),
    "who_life_expectancy": (1649, 17),
}
BUNDLED = ("student_teacher", "diabetes")


@pytest.fixture(scope="module")
def downloaded() -> dict[str, RegressionData]:
    """Return the two sets that need a file, or skip (in CI: fail) once."""
    try:
        return {n: load_regression(n) for n in SIZES if n not in BUNDLED}
    except DataUnavailableError as error:
        reason = str(error).partition(" Looked for")[0]
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def loaded(name: str, request: pytest.FixtureRequest) -> RegressionData:
    if name in BUNDLED:
        return load_regression(name)
    return request.getfixturevalue("downloaded")[name]


# ---------------------------------------------------------------- spectra, designs


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 5))
def test_power_law_is_multiplicative_and_decreasing(a, b, alpha):
    # i -> i**-alpha is the only kind of decreasing function with f(ab) = f(a)f(b).
    spectrum = power_law_spectrum(a * b, alpha)
    assert spectrum.shape == (a * b,)
    assert spectrum[0] == 1.0
    assert (np.diff(spectrum) <= 0).all()
    # Two roundings of relative size 1e-16, in powers of at most 144**5.
    np.testing.assert_allclose(
        spectrum[a * b - 1], spectrum[a - 1] * spectrum[b - 1], rtol=1e-14
    )


def test_power_law_special_exponents():
    np.testing.assert_array_equal(power_law_spectrum(5, 0), np.ones(5))
    # Euler: the squares' reciprocals sum to pi^2/6; the tail after d is 1/d.
    d = 10**6
    tail = 1 / d
    np.testing.assert_allclose(
        power_law_spectrum(d, 2).sum() + tail, np.pi**2 / 6, atol=1e-11
    )


@pytest.mark.parametrize(("d", "alpha"), [(0, 1), (2.5, 1), (True, 1), (3, -0.1)])
@pytest.mark.parametrize("infinite", [False, True])
def test_power_law_refuses(d, alpha, infinite):
    with pytest.raises(ValueError, match="must be"):
        power_law_spectrum(d, np.inf if infinite else alpha)


def test_gaussian_design_has_the_covariance():
    spectrum = power_law_spectrum(6, 1.0)
    n = 100_000
    X = gaussian_design(n, spectrum, rng=1)
    scatter = X.T @ X / n
    # An entry's standard deviation is sqrt(l_i l_j (1 + delta_ij) / n); of 21
    # entries none exceeds 5 of them but with probability 1e-5.
    bound = 5 * np.sqrt(np.outer(spectrum, spectrum) * (1 + np.eye(6)) / n)
    assert (np.abs(scatter - np.diag(spectrum)) < bound).all()
    assert stats.kstest(X[:, 0], "norm").pvalue > 1e-4


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32))
def test_gaussian_design_scales_one_draw(n, d, seed):
    spectrum = power_law_spectrum(d, 1.5)
    X = gaussian_design(n, spectrum, rng=seed)
    assert X.shape == (n, d)
    # A power of four scales by a power of two, which is exact.
    np.testing.assert_array_equal(gaussian_design(n, 4 * spectrum, rng=seed), 2 * X)
    generator = np.random.default_rng(seed)
    np.testing.assert_array_equal(gaussian_design(n, spectrum, rng=generator), X)
    assert not np.array_equal(gaussian_design(n, spectrum, rng=generator), X)
    np.testing.assert_array_equal(gaussian_design(n, np.zeros(d), rng=seed), 0)


@pytest.mark.parametrize(
    ("n", "spectrum", "named"),
    [
        (0, [1.0], "n must"),
        (3, [], "spectrum must not be empty"),
        (3, [1.0, -1e-9], "non-negative"),
        (3, [[1.0]], "1-dimensional"),
        (3, [np.nan], "finite"),
        (3, ["a"], "real numbers"),
    ],
)
def test_gaussian_design_refuses(n, spectrum, named):
    with pytest.raises(ValueError, match=named):
        gaussian_design(n, spectrum, rng=0)


@given(st.integers(1, 5), st.integers(1, 50), st.integers(0, 2**32))
def test_sphere_design_has_one_length(n, d, seed):
    X = sphere_design(n, d, rng=seed)
    assert X.shape == (n, d)
    # A norm of d squares is off by d roundings at the most.
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.sqrt(d), rtol=1e-13)


def test_sphere_design_is_uniform():
    # Archimedes: on the sphere in three dimensions a coordinate is uniform.
    n = 100_000
    X = sphere_design(n, 3, rng=2)
    for column in X.T / np.sqrt(3):
        assert stats.kstest(column, stats.uniform(-1, 2).cdf).pvalue > 1e-4
    # An entry of xx' has a standard deviation below 1; five times that / sqrt n.
    np.testing.assert_allclose(X.T @ X / n, np.eye(3), atol=5 / np.sqrt(n))
    assert set(np.unique(sphere_design(100, 1, rng=0))) == {-1.0, 1.0}


@pytest.mark.parametrize(("n", "d"), [(0, 3), (3, 0), (3, 1.0), ("3", 3)])
def test_sphere_design_refuses(n, d):
    with pytest.raises(ValueError, match="must be an integer"):
        sphere_design(n, d, rng=0)


@pytest.mark.parametrize("rng", [-1, 1.5, None, "0", True, np.random])
def test_bad_sources_of_randomness(rng):
    for draw in (
        lambda: gaussian_design(2, [1.0], rng=rng),
        lambda: sphere_design(2, 2, rng=rng),
        lambda: randomize_labels([1.0], 0.5, rng=rng),
    ):
        with pytest.raises(ValueError, match="rng must"):
            draw()


# ---------------------------------------------------------------- label noise

labels = st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=40)
probabilities = st.floats(0, 1)


@given(labels, probabilities, probabilities, st.integers(0, 2**32))
def test_replaced_labels_are_nested(y, q, larger, seed):
    y = np.array(y)
    q, larger = sorted((q, larger))
    # A label counts as replaced where y and -y come out alike.
    few = randomize_labels(y, q, rng=seed)
    replaced = few == randomize_labels(-y, q, rng=seed)
    many = randomize_labels(y, larger, rng=seed)
    assert set(few) <= {-1.0, 1.0}
    np.testing.assert_array_equal(few[~replaced], y[~replaced])
    np.testing.assert_array_equal(few[replaced], many[replaced])


def test_randomized_labels_disagree_half_as_often_as_replaced():
    n = 200_000
    y = np.where(np.arange(n) % 3 == 0, 1, -1)
    for q in (0.0, 0.1, 0.4, 1.0):
        disagreement = (randomize_labels(y, q, rng=3) != y).mean()
        # Binomial: five standard deviations.
        assert abs(disagreement - q / 2) <= 5 * np.sqrt(q / 2 * (1 - q / 2) / n)
    assert (y == np.where(np.arange(n) % 3 == 0, 1, -1)).all(), "y was changed"


@pytest.mark.parametrize(
    ("y", "q", "named"),
    [
        ([0, 1], 0.1, "labels -1 or \\+1; got 0"),
        ([], 0.1, "y must not be empty"),
        ([[1]], 0.1, "1-dimensional"),
        ([1], 1.1, "q must be"),
        ([1], -0.1, "q must be"),
        ([1], np.nan, "q must be"),
    ],
)
def test_randomize_labels_refuses(y, q, named):
    with pytest.raises(ValueError, match=named):
        randomize_labels(y, q, rng=0)


# ---------------------------------------------------------------- the four sets


@pytest.mark.parametrize("name", SIZES)
def test_set_is_complete(name, request):
    data = loaded(name, request)
    n, d = SIZES[name]
    assert data.name == name
    assert data.X.shape == (n, d)
    assert data.y.shape == (n,)
    for array in (data.X, data.y):
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
        assert array.flags.owndata
        assert np.isfinite(array).all()
    assert len(set(data.feature_names)) == d
    for feature in data.feature_names:
        assert feature == " ".join(feature.split())
    assert len(data.description) > 100
    with pytest.raises(FrozenInstanceError):
        data.X = None


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("student_teacher", 1.00e3),
        ("california_housing", 282.0),
        ("diabetes", 5.08e5),
        ("who_life_expectancy", 6.15e4),
    ],
)
def test_divergence_at_the_threshold_is_the_published_one(name, published, request):
    # Any change of rows, columns, order, units or stream would move the median
    # over the published splits, which is ill-conditioned in all of them.
    data = loaded(name, request)
    n, d = data.X.shape
    errors = []
    for split in range(50):
        order = np.random.RandomState(split).permutation(n)  # noqa: NPY002
        test, train = np.split(order, [n - d])
        coef = np.linalg.pinv(data.X[train], rcond=1e-15) @ data.y[train]
        errors.append(np.mean((data.X[test] @ coef - data.y[test]) ** 2))
    # Known to three digits.
    assert np.median(errors) == pytest.approx(published, rel=5e-3)


def test_student_teacher_is_noise_free_outside_what_it_sees():
    data = load_regression("student_teacher")
    # The same stream once more: with all 30 inputs the target is exactly linear.
    stream = np.random.RandomState(0)  # noqa: NPY002
    inputs = stream.standard_normal((1000, 30))
    np.testing.assert_array_equal(data.X, inputs[:, :20])
    _, residual, rank, _ = np.linalg.lstsq(inputs, data.y, rcond=None)
    assert rank == 30
    # Sum of 1000 squared roundings of size 1e-15 times the target's, about 5.
    assert residual[0] < 1e-24
    _, seen, _, _ = np.linalg.lstsq(data.X, data.y, rcond=None)
    assert seen[0] > 1.0


def test_diabetes_is_as_described():
    data = load_regression("diabetes")
    np.testing.assert_allclose(data.X.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(data.X, axis=0), 1, rtol=1e-12)
    assert data.y.mean() == pytest.approx(152.13, abs=0.01)


def test_california_agrees_with_the_raw_table(downloaded):
    data = downloaded["california_housing"]
    archive = read_data_file("california_housing", datasets.CALIFORNIA_HOUSING)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        raw = np.loadtxt(
            tar.extractfile("CaliforniaHousing/cal_housing.data"), delimiter=","
        )
    longitude, latitude, age, rooms, bedrooms, people, homes, income, value = raw.T
    expected = {
        "MedInc": income,
        "HouseAge": age,
        "AveRooms": rooms / homes,
        "AveBedrms": bedrooms / homes,
        "Population": people,
        "AveOccup": people / homes,
        "Latitude": latitude,
        "Longitude": longitude,
    }
    assert data.feature_names == tuple(expected)
    np.testing.assert_array_equal(data.X, np.column_stack(list(expected.values())))
    np.testing.assert_array_equal(data.y, value / 1e5)


def test_who_agrees_with_the_raw_table(downloaded):
    data = downloaded["who_life_expectancy"]
    content = read_data_file("who_life_expectancy", datasets.WHO_LIFE_EXPECTANCY)
    heading, *rows = csv.reader(io.StringIO(content.decode()))
    names = [" ".join(name.split()) for name in heading]
    complete = [row for row in rows if all(row)]
    assert (len(rows), len(complete)) == (2938, 1649)
    columns = dict(zip(names, zip(*complete, strict=True), strict=True))
    np.testing.assert_array_equal(data.y, np.array(columns["Life expectancy"], float))
    left_out = set(names) - set(data.feature_names) - {"Life expectancy"}
    assert left_out == {
        "Country",
        "Year",
        "Status",
        "Income composition of resources",
    }
    for j, name in enumerate(data.feature_names):
        np.testing.assert_array_equal(data.X[:, j], np.array(columns[name], float))
    order = [name for name in names if name in data.feature_names]
    assert list(data.feature_names) == order


def test_unknown_set_is_refused():
    with pytest.raises(ValueError, match="name must be one of") as caught:
        load_regression("boston")
    for name in SIZES:
        assert name in str(caught.value)


def test_no_global_state_is_touched_or_shared():
    before = np.random.get_state()  # noqa: NPY002
    first, second = (load_regression("student_teacher") for _ in range(2))
    gaussian_design(3, [1.0, 2.0], rng=0)
    sphere_design(3, 2, rng=0)
    randomize_labels([1.0, -1.0], 0.5, rng=0)
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(b, a) for b, a in zip(before, after, strict=True))
    first.X[:] = 0
    assert second.X.any()


def test_california_leaves_a_read_only_folder_alone(downloaded, tmp_path, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    archive = read_data_file("california_housing", datasets.CALIFORNIA_HOUSING)
    (folder / "cal_housing.tgz").write_bytes(archive)
    folder.chmod(0o555)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("INTERPOLAB_DATA", str(folder))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home))
    data = load_regression("california_housing")
    np.testing.assert_array_equal(data.X, downloaded["california_housing"].X)
    assert [path.name for path in folder.iterdir()] == ["cal_housing.tgz"]
    assert not list(home.iterdir()), "scikit-learn's own data home was used"
    folder.chmod(0o755)


def test_archive_is_the_one_that_scikit_learn_expects():
    from sklearn.datasets import _california_housing

    expected = _california_housing.ARCHIVE
    assert datasets.CALIFORNIA_HOUSING.sha256 == expected.checksum
    assert datasets.CALIFORNIA_HOUSING.filename == expected.filename


# ---------------------------------------------------------------- finding files

CONTENT = b"a,b\n" + b"1,2\n" * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """A file server on loopback that can be told to misbehave."""

    def __init__(self) -> None:
        self.requests = 0
        self.mode = "whole"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                body = {
                    "whole": CONTENT,
                    "cut": CONTENT[: len(CONTENT) // 2],
                    "other": CONTENT[::-1],
                    "missing": b"",
                }[outer.mode]
                self.send_response(404 if outer.mode == "missing" else 200)
                length = len(body if outer.mode == "missing" else CONTENT)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/table.csv"
        self.thread = Thread(
            target=self.server.serve_forever, args=(0.01,), daemon=True
        )
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache of the user's; no folder is named."""
    monkeypatch.delenv("INTERPOLAB_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "interpolab"


@pytest.fixture
def file(server: Server) -> DataFile:
    return DataFile("table.csv", SHA256, server.url)


def content_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_named_folder_comes_first(server, cache, file, tmp_path, monkeypatch):
    (tmp_path / "table.csv").write_bytes(CONTENT)
    monkeypatch.setenv("INTERPOLAB_DATA", str(tmp_path))
    assert read_data_file("a set", file) == CONTENT
    assert server.requests == 0
    assert not cache.exists()


def test_cache_comes_second_and_is_filled_once(
    server, cache, file, tmp_path, monkeypatch
):
    (tmp_path / "data").mkdir()
    for named in ("", str(tmp_path / "data")):
        monkeypatch.setenv("INTERPOLAB_DATA", named)
        assert read_data_file("a set", file) == CONTENT
    assert server.requests == 1
    assert content_of(cache) == ["table.csv"]
    assert content_of(tmp_path / "data") == []


@pytest.mark.parametrize("damaged", [b"", CONTENT[:-1], CONTENT + b"\n", b"\0" * 9])
def test_damaged_file_in_the_named_folder_is_refused(
    server, cache, file, tmp_path, monkeypatch, damaged
):
    (tmp_path / "table.csv").write_bytes(damaged)
    monkeypatch.setenv("INTERPOLAB_DATA", str(tmp_path))
    with pytest.raises(DataCorruptedError) as caught:
        read_data_file("a set", file)
    message = str(caught.value)
    assert str(tmp_path / "table.csv") in message
    assert SHA256 in message
    assert hashlib.sha256(damaged).hexdigest() in message
    assert server.requests == 0
    assert (tmp_path / "table.csv").read_bytes() == damaged


@pytest.mark.parametrize("name", ["california_housing", "who_life_expectancy"])
def test_loader_refuses_a_damaged_file(name, cache, tmp_path, monkeypatch):
    for file in (datasets.CALIFORNIA_HOUSING, datasets.WHO_LIFE_EXPECTANCY):
        (tmp_path / file.filename).write_bytes(b"not the data")
    monkeypatch.setenv("INTERPOLAB_DATA", str(tmp_path))
    with pytest.raises(DataCorruptedError, match="checksum"):
        load_regression(name)


@pytest.mark.parametrize("kind", ["absent", "a file"])
def test_named_folder_that_is_none_is_an_error(
    server, cache, file, tmp_path, monkeypatch, kind
):
    named = tmp_path / "nowhere"
    if kind == "a file":
        named.write_bytes(CONTENT)
    monkeypatch.setenv("INTERPOLAB_DATA", str(named))
    with pytest.raises(DataUnavailableError, match="not a folder") as caught:
        read_data_file("a set", file)
    assert str(named) in str(caught.value)
    assert "a set" in str(caught.value)
    assert server.requests == 0


def test_damaged_file_in_the_cache_is_downloaded_anew(server, cache, file):
    cache.mkdir(parents=True)
    (cache / "table.csv").write_bytes(CONTENT[:100])
    assert read_data_file("a set", file) == CONTENT
    assert (cache / "table.csv").read_bytes() == CONTENT
    assert server.requests == 1


@pytest.mark.parametrize("mode", ["cut", "other", "missing"])
def test_failed_download_caches_nothing(server, cache, file, mode):
    server.mode = mode
    with pytest.raises(DataUnavailableError):
        read_data_file("a set", file)
    assert content_of(cache) == []
    server.mode = "whole"
    assert read_data_file("a set", file) == CONTENT
    assert content_of(cache) == ["table.csv"]


def test_interrupt_during_the_download_caches_nothing(server, cache, file, monkeypatch):
    def interrupted(self, url, output_file, pooch, check_only=False):
        Path(output_file).write_bytes(CONTENT[:1000])
        assert len(content_of(cache)) == 1, "the download is not in the cache's folder"
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            read_data_file("a set", file)
    assert content_of(cache) == []
    assert read_data_file("a set", file) == CONTENT


def test_unavailable_data_is_one_clear_error(server, cache, file, monkeypatch):
    server.close()
    monkeypatch.setattr(Server, "close", lambda self: None)
    with pytest.raises(FileNotFoundError) as caught:
        read_data_file("a set", file)
    error = caught.value
    assert isinstance(error, DataUnavailableError)
    assert error.__cause__ is None
    assert error.__context__ is None
    for part in ("'a set'", "table.csv", "INTERPOLAB_DATA", str(cache), file.url):
        assert part in str(error)
    assert "connect to the network once" in str(error)
    assert "\n" not in str(error)
    assert "damaged" not in str(error)


def test_damaged_cache_without_network_says_so(server, cache, file):
    cache.mkdir(parents=True)
    (cache / "table.csv").write_bytes(b"half")
    with pytest.raises(DataUnavailableError, match="the file there is damaged"):
        read_data_file("a set", replace(file, url="http://127.0.0.1:9/table.csv"))


def test_cache_that_cannot_be_made_is_the_same_error(server, cache, file):
    cache.parent.parent.mkdir(exist_ok=True)
    cache.parent.write_text("a file where the cache's folder should be")
    with pytest.raises(DataUnavailableError, match="a set"):
        read_data_file("a set", file)


def test_downloads_are_silent_and_leave_pooch_talkative(server, cache, file):
    # A notebook would store what is said.
    said: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = said.append  # type: ignore[method-assign]
    logger = pooch.get_logger()
    logger.setLevel(logging.INFO)  # as pooch sets it
    logger.addHandler(handler)
    try:
        read_data_file("a set", file)
        shutil.rmtree(cache)
        server.mode = "missing"
        with pytest.raises(DataUnavailableError):
            read_data_file("a set", file)
    finally:
        logger.removeHandler(handler)
    assert not said
    assert logger.level == logging.INFO


def test_a_relative_folder_is_found_from_a_subfolder(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "project" / "notebooks").mkdir(parents=True)
    (tmp_path / "data" / "file.csv").write_bytes(b"1\n")
    checksum = hashlib.sha256(b"1\n").hexdigest()
    wanted = DataFile("file.csv", checksum, "http://127.0.0.1:9/none")
    monkeypatch.setenv("INTERPOLAB_DATA", "../data")
    for folder in ("project", "project/notebooks"):
        monkeypatch.chdir(tmp_path / folder)
        assert read_data_file("a set", wanted) == b"1\n"
