"""Drawing worlds for a compiled step, of five kinds: `draw(kind, seed)` is always the same one.

Statements are drawn from templates with names of the moment in their holes; each is carried out at once, on a world
that grows with the text, and only what works is kept. So a template need not say which shapes go together.
"""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import scalar
import vector
from tests.compiled_templates import (
    ACTIVATIONS,
    AFTERS,
    AROUND_CONTROL,
    AROUND_VALUES,
    BATCH_BODIES,
    BATCHES,
    CHANGES,
    CUSTOM,
    EFFECTS,
    EXTRAS,
    FORGETTING,
    FUNCTIONS,
    LAYERS,
    LAYOUTS,
    LOSSES,
    MODES,
    NUMBERS_MOVE,
    OF_NUMBERS,
    OF_VALUES,
    OPTIMIZERS,
    OUTCOMES,
    PARAMETERS,
    PENALTIES,
    READING,
    READS,
    SCHEDULES,
    TURNS,
    VALUES_MOVE,
    VIEWS,
    WRITING,
)  # fmt: skip
from tests.compiled_worlds import CASES, Call, Unfit, World, as_it_is, execute, known, trace

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
        """Up to this many of them, in any order."""
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
            except Exception:  # whatever it is, it is not for this world
                return False
        return True

    def around(self, *statements: str) -> None:
        """Statements of the setup."""
        for statement in statements:
            if not self.works(statement):
                raise Unfit(statement)
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

    def world(self, parameters: str, result: str, calls: Sequence[Call], entry: str = "") -> World:
        """What has been drawn, reached in one of many ways."""
        home = self.pick(["globals", "globals", "closure", "attributes", "items"])
        late = home == "globals" and not entry and self.chance(0.15)
        entry = entry or self.pick(["step"] * 4 + ["Caller(step)", "Caller(step).run", "functools.partial(step)"])
        body, setup = tuple(self.body), tuple(self.setup)
        return World(self.kind, self.seed, setup, parameters, body, result, tuple(calls), home, entry, late)


def draw(kind: str, seed: int) -> World:
    """The world of this seed: one whose numbers stay moderate, or, seldom, one that raises."""
    for attempt in range(1000):
        draft = Draft(kind, seed, attempt)
        try:
            world = KINDS[kind](draft)
            moments = trace(world, as_it_is(kind))
        except Unfit:
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


