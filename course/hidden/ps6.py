"""Problem set 6: parameters, visible answers and hidden checks."""

from __future__ import annotations

import numpy as np

from interpolab_course.checks import Check, agree, finite, require

ROUNDING = 1e-7  # the inputs are well conditioned: rounding stays far below
TINY = 1e-20  # a complex step needs no difference: only its square must vanish


def parameters(rng):
    """Return what varies from term to term."""
    seed = int(rng.integers(100, 900))
    eigenvalues = np.array([rng.integers(1, 4), rng.integers(6, 12)], dtype=float)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    return {
        "SEED": seed,
        "LAST": seed + 7,
        "W1": rng.integers(-8, 9, size=(3, 2)) / 4,
        # No pre-activation is zero and no two agree: the extreme eigenvalue is single.
        "B1": rng.integers(1, 7, size=3) / 4 + np.array([0.1, 0.13, 0.17]),
        "V1": rng.choice([-1.0, 1.0], 3) * rng.integers(2, 7, size=3) / 4,
        "X1": rng.integers(1, 9, size=(5, 2)) / 8 * rng.choice([-1.0, 1.0], (5, 2)),
        "M1": 12,
        "GAMMA": round(float(rng.uniform(0.6, 1.4)), 2),
        "TAU": round(float(rng.uniform(0.3, 0.7)), 2),
        "J4": rng.integers(1, 5, size=(2, 4)) + 3.0 * np.eye(2, 4),
        "T4": rng.integers(-4, 5, size=(3, 4)).astype(float),
        "F4": rng.integers(1, 9, size=5) / 4,
        "Y4": rng.choice([-1.0, 1.0], 2) * rng.integers(2, 5, size=2),
        "DECAY": round(float(rng.uniform(0.3, 0.9)), 2),
        "STEPS4": int(rng.integers(5, 12)),
        "K5": turn @ np.diag(eigenvalues) @ turn.T,
        "J6": np.vstack([rng.integers(1, 5, size=(2, 2)) + 4 * np.eye(2)] * 2),
        "F6": (rng.integers(1, 5, size=4) / 2 * [1, 1, -1, -1]).tolist(),
    }


def answers(reference, parameters):
    """Return the values that the visible checks show."""
    p = parameters
    net = (p.W1, p.B1, p.V1)
    J, T = p.J4, p.T4
    return {
        "JACOBIAN1": reference.jacobian(*net, p.X1[:2]),
        "PARTS1": reference.kernel_parts(*net, p.X1[:2], p.X1[2:]),
        "LIMIT1": reference.limit_kernel(p.X1[:2], p.X1[2:], p.GAMMA, p.TAU),
        "SHARPEST1": reference.sharpest(*net, p.X1[0])[0],
        "DESCENT4": reference.descent_prediction(
            J @ J.T, T @ J.T, p.F4[:2], p.F4[2:], p.Y4, 0.01, p.DECAY, p.STEPS4
        ),
        "WORST5": reference.worst_case_steps(p.K5, 2.0, 1e-3),
        "ERROR6": reference.training_error(p.J6, np.array(p.F6)),
        "GAP7": reference.race([8, 16], [p.SEED], 1.0)["gap"],
        "DISTANCE9": reference.distance(J, p.Y4),
    }


def draw(rng, m, d):
    """Return a network's weights, biases and read-out."""
    return rng.normal(size=(m, d)), rng.normal(size=m), rng.normal(size=m)


def unpack(theta, m, d):
    """Return weights, biases and read-out from all parameters in order."""
    return theta[: m * d].reshape(m, d), theta[m * d : -m], theta[-m:]


def derivatives(function, theta):
    """Return the derivatives by complex step, one column for each parameter."""
    steps = 1j * TINY * np.eye(len(theta))
    return np.array([np.imag(function(theta + h)) / TINY for h in steps]).T


def gradients(W, b, v, X):
    """Return the Jacobian from the network's values alone."""

    def values(theta):
        V, c, u = unpack(theta, *W.shape)
        return np.sin(X @ V.T + c) @ u / np.sqrt(len(u))

    return derivatives(values, np.concatenate([W.ravel(), b, v]))


