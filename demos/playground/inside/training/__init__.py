"""Watch a network learn: `scalar.nn.MLP` trained in the page, with all that is seen of it.

Read the files in this order: `points` (made, drawn or pasted, by `table`), `setup` (what is asked for), `network` (the
model and the graph of one example), `straight` (that graph as straight-line Python, forward and backward), `trainer`
(steps, and the way back), `pictures` (the plane as the network sees it), `chain` (the step of the chain rule behind a
weight, a neuron or a point), `session` (the page's calls), `presets` and `catalogue` (what the page offers).
"""
