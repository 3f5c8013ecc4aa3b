"""Modules as frames: which card lies where."""

from typing import Any

import numpy as np
import pytest

import viz
from demos.mermaid import to_mermaid
from tests.viz.models import Layer, Network, Neuron, Scale, Twice, inputs, loss
from tests.viz.stub import Stub, chain, constant, operation, parameter
from viz.clusters import clusters, parts
from viz.walk import topological


def framed(output: Any, model: object) -> dict[str, str]:
    """By frame, the cards in it: their symbols or names."""
    graph = viz.draw(output, model=model).graph
    titles = {cluster.id: cluster.path or cluster.kind for cluster in graph.clusters} | {"": ""}
    held: dict[str, str] = {}
    for card in graph.cards:
        title = titles[card.cluster]
        held[title] = f"{held.get(title, '')} {card.symbol or card.name or card.rows[0].text}".strip()
    return held


def test_neuron_with_its_activation() -> None:
    #   w1 ─┐
    #   x1 ─┴ · ─┐
    #         b ─┴ + ── tanh │ ── − ── **      only what stands before the line is the neuron
    neuron = Neuron(1)
    assert framed(loss(neuron(inputs(1))), neuron) == {"Neuron": "w1 · b + tanh", "": "x1 1 − 2 ^"}


def test_layers_hold_neurons() -> None:
    network = Network(2, 2, 1)
    held = framed(loss(network(inputs(2))[0]), network)
    assert held == {
        "layers.0.neurons.0": "w1 w2 · b + tanh",
        "layers.0.neurons.1": "w1 w2 · b + tanh",
        "layers.1.neurons.0": "w1 w2 · b +",
        "": "x1 x2 1 − 2 ^",
    }


def test_activation_that_no_module_names_lies_in_the_module_around() -> None:
    # The network calls tanh between two layers that know nothing of it.
    network = Network(1, 1, 1)
    first, second = network.layers[0].neurons[0], network.layers[1].neurons[0]
    first.activation = "linear"
    assert framed(second([operation("tanh", first(inputs(1)))]), network)["Network"] == "tanh"


def test_activation_of_another_kind_is_not_the_modules() -> None:
    neuron = Neuron(1)
    assert framed(operation("exp", neuron(inputs(1))), neuron)[""] == "x1 exp"


def test_what_lies_between_two_uses_of_a_module_lies_in_it() -> None:
    #   a ─┬───────────┐
    #   x ─┴ × ── exp ─┴ ×
    model = Twice()
    assert framed(model(Stub(1.0, "x")), model) == {"scale": "a × exp ×", "": "x"}


def test_step_between_two_modules_lies_in_the_one_around_both() -> None:
    first, second = Scale(), Scale()

    class Pair:
        def __init__(self) -> None:
            self.modules = [first, [second]]

        def parameters(self) -> list[Stub]:
            return []

    held = framed(second(operation("exp", first(Stub(1.0, "x")))), Pair())
    assert held == {"modules.0": "a ×", "modules.1.0": "a ×", "Pair": "exp", "": "x"}


def test_step_between_two_models_lies_in_none() -> None:
    first, second = Scale(), Scale()
    held = framed(second(operation("exp", first(Stub(1.0, "x")))), [first, second])
    assert held == {"0": "a ×", "1": "a ×", "": "x exp"}


def test_penalty_on_all_parameters_lies_in_the_model() -> None:
    network = Network(1, 1, 1)
    output = operation("+", network(inputs(1))[0], operation("·", *network.parameters(), label="penalty"))
    assert framed(output, network)["Network"] == "·"


def test_constant_lies_where_it_is_used() -> None:
    neuron, shared = Neuron(1), constant(3.0)
    inside = framed(neuron([constant(7.0)]), neuron)
    assert inside == {"Neuron": "w1 7 · b + tanh"}
    assert framed(operation("×", neuron([shared]), shared), neuron)[""] == "3 ×"


def test_constant_array_is_data_and_lies_outside() -> None:
    model = Scale()
    assert framed(model(constant(np.ones(3))), model)[""] == "(3,) float64"


def test_module_that_is_not_used_has_no_frame() -> None:
    network = Network(1, 2, 1)
    graph = viz.draw(network.layers[0].neurons[1](inputs(1)), model=network).graph
    assert [cluster.path for cluster in graph.clusters] == ["", "layers.0", "layers.0.neurons.1"]
    assert [cluster.title for cluster in graph.clusters] == ["Network", "Layer 1", "Neuron 2"]


def test_frames_stand_inside_one_another() -> None:
    network = Network(1, 1)
    outer, layer, neuron = viz.draw(network(inputs(1)), model=network).graph.clusters
    assert (outer.parent, layer.parent, neuron.parent) == ("", outer.id, layer.id)
    assert layer.contents == ("1 × Neuron", "2 parameters")


def test_parts_of_a_model() -> None:
    found = parts(Network(2, 3, 1))
    assert [part.path for part in found] == [
        "",
        "layers.0",
        *(f"layers.0.neurons.{i}" for i in range(3)),
        "layers.1",
        "layers.1.neurons.0",
    ]
    assert [len(part.parameters) for part in found] == [0, 0, 3, 3, 3, 0, 4]


def test_module_that_holds_itself() -> None:
    neuron = Neuron(1)
    neuron.owner = neuron  # type: ignore[attr-defined]  # modules know one another in some libraries
    assert len(parts(neuron)) == 1


def test_a_thousand_modules_in_a_graph_of_many_nodes() -> None:
    layer = Layer(4, 1000)
    order = topological(layer(inputs(4)))
    found, places = clusters(layer, order)
    assert (len(found), len(order), len(places)) == (1001, 8004, 8000)


def test_deep_graph_needs_no_recursion() -> None:
    neuron = Neuron(1)
    assert framed(neuron([chain(20_000)]), neuron)["Neuron"] == "w1 · b + tanh"


# ---------------------------------------------------------------- as text


def test_frames_are_subgraphs_in_dot_and_mermaid() -> None:
    network = Network(1, 1)
    drawing = viz.draw(network(inputs(1)), model=network)
    names = ["cluster_c1", "cluster_c2", "cluster_c3"]
    lines = [line.strip() for line in drawing.source.splitlines()]
    assert [line.split()[1] for line in lines if line.startswith("subgraph")] == names
    assert lines.count("}") == 4
    blocks = [line for line in to_mermaid(drawing.graph).splitlines() if line.strip().startswith(("subgraph", "end"))]
    assert blocks == [
        '  subgraph c1["Network"]',
        '    subgraph c2["Layer 1"]',
        '      subgraph c3["Neuron 1"]',
        "      end",
        "    end",
        "  end",
    ]


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize("model", [3.0, [], "Layer", Stub(1.0)])
def test_not_a_model(model: object) -> None:
    with pytest.raises(TypeError, match=r"expected a model, an object with parameters\(\); got (float|list|str|Stub)"):
        viz.draw(Stub(1.0), model=model)


def test_model_of_another_graph() -> None:
    with pytest.raises(ValueError, match="that computes with the model's parameters; none of this Neuron is in it"):
        viz.draw(operation("exp", parameter(1.0)), model=Neuron(1))