def hessian(reference, W, b, v, x):
    """Return the dense Hessian as the derivative of the gradient."""

    def gradient(theta):
        return reference.jacobian(*unpack(theta, *W.shape), x[None, :])[0]

    return derivatives(gradient, np.concatenate([W.ravel(), b, v]))


def complex_step(student, reference, parameters, rng):
    for n, m, d in ((4, 3, 2), (2, 5, 4), (7, 2, 3)):
        W, b, v = draw(rng, m, d)
        X = 2 * rng.normal(size=(n, d))
        right = gradients(W, b, v, X)
        agree(student.jacobian(W, b, v, X), right, tolerance=ROUNDING)


def one_of_each(student, reference, parameters, rng):
    W, b, v = draw(rng, 1, 1)
    X = rng.normal(size=(1, 1))
    right = gradients(W, b, v, X)
    agree(student.jacobian(W, b, v, X), right, tolerance=ROUNDING)


def inner_products(student, reference, parameters, rng):
    for n, other, m, d in ((4, 3, 5, 2), (1, 2, 3, 4)):
        W, b, v = draw(rng, m, d)
        X, Z = rng.normal(size=(n, d)), rng.normal(size=(other, d))
        J, T = gradients(W, b, v, X), gradients(W, b, v, Z)
        cuts = np.split(np.arange(m * (d + 2)), [m * d, m * d + m])
        right = [J[:, cut] @ T[:, cut].T for cut in cuts]
        agree(student.kernel_parts(W, b, v, X, Z), right, tolerance=ROUNDING)


def louder_readout(student, reference, parameters, rng):
    W, b, v = draw(rng, 6, 3)
    X, Z = rng.normal(size=(4, 3)), rng.normal(size=(2, 3))
    parts = finite(student.kernel_parts(W, b, v, X, Z))
    require(parts.shape == (3, 4, 2), f"the shape is {parts.shape}")
    louder = student.kernel_parts(W, b, 3 * v, X, Z)
    expected = parts * np.array([9.0, 9.0, 1.0])[:, None, None]
    agree(louder, expected, tolerance=ROUNDING, what="with three times the read-out")
    require(np.abs(parts).max(axis=(1, 2)).min() > 0, "a part vanishes")


def units_written_twice(student, reference, parameters, rng):
    W, b, v = draw(rng, 4, 3)
    X, Z = rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
    parts = finite(student.kernel_parts(W, b, v, X, Z))
    twice = student.kernel_parts(np.vstack([W, W]), np.r_[b, b], np.r_[v, v], X, Z)
    require(parts.shape == (3, 3, 2), f"the shape is {parts.shape}")
    agree(twice, parts, tolerance=ROUNDING, what="with every unit twice")
    require(np.abs(parts).max() > 0, "the kernel vanishes")


