"""The terminal drawing."""

import pytest

import viz
from tests.viz.stub import NASTY, SHAPES, Stub, chain, doublings, operation, two_outputs
from viz.labels import cells


def test_shared_node_is_told_once() -> None:
    x = Stub(1.0, "x")
    shared = operation("exp", x, label="e")
    assert viz.draw(operation("+", shared, shared), values=False, gradients=False).text() == (
        "n3 = +\n"
        "├─ n2 e = exp\n"
        "│  └─ n1 x  input\n"
        "└─ n2 e  (shown above)\n"
    )  # fmt: skip


def test_branch_too_deep_for_the_width_goes_on_below() -> None:
    assert viz.draw(chain(4), values=False, gradients=False).text(width=24) == (
        "n5 = tanh\n"
        "└─ n4 = tanh\n"
        "   └─ n3 = tanh\n"
        "      └─ n2…\n"
        "\n"
        "n2 = tanh\n"
        "└─ n1 x  input\n"
    )  # fmt: skip


def test_output_inside_another_is_told_in_its_own_tree() -> None:
    assert viz.draw(two_outputs()[::-1], values=False, gradients=False).text() == (
        "n3 b = log\n"
        "└─ n2 a  (shown below)\n"
        "\n"
        "n2 a = exp\n"
        "└─ n1 x  input\n"
    )  # fmt: skip


def test_hundred_doublings_are_listed_in_linear_time() -> None:
    lines = viz.draw(doublings(100)).text().splitlines()
    assert sum("shown" not in line and bool(line) for line in lines) == 101
    assert len(lines) < 250


@pytest.mark.parametrize("width", [20, 40, 100])
@pytest.mark.parametrize("name", SHAPES)
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    lines = viz.draw(SHAPES[name](), title=NASTY).text(width).splitlines()
    assert max(cells(line) for line in lines) <= width


def test_width_counts_cells_and_not_characters() -> None:
    # Four wide characters take eight cells; a combining accent takes none.
    assert viz.draw(Stub(1.0, "漢字漢字"), values=False, gradients=False).text(width=10) == "n1 漢字漢…\n"
    assert (
        viz.draw(Stub(1.0, "e\u0301" * 4), values=False, gradients=False).text(width=8) == "n1 " + "e\u0301" * 4 + "…\n"
    )


def test_right_to_left_names_leave_the_rest_of_the_line_in_order() -> None:
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    assert viz.draw(Stub(1.0, hebrew)).text() == f"n1 \u2068{hebrew}\u2069  input  value 1  grad not computed\n"


def test_no_escape_sequence_reaches_the_terminal() -> None:
    assert "\x1b" not in viz.draw(Stub(1.0, "\x1b[2J"), title="\x1b[2J").text()
