"""Rows of the table that only the vector engine has: functions of each element, reductions, running sums, sorting."""

import math
from typing import Any

import numpy as np

from tests.judges import Array
from tests.row import DIGITS, NONZERO, REAL, Domain, Mathematics, Row, always, at, at_pairs, of, over_axes

inf, nan = math.inf, math.nan


class Gappy(Domain):
    """Numbers with a NaN in every fifth place."""

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        x = super().sample(generator, shape)
        x.flat[1::5] = nan
        return x


class Spaced(Domain):
    """Increasing numbers."""

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.cumsum(super().sample(generator, shape), axis=-1)


GAPPY = Gappy(((-4, 4),))
SPACED = Spaced(((0.5, 2),))
LOW, HIGH = Domain(((-3, -0.5),)), Domain(((0.5, 3),))
EQUAL_INFINITIES = "two equal operands share; PyTorch says NaN"
WHERE = np.array([[True, False, True], [False, True, True]])
GAPS = of((3, 4), (2, 3, 4))
AXES: list[dict[str, Any]] = [{}, {"axis": -1}, {"axis": 0, "keepdims": True}]


def whole(*operands: Array) -> Any:
    """Where the quotient of two operands is whole."""
    x, y = operands
    return np.divide(x, y) == np.rint(np.divide(x, y))


def present(m: Any, x: Any, filler: float) -> Any:
    """x with a number for each NaN, in the judges' words."""
    return m.where(np.isnan(plain(x)), filler, x)


def recurrence(m: Any, a: Any, b: Any, axis: int) -> Any:
    """hᵢ = aᵢ·hᵢ₋₁ + bᵢ, step by step."""
    a, b = (m.swapaxes(x, 0, axis) for x in (a, b))
    h = [b[0]]
    for i in range(1, len(b)):
        h.append(a[i] * h[-1] + b[i])
    return m.swapaxes(m.stack(h), 0, axis)


PLACES = np.array([0.0, 0.5, 2.0, 2.25])


def plain(x: Any) -> Any:
    """The real numbers of a judge's operand."""
    return np.real(x.detach().numpy() if hasattr(x, "detach") else x)


def valid(x: Any) -> Any:
    """The elements that are not NaN."""
    return x[~np.isnan(plain(x))]


def slopes(m: Any, x: Any, places: Any, axis: int, edge_order: int) -> Any:
    """np.gradient, as the linear map that its values on the unit vectors make."""
    gradient: Any = np.gradient
    matrix = gradient(np.eye(x.shape[axis]), 1.0 if places is None else places, axis=0, edge_order=edge_order)
    return m.swapaxes(m.swapaxes(x, axis, -1) @ m.constant(matrix.T), axis, -1)


