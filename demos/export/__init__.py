"""A model as an ONNX file, which other programs and languages run.

Read the files in this order: `onnx_file` (the file), `modules` (each layer in ONNX's operators), `graph` (the values
those formulas are written with, and the operators that float64 lacks).
"""

from demos.export.onnx_file import export_onnx

__all__ = ["export_onnx"]
