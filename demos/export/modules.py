"""What each kind of module becomes in ONNX, a row for each: what it computes in use, not in training."""

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from demos.activations import APL, CentredSoftplus, Maxout, VeryLeakyReLU
from demos.export.graph import Value
from demos.tabular import Tabular
from vector import nn
from vector.tensor import data_of


def exported(module: nn.Module, x: Value, path: str = "") -> Value:
    """The module's output for the input x; the names of its parameters begin with `path`, such as "layers.0."."""
    row = ROWS.get(type(module))
    if row is None:
        name = type(module).__name__
        raise TypeError(
            f"export_onnx: expected modules among {', '.join(sorted(kind.__name__ for kind in ROWS))}; "
            f"got {name}" + (f" at {path[:-1]}" if path else "")
        )
    return row(module, x, path)


def _in_a_row(modules: Iterable[tuple[str, nn.Module]], x: Value, path: str) -> Value:
    for name, module in modules:
        x = exported(module, x, f"{path}{name}.")
    return x


def _mlp(mlp: nn.MLP, x: Value, path: str) -> Value:
    linear = [(f"layers.{i}", layer) for i, layer in enumerate(mlp.layers)]
    between = [(f"activations.{i}", activation) for i, activation in enumerate(mlp.activations)]
    return _in_a_row([*itertools.chain(*zip(linear, between, strict=False)), linear[-1]], x, path)


def _tabular(tabular: Tabular, x: Value, path: str) -> Value:
    standardised = (x - x.constant(tabular.mean, f"{path}mean")) / x.constant(tabular.deviation, f"{path}deviation")
    out = exported(tabular.body, standardised.cast(tabular.body.parameters()[0].dtype), f"{path}body.")
    if tabular.target_mean is None:
        return out
    scaled = out.cast(x.dtype) * x.constant(tabular.target_deviation, f"{path}target_deviation")
    return scaled + x.constant(tabular.target_mean, f"{path}target_mean")


def _linear(linear: nn.Linear, x: Value, path: str) -> Value:
    weight = x.constant(linear.weight.data, f"{path}weight")
    bias = [] if linear.bias is None else [x.constant(linear.bias.data, f"{path}bias")]
    shape = (*x.shape[:-1], len(linear.weight))
    if len(x.shape) == 1:
        return x.op("Gemm", weight, *bias, transB=1).shaped(*shape)
    product = x.op("MatMul", weight.op("Transpose", perm=[1, 0])).shaped(*shape)
    return product + bias[0] if bias else product


def _flatten(flatten: nn.Flatten, x: Value, _: str) -> Value:
    rank = len(x.shape) + 1
    start, end = (axis % rank - 1 for axis in (flatten.start_dim, flatten.end_dim))  # less the batch's axis
    if start < 0:
        raise ValueError("export_onnx: expected Flatten to leave the first axis, which counts samples; got start_dim 0")
    return x.reshape(*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :])


def _batch_norm(norm: nn.BatchNorm1d, x: Value, path: str) -> Value:
    if norm.running_mean is None:
        raise ValueError("export_onnx: expected BatchNorm1d with running means; got one that takes each batch's")
    names = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 0.0}
    arrays = _state(norm, x, path, names, norm.running_mean.shape)
    return x.op("BatchNormalization", *arrays, epsilon=norm.eps)


def _layer_norm(norm: nn.LayerNorm, x: Value, path: str) -> Value:
    scale_and_shift = _state(norm, x, path, {"weight": 1.0, "bias": 0.0}, norm.normalized_shape)
    return x.op("LayerNormalization", *scale_and_shift, axis=-len(norm.normalized_shape), epsilon=norm.eps)


def _state(module: nn.Module, x: Value, path: str, names: dict[str, float], shape: tuple[int, ...]) -> list[Value]:
    """The module's arrays of these names; for one that is None, an array of the number beside the name."""
    arrays = {name: data_of(getattr(module, name)) for name in names}
    return [
        x.constant(np.full(shape, names[name]) if array is None else array, path + name)
        for name, array in arrays.items()
    ]


