"""What a training step is fed: checked samples, minibatches that depend on the seed alone, another process beside.

Read the files in this order: `samples` (what data are refused), `feed` (which samples a step sees), `prefetch` (another
process that prepares them).
"""
