"""Judges an answer that somebody typed. The page's `judge.js` does the same; a test holds both to one table."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "abs": abs, "cos": math.cos, "exp": math.exp, "ln": math.log, "log": math.log, "sin": math.sin,
    "sqrt": math.sqrt, "tan": math.tan, "tanh": math.tanh, "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}  # fmt: skip
LONGEST = 200  # characters of an answer
UNKNOWN = "Not right, and no mistake that is known here."

_NUMBER = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_SHAPE = re.compile(r"[(\[]?([0-9]+[,x*])*[0-9]*[)\]]?")
_CALL = re.compile(r"[a-z]+(?=\()")


class Verdict(NamedTuple):
    """Whether an answer is right, and what to say about it."""

    right: bool
    words: str


class MisreadError(Exception):
    """What was typed is no number and no formula."""


def is_right(number: float, answer: float) -> bool:
    """Whether a number agrees with the answer to two significant digits.

    >>> is_right(0.047, 0.04679), is_right(0.05, 0.04679), is_right(1e-9, 0.0)
    (True, False, False)
    """
    exponent = int(f"{answer:.16e}".partition("e")[2])
    return number == answer or (answer != 0 and abs(number - answer) <= 0.5000001 * 10.0 ** (exponent - 1))


def judge(question: Mapping[str, Any], text: str, names: Mapping[str, float]) -> Verdict:
    """The verdict on an answer to one of a sheet's questions.

    Args:
        question: with `answer` and `mistakes`.
        text: what was typed.
        names: see `names_for`.
    """
    answer, mistakes = question["answer"], question["mistakes"]
    if not isinstance(answer, int | float):
        return _judge_shape([*answer], mistakes, plain(text))
    try:
        number = evaluate(text, names)
    except MisreadError as error:
        return Verdict(False, str(error))
    if is_right(number, answer):
        return Verdict(True, "Right.")
    for wrong, words in mistakes:
        if is_right(number, wrong):
            return Verdict(False, words)
    close = abs(number - answer) <= 0.1 * abs(answer)
    return Verdict(False, "Close: at least two significant digits are asked." if close else UNKNOWN)


def names_for(question: Mapping[str, Any], sheet: Mapping[str, Any]) -> dict[str, float]:
    """What an answer may name: every value, and every gradient but the one that is asked for."""
    names: dict[str, float] = {}
    asked, output = _whole(question["ask"]), sheet["output"]
    for name, value, gradient, slope in sheet["known"]:
        if not re.match(r"[\d.−-]", name):
            names[plain(name)] = value
        if slope is not None and _whole(gradient) != asked:
            typed = (gradient, re.sub(r"\[|$", lambda end: f"bar{end[0]}", name, count=1), f"d{output}/d{name}")
            names |= dict.fromkeys(map(plain, (*typed, f"∂{output}/∂{name}")), slope)
    return names


def plain(text: str) -> str:
    """How names and formulas are compared: without spaces, each sign in one spelling.

    >>> plain("w₁₁⁽¹⁾ · 2²")
    'w11(1)*2^2'
    """
    text = unicodedata.normalize("NFKC", re.sub("(?<!⁽)²", "^2", text))
    text = re.sub("[·×⋅∙]", "*", re.sub("[−–]", "-", text))
    return re.sub(r"\s+", "", text.replace("÷", "/").replace("**", "^"))


def evaluate(text: str, names: Mapping[str, float]) -> float:
    """A number, or a formula: + - * / ^, brackets, functions, and names.

    Raises:
        MisreadError: it is neither, or its number is not finite.
    """
    source = plain(text)
    if not source:
        raise MisreadError("Write a number, or a formula.")
    if len(source) > LONGEST:
        raise MisreadError(f"An answer has at most {LONGEST} characters.")
    formula = _Formula(source, names)
    try:
        value = formula.sum()
    except (ArithmeticError, ValueError):  # where JavaScript has an infinity, or no number
        value = math.nan
    else:
        if formula.rest:
            raise formula.refused()
    if isinstance(value, complex) or not math.isfinite(value):
        raise MisreadError("That is no finite number.")
    return value


class _Formula:
    """Reads a formula from left to right, and computes it."""

    def __init__(self, source: str, names: Mapping[str, float]) -> None:
        self.rest = source
        self.names = names
        self.words = sorted(names, key=len, reverse=True)

    def sum(self) -> float:
        value = self._product()
        while sign := self._next("+", "-"):
            value += self._product() if sign == "+" else -self._product()
        return value

    def _product(self) -> float:
        value = self._signed()
        while sign := self._next("*", "/"):
            value = value * self._signed() if sign == "*" else value / self._signed()
        return value

    def _signed(self) -> float:
        if sign := self._next("+", "-"):
            return self._signed() if sign == "+" else -self._signed()
        base = self._atom()
        return base ** self._signed() if self._next("^") else base

    def _atom(self) -> float:
        if number := _NUMBER.match(self.rest):
            self.rest = self.rest[number.end() :]
            return float(number[0])
        if self._next("("):
            return self._closed()
        for word in self.words:
            if self.rest.startswith(word) and not _in_word(self.rest[len(word) : len(word) + 1]):
                self.rest = self.rest[len(word) :]
                return self.names[word]
        call = _CALL.match(self.rest)
        if call and call[0] in FUNCTIONS:
            self.rest = self.rest[call.end() + 1 :]
            return FUNCTIONS[call[0]](self._closed())
        length = next((i for i, letter in enumerate(self.rest) if not _in_word(letter)), len(self.rest))
        if length:
            known = f"numbers, the names on screen (z̄ is written zbar), and {', '.join(FUNCTIONS)}"
            raise MisreadError(f"“{self.rest[:length]}” is no name that is known here: a formula has {known}.")
        raise self.refused()

    def _closed(self) -> float:
        value = self.sum()
        if not self._next(")"):
            raise self.refused()
        return value

    def _next(self, *signs: str) -> str:
        for sign in signs:
            if self.rest.startswith(sign):
                self.rest = self.rest[len(sign) :]
                return sign
        return ""

    def refused(self) -> MisreadError:
        place = self.rest or "the end"
        example = "write a number such as 0.25, or a formula such as 2*(x + 1)"
        return MisreadError(f"Not understood from “{place}” on: {example}.")


def _judge_shape(answer: list[int], mistakes: Any, text: str) -> Verdict:
    if not text or not _SHAPE.fullmatch(text):
        return Verdict(False, "A shape is written as (2, 3).")
    given = [*map(int, re.findall("[0-9]+", text))]
    if given == answer:
        return Verdict(True, "Right.")
    return Verdict(False, next((words for shape, words in mistakes if [*shape] == given), UNKNOWN))


def _whole(name: str) -> str:
    """The name of an array, of that of an element."""
    return name.partition("[")[0]


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter in ("_", "\N{COMBINING MACRON}")
