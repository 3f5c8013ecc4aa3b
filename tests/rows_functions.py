"""The table's rows of ranges, polynomials, statistics, and functions of functions. See tests/table.py."""

from typing import Any

import numpy as np

from tests.row import NONZERO, POSITIVE, REAL, Row, at, of
from tests.rows_shape import one, two

COUNTS = np.array([0, 2, 0, 1])
TIMES = np.array([2, 1, 1, 3])
IMPORTANCE = np.array([0.5, 1.0, 2.0, 0.25])
HALVES = np.array([True, False, True, False])
ZEROED = np.array([0, 0, 1, 0, 1, 0], np.float16)


def covariance(m: Any, x: Any, weights: Any = 1.0, freedom: float | None = None) -> Any:
    """Of one variable in each row."""
    weights = np.broadcast_to(weights, x.shape[1:])
    off = x - m.sum(x * m.constant(np.array(weights)), 1)[:, None] / weights.sum()
    return (off * m.constant(np.array(weights))) @ m.swapaxes(off, 0, 1) / (freedom or x.shape[1] - 1)


def correlation(m: Any, x: Any) -> Any:
    covariances = covariance(m, x)
    deviations = m.diagonal(covariances, 0, 0, 1) ** 0.5
    return covariances / deviations[:, None] / deviations


def spread(m: Any, start: Any, stop: Any, num: int, endpoint: bool = True) -> Any:
    """np.linspace along axis 0, as what moves from start to stop."""
    part = np.arange(num) / (num - 1 if endpoint else num)
    return m.stack([start * (1 - t) + stop * t for t in part])


def powers(m: Any, p: Any, x: Any) -> Any:
    """The polynomial at x; its highest power comes first."""
    return sum(p[len(p) - 1 - i] * x**i for i in range(len(p)))


def expanded(m: Any, zeros: Any) -> Any:
    """Π(x − rᵢ) of three zeros, written out."""
    a, b, c = (zeros[i] for i in range(3))
    return m.stack([0 * a + 1, -(a + b + c), a * b + b * c + c * a, -a * b * c])


def normal_equations(m: Any, x: Any, y: Any, weights: Any = 1.0) -> Any:
    """(VᵀW²V)⁻¹VᵀW²·y for a straight line."""
    weights = m.constant(np.broadcast_to(np.asarray(weights, float), x.shape).copy())[:, None]
    left = m.stack([x, 0 * x + 1], -1) * weights
    right = (y if y.ndim == 2 else y[:, None]) * weights
    out = m.linalg.inv(m.swapaxes(left, 0, 1) @ left) @ (m.swapaxes(left, 0, 1) @ right)
    return out if y.ndim == 2 else out[:, 0]


