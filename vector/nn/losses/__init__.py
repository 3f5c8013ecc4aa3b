"""Losses of a batch, averaged; one file for each kind, and `checks` (what they ask of their arguments)."""

from vector.nn.losses.classification import binary_cross_entropy_with_logits, cross_entropy, hinge, nll_loss
from vector.nn.losses.regression import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from vector.nn.losses.similarity import cosine_embedding_loss, cosine_similarity
from vector.vocabulary import teach

__all__ = [
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "hinge",
    "huber_loss", "l1_loss", "mse_loss", "nll_loss", "smooth_l1_loss",
]  # fmt: skip

teach(__name__)
