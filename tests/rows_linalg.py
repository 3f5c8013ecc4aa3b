"""The table's rows of products of several arrays and of linear algebra. See tests/table.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.judges import Function
from tests.row import NONZERO, POSITIVE, REAL, Domain, Params, Row, Shape, always, of

SQUARE = of((3, 3), (1, 1), (2, 4, 4))
POINTS = np.array([-3, -1, 0.5, 2])


def matrices(name: str, f: Function, *shapes: Shape, **columns: Any) -> Row:
    """A function of one array."""
    columns = {"tolerance": 1e-8, **columns}
    return Row(name, f, (REAL,), of(*shapes) if shapes else SQUARE, **columns)


def products(name: str, f: Function, *shapes: tuple[Shape, ...], **columns: Any) -> Row:
    """A function of several arrays."""
    return Row(name, f, (REAL,) * len(shapes[0]), shapes, **columns)


def sums(subscripts: str, *shapes: tuple[Shape, ...], judge: Function | None = None) -> Row:
    """An einsum."""
    return products("einsum", lambda m, *arrays: m.einsum(subscripts, *arrays), *shapes, judge=judge, note=subscripts)


def listed(note: str, subscripts: str, f: Function, *shapes: tuple[Shape, ...]) -> Row:
    """An einsum in another form, and what it is in the plain one."""
    return products("einsum", f, *shapes, judge=lambda m, *arrays: m.einsum(subscripts, *arrays), note=note)


def symmetric(m: Any, x: Any) -> Any:
    if x.shape[-1] != x.shape[-2]:
        raise ValueError("xᵀ would broadcast against x, and the eigenvalues be equal")
    return x + m.matrix_transpose(x)


def definite(m: Any, x: Any) -> Any:
    """Positive definite: its eigenvalues are at least ¼."""
    square = x @ m.matrix_transpose(x)
    return m.where(np.eye(x.shape[-1], dtype=bool), square + 0.25, square)


def together(m: Any, parts: Sequence[Any]) -> Any:
    """Several results as one, so that every one of them counts."""
    return m.concatenate([m.reshape(part, (-1,)) for part in parts])


def polygon(m: Any, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Piece by piece."""
    out = 0 * x + (fp[0] if left is None else left)
    for i in range(len(xp) - 1):
        piece = fp[i] + (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]) * (x - xp[i])
        out = m.where(x.real >= xp[i].real, piece, out)
    return m.where(x.real > xp[-1].real, fp[-1] if right is None else right, out)


def exponential(m: Any, parts: Any) -> Any:
    """e to a symmetric matrix, a function of it that does not depend on the eigenvectors' signs."""
    w, v = parts
    return (v * m.exp(w)[..., None, :]) @ m.matrix_transpose(v)


def rounded(m: Any, parts: Any) -> Any:
    """U·√S·Vᵀ, which does not depend on the signs."""
    u, s, vt = parts
    return (u * m.sqrt(s)[..., None, :]) @ vt


# The complex step cannot judge eigenvectors and singular values: LAPACK conjugates on its way to them.
CONJUGATES = always
VECTORS: Sequence[tuple[Shape, ...]] = [((3,), (2,)), ((2,), (4,)), ((1,), (1,)), ((3,), (3,)), ((5,), (2,))]

