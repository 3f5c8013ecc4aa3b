"""The ledger of a tensor as text, LaTeX, CSV and HTML."""

import base64
import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from vector import Tensor, nn, tensor
from vector.diagnostics import page


def layer() -> Tensor:
    """Σ (x·Wᵀ + b)² + ½ Σ W."""
    x = tensor([[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]], label="x")
    W = tensor([[0.5, -1.0], [1.5, 2.0]], requires_grad=True, label="W")
    b = tensor([0.25, -0.5], requires_grad=True, label="b")
    z = vector.rules.linear_map(x, W, b)
    loss: Tensor = (z**2).sum() + 0.5 * W.sum()
    z.label, loss.label = "z", "L"
    return loss


def network(features: int, hidden: int, classes: int, batch: int) -> Tensor:
    generator = np.random.default_rng(0)
    model = nn.MLP(features, [hidden, classes], activation="tanh", generator=generator)
    return nn.cross_entropy(model(generator.normal(size=(batch, features))), generator.integers(0, classes, batch))


def paragraphs(out: Tensor) -> list[str]:
    return str(out.chain_rule()).split("\n\n")


BACKWARD = """
L̄ = 1
v̄4 = L̄ = 1

    L = v2 + v4
    Rule: add: x + y. Hands the gradient on to both.

v̄3 = v̄4·0.5 = 1·0.5 = 0.5

    v4 = 0.5·v3, so ∂v4/∂v3 = 0.5
    Rule: out = x·y, so ∂out/∂y = x. Swaps: each factor gets the gradient times the other.

v̄2 = L̄ = 1

                                                          [ 1  1 ]
v̄1 = broadcast_to(v̄2, (3, 2)) = broadcast_to(1, (3, 2)) = [ 1  1 ]
                                                          [ 1  1 ]
                                                           (3, 2)

    v2 = Σ v1
    Rule: sum: Σ x. Hands the whole gradient to each summand.

                 [ 1  1 ]        [ −1.25  5   ]    [ −2.5  10 ]
z̄ = v̄1 ⊙ (2·z) = [ 1  1 ] ⊙ (2 · [  2.75  2   ]) = [  5.5   4 ]
                 [ 1  1 ]        [ −0.25  0.5 ]    [ −0.5   1 ]
                  (3, 2)             (3, 2)           (3, 2)

    v1 = z², so ∂v1/∂z = 2·z
    Rule: out = x^y, so ∂out/∂x = y·x^(y − 1). The exponent comes down, as a factor.

                      [ −2.5  10 ]
b̄ = Σ rows z̄ = Σ rows [  5.5   4 ] = [ 2.5  15 ]
                      [ −0.5   1 ]       (2,)
                         (3, 2)

    z = x·Wᵀ + b
    Rule: linear: x·Wᵀ + b. Swaps: x gets the gradient times W, and W the gradient times x; b gets the sum
    over the rows.

W̄[via v3] = broadcast_to(v̄3, (2, 2)) = broadcast_to(0.5, (2, 2)) = [ 0.5  0.5 ]
                                                                   [ 0.5  0.5 ]
                                                                      (2, 2)

                                        [ 1   2   ]
W̄[via z] = z̄ᵀ·x = [ −2.5  5.5  −0.5 ] · [ 3  −1   ] = [ 14  −10.75 ]
                  [ 10    4     1   ]   [ 0   0.5 ]   [ 22   16.5  ]
                         (2, 3)            (3, 2)         (2, 2)

W̄ = W̄[via v3] + W̄[via z] = [ 0.5  0.5 ] + [ 14  −10.75 ] = [ 14.5  −10.25 ]
                           [ 0.5  0.5 ]   [ 22   16.5  ]   [ 22.5   17    ]
                              (2, 2)          (2, 2)            (2, 2)

Signs

x̄: ∂L/∂x, for each name x
⊙: element by element
·: the product of matrices, or with a number
ᵀ: rows and columns exchanged
Σ: the sum of all elements
rows: over the rows: what is left is one number for each column
[via z]: what z, that is computed with it, sends back; ′ for a second use
broadcast_to: repeated in this shape
"""


