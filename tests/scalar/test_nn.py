"""Neuron, Layer and MLP, as in micrograd and beyond."""

import random
from collections.abc import Iterator

import pytest

from scalar import NOT_COMPUTED, Value, nn


@pytest.fixture(autouse=True)
def _pythons_own_generator_is_left_as_it_was() -> Iterator[None]:
    state = random.getstate()  # where weights come from without a generator, as in micrograd
    random.seed(1337)
    yield
    random.setstate(state)


def test_a_neuron_is_an_activation_of_an_inner_product_plus_bias() -> None:
    neuron = nn.Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 2.0, -3.0, 0.5
    assert neuron([1.0, 0.5]).data == 2.0 * 1.0 - 3.0 * 0.5 + 0.5
    assert neuron([0.0, 1.0]).data == 0.0, "ReLU cuts off −2.5"
    assert nn.Neuron(2, nonlin=False).activation == "linear"


def test_the_inner_product_is_one_node() -> None:
    neuron = nn.Neuron(3, nonlin=False)
    x = [Value(1.0), Value(2.0), Value(3.0)]
    product, bias = neuron(x).parents
    assert [*map(id, product.parents)] == [*map(id, [*neuron.w, *x])]
    assert bias is neuron.b


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus"])
def test_activations(activation: str) -> None:
    neuron = nn.Neuron(1, activation=activation)
    z = neuron.w[0] * 1.5 + neuron.b
    assert neuron([1.5]).data == getattr(z, activation)().data


def test_micrograds_repr() -> None:
    assert repr(nn.Neuron(2)) == "ReLUNeuron(2)"
    assert repr(nn.Neuron(2, nonlin=False)) == "LinearNeuron(2)"
    assert repr(nn.Layer(2, 2)) == "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"
    assert repr(nn.MLP(2, [1, 1])) == "MLP of [Layer of [ReLUNeuron(2)], Layer of [LinearNeuron(1)]]"
    assert repr(nn.MLP(1, [1, 1], activation="tanh")) == "MLP of [Layer of [TanhNeuron(1)], Layer of [LinearNeuron(1)]]"


def test_micrograds_signatures_and_shapes() -> None:
    layer = nn.Layer(3, 2, nonlin=False)
    out = layer([1.0, 2.0, 3.0])
    assert isinstance(out, list)
    assert len(out) == 2
    assert isinstance(nn.Layer(3, 1)([1.0, 2.0, 3.0]), Value)
    assert isinstance(nn.MLP(3, [4, 4, 1])([1.0, 2.0, 3.0]), Value)
    assert len(nn.MLP(3, [4, 4, 2])([1.0, 2.0, 3.0])) == 2  # type: ignore[arg-type]  # two outputs: a list
    assert isinstance(nn.MLP(3, [1, 1])([1.0, 2.0, 3.0]), Value)


def test_parameters_in_order_and_in_number() -> None:
    model = nn.MLP(2, [3, 1])
    first, last = model.layers
    expected = [p for n in [*first.neurons, *last.neurons] for p in [*n.w, n.b]]
    assert [*map(id, model.parameters())] == [*map(id, expected)]
    assert len(model.parameters()) == (2 + 1) * 3 + (3 + 1)
    assert {p.role for p in model.parameters()} == {"parameter"}
    assert nn.Module().parameters() == []


def test_only_the_last_layer_is_linear() -> None:
    model = nn.MLP(2, [3, 3, 1], activation="tanh")
    assert [layer.neurons[0].activation for layer in model.layers] == ["tanh", "tanh", "linear"]


def test_zero_grad_forgets() -> None:
    model = nn.MLP(2, [2, 1], activation="tanh")
    model([1.0, 2.0]).backward()  # type: ignore[union-attr]  # one output: a Value
    assert all(p.grad is not NOT_COMPUTED for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is NOT_COMPUTED for p in model.parameters())


def test_the_seed_decides_the_weights() -> None:
    one, two, other = (nn.MLP(2, [3, 1], generator=random.Random(seed)) for seed in (1, 1, 2))
    assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]
    assert [p.data for p in one.parameters()] != [p.data for p in other.parameters()]
    assert all(-1 <= w.data <= 1 for layer in one.layers for n in layer.neurons for w in n.w)
    assert all(n.b.data == 0 for layer in one.layers for n in layer.neurons)


def test_without_a_generator_the_random_modules_seed_decides_as_in_micrograd() -> None:
    random.seed(1)
    one = nn.MLP(2, [2, 1])
    random.seed(1)
    two = nn.MLP(2, [2, 1])
    assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"Neuron: expected activation in \[.*'relu'.*\], got 'rleu'"):
        nn.MLP(2, [1, 1], activation="rleu")
    with pytest.raises(ValueError, match=r"expected len\(x\) == len\(y\), got 2 and 3"):
        nn.Neuron(2)([1.0, 2.0, 3.0])


def test_a_module_finds_the_parameters_in_its_attributes() -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            self.scale = Value(2.0, "s", role="parameter")
            self.input = Value(1.0, "x")
            self.inner = {"neurons": (nn.Neuron(2), nn.Neuron(1))}

    pair = Pair()
    first, second = pair.inner["neurons"]
    expected = [pair.scale, *first.parameters(), *second.parameters()]
    assert [*map(id, pair.parameters())] == [*map(id, expected)]
