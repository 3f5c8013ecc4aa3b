"""PyTorch's vocabulary: each name and parameter works here, or is answered by an error that says what to write.

Read in this order: `torch_names`, what PyTorch has; `answers`, what it gets here; `page`, the table docs/vocabulary.md.
"""
