"""Expressions as a graph in which equal subexpressions are one object.

A Node is made by the functions here only, which keep a canonical form: sums have numeric coefficients and one
constant, products have one numeric coefficient and numeric exponents, numbers are folded, signs are taken out of sums,
exponentials have no constant in their argument. Two expressions that mean the same after these steps are the same
object, so common subexpressions are found by identity.

Symbols are (kind, name): y state, p parameter, s scale of a current, i current, stim, t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

SAME = 1e-14
LARGEST_SHIFT = 100.0  # exp(u + c) becomes exp(c) exp(u) up to this |c|, so that no factor overflows


class Node:
    """One expression; compare by identity."""

    __slots__ = ("op", "args", "id", "deps", "varying")

    def __init__(self, op: str, args: tuple, number: int, children: Iterable[Node]) -> None:
        self.op = op
        self.args = args
        self.id = number
        deps: frozenset = frozenset()
        for child in children:
            deps |= child.deps
        self.deps = frozenset([args]) if op == "sym" else deps
        self.varying = any(kind not in "ps" for kind, _ in self.deps)  # not made of parameters alone

    def __repr__(self) -> str:
        return f"{self.op}{self.args}"


_table: dict[tuple, Node] = {}
_proportional: dict[tuple, list[Node]] = {}  # sums without constant, by what they sum


def _make(op: str, args: tuple, key: tuple, children: Iterable[Node] = ()) -> Node:
    found = _table.get((op, key))
    if found is None:
        found = _table[op, key] = Node(op, args, len(_table), children)
    return found


def num(value: float) -> Node:
    value = float(value) + 0.0  # no negative zero
    return _make("num", (value,), (value,))


def sym(kind: str, name: str = "") -> Node:
    return _make("sym", (kind, name), (kind, name))


ZERO = num(0.0)
ONE = num(1.0)


def split(node: Node) -> tuple[float, Node]:
    """Coefficient and the rest, node = coefficient rest."""
    if node.op == "num":
        return node.args[0], ONE
    if node.op == "mul" and node.args[0] != 1.0:
        return node.args[0], _product(1.0, dict(node.args[1]))
    return 1.0, node


def scale(factor: float, node: Node) -> Node:
    return mul([(node, 1)], factor)


def neg(node: Node) -> Node:
    return scale(-1.0, node)


def add(terms: Iterable[tuple[float, Node]], constant: float = 0.0) -> Node:
    """constant + sum of coefficient node."""
    sums: dict[Node, float] = {}
    queue = list(terms)
    while queue:
        coefficient, node = queue.pop(0)
        inner, node = split(node)
        coefficient *= inner
        if node is ONE:
            constant += coefficient
        elif node.op == "add" and len(node.args[1]) + (node.args[0] != 0.0) <= 2:
            constant += coefficient * node.args[0]
            queue[:0] = [(coefficient * c, n) for n, c in node.args[1]]
        else:
            sums[node] = sums.get(node, 0.0) + coefficient
    found = [(n, c) for n, c in sums.items() if c != 0.0]
    if not found:
        return num(constant)
    if len(found) == 1 and constant == 0.0:
        return scale(found[0][1], found[0][0])
    found.sort(key=lambda pair: pair[0].id)
    outside = math.copysign(1.0, found[0][1])
    size = abs(found[0][1])
    if constant == 0.0 and size != 1.0 and all(abs(c) == size for _, c in found):
        outside *= size
    if outside != 1.0:
        found = [(n, c / outside) for n, c in found]
        constant /= outside
    pairs = tuple(found)
    node = _make("add", (constant, pairs), (constant, tuple((n.id, c) for n, c in pairs)), [n for n, _ in pairs])
    if constant == 0.0:
        known = _proportional.setdefault(tuple(n.id for n, _ in pairs), [])
        if node not in known:
            known.append(node)
    return node if outside == 1.0 else _product(outside, {node: 1})


def mul(factors: Iterable[tuple[Node, float]], coefficient: float = 1.0) -> Node:
    """coefficient times the product of node^exponent."""
    powers: dict[Node, float] = {}
    rates: dict[Node, Node] = {}  # of exponentials: rest of the argument -> sum of arguments
    for node, exponent in factors:
        if node.op == "num":
            coefficient *= node.args[0] ** exponent
        elif node.op == "mul" and exponent == int(exponent):
            coefficient *= node.args[0] ** exponent
            for base, inner in node.args[1]:
                _collect(powers, rates, base, inner * exponent)
        elif node.op == "mul" and node.args[0] > 0.0 and node.args[0] != 1.0:
            coefficient *= node.args[0] ** exponent
            _collect(powers, rates, split(node)[1], exponent)
        else:
            _collect(powers, rates, node, exponent)
    for argument in rates.values():
        if argument is not ZERO:
            power = _make("exp", (argument,), (argument.id,), (argument,))
            powers[power] = powers.get(power, 0) + 1
    return _product(coefficient, powers)


def _collect(powers: dict, rates: dict, node: Node, exponent: float) -> None:
    if node.op == "exp":
        argument = scale(exponent, node.args[0])
        rest = split(argument)[1]
        rates[rest] = add([(1, rates.get(rest, ZERO)), (1, argument)])
    else:
        powers[node] = powers.get(node, 0) + exponent


def _product(coefficient: float, powers: dict[Node, float]) -> Node:
    pairs = tuple(sorted(((n, e) for n, e in powers.items() if e), key=lambda pair: pair[0].id))
    if coefficient == 0.0 or not pairs:
        return num(coefficient)
    if coefficient == 1.0 and len(pairs) == 1 and pairs[0][1] == 1:
        return pairs[0][0]
    key = (coefficient, tuple((n.id, e) for n, e in pairs))
    return _make("mul", (coefficient, pairs), key, [n for n, _ in pairs])


def affine(node: Node) -> tuple[float, dict[Node, float]]:
    """(constant, {node: coefficient}): numeric multiples of sums multiplied out."""
    if node.op == "num":
        return node.args[0], {}
    coefficient, rest = split(node)
    if rest.op != "add":
        return 0.0, {rest: coefficient}
    constant, sums = rest.args[0], {}
    for term, factor in rest.args[1]:
        inner, parts = affine(scale(factor, term))
        constant += inner
        for n, c in parts.items():
            sums[n] = sums.get(n, 0.0) + c
    return coefficient * constant, {n: coefficient * c for n, c in sums.items()}


def exp(argument: Node) -> Node:
    constant, sums = affine(argument)
    if not sums:
        return num(math.exp(constant))
    if abs(constant) > LARGEST_SHIFT:
        return _make("exp", (argument,), (argument.id,), (argument,))
    rest = _multiple_of_known(sums)
    return scale(math.exp(constant), _make("exp", (rest,), (rest.id,), (rest,)))


def _multiple_of_known(sums: dict[Node, float]) -> Node:
    """A sum without constant, as a multiple of one that exists already if they are proportional but for rounding."""
    terms = sorted(((n, c) for n, c in sums.items() if c != 0.0), key=lambda pair: pair[0].id)
    if len(terms) < 2:
        return add((c, n) for n, c in terms)
    for node in _proportional.get(tuple(n.id for n, _ in terms), []):
        ratios = [c / k for (_, c), (_, k) in zip(terms, node.args[1])]
        if max(ratios) - min(ratios) <= SAME * abs(ratios[0]):
            return scale(ratios[0], node)
    return add((c, n) for n, c in terms)


def log(argument: Node) -> Node:
    if argument.op == "num":
        return num(math.log(argument.args[0]))
    return unary("log", argument)


def unary(op: str, argument: Node) -> Node:
    """log, x_over_expm1, power2, power3, ... (a power that stays one factor)."""
    return _make(op, (argument,), (argument.id,), (argument,))


def power(base: Node, exponent: Node) -> Node:
    if exponent.op == "num":
        return mul([(base, exponent.args[0])])
    if base.op == "num" and base.args[0] > 0.0:
        return exp(scale(math.log(base.args[0]), exponent))
    return _make("pow", (base, exponent), (base.id, exponent.id), (base, exponent))


def condition(op: str, left: Node, right: Node) -> Node:
    """op: < or ==, and & | on conditions."""
    return _make(op, (left, right), (left.id, right.id), (left, right))


def invert(test: Node) -> Node:
    return test.args[0] if test.op == "!" else _make("!", (test,), (test.id,), (test,))


def select(test: Node, yes: Node, no: Node) -> Node:
    if test.op == "!":
        return select(test.args[0], no, yes)
    if yes is no:
        return yes
    return _make("select", (test, yes, no), (test.id, yes.id, no.id), (test, yes, no))


def children(node: Node) -> list[Node]:
    if node.op in ("num", "sym"):
        return []
    if node.op in ("add", "mul"):
        return [child for child, _ in node.args[1]]
    return list(node.args)


def remake(node: Node, new: Callable[[Node], Node]) -> Node:
    """The same operation on new(child) for each child."""
    if node.op in ("num", "sym"):
        return node
    if node.op == "add":
        return add([(c, new(n)) for n, c in node.args[1]], node.args[0])
    if node.op == "mul":
        return mul([(new(n), e) for n, e in node.args[1]], node.args[0])
    made = [new(child) for child in node.args]
    if node.op == "exp":
        return exp(made[0])
    if node.op == "log":
        return log(made[0])
    if len(made) == 1 and node.op != "!":
        return unary(node.op, made[0])
    if node.op == "pow":
        return power(*made)
    if node.op == "select":
        return select(*made)
    if node.op == "!":
        return invert(made[0])
    return condition(node.op, *made)


def rewrite(node: Node, rule: Callable[[Node], Node], memo: dict[Node, Node]) -> Node:
    """Apply a rule to all nodes, children first."""
    found = memo.get(node)
    if found is None:
        found = memo[node] = rule(remake(node, lambda child: rewrite(child, rule, memo)))
    return found


def replace(node: Node, by: dict[Node, Node], memo: dict[Node, Node]) -> Node:
    """Nodes that are keys give way to their values."""
    if node in by:
        return by[node]
    found = memo.get(node)
    if found is None:
        found = memo[node] = remake(node, lambda child: replace(child, by, memo))
    return found


def walk(roots: Iterable[Node]) -> list[Node]:
    """Every node below the roots once, children before parents."""
    done: dict[Node, None] = {}

    def visit(node: Node) -> None:
        if node not in done:
            for child in children(node):
                visit(child)
            done[node] = None

    for root in roots:
        visit(root)
    return list(done)


def linear_in(node: Node, symbol: Node) -> tuple[Node, Node] | None:
    """(a, b) with node = a + b symbol, neither depending on the symbol; None if there is no such form."""
    key = symbol.args
    if key not in node.deps:
        return node, ZERO
    if node is symbol:
        return ZERO, ONE
    if node.op == "add":
        parts = [(c, linear_in(n, symbol)) for n, c in node.args[1]]
        if any(part is None for _, part in parts):
            return None
        return add([(c, p[0]) for c, p in parts], node.args[0]), add((c, p[1]) for c, p in parts)
    if node.op == "mul":
        inside = [(n, e) for n, e in node.args[1] if key in n.deps]
        if len(inside) != 1 or inside[0][1] != 1:
            return None
        part = linear_in(inside[0][0], symbol)
        if part is None:
            return None
        others = [(n, e) for n, e in node.args[1] if n is not inside[0][0]]
        return mul([*others, (part[0], 1)], node.args[0]), mul([*others, (part[1], 1)], node.args[0])
    if node.op == "select" and key not in node.args[0].deps:
        yes, no = linear_in(node.args[1], symbol), linear_in(node.args[2], symbol)
        if yes is None or no is None:
            return None
        return select(node.args[0], yes[0], no[0]), select(node.args[0], yes[1], no[1])
    return None