def test_text() -> None:
    forward, _, backward = str(layer().chain_rule()).partition("\nBackward\n")
    assert backward == BACKWARD.rstrip()
    assert "z = x·Wᵀ + b = [ 3  −1   ] · [  0.5  1.5 ] + [ 0.25  −0.5 ] = [  2.75  2   ]" in forward


def test_cross_entropy_is_opened() -> None:
    text = str(network(2, 3, 2, 3).chain_rule())
    found = re.findall(
        r"^(largest|e|total|p|targets|p_target|losses|v5|one_hot|v̄4) = (.*?)(?: = |$)", text, re.MULTILINE
    )
    expected = {
        "largest": "max columns v4", "e": "exp(v4 − largest)", "total": "Σ columns e", "p": "e/total",
        "targets": "[ 0  0  1 ]", "p_target": "p[0…2, targets]", "losses": "−log(p_target)", "v5": "mean(losses)",
        "one_hot": "", "v̄4": "(p − one_hot)·(v̄5/3)",
    }  # fmt: skip
    assert [name for name, _ in found] == [*expected]
    assert all(how.startswith(expected[name]) for name, how in found if name not in ("targets", "one_hot"))
    assert "−log([ " in text, "of what the logarithm is stands there in numbers"


def test_cross_entropy_of_one_example_says_its_class() -> None:
    logits = vector.tensor([[1.0, 2.0]], requires_grad=True, label="z")
    assert "p_target = p[[0], [1]] = " in str(nn.cross_entropy(logits, [1]).chain_rule())


def test_latex() -> None:
    first, *lines, last = layer().chain_rule().latex().splitlines()
    assert (first, last) == (r"\begin{align*}", r"\end{align*}")
    assert all(line.count("{") == line.count("}") for line in lines)
    assert r"{\overline{W}}_{\text{via }z} &= {\overline{z}}^{\top}\cdot {x} = \underset{\text{(2, 3)}}" in "".join(
        lines
    )
    assert r"\begin{bmatrix} 14 & -10.75 \\ 22 & 16.5 \end{bmatrix}" in lines[-1]
    assert r"\vdots" in network(8, 9, 10, 11).chain_rule().latex()


def test_csv() -> None:
    out = layer()
    rows = list(csv.DictReader(io.StringIO(out.chain_rule().to_csv())))
    terms = [term for step in out.chain_rule() for term in step.terms]
    assert len(rows) == len(terms) + 1
    for row, term in zip(rows[1:], terms, strict=True):
        assert np.array_equal(json.loads(row["product"]), term.product)
        assert row["reading"] == term.reading
    assert [row["reading"] for row in rows if row["variable"] == "W"] == ["broadcast_to(v̄3, (2, 2))", "z̄ᵀ·x"]


def test_reasons_in_the_words_of_the_player() -> None:
    reasons = {term.reason for step in layer().chain_rule() for term in step.terms if step.variable.label == "W"}
    assert ("z = x·Wᵀ + b", "W̄ = z̄ᵀ·x", "linear: x·Wᵀ + b", "") in {reason[:4] for reason in reasons}
    (lines,) = [term.reason.lines for step in vector.tanh(tensor(0.5, True)).chain_rule() for term in step.terms]
    assert lines == (
        "v2 = tanh(v1), so ∂v2/∂v1 = 1 − v2²",
        "Rule: out = tanh(x), so ∂out/∂x = 1 − out². "
        "tanh: (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), between −1 and 1. Near its ends it hands little on.",
    )