def averages(x, z, gamma, tau):
    """Return E cos cos and E sin sin by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    both = np.array([x, z])
    covariance = gamma**2 * both @ both.T + tau**2
    root = np.linalg.cholesky(covariance)
    a, c = np.tensordot(root, np.array(np.meshgrid(nodes, nodes)), axes=1)
    mass = np.outer(weights, weights)
    cosines = np.sum(mass * np.cos(a) * np.cos(c))
    return cosines, np.sum(mass * np.sin(a) * np.sin(c))


def quadrature(student, reference, parameters, rng):
    X, Z = rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
    X, Z = (P / np.linalg.norm(P, axis=1, keepdims=True) for P in (X, Z))
    X[0] *= 1.5
    for gamma, tau in ((0.9, 0.6), (1.3, 0.2)):
        right = np.empty((3, 2))
        for i, x in enumerate(X):
            for j, z in enumerate(Z):
                cosines, sines = averages(x, z, gamma, tau)
                right[i, j] = (x @ z + 1) * cosines + sines
        agree(student.limit_kernel(X, Z, gamma, tau), right, tolerance=ROUNDING)


def no_spread(student, reference, parameters, rng):
    X, Z = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    agree(student.limit_kernel(X, Z, 0.0, 0.0), X @ Z.T + 1, tolerance=ROUNDING)


def broad_biases(student, reference, parameters, rng):
    X, Z = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    distances = np.sum((X[:, None] - Z) ** 2, axis=2)
    right = (X @ Z.T + 2) / 2 * np.exp(-0.64 * distances / 2)
    agree(student.limit_kernel(X, Z, 0.8, 30.0), right, tolerance=ROUNDING)


def rotated(student, reference, parameters, rng):
    X, Z = rng.normal(size=(1, 4)), rng.normal(size=(5, 4))
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    plain = np.asarray(student.limit_kernel(X, Z, 0.7, 0.4))
    require(plain.shape == (1, 5), f"the shape is {plain.shape}, expected (1, 5)")
    agree(student.limit_kernel(X @ turn, Z @ turn, 0.7, 0.4), plain, tolerance=ROUNDING)
    require(np.ptp(plain) > 1e-3, "the kernel does not depend on the points")


def eigenpair(student, reference, parameters, rng):
    for m, d in ((4, 3), (1, 2), (6, 1)):
        W, b, v = draw(rng, m, d)
        x = rng.normal(size=d)
        value, direction = student.sharpest(W, b, v, x)
        direction = np.asarray(direction)
        require(direction.shape == (m * (d + 2),), f"the shape is {direction.shape}")
        agree(np.linalg.norm(direction), 1.0, tolerance=ROUNDING, what="the length")
        right = hessian(reference, W, b, v, x) @ direction
        agree(value * direction, right, tolerance=ROUNDING, what="H times the vector")


def largest(student, reference, parameters, rng):
    for m, d in ((5, 2), (3, 4), (8, 3)):
        W, b, v = draw(rng, m, d)
        x = 1.5 * rng.normal(size=d)
        right = np.linalg.norm(hessian(reference, W, b, v, x), 2)
        value = abs(student.sharpest(W, b, v, x)[0])
        agree(value, right, tolerance=ROUNDING, what="the absolute value")


def copied_units(student, reference, parameters, rng):
    W, b, v = draw(rng, 5, 3)
    x = rng.normal(size=3)
    value = abs(student.sharpest(W, b, v, x)[0])
    require(value > 0, "the eigenvalue is zero")
    four = (np.tile(W, (4, 1)), np.tile(b, 4), np.tile(v, 4))
    agree(abs(student.sharpest(*four, x)[0]), value / 2, tolerance=ROUNDING)


def many_units(student, reference, parameters, rng):
    W, b, v = draw(rng, 10_000, 3)
    x = rng.normal(size=3)
    right = abs(reference.sharpest(W, b, v, x)[0])
    agree(abs(student.sharpest(W, b, v, x)[0]), right, tolerance=ROUNDING)


def descend(J, T, F0, f0, y, step, decay, t):
    """Return predictions by taking the steps one by one, in the weights."""
    moved = np.zeros(J.shape[1])
    for _ in range(t):
        moved = moved - step * (J.T @ (F0 + J @ moved - y) + decay * moved)
    return f0 + T @ moved


def training(rng, n, M, tests=3):
    """Return Jacobians, outputs at the start, labels and a stable step."""
    J, T = rng.normal(size=(n, M)), rng.normal(size=(tests, M))
    step = 1.2 / np.linalg.norm(J, 2) ** 2
    return J, T, rng.normal(size=n), rng.normal(size=tests), rng.normal(size=n), step


def step_by_step(student, reference, parameters, rng):
    for n, M, decay, t in ((5, 12, 0.4, 7), (8, 3, 0.7, 4), (1, 2, 0.2, 3)):
        J, T, F0, f0, y, step = training(rng, n, M)
        right = descend(J, T, F0, f0, y, step, decay, t)
        got = student.descent_prediction(J @ J.T, T @ J.T, F0, f0, y, step, decay, t)
        agree(got, right, tolerance=ROUNDING)


def long_run(student, reference, parameters, rng):
    J, T, F0, f0, y, step = training(rng, 6, 15)
    right = f0 + T @ J.T @ np.linalg.solve(J @ J.T + 0.3 * np.eye(6), y - F0)
    got = student.descent_prediction(J @ J.T, T @ J.T, F0, f0, y, step, 0.3, 10**6)
    agree(got, right, tolerance=ROUNDING, what="after a million steps")


def singular(student, reference, parameters, rng):
    J, T, F0, f0, y, step = training(rng, 5, 9)
    J[3], J[4] = J[2], 0.0  # a copied point, and one that no parameter reaches
    right = descend(J, T, F0, f0, y, step, 0.0, 25)
    got = student.descent_prediction(J @ J.T, T @ J.T, F0, f0, y, step, 0.0, 25)
    agree(got, right, tolerance=ROUNDING)


def no_steps(student, reference, parameters, rng):
    J, T, F0, f0, y, step = training(rng, 4, 6)
    got = student.descent_prediction(J @ J.T, T @ J.T, F0, f0, y, step, 0.5, 0)
    agree(got, f0, tolerance=ROUNDING, what="after no steps")


def with_eigenvalues(rng, values):
    """Return a symmetric matrix with given eigenvalues."""
    turn = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
    return turn @ np.diag(values) @ turn.T


def pl_constant(student, reference, parameters, rng):
    for n in (1, 4, 7):
        values = np.sort(rng.uniform(0.5, 9.0, size=n))
        K = with_eigenvalues(rng, values)
        got = student.worst_case_steps(K, 3.0, 0.1)[0]
        agree(got, values[0], tolerance=ROUNDING, what="the constant")


def best_step(student, reference, parameters, rng):
    values = np.array([0.7, 1.1, 3.0, 8.0]) * rng.uniform(0.5, 2.0)
    step = student.worst_case_steps(with_eigenvalues(rng, values), 1.0, 0.01)[1]
    others = np.linspace(0.01, 2.0, 4000) / values[-1]
    rates = np.abs(1 - others[:, None] * values).max(axis=1)
    mine = np.abs(1 - step * values).max()
    require(mine <= rates.min() + 1e-9, "another step is faster in the worst case")


def enough_and_no_more(student, reference, parameters, rng):
    for n, high in ((2, 5.0), (5, 20.0), (3, 80.0)):
        values = np.sort(np.r_[1.0, rng.uniform(1.0, high, size=n - 2), high])
        values = values * rng.uniform(0.2, 3.0)
        target = float(rng.uniform(0.2, 0.9)) * 1e-4
        got = student.worst_case_steps(with_eigenvalues(rng, values), 2.5, target)[2]
        rate = ((values[-1] - values[0]) / (values[-1] + values[0])) ** 2
        require(int(got) == got and got >= 1, "the number of steps is no whole number")
        require(2.5 * rate**got <= target * (1 + 1e-9), "some residual needs more")
        require(2.5 * rate ** (got - 1) > target * (1 - 1e-9), "fewer are enough")


def few_steps(student, reference, parameters, rng):
    K = with_eigenvalues(rng, [1.0, 2.0, 5.0])
    agree(student.worst_case_steps(K, 1.0, 2.0)[2], 0, tolerance=0, what="no step")
    one = student.worst_case_steps(3.0 * np.eye(3), 1.0, 1e-6)[2]
    agree(one, 1, tolerance=0, what="equal eigenvalues")


def over_all_coins(J, F0):
    """Return the mean over all labels of the error of a least-squares solver."""
    n = len(J)
    labels = 1 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    residuals = (labels - F0).T
    moved = np.linalg.lstsq(J, residuals, rcond=1e-10)[0]
    return float(np.mean((residuals - J @ moved) ** 2))


def count(student, reference, parameters, rng):
    for n, M in ((8, 3), (5, 5), (4, 9)):
        J = rng.normal(size=(n, M))
        right = over_all_coins(J, np.zeros(n))
        agree(student.training_error(J, np.zeros(n)), right, tolerance=ROUNDING)


def dependent(student, reference, parameters, rng):
    J = rng.normal(size=(7, 5))
    J[:, 4] = J[:, 0] - 2 * J[:, 1]
    zero = np.zeros(7)
    agree(student.training_error(J, zero), over_all_coins(J, zero), tolerance=ROUNDING)


def out_of_reach(student, reference, parameters, rng):
    for n, M in ((7, 3), (6, 2)):
        J, F0 = rng.normal(size=(n, M)), rng.normal(size=n)
        right = over_all_coins(J, F0)
        agree(student.training_error(J, F0), right, tolerance=ROUNDING)


def within_reach(student, reference, parameters, rng):
    W, b, v = draw(rng, 2, 2)
    X = rng.normal(size=(12, 2))
    J, F0 = gradients(W, b, v, X), reference.network(W, b, v, X)
    agree(student.training_error(J, F0), 1 - 8 / 12, tolerance=ROUNDING)


def raced(student, reference, rng):
    """Return the student's and the author's results of one small race."""
    seeds = [int(s) for s in rng.integers(1000, 9999, size=3)]
    asked = ([12, 40, 110], seeds, float(rng.uniform(0.5, 1.5)))
    return student.race(*asked), reference.race(*asked)


def same(key):
    """Return a check of some of the race's results."""

    def ask(student, reference, parameters, rng):
        got, right = raced(student, reference, rng)
        for each in key:
            # Descent contracts, so 150 steps keep rounding near 1e-12.
            agree(got[each], right[each], tolerance=1e-6, what=each)

    return ask


