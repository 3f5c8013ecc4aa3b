"""A model as an ONNX file, which many programs and languages run without this one.

Read the files in this order: `onnx_file` (the file), `modules` (what each layer becomes), `graph` (what that is written
with), `double` (what float64 needs besides).
"""

from vector.training.export.onnx_file import export_onnx

__all__ = ["export_onnx"]
