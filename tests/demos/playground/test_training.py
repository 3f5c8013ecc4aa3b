"""A training as the page runs it, beside one that `scalar` does plainly: its numbers, its way back, its words."""

import itertools
import json
import math
from typing import Any

import pytest

from demos.playground.inside import channel
from demos.playground.inside.training import catalogue, chain, network, pictures, points, session, setup, table
from demos.playground.inside.training.presets import PRESETS
from demos.playground.inside.training.setup import Setup, SetupError, read_setup
from demos.playground.inside.training.straight import Straight
from demos.playground.inside.training.trainer import DivergedError, Trainer
from scalar import Value, losses, optim, rules
from scalar.nn import ACTIVATIONS
from tests.demos.playground.plainly import plainly

by_id = {preset.id: preset for preset in PRESETS}


def trainer_of(**given: Any) -> Trainer:
    return Trainer(read_setup(given))


def steps(trainer: Trainer, count: int) -> list[float]:
    """The mean loss of each of so many steps."""
    found = []
    for _ in range(count):
        taken, _ = trainer.gradients()
        found.append(sum(taken) / len(taken))
        trainer.advance()
    return found


# ---------------------------------------------------------------- the engine's own numbers


@pytest.mark.parametrize("id", [preset.id for preset in PRESETS if preset.id != "spirals"])
def test_a_preset_trains_as_scalar_does(id: str) -> None:
    trainer = trainer_of(**by_id[id].setup)
    wanted, parameters = plainly(trainer.setup, 50)
    assert steps(trainer, 50) == pytest.approx(wanted, rel=0, abs=1e-9)
    assert trainer.numbers == pytest.approx(parameters, rel=1e-12)


MIXED: list[dict[str, Any]] = [
    {"layers": [f"2 {name}"], "loss": loss, "batch": 7, "optimizer": optimizer, "rate": 0.01, "features": ["x", "x·y"]}
    for name, loss, optimizer in zip(
        ACTIVATIONS, list(setup.LOSSES) * len(ACTIVATIONS), list(setup.OPTIMIZERS) * len(ACTIVATIONS), strict=False
    )
]


@pytest.mark.parametrize("given", MIXED, ids=lambda given: f"{given['layers'][0]} {given['loss']}")
def test_every_activation_loss_and_optimizer_trains_as_scalar_does(given: dict[str, Any]) -> None:
    trainer = trainer_of(**given)
    wanted, parameters = plainly(trainer.setup, 12)
    assert steps(trainer, 12) == pytest.approx(wanted, rel=0, abs=1e-12)
    assert trainer.numbers == parameters  # to the last bit


@pytest.mark.parametrize("features", [list(setup.FEATURES), ["sin 2x"], ["x²", "y²"]])
def test_inputs_with_momentum(features: list[str]) -> None:
    trainer = trainer_of(features=features, layers=["3 tanh", "2 relu"], momentum=0.9, batch=10)
    wanted, parameters = plainly(trainer.setup, 30)
    assert steps(trainer, 30) == pytest.approx(wanted, rel=0, abs=1e-12)
    assert trainer.numbers == parameters


def test_without_hidden_layers_it_is_a_logistic_regression() -> None:
    trainer = trainer_of(layers=[], data="clusters")
    steps(trainer, 100)
    assert trainer.right()[0] > 0.95
    assert len(trainer.numbers) == 3


# ---------------------------------------------------------------- straight-line code


