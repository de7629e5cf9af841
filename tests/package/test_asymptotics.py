"""The closed forms against integrals, other derivations, limits and simulations.

Unless a test says otherwise the tolerance is 1e-8 relative: numerical integration
is asked for 1e-12 and the formulas for rounding, so that a wrong constant or a lost
digit shows and the integrator does not.
"""

from __future__ import annotations

import time
from decimal import Decimal, localcontext
from fractions import Fraction
from math import fsum

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erf

from interpolab import asymptotics
from interpolab.asymptotics import (
    effective_ranks,
    effective_ridge,
    fourier_features_risk,
    gaussian_features_risk,
    isotropic_risk,
    marchenko_pastur_density,
    near_interpolation_norm2,
    near_interpolation_test_error,
    random_features_risk,
    ridge_equivalent,
    smallest_singular_value_cdf,
)

EXACT = 1e-8
ROUNDING = 1e-12


def close(value, expected, tolerance=EXACT):
    np.testing.assert_allclose(value, expected, rtol=tolerance, atol=0.0)


def marchenko_pastur_mean(f, aspect):
    """Integrate f against the whole law, atom included."""
    a, b = (1 - np.sqrt(aspect)) ** 2, (1 + np.sqrt(aspect)) ** 2

    def integrand(angle):
        # x = a + (b - a) sin^2 takes the square roots out of both ends.
        x = a + (b - a) * np.sin(angle) ** 2
        measure = 2 * (b - a) * np.sin(angle) * np.cos(angle)
        return f(x) * marchenko_pastur_density(x, aspect) * measure

    bulk = quad(integrand, 0, np.pi / 2, epsabs=0, epsrel=1e-12, limit=500)[0]
    return bulk + (max(0.0, 1 - 1 / aspect) * f(0.0) if aspect > 1 else 0.0)


def test_only_the_contract_is_public():
    assert sorted(asymptotics.__all__) == asymptotics.__all__
    public = {name for name in vars(asymptotics) if not name.startswith("_")}
    assert public == set(asymptotics.__all__)


# Marchenko and Pastur


@pytest.mark.parametrize("aspect", [0.01, 0.5, 0.999, 1.0, 1.001, 2.0, 25.0])
def test_marchenko_pastur_moments(aspect):
    close(marchenko_pastur_mean(lambda x: 1.0, aspect), 1.0)
    close(marchenko_pastur_mean(lambda x: x, aspect), 1.0)
    # tr E[W^2]/p = 1 + p/n, and the third moment by the same count.
    close(marchenko_pastur_mean(lambda x: x**2, aspect), 1 + aspect)
    third = 1 + 3 * aspect + aspect**2
    close(marchenko_pastur_mean(lambda x: x**3, aspect), third)