def turned(m: Any, x: Any, sign: int, axes: tuple[int, ...]) -> Any:
    return m.roll(x, [sign * (x.shape[axis] // 2) for axis in axes], axes)


# fmt: off
FURTHER_RULES = [
    Row("i0", lambda m, x: m.i0(x), (REAL,), tolerance=1e-11, singular=at(0, 1e-12, 40, -40)),
]

FURTHER_FUNCTIONS = [
    # of each element
    Row("angle", lambda m, x: m.angle(x), (NONZERO,), judge=lambda m, x: m.where(x.real < 0, np.pi, 0 * x)),
    Row("angle", lambda m, x: m.angle(x, deg=True), (NONZERO,), judge=lambda m, x: m.where(x.real < 0, 180.0, 0 * x),
        note="degrees"),
    Row("real",  lambda m, x: m.real(x), (REAL,), judge=lambda m, x: 1 * x),
    Row("real_if_close", lambda m, x: m.real_if_close(x), (REAL,), judge=lambda m, x: 1 * x),
    Row("astype", lambda m, x: m.astype(x, "float64"), (REAL,), judge=lambda m, x: 1 * x, widens=True, note="wide"),
    # running
    Row("cumulative_sum",  lambda m, x, **args: m.cumulative_sum(x, **args), (REAL,), of((4,), (2, 3)),
        [{"axis": 0}, {"axis": -1, "include_initial": True}], judge=lambda m, x, axis, include_initial=False:
        m.cumsum(m.concatenate([0 * x[..., :1], x], -1) if include_initial else x, axis)),
    Row("cumulative_prod", lambda m, x, **args: m.cumulative_prod(x, **args), (REAL,), of((4,), (2, 3)),
        [{"axis": 0}, {"axis": -1, "include_initial": True}], judge=lambda m, x, axis, include_initial=False:
        m.cumprod(m.concatenate([0 * x[..., :1] + 1, x], -1) if include_initial else x, axis)),
    # at regular distances
    two("linspace", lambda m, x, y: m.linspace(x, y, 5), ((), ()), ((3,), (2, 1)), ((0,), (1,)),
        judge=lambda m, x, y: spread(m, x + 0 * y, y + 0 * x, 5)),
    two("linspace", lambda m, x, y: m.linspace(x, y, 4, endpoint=False, axis=-1), ((), ()), ((2, 3), (3,)),
        judge=lambda m, x, y: m.moveaxis(spread(m, x + 0 * y, y + 0 * x, 4, False), 0, -1), note="without the end"),
    two("linspace", lambda m, x, y: m.linspace(x, y, 3, retstep=True)[1], ((), (2,)), note="step",
        judge=lambda m, x, y: (y - x) / 2),
    two("logspace", lambda m, x, y: m.logspace(x, y, 4), ((), ()), ((2,), ()),
        judge=lambda m, x, y: m.exp(spread(m, x + 0 * y, y + 0 * x, 4) * np.log(10))),
    Row("logspace", lambda m, x, y, base: m.logspace(x, y, 4, base=base), (POSITIVE,) * 3, [((), (), ())],
        note="of a base", judge=lambda m, x, y, base: m.exp(spread(m, x, y, 4) * m.log(base))),
    Row("geomspace", lambda m, x, y: m.geomspace(x, y, 4), (POSITIVE, POSITIVE), [((), ()), ((2,), ())], widens=True,
        judge=lambda m, x, y: m.exp(spread(m, m.log(x) + 0 * y, m.log(y) + 0 * x, 4))),
    Row("geomspace", lambda m, x, y: m.geomspace(-1.0 * x, -1.0 * y, 3, endpoint=False), (POSITIVE, POSITIVE),
        [((), ())], note="negative", widens=True,
        judge=lambda m, x, y: -m.exp(spread(m, m.log(x), m.log(y), 3, False))),
    one("full_like", lambda m, x: m.full_like(m.broadcast_to(x, (2, 3)), x), (), (3,), (2, 1),
        judge=lambda m, x: x + m.constant(np.zeros((2, 3)))),
    one("resize",   lambda m, x: m.resize(x, (2, 4)), (3,), (), (2, 5), judge=lambda m, x:
        m.reshape(m.concatenate([m.reshape(x, (-1,))] * 8)[:8], (2, 4))),
    one("trim_zeros", lambda m, x: m.trim_zeros(x * ZEROED), (6,), judge=lambda m, x: (x * m.constant(ZEROED))[2:5]),
    one("trim_zeros", lambda m, x: m.trim_zeros(x * ZEROED, "f"), (6,), note="front",
        judge=lambda m, x: (x * m.constant(ZEROED))[2:]),
    one("sliding_window_view", lambda m, x: m.sliding_window_view(x, 2, axis=-1), (4,), (2, 3),
        judge=lambda m, x: m.stack([x[..., :-1], x[..., 1:]], -1)),
    one("sliding_window_view", lambda m, x: m.sliding_window_view(x, (1, 2)), (2, 3), note="all axes",
        judge=lambda m, x: m.stack([x[..., :-1], x[..., 1:]], -1)[..., None, :]),
    one("fftshift",  lambda m, x: m.fft.fftshift(x), (3,), (2, 5), (4,),
        judge=lambda m, x: turned(m, x, 1, tuple(range(x.ndim)))),
    one("ifftshift", lambda m, x: m.fft.ifftshift(x, axes=-1), (3,), (2, 5), (0,),
        judge=lambda m, x: turned(m, x, -1, (-1,))),
    # polynomials
    one("poly",     lambda m, x: m.poly(x), (3,), judge=expanded),
    two("polyadd",  lambda m, x, y: m.polyadd(x, y), ((3,), (2,)), ((1,), (4,)),
        judge=lambda m, x, y: m.concatenate([x[: -len(y)], x[-len(y) :] + y] if len(x) > len(y) else
                                            [y[: -len(x)], y[-len(x) :] + x])),
    two("polysub",  lambda m, x, y: m.polysub(x, y), ((3,), (2,)), ((3,), (3,)),
        judge=lambda m, x, y: m.concatenate([x[: len(x) - len(y)], x[len(x) - len(y) :] - y])),
    two("polymul",  lambda m, x, y: m.polymul(x, y), ((3,), (2,)), ((1,), (4,)), ((), (2,)),
        judge=lambda m, x, y: m.convolve(m.reshape(x, (-1,)), y)),
    one("polyder",  lambda m, x: m.polyder(x, 2), (4,), (3,), widens=True, judge=lambda m, x:
        x[:-2] * m.constant(np.array([12.0, 6.0, 2.0][5 - len(x) :]))),
    one("polyint",  lambda m, x: m.polyint(x), (3,), (1,), widens=True, judge=lambda m, x:
        m.concatenate([x / m.constant(np.arange(len(x), 0.0, -1)), 0 * x[:1]])),
    two("polyint",  lambda m, x, k: m.polyint(x, 2, k), ((2,), (2,)), ((1,), (2,)), note="twice, with constants",
        widens=True, judge=lambda m, x, k: m.concatenate([
            x / m.constant(np.array([(n + 1) * (n + 2.0) for n in range(len(x))][::-1])), k])),
    Row("polyfit",  lambda m, x, y: m.polyfit(m.cumsum(x, 0), y, 1), (POSITIVE, REAL), [((4,), (4,)), ((4,), (4, 2))],
        tolerance=1e-8, widens=True, judge=lambda m, x, y: normal_equations(m, m.cumsum(x, 0), y)),
    Row("polyfit",  lambda m, x, y: m.polyfit(m.cumsum(x, 0), y, 1, w=IMPORTANCE), (POSITIVE, REAL), [((4,), (4,))],
        tolerance=1e-8, widens=True, note="weighted",
        judge=lambda m, x, y: normal_equations(m, m.cumsum(x, 0), y, IMPORTANCE)),
    # statistics
    one("cov",      lambda m, x: m.cov(x), (2, 4), (3, 3), widens=True, judge=covariance),
    one("cov",      lambda m, x: m.cov(x, bias=True, rowvar=False), (4, 2), note="by columns", widens=True,
        judge=lambda m, x: covariance(m, m.swapaxes(x, 0, 1), 1.0, len(x))),
    two("cov",      lambda m, x, y: m.cov(x, y, fweights=TIMES), ((4,), (2, 4)), note="repeated", widens=True,
        judge=lambda m, x, y: covariance(m, m.concatenate([x[None], y]), TIMES, 6.0)),
    one("cov",      lambda m, x: m.cov(x, aweights=IMPORTANCE), (2, 4), note="weighted", widens=True,
        judge=lambda m, x: covariance(m, x, IMPORTANCE, 3.75 - (IMPORTANCE @ IMPORTANCE) / 3.75)),
    one("cov",      lambda m, x: m.cov(x), (4,), note="of one variable", widens=True,
        judge=lambda m, x: covariance(m, x[None])[0, 0]),
    Row("corrcoef", lambda m, x: m.corrcoef(x), (REAL,), of((2, 4), (3, 5)), tolerance=1e-11, widens=True,
        judge=correlation),
    Row("bincount", lambda m, x: m.bincount(COUNTS, x, 5), (REAL,), of((4,)), widens=True, judge=lambda m, x:
        m.stack([x[0] + x[2], x[3], x[1], 0 * x[0], 0 * x[0]])),
    one("histogram", lambda m, x: m.histogram(COUNTS, 2, weights=x)[0], (4,), judge=lambda m, x:
        m.stack([x[0] + x[2], x[3] + x[1]])),
    Row("histogram", lambda m, x: m.histogram(COUNTS, [0, 0.5, 2], weights=x, density=True)[0], (POSITIVE,), of((4,)),
        note="density", widens=True, judge=lambda m, x: m.stack([2 * (x[0] + x[2]), (x[3] + x[1]) / 1.5]) / m.sum(x)),
    # of functions
    Row("apply_along_axis", lambda m, x, axis: m.apply_along_axis(lambda row: row[:2] * m.sum(row), axis, x), (REAL,),
        of((3,), (2, 3), (2, 3, 2)), [{"axis": 0}, {"axis": -1}],
        judge=lambda m, x, axis: m.swapaxes(m.swapaxes(x, 0, axis)[:2] * m.sum(m.swapaxes(x, 0, axis), 0), 0, axis)),
    one("apply_over_axes", lambda m, x: m.apply_over_axes(m.sum, x, [0, 2]), (2, 3, 4),
        judge=lambda m, x: m.sum(x, axis=(0, 2), keepdims=True)),
    one("piecewise", lambda m, x: m.piecewise(x, [HALVES, ~HALVES], [lambda y: y * y, lambda y: 3 * y]), (4,),
        judge=lambda m, x: m.where(HALVES, x * x, 3 * x)),
    one("piecewise", lambda m, x: m.piecewise(x, [HALVES], [lambda y, k: k * y * y, 5.0], 3), (4,), note="default",
        judge=lambda m, x: m.where(HALVES, 3 * x * x, 0 * x + 5)),
]
# fmt: on
