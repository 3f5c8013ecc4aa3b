"""The exercise sheet in a browser: filled in, checked, saved, printed, and read by everybody."""

import json
from pathlib import Path
from typing import Any

import pytest

import viz
from demos.exercise.check import drawn_sheet, read_answers
from tests.exercise_cases import CASES, QUESTIONS, SHEET
from tests.viz.browser import opened
from tests.viz.test_questions import fan_out, matmul

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return viz.exercise(fan_out(), tmp_path_factory.mktemp("exercise") / "sheet.html", title="A fan-out")


def test_both_judges_say_the_same(browser: Any, path: Path) -> None:
    given = [[QUESTIONS[name], text] for name, text, _, _ in CASES]
    with opened(browser, path) as page:
        verdicts = page.evaluate(
            "([given, sheet]) => given.map(([question, text]) => judge(question, text, namesFor(question, sheet)))",
            [given, SHEET],
        )
    for (_, text, right, words), verdict in zip(CASES, verdicts, strict=True):
        assert verdict == {"right": right, "words": words}, text


def test_answers_are_checked_when_asked(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.get_by_label("x̄ =", exact=True).fill("21")
        page.get_by_label("ȳ =", exact=True).fill("abar*x")
        page.get_by_label("∂a/∂x =", exact=True).fill("2")
        assert page.locator("#result").text_content() == ""
        page.get_by_role("button", name="Check my answers").click()
        assert page.locator("#result").text_content() == "1 of 9 right, 6 empty."
        said = [text for text in page.locator("li span[id^=v]").all_text_contents() if text]
        assert sorted(text.removesuffix("Hint") for text in said) == [
            "A use is forgotten: x is used 2 times, and the message from b is missing.",
            "Right.",
            "That is the derivative of a by another operand.",
        ]
        assert page.get_by_label("x̄ =", exact=True).get_attribute("aria-invalid") == "true"


def test_hints_come_one_at_a_time_where_an_answer_is_wrong(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        assert page.get_by_role("button", name="Hint").count() == 0
        page.get_by_label("x̄ =", exact=True).fill("1000")
        page.get_by_label("∂a/∂x =", exact=True).fill("3")
        page.get_by_role("button", name="Check my answers").click()
        (hint,) = page.get_by_role("button", name="Hint").all()
        assert hint.get_attribute("aria-label") == "Hint for x̄"
        for count in range(1, 5):
            hint.click()
            lines = page.locator("li span p")
            assert lines.count() == count
            assert page.locator("#result").text_content() == lines.last.text_content()
        assert page.locator("#result").text_content() == "The sum: x̄ = 6·1 + 7·3."
        assert page.get_by_role("button", name="Hint").count() == 0


def test_a_gradient_may_not_be_its_own_answer(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.get_by_label("x̄ =", exact=True).fill("xbar")
        page.get_by_role("button", name="Check my answers").click()
        assert page.get_by_text("“xbar” is no name that is known here").count() == 1


def test_saved_answers_are_what_the_teacher_checks(browser: Any, tmp_path: Path) -> None:
    from demos.exercise.levels import drawn

    sheet = drawn_sheet(6, 3)
    path = viz.exercise(drawn(6, 3), tmp_path / "sheet.html", title=sheet["title"], source={"level": 6, "seed": 3})
    with opened(browser, path) as page:
        for number, question in enumerate(sheet["questions"]):
            answer = question["answer"]
            page.locator(f"#q{number}").fill(str(tuple(answer)) if isinstance(answer, tuple) else repr(answer))
        page.get_by_label("Name").fill("Ada Lovelace / 7b")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save my answers").click()
        assert download.value.suggested_filename == "answers-Ada-Lovelace-7b.json"
        assert page.locator("#result").text_content() == "Saved as answers-Ada-Lovelace-7b.json."
        saved = tmp_path / "answers.json"
        download.value.save_as(saved)
    assert json.loads(saved.read_text(encoding="utf-8"))["sheet"] == sheet["key"]
    answered = read_answers(saved, {})
    assert (answered.name, answered.title) == ("Ada Lovelace / 7b", "Exercise 6.3")
    assert answered.right == len(sheet["questions"])


def printed(browser: Any, path: Path, fragment: str = "") -> list[str]:
    """The text of each page that Chromium prints."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    pdf = path.with_suffix(".pdf")
    with opened(browser, path, fragment) as page:
        page.pdf(path=pdf, format="A4")
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(pdf).pages]


@pytest.mark.parametrize("graph", [fan_out, matmul])
def test_it_prints_as_handout_and_as_solutions(browser: Any, tmp_path: Path, graph: Any) -> None:
    output = graph()
    path = viz.exercise(output, tmp_path / "sheet.html", title="A sheet")
    handout = printed(browser, path)
    assert len(handout) == 1
    asked = [question["ask"] for question in read(path)["questions"]]
    assert all("".join(ask.split()) + "=" in handout[0] for ask in asked)
    assert "Asheet" in handout[0]
    assert "Name" in handout[0]
    for word in ("Solutions", "Check", "Save", "so∂"):
        assert word not in handout[0]
    solved = printed(browser, path, "#solutions")
    assert len(solved) > 1
    assert solved[0].count("grad1") >= 1
    assert "Solutions" in solved[1]
    assert "Check" not in "".join(solved)
    gradients = {step.variable.label: step.total for step in output.chain_rule()}
    if graph is fan_out:
        assert "grad27" not in handout[0]
        assert "grad27" in solved[0]
        assert gradients["x"] == 27
        assert "=6·1+7·3=6+21=27" in "".join(solved[1:])


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8").partition('json">')[2].partition("</script>")[0])


def test_without_graphviz_it_still_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Any) -> None:
    monkeypatch.setattr("viz.render.available", lambda: False)
    with opened(browser, viz.exercise(fan_out(), tmp_path / "sheet.html")) as page:
        assert page.locator("li input").count() == 9
        assert "Graphviz" in page.locator("#picture").text_content()


@pytest.mark.parametrize("fragment", ["", "#solutions"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_accessibility(browser: Any, path: Path, scheme: str, fragment: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with opened(browser, path, fragment, **options) as page:
        page.locator("#q0").fill("1000")
        page.get_by_role("button", name="Check my answers").click()
        results = axe.Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") == width