# fmt: off
POINTWISE_RULES = [
    Row("positive",   lambda m, x: m.positive(x), (REAL,), judge=lambda m, x: 1 * x),
    Row("conjugate",  lambda m, x: m.conjugate(x), (REAL,), judge=lambda m, x: 1 * x),
    Row("positive",   lambda m, x: +x, (REAL,), judge=lambda m, x: 1 * x, note="operator"),
    Row("radians",    lambda m, x: m.radians(x), (REAL,), judge=lambda m, x: x * (math.pi / 180)),
    Row("degrees",    lambda m, x: m.degrees(x), (REAL,), judge=lambda m, x: x * (180 / math.pi)),
    Row("ldexp",      lambda m, x: m.ldexp(x, 3), (REAL,), judge=lambda m, x: 8 * x),
    Row("reciprocal", lambda m, x: m.reciprocal(x), (NONZERO,), singular=at(0, inf)),
    Row("square",     lambda m, x: m.square(x), (REAL,), singular=at(0, inf)),
    Row("exp2",       lambda m, x: m.exp2(x), (REAL,), singular=at(2000, -2000, inf, -inf)),
    Row("logaddexp",  lambda m, x, y: m.logaddexp(x, y), (REAL, REAL),
        judge=lambda m, x, y: m.log(m.exp(x) + m.exp(y)),
        singular={(-inf, -inf): Mathematics(-inf, (0.5, 0.5), EQUAL_INFINITIES),
                  (1000, 0): Mathematics(1000, (1, 0), "the judge's exponential overflows")}),
    Row("logaddexp2", lambda m, x, y: m.logaddexp2(x, y), (REAL, REAL),
        judge=lambda m, x, y: m.log2(m.exp2(x) + m.exp2(y)),
        singular={(-inf, -inf): Mathematics(-inf, (0.5, 0.5), EQUAL_INFINITIES)}),
    Row("asinh",      lambda m, x: m.asinh(x), (REAL,), tolerance=1e-11, singular=at(0, 1e200, inf)),
    Row("acosh",      lambda m, x: m.acosh(x), (Domain(((1.25, 4),)),),
        singular={(-2,): Mathematics(nan, (nan,), "outside the domain, where PyTorch's x² is inside"),
                  **at(1, 0.5, inf)}),
    Row("atanh",      lambda m, x: m.atanh(x), (Domain(((-0.96875, 0.96875),)),), singular=at(0, 1, -1, 2)),
    Row("sinc",       lambda m, x: m.sinc(x), (NONZERO,), tolerance=1e-11, singular=at(0)),
    Row("fabs",       lambda m, x: m.fabs(x), (REAL,), kink=lambda x: x == 0, judge=lambda m, x: m.absolute(x),
        singular=at(0, inf, -inf)),
    Row("copysign",   lambda m, x, y: m.copysign(x, y), (NONZERO, NONZERO),
        singular=at_pairs((0, 2), (0, -2), (3, -0.0), (nan, 1))),
    Row("fmax",       lambda m, x, y: m.fmax(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        singular=at_pairs((2, 2), (nan, 1), (1, nan), (nan, nan))),
    Row("fmin",       lambda m, x, y: m.fmin(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        singular=at_pairs((2, 2), (nan, 1), (1, nan), (nan, nan))),
    Row("clip",       lambda m, x, low, high: m.clip(x, low, high), (REAL, LOW, HIGH),
        singular=dict.fromkeys([(1, 1, 2), (2, 1, 2), (1, 1, 1), (3, 2, 1), (0, 2, 1), (2, 2, 1), (nan, 0, 1)])),
    Row("clip",       lambda m, x: m.clip(x, -1, None), (REAL,), note="below",
        judge=lambda m, x: m.clip(x, -1 + 0 * x, 9 + 0 * x)),
    Row("clip",       lambda m, x: m.clip(x, None, 1.5), (REAL,), note="above",
        judge=lambda m, x: m.clip(x, -9 + 0 * x, 1.5 + 0 * x)),
    # flat between two jumps
    Row("heaviside",  lambda m, x, y: m.heaviside(x, y), (DIGITS, REAL), kink=always,
        judge=lambda m, x, y: m.where(x == 0, y, m.step(x))),
    Row("floor",      lambda m, x: m.floor(x), (REAL,), singular=at(2, inf)),
    Row("ceil",       lambda m, x: m.ceil(x), (REAL,), singular=at(2, inf)),
    Row("trunc",      lambda m, x: m.trunc(x), (REAL,), singular=at(2, inf)),
    Row("rint",       lambda m, x: m.rint(x), (REAL,), singular=at(2.5)),
    Row("floor_divide", lambda m, x, y: x // y, (NONZERO, NONZERO), judge=lambda m, x, y: m.floor(x / y), kink=whole),
    Row("remainder",  lambda m, x, y: x % y, (NONZERO, NONZERO), judge=lambda m, x, y: x - y * m.floor(x / y),
        kink=whole),
    Row("fmod",       lambda m, x, y: m.fmod(x, y), (NONZERO, NONZERO), judge=lambda m, x, y: x - y * m.trunc(x / y),
        kink=whole),
]

FOLDING_RULES = [
    # reductions
    *over_axes("prod", lambda m, x, **axes: m.prod(x, **axes), empty=True),
    *over_axes("prod", lambda m, x, **axes: m.prod(x, **axes), DIGITS, note="zeros"),
    *over_axes("var",  lambda m, x, **axes: m.var(x, **axes))[1:],
    *over_axes("std",  lambda m, x, **axes: m.std(x, **axes))[1:],
    Row("var",      lambda m, x, **axes: m.var(x, ddof=1, **axes), (REAL,), GAPS, AXES, note="ddof"),
    Row("std",      lambda m, x, **axes: m.std(x, ddof=1, **axes), (REAL,), GAPS, AXES, note="ddof"),
    # running
    Row("cumsum",   lambda m, x, **axis: m.cumsum(x, **axis), (REAL,), of((3,), (2, 3), (2, 0), (1,)),
        [{}, {"axis": 0}, {"axis": -1}]),
    *[Row("cumprod", lambda m, x, **axis: m.cumprod(x, **axis), (domain,), of((4,), (2, 4), (2, 0), (1,)),
          [{}, {"axis": 0}, {"axis": -1}], note=note) for domain, note in ((REAL, ""), (DIGITS, "zeros"))],
    Row("recurrence", lambda m, a, b, axis: m.recurrence(a, b, axis=axis), (REAL, REAL),
        [((4,), (4,)), ((3, 4), (3, 4)), ((1, 1), (1, 1))], [{"axis": 0}, {"axis": -1}], judge=recurrence),
    # sorting
    *[Row("sort",   lambda m, x, axis: m.sort(x, axis=axis), (domain,), of((5,), (3, 4), (0,), (1,)),
          [{"axis": 0}, {"axis": -1}], note=note, kink=always) for domain, note in ((REAL, ""), (DIGITS, "ties"))],
    Row("partition", lambda m, x: m.partition(x, (0, 1, 2, 3)), (REAL,), of((4,), (2, 4)),
        judge=lambda m, x: m.sort(x, axis=-1)),
]

# Built from several rules, and named like the function.
POINTWISE_FUNCTIONS = [
    Row("frexp", lambda m, x: m.frexp(m.ldexp(x, 3))[0], (NONZERO,),
        judge=lambda m, x: x * m.constant(2.0 ** -np.frexp(plain(x))[1]),
        kink=lambda x: np.frexp(x)[0] == 0.5),
    Row("nan_to_num", lambda m, x: m.nan_to_num(x, nan=2.0), (REAL,), singular={
        (nan,): Mathematics(2, (0,), "the judge's NaN"),
        (inf,): Mathematics(np.finfo(float).max, (0,), "its infinity")},
        judge=lambda m, x: 1 * x),
    Row("float_power", lambda m, x, y: m.float_power(x, y), (Domain(((0.125, 4),)), REAL),
        judge=lambda m, x, y: x ** y, widens=True),
    Row("unwrap", lambda m, x: m.unwrap(x, axis=-1), (Spaced(((2, 5),)),), of((4,), (2, 5), (1,)),
        judge=lambda m, x: x + m.constant(np.unwrap(plain(x)) - plain(x)), kink=always),
    Row("fix", lambda m, x: m.fix(x), (REAL,), judge=lambda m, x: m.trunc(x)),
    Row("modf", lambda m, x: m.modf(x)[1], (REAL,), judge=lambda m, x: m.trunc(x), note="whole"),
    Row("modf", lambda m, x: m.modf(x)[0], (REAL,), judge=lambda m, x: x - m.trunc(x)),
    Row("round", lambda m, x: m.round(x), (REAL,), judge=lambda m, x: m.rint(x)),
    Row("round", lambda m, x: m.round(x, 1), (REAL,), judge=lambda m, x: m.rint(x * 10) / 10, note="to 1"),
    Row("round", lambda m, x: m.round(x, -1), (REAL,), judge=lambda m, x: m.rint(x / 10) * 10, note="to -1"),
    Row("divmod", lambda m, x, y: m.divmod(x, y)[0], (NONZERO, NONZERO), note="quotient",
        judge=lambda m, x, y: m.floor(x / y), kink=whole),
    Row("divmod", lambda m, x, y: m.divmod(x, y)[1], (NONZERO, NONZERO), note="remainder",
        judge=lambda m, x, y: x - y * m.floor(x / y), kink=whole),
]

FOLDING_FUNCTIONS = [
    # the gradient for one element is 0, whatever the rule
    *over_axes("var", lambda m, x, **axes: m.var(x, **axes))[:1],
    *over_axes("std", lambda m, x, **axes: m.std(x, **axes))[:1],
    *over_axes("ptp", lambda m, x, **axes: m.ptp(x, **axes), kink=always,
               judge=lambda m, x, **axes: m.max(x, **axes) - m.min(x, **axes)),
    Row("std", lambda m, x: m.std(0 * x + 0.1, axis=-1), (REAL,), of((3,), (2, 3)), note="of constants",
        kink=always, judge=lambda m, x: 0 * m.sum(x, axis=-1)),
    Row("average", lambda m, x, **axes: m.average(x, **axes), (REAL,), GAPS, AXES,
        judge=lambda m, x, **axes: m.mean(x, **axes)),
    Row("average", lambda m, x, w: m.average(x, axis=1, weights=w), (REAL, HIGH), [((2, 3), (2, 3)), ((2, 3), (3,))],
        note="weighted", judge=lambda m, x, w: m.sum(x * w, axis=1) / m.sum(w + 0 * x, axis=1)),
    # some of the elements
    Row("sum", lambda m, x: m.sum(x, axis=0, where=WHERE), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: m.sum(m.where(WHERE, x, 0), axis=0)),
    Row("sum", lambda m, x: m.sum(x, initial=2.0), (REAL,), of((2, 3), ()), note="initial",
        judge=lambda m, x: m.sum(x) + 2),
    Row("prod", lambda m, x: m.prod(x, axis=1, where=WHERE, initial=2.0), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: 2 * m.prod(m.where(WHERE, x, 1), axis=1)),
    Row("max", lambda m, x: m.max(x, axis=1, where=WHERE, initial=0.0), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: m.maximum(m.max(m.where(WHERE, x, -9), axis=1), 0), kink=always),
    Row("min", lambda m, x: m.min(x, axis=1, where=WHERE, initial=0.0), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: m.minimum(m.min(m.where(WHERE, x, 9), axis=1), 0), kink=always),
    Row("mean", lambda m, x: m.mean(x, axis=1, where=WHERE), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: m.sum(m.where(WHERE, x, 0), axis=1) / 2),
    Row("var", lambda m, x: m.var(x, axis=1, correction=1), (REAL,), of((2, 3)), note="correction",
        judge=lambda m, x: m.var(x, axis=1, ddof=1)),
    Row("var", lambda m, x, c: m.var(x, axis=1, mean=c), (REAL, REAL), [((2, 3), (2, 1))], note="mean", widens=True,
        judge=lambda m, x, c: m.mean((x - c) ** 2, axis=1)),
    Row("var", lambda m, x: m.var(x, where=WHERE, ddof=1), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: m.var(x[WHERE], ddof=1)),
    Row("std", lambda m, x: m.std(x, where=WHERE, keepdims=True), (REAL,), of((2, 3)), note="where",
        judge=lambda m, x: m.std(x[WHERE]).reshape((1, 1))),
    # without NaNs
    Row("nansum", lambda m, x, **axes: m.nansum(x, **axes), (GAPPY,), GAPS, AXES,
        judge=lambda m, x, **axes: m.sum(present(m, x, 0), **axes)),
    Row("nanprod", lambda m, x, **axes: m.nanprod(x, **axes), (GAPPY,), of((3, 4)), AXES,
        judge=lambda m, x, **axes: m.prod(present(m, x, 1), **axes)),
    Row("nanmax", lambda m, x, **axes: m.nanmax(x, **axes), (GAPPY,), GAPS, AXES,
        judge=lambda m, x, **axes: m.max(present(m, x, -9), **axes)),
    Row("nanmin", lambda m, x, **axes: m.nanmin(x, **axes), (GAPPY,), GAPS, AXES,
        judge=lambda m, x, **axes: m.min(present(m, x, 9), **axes)),
    Row("nanmean", lambda m, x: m.nanmean(x), (GAPPY,), of((3, 3), (5,)),
        judge=lambda m, x: m.mean(valid(x))),
    Row("nanvar", lambda m, x: m.nanvar(x, ddof=1), (GAPPY,), of((3, 3), (5,)),
        judge=lambda m, x: m.var(valid(x), ddof=1)),
    Row("nanstd", lambda m, x: m.nanstd(x), (GAPPY,), of((3, 3), (5,)),
        judge=lambda m, x: m.std(valid(x))),
    Row("nanmedian", lambda m, x: m.nanmedian(x), (GAPPY,), of((3, 3), (4,)),
        judge=lambda m, x: m.quantile(valid(x), 0.5)),
    Row("nanquantile", lambda m, x: m.nanquantile(x, [0.25, 0.5]), (GAPPY,), of((3, 3), (4,)), widens=True,
        judge=lambda m, x: m.stack([m.quantile(valid(x), 0.25), m.quantile(valid(x), 0.5)])),
    Row("nanpercentile", lambda m, x: m.nanpercentile(x, 30), (GAPPY,), of((3, 3), (4,)),
        judge=lambda m, x: m.quantile(valid(x), 0.3)),
    # running
    Row("nancumsum", lambda m, x: m.nancumsum(x, axis=1), (GAPPY,), of((3, 4)),
        judge=lambda m, x: m.cumsum(present(m, x, 0), axis=1)),
    Row("nancumprod", lambda m, x: m.nancumprod(x, axis=1), (GAPPY,), of((3, 4)),
        judge=lambda m, x: m.cumprod(present(m, x, 1), axis=1)),
    *[Row("cummax", lambda m, x, axis: m.cummax(x, axis), (domain,), of((5,), (3, 4)), [{"axis": 0}, {"axis": -1}],
          note=note, kink=always) for domain, note in ((REAL, ""), (DIGITS, "ties"))],
    *[Row("cummin", lambda m, x, axis: m.cummin(x, axis), (domain,), of((5,), (3, 4)), [{"axis": 0}, {"axis": -1}],
          note=note, kink=always) for domain, note in ((REAL, ""), (DIGITS, "ties"))],
    Row("diff", lambda m, x, **args: m.diff(x, **args), (REAL,), of((4,), (3, 4), (3, 3)),
        [{}, {"n": 2}, {"axis": 0}]),
    Row("diff", lambda m, x, first: m.diff(x, prepend=first, append=2.0), (REAL, REAL),
        [((3,), (2,)), ((2, 3), (2, 1))], note="with ends", widens=True,
        judge=lambda m, x, first: m.diff(m.concatenate([first, x, 0 * x[..., :1] + 2], -1))),
    Row("ediff1d", lambda m, x: m.ediff1d(x), (REAL,), of((4,), (2, 3)),
        judge=lambda m, x: m.diff(m.ravel(x))),
    Row("ediff1d", lambda m, x, end: m.ediff1d(x, end, 1.0), (REAL, REAL), [((4,), (2,)), ((2, 3), ())],
        note="with ends",
        judge=lambda m, x, end: m.concatenate([m.ravel(0 * end + 1)[:1], m.diff(m.ravel(x)), m.ravel(end)])),
    Row("gradient", lambda m, x: m.gradient(x, 0.5), (REAL,), of((4,), (2,)),
        judge=lambda m, x: 2 * slopes(m, x, None, 0, 1)),
    Row("gradient", lambda m, x: m.gradient(x, axis=-1, edge_order=2), (REAL,), of((4,), (2, 3)),
        note="edges", judge=lambda m, x: slopes(m, x, None, -1, 2)),
    Row("gradient", lambda m, x: m.gradient(x, PLACES, axis=0), (REAL,), of((4,), (4, 2)), note="places",
        judge=lambda m, x: slopes(m, x, PLACES, 0, 1)),
    Row("gradient", lambda m, x: m.gradient(x)[1], (REAL,), of((2, 3)), note="of every axis",
        judge=lambda m, x: slopes(m, x, None, 1, 1)),
    Row("trapezoid", lambda m, y: m.trapezoid(y, dx=0.5), (REAL,), of((4,), (2, 3)),
        judge=lambda m, y: m.sum((y[..., 1:] + y[..., :-1]) / 4, axis=-1)),
    Row("trapezoid", lambda m, y, x: m.trapezoid(y, x), (REAL, SPACED),
        [((4,), (4,)), ((2, 3), (2, 3)), ((2, 3), (3,))], note="with places",
        judge=lambda m, y, x: m.sum((y[..., 1:] + y[..., :-1]) * (x[..., 1:] - x[..., :-1]) / 2, axis=-1)),
    # sorting
    Row("sort", lambda m, x: m.sort(x, axis=None), (REAL,), of((), (2, 3)), note="of all",
        judge=lambda m, x: m.sort(m.ravel(x), axis=0)),
    Row("partition", lambda m, x: m.partition(x, 2, axis=None)[2], (REAL,), of((4,), (2, 4)), note="of all",
        judge=lambda m, x: m.sort(m.ravel(x), axis=0)[2]),
    Row("median", lambda m, x: m.median(x), (REAL,), of((4,), (3, 4), (3, 1), ()),
        judge=lambda m, x: m.quantile(x, 0.5)),
    Row("quantile", lambda m, x: m.quantile(x, 0.3, axis=1), (REAL,), of((3, 4), (2, 3, 2))),
    Row("quantile", lambda m, x: m.quantile(x, 0.3, axis=0, keepdims=True), (REAL,), of((3, 4), (3,)),
        note="kept", judge=lambda m, x: m.expand_dims(m.quantile(x, 0.3, axis=0), 0)),
    Row("percentile", lambda m, x: m.percentile(x, [0, 30, 100], axis=0), (REAL,), of((3, 4), (5,)), widens=True,
        judge=lambda m, x: m.stack([m.quantile(x, q, axis=0) for q in (0, 0.3, 1)])),
]
# fmt: on