def travelled(student, reference, parameters, rng):
    J, residual = rng.normal(size=(3, 8)), rng.normal(size=3)
    moved, step = np.zeros(8), 1 / np.linalg.norm(J, 2) ** 2
    for _ in range(4000):
        moved = moved + step * J.T @ (residual - J @ moved)
    right = float(np.linalg.norm(moved))
    agree(student.distance(J, residual), right, tolerance=ROUNDING)


def twice_as_wide(student, reference, parameters, rng):
    J, residual = rng.normal(size=(4, 9)), rng.normal(size=4)
    one = finite(student.distance(J, residual))
    require(bool(one > 0), "the weights do not move at all")
    far = student.distance(J, 2 * residual)
    agree(far, 2 * one, tolerance=ROUNDING, what="twice the residual")
    two = student.distance(np.hstack([J, J]) / np.sqrt(2), residual)
    agree(two, one, tolerance=ROUNDING, what="with every unit twice")


def not_fitted(student, reference, parameters, rng):
    J, residual = rng.normal(size=(7, 3)), rng.normal(size=7)
    right = float(np.linalg.norm(np.linalg.lstsq(J, residual, rcond=None)[0]))
    agree(student.distance(J, residual), right, tolerance=ROUNDING)
    J = np.vstack([J[:2], J[:1] + J[1:2]])
    right = float(np.linalg.norm(np.linalg.pinv(J, rcond=1e-10) @ residual[:3]))
    agree(student.distance(J, residual[:3]), right, tolerance=ROUNDING)


