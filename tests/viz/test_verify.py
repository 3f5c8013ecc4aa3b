"""Verified pictures: every stamp, on numbers and on arrays, with planted errors."""

import warnings
from typing import Any

import numpy as np
import pytest

import vector
import viz
from demos import mermaid, pytorch
from demos.mermaid import to_mermaid
from tests.test_planted_errors import Planted
from tests.test_table import vector_rules
from tests.viz.engine import Computed, add, log, matmul, mul, relu, sin, total
from tests.viz.models import Scale
from tests.viz.stub import Product, Stub, constant, operation, parameter
from viz.graph import Graph, Stamp

AGREES = Stamp("agrees")


def verified(output: Computed, **options: Any) -> Graph:
    output.backward()
    return viz.draw(output, verify=True, **options).graph


def locals_(graph: Graph) -> list[str]:
    return [str(edge.stamp or "") for edge in graph.edges]


def gradients(graph: Graph) -> dict[str, str]:
    return {c.name or c.symbol: str(row.stamp or "") for c in graph.cards for row in c.rows if row.key == "grad"}


def test_all_agree() -> None:
    x, y = Stub(2.0, "x"), Stub(-3.0, "y")
    graph = verified(add(mul(x, y), sin(x)))
    assert locals_(graph) == ["✓"] * 5
    assert gradients(graph) == {"x": "✓", "y": "✓", "×": "✓", "sin": "✓", "+": "✓"}
    assert graph.legend.verdicts == ("agrees",)


def test_planted_error_is_found_on_its_edge_and_in_every_gradient_behind_it() -> None:
    #   x ── sin ──✗── sin ── × ── y     the inner derivative is right, the outer is not
    x, y = Stub(0.5, "x"), Stub(2.0, "y")
    inner = sin(x)
    inner.label = "s"
    graph = verified(mul(sin(inner, wrong=0.25), y))
    assert locals_(graph) == ["✓", "✗ measured 0.8873", "✓", "✓"]
    assert gradients(graph) == {"x": "✗ measured 1.557", "s": "✗ measured 1.775", "sin": "✓", "y": "✓", "×": "✓"}
    assert graph.legend.verdicts == ("agrees", "mismatch")


def test_error_of_a_variable_used_twice_lies_on_one_of_its_edges() -> None:
    x = Stub(3.0, "x")
    square = Computed("×", lambda x, y: x * y, lambda g, out, x, y: (g * y, g * 0.0), x, x)
    assert locals_(verified(square)) == ["✓", "✗ measured 3"]


@pytest.mark.parametrize(("at_0", "symbol"), [(0.0, "~"), (0.5, "~"), (1.0, "~"), (-0.5, "✗"), (2.0, "✗")])
def test_kink(at_0: float, symbol: str) -> None:
    graph = verified(relu(Stub(0.0, "x"), at_0))
    assert locals_(graph) == [f"{symbol} measured 0 … 1"]
    assert gradients(graph) == {"x": f"{symbol} measured 0 … 1", "relu": "✓"}


def test_gradient_that_comes_through_a_convention_is_one() -> None:
    # relu(x) − relu(−x) is x, whose derivative is 1; with relu′(0) = 0 it comes out as 0. No rule is wrong.
    x = Stub(0.0, "x")
    minus = mul(x, constant(-1.0))
    graph = verified(add(relu(x), mul(relu(minus), constant(-1.0))))
    assert gradients(graph)["x"] == "~ measured 1"
    assert "✗" not in "".join([*locals_(graph), *gradients(graph).values()])


def test_kink_does_not_excuse_a_mistake() -> None:
    x = Stub(0.0, "x")
    graph = verified(add(relu(x), sin(x, wrong=0.5)))
    assert locals_(graph)[:2] == ["~ measured 0 … 1", "✗ measured 1"]
    assert gradients(graph)["x"] == "✗ measured 1 … 2"


def test_gradient_accumulated_over_two_passes_is_not_the_derivative() -> None:
    x = Stub(3.0, "x")
    y = mul(x, x)
    graph = verified(y)
    assert gradients(graph)["x"] == "✓"
    x.grad *= 2
    assert gradients(viz.draw(y, verify=True).graph)["x"] == "✗ measured 6"


def test_parameter_changed_after_the_backward_pass_is_found() -> None:
    w, x = parameter(3.0), Stub(2.0, "x")
    y = mul(w, x)
    y.backward()
    w.data = 4.0
    assert gradients(viz.draw(y, verify=True).graph)["x"] == "✗ measured 4"


def test_without_a_backward_pass_the_edges_are_checked() -> None:
    graph = viz.draw(sin(Stub(1.0)), verify=True).graph
    assert (locals_(graph), set(gradients(graph).values())) == (["✓"], {""})


def test_steps_out_of_the_domain_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert locals_(verified(log(Stub(1e-3)))) == ["✓"]


def test_what_cannot_be_told_says_why() -> None:
    graph = verified(add(Stub(1.0), Stub(1e20)))
    assert locals_(graph) == ["? lost in rounding", "✓"]
    assert graph.legend.verdicts == ("agrees", "unknown")
    assert "? cannot be judged here" in viz.Drawing(graph, 100).source
    assert locals_(verified(mul(Stub(np.nan), Stub(1.0)))) == ["? not finite here"] * 2


# ---------------------------------------------------------------- arrays


def layer(dtype: str = "float64", wrong: float = 0.0) -> Computed:
    generator = np.random.default_rng(1)
    w = parameter(generator.normal(size=(5, 4)).astype(dtype), "w")
    x = Stub(generator.normal(size=(4, 3)).astype(dtype), "x")
    return total(sin(matmul(w, x, wrong)))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_arrays_agree(dtype: str) -> None:
    graph = verified(layer(dtype))
    assert locals_(graph) == ["✓"] * 4
    assert gradients(graph) == {"w": "✓", "x": "✓", "·": "✓", "sin": "✓", "sum": "✓"}


