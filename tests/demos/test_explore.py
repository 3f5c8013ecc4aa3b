"""What the explorer's server answers, and how the command ends."""

import errno
import html
import json
import math
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import scalar
import viz
from demos.explorer import picture
from demos.explorer.answer import MAX_PARTS, differentiate, read
from demos.explorer.app import HEADERS, MAX_BODY, create_app
from demos.explorer.link import EXAMPLES, fragment
from demos.explorer.question import Question
from demos.explorer.server import listen
from demos.parser import MAX_DEPTH, MAX_LENGTH, MAX_OPERATORS
from scalar.names import written
from tests.by_hand import is_digits_of
from tests.demos.conftest import Cli
from tests.demos.test_cli import ROOT, start
from tests.waiting import PATIENCE
from viz import labels

LOOK: dict[str, Any] = {"palette": "light", "direction": "LR", "messages": True}
LOSS = "(sigmoid(w*x + b) - t)**2 / 2 + 0.1*w*w"
INPUTS = {"w": -0.8, "x": 1.5, "b": -0.3, "t": 0.2}


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with create_app().test_client() as client:
        client.environ_base["HTTP_HOST"] = "127.0.0.1:8765"
        yield client


def ask(client: FlaskClient, expression: str, inputs: Mapping[str, float] | None = None, **look: Any) -> Any:
    """The answer of /numbers, or of /drawing where a look is given."""
    body = {"expression": expression, "inputs": inputs or {}, **look}
    response = client.post("/drawing" if look else "/numbers", json=body)
    assert response.status_code == 200, response.text
    return response.json


def loss() -> scalar.Value:
    """LOSS, worked out by hand."""
    w, x, b, t = (scalar.Value(value, name) for name, value in INPUTS.items())
    f = (scalar.sigmoid(w * x + b) - t) ** 2 / 2 + 0.1 * w * w
    f.label = "f"
    return f


# ---------------------------------------------------------------- numbers and places


def test_the_numbers_are_those_of_the_ledger(client: FlaskClient) -> None:
    f = loss()
    steps = list(f.chain_rule())
    answer = ask(client, LOSS, INPUTS)
    totals = {step.variable.label: step.total for step in steps}
    assert answer["inputs"] == [{"name": name, "value": value} for name, value in INPUTS.items()]
    assert (answer["output"], answer["value"]) == ("f", written(f.data))
    assert answer["gradients"] == [written(totals[name]) for name in INPUTS]
    pictured = [
        number
        for step in steps
        for number in (
            step.variable.data,
            step.total,
            *(part for term in step.terms for part in (term.upstream, term.local, term.product)),
        )
    ]
    factors = [[x for term in step.terms for x in (term.upstream, term.local)] for step in steps]
    totals_and_factors = [x for step, own in zip(steps, factors, strict=True) for x in (*own, step.total)]
    for texts, numbers in ((answer["picture"], pictured), (answer["ledger"], totals_and_factors)):
        assert [is_digits_of(*pair) for pair in zip(texts, numbers, strict=True)] == [True] * len(numbers)
    assert answer["conventions"] == []


def test_each_place_is_that_of_its_number() -> None:
    rule = differentiate(*read(Question(LOSS, INPUTS)))
    numbers = list(picture.numbers(rule))
    card = picture.output(rule)
    messages = [
        [[numbers[place.index] for place in (term.upstream, term.local, term.product)] for term in step.terms]
        for step in card.chain_rule()
    ]
    products = [[written(term.product) for term in step.terms] for step in rule]
    assert [[product for _, _, product in step] for step in messages] == products
    for step, ledger_step in zip(messages, rule, strict=True):
        for (upstream, local, _), term in zip(step, ledger_step.terms, strict=True):
            assert is_digits_of(upstream, term.upstream)
            assert is_digits_of(local, term.local)
    digits = labels.digits((step.variable for step in rule), 4)
    totals = {id(step.variable): step.total for step in rule}
    waiting = [(card, rule.output)]
    while waiting:
        card, node = waiting.pop()
        assert (card.op, card.role) == (node.op, node.role)
        if isinstance(card.data, picture.Place):
            assert card.grad is not None
            assert (numbers[card.data.index], numbers[card.grad.index]) == (
                written(node.data, digits.get(id(node), 4)),
                written(totals[id(node)]),
            )
        else:
            assert (card.data, card.grad) == (node.data, None)
        waiting += zip(card.parents, node.parents, strict=True)


def placed(svg: str) -> list[str]:
    """The places of numbers in a picture; a comment has none: Graphviz writes its own date there."""
    return re.findall(r"\b\d{10}\b", re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL))


