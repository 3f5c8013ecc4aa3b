"""Linear algebra for the judges: PyTorch under NumPy's names, and factorisations that read complex numbers.

NumPy's own take conjugates, which no complex step survives. These continue the real functions analytically.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch


def _packed(parts: Any, axes: tuple[int, ...]) -> Any:
    """Several matrices as one array, as the engine's rules lay them out."""
    return torch.cat([part.flatten(-n) if n else part for part, n in zip(parts, axes, strict=True)], dim=-1)


def _signs(x: Any, like: Any) -> Any:
    """The sign of each column of x against that of `like`: a factorisation is free to choose it."""
    return torch.sign((x.detach() * torch.as_tensor(like)).sum(-2, keepdim=True))


def _qr(x: Any) -> Any:
    q, r = torch.linalg.qr(x)
    signs = _signs(q, np.linalg.qr(x.detach().numpy())[0])
    return _packed((q * signs, r * signs.mT), (2, 2))


def _eigh(x: Any) -> Any:
    w, v = torch.linalg.eigh(x)
    return _packed((w, v * _signs(v, np.linalg.eigh(x.detach().numpy())[1])), (1, 2))


def _svd(x: Any) -> Any:
    u, s, vt = torch.linalg.svd(x, full_matrices=False)
    signs = _signs(u, np.linalg.svd(x.detach().numpy(), full_matrices=False)[0])
    return _packed((u * signs, s, vt * signs.mT), (2, 1, 2))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return torch.linalg.norm(x, ord, axis, keepdims)


def _whole_qr(m: Any) -> Any:
    """Q and R, also of a wide matrix, end to end: R's columns beyond the square are Qᵀ·x."""

    def whole(x: Any) -> Any:
        k = min(x.shape)
        packed = m.packed_qr(x[:, :k])
        q = packed[: x.shape[0] * k].reshape(-1, k)
        return (torch if m is TORCH else np).concatenate([q.reshape(-1), (q.T @ x).reshape(-1)])

    return whole


TORCH = SimpleNamespace(
    **{
        **vars(torch.linalg),
        "cross": lambda x, y, axis=-1: torch.linalg.cross(x, y, dim=axis),
        "cofactor": lambda x: torch.linalg.det(x)[..., None, None] * torch.linalg.inv(x).mT,
        "lstsq": lambda a, b: (torch.linalg.pinv(a) @ b, ((a @ torch.linalg.pinv(a) @ b - b) ** 2).sum(0)),
        "logabsdet": lambda x: torch.linalg.slogdet(x)[1],
        "matrix_norm": lambda x, ord="fro", keepdims=False: torch.linalg.matrix_norm(x, ord, keepdim=keepdims),
        "norm": _norm,
        "outer": torch.outer,
        "packed_eigh": _eigh,
        "packed_qr": _qr,
        "packed_svd": _svd,
        "tensordot": torch.tensordot,
        "trace": lambda x, offset=0: torch.diagonal(x, offset, -2, -1).sum(-1),
        "vecdot": lambda x, y, axis=-1: torch.linalg.vecdot(x, y, dim=axis),
        "vector_norm": lambda x, ord=2, axis=None, keepdims=False: torch.linalg.vector_norm(x, ord, axis, keepdims),
    }
)


def _cholesky(z: Any, *, upper: bool = False) -> Any:
    """Column by column (Golub & Van Loan, Matrix Computations, 4.2.5)."""
    lower = np.zeros(z.shape, complex)
    for j in range(z.shape[-1]):
        rest = z[..., j:, j] - np.einsum("...ik,...k->...i", lower[..., j:, :j], lower[..., j, :j])
        lower[..., j:, j] = rest / np.sqrt(rest[..., :1])
    return np.swapaxes(lower, -1, -2) if upper else lower


def _complex_qr(z: Any) -> Any:
    """R from the Cholesky factor of zᵀz, with the signs of LAPACK's, as (Q, R) laid side by side."""
    r = _cholesky(np.swapaxes(z, -1, -2) @ z, upper=True)
    diagonal = np.diagonal(np.linalg.qr(z.real)[1], axis1=-2, axis2=-1)
    r = np.sign(diagonal)[..., None] * r
    q = z @ np.linalg.inv(r)
    return np.concatenate([part.reshape(*z.shape[:-2], part.shape[-2] * part.shape[-1]) for part in (q, r)], axis=-1)


def _pinv(z: Any) -> Any:
    """Of a matrix of full rank."""
    turned = np.swapaxes(z, -1, -2)
    if z.shape[-1] > z.shape[-2]:
        return turned @ np.linalg.inv(z @ turned)
    return np.linalg.inv(turned @ z) @ turned


def _absolute(z: Any) -> Any:
    return np.where(z.real > 0, z, -z)


def _vector_norm(z: Any, ord: Any = 2, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(_absolute(z) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _complex_lstsq(a: Any, b: Any) -> Any:
    x = _pinv(a) @ b
    return x, np.sum((a @ x - b) ** 2, axis=0)


COMPLEX = SimpleNamespace(
    **{
        **vars(np.linalg),
        "cholesky": _cholesky,
        "cofactor": lambda z: np.linalg.det(z)[..., None, None] * np.swapaxes(np.linalg.inv(z), -1, -2),
        "cross": lambda z, w, axis=-1: np.cross(z, w, axis=axis),
        "logabsdet": lambda z: np.log(_absolute(np.linalg.det(z))),
        "lstsq": _complex_lstsq,
        "packed_qr": _complex_qr,
        "pinv": _pinv,
        "vecdot": lambda z, w, axis=-1: np.sum(z * w, axis=axis),
        "vector_norm": _vector_norm,
    }
)

TORCH.whole_qr = _whole_qr(TORCH)
COMPLEX.whole_qr = _whole_qr(COMPLEX)
