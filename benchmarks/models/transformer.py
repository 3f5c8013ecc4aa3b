"""A transformer block (Vaswani et al., 2017; normalised first, as GPT-2's) that predicts the next token."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from benchmarks.models.training import Training

VOCABULARY, EPSILON = 64, 1e-5


class Size(NamedTuple):
    """How wide the model is, its heads, the length of a sequence, and how many there are."""

    width: int
    heads: int
    length: int
    batch: int


def block(nn: Any, size: Size, attention: Any) -> Any:
    """Embedding and block: attention, then an MLP, each added to what it is given."""

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(VOCABULARY, size.width)
            self.places = nn.Embedding(size.length, size.width)
            self.before = nn.LayerNorm(size.width)
            self.queries = nn.Linear(size.width, 3 * size.width, bias=False)  # the keys' would not matter
            self.out = nn.Linear(size.width, size.width)
            self.between = nn.LayerNorm(size.width)
            self.mlp = nn.Sequential(
                nn.Linear(size.width, 4 * size.width), nn.GELU(), nn.Linear(4 * size.width, size.width)
            )
            self.after = nn.LayerNorm(size.width)
            self.head = nn.Linear(size.width, VOCABULARY)

        def forward(self, tokens: Any, places: Any) -> Any:
            batch, length = tokens.shape
            x = self.tokens(tokens) + self.places(places)
            heads = self.queries(self.before(x)).reshape(batch, length, 3, size.heads, -1)
            q, k, v = (heads[:, :, i].swapaxes(1, 2) for i in range(3))
            x = x + self.out(attention(q, k, v).swapaxes(1, 2).reshape(batch, length, -1))
            x = x + self.mlp(self.between(x))
            return self.head(self.after(x))

    return Block()


def network(nn: Any, size: Size) -> Any:
    """The block with attention written out."""
    future = np.triu(np.ones((size.length, size.length), bool), 1)

    def attention(q: Any, k: Any, v: Any) -> Any:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        return nn.functional.softmax(np.where(future, -math.inf, scores)) @ v

    return block(nn, size, attention)


def torch_network(nn: Any, size: Size) -> Any:
    """The block with PyTorch's own attention."""

    def attention(q: Any, k: Any, v: Any) -> Any:
        return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    return block(nn, size, attention)


def data(size: Size, generator: np.random.Generator) -> list[Any]:
    """Tokens, their places, and the tokens that follow."""
    tokens = generator.integers(0, VOCABULARY, (size.batch, size.length + 1))
    return [tokens[:, :-1].copy(), np.arange(size.length), tokens[:, 1:].reshape(-1)]


def loss(nn: Any, model: Any, tokens: Any, places: Any, following: Any) -> Any:
    """Cross-entropy over all tokens."""
    return nn.functional.cross_entropy(model(tokens, places).reshape(-1, VOCABULARY), following)


def jax_loss(size: Size) -> Any:
    """The same in JAX."""
    import jax
    import jax.numpy as jnp

    def loss(w: Any, tokens: Any, places: Any, following: Any) -> Any:
        def linear(name: str, x: Any) -> Any:
            return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

        def normalised(name: str, x: Any) -> Any:
            return jax.nn.standardize(x, epsilon=EPSILON) * w[f"{name}.weight"] + w[f"{name}.bias"]

        x = w["tokens.weight"][tokens] + w["places.weight"][places]
        heads = (normalised("before", x) @ w["queries.weight"].T).reshape(*tokens.shape, 3, size.heads, -1)
        q, k, v = (heads[:, :, i] for i in range(3))
        x = x + linear("out", jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(x.shape))
        x = x + linear("mlp.2", jax.nn.gelu(linear("mlp.0", normalised("between", x)), approximate=False))
        log_p = jax.nn.log_softmax(linear("head", normalised("after", x))).reshape(-1, VOCABULARY)
        return -jnp.mean(jnp.take_along_axis(log_p, following[:, None], axis=1))

    return loss


SIZES = [Size(32, 2, 16, 4), Size(64, 4, 32, 8), Size(128, 8, 64, 16)]
CASES = {f"transformer, {s.width} wide, {s.heads} heads, {s.batch} × {s.length} tokens": s for s in SIZES}
FAMILIES = [Training(CASES, network, data, loss, jax_loss, weight_decay=0.01, torch_network=torch_network)]