def test_the_drawing_has_one_place_per_number(client: FlaskClient) -> None:
    numbers, drawing = ask(client, LOSS, INPUTS), ask(client, LOSS, INPUTS, **LOOK)
    places = sorted(map(int, placed(drawing["svg"])))
    assert places == list(range(len(numbers["picture"])))
    assert drawing["ledger"].count('class="place"') == len(numbers["ledger"])


def test_the_drawing_follows_the_look(client: FlaskClient) -> None:
    svg = ask(client, "x*y", **LOOK)["svg"]
    assert "#ffffff" in svg
    assert "×" in svg
    assert "#14181d" in ask(client, "x*y", **LOOK | {"palette": "dark"})["svg"]
    plain = ask(client, "x*y", **LOOK | {"messages": False, "direction": "TB"})["svg"]
    assert len(placed(plain)) == 6
    width, plain_width = (int(re.findall(r'width="(\d+)pt"', drawn)[0]) for drawn in (svg, plain))
    assert plain_width < width


def test_the_ledger_is_typeset_in_bar_notation(client: FlaskClient) -> None:
    rows = ask(client, "x1*x1 - 1/y", **LOOK)["ledger"].split("<tr>")[1:]
    bar = '<mover accent="true">{}<mo stretchy="false">‾</mo></mover>'.format
    x1 = "<msub><mi>x</mi><mi>1</mi></msub>"
    assert f'<span class="spoken">gradient of f</span><math>{bar("<mi>f</mi>")}</math></th>' in rows[0]
    assert "seed" in rows[0]
    assert f"<math>{bar(x1)}</math></th>" in rows[-1]
    assert "2 uses, summed" in rows[-1]
    assert rows[-1].count(f"<mo>·</mo>{x1}</math>") == 2
    assert "<mo>−</mo>" in next(row for row in rows if f"{bar('<mi>y</mi>')}</math></th>" in row)


def test_names_that_a_subscript_would_make_one_stand_as_they_are(client: FlaskClient) -> None:
    ledger = ask(client, "w1*w_1*w2", **LOOK)["ledger"]
    assert {"<mi>w1</mi>", "<mi>w_1</mi>"} <= set(re.findall(r"<mi>\w+</mi>", ledger))
    assert set(re.findall("<msub>.*?</msub>", ledger)) == {
        f"<msub><mi>{stem}</mi><mi>{low}</mi></msub>" for stem, low in ("w2", "v1")
    }
    ledger = ask(client, "α*alpha*w1", **LOOK)["ledger"]
    assert {"<mi>α</mi>", "<mi>alpha</mi>"} <= set(re.findall(r"<mi>\w+</mi>", html.unescape(ledger)))


def test_each_step_says_why(client: FlaskClient) -> None:
    answer = ask(client, "max(x, y)/2", {"x": 1.5, "y": -0.5})
    assert answer["reasons"] == [
        [],
        ["f = v1/2 = 1.5/2 = 0.75, so ∂f/∂v1 = 1/2 = 0.5"],
        ["v1 = max(x, y) = max(1.5, −0.5) = 1.5, so ∂v1/∂y = (1 if y > x, ½ at a tie, else 0) = 0, as −0.5 < 1.5"],
        ["v1 = max(x, y) = max(1.5, −0.5) = 1.5, so ∂v1/∂x = (1 if x > y, ½ at a tie, else 0) = 1, as 1.5 > −0.5"],
    ]
    assert [rule.partition(", so ")[0] for rule in answer["rules"]] == ["out = x/y", "out = max(x, y)"]


def nudged(client: FlaskClient, expression: str, inputs: Mapping[str, float], name: str, by: float) -> Any:
    body = {"expression": expression, "inputs": inputs, "move": name, "by": by}
    return client.post("/nudge", json=body).json


def test_a_nudge_tells_what_the_output_does_beside_what_the_gradient_says(client: FlaskClient) -> None:
    answer = nudged(client, "x**2*y", {"x": 3.0, "y": 2.0}, "x", 0.5)
    assert (answer["x"], answer["value"], answer["slope"], answer["moved"]) == (3.0, 18.0, 12.0, 24.5)
    assert answer["values"] == pytest.approx([2 * x * x for x in answer["places"]])
    assert answer["places"][0] < 3 < 3.5 < answer["places"][-1]


def test_a_nudge_beyond_the_domain_has_no_value_there(client: FlaskClient) -> None:
    answer = nudged(client, "ln(x)", {"x": 1.0}, "x", -2.0)
    assert answer["moved"] is None
    assert None in answer["values"]
    assert nudged(client, "ln(x)", {"x": 1.0}, "y", 1.0) == {"error": "'y'"}
    assert client.post("/nudge", json={"expression": "x", "inputs": {}}).status_code == 400


