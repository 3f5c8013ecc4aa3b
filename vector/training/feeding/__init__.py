"""Checked samples, and the minibatches of each step.

Read the files in this order: `samples` (which data are refused), `feed` (which samples a step takes), `prefetch` (a
process that prepares minibatches in advance).
"""
