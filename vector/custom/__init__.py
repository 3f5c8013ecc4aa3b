"""Operations of the user's own, with a `forward` and a `backward`.

Read the files in this order: `function` (`vector.Function`), `context` (what forward keeps for backward).
"""
