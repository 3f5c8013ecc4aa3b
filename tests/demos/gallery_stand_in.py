"""A gallery of stand-ins: one example of each kind that the real one has, and each way to have no result."""

from typing import Any

import numpy as np

import scalar
import vector
from demos.gallery.example import Claim, Comparison, Course, Result


def courses() -> list[Course]:
    """Two courses, new ones each time."""
    first = Course("A", 'Ada, "Lectures, first series"')
    first.example("A1", "A product", engines="scalar")(product)
    first.example("A2", "A layer", engines="scalar,vector")(layer)
    first.example("A3", "A wrong claim", engines="vector")(wrong)
    second = Course("B", 'Blaise, "Pensées & <calcul>"')
    second.example("B1", "An error", engines="scalar")(broken)
    second.example("B2", "Something missing", engines="vector", needs=["no_such_module"])(product)
    second.example("B3", "Numbers alone", engines="vector")(numbers)
    return [first, second]


def good_courses() -> list[Course]:
    """The first two alone."""
    course = courses()[0]
    del course.examples["A3"]
    return [course]


def large() -> Course:
    """A course whose one example has more nodes than a picture."""
    course = Course("L", "Large graphs")
    course.example("L1", "A chain", engines="scalar")(chain)
    return course


def chain() -> Result:
    """Adds and multiplies a hundred times."""
    x = y = scalar.Value(1.0, "x")
    for _ in range(100):
        y = y * 0.9 + x
    y.label = "y"
    y.backward()
    return Result(numbers={"y": y.data}, graphs={"The chain": y})


def product() -> Result:
    """Multiplies `x` by itself and by y: x has two uses & a <sum>."""
    x, y = scalar.Value(3.0, "x"), scalar.Value(-2.0, "y", role="parameter")
    f = x * x * y
    f.label = "f"
    f.backward()
    return Result(
        numbers={"f": f.data},
        comparisons=[
            Comparison(name="∂f/∂x", engine=x.grad, closed_form=-12.0, torch=_product_by),
            Comparison(name="∂f/∂y", engine=y.grad, closed_form=9.0),
        ],
        claims=[Claim(statement="`x` has two uses", claimed="2", measured=f"{f.count_paths(x)}")],
        graphs={"f = x·x·y": f, "the square alone": f.parents[0]},
        notes={"By hand": "f' = 2xy\n  < 0 for y < 0"},
    )


def _product_by(torch: Any) -> Any:
    x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    (x * x * -2.0).backward()
    return x.grad


def layer() -> Result:
    """A layer on arrays, and the loss over its outputs."""
    weight = vector.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True, label="W")
    output = np.tanh(np.array([[1.0, 2.0]]) @ weight)
    loss = np.sum(output**2)
    loss.label = "L"
    loss.backward()

    def plot() -> Any:
        from demos.plots import loss_curve

        return loss_curve([3.0, 2.0, 1.5])

    def hopeless() -> Any:
        raise ModuleNotFoundError("No module named 'brushes'", name="brushes")

    slope = 2 * output.data * (1 - output.data**2)
    return Result(
        numbers={"L": loss.data, "gradient": weight.grad},
        comparisons=[Comparison(name="∂L/∂W", engine=weight.grad, closed_form=np.array([[1.0], [2.0]]) * slope)],
        graphs={"the layer": loss},
        plots={"The loss": plot, "A painting": hopeless},
    )


def wrong() -> Result:
    """Says that one is two."""
    return Result(numbers={"one": 1.0}, comparisons=[Comparison(name="one", engine=1.0, closed_form=2.0)])


def broken() -> Result:
    """Divides by zero."""
    return Result(numbers={"y": 1 / 0})


def numbers() -> Result:
    """Has nothing to draw."""
    return Result(numbers={"a table": np.arange(6.0).reshape(2, 3), "a truth": True, "a word": "yes & <no>"})