def test_straight_code_of_shared_and_repeated_operands() -> None:
    x, w, v = Value(0.3), Value(-0.7, role="parameter"), Value(0.4, role="parameter")
    inner = rules.tanh(w * x + v)
    loss = inner * inner + w * v - rules.exp(-inner) / 2 + (w - x) ** 2
    code = Straight(loss, [x], [w, v])
    rows = [[0.3], [1.1], [-2.0]]
    taken, gradients = code.gradients([-0.7, 0.4], rows)
    graphs = []
    parameters = Value(-0.7, role="parameter"), Value(0.4, role="parameter")
    for (number,) in rows:
        a = rules.tanh(parameters[0] * number + parameters[1])
        graphs.append(a * a + parameters[0] * parameters[1] - rules.exp(-a) / 2 + (parameters[0] - number) ** 2)
    mean = losses.mean(graphs)
    mean.backward()
    assert taken == [graph.data for graph in graphs] == code.losses([-0.7, 0.4], rows)
    assert gradients == pytest.approx([parameter.grad for parameter in parameters], rel=1e-15)


def test_straight_code_is_refused_a_leaf_that_it_is_not_told_of() -> None:
    x, w = Value(3.0), Value(2.0)
    with pytest.raises(ValueError, match="Straight: expected each leaf among the inputs or the parameters, got Value"):
        Straight(w * x, [], [w])


def test_watched_values() -> None:
    x, w = Value(3.0), Value(2.0)
    double = w * x
    code = Straight(rules.tanh(double), [x], [w])
    assert code.look([double, x])([5.0], [[1.0], [2.0]]) == [[5.0, 10.0], [1.0, 2.0]]


# ---------------------------------------------------------------- back in time


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_back_in_time_and_on_again(optimizer: str) -> None:
    trainer = trainer_of(optimizer=optimizer, layers=["3 tanh"], momentum=0.5, batch=8, rate=0.05)
    trainer.most_kept = 128  # so that older snapshots are thinned, and steps made again
    seen = {}
    for step in range(600):
        seen[step] = trainer.numbers
        trainer.advance()
    assert trainer.furthest == 600
    for step in (599, 120, 7, 0, 401):
        trainer.go(step)
        while trainer.step < step:
            trainer.advance()
        assert (trainer.step, trainer.numbers) == (step, seen[step])
    assert trainer.furthest == 600
    assert len(trainer._kept) <= 128


def test_a_change_is_made_again_and_forgets_what_came_after() -> None:
    trainer = trainer_of(layers=["3 tanh"])
    steps(trainer, 20)
    trainer.go(10)
    trainer.change("rate", 0.01)
    assert (trainer.furthest, trainer.rate) == (10, 0.01)
    steps(trainer, 5)
    trainer.change("example", 3)
    steps(trainer, 5)
    events, wanted = trainer.events, trainer.numbers
    again = Trainer(trainer.setup, events)
    steps(again, 20)
    assert again.numbers == wanted
    trainer.go(9)
    assert trainer.rate == trainer.setup.rate


def test_a_step_of_one_example_is_that_examples_gradient() -> None:
    trainer = trainer_of(layers=["3 tanh"], rate=0.1)
    trainer.change("example", 5)
    slopes = chain.numbers(trainer, 5)["slopes"]
    before = trainer.numbers
    trainer.advance()
    assert trainer.numbers == pytest.approx([x - 0.1 * g for x, g in zip(before, slopes, strict=True)], rel=1e-12)


def test_go_refuses_a_step_before_the_first() -> None:
    with pytest.raises(ValueError, match="go: expected a step from 0 on, got -1"):
        trainer_of().go(-1)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_what_grows_beyond_all_numbers_is_stopped_and_told(optimizer: str) -> None:
    trainer = Trainer(Setup(layers=("4 relu", "4 relu"), loss="squared_error", rate=1e100, optimizer=optimizer))
    with pytest.raises(DivergedError, match=r"would take the parameters beyond all numbers: the learning rate is too"):
        steps(trainer, 2000)
    assert all(map(math.isfinite, trainer.numbers))
    trainer.go(0)
    assert trainer.numbers == [p.data for p in network.network(trainer.setup).parameters()]


def test_the_preview_is_the_next_step_and_makes_none() -> None:
    trainer = trainer_of(optimizer="Adam", rate=0.05)
    steps(trainer, 3)
    before, told = trainer.numbers, trainer.preview()
    assert trainer.numbers == before
    trainer.advance()
    assert trainer.numbers == told


