"""cudaemu: the parts of a PTX text, as far as ptx_to_c.py must know them.

PTX: NVIDIA, "PTX ISA", version 9.0.
"""
import re

BITS = {"pred": 0, "f32": 32, "f64": 64}
BITS.update({k + str(n): n for k in "bus" for n in (8, 16, 32, 64)})


class Refused(Exception):
    pass


class Variable:
    """A symbol: .param of a kernel or function, .shared, .local, .global or .const."""

    def __init__(self, space, name, align, size, initial=None, where=""):
        self.space, self.name, self.align, self.size, self.initial, self.where = space, name, align, size, initial, where


ATTRIBUTES = r"((?:\.(?:align\s+\d+|ptr|global|const|local|shared)\s+)*)"
DECLARATION = re.compile(r"\.(param|shared|local|global|const)\s+" + ATTRIBUTES + r"\.(\w+)\s+" + ATTRIBUTES +
                         r"([\w$%.]+)\s*(\[\s*\d*\s*\])?\s*(?:=\s*(.*))?$", re.S)


def bytes_of(text, element):
    """The bytes of an initialiser, {1, 2} or one number."""
    out = bytearray()
    for item in re.findall(r"[^\s,{}]+", text):
        if re.match(r"0[dD][0-9a-fA-F]{16}$", item) or re.match(r"0[fF][0-9a-fA-F]{8}$", item):
            value = int(item[2:], 16)
        elif re.match(r"-?(0[xX][0-9a-fA-F]+|\d+)U?$", item):
            value = int(item.rstrip("U"), 0)
        else:
            raise Refused("initial value " + item)
        out += (value % (1 << 8 * element)).to_bytes(element, "little")
    return bytes(out)


def declaration(text):
    found = DECLARATION.match(text)
    if not found:
        raise Refused("declaration " + text)
    space, attributes, kind, _, name, count, initial = found.groups()
    if kind not in BITS:
        raise Refused("type in " + text)
    element = BITS[kind] // 8
    align = re.search(r"align\s+(\d+)", attributes)
    n = re.sub(r"\D", "", count) if count else "1"
    size = element * int(n) if n else 0
    return Variable(space, name, int(align.group(1)) if align else element, size,
                    bytes_of(initial, element) if initial else None)


class Body:
    """One .entry or .func: its statements, not yet looked at."""

    def __init__(self, name, is_entry, params, results, directives, body):
        self.name, self.is_entry, self.params, self.results = name, is_entry, params, results
        self.directives, self.statements = directives, statements(body)


class Module:
    def __init__(self, text):
        self.variables, self.functions, self.entries = {}, {}, []
        self.version = self.target = None
        text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)
        position = 0
        while True:
            position = re.compile(r"\s*").match(text, position).end()
            if position == len(text):
                break
            position = self.item(text, position)

    def item(self, text, at):
        """One item of the module, which begins at `at`: where it ends."""
        line = re.compile(r"\.(version|target|address_size|file|loc)\b([^\n]*)").match(text, at)
        if line:
            word, rest = line.group(1), line.group(2).strip()
            if word == "version":
                self.version = int(rest.replace(".", ""))
            elif word == "target":
                self.target = int(re.match(r"sm_(\d+)", rest).group(1))
            elif word == "address_size" and rest != "64":
                raise Refused("address_size " + rest)
            return line.end()
        section = re.compile(r"\.section\b[^{]*\{[^}]*\}").match(text, at)
        if section:
            return section.end()
        pragma = re.compile(r"\.pragma[^;]*;").match(text, at)
        if pragma:
            return pragma.end()
        header = re.compile(r"((?:\.(?:visible|extern|weak|common)\s+)*)\.(entry|func)\b([^{;]*)([{;])").match(text, at)
        if header:
            return self.function(text, header)
        variable = re.compile(r"((?:\.(?:visible|extern|weak|common)\s+)*)(\.(?:global|const|shared)\b[^;]*);").match(
            text, at)
        if variable:
            v = declaration(variable.group(2).strip())
            self.variables[v.name] = v
            return variable.end()
        raise Refused("`%s`" % text[at:at + 60].split("\n")[0])

    def function(self, text, header):
        _, word, head, end = header.groups()
        found = re.match(r"\s*(?:\(([^)]*)\))?\s*([\w$]+)\s*(?:\(([^)]*)\))?(.*)$", head, re.S)
        results, name, params, directives = found.groups()
        results, params = parameters(results), parameters(params)
        if word == "func":
            self.functions.setdefault(name, None)
        if end == ";":
            return header.end()
        depth, at = 1, header.end()
        while depth:
            brace = re.compile(r"[^{}]*([{}])").match(text, at)
            depth += 1 if brace.group(1) == "{" else -1
            at = brace.end()
        f = Body(name, word == "entry", params, results, directives, text[header.end():at - 1])
        if word == "entry":
            self.entries.append(f)
        else:
            self.functions[name] = f
        return at


def parameters(text):
    return [declaration(x.strip()) for x in (text or "").split(",") if x.strip()]


def vector(operand):
    """The parts of {a, b}, or None."""
    return [x.strip() for x in operand.strip()[1:-1].split(",")] if operand.strip().startswith("{") else None


def split_operands(text):
    """Operands, split at commas that are not within braces or parentheses."""
    out, depth = [""], 0
    for c in text:
        depth += (c in "{([") - (c in "})]")
        if c == "," and depth == 0:
            out.append("")
        else:
            out[-1] += c
    return [x.strip() for x in out if x.strip()]


def statements(body):
    """The statements of a body: labels with their colon, braces of scopes, the rest without semicolon."""
    out, at = [], 0
    space, label = re.compile(r"\s*"), re.compile(r"([\w$]+)\s*:(?!:)(?!\s*\.branchtargets)")
    while True:
        at = space.match(body, at).end()
        if at >= len(body):
            return out
        if body[at] in "{}":
            out.append(body[at])
            at += 1
            continue
        named = label.match(body, at)
        if named:
            out.append(named.group(1) + ":")
            at = named.end()
            continue
        if re.compile(r"\.loc\s").match(body, at):
            at = body.index("\n", at)
            continue
        end = body.index(";", at)
        out.append(" ".join(body[at:end].split()))
        at = end + 1