@pytest.mark.parametrize(("dtype", "wrong"), [("float64", 1e-4), ("float32", 1e-2), ("float16", 0.5)])
def test_planted_error_in_arrays(dtype: str, wrong: float) -> None:
    graph = verified(layer(dtype, wrong))
    assert [line[:1] for line in locals_(graph)] == ["✗", "✓", "✓", "✓"]
    assert {name: text[:1] for name, text in gradients(graph).items()}["w"] == "✗"


def test_kinks_among_the_elements_are_a_convention() -> None:
    graph = verified(total(relu(Stub(np.array([0.0, 1.0, -1.0, 0.0]), "x"))))
    assert locals_(graph) == ["~ measured no limit", "✓"]


def test_the_same_stamps_each_time() -> None:
    assert verified(layer()) == verified(layer())


@pytest.mark.parametrize("wrong", [1.0, 2.0])
@pytest.mark.parametrize(("name", "x", "dtype"), [("tanh", 9.0, "float32"), ("sigmoid", -15.0, "float16")])
def test_what_a_narrow_result_has_no_digits_for_is_neither_accused_nor_confirmed(
    name: str, x: float, dtype: str, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = vector_rules()[name]
    monkeypatch.setattr(rule, "partials", Planted(rule.partials, 0, lambda d: d * wrong))
    leaf = vector.tensor(np.array([x, x], dtype), requires_grad=True, label="x")
    out = getattr(leaf, name)().sum()
    out.backward()
    for judge in (True, pytorch.Judge()):
        assert locals_(viz.draw(out, verify=judge).graph)[0][0] in ("?✓" if wrong == 1 else "?✗")


# ---------------------------------------------------------------- in every format


def test_stamps_are_told_by_colour_by_sign_and_by_line() -> None:
    drawing = viz.draw(add(sin(Stub(1.0), wrong=1.0), relu(Stub(0.0))), verify=True)
    source = drawing.source
    red, amber = drawing.graph.palette.verdicts["mismatch"], drawing.graph.palette.verdicts["convention"]
    assert f'n1 -> n2 [label=< <FONT COLOR="{red}">✗ measured 0.5403</FONT> > color="{red}" penwidth=2.5]' in source
    assert f'n3 -> n4 [label=< <FONT COLOR="{amber}">~ measured 0 … 1</FONT> > color="{amber}" style=dashed]' in source
    assert "✓ agrees with difference quotients" in source
    assert "✗ measured 0.5403" in drawing.text()
    assert '|"✗ measured 0.5403"|' in to_mermaid(drawing.graph)


def test_message_and_stamp_share_a_line() -> None:
    source = viz.draw(sin(Stub(0.0)), verify=True, messages=True).source
    assert "<B>1</B></FONT> <FONT" in source


@pytest.mark.parametrize("palette", ["light", "dark", "print"])
@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "html", "dot", "mmd", "txt"])
def test_every_format(palette: str, suffix: str, tmp_path: Any) -> None:
    output = add(sin(Stub(1.0), wrong=1.0), relu(Stub(0.0)))
    output.backward()
    drawing = viz.draw(output, verify=True, messages=True, palette=palette)
    assert mermaid.save(drawing, tmp_path / f"verified.{suffix}").stat().st_size > 0


def test_hidden_mistakes_are_counted() -> None:
    #   a ──✗─┐
    #   x ────┴ × │ ── sin      what stands before the line is folded
    model = Scale()
    scaled = Computed("×", lambda a, x: a * x, lambda g, out, a, x: (g * x * 3, g * a), model.a, Stub(1.0, "x"))
    folded = verified(sin(scaled), model=model, fold="Scale")
    module = next(card for card in folded.cards if card.role == "module")
    assert str(module.rows[-1].stamp) == "✗ 2 inside"  # the derivative, and the gradient of a
    assert locals_(folded) == ["✓", "✓"]


def test_edges_drawn_as_one_show_the_worst_verdict() -> None:
    #   a ── × ══ +      one of the two edges is wrong; the product is folded
    model = Scale()
    product = mul(model.a, Stub(1.0, "x"))
    doubled = Computed("+", lambda x, y: x + y, lambda g, out, x, y: (g, 2 * g), product, product)
    folded = verified(doubled, model=model, fold="Scale")
    assert locals_(folded) == ["✓", "✗"]


# ---------------------------------------------------------------- mistakes


def test_nodes_that_cannot_be_evaluated() -> None:
    with pytest.raises(TypeError, match=r"verify=True needs nodes with evaluate\(\), which Product does not have"):
        viz.draw(Product(Stub(1.0), Stub(2.0)), verify=True)


def test_output_without_a_ledger() -> None:
    with pytest.raises(TypeError, match=r"verify=True needs a node with chain_rule\(\), which Stub does not have"):
        viz.draw(operation("exp", Stub(1.0)), verify=True)


def test_output_of_several_elements() -> None:
    with pytest.raises(ValueError, match=r"verify=True needs an output of one element; got shape \(2,\) float64"):
        viz.draw(sin(Stub(np.ones(2))), verify=True)


def test_too_much_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.verify.MAX_WORK", 2000)
    output: Stub = Stub(1.0)
    for _ in range(20):
        output = sin(output)
    assert isinstance(output, Computed)
    output.backward()
    message = "verify=True would read more than 2,000 operands to check this graph; check less with depth=5"
    with pytest.raises(ValueError, match=message):
        viz.draw(output, verify=True)
    assert locals_(viz.draw(output, verify=True, depth=3).graph) == ["✓"] * 4