@pytest.mark.parametrize(("expression", "output"), [("x + y", "f"), ("f*x", "v1"), ("x", "x"), ("v1 * f", "v2")])
def test_the_output_is_called_f_where_that_is_free(client: FlaskClient, expression: str, output: str) -> None:
    assert ask(client, expression)["output"] == output


def test_inputs_are_1_until_they_are_given_and_others_wait(client: FlaskClient) -> None:
    answer = ask(client, "x + 10*y", {"y": 2.0, "z": 7.0})
    assert answer["inputs"] == [{"name": "x", "value": 1.0}, {"name": "y", "value": 2.0}]
    assert answer["value"] == "21"


@pytest.mark.parametrize(
    ("expression", "sentences"),
    [
        ("relu(x)", ["relu(x) at x = 0: any slope in x from 0 to 1 fits; 0 is taken."]),
        ("abs(x*1)", ["|v1| at v1 = 0: any slope in v1 from −1 to 1 fits; 0 is taken."]),
        ("step(x)", ["step(x) at x = 0: there is no slope in x; 0 is taken."]),
        ("max(x, 0)", ["max(x, 0) at x = 0: any slope in x from 0 to 1 fits; 0.5 is taken."]),
        ("0**x", ["0^x at x = 0: there is no slope in x; 0 is taken."]),
        (
            "min(x, y)",
            [f"min(x, y) at x = 0 and y = 0: any slope in {name} from 0 to 1 fits; 0.5 is taken." for name in "xy"],
        ),
    ],
)
def test_conventions_are_told_in_words(client: FlaskClient, expression: str, sentences: list[str]) -> None:
    assert ask(client, expression, {"x": 0.0, "y": 0.0})["conventions"] == sentences


# ---------------------------------------------------------------- what is wrong, and where