# ---------------------------------------------------------------- what presets teach


def first_to_last(trainer: Trainer) -> tuple[float, float]:
    """The mean size of a gradient in the first layer, and in the last."""
    _, gradients = trainer.gradients()
    first, last = (len(layer.parameters()) for layer in (trainer.model.layers[0], trainer.model.layers[-1]))
    return sum(map(abs, gradients[:first])) / first, sum(map(abs, gradients[-last:])) / last


def test_dead_relus_are_dead_for_good() -> None:
    trainer = trainer_of(**by_id["dead_relus"].setup)
    assert first_to_last(trainer)[0] > 0
    steps(trainer, 2)
    assert first_to_last(trainer)[0] == 0
    hidden = trainer.numbers[:18]
    steps(trainer, 100)
    assert trainer.numbers[:18] == hidden
    assert pictures.neurons(trainer, 8)[-2] == pictures.neurons(trainer, 8)[-3]  # blank


def test_a_rate_too_large_makes_the_loss_jump() -> None:
    trainer = trainer_of(**by_id["rate_too_large"].setup)
    taken = steps(trainer, 60)
    assert max(taken) > 10 * taken[0]
    assert sum(b > a for a, b in itertools.pairwise(taken)) > 15


def test_gradients_vanish_behind_sigmoids() -> None:
    first, last = first_to_last(trainer_of(**by_id["vanishing"].setup))
    assert 0 < first < last / 1000


def test_equal_weights_stay_equal() -> None:
    trainer = trainer_of(**by_id["symmetric"].setup)
    steps(trainer, 100)
    first = trainer.model.layers[0].neurons
    assert all([w.data for w in neuron.w] == [w.data for w in first[0].w] for neuron in first)
    assert first[0].w[0].data != network.EQUAL


def test_a_linear_network_does_not_learn_xor() -> None:
    trainer = trainer_of(**by_id["linear_xor"].setup)
    steps(trainer, 300)
    assert trainer.mean_losses()[0] == pytest.approx(math.log(2), abs=0.03)


def test_what_is_learnt_by_heart_is_worse_on_what_is_held_out() -> None:
    trainer = trainer_of(**by_id["overfitting"].setup)
    start = trainer.mean_losses()
    steps(trainer, 60)
    end = trainer.mean_losses()
    assert end[0] < start[0] / 10
    assert end[1] > start[1]


@pytest.mark.parametrize("id", ["xor", "moons", "circles", "curve", "spirals"])
def test_what_works_works(id: str) -> None:
    trainer = trainer_of(**by_id[id].setup)
    steps(trainer, 400)
    assert trainer.right()[0] > 0.97
    assert trainer.right()[1] > 0.9


# ---------------------------------------------------------------- the chain rule behind a number


def test_the_numbers_of_an_example_are_the_engines() -> None:
    trainer = trainer_of(layers=["3 tanh", "2 relu"])
    steps(trainer, 5)
    told = chain.numbers(trainer, 4)
    point = trainer.points[4]
    loss = network.loss_of(trainer.setup, trainer.model([Value(point.x), Value(point.y)]), float(point.kind))
    loss.backward()
    assert told["loss"] == loss.data
    assert told["slopes"] == [parameter.grad for parameter in trainer.parameters]
    for parameter in trainer.parameters:
        assert parameter.grad is not None
    trainer.model.zero_grad()


@pytest.mark.parametrize(
    ("kind", "place", "title", "places"),
    [
        ("weight", [0], "The weight w₁₁⁽¹⁾", 6),
        ("weight", [2], "The bias b₁⁽¹⁾", 6),
        ("neuron", [0, 1], "Neuron 2 of layer 1", 6),
        ("neuron", [1, 0], "The output", 5),
        ("neuron", [-1, 0], "The input x", 7),
    ],
)
def test_the_step_behind_a_number(kind: str, place: list[int], title: str, places: int) -> None:
    trainer = trainer_of(layers=["3 tanh"])
    steps(trainer, 3)
    told = chain.told(trainer, 2, kind, place)
    assert told["title"] == title
    assert len(told["places"]) == places
    json.dumps(told)