def data(html: str) -> Any:
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_html_has_each_array_once_and_its_numbers() -> None:
    ledger = network(8, 9, 10, 11).chain_rule()
    shown = data(ledger._repr_html_())
    numbers = [np.frombuffer(base64.b64decode(array["data"]), f"float{array['bits']}") for array in shown["arrays"]]
    assert all(len(x) == np.prod(array["shape"]) for x, array in zip(numbers, shown["arrays"], strict=True))
    *_, last = shown["steps"]
    line = last["parts"][-1]["lines"][-1]
    assert line["name"] == "W̄⁽¹⁾"
    assert ["W⁽¹⁾", "layers.0.weight"] in shown["signs"]
    made = line["sides"][-1][0]["made"]
    left, right = (numbers[i].reshape(shown["arrays"][i]["shape"]) for i in made["of"])
    *_, step = ledger
    np.testing.assert_allclose(left @ right, step.total, 1e-4, 1e-6)
    told = [why for step in shown["steps"] for part in step["parts"] for why in part["why"]]
    assert sum("Rule: linear" in why for why in told) == 1


def test_html_is_safe_and_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    x = tensor(np.ones((9, 9)), requires_grad=True, label="</script><b>")
    html = x.sum().chain_rule()._repr_html_()
    assert "</script><b>" not in html
    monkeypatch.setattr(page, "MOST_NUMBERS", 10)
    first, *_ = data(x.sum().chain_rule()._repr_html_())["arrays"]
    assert first["cells"] == [[["1", "…", "1"], ["⋮", "", "⋮"], ["1", "…", "1"]]]


@pytest.mark.parametrize(
    ("f", "shown"),
    [
        (lambda x: x[:, :0].sum(), "(2, 0)"),
        (lambda x: (x.reshape(2, 1, 3) * np.ones((1, 2, 1))).sum(), "[1] [ "),
        (lambda x: np.broadcast_to(x, (40, 2, 3)).sum(), "1 … 1, norm 15.49"),
        (lambda x: vector.where(x > 1e9, vector.log(x - x), 0.0).sum(), "(where 0·∞ is 0)"),
        (lambda x: np.einsum("ij,kj->ik", x, x).sum(), "Σ k v̄1[i,k]·x[k,j] → [i,j]"),
        (lambda x: Cube.apply(x).sum(), "x̄ = Cube.backward(v̄1, x) = Cube.backward(["),
        (lambda x: vector.relu(x - 2).sum(), "v̄1 = v̄2 ⊙ [v2 ≠ 0] = "),
        (lambda x: vector.maximum(x, 2).sum(), "x̄ = v̄1 ⊙ (1 − 0.5·([x < 2] + [x ≤ 2]))"),
        (lambda x: x.astype("float32").sum(), "x̄ = v̄1 = [ 1  1  1 ]"),
        (lambda x: np.take(x, [2, 0, 2]).sum(), "places = [ 3  1  3 ]"),
        (lambda x: np.take(x, [2, 0, 2]).sum(), "x̄ = reshape(collected(v̄1, places, 6), (2, 3)) = reshape([ 1  0  2  0"),
        (lambda x: (np.transpose(x[None, :, :2], (0, 2, 1)) ** 2).sum(), "v2 = transpose(v1, (0, 2, 1)) = "),
        (lambda x: np.pad(x, 1).sum(), "x̄ = reshape(collected(reshape(v̄1, (20,)), places, 6), (2, 3))"),
    ],
)
def test_of_all_kinds(f: Any, shown: str) -> None:
    with np.errstate(all="ignore"):
        ledger = f(tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True, label="x")).chain_rule()
    assert shown in str(ledger)
    assert ledger.latex().count("{") == ledger.latex().count("}")
    assert data(ledger._repr_html_())["steps"]