def _softplus(softplus: nn.Softplus, x: Value, _: str) -> Value:
    return x.op("Softplus") if softplus.beta == 1 else (x * softplus.beta).op("Softplus") / softplus.beta


def _prelu(prelu: nn.PReLU, x: Value, path: str) -> Value:
    slopes = prelu.weight.data
    if slopes.size > 1:
        slopes = slopes.reshape(-1, *(1 for _ in x.shape[1:]))
    return x.op("PRelu", x.constant(slopes, f"{path}weight"))


def _apl(apl: APL, x: Value, path: str) -> Value:
    slopes, places = (x.constant(getattr(apl, name).data, path + name) for name in ("slopes", "places"))
    hinges = (places - x.reshape(*x.shape[:-1], 1, x.shape[-1])).op("Relu") * slopes
    return x.op("Relu") + hinges.op("ReduceSum", x.constant([-2], dtype=np.int64), keepdims=0)


def _maxout(maxout: Maxout, x: Value, _: str) -> Value:
    shape = (*x.shape[:-1], x.shape[-1] // maxout.pieces)
    groups = x.reshape(*shape, maxout.pieces)
    return groups.op("ReduceMax", x.constant([-1], dtype=np.int64), keepdims=0).shaped(*shape)


def _plain(operator: str, **attributes: float) -> Callable[[Any, Value, str], Value]:
    return lambda module, x, path: x.op(operator, **attributes)


ROWS: dict[type[nn.Module], Callable[[Any, Value, str], Value]] = {
    nn.Sequential: lambda sequential, x, path: _in_a_row(sequential.named_children(), x, path),
    nn.MLP: _mlp,
    Tabular: _tabular,
    nn.Linear: _linear,
    nn.Flatten: _flatten,
    nn.BatchNorm1d: _batch_norm,
    nn.LayerNorm: _layer_norm,
    **dict.fromkeys((nn.Dropout, nn.Identity), lambda module, x, path: x),
    **{kind: _plain(kind.__name__) for kind in (nn.Mish, nn.Sigmoid, nn.Softsign, nn.Tanh)},
    nn.ReLU: _plain("Relu"),
    nn.SELU: _plain("Selu"),
    nn.Hardswish: _plain("HardSwish"),
    nn.Hardsigmoid: _plain("HardSigmoid", alpha=1 / 6),
    nn.Hardtanh: lambda module, x, path: x.op("Clip", x.constant(module.min_val), x.constant(module.max_val)),
    nn.ReLU6: lambda module, x, path: x.op("Clip", x.constant(0), x.constant(6)),
    nn.Softshrink: lambda module, x, path: x.op("Shrink", lambd=module.lambd, bias=module.lambd),
    nn.Hardshrink: lambda module, x, path: x.op("Shrink", lambd=module.lambd),
    nn.SiLU: lambda module, x, path: x * x.op("Sigmoid"),
    nn.Softplus: _softplus,
    CentredSoftplus: lambda module, x, path: x.op("Softplus") - math.log(2),
    nn.LogSigmoid: lambda module, x, path: -(-x).op("Softplus"),
    nn.LeakyReLU: lambda module, x, path: x.op("LeakyRelu", alpha=module.negative_slope),
    VeryLeakyReLU: lambda module, x, path: x.op("LeakyRelu", alpha=module.negative_slope),
    nn.RReLU: lambda module, x, path: x.op("LeakyRelu", alpha=(module.lower + module.upper) / 2),
    nn.ELU: lambda module, x, path: x.op("Elu", alpha=float(module.alpha)),
    nn.CELU: lambda module, x, path: x.op("Celu", alpha=float(module.alpha)),
    nn.GELU: lambda module, x, path: x.op("Gelu", approximate=module.approximate),
    nn.PReLU: _prelu,
    APL: _apl,
    Maxout: _maxout,
}
"""By class, not for subclasses, which may compute something else: from module, input and path to output."""
