"""What a backward pass can tell: every chain-rule step, the choices at kinks, the first number that is not finite.

Read the files in this order: `ledger` (the chain rule, written down), `expression`, `reading` (how each number of it
comes about), `formula`, `notation`, `page` (in print), `conventions` (the choices), `anomaly`.
"""
