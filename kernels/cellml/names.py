"""Names and words: from those of a file to ours."""

from __future__ import annotations

import re

import myokit

from .units import Refused

KEYWORDS = set(
    [
        "auto",
        "break",
        "case",
        "char",
        "const",
        "continue",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extern",
        "float",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "register",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "volatile",
        "while",
        "scale",
        "lane",
    ]
)
CURRENT = re.compile(r"^[iI]_?(?=[A-Za-z0-9])(.*)$")
IONS = re.compile(r"^(Ca|Na|K|Cl|Mg|H)_?(i|o|e|ss|SR|sr|NSR|nsr|JSR|jsr|up|rel|sl|junc|cyt|sub)$")


def ascii_words(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;()+\-/*=<>]", " ", text.replace("_", " ")).strip()


def proposal(name: str, kind: str) -> str:
    """kind: state, parameter, current."""
    if kind == "current":
        match = CURRENT.match(name)
        rest = (match.group(1) if match else name).replace("_", "")
        return "I" + re.sub(r"^(na|ca|ks|kr|k1|kp|k$)", lambda ion: ion.group(1).capitalize(), rest)
    ion = IONS.match(name)
    if ion:
        where = {"sr": "SR", "nsr": "NSR", "jsr": "JSR", "e": "o"}.get(ion.group(2), ion.group(2))
        return ion.group(1) + where
    plain = name.replace("_", "")
    if kind == "parameter" and re.match(r"^[gG](?:_|[A-Z]|bar|max)", name):
        return "G" + re.sub(r"^[gG]", "", plain)
    return plain


def identifier(text: str) -> str:
    text = re.sub(r"\W", "_", text, flags=re.ASCII)
    if not text or text[0].isdigit() or text in KEYWORDS:
        text = f"x{text}" if text[:1].isdigit() else f"{text}_"
    return text


class Names:
    """Names that are given once; a second comer gets its component's name too."""

    def __init__(self, wanted: dict[str, str], taken: set[str] | None = None) -> None:
        """wanted: component.variable to name."""
        self.wanted = wanted
        self.taken = set(taken or ())

    def give(self, variable: myokit.Variable, kind: str) -> str:
        name = variable.name()
        component = variable.parent(myokit.Component).name()
        if variable.qname() in self.wanted:
            choice = self.wanted[variable.qname()]
            if choice in self.taken or choice != identifier(choice):
                raise Refused(f"--rename {variable.qname()}={choice}: taken, or no C identifier")
            self.taken.add(choice)
            return choice
        for choice in (proposal(name, kind), name, f"{component}_{name}"):
            choice = identifier(choice)
            if choice not in self.taken:
                break
        number = 2
        while choice in self.taken:
            choice, number = identifier(f"{component}_{name}_{number}"), number + 1
        self.taken.add(choice)
        return choice


def meaning(variable: myokit.Variable) -> str:
    component = ascii_words(variable.parent(myokit.Component).name())
    described = variable.meta.get("desc")
    if described:
        return ascii_words(" ".join(described.split()))[:100]
    return f"{ascii_words(variable.name())} of {component}"