CHECKS = {
    "ps6-q1-test": [
        Check("the Jacobian against complex steps", 4, complex_step),
        Check("one unit, one point, one input", 2, one_of_each),
        Check("the kernel's parts are inner products of gradients", 4, inner_products),
        Check("what a larger read-out does to the parts", 2, louder_readout),
        Check("every unit written twice", 2, units_written_twice),
    ],
    "ps6-q2-test": [
        Check("the mean over the weights, by quadrature", 5, quadrature),
        Check("no spread at all", 2, no_spread),
        Check("widely spread biases", 2, broad_biases),
        Check("shapes and rotations", 3, rotated),
    ],
    "ps6-q3-test": [
        Check("an eigenvalue with its eigenvector", 4, eigenpair),
        Check("no eigenvalue is larger", 4, largest),
        Check("every unit written four times", 2, copied_units),
        Check("10,000 units", 2, many_units),
    ],
    "ps6-q4-test": [
        Check("the same as taking the steps", 4, step_by_step),
        Check("a million steps", 3, long_run),
        Check("a singular kernel without decay", 2, singular),
        Check("no steps", 1, no_steps),
    ],
    "ps6-q5-test": [
        Check("the PL constant", 2, pl_constant),
        Check("no other step is faster in the worst case", 2, best_step),
        Check("enough steps, and not one more", 3, enough_and_no_more),
        Check("no step, and one step", 1, few_steps),
    ],
    "ps6-q6-test": [
        Check("start at zero: the mean over all labels", 2, count),
        Check("dependent columns", 2, dependent),
        Check("a start that the linearization cannot undo", 2, out_of_reach),
        Check("the network of Question 1", 2, within_reach),
    ],
    "ps6-q7-test": [
        Check("the gap", 5, same(["gap"])),
        Check("distance and drift", 4, same(["distance", "drift"])),
        Check("the slope", 3, same(["slope"])),
    ],
    "ps6-q9-test": [
        Check("the distance of descent", 2, travelled),
        Check("every unit written twice", 1, twice_as_wide),
        Check("labels that cannot be fitted", 2, not_fitted),
    ],
}
