"""What survives a crash: snapshots of a training, in files that are there whole or not at all.

Read the files in this order: `snapshot` (all that the next step depends on), `folder` (the newest that can be trusted),
`files` (written whole), `tensors` (arrays by name, in the safetensors format), `generators` (of layers),
`compatibility` (what must be the same for a training to be taken up).
"""
