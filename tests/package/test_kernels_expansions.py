"""Hermite, Gegenbauer and Krawtchouk expansions: closed forms, limits, identities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import eval_chebyt, eval_hermitenorm, eval_legendre
from scipy.stats import norm

from interpolab.datasets import sphere_design
from interpolab.kernels import (
    gegenbauer,
    gegenbauer_coefficients,
    hermite,
    hermite_coefficients,
    hypercube_eigenvalues,
    kappa_0,
    kappa_1,
    lazy_relu,
    multiplicity,
    relu_ntk,
)


def step(x):
    return np.where(x > 0, 1.0, 0.0)


def relu(x):
    return np.maximum(x, 0.0)


def lazy(t):
    """Return the linearized layer's kernel as a function of the cosine."""
    return t * kappa_0(t) / 2


def sphere_average(f, d):
    """Average a function of one coordinate over the unit sphere, independently."""
    weight = lambda a: np.cos(a) ** (d - 2)  # noqa: E731
    ends = (-np.pi / 2, 0.0, np.pi / 2)
    total, mass = (
        sum(
            quad(g, low, high, epsabs=1e-13, epsrel=1e-13, limit=200)[0]
            for low, high in zip(ends[:-1], ends[1:], strict=True)
        )
        for g in (lambda a: f(np.sin(a)) * weight(a), weight)
    )
    return total / mass


# Hermite ------------------------------------------------------------------------


def test_hermite_polynomials_are_those_of_scipy():
    x = np.linspace(-6, 6, 41)
    expected = [
        eval_hermitenorm(k, x) / math.sqrt(math.factorial(k)) for k in range(41)
    ]
    # Near a zero the error is relative to the polynomial's size around it.
    assert np.allclose(hermite(x, 40), expected, rtol=1e-11, atol=1e-12)


def test_hermite_polynomials_are_orthonormal():
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)  # exact to degree 119
    h = hermite(nodes, 30)
    gram = (h * weights) @ h.T / weights.sum()
    assert np.allclose(gram, np.eye(31), atol=1e-12)


def threshold_step(c, degree):
    """Return the coefficients of 1{x > c}: E h_k 1{G > c} = phi(c) h_{k-1}(c)/k^.5."""
    k = np.arange(1, degree + 1)
    tail = norm.pdf(c) * hermite(c, degree)[:-1] / np.sqrt(k)
    return np.concatenate([[norm.sf(c)], tail])


def threshold_relu(c, degree):
    """Return the coefficients of max(x - c, 0), by parts once more."""
    k = np.arange(2, degree + 1)
    tail = norm.pdf(c) * hermite(c, degree)[: degree - 1] / np.sqrt(k * (k - 1))
    first = [norm.pdf(c) - c * norm.sf(c), norm.sf(c)]
    return np.concatenate([first, tail])


# 1.001, -2 + 1e-5 and 1e-9 lie between the end of a panel and its first node.
@pytest.mark.parametrize("c", [0.0, 0.31372, -1.7, 3.0, 1.001, -2 + 1e-5, 1e-9])
@pytest.mark.parametrize("degree", [5, 50, 400])
def test_jumps_and_kinks_anywhere_to_full_precision(c, degree):
    # What the docstring promises: 1e-15 of the norm, a few times that for the
    # closed forms' own rounding at degree 400.
    found = hermite_coefficients(lambda x: step(x - c), degree)
    assert np.allclose(found, threshold_step(c, degree), rtol=0, atol=4e-15)
    found = hermite_coefficients(lambda x: relu(x - c), degree)
    assert np.allclose(found, threshold_relu(c, degree), rtol=0, atol=4e-15)


@settings(max_examples=40, deadline=None)
@given(st.floats(-4, 4), st.integers(0, 8))
def test_a_jump_has_nowhere_to_hide(c, degree):
    found = hermite_coefficients(lambda x: step(x - c), degree)
    # Summing the panels rounds: of 600 jumps the worst is off by 4.1e-15.  A jump
    # missed between the end of a panel and its first node costs up to 1e-3.
    assert np.allclose(found, threshold_step(c, degree), rtol=0, atol=1e-14)


def test_gauss_hermite_does_not_do():
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    h = hermite(nodes, 10)
    for f, exact in ((step, threshold_step), (relu, threshold_relu)):
        crude = (h * weights) @ f(nodes) / weights.sum()
        error = np.abs(crude - exact(0.0, 10)).max()
        assert 5e-4 < error < 2e-3


