"""Cards that stand for several others."""

import re
from typing import Any

import pytest

import viz
from tests.viz.models import Network, Neuron, inputs, loss
from tests.viz.stub import NASTY, Product, Stub, chain, doublings, neuron, operation, parameter
from viz.dot import to_dot
from viz.graph import Card, Edge, Graph
from viz.render import render


def drawn(output: Any, **options: Any) -> Graph:
    return viz.draw(output, **options).graph


def told(card: Card) -> list[str]:
    return [card.name, *(row.text for row in card.rows)]


def stand_ins(graph: Graph) -> list[list[str]]:
    return [told(card) for card in graph.cards if card.role == "module"]


def edges(graph: Graph) -> list[tuple[str, str, int]]:
    name = {card.id: card.symbol or card.name for card in graph.cards}
    return [(name[edge.tail], name[edge.head], edge.values) for edge in graph.edges]


# ---------------------------------------------------------------- modules


def test_folded_layers() -> None:
    network = Network(2, 3, 1)
    graph = drawn(loss(network(inputs(2))[0]), model=network, fold="Layer")
    assert stand_ins(graph) == [
        ["Layer 1", "3 × Neuron", "9 parameters", "18 nodes"],
        ["Layer 2", "1 × Neuron", "4 parameters", "6 nodes"],
    ]
    assert edges(graph)[:4] == [
        ("x1", "Layer 1", 1),
        ("x2", "Layer 1", 1),
        ("Layer 1", "Layer 2", 3),
        ("Layer 2", "−", 1),
    ]
    assert [cluster.title for cluster in graph.clusters] == ["Network"]


def test_nothing_is_lost_by_folding() -> None:
    network = Network(2, 16, 16, 1)
    output = loss(network(inputs(2))[0])
    nodes = len(drawn(output).cards)
    for fold in ("Network", "Layer", "Neuron"):
        graph = drawn(output, model=network, fold=fold)
        hidden = [int(text.split()[0]) for text in (told(c)[-1] for c in graph.cards if c.role == "module")]
        assert sum(hidden) + sum(card.role != "module" for card in graph.cards) == nodes
        assert len(graph.cards) < 12


def test_neurons_that_are_alike_are_one_card() -> None:
    network = Network(2, 3, 1)
    graph = drawn(loss(network(inputs(2))[0]), model=network, fold="Neuron")
    assert stand_ins(graph) == [
        ["Neuron × 3", "3 parameters each", "18 nodes"],
        ["Neuron 1", "4 parameters", "6 nodes"],
    ]
    assert ("Neuron × 3", "Neuron 1", 3) in edges(graph)
    assert [cluster.title for cluster in graph.clusters] == ["Network", "Layer 1", "Layer 2"]


def test_layers_in_a_row_are_not_alike() -> None:
    network = Network(2, 2, 2, 2)
    graph = drawn(operation("sum", *network(inputs(2))), model=network, fold="Layer")
    assert [lines[0] for lines in stand_ins(graph)] == ["Layer 1", "Layer 2", "Layer 3"]


def test_neurons_that_see_different_inputs_are_not_alike() -> None:
    network = Network(1, 2)
    first, second = network.layers[0].neurons
    output = operation("+", first([Stub(1.0, "x")]), second([Stub(2.0, "y")]))
    assert [lines[0] for lines in stand_ins(drawn(output, model=network, fold="Neuron"))] == ["Neuron 1", "Neuron 2"]


def test_one_module_is_folded_by_its_path() -> None:
    network = Network(1, 2, 1)
    graph = drawn(loss(network(inputs(1))[0]), model=network, fold=["layers.0", "layers.1.neurons.0"])
    assert [lines[0] for lines in stand_ins(graph)] == ["Layer 1", "Neuron 1"]


def test_outermost_folded_module_hides_the_inner_ones() -> None:
    network = Network(1, 2, 1)
    output = loss(network(inputs(1))[0])
    assert drawn(output, model=network, fold=["Neuron", "Network"]) == drawn(output, model=network, fold="Network")


def test_outputs_are_never_hidden() -> None:
    network = Network(1, 1)
    (output,) = network(inputs(1))
    graph = drawn(output, model=network, fold="Network")
    assert [card.role for card in graph.cards] == ["input", "module", "output"]
    assert graph.cards[-1].cluster == ""
    assert graph.clusters == ()


