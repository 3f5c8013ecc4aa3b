"""Drawing worlds for a compiled step, of five kinds: `draw(kind, seed)` is always the same one.

Statements are drawn from templates with names of the moment in their holes; each is carried out at once, on a world
that grows with the text, and only what works is kept. So a template need not say which shapes go together.
"""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import scalar
import vector
from tests.compiled_worlds import CASES, Call, World, as_it_is, execute, known, trace

CALLS = 8
LARGEST = 1e4
"""Beyond that, a world is drawn again: numbers that grow from call to call magnify every rounding."""


class Draft:
    """A world in the making."""

    def __init__(self, kind: str, seed: int, attempt: int) -> None:
        self.kind, self.seed = kind, seed
        self.random = np.random.default_rng([seed, attempt, *kind.encode()])
        self.setup: list[str] = []
        self.body: list[str] = []
        self.names = known()
        self.holes: dict[str, list[str]] = {"N": ["0.5", "-0.25", "0.1", "1.5", "-1.0", "0.0", "2.0", "3", "1e-3"]}

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def some(self, choices: Sequence[Any], most: int) -> list[Any]:
        """Up to so many of them, in any order."""
        return [choices[i] for i in self.random.permutation(len(choices))[: self.random.integers(most + 1)]]

    def chance(self, p: float) -> bool:
        return bool(self.random.random() < p)

    def number(self, low: float, high: float) -> float:
        return float(np.round(self.random.uniform(low, high), 3))

    def filled(self, template: str) -> str:
        """The template with something drawn for each hole: a name, a number, or a template again."""
        while found := re.search(r"\{(\w+)\}", template):
            template = template[: found.start()] + self.pick(self.holes[found[1]]) + template[found.end() :]
        return template

    def works(self, statement: str) -> bool:
        """Whether a statement can be carried out; then it has been."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                execute(statement, self.names)
            except Exception:  # noqa: BLE001  # whatever it is, it is not for this world
                return False
        return True

    def around(self, *statements: str) -> None:
        """Statements of the setup."""
        for statement in statements:
            execute(statement, self.names)
            self.setup.append(statement)

    def tried(self, template: str) -> bool:
        """A statement of the step, if it works here."""
        statement = self.filled(template)
        if len(statement) < 200 and self.works(statement):
            self.body.append(statement)
            return True
        return False

    def made(self, hole: str, template: str, fits: Callable[[Any], bool]) -> None:
        """A new local name, if what the template gives fits; it may stand in such holes from now on."""
        name = f"t{len(self.body)}"
        if self.tried(f"{name} = {template}"):
            if fits(self.names[name]):
                self.holes[hole] = [*self.holes[hole], name]
            else:
                self.body.pop()

    def world(self, parameters: str, result: str, calls: Sequence[Call], **how: Any) -> World:
        if not how:
            how = {"home": self.pick(["globals", "globals", "closure", "attributes", "items"])}
            how["late"] = how["home"] == "globals" and self.chance(0.15)
            how["entry"] = self.pick(["step"] * 4 + ["Caller(step)", "Caller(step).run", "functools.partial(step)"])
        return World(self.kind, self.seed, tuple(self.setup), parameters, tuple(self.body), result, tuple(calls), **how)


def draw(kind: str, seed: int) -> World:
    """The world of this seed: one whose numbers stay moderate, or, seldom, one that raises."""
    for attempt in range(1000):
        draft = Draft(kind, seed, attempt)
        try:
            world = KINDS[kind](draft)
            moments = trace(world, as_it_is(kind))
        except Exception:  # noqa: BLE001  # a draft that came to nothing
            continue
        if moments[-1].error is not None and not draft.chance(0.03):
            continue
        if all(_moderate(x) for moment in moments for x in moment.seen.values()):
            return world
    raise RuntimeError(f"{kind} {seed}: expected a world within 1000 attempts")


def _moderate(x: Any) -> bool:
    if not isinstance(x, (np.ndarray, float)) or np.asarray(x).dtype.kind != "f" or not np.size(x):
        return True
    return bool(np.abs(x).max() < LARGEST)


def _floating(x: Any) -> bool:
    return isinstance(x, (np.ndarray, vector.Tensor)) and x.dtype.kind == "f" and x.size <= 1 << 14


def _structure(draft: Draft, parts: Sequence[str]) -> str:
    """A result that holds some of the parts."""
    chosen = [draft.pick(parts) for _ in range(draft.pick([1, 1, 2, 3, 4]))]
    joined = ", ".join(chosen)
    forms = [
        f"({joined},)", f"[{joined}]", f"[{chosen[0]}, ({joined},), None]", f"{{'a': {chosen[-1]}, 'b': [{joined}]}}",
        f"({chosen[0]}, 3, 'constant', {{'x': {chosen[-1]}}})",
    ]  # fmt: skip
    return chosen[0] if draft.chance(0.35) else draft.pick(forms)


# ---------------------------------------------------------------- training

ACTIVATIONS = [
    "ReLU()", "Tanh()", "Sigmoid()", "GELU()", "SiLU()", "ELU()", "SELU()", "Softplus()", "Softplus(2.0)", "LeakyReLU()",
    "VeryLeakyReLU()", "CentredSoftplus()", "Identity()", "PReLU()", "RReLU(generator=g)", "Dropout(0.25, generator=g)",
]  # fmt: skip
OPTIMIZERS = [
    "SGD({P}, lr=0.1)", "SGD({P}, lr=0.05)", "SGD({P}, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)",
    "SGD({P}, lr=0.05, momentum=0.9, nesterov=True)", "SGD({P}, lr=0.1, weight_decay=0.01)",
    "Adagrad({P}, lr=0.05, lr_decay=0.1, weight_decay=0.1)", "Adagrad({P}, lr=0.05, initial_accumulator_value=0.1)",
    "Adam({P}, lr=0.01)", "Adam({P}, lr=0.01, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1)", "AdamW({P}, lr=0.01)",
    "AdamW({P}, lr=0.01, weight_decay=0.2, eps=1e-4)", "Lion({P}, lr=0.01, weight_decay=0.1)", "Lion({P}, lr=0.01)",
    "NAdam({P}, lr=0.01)", "NAdam({P}, lr=0.01, weight_decay=0.1)", "RMSprop({P}, lr=0.01, eps=1e-3)",
    "RMSprop({P}, lr=0.01, momentum=0.9, centered=True, weight_decay=0.1, eps=1e-2)",
]  # fmt: skip
SCHEDULES = [
    "StepLR({O}, 2, 0.5)", "LinearLR({O}, 0.2, 1.0, 4)", "CosineAnnealingLR({O}, 6)",
    "OneCycleLR({O}, max_lr=0.1, total_steps=20)",
    "SequentialLR({O}, [optim.LinearLR({O}, 0.5, 1.0, 2), optim.StepLR({O}, 3)], [2])",
]  # fmt: skip
CHANGES = [
    "{M}.eval()", "{M}.train()", "{M}.eval()", "{M}.train()", "{O}.lr = 0.02", "{O}.lr *= 0.5", "{O}.weight_decay = 0.05",
    "{O}.weight_decay = 0.0", "{O}.momentum = 0.5", "{O}.betas = (0.7, 0.9)", "{O}.alpha = 0.9", "{O}.eps = 0.01", "rate = 0.3",
    "{P}[0].data = {P}[0].data * 0.9", "{P}[-1].data[...] = 0.1", "schedule.step()", "{M}.load_state_dict(start)",
    "{P}[0].requires_grad_(False)", "{P}[0].requires_grad_(True)", "config['clip'] = 0.3", "flags.add('penalty')",
    "flags.discard('penalty')", "{M}.layers[1].eval()", "{M}.layers[0] = {M}.layers[0]", "{M}.layers[1].p = 0.5",
    "optimizers.reverse()", "average[0] = average[0] + 0.1",
]  # fmt: skip
LOSSES = {
    "cross_entropy({out}, t)": "classes", "cross_entropy({out}, t, label_smoothing=0.1)": "classes",
    "nll_loss(vector.log_softmax({out}), t)": "classes", "mse_loss({out}, t)": "numbers", "l1_loss({out}, t)": "numbers",
    "huber_loss({out}, t, delta=0.5)": "numbers", "smooth_l1_loss({out}, t, beta=0.5)": "numbers",
    "binary_cross_entropy_with_logits({out}, t)": "bits", "hinge({out}, t)": "signs",
    "cosine_embedding_loss({out}, t, np.array([1, -1] * {out}.shape[0])[:{out}.shape[0]])": "numbers",
    "cosine_similarity({out}, t).mean()": "numbers",
}  # fmt: skip


def training(draft: Draft) -> World:
    """A model of any layers, a loss, an optimizer, and what people do around them."""
    pick, chance = draft.pick, draft.chance
    dtype = pick(["np.float32", "np.float32", "np.float32", "float"])
    large, form = chance(0.1), pick(["flat"] * 5 + ["images", "words", "custom"])
    model, width, inputs, classes = _model(draft, form, dtype, large)
    place = pick(["model"] * 4 + ["box.model", "config['model']", "models[0]"])
    P, O, M = f"list({place}.parameters())", "optimizer", place  # noqa: E741
    draft.around(f"g = np.random.default_rng({draft.seed % 1000})", "data = np.random.default_rng(1)", "rate = 0.01")
    draft.around(*model, "models = [model]", "box = Box(model=model)", "config = {'model': model, 'clip': 0.5}")
    draft.around(f"parameters = {P}", "flags = set()", "count = 0", "start = model.state_dict()")
    draft.around("average = [_p.data.copy() for _p in parameters]")
    draft.holes |= {"P": ["parameters", P], "O": ["optimizer"], "M": [M]}
    grouped = chance(0.15)
    for i in range(1 + grouped):
        group = f"parameters[{i}::2]" if grouped else "parameters"
        draft.around(f"optimizer{i or ''} = optim.{pick(OPTIMIZERS).format(P=group)}")
    draft.around("optimizers = [optimizer, optimizer1]" if grouped else "optimizers = [optimizer]")
    if chance(0.4):
        draft.around(f"schedule = optim.{pick(SCHEDULES).format(O=O)}")
    loss, targets = pick(list(LOSSES.items()))
    _body(draft, M, loss, width)
    parts = ["loss", "loss", "out", "loss.data", "None", "parameters[0].grad", "[_p.grad for _p in parameters]", "optimizer.lr",
             "parameters[0].data", "x", "out.data.argmax(axis=-1)", "(out.data > 0).sum()", "count", "t", "parameters[-1]"]  # fmt: skip
    result = _structure(draft, parts) if chance(0.7) else "loss"
    rows = 160 if large else pick([4, 6, 6, 7])
    changing = draft.some(CHANGES, 4) if chance(0.6) else []
    calls = []
    for i in range(CALLS):
        if i and chance(0.1):
            rows = pick([rows, 3, 5, 6])
        before = [draft.filled(pick(changing))] if changing and i > 1 and chance(0.4) else []
        before = [line for line in before if draft.works(line)]
        calls.append(
            Call(tuple(before), f"{_inputs(draft, inputs, rows, dtype)}, {_targets(targets, rows, classes, dtype)}")
        )
    return draft.world("x, t", result, calls)


def _model(draft: Draft, form: str, dtype: str, large: bool) -> tuple[list[str], int, str, int]:
    """The text of a model; the width of its output; the form of its inputs; how many classes."""
    pick, chance = draft.pick, draft.chance
    layers: list[str] = []
    width = 64 if large else pick([4, 6, 8])
    inputs = f"({{rows}}, {width})"
    if form == "images":
        layers = [f"nn.Conv2d(2, 3, 3, padding=1, dtype={dtype}, generator=g)", f"nn.{pick(ACTIVATIONS[:4])}"]
        layers += [pick(["nn.MaxPool2d(2)", "nn.AvgPool2d(2)"]), "nn.Flatten()"]
        inputs, width = "({rows}, 2, 4, 4)", 12
    elif form == "words":
        layers, inputs, width = [f"nn.Embedding(5, 4, dtype={dtype}, generator=g)", "nn.Flatten()"], "words", 12
    for _ in range(pick([1, 2, 2, 3, 5])):
        kind = pick(["Linear", "Linear", "activation", "activation", "norm", "other"])
        if kind == "Linear":
            new = 48 if large else pick([3, 4, 5, 6, 8])
            layers.append(
                f"nn.Linear({width}, {new}{', bias=False' if chance(0.2) else ''}, dtype={dtype}, generator=g)"
            )
            width = new
        elif kind == "activation":
            layers.append(f"nn.{pick(ACTIVATIONS)}")
        elif kind == "norm":
            options = pick(["", "", ", affine=False", ", track_running_stats=False", ", momentum=None"])
            layers.append(
                pick([f"nn.BatchNorm1d({width}{options}, dtype={dtype})", f"nn.LayerNorm({width}, dtype={dtype})"])
            )
        elif width % 2 == 0 and chance(0.5):
            layers.append("nn.Maxout(2)")
            width //= 2
        else:
            layers.append(f"nn.APL({width}, dtype={dtype}, generator=g)")
    classes = pick([2, 3, 4])
    layers.append(f"nn.Linear({width}, {classes}, dtype={dtype}, generator=g)")
    if form == "custom":
        return [_CUSTOM.format(width=width), f"model = Net([{', '.join(layers)}])"], classes, inputs, classes
    if form == "flat" and chance(0.2):
        sizes = [8, classes] if chance(0.5) else [5, 6, classes]
        width = int(inputs[:-1].split()[-1])
        return (
            [f"model = nn.MLP({width}, {sizes}, {pick(['relu', 'tanh', 'gelu'])!r}, dtype={dtype}, generator=g)"],
            classes,
            inputs,
            classes,
        )
    return [f"model = nn.Sequential({', '.join(layers)})"], classes, inputs, classes


_CUSTOM = """
class Net(nn.Module):
    def __init__(self, layers):
        self.layers = layers
        self.scale = nn.parameter(np.float32(1.1))
        self.h = np.zeros(3, np.float32)
        self.calls = 0
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        if self.training:
            self.h = 0.9 * self.h + 0.1 * x.data.mean()
            x = x * self.scale
        return x
