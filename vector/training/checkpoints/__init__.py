"""Checkpoints: snapshots of a training, in files that are written whole or not at all.

Read the files in this order: `snapshot` (all that the next step depends on), `generators` (the random generators of
layers), `tensors` (arrays by name, in the safetensors format), `files` (written whole), `folder` (the newest good one),
`compatibility` (what must be the same to resume).
"""