def test_smooth_functions():
    k = np.arange(31)
    roots = np.sqrt([float(math.factorial(j)) for j in k])
    # exp(a x) generates the polynomials: mu_k = exp(a^2/2) a^k / sqrt(k!).
    for a in (0.5, 1.0, 3.0):
        found = hermite_coefficients(lambda x, a=a: np.exp(a * x), 30)
        size = np.exp(a**2)  # the root of E exp(2 a G)
        expected = np.exp(a**2 / 2) * a**k / roots
        assert np.allclose(found, expected, rtol=0, atol=2e-15 * size)
    # cos(b x): real part of the same with a = ib.
    found = hermite_coefficients(lambda x: np.cos(2 * x), 30)
    expected = np.exp(-2.0) * np.real((2j) ** k) / roots
    assert np.allclose(found, expected, rtol=0, atol=2e-15)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=12))
def test_hermite_coefficients_of_a_combination(weights):
    degree = len(weights) + 2
    found = hermite_coefficients(
        lambda x: np.tensordot(weights, hermite(x, len(weights) - 1), 1), degree
    )
    expected = np.pad(weights, (0, degree + 1 - len(weights)))
    assert np.allclose(
        found, expected, rtol=0, atol=1e-14 * (1 + np.abs(weights).sum())
    )


def test_parseval():
    # A smooth function's coefficients add up to its mean square.
    found = hermite_coefficients(np.tanh, 200)
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    mean_square = weights @ np.tanh(nodes) ** 2 / weights.sum()
    assert np.sum(found**2) == pytest.approx(mean_square, rel=1e-9)
    assert np.all(found[::2] == pytest.approx(0.0, abs=1e-16))


# Gegenbauer ---------------------------------------------------------------------


