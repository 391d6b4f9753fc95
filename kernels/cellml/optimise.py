"""The same values with fewer exponentials and divisions, and without removable singularities.

Every function takes and gives a list of expressions (roots). Nothing here changes what is computed but for rounding.
"""

from __future__ import annotations

import math
from collections import defaultdict

from . import algebra as al
from .algebra import Node

LARGEST_MULTIPLE = 6  # exp(n x) is made of exp(x) up to this n
MOST_DENOMINATORS = 6  # a sum of more fractions is not brought over one
SAME = 1e-12


# -- removable singularities ------------------------------------------------------------------------------------------


def _exponential_minus(node: Node) -> tuple[Node, float] | None:
    """(w, c) with node = c (exp(w) - 1): a denominator that crosses zero at w = 0."""
    if node.op != "add" or len(node.args[1]) != 1 or node.args[0] == 0.0:
        return None
    constant, ((term, coefficient),) = node.args
    inner, power = al.split(term)
    coefficient *= inner
    if power.op != "exp" or coefficient * constant > 0.0:
        return None
    shift = math.log(coefficient / -constant)
    if abs(shift) < SAME:
        return power.args[0], -constant
    return al.add([(1, power.args[0])], shift), -constant


def _ratio(factor: Node, w: Node) -> Node | None:
    """factor / w if that depends on no state."""
    quotient = al.mul([(factor, 1), (w, -1)])
    if not quotient.varying:
        return quotient
    (f0, f), (w0, g) = al.affine(factor), al.affine(w)
    if not f or set(f) != set(g):
        return None
    ratios = [f[n] / g[n] for n in f]
    size = abs(f0) + abs(ratios[0] * w0)
    if max(abs(r / ratios[0] - 1.0) for r in ratios) > SAME or abs(f0 - ratios[0] * w0) > SAME * max(size, 1e-300):
        return None
    return al.num(ratios[0])


def _remove_singularity(node: Node) -> Node:
    if node.op != "mul":
        return node
    for divisor, exponent in node.args[1]:
        form = _exponential_minus(divisor) if exponent == -1 else None
        if form is None:
            continue
        w, c = form
        for factor, times in node.args[1]:
            ratio = _ratio(factor, w) if times >= 1 and factor.varying else None
            if ratio is not None:
                rest = [(n, e) for n, e in node.args[1] if n is not divisor and n is not factor]
                whole = [*rest, (factor, times - 1), (ratio, 1), (al.unary("x_over_expm1", w), 1)]
                return _remove_singularity(_goldman(al.mul(whole, node.args[0] / c), w))
    return node


def _goldman(node: Node, w: Node) -> Node:
    """With B = w / (exp(w) - 1): B (a exp(w) + b) = a (B + w) + b B, which needs no second exponential."""
    if node.op != "mul":
        return node
    ratio = al.unary("x_over_expm1", w)
    shift, sums = al.affine(w)
    power = al.exp(al.add((c, n) for n, c in sums.items()))
    for factor, exponent in node.args[1]:
        if factor.op != "add" or exponent != 1:
            continue
        carried = [al.mul([(n, 1), (power, -1)], c) for n, c in factor.args[1] if _carries(n, power)]
        others = [(c, n) for n, c in factor.args[1] if not _carries(n, power)]
        if len(carried) == 1:
            a = al.scale(math.exp(-shift), carried[0])
            b = al.add(others, factor.args[0])
            both = al.add([(1, al.mul([(a, 1), (al.add([(1, ratio), (1, w)]), 1)])), (1, al.mul([(b, 1), (ratio, 1)]))])
            rest = [(n, e) for n, e in node.args[1] if n is not factor and n is not ratio]
            return al.mul([*rest, (both, 1)], node.args[0])
    return node


def _carries(node: Node, power: Node) -> bool:
    return node is power or (node.op == "mul" and any(n is power and e == 1 for n, e in node.args[1]))


def remove_singularities(roots: list[Node]) -> list[Node]:
    memo: dict[Node, Node] = {}
    return [al.rewrite(root, _remove_singularity, memo) for root in roots]