# fmt: off
LINALG_RULES = [
    # products
    sums("ij,jk->ik",      ((2, 3), (3, 4)), ((1, 1), (1, 1)), ((2, 0), (0, 3))),
    sums("ij,jk",          ((2, 3), (3, 4))),
    sums("ba",             ((2, 3),)),
    sums("i->",            ((3,),), ((0,),)),
    sums("ij->j",          ((2, 3),), ((0, 3),)),
    sums("ii",             ((3, 3),)),
    sums("ii->i",          ((3, 3),)),
    sums("iji->j",         ((3, 2, 3),)),
    sums("iii->i",         ((2, 2, 2),)),
    sums("ii,ij->j",       ((3, 3), (3, 2))),
    sums("i,j->",          ((3,), (2,))),
    sums("ij,kj->i",       ((2, 3), (4, 3))),
    sums(",i->i",          ((), (3,))),
    sums("...ij,...jk->...ik", ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (2, 3, 2))),
    sums("...",            ((2, 3),), ((),)),
    sums("i...->...",      ((2, 3),), ((2, 3, 4),), ((2,),)),
    sums("i...i->...i",    ((2, 3, 2),)),
    sums("ij,jk,kl->il",   ((2, 3), (3, 4), (4, 2))),
    sums("i,i,i",          ((3,), (3,), (3,))),
    sums("ij,j->i",        ((2, 1), (3,)), ((2, 3), (1,)), judge=lambda m, x, y: m.sum(x * y, -1)),
    listed("spaces", "ij,jk->ik", lambda m, x, y: m.einsum(" ij , jk -> i k ", x, y), ((2, 3), (3, 4))),
    listed("list form", "ij,jk->ki", lambda m, x, y: m.einsum(x, [0, 1], y, [1, 2], [2, 0]), ((2, 3), (3, 4))),
    listed("list form without a result", "ij,jk", lambda m, x, y: m.einsum(x, [0, 1], y, [1, 2]), ((2, 3), (3, 4))),
    listed("list form with dots", "...i,i->...", lambda m, x, y: m.einsum(x, [Ellipsis, 0], y, [0]), ((2, 4, 3), (3,))),
    listed("optimised", "ij,jk,kl->il", lambda m, *xs: m.einsum("ij,jk,kl->il", *xs, optimize="greedy"),
        ((2, 3), (3, 4), (4, 2))),
    products("einsum", lambda m, x, y: m.tensordot(x, y), ((2, 3, 4), (3, 4, 2)), ((2, 3), (2, 3)),
        judge=lambda m, x, y: m.tensordot(x, y, 2), note="tensordot"),
    products("einsum", lambda m, x, y: m.tensordot(x, y, 0), ((2,), (3,)), ((), (2,)), note="tensordot of none"),
    products("einsum", lambda m, x, y: m.tensordot(x, y, ([0, -1], [2, 0])), ((2, 3, 4), (4, 1, 2)),
        note="tensordot axes"),
    products("einsum", lambda m, x, y: m.inner(x, y), ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,)), note="inner"),
    products("einsum", lambda m, x, y: m.dot(x, y), ((2, 3, 4), (2, 4, 3)), ((3,), (2, 3, 4)),
        judge=lambda m, x, y: m.tensordot(x, y, ([-1], [-2])), note="dot"),
    products("einsum", lambda m, x, y, z: m.linalg.multi_dot([x, y, z]), ((2, 3), (3, 4), (4, 1)), ((3,), (3, 4), (4,)),
        note="multi_dot"),
    products("matmul", lambda m, x, y: m.dot(x, y), ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)),
        judge=lambda m, x, y: m.matmul(x, y), note="dot"),
    products("matmul", lambda m, x, y: m.vdot(x, y), ((3,), (3,)), ((2, 3), (3, 2)),
        judge=lambda m, x, y: m.sum(m.reshape(x, (-1,)) * m.reshape(y, (-1,))), note="vdot"),
    products("multiply", lambda m, x, y: m.outer(x, y), ((3,), (2,)), ((2, 2), (3,)), ((0,), (2,)),
        judge=lambda m, x, y: m.reshape(x, (-1, 1)) * m.reshape(y, (-1,)), note="outer"),
    products("multiply", lambda m, x, y: m.dot(x, y) * m.inner(x, y), ((), (3,)), ((2, 3), ()),
        judge=lambda m, x, y: x * y * x * y, note="dot and inner with a number"),
    products("convolve", lambda m, x, y: m.convolve(x, y), *VECTORS),
    # inverses
    matrices("inv",        lambda m, x: m.linalg.inv(x)),
    products("solve",      lambda m, x, y: m.linalg.solve(x, y), ((3, 3), (3, 2)), ((3, 3), (3,)),
        ((2, 3, 3), (2, 3, 1)),
        ((3, 3), (2, 3, 1)), ((2, 3, 3), (3, 1)), tolerance=1e-8),
    products("solve",      lambda m, x, y: m.linalg.solve(x, y), ((2, 3, 3), (3,)), tolerance=1e-8, note="one vector",
        judge=lambda m, x, y: m.linalg.solve(x, y[:, None])[..., 0]),
    matrices("pinv",       lambda m, x: m.linalg.pinv(x), (3, 3), (2, 4), (4, 2), (2, 3, 2)),
    # determinants
    matrices("det",        lambda m, x: m.linalg.det(x)),
    matrices("cofactor",   lambda m, x: m.cofactor(x), judge=lambda m, x: m.linalg.cofactor(x)),
    matrices("logabsdet",  lambda m, x: m.logabsdet(x), judge=lambda m, x: m.linalg.logabsdet(x)),
    # factorisations
    matrices("cholesky",   lambda m, x: m.linalg.cholesky(definite(m, x))),
    matrices("qr",         lambda m, x: m.qr(x), (3, 3), (4, 2), (1, 1), (2, 4, 3),
        judge=lambda m, x: m.linalg.packed_qr(x)),
    matrices("eigh",       lambda m, x: m.eigh(symmetric(m, x), UPLO="L"),
        judge=lambda m, x: m.linalg.packed_eigh(symmetric(m, x)),
        kink=CONJUGATES),
    matrices("svd",        lambda m, x: m.svd(x), (3, 3), (4, 2), (2, 4), (1, 1), (2, 3, 2),
        judge=lambda m, x: m.linalg.packed_svd(x),
        kink=CONJUGATES),
    # norms
    *(Row("norm", lambda m, x, **params: m.linalg.vector_norm(x, **params), (NONZERO,), of((2, 3), (2, 3, 4)),
        [{"ord": ord}, {"ord": ord, "axis": 1}, {"ord": ord, "axis": (0, -1), "keepdims": True}],
        tolerance=1e-8, note=str(ord))
      for ord in (2, 3, 0.5, -2)),
]
# fmt: on