@pytest.mark.parametrize(("d", "known"), [(2, eval_chebyt), (3, eval_legendre)])
def test_gegenbauer_polynomials_on_circle_and_sphere(d, known):
    t = np.linspace(-1, 1, 101)
    expected = [known(k, t) for k in range(31)]
    assert np.allclose(gegenbauer(t, d, 30), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("d", [2, 3, 4, 20, 100, 1000])
def test_gegenbauer_polynomials_are_orthogonal(d):
    # Gauss-Legendre in the latitude, on panels as wide as the density.
    nodes, weights = np.polynomial.legendre.leggauss(80)
    end = min(np.pi / 2, 20 / np.sqrt(d))
    edges = np.linspace(-end, end, 21)
    half = np.diff(edges)[:, None] / 2
    latitude = (half * nodes + (edges[:-1] + edges[1:])[:, None] / 2).ravel()
    weight = (half * weights).ravel() * np.cos(latitude) ** (d - 2)
    roots = np.sqrt([float(multiplicity(d, k)) for k in range(21)])
    q = roots[:, None] * gegenbauer(np.sin(latitude), d, 20)
    gram = (q * weight) @ q.T / weight.sum()
    # cos^(d-2) is rounded by d eps.
    assert np.allclose(gram, np.eye(21), rtol=0, atol=1e-14 * (10 + d))


@pytest.mark.parametrize("d", [2, 3, 50, 1000])
def test_gegenbauer_polynomials_at_the_ends_and_inside(d):
    signs = (-1.0) ** np.arange(21)
    assert np.allclose(gegenbauer(1.0, d, 20), 1.0, rtol=1e-14)
    assert np.allclose(gegenbauer(-1.0, d, 20), signs, rtol=1e-14)
    inside = gegenbauer(np.linspace(-1, 1, 500), d, 20)
    assert np.abs(inside).max() <= 1 + 1e-13


def test_gegenbauer_polynomials_in_exact_arithmetic():
    # At t = 0 they are (-1)^j (2j-1)!! / ((d-1)(d+1)...(d+2j-3)), tiny for large d.
    d = 1000
    found = gegenbauer(0.0, d, 20)
    exact = 1
    for j in range(1, 11):
        exact = exact * (2 * j - 1)
        below = math.prod(d - 1 + 2 * i for i in range(j))
        assert found[2 * j] == pytest.approx((-1) ** j * exact / below, rel=1e-13)
        assert found[2 * j - 1] == 0.0


@pytest.mark.parametrize("d", [2, 3, 5, 40, 1000])
def test_multiplicities_add_up_to_the_polynomials_on_the_sphere(d):
    total = 0
    for ell in range(21):
        total += multiplicity(d, ell)
        expected = math.comb(d + ell - 1, ell)
        if ell:
            expected += math.comb(d + ell - 2, ell - 1)
        assert total == expected


def test_multiplicities_in_another_form():
    for d in (3, 7, 100):
        assert multiplicity(d, 0) == 1
        for k in range(1, 15):
            expected = (2 * k + d - 2) * math.comb(d + k - 3, k - 1)
            assert multiplicity(d, k) * k == expected
    assert [multiplicity(2, k) for k in range(4)] == [1, 2, 2, 2]


@pytest.mark.parametrize("d", [2, 3, 20])
@pytest.mark.parametrize("f", [kappa_0, kappa_1, lazy, relu, np.exp])
def test_coefficients_by_another_quadrature(d, f):
    found = gegenbauer_coefficients(f, d, 6)
    for k in range(7):
        average = sphere_average(lambda t, k=k: f(t) * gegenbauer(t, d, k)[k], d)
        # quad's 1e-13, times the multiplicity, is the second derivation's error.
        tolerance = 1e-12 * multiplicity(d, k)
        assert found[k] == pytest.approx(multiplicity(d, k) * average, abs=tolerance)


@pytest.mark.parametrize("c", [-0.9, 0.3, 1e-5])
def test_coefficients_of_a_cap(c):
    # In three dimensions the cosine is uniform, and Legendre's polynomials have the
    # primitive (Q_{k+1} - Q_{k-1})/(2k + 1).
    q = gegenbauer(c, 3, 21)
    expected = np.concatenate([[(1 - c) / 2], (q[:-2] - q[2:]) / 2])
    found = gegenbauer_coefficients(lambda t: step(t - c), 3, 20)
    assert np.allclose(found, expected, rtol=0, atol=4e-15 * np.sqrt(41))


@pytest.mark.parametrize("d", [2, 3, 10, 200])
def test_coefficients_of_a_combination_return(d):
    weights = np.array([0.3, -1.0, 0.0, 2.0, 0.5, -0.25])
    found = gegenbauer_coefficients(
        lambda t: np.tensordot(weights, gegenbauer(t, d, 5), 1), d, 8
    )
    roots = np.sqrt([float(multiplicity(d, k)) for k in range(9)])
    # As promised: 1e-15 of the root mean square (below 3), times the root of B.
    assert np.all(np.abs(found - np.pad(weights, (0, 3))) <= 4e-15 * roots)


def test_the_kernel_is_the_sum_of_its_expansion():
    # Positive coefficients that add up to f(1), so what is left after degree l is
    # at most what is missing there, at every cosine.
    d, t = 6, np.linspace(-1, 1, 101)
    for f in (kappa_1, lazy):
        coefficients = gegenbauer_coefficients(f, d, 60)
        assert coefficients.min() > -1e-9  # sqrt(B) is 1e4 here
        left = f(1.0) - coefficients.sum()
        assert 0 <= left < 1e-2
        rest = f(t) - np.tensordot(coefficients, gegenbauer(t, d, 60), 1)
        assert np.abs(rest).max() <= left + 1e-9


def test_addition_theorem_on_the_sphere():
    # B(d, k) Q_k(<x, z>) projects onto degree k: integrated against itself over z
    # it returns itself, against another degree nothing.
    nodes, weights = np.polynomial.legendre.leggauss(20)
    longitude = 2 * np.pi * np.arange(40) / 40
    radius = np.sqrt(1 - nodes**2)
    Z = np.stack(
        [
            np.outer(radius, np.cos(longitude)),
            np.outer(radius, np.sin(longitude)),
            np.outer(nodes, np.ones(40)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    weight = np.repeat(weights, 40) / 80
    X = sphere_design(5, 3, rng=0) / np.sqrt(3)
    q = (
        gegenbauer(X @ Z.T, 3, 8)
        * np.array([multiplicity(3, k) for k in range(9)])[:, None, None]
    )
    own = gegenbauer(X @ X.T, 3, 8)
    for j in range(9):
        for k in range(9):
            product = (q[j] * weight) @ q[k].T
            expected = multiplicity(3, k) * own[k] if j == k else 0.0
            # The rule is exact to degree 39 in both directions.
            assert np.allclose(product, expected, atol=1e-12)


def test_polynomials_tend_to_hermite_polynomials():
    s = np.linspace(-2, 2, 21)
    errors = []
    for d in (100, 1000, 10_000):
        roots = np.sqrt([float(multiplicity(d, k)) for k in range(7)])
        q = roots[:, None] * gegenbauer(s / np.sqrt(d), d, 6)
        errors.append(np.abs(q - hermite(s, 6)).max())
    # The corrections are of order 1/d.
    ratios = np.array(errors[:-1]) / errors[1:]
    assert np.all(np.abs(ratios - 10) < 1.5)


@pytest.mark.parametrize("f", [step, relu, np.tanh])
def test_coefficients_tend_to_hermite_coefficients(f):
    limit = hermite_coefficients(f, 6)
    errors = []
    for d in (100, 1000, 10_000):
        roots = np.sqrt([float(multiplicity(d, k)) for k in range(7)])
        found = gegenbauer_coefficients(lambda t, d=d: f(np.sqrt(d) * t), d, 6)
        errors.append(np.abs(found / roots - limit).max())
    ratios = np.array(errors[:-1]) / errors[1:]
    assert np.all(np.abs(ratios - 10) < 1.5)


def times_cosine(coefficients, d):
    """Return the coefficients of t f(t), one fewer, by the recurrence of Q_k."""
    k = np.arange(len(coefficients))
    upward = (k + d - 2) / np.maximum(2 * k + d - 2, 1) * coefficients
    downward = k / np.maximum(2 * k + d - 2, 1) * coefficients
    return np.concatenate([[0.0], upward[:-1]])[:-1] + downward[1:]


@pytest.mark.parametrize("d", [3, 20, 100])
def test_lazy_kernel_from_its_neuron(d):
    # E_w step step has the step's coefficients, squared, over B(d, k); the factor
    # <x, z>/d shifts the degrees.  Nothing cancels here, so this is the reference.
    degree = 8
    neuron = gegenbauer_coefficients(step, d, degree + 1)
    counts = np.array([float(multiplicity(d, k)) for k in range(degree + 2)])
    expected = times_cosine(neuron**2 / counts, d)
    found = gegenbauer_coefficients(lazy, d, degree)
    assert np.all(np.abs(found - expected) <= 2e-15 * np.sqrt(counts[:-1]) + 1e-15)


def test_lazy_kernel_in_high_dimension():
    # gamma_0 -> 0 and gamma_k -> mu_{k-1}^2 of the step: the cosine in front of the
    # average shifts the degree by one.  Corrections are of order 1/d.
    squares = hermite_coefficients(step, 5) ** 2
    limit = np.concatenate([[0.0], squares])
    for d in (100, 1000):
        found = gegenbauer_coefficients(lazy, d, 6)
        assert np.allclose(found, limit, atol=0.2 / d)
    # By the neuron, up to degree 20 in dimension 1,000, where 10^41 functions
    # share a degree.
    d = 1000
    counts = np.array([float(multiplicity(d, k)) for k in range(22)])
    found = times_cosine(gegenbauer_coefficients(step, d, 21) ** 2 / counts, d)
    limit = np.concatenate([[0.0], hermite_coefficients(step, 19) ** 2])
    # Relative corrections are about k^2/d: 0.4 at degree 20.
    assert np.allclose(found, limit, rtol=0.5, atol=1e-3)
    assert np.all(found >= 0.0)


def test_what_rounding_would_drown_is_refused():
    with pytest.raises(ValueError, match="degree must be below 1"):
        gegenbauer_coefficients(lazy, 1000, 20)
    try:
        gegenbauer_coefficients(lazy, 1000, 20)
    except ValueError as error:
        allowed = int(str(error).split("below ")[1].split()[0]) - 1
    # Where the message says it can be done, it can.
    found = gegenbauer_coefficients(lazy, 1000, allowed)
    assert np.all(found > -1e-3)
    assert found[1] == pytest.approx(0.25, abs=1e-3)


def test_eigenvalues_of_the_lazy_kernel_on_the_circle():
    # Equally spaced points: a circulant matrix, whose eigenvalues sum up those of
    # the degrees that the grid does not tell apart.
    n, d, degree = 64, 2, 600
    angle = 2 * np.pi * np.arange(n) / n
    X = np.sqrt(2) * np.column_stack([np.cos(angle), np.sin(angle)])
    eigenvalues = np.fft.fft(lazy_relu(X, X)[0]).real / n
    coefficients = gegenbauer_coefficients(lazy, d, degree)
    expected = np.zeros(n)
    expected[0] = coefficients[0]
    k = np.arange(1, degree + 1)
    np.add.at(expected, k % n, coefficients[1:] / 2)
    np.add.at(expected, -k % n, coefficients[1:] / 2)
    # The coefficients fall as k^-2, so the aliases left out, one in n of them on
    # each side, add up to about 1/(n degree).
    assert np.allclose(eigenvalues, expected, atol=1 / (n * degree))


def test_eigenvalues_of_the_lazy_kernel_on_many_points():
    d, n = 4, 1500
    X = sphere_design(n, d, rng=1)
    eigenvalues = np.linalg.eigvalsh(lazy_relu(X, X) / n)[::-1]
    coefficients = gegenbauer_coefficients(lazy, d, 4)
    start = 0
    blocks = sorted(
        (
            (coefficients[k] / multiplicity(d, k), multiplicity(d, k))
            for k in (0, 1, 2, 4)
        ),
        reverse=True,
    )
    for predicted, count in blocks:
        block = eigenvalues[start : start + count]
        start += count
        # A block's mean is off by its operator's fluctuation, 1/sqrt(n) = 0.026
        # over sqrt(count), and repelled by its neighbors.
        assert block.mean() == pytest.approx(predicted, rel=0.08)
    assert start == 1 + 4 + 9 + 25


def test_bulk_of_the_lazy_spectrum_is_what_high_degrees_leave():
    d, n = 40, 400
    K = lazy_relu(X := sphere_design(n, d, rng=2), X)
    eigenvalues = np.linalg.eigvalsh(K)[::-1]
    ratios = eigenvalues[:-1] / eigenvalues[1:]
    assert np.argmax(ratios[d:-1]) == 0  # the gap after d + 1 = 41 of them
    coefficients = gegenbauer_coefficients(lazy, d, 1)
    # Degrees 0 and 1 span d + 1 directions exactly; the rest of the trace is
    # shared by n - d - 1, up to what leaks between both.
    bulk = eigenvalues[d + 1 :].mean()
    assert bulk == pytest.approx(0.5 - coefficients.sum(), rel=0.01)


# Hypercube ----------------------------------------------------------------------


@pytest.mark.parametrize("f", [kappa_0, kappa_1, lazy, np.exp])
@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_hypercube_eigenvalues_by_brute_force(f, d):
    corners = 1.0 - 2.0 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1)
    eigenvalues = np.linalg.eigvalsh(f(corners @ corners.T / d)) / 2**d
    found = hypercube_eigenvalues(f, d)
    repeated = np.repeat(found, [math.comb(d, k) for k in range(d + 1)])
    assert np.allclose(np.sort(repeated), eigenvalues, atol=1e-14)


def test_hypercube_eigenvalues_of_monomial_kernels():
    # (<x, z>/d)^2 = 1/d + (2/d^2) sum over pairs of x_i x_j z_i z_j.
    d = 30
    expected = np.zeros(d + 1)
    expected[[0, 2]] = 1 / d, 2 / d**2
    assert np.allclose(hypercube_eigenvalues(np.square, d), expected, atol=1e-16)


def test_hypercube_and_sphere_agree_in_high_dimension():
    # On both the coefficient of degree k tends to the power series'.
    d = 1000
    found = hypercube_eigenvalues(kappa_1, d)
    powers = found[:5] * [math.comb(d, k) for k in range(5)]
    series = 2 * hermite_coefficients(relu, 4) ** 2
    assert np.allclose(powers, series, atol=2 / d)
    assert np.allclose(powers, gegenbauer_coefficients(kappa_1, d, 4), atol=2 / d)


def test_hypercube_eigenvalues_of_the_tangent_kernel():
    # The diagonal is shared by all degrees.
    d = 12

    def theta(u):
        Z = np.column_stack([u, np.sqrt(1 - u**2)])
        return relu_ntk([[1.0, 0.0]], Z, n_hidden=2)[0]

    found = hypercube_eigenvalues(theta, d)
    counts = [math.comb(d, k) for k in range(d + 1)]
    assert np.dot(found, counts) == pytest.approx(3.0, rel=1e-13)
    assert found.min() > 0


# Arguments ----------------------------------------------------------------------

EXPANSIONS = [
    hermite_coefficients,
    lambda f, degree: gegenbauer_coefficients(f, 3, degree),
    lambda f, degree: hypercube_eigenvalues(f, 3),
]


@pytest.mark.parametrize("expand", EXPANSIONS)
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (1.0, "f must be a function of an array"),
        (math.tanh, "f must take an array .*numpy.vectorize"),
        (lambda x: max(x, 0.0), "f must take an array .*numpy.vectorize"),
        (lambda x: 1.0, "f must return one real number for each entry"),
        (lambda x: x + 0j, "f must return one real number"),
        (lambda x: x[:-1], "f must return one real number"),
        (lambda x: np.where(x > 0.4, np.nan, x), "f must be finite; got nan at"),
    ],
)
def test_bad_functions_are_refused(expand, f, message):
    with pytest.raises(ValueError, match=message):
        expand(f, 3)


@pytest.mark.parametrize("expand", EXPANSIONS[:2])
@pytest.mark.parametrize("at", [0.0, 0.3])
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_poles_that_are_not_square_integrable_are_refused(expand, at, power):
    # Beside the edge at 0 a pole may be hit, or cost too many bisections.
    message = r"f must be (finite|square integrable|piecewise smooth)"
    with pytest.raises(ValueError, match=message):
        expand(lambda x: np.abs(x - at) ** -power, 3)


def test_a_pole_that_is_square_integrable_is_not_refused():
    # E|G|^-1/4 = 2^(-1/8) Gamma(3/8) / Gamma(1/2).
    got = hermite_coefficients(lambda x: np.abs(x) ** -0.25, 0)[0]
    expected = 2**-0.125 * math.gamma(0.375) / math.gamma(0.5)
    assert got == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("f", [lambda x: np.exp(x**2), lambda x: np.exp(x**2 / 4)])
def test_functions_that_are_not_square_integrable_are_refused(f):
    with pytest.raises(ValueError, match=r"f must be (finite|square integrable)"):
        hermite_coefficients(f, 3)


@pytest.mark.parametrize("expand", EXPANSIONS[:2])
def test_noise_is_refused(expand):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="f must be piecewise smooth"):
        expand(lambda x: rng.standard_normal(x.shape), 2)


