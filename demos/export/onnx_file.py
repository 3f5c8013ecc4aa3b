"""The ONNX file of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from demos.activations import Maxout
from demos.export.graph import DTYPES, Value
from demos.export.modules import exported
from vector import nn
from vector.training.checkpoints.files import write_whole
from vector.training.objectives import outputs_of

OPSET, IR = 20, 9  # of 2023: the first with Gelu, and the file's layout of that time, which older programs read


def export_onnx(
    model: nn.Module,
    path: str | Path,
    shape: Sequence[int] | None = None,
    *,
    input_name: str = "input",
    output_name: str = "output",
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write the model, as it computes in use, as an ONNX file that takes any number of samples.

    Args:
        model: made of the modules in `export.modules.ROWS`, with parameters of float32 or float64.
        path: the file.
        shape: of one sample; not needed where the model begins with a `Linear`.
        input_name, output_name: the names of samples and output in the file.
        metadata: by name, other texts for the file.

    Raises:
        TypeError: a module that cannot be exported, or parameters of other dtypes.
        ValueError: the shape is unknown, or does not suit the model.
        CheckpointError: the file cannot be written.
        ImportError: onnx is not installed.
    """
    onnx = onnx_library()
    dtype = _dtype(model)
    shape = _shape(model) if shape is None else tuple(shape)
    width = outputs_of(model, np.zeros((2, *shape), dtype)).shape[1:]  # refuses a shape that does not suit the model
    x = Value(onnx.GraphProto(name="model"), input_name, shape, dtype)
    out = exported(model, x)
    if out.name == x.name:
        out = out.op("Identity")
    last = x.graph.node[-1]
    last.name = last.output[0] = output_name
    for end, ends in ((x, x.graph.input), (replace(out, name=output_name, shape=width), x.graph.output)):
        ends.append(onnx.helper.make_tensor_value_info(end.name, DTYPES[end.dtype], ("batch", *end.shape)))
    opset = onnx.helper.make_opsetid("", OPSET)
    file = onnx.helper.make_model(x.graph, opset_imports=[opset], ir_version=IR, producer_name="twingrad")
    onnx.helper.set_model_props(file, dict(metadata or {}))
    onnx.checker.check_model(file, full_check=True)
    write_whole(Path(path), file.SerializeToString(deterministic=True))
    return Path(path)


def _dtype(model: nn.Module) -> np.dtype[Any]:
    """The dtype of the samples: that of all parameters, float32 or float64, unless the model has an `input_dtype`."""
    dtypes = {p.dtype for p in model.parameters()} or {np.dtype(np.float32)}
    if len(dtypes) > 1 or not dtypes <= DTYPES.keys():
        found = ", ".join(sorted(dtype.name for dtype in dtypes))
        raise TypeError(f"export_onnx: expected all parameters in float32 or all in float64, got {found}; see model.to")
    return np.dtype(getattr(model, "input_dtype", dtypes.pop()))


def _shape(model: nn.Module) -> tuple[int, ...]:
    """The shape of a sample, from the first `Linear`; an error if a module before it changes shapes."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            return (module.weight.shape[1],)
        if isinstance(module, nn.Flatten | Maxout):
            break
    raise ValueError(
        "export_onnx: expected the shape of one sample, such as shape=(28, 28), as the model does not begin with a "
        "Linear"
    )


def onnx_library() -> Any:
    """The package onnx, or an ImportError that says how to install it."""
    try:
        import onnx
        import onnx.numpy_helper
    except ImportError as error:
        raise ImportError('an ONNX file needs onnx; install it with: pip install "twingrad[onnx]"') from error
    return onnx