def test_fold_without_names_changes_nothing() -> None:
    network = Network(1, 1)
    assert drawn(network(inputs(1)), model=network, fold=[]) == drawn(network(inputs(1)), model=network)


# ---------------------------------------------------------------- depth


def test_what_lies_too_deep_is_counted() -> None:
    #   w, x ── × ── + ── tanh          depth 1
    graph = drawn(neuron(), depth=1)
    assert [told(card)[0] or card.symbol for card in graph.cards] == ["… 4 more nodes", "+", "y"]
    assert [(e.tail, e.head, e.values) for e in graph.edges] == [("more", "n5", 2), ("n5", "n6", 1)]


def test_depth_is_the_shortest_way_to_an_output() -> None:
    #   x ── exp ── exp ── ×       x is an operand of × too
    #   └──────────────────┘
    x = Stub(1.0, "x")
    graph = drawn(operation("×", operation("exp", operation("exp", x)), x), depth=1)
    assert edges(graph) == [("x", "… 1 more node", 1), ("… 1 more node", "exp", 1), ("exp", "×", 1), ("x", "×", 1)]


def test_depth_0_shows_the_outputs_alone() -> None:
    assert [card.role for card in drawn(neuron(), depth=0).cards] == ["hidden", "output"]


def test_depth_beyond_the_graph_changes_nothing() -> None:
    assert drawn(neuron(), depth=99) == drawn(neuron())


def test_message_from_the_hidden_part_is_kept_where_it_is_one() -> None:
    (x, y) = Stub(2.0), Stub(3.0)
    shown = drawn(Product(operation("exp", x), y), depth=0, messages=True)
    assert [edge.message for edge in shown.edges] == [None]
    shown = drawn(Product(x, x), depth=0, messages=True)
    assert shown.edges == (Edge("more", "n2", 1, False, None, values=1),)


def test_depth_of_a_large_graph() -> None:
    assert drawn(chain(100_000), depth=2).cards[0].name == "… 99,998 more nodes"
    assert len(drawn(doublings(1000), depth=5).cards) == 7


def test_depth_and_modules_together() -> None:
    network = Network(1, 4, 1)
    graph = drawn(loss(network(inputs(1))[0]), model=network, depth=3)
    assert [cluster.path for cluster in graph.clusters] == ["", "layers.1", "layers.1.neurons.0"]


def test_hidden_nodes_in_a_terminal() -> None:
    assert viz.draw(neuron(), depth=1, values=False, gradients=False).text() == (
        "n6 y = tanh\n"
        "└─ n5 = +\n"
        "   └─ … 4 more nodes  ← 2 values\n"
    )  # fmt: skip


# ---------------------------------------------------------------- mistakes


def test_unknown_module() -> None:
    network = Network(1, 1)
    message = r"expected fold to name modules .*by class \('Network', 'Layer', 'Neuron'\) or path; got 'Linear'"
    with pytest.raises(ValueError, match=message):
        drawn(network(inputs(1)), model=network, fold="Linear")


def test_fold_without_a_model() -> None:
    with pytest.raises(ValueError, match=r"expected the model whose modules fold=\('Layer',\) names; give model="):
        drawn(neuron(), fold="Layer")


def test_negative_depth() -> None:
    with pytest.raises(ValueError, match="expected depth >= 0 operations below the outputs; got -1"):
        drawn(neuron(), depth=-1)


def test_nasty_names_of_modules() -> None:
    kind = type(NASTY.split("\n")[0].replace("\x00", ""), (Neuron,), {})
    model = kind(1)
    assert NASTY.split("\n")[0] in drawn(operation("exp", model([parameter(1.0)])), model=model).clusters[0].title


# ---------------------------------------------------------------- doors


def doors(view: Graph) -> dict[str, int]:
    return {card.name: card.door for card in view.cards if card.door}


def names(view: Graph) -> list[str]:
    return [card.name or card.symbol for card in view.cards]