@pytest.mark.parametrize("degree", [-1, 2.5, None, True])
def test_bad_degrees_are_refused(degree):
    message = "degree must be an integer at least 0"
    with pytest.raises(ValueError, match=message):
        hermite(0.0, degree)
    with pytest.raises(ValueError, match=message):
        hermite_coefficients(np.tanh, degree)
    with pytest.raises(ValueError, match=message):
        gegenbauer(0.0, 3, degree)
    with pytest.raises(ValueError, match=message):
        gegenbauer_coefficients(np.tanh, 3, degree)
    with pytest.raises(ValueError, match="k must be an integer at least 0"):
        multiplicity(3, degree)


@pytest.mark.parametrize("d", [1, 0, 2.5, None])
def test_bad_dimensions_are_refused(d):
    message = "d must be an integer at least 2"
    with pytest.raises(ValueError, match=message):
        multiplicity(d, 1)
    with pytest.raises(ValueError, match=message):
        gegenbauer(0.0, d, 1)
    with pytest.raises(ValueError, match=message):
        gegenbauer_coefficients(np.tanh, d, 1)
    with pytest.raises(ValueError, match="d must be an integer at least 1"):
        hypercube_eigenvalues(np.tanh, None if d == 1 else 0)


def test_bad_points_are_refused():
    with pytest.raises(ValueError, match=r"t must be in \[-1, 1\]; got 1.5"):
        gegenbauer([0.0, 1.5], 3, 2)
    with pytest.raises(ValueError, match="x must be finite"):
        hermite([0.0, np.inf], 2)
    with pytest.raises(ValueError, match="no float64 root"):
        gegenbauer_coefficients(np.tanh, 10**6, 400)


def test_degree_zero():
    assert hermite_coefficients(relu, 0).shape == (1,)
    assert gegenbauer(0.3, 5, 0).tolist() == [1.0]
    found = gegenbauer_coefficients(np.square, 5, 0)
    assert found == pytest.approx([1 / 5], rel=1e-14)