@pytest.mark.parametrize(
    ("expression", "column", "message"),
    [
        ("x + lg(y)", 4, "unknown function lg; did you mean log?"),
        ("x ^ 2", 2, r"write \*\* for powers"),
        ("(x", 0, "never closed"),
        ("x +", 3, "ends too early"),
        ("", 0, "the expression is empty"),
        ("2 + 3", 0, "names no input"),
        ("ln(0) * x", 0, "not a real number"),
        ("\N{MATHEMATICAL ITALIC SMALL X} + é + lg(x)", 8, "unknown function lg"),
        ("<script>alert(1)</script>", 0, "unexpected character '<'"),
        ("__import__('os').system('id')", 11, "unexpected character"),
        ("x.__class__", 0, "attribute access is not allowed"),
        ("(lambda x)(y)", 1, "reserved word"),
        ("x\ud800", 1, "unexpected character"),
    ],
)
def test_a_bad_expression_is_told_with_its_place(
    client: FlaskClient, expression: str, column: int, message: str
) -> None:
    answer = ask(client, expression)
    assert answer.keys() == {"error", "column"}
    assert re.search(message, answer["error"])
    assert answer["column"] == column


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("x" * (MAX_LENGTH + 1), f"longer than {MAX_LENGTH:,} characters"),
        ("(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1), f"nest deeper than {MAX_DEPTH}"),
        ("x" + "+x" * (MAX_OPERATORS + 1), f"more than {MAX_OPERATORS:,} operators"),
        ("x" + "+x" * (MAX_PARTS // 2), f"the picture ends at {MAX_PARTS} .* these are {MAX_PARTS + 1}"),
    ],
)
def test_what_is_too_large_is_refused(client: FlaskClient, expression: str, message: str) -> None:
    assert re.search(message, ask(client, expression)["error"])


def test_the_largest_expression_is_answered(client: FlaskClient) -> None:
    assert ask(client, "x" + "+x" * (MAX_PARTS // 2 - 1), {"x": 2.0})["value"] == str(MAX_PARTS)


@pytest.mark.parametrize(
    ("expression", "value", "message"),
    [
        ("ln(x)", -1.0, r"at these inputs, log\(-1.0\) is nan"),
        ("1/x", 0.0, "÷"),
        ("exp(x)", 1000.0, r"exp\(1000.0\) is inf"),
        ("sqrt(x)", 0.0, "expected a finite derivative"),
    ],
)
def test_no_value_is_told_in_words_and_the_sliders_stay(
    client: FlaskClient, expression: str, value: float, message: str
) -> None:
    answer = ask(client, expression, {"x": value})
    assert answer["inputs"] == [{"name": "x", "value": value}]
    assert re.search(message, answer["error"])
    assert "column" not in answer


def test_without_graphviz_there_is_the_ledger(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def render(drawing: viz.Drawing, file_format: str) -> bytes:
        raise viz.RendererNotFoundError("install it with: python -m pip install pygraphviz")

    monkeypatch.setattr(viz.Drawing, "render", render)
    drawing = ask(client, "x*y", **LOOK)
    assert "svg" not in drawing
    assert "pip install pygraphviz" in drawing["error"]
    assert 'class="place"' in drawing["ledger"]


# ---------------------------------------------------------------- who may ask what


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "127.0.0.1", "localhost"])
def test_this_machine_is_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/numbers", "/drawing", "/static/explorer.js", "/nothing"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8765", "evil.example:127.0.0.1", "[::1]:8765", "0.0.0.0", ""]
)
def test_another_name_for_this_machine_is_refused(client: FlaskClient, host: str, path: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 400


def everything(client: FlaskClient) -> dict[str, TestResponse]:
    return {
        "page": client.get("/"),
        "script": client.get("/static/explorer.js", buffered=True),
        "numbers": client.post("/numbers", json={"expression": "x", "inputs": {}}),
        "missing": client.get("/nothing"),
        "refused": client.get("/", headers={"Host": "evil.example"}),
        "preflight": client.options("/numbers", headers={"Origin": "https://evil.example"}),
    }


def test_every_answer_is_secured_and_none_keeps_anything(client: FlaskClient) -> None:
    for name, response in everything(client).items():
        for header, value in HEADERS.items():
            assert response.headers[header] == value, name
        assert "Set-Cookie" not in response.headers
        assert not [header for header, _ in response.headers if header.startswith("Access-Control")]
    policy = HEADERS["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert not [rule for rule in policy if not re.fullmatch(r"[a-z-]+ '(none|self)'", rule)]


def test_the_player_is_a_link(client: FlaskClient) -> None:
    response = client.get("/play?e=x*y%20%2B%20x&x=2&y=-4")
    assert response.status_code == 200
    assert "x is used 2 times" in response.text
    assert response.headers["Content-Security-Policy"] == "frame-ancestors 'none'"  # the page has its own as well
    assert "script-src 'sha256-" in response.text
    others = [header for header in HEADERS if header != "Content-Security-Policy"]
    assert [response.headers[header] for header in others] == [HEADERS[header] for header in others]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "expected an expression: ?e=x*y&amp;x=2&amp;y=5"),
        ("?e=x%2B", "the expression ends too early"),
        ("?e=x&x=two", "expected a finite number for each input"),
        ("?e=x&x=inf", "expected a finite number for each input"),
        ("?e=ln(x)&x=-1", "log"),
        ("?e=__import__('os')", ""),
    ],
)
def test_a_link_to_no_player_is_refused(client: FlaskClient, query: str, message: str) -> None:
    response = client.get("/play" + query)
    assert response.status_code == 400
    assert message in response.text


def test_the_page_names_nothing_outside(client: FlaskClient) -> None:
    for name in ("page", "script"):
        assert not re.findall(r"(?:https?:)?//[\w.]+\.\w+", everything(client)[name].text)