def test_a_folded_layer_opens_and_in_it_a_neuron() -> None:
    network = Network(2, 3, 1)
    first, *others = viz.draw(loss(network(inputs(2))[0]), model=network, fold="Layer").views()
    layer = others[doors(first)["Layer 1"] - 1]
    assert (layer.title, layer.around) == ("Layer 1", 0)
    assert names(layer) == ["x1", "x2", "Neuron 1", "Neuron 2", "Neuron 3", "Layer 2"]
    assert [cluster.title for cluster in layer.clusters] == ["Layer 1"]
    assert [card.name for card in layer.cards if card.cluster] == ["Neuron 1", "Neuron 2", "Neuron 3"]
    assert doors(layer).keys() == {"Neuron 1", "Neuron 2", "Neuron 3"}  # Layer 2 is outside, and opens elsewhere
    neuron = others[doors(layer)["Neuron 2"] - 1]
    assert others[neuron.around - 1] is layer
    assert names(neuron) == ["x1", "x2", "w1", "w2", "·", "b", "+", "tanh", "·"]  # the last lies in layer 2
    assert not doors(neuron)


def test_modules_that_are_alike_open_what_is_around_them() -> None:
    network = Network(2, 3, 1)
    first, *others = viz.draw(loss(network(inputs(2))[0]), model=network, fold="Neuron").views()
    opened = others[doors(first)["Neuron × 3"] - 1]
    assert doors(opened).keys() == {"Neuron 1", "Neuron 2", "Neuron 3"}
    towers, x = [Network(2, 2), Network(2, 2)], inputs(2)
    output = operation("sum", *(y for tower in towers for y in tower(x)))
    first, *others = viz.draw(output, model=towers, fold="Network").views()
    whole = others[doors(first)["Network × 2"] - 1]
    assert (whole.title, whole.around) == ("All modules", 0)
    assert doors(whole).keys() == {"Network 1", "Network 2"}


def test_the_module_around_all_others_opens_too() -> None:
    network = Network(2, 3, 1)
    first, *others = viz.draw(loss(network(inputs(2))[0]), model=network, fold="Network").views()
    assert doors(others[doors(first)["Network"] - 1]).keys() == {"Layer 1", "Layer 2"}


def test_every_node_is_behind_some_door() -> None:
    network = Network(2, 4, 3, 1)
    output = loss(network(inputs(2))[0])
    everything = {card.id for card in drawn(output).cards}
    for options in ({"model": network, "fold": "Layer"}, {"model": network, "fold": "Neuron"}, {"max_nodes": 5}):
        views = viz.draw(output, **options).views()
        reached = {0, *(door for view in views for door in doors(view).values())}
        assert everything == {c.id for i in reached for c in views[i].cards} & everything
    long, shown = drawn(chain(1000)), viz.draw(chain(1000), max_nodes=5).views()
    assert {card.id for view in shown for card in view.cards} >= {card.id for card in long.cards}
    assert max(len(view.cards) for view in shown) < 100
    assert {(x.tail, x.head) for view in shown for x in view.edges} >= {(x.tail, x.head) for x in long.edges}


def test_what_is_too_much_for_all_views_says_so() -> None:
    shown = viz.draw(chain(20_000)).views()
    closed = [card for view in shown for card in view.cards if told(card)[-1] == "too many to open here"]
    assert closed
    assert not any(card.door for card in closed)
    assert sum(len(view.cards) for view in shown) < 2000


def test_the_neurons_of_a_layer_stand_in_their_order() -> None:
    """Graphviz put neuron 8 between 2 and 3, to have fewer crossings."""
    network = Network(2, 12, 12, 1)
    views = viz.draw(loss(network(inputs(2))[0]), model=network, fold="Layer").views()
    svg = render(to_dot(views[doors(views[0])["Layer 1"]]), "svg").decode()
    placed = [(float(y), name) for y, name in re.findall(r'y="(-?[\d.]+)"[^>]*>(Neuron \d+)<', svg)]
    assert [name for _, name in sorted(placed)] == [f"Neuron {i}" for i in range(1, 13)]


def test_pages_with_doors_are_bounded() -> None:
    network = Network(2, 16, 16, 1)
    page = viz.draw(loss(network(inputs(2))[0]), model=network, fold="Layer").html()
    assert len(page) < 500_000
    assert len(viz.draw(chain(20_000)).html()) < 1_000_000
    assert 'href="#view=' in page
    assert "href" not in viz.draw(loss(network(inputs(2))[0]), model=network, fold="Layer").source
