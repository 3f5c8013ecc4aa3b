"""The table's rows of functions that move numbers: shape, order, joining, splitting, indexing. See tests/table.py."""

import functools
import operator
from typing import Any

import numpy as np

from tests.judges import Function
from tests.row import REAL, Row, Shape, of

PAD_SHAPES = of((3,), (3, 4))
MASK = np.array([True, False, True])
EDGE = np.array([True, True, False])


def one(name: str, f: Function, *shapes: Shape, **columns: Any) -> Row:
    """A function of one array."""
    return Row(name, f, (REAL,), of(*shapes), **columns)


def two(name: str, f: Function, *shapes: tuple[Shape, Shape], **columns: Any) -> Row:
    """A function of two arrays."""
    return Row(name, f, (REAL, REAL), shapes, **columns)


def _padded(m: Any, x: Any, border: float) -> Any:
    """A 2-d x with a border of one number, a row at a time."""
    wide = m.column_stack([m.zeros_like(x[:, :1]) + border, x, m.zeros_like(x[:, :2]) + border])
    return m.vstack([m.zeros_like(wide[:1]) + border, wide])


def multiplied(parts: Any) -> Any:
    """Several results as one, so that every one of them counts."""
    return functools.reduce(operator.mul, parts)


def _powers(m: Any, x: Any, powers: Any) -> Any:
    return m.stack([x**n for n in powers], -1)


# fmt: off
SHAPE_RULES = [
    Row("flip",     lambda m, x, axis: m.flip(x, axis=axis), (REAL,), of((2, 3, 4), (2, 1), (0, 2)),
        [{"axis": 0}, {"axis": (-1, 0)}]),
    one("flip",     lambda m, x: m.flip(x), (), (3,), (2, 3), note="wholly"),
    one("flip",     lambda m, x: m.flipud(x), (2, 3), (3,), note="flipud"),
    one("flip",     lambda m, x: m.fliplr(x), (2, 3), (2, 3, 2), note="fliplr"),
    one("roll",     lambda m, x: m.roll(x, 2), (3,), (2, 3), (), (0,), note="flat"),
    one("roll",     lambda m, x: m.roll(x, -1, axis=1), (2, 3), (2, 1), note="axis"),
    one("roll",     lambda m, x: m.roll(x, (1, -5), axis=(0, 2)), (2, 3, 4), note="axes"),
    Row("rot90",    lambda m, x, k: m.rot90(x, k), (REAL,), of((2, 3), (2, 3, 2), (0, 2)),
        [{"k": k} for k in (1, 2, -1)]),
    one("rot90",    lambda m, x: m.rot90(x, axes=(2, 0)), (2, 3, 4), note="axes"),
    Row("tril",     lambda m, x, k: m.tril(x, k), (REAL,), of((3, 3), (2, 2, 3), (4, 1)),
        [{"k": k} for k in (0, 1, -1)]),
    Row("triu",     lambda m, x, k: m.triu(x, k), (REAL,), of((3, 3), (2, 2, 3), (4, 1)),
        [{"k": k} for k in (0, 1, -1)]),
    Row("diag",     lambda m, x, k: m.diag(x, k), (REAL,), of((3,), (1,), (3, 3), (2, 4)),
        [{"k": k} for k in (0, 1, -1)]),
    Row("diagflat", lambda m, x, k: m.diagflat(x, k), (REAL,), of((3,), (2, 2)), [{"k": 0}, {"k": -2}]),
    Row("diagonal", lambda m, x, k: m.diagonal(x, k), (REAL,), of((3, 3), (2, 4), (3, 3, 2)),
        [{"k": k} for k in (0, 1, -1)]),
    one("diagonal", lambda m, x: m.diagonal(x, 0, 2, 0), (2, 3, 4), note="axes"),
    one("pad",      lambda m, x: m.pad(x, ((1, 0), (1, 2))), (2, 3), (1, 2), judge=lambda m, x: _padded(m, x, 0.0)),
    Row("pad",      lambda m, x, mode: m.pad(x, 2, mode=mode), (REAL,), PAD_SHAPES,
        [{"mode": mode} for mode in ("edge", "reflect", "symmetric", "wrap")], note="from x"),
    one("repeat",   lambda m, x: m.repeat(x, 2), (3,), (2, 3), (), (0,), note="flat"),
    Row("repeat",   lambda m, x, n: m.repeat(x, n, axis=1), (REAL,), of((2, 3), (1, 3, 2)),
        [{"n": 3}, {"n": [1, 0, 2]}]),
    Row("tile",     lambda m, x, reps: m.tile(x, reps), (REAL,), of((3,), (2, 3), ()),
        [{"reps": 2}, {"reps": (2, 1, 3)}]),
    one("take",     lambda m, x: m.take(x, [[2, 0], [1, 2]]), (3,), (2, 3), note="flat"),
    one("take",     lambda m, x: m.take(x, [1, -1, 1], axis=1), (2, 3), (2, 2, 2), note="axis"),
    one("take",     lambda m, x: m.take(x, 1, axis=-1), (3,), (2, 3), note="one"),
    Row("take",     lambda m, x, mode: m.take(x, [-4, 1, 5], axis=0, mode=mode), (REAL,), of((3,), (3, 2)),
        [{"mode": "wrap"}, {"mode": "clip"}], note="mode"),
    one("take_along_axis", lambda m, x: m.take_along_axis(x, np.array([[2, 0, 0, 1], [1, 1, 2, 0]]), axis=1), (2, 3)),
    one("take_along_axis", lambda m, x: m.take_along_axis(x, np.array([1, 1, 0]), axis=None), (3,), (2, 1),
        note="flat"),
    one("compress", lambda m, x: m.compress([True, False, True], x), (3,), (2, 3), note="flat"),
    one("compress", lambda m, x: m.compress([False, True, True], x, axis=1), (2, 3), (1, 3, 2)),
    one("compress", lambda m, x: m.extract(np.array([[True, False, True], [False, False, True]]), x), (2, 3),
        note="extract"),
    Row("delete",   lambda m, x, obj: m.delete(x, obj, axis=1), (REAL,), of((2, 3), (1, 4, 2)),
        [{"obj": 1}, {"obj": [0, 2]}, {"obj": slice(None, 2)}]),
    one("delete",   lambda m, x: m.delete(x, -1), (3,), (2, 3), note="flat"),
]