# -- exponentials -----------------------------------------------------------------------------------------------------


def _is_multiple(large: float, small: float) -> int:
    n = round(large / small)
    return n if 2 <= n <= LARGEST_MULTIPLE and abs(large / small - n) < SAME * n else 0


def share_exponentials(roots: list[Node]) -> list[Node]:
    """exp(n a x) from exp(a x), for those n for which that is exact but for rounding."""
    slopes: dict[tuple[Node, bool], list[tuple[float, Node]]] = defaultdict(list)
    for node in al.walk(roots):
        if node.op == "exp" and node.varying:
            slope, rest = al.split(node.args[0])
            slopes[rest, slope > 0].append((abs(slope), node))
    by: dict[Node, Node] = {}
    for members in slopes.values():
        members.sort(key=lambda pair: pair[0])
        for place, (slope, node) in enumerate(members):
            for smaller, base in reversed(members[:place]):
                n = _is_multiple(slope, smaller)
                if n:
                    by[node] = al.unary(f"power{n}", by.get(base, base))  # mul() would make one exponential of it again
                    break
    memo: dict[Node, Node] = {}
    return [al.replace(root, by, memo) for root in roots]


# -- selections -------------------------------------------------------------------------------------------------------


def _one_sided(roots: list[Node], test: Node, side: int) -> list[Node]:
    """Exponentials that only one arm (1: yes, 2: no) of selections by this test lead to."""
    seen: set[Node] = set()

    def visit(node: Node) -> None:
        if node in seen:
            return
        seen.add(node)
        for place, child in enumerate(al.children(node)):
            if not (node.op == "select" and node.args[0] is test and place == side):
                visit(child)

    for root in roots:
        visit(root)
    return [n for n in al.walk(roots) if n.op == "exp" and n.varying and n not in seen]


def pair_exponentials(roots: list[Node]) -> list[Node]:
    """Where one arm of a selection needs exp(a) and the other exp(b), one exponential of the selected argument does."""
    for test in dict.fromkeys(n.args[0] for n in al.walk(roots) if n.op == "select"):
        yes, no = _one_sided(roots, test, 1), _one_sided(roots, test, 2)
        by: dict[Node, Node] = {}
        for one, other in zip(yes, no):
            argument = al.select(test, one.args[0], other.args[0])
            slopes = [al.split(node.args[0]) for node in (one, other)]
            if slopes[0][1] is slopes[1][1]:
                argument = al.mul([(slopes[0][1], 1), (al.select(test, al.num(slopes[0][0]), al.num(slopes[1][0])), 1)])
            by[one] = by[other] = al.exp(argument)
        if by:
            memo: dict[Node, Node] = {}
            roots = [al.replace(root, by, memo) for root in roots]
    return roots


# -- fractions --------------------------------------------------------------------------------------------------------