def test_the_step_behind_a_weight_has_the_numbers_of_its_gradient() -> None:
    trainer = trainer_of(layers=["3 tanh"])
    told = chain.told(trainer, 2, "weight", [1])
    slopes = chain.numbers(trainer, 2)
    point = trainer.points[2]
    *_, upstream, local, total = told["places"]
    assert float(upstream.replace("−", "-")) == pytest.approx(slopes["z_slopes"][0][0], rel=1e-3)
    assert float(local.replace("−", "-")) == pytest.approx(point.y, rel=1e-3)
    assert float(total.replace("−", "-")) == pytest.approx(slopes["slopes"][1], rel=1e-3)
    assert told["update"].startswith("Over the 70 examples of the next step the mean of w̄₁₂⁽¹⁾ is ")


def test_the_step_behind_a_point_ends_at_its_score() -> None:
    trainer = trainer_of(layers=["3 tanh"])
    told = chain.told(trainer, 0, "point", [0])
    assert told["title"] == "The loss of this point"
    score = chain.numbers(trainer, 0)["a_slopes"][-1][0]
    assert float(told["places"][-1].replace("−", "-")) == pytest.approx(score, rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "place"), [("weight", [13]), ("neuron", [2, 0]), ("neuron", [0, 3]), ("neuron", [-1, 2])]
)
def test_what_is_not_there_has_no_step(kind: str, place: list[int]) -> None:
    with pytest.raises(LookupError, match=r"expected a number below \d+, got \d+"):
        chain.told(trainer_of(layers=["3 tanh"]), 0, kind, place)


def test_another_kind_of_thing_has_no_step() -> None:
    with pytest.raises(LookupError, match="expected a weight, a neuron or a point, got 'layer'"):
        chain.told(trainer_of(), 0, "layer", [0])


def test_a_kink_is_told() -> None:
    trainer = trainer_of(layers=["2 relu"])
    for parameter in trainer.parameters:
        parameter.data = 0.0
    told = chain.told(trainer, 0, "neuron", [0, 0])
    assert told["conventions"] == ["relu(z₁⁽¹⁾) at z₁⁽¹⁾ = 0: any slope in z₁⁽¹⁾ from 0 to 1 fits; 0 is taken."]


def test_the_player_opens_at_the_step() -> None:
    trainer = trainer_of(layers=["2 tanh"])
    page, step = chain.player(trainer, 0, "weight", [1])
    found = chain.steps_of(page)
    assert found[step - 1]["phase"] == "backward"
    assert found[step - 1]["gradient"] == "w̄₁₂⁽¹⁾"


# ---------------------------------------------------------------- points and tables


@pytest.mark.parametrize("kind", points.MADE)
def test_points_are_made_again_by_their_seed_and_shown_in_the_plane(kind: str) -> None:
    made = points.made(kind, 200, 0.05, 3)
    assert made == points.made(kind, 200, 0.05, 3)
    assert made != points.made(kind, 200, 0.05, 4)
    assert sum(point.kind for point in made) == pytest.approx(100, abs=5)
    assert max(abs(x) for point in made for x in point[:2]) < points.REACH + 0.3


def test_held_out_points_are_others() -> None:
    trainer = trainer_of(amount=100, share=0.3)
    assert (len(trainer.train), len(trainer.held_out)) == (30, 70)
    assert not {*trainer.train} & {*trainer.held_out}