def training(draft: Draft) -> World:
    """A model of any layers, a loss, an optimizer, and what people do around them."""
    pick, chance = draft.pick, draft.chance
    dtype, large = pick(["np.float32", "np.float32", "np.float32", "float"]), chance(0.1)
    model, inputs, classes = _model(draft, dtype, large)
    place = pick(["model"] * 4 + ["box.model", "config['model']", "models[0]", "net"])
    held = "model" if place == "net" else place  # an argument of the step has no name outside
    draft.around(f"g = np.random.default_rng({draft.seed % 1000})", "data = np.random.default_rng(1)", "rate = 0.01")
    draft.around(*model, "models = [model]", "box = Box(model=model)", "config = {'model': model, 'clip': 0.5}")
    draft.around(f"parameters = list({held}.parameters())", "flags = set()", "count = 0", "start = model.state_dict()")
    draft.around("average = [_p.data.copy() for _p in parameters]")
    draft.holes |= {"P": ["parameters", f"list({held}.parameters())"], "O": ["optimizer"], "M": [held]}
    grouped = chance(0.15)
    for i in range(1 + grouped):
        group = f"parameters[{i}::2]" if grouped else "parameters"
        draft.around(f"optimizer{i or ''} = optim.{pick(OPTIMIZERS).format(P=group)}")
    draft.around("optimizers = [optimizer, optimizer1]" if grouped else "optimizers = [optimizer]")
    if chance(0.4):
        draft.around(f"schedule = optim.{pick(SCHEDULES).format(O='optimizer')}")
    loss, targets = pick(list(LOSSES.items()))
    parameters, given = pick([("x, t", "{x}, {t}")] * 6 + BATCHES)
    draft.body += BATCH_BODIES.get(parameters, [])
    _body(draft, place, loss)
    rows = 160 if large else pick([4, 6, 6, 7])
    changing = draft.some(CHANGES, 4) if chance(0.5) else []
    changing += MODES if chance(0.5) else []
    calls = []
    for i in range(CALLS):
        rows = pick([rows, 3, 5, 6]) if i and chance(0.1) else rows
        before = draft.filled(pick(changing)) if changing and i > 1 and chance(0.4) else ""
        x, t = _inputs(draft, inputs, rows, dtype), _targets(targets, rows, classes, dtype)
        calls.append(Call((before,) if before and draft.works(before) else (), given.format(x=x, t=t)))
    if chance(0.08):  # the model itself is what is compiled
        calls = [call._replace(arguments=_inputs(draft, inputs, rows, dtype)) for call in calls]
        draft.body.clear()
        entry = pick(["model", "model.__call__", "Caller(model)", "functools.partial(model)", "lambda _x: model(_x)"])
        return draft.world("x", "x", calls, entry=entry)
    result = _structure(draft, OUTCOMES) if chance(0.7) else "loss"
    if place != "net":
        return draft.world(parameters, result, calls)
    if chance(0.5):
        return draft.world(f"net, {parameters}", result, calls, entry="functools.partial(step, model)")
    calls = [call._replace(arguments=f"model, {call.arguments}") for call in calls]
    return draft.world(f"net, {parameters}", result, calls)


def _model(draft: Draft, dtype: str, large: bool) -> tuple[list[str], str, int]:
    """The text of a model; the form of its inputs; the width of its output."""
    pick = draft.pick
    form, classes = pick(["flat"] * 5 + ["images", "words", "custom"]), pick([2, 3, 4])
    width = 64 if large else pick([4, 6, 8])
    if form == "flat" and draft.chance(0.15):
        options = f"{pick([[8], [5, 6], []])} + [{classes}], {pick(['relu', 'tanh', 'gelu'])!r}, dtype={dtype}"
        return [f"model = nn.MLP({width}, {options}, generator=g)"], f"({{rows}}, {width})", classes
    layers, inputs = [], f"({{rows}}, {width})"
    if form == "images":
        layers = [f"nn.Conv2d(2, 3, 3, padding=1, dtype={dtype}, generator=g)", f"nn.{pick(ACTIVATIONS)}"]
        layers += [pick(["nn.MaxPool2d(2)", "nn.AvgPool2d(2)"]), "nn.Flatten()"]
        inputs, width = "({rows}, 2, 4, 4)", 12
    elif form == "words":
        layers, inputs, width = [f"nn.Embedding(5, 4, dtype={dtype}, generator=g)", "nn.Flatten()"], "words", 12
    for _ in range(pick([1, 2, 2, 3, 5])):
        layer, width = _layer(draft, width, 48 if large else pick([3, 4, 5, 6, 8]), dtype)
        layers.append(layer)
    layers.append(f"nn.Linear({width}, {classes}, dtype={dtype}, generator=g)")
    if form == "custom":
        return [CUSTOM, f"model = Net([{', '.join(layers)}])"], inputs, classes
    return [f"model = nn.Sequential({', '.join(layers)})"], inputs, classes


def _layer(draft: Draft, width: int, new: int, dtype: str) -> tuple[str, int]:
    """A layer for inputs of this width, and the width of its outputs."""
    layer = draft.pick([*LAYERS, f"nn.{draft.pick(ACTIVATIONS)}", f"nn.{draft.pick(ACTIVATIONS)}"])
    if "Maxout" in layer and width % 2:
        return "nn.Identity()", width
    after = new if "Linear" in layer else width // 2 if "Maxout" in layer else width
    return layer.format(width=width, new=new, dtype=f"dtype={dtype}"), after