SHAPE_FUNCTIONS = [
    Row("reshape",  lambda m, x: m.reshape(x, (3, 4), order="F"), (REAL,), of((2, 6)), note="order F",
        judge=lambda m, x: m.reshape(x.T, (4, 3)).T),
    one("atleast_1d", lambda m, x: m.atleast_1d(x), (), (3,), (2, 3)),
    one("atleast_2d", lambda m, x: m.atleast_2d(x), (), (3,), (2, 3)),
    one("atleast_3d", lambda m, x: m.atleast_3d(x), (), (3,), (2, 3), (2, 0, 3, 1)),
    two("atleast_2d", lambda m, x, y: m.atleast_2d(x, y)[0] * m.atleast_2d(x, y)[1], ((), (3,)), note="several"),
    one("moveaxis",   lambda m, x: m.moveaxis(x, 0, -1), (2, 3, 4), (3,), (2, 0)),
    one("moveaxis",   lambda m, x: m.moveaxis(x, (2, 0), (0, 1)), (2, 3, 4), (1, 2, 3, 4), note="several"),
    Row("rollaxis",   lambda m, x, axis, start: m.rollaxis(x, axis, start), (REAL,), of((2, 3, 4)),
        [{"axis": axis, "start": start} for axis in (0, 1, -1) for start in (0, 1, 3)]),
    one("matrix_transpose", lambda m, x: m.matrix_transpose(x), (2, 3), (4, 2, 3)),
    two("broadcast_arrays", lambda m, x, y: m.stack(m.broadcast_arrays(x, y)), ((3,), (2, 1)), ((), (2,)),
        judge=lambda m, x, y: m.stack([x + 0 * y, y + 0 * x])),
    two("meshgrid",   lambda m, x, y: multiplied(m.meshgrid(x, y)), ((2,), (3,)), ((1,), (0,)),
        judge=lambda m, x, y: x[None, :] * y[:, None]),
    Row("meshgrid",   lambda m, x, y, z: m.stack(m.meshgrid(x, y, z, indexing="ij")), (REAL,) * 3, [((2,), (3,), (1,))],
        note="ij"),
    Row("meshgrid",   lambda m, x, y, z: multiplied(m.meshgrid(x, y, z, sparse=True)), (REAL,) * 3, [((2,), (3,),
        (4,))],
        note="sparse"),
    one("pad",        lambda m, x: m.pad(x, ((1, 0), (1, 2)), constant_values=7), (2, 3),
        judge=lambda m, x: _padded(m, x, 7.0), note="constant"),
    one("trace",      lambda m, x: m.trace(x), (3, 3), (2, 4), (1, 1),
        judge=lambda m, x: m.diagonal(x, 0, 0, 1).sum(-1)),
    one("trace",      lambda m, x: m.trace(x, 1, -2, -1), (2, 3, 3),
        judge=lambda m, x: m.diagonal(x, 1, -2, -1).sum(-1), note="batch"),
    Row("vander",     lambda m, x: m.vander(x), (REAL,), of((3,), (1,)), widens=True,
        judge=lambda m, x: _powers(m, x, range(len(x))[::-1])),
    Row("vander",     lambda m, x: m.vander(x, 4, True), (REAL,), of((3,)), widens=True, note="increasing",
        judge=lambda m, x: _powers(m, x, range(4))),
    # joining
    two("concatenate", lambda m, x, y: m.concatenate([x, y], axis=None), ((2, 3), (2,)),
        judge=lambda m, x, y: m.append(x, y), note="flat"),
    two("hstack",     lambda m, x, y: m.hstack([x, y]), ((2,), (3,)), ((2, 1), (2, 3)), ((), ())),
    two("vstack",     lambda m, x, y: m.vstack([x, y]), ((3,), (2, 3)), ((3,), (3,)), ((), ())),
    two("dstack",     lambda m, x, y: m.dstack([x, y]), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3, 1), (2, 3, 2))),
    two("column_stack", lambda m, x, y: m.column_stack([x, y]), ((3,), (3,)), ((3, 2), (3,)), ((2, 1), (2, 3))),
    two("append",     lambda m, x, y: m.append(x, y), ((2, 3), (2,)), ((), ())),
    two("append",     lambda m, x, y: m.append(x, y, axis=1), ((2, 3), (2, 1)), note="axis"),
    Row("block",      lambda m, x, y, z: m.block([[x, y], [z]]), (REAL,) * 3, [((2, 2), (2, 1), (1, 3)), ((), (2,),
        (3,))]),
    two("insert",     lambda m, x, y: m.insert(x, [1, 1, 3], y), ((3,), (3,)), ((2, 3), ()), note="flat"),
    two("insert",     lambda m, x, y: m.insert(x, 1, y, axis=1), ((2, 3), ()), ((2, 3), (2,))),
    # taking apart
    Row("split",      lambda m, x, i: m.split(x, 3, axis=1)[i], (REAL,), of((2, 6), (2, 3)),
        [{"i": i} for i in range(3)]),
    Row("split",      lambda m, x, i: m.split(x, [1, 3, 2])[i], (REAL,), of((4,), (4, 2)),
        [{"i": i} for i in range(4)], note="indices"),
    Row("array_split", lambda m, x, i: m.array_split(x, 3)[i], (REAL,), of((5,), (4, 2), (2,)),
        [{"i": i} for i in range(3)]),
    one("hsplit",     lambda m, x: m.hsplit(x, 2)[1], (4,), (3, 2)),
    one("vsplit",     lambda m, x: m.vsplit(x, 2)[1], (4, 3)),
    one("dsplit",     lambda m, x: m.dsplit(x, [1])[1], (2, 3, 4)),
    one("unstack",    lambda m, x: m.unstack(x)[1], (2, 3), (3,)),
    one("unstack",    lambda m, x: m.unstack(x, axis=-1)[0], (2, 3), note="axis"),
    # indexing
    two("choose",     lambda m, x, y: m.choose([[0, 1, 1], [1, 0, 0]], [x, y]), ((2, 3), (2, 3)), ((3,), ())),
    two("choose",     lambda m, x, y: m.choose([0, 3, -1], [x, y], mode="wrap"), ((3,), (3,)), note="wrap"),
    two("select",     lambda m, x, y: m.select([MASK, ~MASK & EDGE], [x, y], 5.0), ((3,), (3,)), ((2, 3), ()),
        judge=lambda m, x, y: m.where(m.asarray(MASK), x, m.where(m.asarray(EDGE), y, 5.0))),
    two("replaced",   lambda m, x, y: m.replaced(x, 1, y), ((3,), ()), ((2, 3), (3,)), ((2, 3), ())),
    two("replaced",   lambda m, x, y: m.replaced(x, (slice(None), [0, 2]), y), ((2, 3), (2, 2)), ((2, 3), (2, 1)),
        note="mixed"),
    two("replaced",   lambda m, x, y: m.replaced(x, [0, 0], y), ((3,), (2,)), note="repeated"),
    two("replaced",   lambda m, x, y: m.replaced(x, MASK, y), ((3,), (2,)), ((3,), ()), note="mask"),
]
# fmt: on