def test_a_curve_with_holes() -> None:
    made = points.above("ln(x)", 50, 0.0, 1)
    assert all(point.x > 0 and point.kind == (point.y > math.log(point.x)) for point in made)


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ("x +", "the curve: .* at place"),
        ("x*z", r"the curve: expected an expression in x alone, got z; such as sin\(2\*x\)"),
        ("ln(-x*x)", r"the curve: ln\(-x\*x\) has a value almost nowhere between −1.6 and 1.6"),
        ("__import__('os')", "the curve: "),
    ],
)
def test_a_curve_that_is_none(curve: str, message: str) -> None:
    with pytest.raises(SetupError, match=message) as error:
        trainer_of(data="curve", curve=curve)
    assert error.value.field == "curve"


@pytest.mark.parametrize(
    "text",
    [
        "1.5,70,cat\n0.5,60,dog",
        "1.5\t70\tcat\n0.5\t60\tdog",
        "1,5;70;cat\n0,5;60;dog",
        "1.5 70 cat\n\n0.5 60 dog\n",
        'x,y,kind\n1.5,70,"cat"\n0.5,60,"dog"',
    ],
)
def test_tables_of_several_kinds(text: str) -> None:
    found = table.read_table(text)
    assert found.kinds == ("cat", "dog")
    assert [tuple(point) for point in found.points] == [(1.5, 1.5, 0), (-1.5, -1.5, 1)]
    assert (found.middle, found.scale) == ((1.0, 65.0), (1 / 3, 10 / 3))


def test_a_column_of_one_number_is_not_scaled() -> None:
    assert [point.x for point in table.read_table("3 1 a\n3 2 b").points] == [0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table is empty: paste rows of x, y and class"),
        ("x,y,kind", "the table has a heading and no rows"),
        ("1,2,a\n3,4", "line 2: expected three cells, x, y and class, got 2: 3 | 4"),
        ("1,2,a\n3,?,b", "line 2, column 2: expected a number, got ?"),
        ("1,2,a\nnan,1,b", "line 2, column 1: expected a number, got nan"),
        ("1,2,a\n3,4,", "line 2, column 3: expected a class, got nothing"),
        ("1,2,a\n3,4,a", "the third column: expected two classes, got 1: a"),
        ("1,2,a\n3,4,b\n5,6,c", "the third column: expected two classes, got 3: a, b, c"),
        ("1,2,a\n" * 1001, "the table has 1,001 rows: expected at most 1,000"),
    ],
)
def test_a_table_that_is_none(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011  # the message is compared below
        table.read_table(text)
    assert str(error.value).startswith(message)


# ---------------------------------------------------------------- setups that cannot be


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"data": "faces"}, "data", "data: expected one of xor, circles"),
        ({"data": 3}, "data", "data: expected a text, got 3"),
        ({"amount": 1}, "amount", "amount: expected a number from 2 to 1000, got 1"),
        ({"batch": 2.5}, "batch", "batch: expected a whole number, got 2.5"),
        ({"rate": 0}, "rate", "rate: expected a number from 1e-09 to 1e+09, got 0"),
        ({"rate": math.nan}, "rate", "rate: expected a number"),
        ({"rate": True}, "rate", "rate: expected a number"),
        ({"layers": ["0 relu"]}, "layers", "layer 1: expected 1 to 64 neurons, got 0"),
        ({"layers": ["4 relu", "4 best"]}, "layers", "layer 2: expected an activation of scalar, got best"),
        ({"layers": ["64 relu"] * 3}, "layers", "these layers have 8,577 parameters: expected at most 5,000"),
        ({"features": []}, "features", "inputs: expected at least one of x, y"),
        ({"data": "drawn"}, "drawn", "there are no points yet"),
        ({"data": "table", "table": "1,2"}, "table", "line 1: expected three cells"),
    ],
)
def test_a_setup_that_cannot_be(given: dict[str, Any], field: str, message: str) -> None:
    answer = session.begin(given)
    assert answer["error"]["field"] == field
    assert answer["error"]["message"].startswith(message)


def test_points_set_by_hand() -> None:
    answer = session.begin({"data": "drawn", "drawn": [[1, 1, 1], [-1, -1, 0], ["x", 0, 0], [0, 0]], "share": 1})
    assert sorted(answer["points"]) == [[-1.0, -1.0, 0], [1.0, 1.0, 1]]