def _body(draft: Draft, model: str, loss: str) -> None:
    """Forward, backward and update, with something in between."""
    chance = draft.chance
    body = draft.body
    body.append(draft.filled(draft.pick(FORGETTING)).replace("{model}", model))
    body.append(f"out = {model}(x)")
    body.append(f"loss = nn.{loss.format(out='out')}")
    if chance(0.3):
        body.append(draft.pick(PENALTIES))
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
    return draft.pick(LAYOUTS).format(x=x) if draft.chance(0.2) else x


def _targets(kind: str, rows: int, width: int, dtype: str) -> str:
    return {
        "classes": f"data.integers(0, {width}, {rows})",
        "numbers": f"data.normal(size=({rows}, {width})).astype({dtype})",
        "bits": f"data.integers(0, 2, ({rows}, {width})).astype({dtype})",
        "signs": f"data.integers(0, 2, ({rows}, {width})) * 2 - 1",
    }[kind]


# ---------------------------------------------------------------- programs that write in place


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
    fresh += [f"np.asfortranarray({fresh[0]})", f"g.normal(size=(8, 4)).astype({dtype})[::2]"]
    x, y = draft.pick(fresh), draft.pick([*fresh, "0.25", "np.float32(0.5)", "float(g.normal())"])
    odd = [f"*[{fresh[0]}] * 2", f"{draft.pick(outside)}, {y}", f"{x}, {draft.pick(outside)}"]
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
    if not draft.works(draft.body[-1]):
        raise Unfit(draft.body[-1])
    return [f"t{len(draft.body) - 1}"] if _floating(draft.names[f"t{len(draft.body) - 1}"]) else []


# ---------------------------------------------------------------- Python's own state


def control(draft: Draft) -> World:
    """A step that reads Python's numbers, names and flags from outside, which change between the calls."""
    pick = draft.pick
    draft.around(*AROUND_CONTROL)
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


def values(draft: Draft) -> World:
    """A function of one example, for a batch; the Values that it uses move between the calls."""
    return _of_examples(draft, OF_VALUES, VALUES_MOVE)


def numbers(draft: Draft) -> World:
    """The same, with plain numbers from outside, which move too."""
    return _of_examples(draft, OF_VALUES + OF_NUMBERS * 5, VALUES_MOVE + NUMBERS_MOVE * 2)


def _of_examples(draft: Draft, templates: Sequence[str], moves: Sequence[str]) -> World:
    pick = draft.pick
    draft.around(*AROUND_VALUES)
    options = f"{pick([[1], [3, 1], [2, 2, 1]])}, activation={pick(['tanh', 'relu', 'sigmoid'])!r}"
    draft.around(f"model = scalar.nn.MLP(2, {options}, generator=random.Random(2))")
    draft.around("variables = [*w, p['a'], p['b'][0], *model.parameters()]")
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
    everything = "scalar.sum([" + ", ".join(draft.holes["R"][3:]) + "])"
    result = pick([last, last, everything, f"[{last}, x[0], 3.0]", f"{{'a': {last}, 'b': [w[0], {last}]}}"])
    calls = []
    moving = draft.some(moves, 3)
    for i in range(CALLS):
        n = pick([1, 3, 5]) if draft.chance(0.3) else 4
        lists = ".tolist()" if draft.chance(0.2) else ""
        columns = f"[g.normal(size=({n}, 2)){lists}, g.normal(size={n}){lists}]"
        before = (draft.filled(pick(moving)),) if i and moving and draft.chance(0.4) else ()
        calls.append(Call(before, f"{columns}, [{shared}]"))
    return draft.world("x, t, s", result, calls, entry="(step, variables)")


KINDS: Mapping[str, Callable[[Draft], World]] = {
    "training": training, "in_place": in_place, "expressions": expressions, "control": control,
    "scalar": values, "scalar_numbers": numbers,
}  # fmt: skip