@pytest.mark.parametrize("aspect", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("z", [-0.01, -1.0])
def test_marchenko_pastur_stieltjes_transform(aspect, z):
    t = 1 - aspect - z
    root = np.sqrt(t**2 - 4 * aspect * z)
    m = (t - root) / (2 * aspect * z)
    close(marchenko_pastur_mean(lambda x: 1 / (x - z), aspect), m)


def test_marchenko_pastur_edges():
    assert marchenko_pastur_density([-1.0, 0.0, 4.0, 9.0], 1.0).tolist()[1] == np.inf
    assert marchenko_pastur_density([-1.0, 0.0, 5.9], 2.0).tolist() == [0.0, 0.0, 0.0]
    assert marchenko_pastur_density(0.0, 0.5) == 0.0
    assert marchenko_pastur_density([-1e300, 1e300], 2.0).tolist() == [0.0, 0.0]
    assert marchenko_pastur_density(1.0, [1e-300, 1e300])[1] == 0.0
    assert isinstance(marchenko_pastur_density(1, 1), float)
    assert marchenko_pastur_density(np.ones((3, 1)), [0.5, 2.0]).shape == (3, 2)


def test_marchenko_pastur_duality():
    # X X'/p has the eigenvalues of X'X/n, times n/p: the roles of n and p swap.
    x, aspect = np.linspace(0.2, 5, 40), 2.0
    swapped = marchenko_pastur_density(x / aspect, 1 / aspect) / aspect
    close(marchenko_pastur_density(x, aspect), swapped / aspect, ROUNDING)


def test_marchenko_pastur_against_a_sample():
    rng = np.random.default_rng(0)
    eigenvalues = np.linalg.eigvalsh(np.cov(rng.standard_normal((200, 400)), bias=True))
    grid = np.linspace(0.05, 3.2, 4000)
    density = marchenko_pastur_density(grid, 0.5)
    law = np.cumsum(density) * (grid[1] - grid[0])
    sample = np.searchsorted(eigenvalues, grid) / 200
    # Eigenvalues are rigid: 0.01 is usual here, and p/n = 2 is 0.5 away.
    assert np.abs(law - sample).max() < 0.03


# Edelman


def test_smallest_singular_value_hazard_rate():
    # The law is fixed by its hazard rate -d log(1 - F)/dt = 1 + t.
    for t in (0.3, 1.0, 2.5):
        total = quad(lambda s: 1 + s, 0, t)[0]
        close(-np.log1p(-smallest_singular_value_cdf(t)), total, ROUNDING)


def test_smallest_singular_value_ends():
    close(smallest_singular_value_cdf(1e-20), 1e-20, ROUNDING)
    assert smallest_singular_value_cdf([-3.0, 0.0, 1e200]).tolist() == [0.0, 0.0, 1.0]
    assert isinstance(smallest_singular_value_cdf(1), float)


def test_smallest_singular_value_simulation():
    rng = np.random.default_rng(0)
    G = rng.standard_normal((2000, 24, 24))
    scaled = np.sqrt(24) * np.linalg.svd(G, compute_uv=False)[:, -1]
    # Kolmogorov distance: 1.36/sqrt(2000) = .030 by chance, plus the finite size;
    # the law for complex entries, 1 - exp(-t^2), is .2 away.
    assert stats.kstest(scaled, smallest_singular_value_cdf).statistic < 0.04


# Effective ranks


def test_effective_ranks_by_fractions():
    spectrum = [Fraction(1, i**2) for i in range(1, 30)]
    for k in (0, 3, 28):
        tail = spectrum[k:]
        r, R = effective_ranks([float(v) for v in spectrum], k)
        close(r, float(sum(tail) / tail[0]), ROUNDING)
        close(R, float(sum(tail) ** 2 / sum(v * v for v in tail)), ROUNDING)


def test_effective_ranks_inequalities_and_invariance():
    spectrum = np.random.default_rng(0).exponential(size=60)
    r, R = effective_ranks(spectrum, np.arange(60))
    slack = 1 + 1e-12
    assert np.all(r >= 1)
    assert np.all(r <= R * slack)
    assert np.all(r**2 * slack >= R)
    assert (r[-1], R[-1]) == (1.0, 1.0)
    again = effective_ranks(1e-200 * spectrum[::-1], np.arange(60))
    close(again.r, r, ROUNDING)
    close(again.R, R, ROUNDING)
    assert effective_ranks([*spectrum, 0.0, 0.0], 5) == effective_ranks(spectrum, 5)


def test_effective_ranks_of_a_geometric_tail():
    # r = 1/(1 - w) and R = (1 + w)/(1 - w) at every k, far below 1e-154 as well.
    w = 0.5
    r, R = effective_ranks(w ** np.arange(1000), [0, 100, 900])
    close(r, 1 / (1 - w))
    close(R, (1 + w) / (1 - w))


# The isotropic case


@pytest.mark.parametrize("aspect", [0.2, 0.9, 1.0, 1.1, 4.0])
@pytest.mark.parametrize("penalty", [1e-3, 0.4, 30.0])
def test_isotropic_risk_by_integration(aspect, penalty):
    answer = isotropic_risk(aspect, signal=3.0, noise=0.7, penalty=penalty)
    shrunk = marchenko_pastur_mean(lambda x: (penalty / (x + penalty)) ** 2, aspect)
    spread = marchenko_pastur_mean(lambda x: x / (x + penalty) ** 2, aspect)
    close(answer.bias, 3.0 * shrunk)
    close(answer.variance, 0.7 * aspect * spread)
    assert answer.risk == answer.bias + answer.variance


def test_isotropic_risk_without_penalty():
    aspect = np.array([0.25, 1 - 2**-40, 1.0, 1 + 2**-40, 4.0])
    answer = isotropic_risk(aspect, signal=2.0, noise=3.0)
    # Powers of two: the closed forms themselves are exact here.
    gap = aspect - 1
    close(answer.bias, np.where(gap > 0, 2.0 * gap / aspect, 0.0), ROUNDING)
    expected = [1.0, 3.0 * aspect[1] / -gap[1], np.inf, 3.0 / gap[3], 1.0]
    close(answer.variance, expected, ROUNDING)


@pytest.mark.parametrize("aspect", [0.25, 1 - 2**-30, 1.0, 1 + 2**-30, 4.0])
@pytest.mark.parametrize("penalty", [2.0**-100, 2.0**-60, 2.0**-20, 2.0**70])
def test_isotropic_risk_keeps_its_digits(aspect, penalty):
    with localcontext() as context:
        context.prec = 120
        gamma, lam = Decimal(aspect), Decimal(penalty)
        half = (1 - gamma - lam) / 2
        kappa = -half + (half * half + lam).sqrt()
        stiffness = 1 - gamma / (1 + kappa) ** 2
        bias = float((kappa / (1 + kappa)) ** 2 / stiffness)
        variance = float(gamma / (1 + kappa) ** 2 / stiffness)
    answer = isotropic_risk(aspect, signal=1.0, noise=1.0, penalty=penalty)
    close(answer.bias, bias, ROUNDING)
    close(answer.variance, variance, ROUNDING)


def test_isotropic_risk_limits():
    # Few features: the classical sigma^2 p/n; heavy penalty: the null predictor.
    close(isotropic_risk(1e-9, signal=1, noise=2).variance, 2e-9)
    heavy = isotropic_risk(0.5, signal=5.0, noise=1.0, penalty=1e12)
    close(heavy.risk, 5.0)
    # A vanishing penalty moves the answer by O(penalty).
    for aspect in (0.5, 2.0):
        small = isotropic_risk(aspect, signal=1.0, noise=1.0, penalty=1e-12)
        none = isotropic_risk(aspect, signal=1.0, noise=1.0)
        close(small.risk, none.risk)
    free = isotropic_risk(1.0, signal=1.0, noise=0.0)
    assert (free.bias, free.variance) == (0.0, 0.0)


@pytest.mark.parametrize("aspect", [0.4, 1.0, 2.5])
def test_isotropic_optimal_penalty(aspect):
    signal, noise = 3.0, 2.0
    best = noise * aspect / signal

    def risk(penalty):
        return isotropic_risk(aspect, signal=signal, noise=noise, penalty=penalty).risk

    # There the risk is sigma^2 gamma m(-lambda); it is stationary, so a step of 1e-4
    # costs order 1e-8, and a step of 10 % costs.
    m = marchenko_pastur_mean(lambda x: 1 / (x + best), aspect)
    close(risk(best), noise * aspect * m)
    close(risk(best * 1.0001), risk(best), 1e-7)
    assert min(risk(best * 0.9), risk(best * 1.1)) > risk(best)


def test_isotropic_second_valley():
    # SNR > 1: a local minimum at sqrt(SNR)/(sqrt(SNR) - 1), and SNR < 1: none.
    for snr in (2.0, 4.0, 9.0):
        place = np.sqrt(snr) / (np.sqrt(snr) - 1)
        around = place * np.array([0.99, 1.0, 1.01])
        risk = isotropic_risk(around, signal=snr, noise=1.0).risk
        assert risk.argmin() == 1
    falling = isotropic_risk(np.geomspace(1.1, 1e3, 50), signal=0.5, noise=1.0).risk
    assert np.all(np.diff(falling) < 0)


# The effective ridge


@pytest.mark.parametrize("n", [1, 7, 100, 300, 1000])
@pytest.mark.parametrize("penalty", [0.0, 1e-12, 1e-3, 50.0])
@pytest.mark.parametrize("decay", [0.0, 1.5, 6.0])
def test_effective_ridge_solves_its_equation(n, penalty, decay):
    spectrum = np.arange(1.0, 301.0) ** -decay
    kappa = effective_ridge(spectrum, n, penalty)
    assert kappa >= penalty
    if penalty == 0.0 and n >= 300:
        assert kappa == 0.0
        return

    def excess(value):
        # Exact sums: the defining equation as it is printed, on either side of kappa.
        value = Fraction(value)
        df1 = sum(Fraction(v) / (Fraction(v) + value) for v in spectrum)
        return value * (1 - df1 / n) - Fraction(penalty)

    if n == 7:  # exact arithmetic is slow; one size shows the last digits
        assert excess(kappa * (1 - 1e-12)) < 0 < excess(kappa * (1 + 1e-12))
    else:
        df1 = fsum(spectrum / (spectrum + kappa))
        # The equation cancels where df1 is near n; the tolerance says by how much.
        assert abs(kappa * (1 - df1 / n) - penalty) <= 1e-12 * kappa


def test_effective_ridge_of_a_flat_spectrum():
    for aspect, penalty in [(0.5, 0.3), (1.0, 1e-10), (3.0, 0.0), (3.0, 2.0)]:
        half = (1 - aspect - penalty) / 2
        expected = -half + np.sqrt(half**2 + penalty)
        flat = np.ones(int(200 * aspect))
        close(effective_ridge(flat, 200, penalty), expected, 1e-10)


def test_effective_ridge_where_the_textbook_form_cancels():
    # As many large eigenvalues as samples, then tiny ones: kappa is near the geometric
    # mean, 1e-15, and 1 - df1/n is 1e-15 too.
    large, tiny, n = 1.0, 1e-30, 50
    kappa = effective_ridge(np.repeat([large, tiny], [n, 150]), n, 0.0)
    with localcontext() as context:
        context.prec = 80
        # n k/(large + k) = 150 tiny/(tiny + k), a quadratic in k.
        t = Decimal(tiny)
        a, b, c = Decimal(n), t * (n - 150), -150 * t
        root = (-b + (b * b - 4 * a * c).sqrt()) / (2 * a)
    close(kappa, float(root), ROUNDING)


def test_effective_ridge_as_the_penalty_vanishes():
    spectrum = np.arange(1.0, 101.0) ** -1.5
    # Below the threshold proportional, at it like a root, above it a limit.
    close(effective_ridge(spectrum, 400, 1e-30), 1e-30 / (1 - 0.25), ROUNDING)
    root = np.sqrt(1e-30 * 100 / np.sum(1 / spectrum))
    close(effective_ridge(spectrum, 100, 1e-30), root)
    limit = effective_ridge(spectrum, 25, 0.0)
    close(effective_ridge(spectrum, 25, 1e-30), limit, ROUNDING)
    close(np.sum(spectrum / (spectrum + limit)), 25)


def test_effective_ridge_counts_the_rank():
    spectrum = np.arange(1.0, 41.0)
    padded = np.concatenate([np.zeros(100), spectrum])
    for n in (20, 40, 60):
        for penalty in (0.0, 0.1):
            same = effective_ridge(spectrum, n, penalty)
            assert effective_ridge(padded, n, penalty) == same
    assert effective_ridge(padded, 40, 0.0) == 0.0
    assert effective_ridge(np.zeros(3), 2, 0.7) == 0.7
    assert effective_ridge(np.zeros(3), 2, 0.0) == 0.0


def test_effective_ridge_scales_and_broadcasts():
    spectrum = np.arange(1.0, 61.0) ** -2
    penalty = np.array([0.0, 1e-4, 1.0])
    kappa = effective_ridge(spectrum, [[20], [90]], penalty)
    assert kappa.shape == (2, 3)
    for c in (1e-100, 1e100):
        close(effective_ridge(c * spectrum, [[20], [90]], c * penalty), c * kappa)
    assert isinstance(effective_ridge([1.0], 1, 1.0), float)


def test_effective_ridge_of_a_spectrum_that_nearly_underflows():
    # Eigenvalues w^i: shifting the spectrum by one step divides kappa by w.
    spectrum = np.exp(-np.arange(700.0))
    kappa = effective_ridge(spectrum, [50, 51, 300], 0.0)
    close(kappa[1] / kappa[0], np.exp(-1.0))
    close(kappa[2] / kappa[0], np.exp(-250.0))


@pytest.mark.parametrize("penalty", [0.0, 1e-10, 1.0])
def test_effective_ridge_is_fast(penalty):
    spectrum = np.arange(1.0, 1e6 + 1) ** -1.2
    start = time.perf_counter()
    kappa = effective_ridge(spectrum, 2000, penalty)
    # 0.03 s on one core; a second leaves room for a busy machine.
    assert time.perf_counter() - start < 1.0
    close(kappa * (1 - np.sum(spectrum / (spectrum + kappa)) / 2000) + 1, penalty + 1)


# What follows from it


@pytest.mark.parametrize("aspect", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("penalty", [0.0, 1e-6, 0.5])
def test_ridge_equivalent_of_a_flat_spectrum(aspect, penalty):
    n, p = 100, int(100 * aspect)
    known = isotropic_risk(aspect, signal=2.0, noise=0.5, penalty=penalty)
    fit = ridge_equivalent(np.ones(p), np.full(p, 2.0 / p), n, penalty, 0.5)
    close(fit.test_error, known.risk + 0.5)


@pytest.mark.parametrize("n", [30, 80, 200])
def test_ridge_equivalent_identities(n):
    rng = np.random.default_rng(1)
    spectrum = np.arange(1.0, 101.0) ** -1.3
    signal = rng.exponential(size=100) * (rng.random(100) < 0.5)
    penalty, noise, step = 1e-2, 0.3, 1e-5
    low, fit, high = (
        ridge_equivalent(spectrum, signal, n, penalty * np.exp(t), noise)
        for t in (-step, 0.0, step)
    )
    # Generalized cross-validation turns the train error into the test error.
    close(fit.train_error / (1 - fit.df1 / n) ** 2, fit.test_error, ROUNDING)
    close(fit.df1, np.sum(spectrum / (spectrum + fit.kappa)), ROUNDING)
    # dlambda/dkappa = 1 - df2/n.
    slope = (high.kappa - low.kappa) / (2 * step * penalty)
    # Central differences with step 1e-5 err by 1e-10 and lose 1e-11 to rounding.
    close(slope, 1 / (1 - fit.df2 / n), 1e-7)
    # Each ridge solution minimizes train error + lambda norm^2, so along the path
    # the two trade at the rate lambda.  Nothing in the formulas enforces this.
    traded = (low.train_error - high.train_error) / (high.norm2 - low.norm2)
    close(traded, penalty, 1e-6)


def test_ridge_equivalent_without_penalty():
    spectrum = np.arange(1.0, 51.0) ** -1.0
    signal = np.linspace(0.0, 1.0, 50)
    # Below the threshold: no bias, 1/(1 - p/n), and the trace of the inverse.
    fit = ridge_equivalent(spectrum, signal, 200, 0.0, 2.0)
    close([fit.test_error, fit.train_error], [2 / 0.75, 2 * 0.75], ROUNDING)
    noise_norm2 = 2 / 0.75 / 200 * np.sum(1 / spectrum)
    close(fit.norm2, signal.sum() + noise_norm2, ROUNDING)
    # At it: infinite, or, without noise, exact recovery.
    at = ridge_equivalent(spectrum, signal, 50, 0.0, 2.0)
    assert (at.kappa, at.train_error) == (0.0, 0.0)
    assert (at.test_error, at.norm2) == (np.inf, np.inf)
    free = ridge_equivalent(spectrum, signal, 50, 0.0, 0.0)
    assert (free.test_error, free.norm2) == (0.0, signal.sum())
    tiny = ridge_equivalent(spectrum, signal, 50, 1e-24, 0.0)
    assert tiny.test_error < 1e-9
    # Bias, here all there is, vanishes like kappa = sqrt(lambda).
    close(tiny.norm2, signal.sum(), 1e-6)
    # Above it: an interpolant, continuous in the penalty.
    above = ridge_equivalent(spectrum, signal, 20, [0.0, 1e-13], 2.0)
    assert above.train_error[0] == 0.0
    close(above.test_error[1], above.test_error[0])
    close(above.norm2[1], above.norm2[0])


def test_ridge_equivalent_skips_directions_without_variance():
    spectrum, signal = np.array([2.0, 1.0, 0.5]), np.array([1.0, 2.0, 3.0])
    for penalty in (0.0, 0.1):
        small = ridge_equivalent(spectrum, signal, 2, penalty, 1.0)
        large = ridge_equivalent([0, 2, 1, 0, 0.5], [9, 1, 2, 9, 3], 2, penalty, 1.0)
        assert small == large


def test_ridge_equivalent_best_penalty_for_an_isotropic_prior():
    # E beta_i^2 = c: the best penalty is sigma^2/(n c), where train and test error
    # lie on either side of sigma^2 by the same factor.
    n, c, noise = 60, 0.2, 1.5
    spectrum = np.arange(1.0, 91.0) ** -1.25
    best = noise / (n * c)
    penalty = best * np.array([0.9, 0.9999, 1.0, 1.0001, 1.1])
    fit = ridge_equivalent(spectrum, np.full(90, c), n, penalty, noise)
    close(fit.train_error[2] * fit.test_error[2], noise**2, ROUNDING)
    close(fit.train_error[2], noise * (1 - fit.df1[2] / n), ROUNDING)
    close(fit.test_error[[1, 3]], fit.test_error[2])  # stationary: order 1e-8
    assert min(fit.test_error[[0, 4]]) > fit.test_error[2]


@pytest.mark.parametrize("penalty", [1e-3, 0.1])
def test_ridge_equivalent_against_a_simulation(penalty):
    rng = np.random.default_rng(0)
    n, p, noise = 100, 200, 0.5
    spectrum = np.repeat([4.0, 0.5], [40, 160])
    signal = np.repeat([0.02, 0.004], [40, 160])
    measured = np.zeros(3)
    draws = 8
    for _ in range(draws):
        X = rng.standard_normal((n, p)) * np.sqrt(spectrum)
        S = np.linalg.solve(X.T @ X / n + penalty * np.eye(p), X.T / n)
        A = S @ X - np.eye(p)
        # Averages over the noise and over the signs of beta, given X.
        test = spectrum @ A**2 @ signal + noise * np.sum(spectrum @ S**2) + noise
        H = X @ S
        train = np.sum((X @ A) ** 2 @ signal) + noise * np.sum((H - np.eye(n)) ** 2)
        norm2 = np.sum((S @ X) ** 2 @ signal) + noise * np.sum(S**2)
        measured += np.array([test, train / n, norm2]) / draws
    fit = ridge_equivalent(spectrum, signal, n, penalty, noise)
    # One draw scatters by 2 to 10 % (the train error at the small penalty most).
    close(measured[[0, 2]], [fit.test_error, fit.norm2], 0.03)
    close(measured[1], fit.train_error, 0.06)


# Subsets of Gaussian and Fourier features


@pytest.mark.parametrize("n", [3, 4, 11])
def test_gaussian_features_with_one_feature(n):
    # One feature: the variance is E 1/chi^2_n.
    inverse = quad(lambda x: stats.chi2.pdf(x, n) / x, 0, np.inf, epsrel=1e-12)[0]
    risk = gaussian_features_risk(1, n, 4, signal=2.0, noise=0.3)
    close(risk, (2.0 * 0.75 + 0.3) * (1 + inverse))


@pytest.mark.parametrize("p", [3, 9, 22, 30])
def test_gaussian_features_against_a_simulation(p):
    rng = np.random.default_rng(p)
    n, d = 15, 30
    X = rng.standard_normal((4000, n, p))
    sigma = np.linalg.svd(X, compute_uv=False)
    inverse = np.mean(np.sum(sigma**-2.0, axis=1))
    # The rank is min(n, p); beyond n the rest of the signal is not seen.
    unseen, missed = (1 - p / d) + 0.2, p / d * max(0.0, 1 - n / p)
    risk = gaussian_features_risk(p, n, d, signal=1.0, noise=0.2)
    # The mean of 4000 traces has a standard error of 1 % or less.
    close(missed + unseen * (1 + inverse), risk, 0.03)


def test_gaussian_features_special_sizes():
    n = 10
    risk = gaussian_features_risk(np.arange(21), n, 20, signal=1.0, noise=0.1)
    infinite = np.flatnonzero(np.isinf(risk))
    assert infinite.tolist() == [9, 10, 11]
    close(risk[0], 1.1, ROUNDING)
    # Nothing fitted is finite with one sample too, and nothing is noise at p = d.
    assert gaussian_features_risk(0, 1, 5, signal=2.0, noise=1.0) == 3.0
    d = np.arange(8, 13)
    exact = gaussian_features_risk(d, 10, d, signal=1.0, noise=0.0)
    close(exact, np.maximum(0, 1 - 10 / d), ROUNDING)
    assert gaussian_features_risk(
        [[1], [2]], 9, [4, 5, 6], signal=1, noise=0
    ).shape == (
        2,
        3,
    )


def test_gaussian_features_tend_to_the_isotropic_limit():
    n = 10**7
    for p in (n // 2, 3 * n):
        exact = gaussian_features_risk(p, n, p, signal=2.0, noise=0.5)
        limit = isotropic_risk(p / n, signal=2.0, noise=0.5).risk + 0.5
        # The finite-size correction is of relative order 1/n.
        close(exact, limit, 1e-6)


def test_fourier_features_exact_cases():
    # No features; all features, where n of d coefficients are found; all samples.
    assert fourier_features_risk(0, 5, 9) == 1.0
    close(fourier_features_risk(9, 5, 9), 1 - 5 / 9, ROUNDING)
    close(fourier_features_risk([0, 3, 8, 9], 9, 9), [1, 6 / 9, 1 / 9, 0], ROUNDING)
    risk = fourier_features_risk(np.arange(1, 41), 20, 40)
    assert np.flatnonzero(np.isinf(risk)).tolist() == [19]


@pytest.mark.parametrize(("p", "tolerance"), [(30, 0.02), (50, 0.08), (160, 0.03)])
def test_fourier_features_against_a_simulation(p, tolerance):
    d, n, draws = 256, 80, 20
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(draws):
        rows = rng.choice(d, n, replace=False)[:, None]
        columns = rng.choice(d, p, replace=False)
        A = np.exp(-2j * np.pi * rows * columns / d) / np.sqrt(d)
        w = np.linalg.eigvalsh(A @ A.conj().T if p > n else A.conj().T @ A)
        # Rows are orthonormal, so the unseen columns B have BB* = I - AA*; the mean
        # over beta is |A^+ A - I|^2 + |A^+ B|^2 + (d - p), over d.
        k = min(n, p)
        errors.append((p - k + np.sum(1 / w) - k + d - p) / d)
    # Standard errors: under 1 %, 2 % at p = 50 where 1/w is heavy-tailed.
    close(np.mean(errors), fourier_features_risk(p, n, d), tolerance)


# Near-interpolation


def integrals(k, alpha, aspect):
    """Return I, J and I - J by numerical integration."""
    scale = k ** (-1 / alpha)
    ends = [0.0, min(scale, aspect), aspect] if scale < aspect else [0.0, aspect]

    def integral(f):
        total = 0.0
        for left, right in zip(ends[:-1], ends[1:], strict=True):
            if left > 0.0 and right > 2 * left:
                # Power-law tails are smooth in log t.
                total += quad(
                    lambda s: f(np.exp(s)) * np.exp(s),
                    np.log(left),
                    np.log(min(right, 1e300 ** (1 / alpha))),
                    epsabs=0,
                    epsrel=1e-12,
                    limit=500,
                )[0]
            else:
                total += quad(f, left, right, epsabs=0, epsrel=1e-12, limit=500)[0]
        return total

    return (
        integral(lambda t: 1 / (1 + k * t**alpha)),
        integral(lambda t: 1 / (1 + k * t**alpha) ** 2),
        integral(lambda t: k * t**alpha / (1 + k * t**alpha) ** 2),
    )


def interpolating_k(alpha, aspect):
    """Return the k at which I = 1, from bounds on I by its integrand's least value."""
    c = np.pi / alpha / np.sin(np.pi / alpha)
    low, high = np.log(aspect - 1) - alpha * np.log(aspect), alpha * np.log(c)
    root = brentq(
        lambda t: integrals(np.exp(t), alpha, aspect)[0] - 1,
        low - 1,
        high + 1,
        xtol=1e-14,
    )
    return np.exp(root)


@pytest.mark.parametrize("alpha", [1.05, 1.25, 2.0, 4.0, 12.0])
@pytest.mark.parametrize("aspect", [0.3, 1.0, 1.5, 40.0, 1e4])
@pytest.mark.parametrize("factor", [1.01, 3.0, 1e4])
def test_near_interpolation_by_integration(alpha, aspect, factor):
    if aspect > 1:
        k = factor * interpolating_k(alpha, aspect)
    else:
        # In units of the last eigenvalue: near least squares the train error is
        # quadratic in k, and a much smaller k could not be read off from it.
        k = (factor - 1) * aspect**-alpha
    first, second, difference = integrals(k, alpha, aspect)
    tau = (1 - first) ** 2 / (1 - second)
    n = 37.0
    close(near_interpolation_test_error(tau, alpha, aspect=aspect), 1 / (1 - second))
    norm2 = n**alpha * difference / (k * (1 - second))
    close(near_interpolation_norm2(n, tau, alpha, aspect=aspect), norm2)


@pytest.mark.parametrize("alpha", [1.05, 1.5, 3.0])
@pytest.mark.parametrize("aspect", [1.001, 1.5, 40.0])
def test_near_interpolation_at_interpolation(alpha, aspect):
    k = interpolating_k(alpha, aspect)
    _, second, difference = integrals(k, alpha, aspect)
    test_error = near_interpolation_test_error(0.0, alpha, aspect=aspect)
    # J near 1 costs the printed formula three digits at aspect 1.001.
    close(test_error, 1 / difference)
    close(near_interpolation_norm2(9, 0.0, alpha, aspect=aspect), 9**alpha / k)
    # Cauchy-Schwarz: nothing absorbs noise better than a flat spectrum.
    assert test_error > 1 / (1 - 1 / aspect)
    # The approach is by sqrt(tau): no jump.
    near = near_interpolation_test_error(1e-24, alpha, aspect=aspect)
    close(near, test_error, 1e-6)


@pytest.mark.parametrize("alpha", [1.01, 1.7, 2.0, 5.0, 20.0])
def test_near_interpolation_without_end(alpha):
    # On the half-line I = c q and J = (1 - 1/alpha) I; choose I, compute the rest.
    first = np.array([1e-6, 0.2, 0.7, 1.0 - 1e-6, 1.0])
    tau = (1 - first) ** 2 / (1 - (1 - 1 / alpha) * first)
    test_error = 1 / (1 - (1 - 1 / alpha) * first)
    close(near_interpolation_test_error(tau, alpha), test_error)
    k = (np.pi / alpha / np.sin(np.pi / alpha) / first) ** alpha
    norm2 = 100**alpha * first / alpha / k * test_error
    # At I = 1e-6 the input 1 - tau has lost six digits already.
    close(near_interpolation_norm2(100, tau[1:], alpha), norm2[1:])
    close(near_interpolation_norm2(100, tau[0], alpha), norm2[0], 1e-9 * (1 + alpha))


@pytest.mark.parametrize("alpha", [1.5, 2.0, 3.0])
def test_near_interpolation_ends_of_the_range(alpha):
    ends = near_interpolation_test_error([0.0, 1.0], alpha)
    close(ends, [alpha, 1.0], ROUNDING)
    for aspect in (0.5, 1.0, 2.0, np.inf):
        assert near_interpolation_test_error(1.0, alpha, aspect=aspect) == 1.0
        assert near_interpolation_norm2(50, 1.0, alpha, aspect=aspect) == 0.0
    # Least squares: 1/(1 - p/n), and the sum of the inverse eigenvalues.
    least = near_interpolation_test_error(0.75, alpha, aspect=0.25)
    close(least, 1 / 0.75, ROUNDING)
    inverse = 100**alpha * 0.25 ** (alpha + 1) / (alpha + 1) / 0.75
    close(near_interpolation_norm2(100, 0.75, alpha, aspect=0.25), inverse, ROUNDING)
    assert near_interpolation_test_error(0.0, alpha, aspect=1.0) == np.inf
    assert near_interpolation_norm2(100, 0.0, alpha, aspect=1.0) == np.inf
    # The nearest float to 1 - 0.7 is above 0.3.
    close(near_interpolation_test_error(0.3, alpha, aspect=0.7), 1 / 0.3, ROUNDING)


@pytest.mark.parametrize("tau", [0.0, 1e-3, 0.5, 0.999])
def test_near_interpolation_large_aspect(tau):
    # What lies beyond p/n = a is of order a^(1 - alpha).
    for alpha in (2.0, 3.0):
        for solve in (
            near_interpolation_test_error,
            lambda *args, **options: near_interpolation_norm2(1, *args, **options),
        ):
            limit = solve(tau, alpha)
            gaps = solve(tau, alpha, aspect=np.array([1e3, 1e4])) / limit - 1
            assert np.abs(gaps[1]) < 5 * 10 ** (4 * (1 - alpha))
            if tau < 0.9 and alpha == 2.0:
                close(gaps[0] / gaps[1], 10.0 ** (alpha - 1), 0.02)


def test_near_interpolation_is_worse_for_faster_decay():
    alpha = np.linspace(1.02, 8, 60)
    tau = np.array([1e-3, 0.05, 0.2, 0.7, 0.99])[:, None]
    for aspect in (1.1, 1.5, 10.0, np.inf):
        error = near_interpolation_test_error(tau, alpha, aspect=aspect)
        assert np.all(np.diff(error, axis=1) > 0)
        assert np.all(np.diff(error, axis=0) < 0)


@pytest.mark.parametrize("aspect", [0.6, 1.5, np.inf])
def test_near_interpolation_trades_at_the_rate_of_the_penalty(aspect):
    # Along the ridge path d(train error) = -lambda d(norm^2), as above.
    alpha, tau, step = 1.6, 0.55, 1e-5
    low, mid, high = near_interpolation_norm2(
        1, tau + step * np.array([-1, 0, 1]), alpha, aspect=aspect
    )
    error = near_interpolation_test_error(tau, alpha, aspect=aspect)
    penalty = 2 * step / (low - high)
    # lambda = k (1 - I) with 1 - I = sqrt(train/test), and k from the norm.
    k = penalty / np.sqrt(tau / error)
    first, second, difference = integrals(k, alpha, min(aspect, 1e60))
    close(1 - first, np.sqrt(tau / error), 1e-6)
    close(difference / (k * (1 - second)), mid, 1e-6)


@pytest.mark.parametrize("alpha", [1.25, 2.5])
@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_power_law_spectra_tend_to_the_limit(alpha, tau):
    distance = []
    for n in (200, 800, 3200):
        spectrum = np.arange(1.0, 1.5 * n + 1) ** -alpha

        def at(log_penalty, n=n, spectrum=spectrum):
            none = np.zeros_like(spectrum)
            return ridge_equivalent(spectrum, none, n, np.exp(log_penalty), 1.0)

        scale = -alpha * np.log(n)
        root = brentq(
            lambda t, at=at: at(t).train_error - tau, scale - 9, scale + 9, xtol=1e-13
        )
        fit = at(root)
        limit = near_interpolation_test_error(tau, alpha, aspect=1.5)
        norm2 = near_interpolation_norm2(n, tau, alpha, aspect=1.5)
        distance.append([abs(fit.test_error / limit - 1), abs(fit.norm2 / norm2 - 1)])
    # Sum against integral: the error is of order 1/n.
    assert np.all(np.array(distance[2]) < 2e-3)
    close(np.divide(distance[0], distance[1]), 4.0, 0.1)
    close(np.divide(distance[1], distance[2]), 4.0, 0.1)


def test_near_interpolation_large_numbers():
    assert near_interpolation_norm2(1e300, 0.0, 3.0) == np.inf
    assert np.isfinite(near_interpolation_norm2(1e30, 0.5, 10.0, aspect=2.0))
    # One minus one unit of rounding: the norm is tiny, not lost.
    tau = 1 - 2.0**-50
    for aspect in (0.5, 2.0, np.inf):
        first = 2.0**-50 / (1 + 1 / 2.0)  # 1 - tau = (1 + 1/alpha) I
        k = (np.pi / 2 / first) ** 2
        norm2 = near_interpolation_norm2(1, tau, 2.0, aspect=aspect)
        # Next order is a relative 2^-50; the end of the spectrum is farther still.
        close(norm2, first / 2 / k)


# Random features


def published_form(psi1, psi2, penalty, m):
    """Return bias and variance from the paper's polynomials and a damped iteration."""
    u = np.sqrt(psi1 * psi2 * penalty)
    a1 = a2 = 1e-3
    for _ in range(20000):
        shared = 1 + m * a1 * a2
        new1 = psi1 / (u + a2 + m * a2 / shared)
        new2 = psi2 / (u + a1 + m * a1 / shared)
        change = abs(new1 - a1) / a1 + abs(new2 - a2) / a2
        a1, a2 = (a1 + new1) / 2, (a2 + new2) / 2
        if change < 1e-15:
            break
    x = -a1 * a2
    product, total = psi1 * psi2, psi1 + psi2
    e0 = (
        -(x**5) * m**3
        + 3 * x**4 * m**2
        + (product - total + 1) * x**3 * m**3
        - 2 * x**3 * m**2
        - 3 * x**3 * m
        + (total - 3 * product + 1) * x**2 * m**2
        + 2 * x**2 * m
        + x**2
        + 3 * product * x * m
        - product
    )
    e1 = psi2 * x**3 * m**2 - psi2 * x**2 * m + product * x * m - product
    e2 = (
        x**5 * m**3
        - 3 * x**4 * m**2
        + (psi1 - 1) * x**3 * m**3
        + 2 * x**3 * m**2
        + 3 * x**3 * m
        - (psi1 + 1) * x**2 * m**2
        - 2 * x**2 * m
        - x**2
    )
    return e1 / e0, e2 / e0


RELU = (0.5, 0.25 - 0.5 / np.pi)  # mu_1 and mu_*^2
OPTIONS = {"signal": 1.0, "nonlinear": 0.0, "noise": 0.25}


@pytest.mark.parametrize("psi1", [0.3, 1.0, 2.9, 3.0, 7.0])
@pytest.mark.parametrize("penalty", [1e-3, 0.1, 4.0])
def test_random_features_against_the_published_form(psi1, penalty):
    mu1, mu_star2 = RELU
    bias, variance = published_form(psi1, 3.0, penalty, mu1**2 / mu_star2)
    options = {"penalty": penalty * mu_star2}
    risk = random_features_risk(
        psi1, 3.0, signal=2.0, nonlinear=0.3, noise=0.5, **options
    )
    close(risk, 2 * bias + 0.8 * variance + 0.3)


@pytest.mark.parametrize(("psi1", "psi2"), [(0.4, 3.0), (2.9, 3.0), (8.0, 0.5)])
def test_random_features_without_penalty(psi1, psi2):
    # The root at zero penalty solves a quadratic in y.
    mu1, mu_star2 = RELU
    m = mu1**2 / mu_star2
    least = min(psi1, psi2)
    half = (least * m - m - 1) / 2
    y = (half + np.sqrt(half**2 + m * least)) / m
    h = y * (1 + m / (1 + m * y) ** 2)
    D = h * abs(psi1 - psi2)
    bias = psi2 * (psi1 + m * y**2) / (1 + m * y) ** 2 / D
    variance = least * h + max(psi1 - psi2, 0) * (m * y / (1 + m * y)) ** 2
    risk = random_features_risk(psi1, psi2, penalty=0.0, **OPTIONS)
    close(risk, bias + 0.25 * variance / D)
    close(random_features_risk(psi1, psi2, penalty=1e-13, **OPTIONS), risk)
    if psi1 < psi2:
        # Fewer features than samples: the variance of least squares.
        pure = {"signal": 0.0, "nonlinear": 0.0, "noise": 1.0}
        least_squares = random_features_risk(psi1, psi2, penalty=0.0, **pure)
        close(least_squares, psi1 / (psi2 - psi1), ROUNDING)


def test_random_features_at_the_threshold():
    assert random_features_risk(3.0, 3.0, penalty=0.0, **OPTIONS) == np.inf
    none = {"signal": 0.0, "nonlinear": 0.0, "noise": 0.0}
    assert random_features_risk(3.0, 3.0, penalty=0.0, **none) == 0.0
    # The risk grows like penalty^(-1/2).
    small = random_features_risk(3.0, 3.0, penalty=[1e-20, 1e-24], **OPTIONS)
    close(small[1] / small[0], 100.0, 1e-6)


def test_random_features_heavy_penalty_is_the_null_predictor():
    risk = random_features_risk(
        2.0, 5.0, penalty=1e12, signal=1.5, nonlinear=0.25, noise=9
    )
    close(risk, 1.75)


@pytest.mark.parametrize("penalty", [0.0, 0.2])
@pytest.mark.parametrize("psi2", [0.5, 3.0])
def test_random_features_infinite_width_is_linear_ridge(psi2, penalty):
    # The kernel is mu_1^2 XX'/d + mu_*^2 I: its diagonal is a penalty of its own, and
    # what is nonlinear is noise.
    mu1, mu_star2 = RELU
    own = (mu_star2 + psi2 * penalty) / (mu1**2 * psi2)
    linear = isotropic_risk(1 / psi2, signal=2.0, noise=0.9, penalty=own)
    wide = random_features_risk(
        1e10, psi2, penalty=penalty, signal=2.0, nonlinear=0.4, noise=0.5
    )
    close(wide, linear.risk + 0.4)


@pytest.mark.parametrize("psi1", [0.5, 1.0, 4.0])
def test_random_features_with_unlimited_data(psi1):
    # The best linear predictor of <beta, x> from the features leaves
    # E <beta, (1 + m W'W)^-1 beta>, and W'W is psi1 times a sample covariance.
    mu1, mu_star2 = RELU
    m = mu1**2 / mu_star2
    left = marchenko_pastur_mean(lambda x: 1 / (1 + m * psi1 * x), 1 / psi1)
    risk = random_features_risk(psi1, 1e10, penalty=0.0, **OPTIONS)
    close(risk, left)


def test_random_features_activations():
    options = {"penalty": 0.05, "signal": 1.0, "nonlinear": 0.2, "noise": 0.3}
    known = {"relu": lambda x: max(x, 0.0), "tanh": np.tanh, "erf": erf}
    for name, function in known.items():
        risk = random_features_risk(2.0, 3.0, activation=name, **options)
        by_integration = random_features_risk(2.0, 3.0, activation=function, **options)
        close(by_integration, risk)
    # A constant does not count, and a factor c is a penalty divided by c^2.
    shifted = random_features_risk(
        2.0,
        3.0,
        activation=lambda x: 3 * np.tanh(x) + 2,
        **(options | {"penalty": 0.45}),
    )
    close(shifted, random_features_risk(2.0, 3.0, activation="tanh", **options))
    # He_2: no linear part, nothing of the signal is learned.
    even = random_features_risk(
        2.0,
        3.0,
        activation=lambda x: x**2 - 1,
        penalty=0.0,
        signal=1.0,
        nonlinear=0.0,
        noise=0.0,
    )
    assert even >= 1.0


def test_random_features_threshold_and_shapes():
    psi1 = np.array([0.5, 3.0, 9.0])
    risk = random_features_risk(psi1[:, None], [2.0, 3.0], penalty=0.0, **OPTIONS)
    assert risk.shape == (3, 2)
    close(risk[0, 0], random_features_risk(0.5, 2.0, penalty=0.0, **OPTIONS), ROUNDING)
    assert isinstance(random_features_risk(1, 2, penalty=0, **OPTIONS), float)


def test_random_features_against_a_simulation():
    rng = np.random.default_rng(0)
    d, n, N, noise, draws = 80, 240, 120, 0.25, 6
    mu_star2 = RELU[1]
    penalty = 0.1 * mu_star2
    risks = []
    for _ in range(draws):
        X, T, W = (rng.standard_normal((rows, d)) for rows in (n, 600, N))
        X, T = (np.sqrt(d) * A / np.linalg.norm(A, axis=1)[:, None] for A in (X, T))
        W /= np.linalg.norm(W, axis=1)[:, None]
        Z, Zt = np.maximum(X @ W.T, 0), np.maximum(T @ W.T, 0)
        # The loss of the docstring, times n.
        S = Zt @ np.linalg.solve(Z.T @ Z + n * N * penalty / d * np.eye(N), Z.T)
        # Averages over the direction of beta and the noise, given the rest.
        bias = np.sum((S @ X - T) ** 2) / d
        risks.append((bias + noise * np.sum(S**2)) / 600)
    risk = random_features_risk(N / d, n / d, penalty=penalty, **OPTIONS)
    # Draws scatter by 3 % and the finite d adds 1 or 2 %.
    close(np.mean(risks), risk, 0.06)


# Arguments


BAD = [
    (lambda: marchenko_pastur_density([0.1, np.nan], 1.0), "x"),
    (lambda: marchenko_pastur_density([], 1.0), "x"),
    (lambda: marchenko_pastur_density(["a"], 1.0), "x"),
    (lambda: marchenko_pastur_density([1.0, 2.0], [1.0, 2.0, 3.0]), "aspect"),
    (lambda: marchenko_pastur_density(1.0, 0.0), "aspect"),
    (lambda: marchenko_pastur_density(1.0, np.inf), "aspect"),
    (lambda: marchenko_pastur_density(1j, 1.0), "x"),
    (lambda: marchenko_pastur_density(True, 1.0), "x"),
    (lambda: marchenko_pastur_density([[1.0], [1.0, 2.0]], 1.0), "x"),
    (lambda: smallest_singular_value_cdf(np.nan), "t"),
    (lambda: smallest_singular_value_cdf(None), "t"),
    (lambda: effective_ranks([1.0, -1e-18], 0), "spectrum"),
    (lambda: effective_ranks([[1.0]], 0), "spectrum"),
    (lambda: effective_ranks([], 0), "spectrum"),
    (lambda: effective_ranks([0.0, 0.0], 0), "spectrum"),
    (lambda: effective_ranks([1.0, 0.5, 0.0], 2), "k"),
    (lambda: effective_ranks([1.0, 0.5], -1), "k"),
    (lambda: effective_ranks([1.0, 0.5], 1.0), "k"),
    (lambda: isotropic_risk(-1.0, signal=1, noise=1), "aspect"),
    (lambda: isotropic_risk(1.0, signal=-1, noise=1), "signal"),
    (lambda: isotropic_risk(1.0, signal=1, noise=-1), "noise"),
    (lambda: isotropic_risk(1.0, signal=1, noise=1, penalty=-1), "penalty"),
    (lambda: isotropic_risk(1.0, signal=1, noise=1, penalty=np.inf), "penalty"),
    (lambda: isotropic_risk([1, 2], signal=[1, 2, 3], noise=1), "signal"),
    (lambda: effective_ridge([1.0, np.inf], 1, 0.1), "spectrum"),
    (lambda: effective_ridge([1.0, -1.0], 1, 0.1), "spectrum"),
    (lambda: effective_ridge(1.0, 1, 0.1), "spectrum"),
    (lambda: effective_ridge([1.0], 0, 0.1), "n"),
    (lambda: effective_ridge([1.0], 1.5, 0.1), "n"),
    (lambda: effective_ridge([1.0], 1, -0.1), "penalty"),
    (lambda: effective_ridge([1e150], 9, 1e-200), "penalty"),
    (lambda: effective_ridge([1.0], [1, 2], [0.1, 0.2, 0.3]), "penalty"),
    (lambda: ridge_equivalent([1.0], [1.0, 1.0], 1, 0.1, 0.1), "signal"),
    (lambda: ridge_equivalent([1.0], [-1.0], 1, 0.1, 0.1), "signal"),
    (lambda: ridge_equivalent([-1.0], [1.0], 1, 0.1, 0.1), "spectrum"),
    (lambda: ridge_equivalent([1.0], [1.0], 1, 0.1, -0.1), "noise"),
    (lambda: ridge_equivalent([1.0], [1.0], 1, 0.1, [0.1]), "noise"),
    (lambda: ridge_equivalent([1.0], [1.0], 1, np.nan, 0.1), "penalty"),
    (lambda: gaussian_features_risk(5, 4, 4, signal=1, noise=1), "p"),
    (lambda: gaussian_features_risk(-1, 4, 4, signal=1, noise=1), "p"),
    (lambda: gaussian_features_risk(1.0, 4, 4, signal=1, noise=1), "p"),
    (lambda: gaussian_features_risk(1, 0, 4, signal=1, noise=1), "n"),
    (lambda: gaussian_features_risk(0, 1, 0, signal=1, noise=1), "d"),
    (lambda: gaussian_features_risk(1, 4, 4, signal=-1, noise=1), "signal"),
    (lambda: gaussian_features_risk(1, 4, 4, signal=1, noise=np.nan), "noise"),
    (lambda: gaussian_features_risk([1, 2], [4, 5, 6], 9, signal=1, noise=0), "n"),
    (lambda: fourier_features_risk(5, 4, 4), "p"),
    (lambda: fourier_features_risk(2, 5, 4), "n"),
    (lambda: fourier_features_risk(2, [3, 0], 4), "n"),
    (lambda: near_interpolation_test_error(-0.1, 2.0), "train_error"),
    (lambda: near_interpolation_test_error([0.5, 1.1], 2.0), "train_error"),
    (lambda: near_interpolation_test_error(0.4, 2.0, aspect=0.5), "train_error"),
    (lambda: near_interpolation_test_error(0.5, 1.0), "alpha"),
    (lambda: near_interpolation_test_error(0.5, np.inf), "alpha"),
    (lambda: near_interpolation_test_error(0.5, 2.0, aspect=0.0), "aspect"),
    (lambda: near_interpolation_test_error(0.5, 2.0, aspect=-np.inf), "aspect"),
    (lambda: near_interpolation_test_error(0.5, 2.0, aspect=np.nan), "aspect"),
    (lambda: near_interpolation_norm2(0, 0.5, 2.0), "n"),
    (lambda: near_interpolation_norm2([1, 2], [0.5, 0.6, 0.7], 2.0), "n"),
    (lambda: near_interpolation_norm2(10, 2.0, 2.0), "train_error"),
    (lambda: near_interpolation_norm2(10, 0.5, 0.5), "alpha"),
    (lambda: random_features_risk(0, 1, penalty=0, **OPTIONS), "psi1"),
    (lambda: random_features_risk(1, -1, penalty=0, **OPTIONS), "psi2"),
    (lambda: random_features_risk(1, 1, penalty=-1, **OPTIONS), "penalty"),
    (lambda: relu_risk(activation="gelu"), "activation"),
    (lambda: relu_risk(activation=lambda x: 2 * x + 1), "activation"),
    (lambda: relu_risk(activation=lambda x: 0.0), "activation"),
    (lambda: relu_risk(activation=lambda x: np.nan), "activation"),
    (lambda: relu_risk(activation=lambda x: "x"), "activation"),
    (lambda: relu_risk(activation=lambda x: None), "activation"),
    (lambda: relu_risk(signal=-1.0), "signal"),
    (lambda: relu_risk(nonlinear=-1.0), "nonlinear"),
    (lambda: relu_risk(noise=-1.0), "noise"),
]


def relu_risk(**changes):
    return random_features_risk(1.0, 2.0, **({"penalty": 0.1} | OPTIONS | changes))


@pytest.mark.parametrize(("call", "name"), BAD)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"(^|, ){name}\b.* must "):
        call()