MATRICES: Sequence[Params] = [{"axis": (0, -1)}, {"axis": (-1, 0), "keepdims": True}]
VECTORS_ALONG: Sequence[Params] = [{"axis": 0}, {"axis": -1, "keepdims": True}]


def norms(note: str, ord: Any, params: Sequence[Params], *shapes: Shape) -> Row:
    """A norm, judged by PyTorch alone."""
    f = lambda m, x, **p: m.linalg.norm(x, ord, **p)  # noqa: E731
    return Row("norm", f, (NONZERO,), of(*shapes), params, kink=CONJUGATES, tolerance=1e-8, note=note)


# fmt: off
LINALG_FUNCTIONS = [
    # products
    products("kron",       lambda m, x, y: m.kron(x, y), ((2, 3), (3, 2)), ((3,), (2, 2)), ((), (3,)),
        ((2, 1, 3), (2, 2))),
    products("cross",      lambda m, x, y: m.cross(x, y), ((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3)),
        judge=lambda m, x, y: m.linalg.cross(x + 0 * y, y + 0 * x)),
    products("cross",      lambda m, x, y: m.cross(x, y, axis=0), ((3, 2), (3, 2)),
        judge=lambda m, x, y: m.linalg.cross(x, y, axis=0),
        note="axis"),
    products("vecdot",     lambda m, x, y: m.vecdot(x, y), ((3,), (3,)), ((2, 3), (3,)),
        judge=lambda m, x, y: m.sum(x * y, -1)),
    products("matvec",     lambda m, x, y: m.matvec(x, y), ((2, 3), (3,)), ((4, 2, 3), (4, 3)),
        judge=lambda m, x, y: m.sum(x * y[..., None, :], -1)),
    products("vecmat",     lambda m, x, y: m.vecmat(x, y), ((2,), (2, 3)), ((4, 2), (4, 2, 3)),
        judge=lambda m, x, y: m.sum(x[..., None] * y, -2)),
    *(products("convolve", lambda m, x, y, mode=mode: m.convolve(x, y, mode), *VECTORS, note=mode,
        judge=lambda m, x, y, mode=mode: m.convolved(x, y, mode)) for mode in ("full", "same", "valid")),
    *(products("correlate", lambda m, x, y, mode=mode: m.correlate(x, y, mode), *VECTORS, note=mode,
        judge=lambda m, x, y, mode=mode: m.correlated(x, y, mode)) for mode in ("full", "same", "valid")),
    Row("interp",          lambda m, x: m.interp(x, POINTS, POINTS**2), (Domain(((-2.5, 1.75),)),),
        of((), (5,), (2, 3)),
        judge=lambda m, x: polygon(m, x, m.asarray(POINTS), m.asarray(POINTS**2)), note="x", widens=True),
    Row("interp",          lambda m, x, xp, fp: m.interp(x, m.cumsum(xp, 0), fp), (Domain(((-1, 9),)), POSITIVE, REAL),
        [((6,), (4,), (4,))],
        judge=lambda m, x, xp, fp: polygon(m, x, m.cumsum(xp, 0), fp), note="everything", widens=True),
    Row("interp",          lambda m, x, fp: m.interp(x, POINTS, fp, left=-1.0, right=9.0), (Domain(((-6, 6),)), REAL),
        [((9,), (4,))],
        judge=lambda m, x, fp: polygon(m, x, m.asarray(POINTS), fp, -1.0, 9.0), note="left and right", widens=True),
    Row("interp",          lambda m, x, fp: m.interp(x, POINTS, fp, period=8.0), (Domain(((-3.9, 3.9),)), REAL),
        [((9,), (4,))],
        judge=lambda m, x, fp: polygon(m, x, m.asarray([-6, *POINTS, 5]), [fp[3], *fp, fp[0]]), note="period",
        widens=True),
    products("polyval",    lambda m, p, x: m.polyval(p, x), ((3,), (2,)), ((1,), ()), ((4,), (2, 3)),
        judge=lambda m, p, x: sum(p[len(p) - 1 - i] * x ** i for i in range(len(p)))),
    # linear algebra
    matrices("matrix_power", lambda m, x: m.linalg.matrix_power(x, 5), (2, 2), (2, 3, 3)),
    matrices("matrix_power", lambda m, x: m.linalg.matrix_power(x, -2), (2, 2), note="negative"),
    matrices("slogdet",    lambda m, x: m.linalg.slogdet(x)[1], judge=lambda m, x: m.linalg.logabsdet(x)),
    matrices("cholesky",   lambda m, x: m.linalg.cholesky(definite(m, x), upper=True), note="upper"),
    matrices("qr",         lambda m, x: together(m, m.linalg.qr(x)), (3, 3), (4, 2), (2, 4), note="in parts",
        judge=lambda m, x: m.linalg.whole_qr(x)),
    matrices("qr",         lambda m, x: m.linalg.qr(x, "r"), (3, 2),
        judge=lambda m, x: m.reshape(m.linalg.whole_qr(x)[-4:], (2, 2)), note="r"),
    *(matrices("eigh",     lambda m, x, side=side: exponential(m, m.linalg.eigh(symmetric(m, x), side)),
        kink=CONJUGATES, note=side)
      for side in "LU"),
    matrices("eigvalsh",   lambda m, x: m.linalg.eigvalsh(symmetric(m, x)), kink=CONJUGATES),
    matrices("svd",        lambda m, x: rounded(m, m.linalg.svd(x, full_matrices=False)), (3, 3), (4, 2), (2, 4),
        kink=CONJUGATES, note="in parts"),
    matrices("svdvals",    lambda m, x: m.linalg.svdvals(x), (3, 3), (4, 2), (2, 4), (2, 3, 2), kink=CONJUGATES),
    products("lstsq",      lambda m, a, b: together(m, m.linalg.lstsq(a, b)[:2]), ((4, 2), (4,)), ((4, 3), (4, 2)),
        tolerance=1e-8),
    products("lstsq",      lambda m, a, b: m.linalg.lstsq(a, b)[0], ((2, 4), (2,)), ((3, 3), (3, 2)), tolerance=1e-8,
        note="x alone",
        judge=lambda m, a, b: m.linalg.pinv(a) @ b),
    matrices("tensorinv",  lambda m, x: m.linalg.tensorinv(x), (2, 3, 6), (1, 4, 2, 2)),
    products("tensorsolve", lambda m, a, b: m.linalg.tensorsolve(a, b), ((2, 3, 6), (2, 3)), ((2, 3, 3, 2), (2, 3)),
        tolerance=1e-8),
    matrices("cond",       lambda m, x: m.linalg.cond(x), (3, 3), (4, 2), kink=CONJUGATES),
    *(matrices("cond",     lambda m, x, p=p: m.linalg.cond(x, p), (3, 3), kink=CONJUGATES, note=str(p),
        judge=lambda m, x, p=p: m.linalg.matrix_norm(x, p) * m.linalg.matrix_norm(m.linalg.inv(x), p))
      for p in ("fro", 1, -np.inf)),
    matrices("cond",       lambda m, x: m.linalg.cond(x, -2), (3, 3), kink=CONJUGATES, note="-2"),
    matrices("trace",      lambda m, x: m.linalg.trace(x, offset=1), (3, 3), (2, 3, 4), note="linalg"),
    matrices("diagonal",   lambda m, x: m.linalg.diagonal(x, offset=-1), (3, 3), (2, 3, 4), note="linalg"),
    products("outer",      lambda m, x, y: m.linalg.outer(x, y), ((3,), (2,)), note="linalg"),
    products("cross",      lambda m, x, y: m.linalg.cross(x, y, axis=0), ((3, 2), (3, 2)), note="linalg"),
    products("vecdot",     lambda m, x, y: m.linalg.vecdot(x, y, axis=0), ((3, 2), (3, 2)), ((3,), (3,)),
        note="linalg"),
    # norms
    norms("alone", None, [{}, {"keepdims": True}], (), (3,), (2, 3), (2, 3, 4)),
    *(norms(f"of vectors {ord}", ord, VECTORS_ALONG, (3,), (2, 1)) for ord in (None, 1, 2, np.inf, -np.inf, 0, 3.5)),
    *(norms(f"of matrices {ord}", ord, MATRICES, (2, 3), (3, 3), (3, 2, 2))
      for ord in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)),
    matrices("matrix_norm", lambda m, x: m.linalg.matrix_norm(x, ord="nuc", keepdims=True), (2, 3), (2, 3, 3),
        kink=CONJUGATES),
]
# fmt: on
