"""C text of expressions: one statement a line, what is used twice named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from . import algebra as al
from .algebra import Node

LONGEST = 96  # characters of an expression before parts of it get names
ATOMS = ("num", "sym")


def number(value: float) -> str:
    text = repr(float(value))
    return text if any(mark in text for mark in ".en") else text + ".0"


class Writer:
    """Statements that compute expressions, each once."""

    def __init__(self, roots: list[Node], labels: dict[Node, str], last: Callable[[Node], int]) -> None:
        """last: factors of a product with larger values stand later."""
        self.lines: list[str] = []
        self.names: dict[Node, str] = {}
        self.labels = labels
        self.last = last
        self.taken: set[str] = set()
        self.uses: dict[Node, int] = defaultdict(int)
        self.inverses: dict[Node, int] = defaultdict(int)
        self.inverse_names: dict[Node, str] = {}
        self.counters: dict[str, int] = defaultdict(int)
        for node in al.walk(roots):
            for child in al.children(node):
                self.uses[child] += 1
            if node.op == "mul":
                for child, exponent in node.args[1]:
                    if exponent == -1 and child.varying:
                        self.inverses[child] += 1
        for root in roots:
            self.uses[root] += 1

    # -- names -------------------------------------------------------------------------------------------------------

    def _name(self, node: Node) -> str:
        wanted = "".join(c for c in self.labels.get(node, "") if c.isalnum() or c == "_").strip("_")
        if wanted and not wanted[0].isdigit() and f"{wanted}_" not in self.taken:
            name = f"{wanted}_"
        else:
            stem = "x" if node.varying else "c"
            self.counters[stem] += 1
            name = f"{stem}{self.counters[stem]}"
        self.taken.add(name)
        return name

    def _define(self, name: str, text: str) -> str:
        self.lines.append(f"  const hc_real {name} = {text};")
        return name

    # -- expressions -------------------------------------------------------------------------------------------------
    # Each returns text and how tightly it binds: 3 atom, 2 product, 1 sum.

    def text(self, node: Node) -> tuple[str, int]:
        if node.op == "num":
            value = node.args[0]
            return number(value), 3 if value >= 0 else 1
        if node.op == "sym":
            return symbol(node), 3
        if node in self.names:
            return self.names[node], 3
        made = self._operation(node)
        if self.uses[node] > 1 or len(made[0]) > LONGEST or node in self.labels:
            if node.op in ("<", "==", "&", "|", "!"):
                return made
            self.names[node] = self._define(self._name(node), made[0])
            return self.names[node], 3
        return made

    def atom(self, node: Node) -> str:
        text, binding = self.text(node)
        return text if binding == 3 else f"({text})"

    def named(self, node: Node) -> str:
        """A name or a number, for what stands twice in a statement."""
        text, binding = self.text(node)
        if binding == 3 and (node.op in ATOMS or node in self.names):
            return text
        self.names[node] = self._define(self._name(node), text)
        return self.names[node]

    def inside(self, node: Node) -> str:
        return self.text(node)[0]

    def _operation(self, node: Node) -> tuple[str, int]:
        if node.op == "add":
            return self._sum(node), 1
        if node.op == "mul":
            return self._product(node)
        if node.op == "pow":
            return f"hc_exp({self.atom(node.args[1])} * hc_log({self.inside(node.args[0])}))", 3
        if node.op == "select":
            return f"hc_select({self.test(node.args[0])}, {self.inside(node.args[1])}, {self.inside(node.args[2])})", 3
        if node.op.startswith("power"):
            return self._power(node.args[0], int(node.op[5:]))
        return f"hc_{node.op}({self.inside(node.args[0])})", 3

    def test(self, node: Node) -> str:
        if node.op == "!":
            return f"(1 - ({self.test(node.args[0])}))"
        if node.op in "&|":
            return f"({self.test(node.args[0])}) {node.op} ({self.test(node.args[1])})"
        return f"{self.inside(node.args[0])} {node.op} {self.inside(node.args[1])}"

    def _sum(self, node: Node) -> str:
        constant, pairs = node.args
        text = ""
        terms = sorted(pairs, key=lambda pair: (pair[1] < 0, self.last(pair[0])))
        if constant != 0.0 and (constant > 0.0 or terms[0][1] < 0):
            text = number(constant)
        for inner, coefficient in terms:
            product = al.scale(abs(coefficient), inner)
            # a coefficient belongs to its own sum: the product without it may have a name
            if product is not inner and inner in self.names or abs(coefficient) != 1.0:
                part = self._scaled(abs(coefficient), inner)
            else:
                piece, binding = self.text(product)
                part = piece if binding >= 2 else f"({piece})"
            if not text:
                text = part if coefficient > 0 else f"-{part}"
            else:
                text += f" {'+' if coefficient > 0 else '-'} {part}"
        if constant < 0.0 and terms[0][1] > 0:
            text += f" - {number(-constant)}"
        return text

    def _scaled(self, coefficient: float, node: Node) -> str:
        if node.op == "mul" and self.uses[node] <= 1:
            return self._product(al.scale(coefficient, node))[0]
        return f"{number(coefficient)} * {self.atom(node)}"

    def _product(self, node: Node) -> tuple[str, int]:
        coefficient, pairs = node.args
        fixed = [(n, e) for n, e in pairs if not n.varying]
        moving = sorted(((n, e) for n, e in pairs if n.varying), key=lambda pair: (self.last(pair[0]), pair[0].id))
        above: list[str] = []
        below: list[str] = []
        sign = ""
        if fixed and moving:
            above += self._parameters(coefficient, fixed)
            coefficient = 1.0
        else:
            moving = moving or fixed
        if coefficient == -1.0:
            sign = "-"
        elif coefficient != 1.0:
            above.append(number(coefficient))
        for n, e in moving:
            if e == -1 and self.inverses[n] > 1:
                above.append(self._inverse(n))
            elif e > 0:
                above.append(self._factor(n, e))
            else:
                below.append(self._factor(n, -e))
        text = sign + (" * ".join(above) if above else "1.0")
        if len(below) == 1:
            text += f" / {below[0]}"
        elif below:
            text += f" / ({' * '.join(below)})"
        single = len(above) == 1 and not below and not sign
        if single and coefficient == 1.0 and not fixed:
            return text, 3
        return text, 2 if not text.startswith("-") else 1

    def _parameters(self, coefficient: float, fixed: list[tuple[Node, float]]) -> list[str]:
        """Factors that no state enters, as one; a name for it if it divides, since compilers move only whole values."""
        if len(fixed) == 1 and fixed[0][1] == 1 and coefficient == 1.0:
            return [self.atom(fixed[0][0])]
        together = al.mul(fixed, coefficient)
        if all(e == 1 for _, e in fixed):
            return ([number(coefficient)] if coefficient != 1.0 else []) + [self.atom(n) for n, _ in fixed]
        if together not in self.names:
            text = self._product(together)[0]
            self.names[together] = self._define(self._name(together), text)
        return [self.names[together]]

    def _inverse(self, node: Node) -> str:
        if node not in self.inverse_names:
            text = self.atom(node)
            self.counters["over"] += 1
            self.inverse_names[node] = self._define(f"over{self.counters['over']}", f"1.0 / {text}")
        return self.inverse_names[node]

    def _factor(self, node: Node, exponent: float) -> str:
        if exponent == 1:
            return self.atom(node)
        if exponent == int(exponent):
            text, binding = self._power(node, int(exponent))
            return text if binding == 3 else f"({text})"
        if exponent == 0.5:
            return f"hc_sqrt({self.inside(node)})"
        if exponent == 1.5:
            base = self.named(node)
            return f"({base} * hc_sqrt({base}))"
        return f"hc_exp({number(exponent)} * hc_log({self.inside(node)}))"

    def _power(self, node: Node, n: int) -> tuple[str, int]:
        if n == 1:
            return self.atom(node), 3
        if n == 2:
            return f"hc_square({self.inside(node)})", 3
        if n == 3:
            return f"hc_cube({self.inside(node)})", 3
        base = self.named(node)
        if n % 2:
            return f"{base} * {self._power(node, n - 1)[0]}", 2
        half = f"hc_square({base})" if n == 4 else f"hc_cube({base})" if n == 6 else self._power(node, n // 2)[0]
        return f"hc_square({half})", 3


def symbol(node: Node) -> str:
    kind, name = node.args
    return {"y": f"y->{name}", "p": f"p->{name}", "s": f"p->scale.{name}", "i": f"i->{name}", "stim": "stim"}[kind]