def test_the_page_says_its_bounds(client: FlaskClient) -> None:
    page = " ".join(client.get("/").text.split())
    assert f"At most {MAX_LENGTH} characters, parentheses {MAX_DEPTH} deep, and {MAX_PARTS} numbers" in page
    assert "<code>softplus(x)</code>" in page
    assert "<code>max(x, y)</code>" in page


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"expression": "x"}',
        '{"expression": 1, "inputs": {}}',
        '{"expression": "x", "inputs": []}',
        '{"expression": "x", "inputs": {"x": "1"}}',
        '{"expression": "x", "inputs": {"x": true}}',
        '{"expression": "x", "inputs": {"x": null}}',
        '{"expression": "x", "inputs": {"x": NaN}}',
        '{"expression": "x", "inputs": {"x": 1e999}}',
        '{"expression": "x", "inputs": {"x": 1' + "0" * 400 + "}}",
        '{"expression": "x", "inputs": {"x": 1' + "0" * 5000 + "}}",
        "[" * 20_000 + "]" * 20_000,
    ],
)
@pytest.mark.parametrize("path", ["/numbers", "/drawing"])
def test_what_the_page_would_never_send_is_refused(client: FlaskClient, path: str, body: str) -> None:
    assert client.post(path, data=body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("look", [{}, {"palette": "red"}, {"direction": "RL"}, {"messages": 1}, {"palette": ["light"]}])
def test_an_unknown_look_is_refused(client: FlaskClient, look: dict[str, object]) -> None:
    body = {"expression": "x", "inputs": {}, **(LOOK | look if look else {})}
    assert client.post("/drawing", json=body).status_code == 400


@pytest.mark.parametrize(("expression", "value"), [("x +", 1.0), ("ln(x)", -1.0)])
def test_a_drawing_of_what_has_no_numbers_is_refused(client: FlaskClient, expression: str, value: float) -> None:
    assert client.post("/drawing", json={"expression": expression, "inputs": {"x": value}, **LOOK}).status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_pages_from_elsewhere_may_send_is_refused(client: FlaskClient, content_type: str) -> None:
    body = json.dumps({"expression": "x", "inputs": {}})
    assert client.post("/numbers", data=body, content_type=content_type).status_code == 415


def test_a_question_that_is_too_long_is_refused(client: FlaskClient) -> None:
    body = json.dumps({"expression": "x" * MAX_BODY, "inputs": {}})
    assert client.post("/numbers", data=body, content_type="application/json").status_code == 413


def test_the_longest_expression_fits_into_a_question(client: FlaskClient) -> None:
    body = json.dumps({"expression": "😀" * MAX_LENGTH, "inputs": {}}, ensure_ascii=False).encode()
    assert client.post("/numbers", data=body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("path", ["/numbers", "/drawing"])
def test_questions_are_posted(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 405


def test_paths_lead_to_no_other_files(client: FlaskClient) -> None:
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/app.py",
        "/templates/page.html",
    ):
        assert client.get(path).status_code == 404


# ---------------------------------------------------------------- the link


def test_a_link_can_be_read() -> None:
    assert fragment(" ln(x1)/x2 + λ ", {"x1": 2.0, "x2": -0.5, "λ": math.pi}) == (
        "#e=ln(x1)/x2%20+%20%CE%BB&x1=2&x2=-0.5&%CE%BB=3.141592653589793"
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.title for example in EXAMPLES])
def test_every_example_has_a_value(client: FlaskClient, example: Any) -> None:
    answer = ask(client, example.expression, example.inputs)
    assert "error" not in answer
    assert [given["name"] for given in answer["inputs"]] == [*example.inputs]
    assert bool(answer["conventions"]) == (example.title == "kinks")


# ---------------------------------------------------------------- the command


def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    process = start("explore", "x1 + y", "x1=pi", "--port", "0", "--no-browser", folder=tmp_path)
    assert process.stdout is not None
    address, _, state = process.stdout.readline().strip().partition("#")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
    assert state == "e=x1%20+%20y&x1=3.141592653589793&y=1"
    with urlopen(address) as page:
        assert b"<textarea" in page.read()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")


def test_it_listens_on_this_machine_alone() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_one_line(cli: Cli) -> None:
    with listen(0) as listener:
        port = listener.getsockname()[1]
        outcome = cli("explore", "--no-browser", "--port", str(port))
    message = f"error: port {port} is in use: choose another with --port, or --port 0 for any that is free\n"
    assert outcome == (2, "", message)


def test_a_port_that_cannot_be_had_is_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: tuple[str, int]) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    outcome = cli("explore", "--no-browser", "--port", "80")
    assert outcome == (2, "", "error: cannot listen on port 80: Permission denied\n")


@pytest.mark.parametrize("missing", ["flask"])
def test_what_is_missing_is_one_line(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from demos.cli import main; main(['explore'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, timeout=PATIENCE, check=False
    )
    message = f'error: explore needs {missing}: pip install "twingrad[explore]"\n'
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x + lg(y)"], "did you mean log?"),
        (["x", "y=1"], "the expression does not use y"),
        (["x", "x=1", "x=2"], "x is given twice"),
        (["2"], "names no input"),
        (["x", "--port", "65536"], "65535"),
    ],
)
def test_a_mistake_in_the_call_is_told_before_anything_is_served(cli: Cli, arguments: list[str], message: str) -> None:
    outcome = cli("explore", *arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err


def test_the_browser_opens_at_the_address(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Queue[str] = Queue()
    monkeypatch.setattr("webbrowser.open", opened.put)
    monkeypatch.setattr("demos.explorer.server.serve", lambda listener: None)
    outcome = cli("explore", "-x", "--port", "0")
    assert outcome.status == 0
    address = outcome.out.splitlines()[0]
    assert address.endswith("/#e=-x&x=1")
    assert opened.get(timeout=PATIENCE) == address
