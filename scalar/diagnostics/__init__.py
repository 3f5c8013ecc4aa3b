"""What a backward pass can tell: every chain-rule step, the choices at kinks, the first number that is not finite.

Read the files in this order: `ledger` (the chain rule, written down), `notation` (in print), `paths` (the same sum,
path by path), `conventions` (the choices), `anomaly`.
"""