# ---------------------------------------------------------------- the page's calls


def ask(name: str, **given: Any) -> Any:
    return json.loads(channel.dispatch(f"training.session.{name}", json.dumps(given)))


def test_a_training_by_calls() -> None:
    begun = ask("begin", setup={"layers": ["3 tanh"]})
    assert (begun["error"], begun["train"], begun["sizes"]) == (None, 70, [2, 3, 1])
    now = ask("advance", steps=5, seconds=60, side=24, small=8, example=3)
    assert (now["step"], now["furthest"], now["epoch"]) == (5, 5, 5)
    assert [point[0] for point in now["curve"]] == [0, 1, 2, 3, 4, 5]
    assert len(now["neurons"]) == 2 + 3 + 1
    more = ask("advance", steps=2, seconds=60, since=5)
    assert ([point[0] for point in more["curve"]], more["fresh"]) == ([6, 7], False)
    assert ask("go", step=3)["step"] == 3
    assert ask("look")["furthest"] == 7
    changed = ask("change", kind="rate", value=0.01)
    assert (changed["rate"], changed["furthest"], changed["events"]) == (0.01, 3, [[3, "rate", 0.01]])
    assert ask("change", kind="example", value=1)["step"] == 4
    assert ask("told", kind="neuron", place=[0, 0])["title"] == "Neuron 1 of layer 1"
    assert ask("player", kind="neuron", place=[0, 0])["step"] > 0
    again = ask("begin", setup={"layers": ["3 tanh"]}, events=[*changed["events"], [3, "example", 1]])
    assert again["error"] is None
    assert ask("go", step=4)["parameters"] == session.running().numbers


def test_time_ends_a_call_after_at_least_one_step() -> None:
    ask("begin", setup={})
    assert ask("advance", steps=1_000_000, seconds=0)["step"] == 1


def test_strange_events_of_a_link_are_left_out() -> None:
    ask(
        "begin",
        setup={},
        events=[[1, "rate", -1], ["a", "rate", 1], [2, "explode", 1], 5, [-1, "rate", 1], [4, "rate", 2]],
    )
    assert session.running().events == [(4, "rate", 2)]


def test_nothing_runs_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_running", [])
    with pytest.raises(LookupError, match="no training has begun"):
        session.advance()


def test_numbers_beyond_all_can_be_told() -> None:
    ask("begin", setup={"layers": ["4 relu"], "loss": "squared_error", "rate": 1e8})
    now = ask("advance", steps=500, seconds=60)
    assert "would take the parameters beyond all numbers" in now["stopped"]


# ---------------------------------------------------------------- pictures, and what is offered


def test_the_boundary_is_the_score() -> None:
    trainer = trainer_of(layers=[])
    for parameter, number in zip(trainer.parameters, (3.0, 0.0, 0.0), strict=True):
        parameter.data = number
    import base64

    found = base64.b64decode(pictures.boundary(trainer, 4))
    row = [int(255 / (1 + math.exp(-3 * x)) + 0.5) for x in (-1.5, -0.5, 0.5, 1.5)]
    assert [*found] == row * 4


def test_the_catalogue_has_a_formula_for_all() -> None:
    told = catalogue.catalogue()
    json.dumps(told)
    assert {one["name"] for one in told["activations"]} == ACTIVATIONS.keys()
    for one in [*told["activations"], *told["losses"], *told["optimizers"]]:
        assert len(one["formula"]) > 15, one
    assert "θ ← θ − η·m̂" in catalogue.optimizer("Adam")
    assert catalogue.loss("squared_error").startswith("L = 0.5·(s − t)²")
    assert hasattr(optim, "Adam")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_names_what_there_is(preset: Any) -> None:
    assert preset.setup.keys() <= set(Setup._fields)
    assert preset.lesson.endswith(".")
    read_setup(preset.setup)