"""

EXTRAS = [
    "optim.clip_grad_norm_({P}, 0.5)", "optim.clip_grad_norm_({P}, config['clip'], norm_type=1.0)",
    "optim.clip_grad_value_({P}, 0.05)", "optim.clip_grad_value_({P}, config['clip'])",
    "({M}(x) ** 2).mean().backward()", "({M}(x * 0.5)).sum().backward()",
    "for _p in parameters:\n    _p.grad = _p.grad * 0.5", "for _p in parameters:\n    _p.grad += rate * _p.data",
    "parameters[0].grad[...] = 0.01", "np.clip(parameters[0].grad, -0.01, 0.01, parameters[0].grad)",
    "np.nan_to_num(parameters[0].grad, copy=False)", "count += 1",
]  # fmt: skip
AFTERS = [
    "for _a, _p in zip(average, parameters):\n    _a *= 0.5\n    _a += 0.5 * _p.data",
    "average = [0.9 * _a + 0.1 * _p.data for _a, _p in zip(average, parameters)]",
    "average[0][...] = parameters[0].data", "np.copyto(average[0], parameters[0].data)", "schedule.step()", "optimizer.lr *= 0.9",
    "optim.soft_threshold_(parameters[:1], 0.01)", "for _p in parameters:\n    _p.data *= 0.99",
    "for _p in parameters:\n    _p.data = 0.99 * _p.data", "parameters[0].data = parameters[0].data[::-1]", "count += 1",
    "for _p in parameters:\n    np.clip(_p.data, -1, 1, out=_p.data)", "parameters[-1].data -= parameters[-1].data.mean()",
    "with vector.no_grad():\n    parameters[0] -= rate * parameters[0].grad",
    "with vector.no_grad():\n    for _p in parameters: _p -= rate * _p.grad", "optimizer.zero_grad()", "optimizer.step()",
]  # fmt: skip


def _body(draft: Draft, model: str, loss: str, width: int) -> None:
    """Forward, backward and update, with something in between."""
    chance = draft.chance
    body = draft.body
    body.append(
        draft.pick(["optimizer.zero_grad()"] * 4 + [f"{model}.zero_grad()", "for _o in optimizers: _o.zero_grad()"])
    )
    body.append(f"out = {model}(x)")
    body.append(f"loss = nn.{loss.format(out='out')}")
    if chance(0.3):
        penalty = draft.pick(
            ["rate * sum((_p * _p).sum() for _p in parameters)", "0.01 * vector.absolute(parameters[0]).sum()"]
        )
        body.append(
            f"loss = loss + {penalty}" if chance(0.7) else f"if 'penalty' in flags:\n    loss = loss + {penalty}"
        )
    body.append("loss.backward()")
    if chance(0.5):
        body += [draft.filled(x) for x in draft.some(EXTRAS, 2)]
    if chance(0.95):
        body.append("for _o in optimizers: _o.step()" if "optimizer1" in draft.names else "optimizer.step()")
    if chance(0.5):
        body += [draft.filled(x) for x in draft.some(AFTERS, 2)]


def _inputs(draft: Draft, shape: str, rows: int, dtype: str) -> str:
    if shape == "words":
        return f"data.integers(0, 5, ({rows}, 3))"
    shape = shape.format(rows=rows)
    x = f"data.normal(size={shape}).astype({dtype})"
    layouts = [x] * 6 + [
        f"vector.tensor({x})",
        f"{x}[::-1]",
        f"np.asfortranarray({x})",
        f"np.repeat({x}, 2, axis=-1)[..., ::2]",
        f"np.round({x})",
    ]
    return draft.pick(layouts) if draft.chance(0.3) else x


def _targets(kind: str, rows: int, width: int, dtype: str) -> str:
    return {
        "classes": f"data.integers(0, {width}, {rows})",
        "numbers": f"data.normal(size=({rows}, {width})).astype({dtype})",
        "bits": f"data.integers(0, 2, ({rows}, {width})).astype({dtype})",
        "signs": f"data.integers(0, 2, ({rows}, {width})) * 2 - 1",
    }[kind]


# ---------------------------------------------------------------- programs that write in place

READING = [
    "{R}", "{R}", "{R}", "0.5 * {E}", "np.tanh({E})", "np.sin({E})", "{E} + {R}", "{E} - {R}", "np.tanh({E}) * {R}", "{R}.T", "{R}[::-1]",
    "({R} - {R}[0])", "np.tanh({R} @ {R})", "np.maximum({E}, {R})", "np.where({R} > 0, {E}, {N})", "{R}.mean()", "{R}.sum(axis=0)",
    "{R}.max(axis=-1, keepdims=True)", "np.tanh({R}.cumsum(axis=0))", "np.sort({R}, axis=0)", "np.concatenate([{R}, {R}])[:4]",
    "np.zeros_like({R})", "{R}.copy()", "np.abs({E})", "-{E}", "{R}.reshape({R}.shape)", "np.full(4, {N})", "np.exp(-np.abs({E}))",
    "np.einsum('ij,ij->i', {R}, {R}) * 0.1", "{R}[[0, 2, 1, 1]]", "{R}[{R} > 0].sum()", "{R}.astype(np.float32)", "np.float32(0.5)",
]  # fmt: skip
WRITING = [
    "{W}[...] = {E}", "{W}[:] = {E}", "{W} += {N} * {E}", "{W} -= {E}", "{W} *= 0.5", "{W} *= np.tanh({E})", "{W}[1:] = {R}[:-1]", "{W}[0] = {E}", "{W}[:, 1] = {E}",
    "{W}[{R} > 0] = {N}", "{W}[[0, 1]] = {R}[[1, 0]]", "{W}[::2] += {R}[1::2]", "np.multiply({E}, 0.5, out={W})", "np.add({R}, {R}, {W})", "np.subtract({E}, {R}, out={W})",
    "np.tanh({E}, {W})", "np.copyto({W}, {E})", "np.copyto({W}, {E}, where={R} > 0)", "np.clip({W}, -0.5, 0.5, {W})",
    "np.clip({E}, -0.5, 0.5, out={W})", "{W}.clip(-1, 1, {W})", "np.nan_to_num({W}, copy=False)", "{W}.fill({N})", "{W}.sort()",
    "{W}.sort(axis=0)", "np.put({W}, [0, 2], [0.1, 0.2])", "{W}.put([1], [0.3])", "np.matmul({R}, {R}, out={W})", "{W}[...] = np.tanh({W})",
    "np.dot({R}, {R}, {W})", "np.fill_diagonal({W}, 0.1)", "np.place({W}, {W} > 0.5, [0.1])", "np.putmask({W}, {R} > 0, {R})",
    "np.cumsum({R}, axis=0, out={W})", "np.sum({R}, axis=0, out={W})", "np.mean({R}, 0, None, {W})", "np.maximum.accumulate({R}, out={W})",
    "np.add.at({W}, [0, 0], 0.1)", "np.exp(-np.abs({R}), out={W}, where={R} > 0)", "np.add.reduce({R}, 0, None, {W})", "{W}.partition(1)",
    "{W}, {V} = {V}, {W}", "{W} = {E}", "np.minimum({W}, {R}, out={W})", "np.take({R}, [0, 1, 1, 2], 0, {W})", "{W}.flat[1] = {N}",
    "np.concatenate([{R}[:2], {R}[2:]], out={W})", "np.stack([{R}[0], {R}[1], {R}[0], {R}[1]], out={W})", "np.round({R}, 1, {W})",
    "np.modf({R}, {W}, {V})", "{W} @= {R} * 0.1", "{W} **= 2", "{W} /= 2", "np.negative({W}, out={W})", "np.einsum('ij->ji', {R}, out={W})",
    "for _i in range(3):\n    {W}[_i] = 0.5 * {W}[_i + 1]", "{W}[{W} < 0] *= -0.5", "np.put_along_axis({W}, np.argsort({R}, 0)[:1], {N}, 0)", "np.square({W}, {W})",
    "np.logaddexp({R}, {R}, out={W})", "{W}.T[...] = {E}", "{W}.reshape(-1)[:3] = {N}", "{W}.real += 0.1", "np.random.default_rng(0).shuffle({W})",
]  # fmt: skip
PARAMETERS = [
    "{p}.data = {E}", "{p}.data = {p}.data[::-1]", "{p}.data += {N} * ({p}.data.T - {p}.data)", "{p}.data -= {p}.data[0]", "{p}.data, {q}.data = {q}.data, {p}.data",
    "{p}.data[...] = {E}", "{p}.data[1:] = {p}.data[:-1]", "{p}.data = {p}.data - 0.5 * {E}", "np.multiply({p}.data, 0.5, out={p}.data)", "{p}.data *= 0.9",
    "with vector.no_grad():\n    {p} -= 0.1 * {E}", "with vector.no_grad():\n    {p}[0] = {E}", "{p}.data = {p}.data.T", "{p}.data = {p}.data.astype(np.float64)",
    "{p}.grad = None\n({p} * {E}).sum().backward()\n{p}.data -= 0.1 * {p}.grad", "{q}.data = {p}.data", "{p}.data = {W}", "{p}.data = {p}.data + 0",
    "{p}.grad = None\nvector.tanh({p} @ {E}).sum().backward()\n{p}.data -= 0.1 * {p}.grad[::-1]", "{W} = {p}.data",
]  # fmt: skip
VIEWS = ["{W}[1:]", "{W}.T", "{W}[::-1]", "{W}[:, ::2]", "{W}.reshape(-1)", "{W}[1]", "{W}.ravel()[::2]", "{W}[:, 1]", "{W}[::2]", "{W}[None]", "{p}.data", "{p}.data[1:]",
         "{p}.data.T", "np.diagonal({W})", "np.broadcast_to({W}[0], (4, 4))", "{W}"]  # fmt: skip


def in_place(draft: Draft) -> World:
    """A straight-line program that writes into arrays, views of them and parameters."""
    pick, chance = draft.pick, draft.chance
    dtype = pick(["np.float32", "float"])
    draft.around(f"g = np.random.default_rng({draft.seed % 1000})")
    for name in "abc":
        shape = pick(["(4, 4)", "(4, 4)", "(4,)", "(3, 4)"]) if not chance(0.03) else "(96, 96)"
        draft.around(f"{name} = g.normal(size={shape}).astype({pick([dtype, dtype, dtype, 'np.float32'])})")
    for name in "pq":
        draft.around(f"{name} = nn.parameter(g.normal(size=(4, 4)).astype({dtype}))")
    draft.holes |= {"W": [*"abc"], "V": [*"abc"], "p": [*"pq"], "q": [*"pq"], "E": READING}
    for name in "uvw"[: pick([1, 2, 3])]:
        view = draft.filled(pick(VIEWS))
        if draft.works(f"{name} = {view}"):
            draft.setup.append(f"{name} = {view}")
            draft.holes["W"] = [*draft.holes["W"], name]
    outside = list(draft.holes["W"])
    calls = _pool_calls(draft, outside, dtype)
    draft.works(f"x, y = {calls[0].arguments}")
    draft.holes["W"] += ["x"] if chance(0.3) else []
    draft.holes["R"] = [*draft.holes["W"], *draft.holes["W"], "p.data", "q.data", "x", "y", "x"]
    size = pick([1, 2, 3, 4, 6, 9])
    for _ in range(60):
        if len(draft.body) >= size:
            break
        if chance(0.15):
            draft.made("R", "{E}", _floating)
        elif chance(0.05):
            draft.made("W", "np.zeros_like({R})", _floating)
        else:
            draft.tried(pick(PARAMETERS if chance(0.3) else WRITING))
    parts = [*draft.holes["R"], "p", "q.data", "x.sum()", "None", "0.5", f"({draft.filled('{E}')})", "p.data.T"]
    return draft.world("x, y", _structure(draft, parts), calls)


def _pool_calls(draft: Draft, outside: Sequence[str], dtype: str) -> list[Call]:
    """Calls with new arrays, with one array twice, or with arrays from outside."""
    shape = draft.pick(["(4, 4)", "(4, 4)", "(4,)"])
    fresh = [f"g.normal(size={shape}).astype({dtype})"] * 3 + [f"vector.tensor(g.normal(size={shape}).astype({dtype}))"]
    fresh += [
        f"np.asfortranarray(g.normal(size=(4, 4)).astype({dtype}))",
        f"g.normal(size=(8, 4)).astype({dtype})[::2]",
    ]
    x, y = draft.pick(fresh), draft.pick([*fresh, "0.25", "np.float32(0.5)", "float(g.normal())"])
    odd = [
        f"*[g.normal(size={shape}).astype({dtype})] * 2",
        f"{draft.pick(outside)}, {y}",
        f"{x}, {draft.pick(outside)}",
    ]
    odd += [f"p.data, {y}", f"{draft.pick(outside)}, {draft.pick(outside)}", "p.data, p.data.T"]
    usual = f"{x}, {y}" if draft.chance(0.7) else draft.pick(odd)
    changing = draft.chance(0.2)
    return [
        Call(
            (f"{draft.pick('abc')}[0] = {draft.filled('{N}')}",) if draft.chance(0.1) else (),
            draft.pick(odd) if changing and draft.chance(0.3) else usual,
        )
        for _ in range(CALLS)
    ]


# ---------------------------------------------------------------- expressions

FUNCTIONS = [
    "vector.tanh({R})", "vector.sigmoid({R})", "vector.relu({R})", "vector.softplus({R})", "np.sin({R})", "vector.exp(vector.tanh({R}))", "vector.log({R} ** 2 + 1)", "-{R}",
    "vector.sqrt({R} * {R} + 1)", "vector.absolute({R})", "{R} + {R}", "{R} - {R}", "{R} * {R}", "{R} / ({R} * {R} + 1)", "vector.maximum({R}, {R})", "np.minimum({R}, {N})",
    "vector.where({R} > 0, {R}, {R})", "np.where({R} > 0, {N}, {R})", "{R}.sum(axis=0)", "{R}.mean(axis=-1, keepdims=True)", "vector.logsumexp({R}, axis=-1)", "vector.softmax({R})",
    "vector.log_softmax({R}, axis=0)", "{R}.max(axis=0)", "{R}.T", "{R}[::-1]", "{R}[1:]", "{R}[..., None]", "{R}[[0, 2, 1]]", "{R} @ {R}", "vector.concatenate([{R}, {R}])", "vector.stack([{R}, {R}])",
    "{R}.reshape(-1)", "vector.cumsum({R}, axis=0)", "vector.var({R}, axis=0)", "vector.std({R})", "vector.clip({R}, -0.5, 0.5)", "{R} ** 2", "{N} * {R}", "vector.median({R}, axis=0)",
    "vector.sort({R}, axis=0)", "vector.einsum('ij,kj->ik', {R}, {R})", "vector.hypot({R}, {R} * {R} + 1)", "{R}.detach()", "vector.tensor(1.5) * {R}", "vector.outer({R}, {R})", "np.prod({R})",
    "vector.linalg.norm({R})" if hasattr(vector, "linalg") else "vector.norm({R})", "vector.pad({R}, 1)", "vector.diff({R})", "np.float32(0.5) * {R}", "vector.flip({R})", "vector.roll({R}, 1)",
    "vector.tile({R}, 2)", "vector.repeat({R}, 2)", "vector.expand_dims({R}, 0)", "vector.take({R}, [0, 1], 0)", "vector.erf({R})", "{R}.argmax() * {R}", "({R} > {R}) * {R}", "vector.tril({R})",
    "vector.grad(lambda _z: vector.tanh(_z).sum())({R})", "vector.value_and_grad(lambda _z: (_z * _z).sum())({R})[1]", "vector.grad(lambda _z: (vector.sin(_z) * {R}).sum())({R})",
]  # fmt: skip
TAKEN = sorted(name for name, case in CASES.items() if not any(0 in shape for shape in case.shapes))


def expressions(draft: Draft) -> World:
    """Functions of arrays and Tensors, and their derivatives."""
    pick, chance = draft.pick, draft.chance
    dtype = pick(["np.float32", "float"])
    draft.around("g = np.random.default_rng(1)", f"k = g.normal(size=(3, 4)).astype({dtype})")
    draft.around(
        f"w = nn.parameter(g.normal(size=(3, 4)).astype({dtype}))",
        f"b = nn.parameter(g.normal(size=4).astype({dtype}))",
    )
    shape = pick(["(3, 4)", "(3, 4)", "(4, 3)", "4", "(2, 3, 4)", "(3, 1)"])
    fresh = f"g.normal(size={shape}).astype({dtype})"
    x = pick(
        [
            fresh,
            fresh,
            f"vector.tensor({fresh})",
            f"vector.tensor({fresh}, requires_grad=True)",
            f"np.asfortranarray({fresh})",
        ]
    )
    y = pick(
        [
            fresh,
            "0.5",
            "float(g.normal())",
            "np.float64(0.25)",
            "2",
            f"vector.tensor({fresh})",
            f"{fresh}.tolist()",
            f"{{'a': {fresh}}}['a']",
        ]
    )
    calls = [Call((), f"{x}, {y}") for _ in range(CALLS)]
    draft.works(f"x, y = {x}, {y}")
    draft.body.append("w.grad = b.grad = None")
    draft.holes["R"] = ["x", "x", "y", "w", "w", "b", "k"]
    if chance(0.5):
        names = _case(draft, pick(TAKEN))
        draft.holes["R"] = names * 4 + draft.holes["R"]
    size = pick([2, 4, 6, 10])
    for _ in range(60):
        if len(draft.body) >= size:
            break
        draft.made("R", pick(FUNCTIONS), _floating)
    made = [f"t{i}" for i in range(len(draft.body)) if isinstance(draft.names.get(f"t{i}"), vector.Tensor)]
    made = [name for name in made if draft.names[name].requires_grad]
    gradients = ["w.grad", "[w.grad, b.grad]"]
    if made:
        draft.tried(f"loss = sum(vector.tanh(_t).sum() for _t in [{', '.join(made[-3:])}])")
        draft.tried(
            pick(["loss.backward()", "loss.backward()", "loss.backward()\nloss.backward()", "(loss * loss).backward()"])
        )
    parts = [*draft.holes["R"], "x", "None", "0.5", "y", *gradients * 3, *(["loss"] * 3 if made else [])]
    return draft.world("x, y", _structure(draft, parts), calls)


def _case(draft: Draft, name: str) -> list[str]:
    """One function of the table on its own operands, some of which are parameters."""
    case = CASES[name]
    operands = []
    draft.around(f"operands = CASES[{name!r}].sample(0)")
    for i in range(len(case.shapes)):
        form = draft.pick(["parameter", "parameter", "array"])
        if form == "parameter" and draft.works(f"o{i} = nn.parameter(operands[{i}])"):
            draft.setup.append(f"o{i} = nn.parameter(operands[{i}])")
            operands.append(f"o{i}")
        else:
            operands.append(f"operands[{i}]")
    draft.body.append(f"t{len(draft.body)} = CASES[{name!r}].f(V, {', '.join(operands)})")
    execute(draft.body[-1], draft.names)
    return [f"t{len(draft.body) - 1}"] if _floating(draft.names[f"t{len(draft.body) - 1}"]) else []


# ---------------------------------------------------------------- Python's own state

READS = [
    "y = y * rate", "if config['mode'] == 'a':\n    y = y + 1", "if 'square' in flags:\n    y = y * y", "for _k in range(depth):\n    y = np.tanh(y)", "y = getattr(np, name)(y)",
    "y = y ** power", "y = y * box.scale", "y = y * box.inner.scale", "y = scales[0] * y + scales[-1]", "y = y.reshape(shape)", "y = helper(y)", "y = y.sum(axis=axis, keepdims=True)",
    "if w is not None:\n    y = y * w", "y = y + offset", "y = y * len(history)", "y = y[index]", "y = vector.tensor(y) * w if isinstance(y, np.ndarray) else y", "y = y + box.bias",
    "y = np.clip(y, *limits)", "y = y.astype(dtype)", "y = np.where(mask, y, 0)", "y = y * (1 if training else 2)", "y = y + len(flags)", "y = y * next(iter(config.values()))",
]  # fmt: skip
EFFECTS = [
    "count += 1",
    "history.append(1)",
    "box.scale *= 0.9",
    "config['scale'] = config['scale'] * 0.9",
    "scales.reverse()",
    "flags.add('seen')",
    "last = y",
    "box.bias = y.mean()",
]
TURNS = [
    "rate = {N}", "config['mode'] = 'b'", "config['mode'] = 'a'", "flags.add('square')", "flags.clear()", "depth = 2", "depth = 0", "name = 'cos'", "name = 'tanh'", "power = 3", "power = 2.0",
    "box.scale = {N}", "box.inner.scale = {N}", "box.inner = Box(scale={N})", "scales[0] = {N}", "scales.append(0.2)", "axis = 0", "offset = offset + 1", "offset[0] = {N}", "history.append(2)",
    "box.bias = np.ones(4)", "limits = (-0.1, 0.1)", "dtype = np.float32", "mask = ~mask", "mask[1] = False", "training = False", "index = slice(0, 2)", "config = dict(config)", "flags = set(flags)",
    "helper.__defaults__ = ({N},)", "w = vector.tensor(1.5)", "w.data = w.data * 0.5", "config['scale'] = -0.0", "box = Box(scale={N}, inner=box.inner, bias=0.5)", "helper = np.sin", "rate = -rate",
]  # fmt: skip


def control(draft: Draft) -> World:
    """A step that reads Python's numbers, names and flags from outside, which change between the calls."""
    pick = draft.pick
    draft.around(
        "g = np.random.default_rng(1)", "rate = 0.5", "config = {'scale': 0.5, 'mode': 'a'}", "flags = {'log'}", "depth = 1", "name = 'sin'", "power = 2", "count = 0", "history = [1]",
        "box = Box(scale=0.5, inner=Box(scale=1.5), bias=np.zeros(4))", "scales = [0.5, 0.25]", "axis = -1", "shape = (-1, 4)", "offset = np.arange(4.0)", "index = slice(1, 3)", "limits = (-2, 2)",
        "dtype = float", "mask = np.array([True, False, True, True])", "training = True", "w = vector.tensor(1.25)", "last = None", "helper = lambda _y, _scale=0.5: _y * _scale",
    )  # fmt: skip
    draft.works("x = y = g.normal(size=(3, 4))")
    draft.body.append("y = x")
    kinds = draft.some(READS, 4) or READS[:1]
    for template in kinds:
        draft.tried(template)
    if draft.chance(0.25):
        draft.tried(pick(EFFECTS))
    words = set(re.findall(r"\w+", " ".join(draft.body)))
    fitting = [turn for turn in TURNS if re.match(r"\w+", turn)[0] in words] or TURNS  # type: ignore[index]
    turns = [draft.filled(x) for x in draft.some(fitting, 3)]
    form = pick(
        ["g.normal(size=(3, 4))", "vector.tensor(g.normal(size=(3, 4)))", "g.normal(size=(3, 4)).astype(np.float32)"]
    )
    calls = [Call((pick(turns),) if turns and i > 1 and draft.chance(0.4) else (), form) for i in range(CALLS)]
    parts = [
        "y",
        "y",
        "rate",
        "count",
        "config['mode']",
        "box.scale",
        "len(history)",
        "depth",
        "x",
        "config",
        "scales",
        "None",
        "(y, x) if depth % 2 else (x, y)",
        "offset",
        "w",
    ]
    return draft.world("x", _structure(draft, ["y", *parts]) if draft.chance(0.6) else "y", calls)