class Fractions:
    """Sums of fractions over one denominator, so that nested fractions become one division."""

    def __init__(self, roots: list[Node], most_shared: int) -> None:
        """A divisor of more than most_shared products is divided by once, and the quotient used by all."""
        self.most_shared = most_shared
        self.uses: dict[Node, int] = defaultdict(int)
        self.divisions: dict[Node, int] = defaultdict(int)  # how many products a divisor is in
        self.below: dict[Node, int] = defaultdict(int)  # how often a node is a divisor, of its uses
        for root in roots:
            self.uses[root] += 1
        for node in al.walk(roots):
            for child in al.children(node):
                self.uses[child] += 1
            if node.op == "mul":
                for child, exponent in node.args[1]:
                    if exponent < 0:
                        self.divisions[child] += 1
                        self.below[child] += 1
        self.memo: dict[Node, Node] = {}
        self.shared: set[Node] = set()  # divisors whose reciprocal several products use

    def of(self, node: Node) -> Node:
        if node not in self.memo:
            if node.op == "add":
                new = self._sum(node)
            elif node.op == "select":
                new = self._selection(node)
            else:
                new = al.remake(node, self.of)
                if node.op == "mul":
                    self.shared |= {
                        self.of(n) for n, e in node.args[1] if e < 0 and self.divisions[n] > self.most_shared
                    }
            self.memo[node] = new
        return self.memo[node]

    def _parts(self, old: Node) -> tuple[Node, dict[Node, float]]:
        """(numerator, divisors) of the new form; nothing is taken from under a node that others use too."""
        new = self.of(old)
        if new.op != "mul" or (self.uses[old] > self.most_shared and old.op != "sym"):
            return new, {}
        divisors = {n: -e for n, e in new.args[1] if e < 0 and e == int(e) and n.varying and n not in self.shared}
        return al.mul([(new, 1), *divisors.items()]), divisors

    def _sum(self, node: Node) -> Node:
        terms = [(c, *self._parts(n)) for n, c in node.args[1]]
        common: dict[Node, float] = {}
        for _, _, divisors in terms:
            for n, e in divisors.items():
                common[n] = max(common.get(n, 0), e)
        wanted = 1 if self.below[node] == self.uses[node] else 2
        fractions = {tuple(d.items()) for _, _, d in terms if d}
        if not wanted <= len(fractions) or len(common) > MOST_DENOMINATORS:
            return al.remake(node, self.of)
        top = []
        for c, numerator, divisors in terms:
            lacking = [(n, e - divisors.get(n, 0)) for n, e in common.items()]
            top.append((c, al.mul([(numerator, 1), *lacking])))
        bottom = [(n, -e) for n, e in common.items()]
        whole = al.mul([*common.items()], 1.0)
        return al.mul([(al.add([*top, (node.args[0], whole)]), 1), *bottom])

    def _selection(self, node: Node) -> Node:
        test = self.of(node.args[0])
        (yes, below_yes), (no, below_no) = self._parts(node.args[1]), self._parts(node.args[2])
        if not below_yes and not below_no:
            return al.select(test, yes, no)
        both = {n: min(e, below_no[n]) for n, e in below_yes.items() if n in below_no}
        rest_yes = al.mul((n, e - both.get(n, 0)) for n, e in below_yes.items())
        rest_no = al.mul((n, e - both.get(n, 0)) for n, e in below_no.items())
        below = [(al.select(test, rest_yes, rest_no), -1), *((n, -e) for n, e in both.items())]
        return al.mul([(al.select(test, yes, no), 1), *below])


def optimise(roots: list[Node], quotients: dict[int, int], most_shared: int) -> list[Node]:
    """quotients: root n is to become root n over root quotients[n]. most_shared: see Fractions; 0 leaves fractions as
    they are."""
    roots = remove_singularities(roots)
    roots = share_exponentials(roots)
    roots = pair_exponentials(roots)
    if most_shared:
        fractions = Fractions([root for n, root in enumerate(roots) if n not in quotients], most_shared)
        roots = [fractions.of(root) for root in roots]
    for above, below in quotients.items():
        roots[above] = al.mul([(roots[above], 1), (roots[below], -1)])
    return roots


def singular_points(roots: list[Node]) -> tuple[list[str], list[str]]:
    """Where exp(w) - 1 stands below a fraction line, as text: with a numerator that is zero there too, and without."""
    removed, left = {}, {}
    for node in al.walk(remove_singularities(roots)):
        if node.op == "x_over_expm1":
            removed[_zero_of(node.args[0])] = None
        elif node.op == "mul":
            forms = [_exponential_minus(n) for n, e in node.args[1] if e < 0]
            left.update((_zero_of(form[0]), None) for form in forms if form)
    return list(removed), list(left)


def _zero_of(w: Node) -> str:
    constant, sums = al.affine(w)
    if len(sums) == 1:
        ((node, slope),) = sums.items()
        if node.op == "mul":  # a multiple of V - V0 by parameters
            moving = [n for n, _ in node.args[1] if n.varying]
            if len(moving) == 1 and constant == 0.0:
                constant, sums = al.affine(moving[0])
                node, slope = next(iter(sums.items()))
        if len(sums) == 1 and node.op == "sym" and node.args[0] == "y":
            return f"{node.args[1]} = {-constant / slope + 0.0:.6g}"
    return "a state that depends on parameters"