class Cube(vector.Function):
    """x³."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


def test_names_of_a_rule_give_way_to_those_of_the_graph() -> None:
    p = tensor([[0.5, 1.0]], requires_grad=True, label="p")
    text = str(nn.cross_entropy(p, [0]).chain_rule())
    assert "p₂ = e/total" in text
    assert "p̄ = (p₂ − one_hot)·(v̄1/1)" in text


def attention(heads: int = 2) -> Tensor:
    """softmax(q·kᵀ)·v of some heads, of which each opens its softmax, forward and backward."""
    x = tensor([[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]], label="x")
    loss: Any = 0
    for head in range(heads):
        w = [tensor(np.eye(2) + i + head, requires_grad=True, label=name) for i, name in enumerate("qkv")]
        q, k, v = (x @ one / 4 for one in w)
        loss = loss + ((vector.softmax(q @ k.T) @ v) ** 2).sum()
    return loss


@pytest.mark.parametrize("out", [attention(), layer(), network(2, 3, 2, 3), network(2, 3, 2, 3) * network(2, 3, 2, 3)])
def test_no_name_stands_for_two_numbers(out: Tensor) -> None:
    """`t1` was the largest logit forward, and backward a sum; and each head had its own."""
    ledger = out.chain_rule()
    values: dict[str, Any] = {}
    for lines in [*map(ledger.lines.of, ledger.names), *(term.lines for step in ledger for term in step.terms)]:
        for line in lines[:-1]:
            np.testing.assert_array_equal(values.setdefault(line.name, line.value), line.value)
    assert not values.keys() & {*ledger.names.values(), *ledger.bars}
    starts = re.findall(r"^([^ \[]+(?:\[via [^]]*\])?) = ", str(ledger), re.MULTILINE)
    assert len(starts) == len({*starts})


def test_a_sum_of_products_is_in_brackets() -> None:
    text = str(attention(1).chain_rule())
    assert re.search(r"^t₁ = Σ columns \((.*) ⊙ (.*)\) = Σ columns \(\[", text, re.MULTILINE)


def test_a_tensor_with_a_thousand_uses() -> None:
    """Their sum was written out, with a RecursionError; then not at all."""
    x = tensor(0.5, requires_grad=True, label="x")
    y: Any = x
    for _ in range(1000):
        y = y + x
    ledger = y.chain_rule()
    *_, rest, total, number = steps_of(ledger.text())
    assert rest == "995 more of x̄ = 995"
    shown = " + ".join(f"x̄[via v{n}]" for n in range(1000, 994, -1))
    assert (total, number.strip()) == (f"x̄ = {shown} + (995 more of x̄)", "= 1001")
    *_, last = steps_of(str(ledger))
    assert last == "… and 801 more steps, which text() writes"
    assert r"\text{… and 801 more steps, which text() writes}" in ledger._repr_latex_()


def test_the_whole_sum_on_request() -> None:
    x = tensor([1.0, 2.0], requires_grad=True, label="x")
    y = np.sum(np.stack([x * float(k) for k in range(1, 12)]))
    *_, last = (line for line in steps_of(y.chain_rule().text(uses=None)) if line.startswith("x̄ = "))
    assert last.count("x̄[via ") == 11
    assert "more" not in last


@pytest.mark.parametrize(("uses", "shown"), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (7, 5)])
def test_however_few_parts_are_asked_for_the_first_is_one_of_them(uses: int, shown: int) -> None:
    """One part at most left out the last alone, and two left out all."""
    x = tensor(0.5, requires_grad=True, label="x")
    lines = steps_of(np.sum(np.stack([x * float(k) for k in range(8)])).chain_rule().text(uses=uses))
    *_, last = (line for line in lines if line.startswith("x̄ = "))
    assert last.count("[via ") == shown
    assert f"({8 - shown} more of x̄)" in last


@pytest.mark.parametrize(
    "make", [lambda x, n: sum([x * 2.0] * n), lambda x, n: np.sum(np.stack([x] * n))], ids=["sums", "stack"]
)
def test_the_ledger_grows_with_its_terms(make: Callable[..., Tensor]) -> None:
    sizes = []
    for n in (200, 400):
        ledger = make(tensor(0.5, requires_grad=True, label="x"), n).chain_rule()
        sizes.append([len(text) for text in (ledger.text(), ledger.latex(), ledger.to_csv())])
    assert all(large < 2.2 * small for small, large in zip(*sizes, strict=True)), sizes


def test_a_large_array_stands_in_the_csv_once() -> None:
    """Each of n operands of a stack wrote the n numbers of the upstream gradient."""
    x = tensor(np.ones(101), requires_grad=True, label="x")
    small, large = (list(csv.DictReader(io.StringIO(y.sum().chain_rule().to_csv()))) for y in (x[:5] * 2, x + x))
    assert [row["upstream"] for row in small[1:]] == ["1.0", "[1.0, 1.0, 1.0, 1.0, 1.0]", "[2.0, 2.0, 2.0, 2.0, 2.0]"]
    assert [row["upstream"] for row in large[1:]] == ["1.0", "total of v1", "total of v1"]
    assert [len(row["total"]) for row in large[-2:]] == [len(str([2.0] * 101)), len("as above")]


def steps_of(text: str) -> list[str]:
    return text.partition("\nSigns\n")[0].rstrip().splitlines()


def test_a_rule_is_told_once() -> None:
    text = " ".join(str(attention().chain_rule()).split())
    rules = re.findall(r"Rule: .*?\. ", text)
    assert len(rules) == len({*rules})
    assert text.count("Rule: matmul: x·y. Swaps: each gets the gradient times the other.") == 1


def test_the_signs_that_occur_are_explained() -> None:
    x = tensor([1.0, 2.0], requires_grad=True, label="x")
    assert str((x + x).sum().chain_rule()).partition("\nSigns\n\n")[2].splitlines() == [
        "x̄: ∂v2/∂x, for each name x",
        "Σ: the sum of all elements",
        "[via z]: what z, that is computed with it, sends back; ′ for a second use",
        "broadcast_to: repeated in this shape",
    ]
    assert "[x > 0]: 1 where that is so, else 0\n" in str(vector.relu(x).sum().chain_rule())


def test_the_gradient_of_a_path_reads_well() -> None:
    ledger = network(2, 3, 2, 3).chain_rule()
    assert "\nb̄⁽¹⁾ = Σ rows v̄2" in str(ledger)
    assert str(ledger).endswith("\nb⁽²⁾: layers.1.bias")
    assert r"W^{(1)} &= \mathrm{layers.0.weight}" in ledger.latex()


def test_exponents() -> None:
    x, y = tensor([1.5, 2.0], True, label="x"), tensor([0.5, 2.0], True, label="y")
    found = (x**3 + x**-0.5 + x**y + x ** (y - 1)).sum().chain_rule()
    lines = [line.split(" = ")[1] for line in str(found).splitlines() if re.match(r"v\d+ = x", line)]
    assert lines == ["x³", "x^(−0.5)", "x^y", "x^v6"]
    assert all(f"= {raised} =" in found.latex() for raised in ("{x}^{3}", "{x}^{-0.5}", "{x}^{{y}}", "{x}^{{v_{6}}}"))


def test_the_windows_of_an_image_without_a_gradient_have_a_name() -> None:
    layer = nn.Conv2d(1, 1, 2, generator=np.random.default_rng(0))
    text = ""
    for grad, name in ((False, "windows"), (True, r"v\d+")):
        image = tensor(np.arange(9.0).reshape(1, 1, 3, 3), grad, label="x")
        text = str(layer(image).sum().chain_rule())
        assert re.search(rf"^v\d+ = v\d+·{name} ", text, re.MULTILINE), text
        assert "windows: what each window sees of an image, a column each" in text
    assert "reshape: the same numbers in this shape" in text
    assert "overlap_add: windows laid down where they were cut out, and added" in text


def test_a_number_that_stands_alone_has_no_brackets() -> None:
    x = tensor([1.0, 2.0], True, label="x")
    ledger = (0.5 * -x.sum()).chain_rule()
    assert "v3 = 0.5·v2 = 0.5·(−3) = −1.5\n" in str(ledger)
    assert r"{v_{3}} &= 0.5\cdot {v_{2}} = 0.5\cdot (-3) = {-1.5} \\" in ledger.latex()
    ends = [line["sides"][-1] for step in data(ledger._repr_html_())["steps"] for line in step["parts"][0]["lines"]]
    assert ["−1.5"] in ends