# ---------------------------------------------------------------- one number at a time

OF_VALUES = [
    "{R} + {R}", "{R} - {R}", "{R} * {R}", "{R} / ({R} * {R} + 1)", "scalar.tanh({R})", "scalar.sigmoid({R})", "{R}.relu()", "scalar.softplus({R})", "scalar.exp(scalar.tanh({R}))",
    "scalar.log({R} * {R} + 1)", "scalar.sqrt({R} * {R} + 1)", "scalar.sin({R})", "-{R}", "{R} ** 2", "{N} * {R}", "{R} + {N}", "scalar.abs({R})", "scalar.maximum({R}, {R})", "scalar.hypot({R}, {R} * {R} + 1)",
    "scalar.dot([{R}, {R}, {R}], [{R}, {R}, {R}])", "scalar.dot(w, [{R}, {R}, {R}])", "scalar.sum([{R}, {R}, {N}, {R}])", "sum(_w * {R} for _w in w)", "model([{R}, {R}])", "model([{R}, {R}]) * model([{R}, {N}])",
    "scalar.grad(lambda _z: scalar.tanh(_z) * {R})({R})", "scalar.losses.softmax_cross_entropy([{R}, {R}, {N}], 1)", "functools.reduce(lambda _a, _b: scalar.tanh(_a * w[0] + _b), [{R}, {R}, {R}])", "(1 + -{R} * {R}).relu()",
    "p['a'] * {R}", "p['b'][0] + {R}", "({R} if isinstance({N}, float) else {R})", "scalar.minimum({R}, {N})", "scalar.mean([{R}, {R}])" if hasattr(scalar, "mean") else "({R} + {R}) / 2", "scalar.cos({R})",
]  # fmt: skip
OF_NUMBERS = [
    "{R} * rate",
    "{R} ** power",
    "({R} if flag else -{R})",
    "sum([{R}] * depth, {R})",
    "{R} + config['offset']",
    "{R} * rate + {R} * config['offset']",
]
VALUES_MOVE = [
    "w[0].data = {N}",
    "for _w in w: _w.data *= 0.5",
    "for _w in variables: _w.data -= 0.1",
    "p['a'].data = {N}",
    "w[1].data = 0.0",
]
NUMBERS_MOVE = ["rate = {N}", "power = 3", "flag = not flag", "depth = 3", "config['offset'] = {N}", "rate = -rate"]


def values(draft: Draft) -> World:
    """A function of one example, for a batch; the Values that it uses move between the calls."""
    return _of_examples(draft, OF_VALUES, VALUES_MOVE)


def numbers(draft: Draft) -> World:
    """The same, with plain numbers from outside, which move too."""
    return _of_examples(draft, OF_VALUES + OF_NUMBERS * 5, VALUES_MOVE + NUMBERS_MOVE * 2)


def _of_examples(draft: Draft, templates: Sequence[str], moves: Sequence[str]) -> World:
    pick = draft.pick
    draft.around(
        "import random",
        "g = np.random.default_rng(1)",
        "w = [scalar.Value(_x) for _x in (0.5, -1.25, 0.75)]",
        "p = {'a': scalar.Value(0.3), 'b': [scalar.Value(-0.6)]}",
    )
    sizes = pick([[1], [3, 1], [2, 2, 1]])
    draft.around(
        f"model = scalar.nn.MLP(2, {sizes}, activation={pick(['tanh', 'relu', 'sigmoid'])!r}, generator=random.Random(2))"
    )
    draft.around(
        "rate = 0.5",
        "power = 2",
        "flag = True",
        "depth = 2",
        "config = {'offset': 0.25}",
        "variables = [*w, p['a'], p['b'][0], *model.parameters()]",
    )
    draft.works("x, t = [scalar.Value(0.5), scalar.Value(-0.75)], scalar.Value(1.0)")
    shared = pick(["0.5", "2", "scalar.Value(0.25)", "[scalar.Value(0.5), scalar.Value(-0.5)]", "w[0]"])
    draft.works(f"s = {shared}")
    draft.holes["R"] = ["x[0]", "x[1]", "x[0]", "t", "w[0]", "w[1]", "w[2]", "s[0]" if shared[0] == "[" else "s"]
    size = pick([1, 3, 6, 10])
    for _ in range(60):
        if len(draft.body) >= size:
            break
        draft.made("R", pick(templates), lambda x: isinstance(x, scalar.Value))
    last = draft.holes["R"][-1]
    result = pick(
        [
            last,
            last,
            "scalar.sum([" + ", ".join(draft.holes["R"][3:]) + "])",
            f"[{last}, x[0], 3.0]",
            f"{{'a': {last}, 'b': [w[0], {last}]}}",
        ]
    )
    calls = []
    moving = draft.some(moves, 3)
    for i in range(CALLS):
        n = pick([1, 3, 5]) if draft.chance(0.3) else 4
        columns = pick(
            ["[g.normal(size=({n}, 2)), g.normal(size={n})]"] * 4
            + ["[g.normal(size=({n}, 2)).tolist(), list(map(float, g.normal(size={n})))]"]
        )
        before = (draft.filled(pick(moving)),) if i and moving and draft.chance(0.4) else ()
        calls.append(Call(before, f"{columns.format(n=n)}, [{shared}]"))
    return draft.world(
        "x, t, s", result, calls, home=pick(["globals", "closure", "attributes", "items"]), entry="(step, variables)"
    )


KINDS: Mapping[str, Callable[[Draft], World]] = {
    "training": training, "in_place": in_place, "expressions": expressions, "control": control, "scalar": values, "scalar_numbers": numbers,
}  # fmt: skip
