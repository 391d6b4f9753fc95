#!/usr/bin/env python3
"""cudaemu: translate PTX to C that kernel_runtime.h and the emulator execute.

usage: ptx_to_c.py program.ptx program.c

Each .entry becomes a function that runs one thread; with barriers, one that returns at each barrier and goes on there,
its registers kept in a frame. Registers are typed by how they are declared and reinterpreted where an instruction sees
them otherwise. What is not known here is an error that names the instruction: nothing is guessed.

PTX: NVIDIA, "PTX ISA", version 9.0.
"""
import re
import sys

BITS = {"pred": 0, "f32": 32, "f64": 64}
BITS.update({k + str(n): n for k in "bus" for n in (8, 16, 32, 64)})
C_TYPE = {"pred": "int", "f32": "float", "f64": "double"}
C_TYPE.update({"u%d" % n: "uint%d_t" % n for n in (8, 16, 32, 64)})
C_TYPE.update({"b%d" % n: "uint%d_t" % n for n in (8, 16, 32, 64)})
C_TYPE.update({"s%d" % n: "int%d_t" % n for n in (8, 16, 32, 64)})
SPECIAL = {"%" + name + "." + axis: "b->%s[%d]" % (name, k)
           for name in ("tid", "ntid", "ctaid", "nctaid") for k, axis in enumerate("xyz")}
SPECIAL["%laneid"] = "(emu_linear_thread(b) %% EMU_WARP)".replace("%%", "%")
SPECIAL["%warpid"] = "(emu_linear_thread(b) / EMU_WARP)"
COMPARE = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "lo": "<", "ls": "<=", "hi": ">",
           "hs": ">="}
WINDOW = {"shared": "EMU_WINDOW_SHARED", "local": "EMU_WINDOW_LOCAL", "param": "EMU_WINDOW_PARAM"}
HINTS = {"volatile", "relaxed", "weak", "acquire", "release", "cta", "gpu", "sys", "cluster", "nc", "ca", "cg", "cs",
         "lu", "cv", "wb", "wt", "uni", "L1::no_allocate", "L1::evict_first", "L1::evict_last", "aligned"}


class Refused(Exception):
    pass


def c_name(name):
    return re.sub(r"\W", "_", name.lstrip("%"))


class Variable:
    """A symbol: .param of a kernel or function, .shared, .local, .global or .const."""

    def __init__(self, space, name, align, size, initial=None, where=""):
        self.space, self.name, self.align, self.size, self.initial, self.where = space, name, align, size, initial, where


DECLARATION = re.compile(
    r"\.(param|shared|local|global|const)\s+((?:\.(?:align\s+\d+|ptr|global|const|local|shared)\s+)*)"
    r"\.(\w+)\s+([\w$%.]+)\s*(\[\s*\d*\s*\])?\s*(?:=\s*(.*))?$", re.S)


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
    space, attributes, kind, name, count, initial = found.groups()
    if kind not in BITS:
        raise Refused("type in " + text)
    element = BITS[kind] // 8
    align = re.search(r"align\s+(\d+)", attributes)
    n = re.sub(r"\D", "", count) if count else "1"
    size = element * int(n) if n else 0
    return Variable(space, name, int(align.group(1)) if align else element, size,
                    bytes_of(initial, element) if initial else None)


class Function:
    """One .entry or .func."""

    def __init__(self, module, name, is_entry, params, results, directives, body):
        self.module, self.name, self.is_entry, self.directives = module, name, is_entry, directives
        self.params, self.results = params, results
        self.statements = statements(body)
        self.resumes = any(re.match(r"(@!?\S+\s+)?(bar|barrier)\.", s) for s in self.statements)
        self.scopes = [{}]
        self.registers = []  # (C name, type)
        self.arrays = []     # parameters of calls
        self.shared_bytes = self.local_bytes = 0
        self.dynamic_shared = False
        self.n_sites = self.n_barriers = self.n_scopes = 0
        self.targets = {}    # .branchtargets
        self.lines = []
        for k, p in enumerate(params + results):
            p.where = "UINT64_C(%d)" % ((k + 1) << 32) if is_entry else c_name(p.name)
            self.scopes[0][p.name] = p

    # ---- names -------------------------------------------------------------------------------------------------------

    def find(self, name):
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return self.module.variables.get(name)

    def declare_registers(self, text):
        kind, names = re.match(r"\.reg\s+\.(\w+)\s+(.*)$", text, re.S).groups()
        for name in re.split(r"\s*,\s*", names.strip()):
            family = re.match(r"(.*)<(\d+)>$", name)
            for one in [family.group(1) + str(i) for i in range(int(family.group(2)))] if family else [name]:
                c = c_name(one) + ("_%d" % self.n_scopes if len(self.scopes) > 1 else "")
                self.scopes[-1][one] = (("f->" if self.resumes else "") + c, kind)
                self.registers.append((c, kind))

    def declare_variable(self, text):
        v = declaration(text)
        if v.space == "shared":
            self.place_shared(v)
        elif v.space == "local":
            v.where = str(aligned(self.local_bytes, v.align))
            self.local_bytes = int(v.where) + v.size
        elif v.space == "param":
            v.where = c_name(v.name) + "_%d" % self.n_scopes
            self.arrays.append((v.where, v.size))
        else:
            raise Refused(text)
        self.scopes[-1][v.name] = v

    def place_shared(self, v):
        if v.size == 0:
            self.dynamic_shared = True
            v.where = "EMU_DYNAMIC_" + c_name(self.name)
        else:
            v.where = str(aligned(self.shared_bytes, v.align))
            self.shared_bytes = int(v.where) + v.size

    # ---- operands ----------------------------------------------------------------------------------------------------

    def read(self, operand, kind):
        """A C expression for an operand as a value of a PTX type."""
        operand = operand.strip()
        if operand.startswith("!"):
            return "!" + self.read(operand[1:], kind)
        number = re.match(r"0([dDfF])([0-9a-fA-F]+)$", operand)
        if number:
            wide = number.group(1) in "dD"
            if kind not in ("f64" if wide else "f32", "b64" if wide else "b32"):
                raise Refused("number " + operand + " as " + kind)
            bits = "UINT64_C(0x%s)" % number.group(2) if wide else "0x%su" % number.group(2)
            return ("emu_f64(%s)" if wide else "emu_f32(%s)") % bits if kind[0] == "f" else bits
        if re.match(r"-?(0[xX][0-9a-fA-F]+|\d+)U?$", operand):
            value = int(operand.rstrip("U"), 0)
            if kind == "pred":
                return str(value)
            if kind[0] == "f":
                raise Refused("integer " + operand + " as " + kind)
            return "(%s)UINT64_C(%d)" % (C_TYPE[kind], value % (1 << 64))
        if operand in SPECIAL:
            return "(%s)%s" % (C_TYPE[kind], SPECIAL[operand])
        found = self.find(operand)
        if found is None and operand in ("WARP_SZ",):
            return "EMU_WARP"
        if found is None:
            raise Refused("unknown name " + operand)
        if isinstance(found, Variable):
            return self.address_of(found)
        name, declared = found
        if declared == "pred" or kind == "pred":
            if declared != kind:
                raise Refused("predicate " + operand + " as " + kind)
            return name
        if kind[0] == "f":
            if declared == kind:
                return name
            if BITS[declared] != BITS[kind]:
                raise Refused(operand + " as " + kind)
            return "emu_%s(%s)" % (kind, name)
        if declared[0] == "f":
            if BITS[declared] != BITS[kind]:
                raise Refused(operand + " as " + kind)
            return "(%s)emu_bits%d(%s)" % (C_TYPE[kind], BITS[declared], name)
        return "(%s)%s" % (C_TYPE[kind], name)

    def write(self, operand, kind, value):
        """A C statement that writes a value of a PTX type."""
        if operand.strip() == "_":
            return "(void)(%s);" % value
        found = self.find(operand.strip())
        if not isinstance(found, tuple):
            raise Refused("destination " + operand)
        name, declared = found
        if (declared == "pred") != (kind == "pred"):
            raise Refused("destination " + operand + " as " + kind)
        if kind == "pred" or declared == kind:
            return "%s = %s;" % (name, value)
        if kind[0] == "f" or declared[0] == "f":
            if BITS[declared] != BITS[kind]:
                raise Refused("destination " + operand + " as " + kind)
            if kind[0] != "f":
                return "%s = emu_%s(%s);" % (name, declared, value)
            return "%s = emu_bits%d(%s);" % (name, BITS[kind], value)
        if BITS[declared] < BITS[kind]:
            raise Refused("destination " + operand + " is narrower than " + kind)
        return "%s = (%s)(%s)(%s);" % (name, C_TYPE["u%d" % BITS[declared]], C_TYPE[kind], value)

    def address_of(self, v):
        if v.space in ("global", "const"):
            return "emu_address_" + c_name(v.name)
        if v.space == "shared" and v.where == "":
            self.place_shared(v)
        return "(uint64_t)(%s)" % v.where

    def memory(self, space, operand, size):
        """A C expression of type unsigned char * for [base + offset]."""
        inside = re.match(r"\[\s*([^\s+\]]+)\s*(?:\+\s*(-?\w+))?\s*\]$", operand.strip())
        if not inside:
            raise Refused("address " + operand)
        base, offset = inside.group(1), int(inside.group(2) or "0", 0)
        v = self.find(base)
        if isinstance(v, Variable):
            if space and v.space != space and not (v.space == "param" and space == "param"):
                raise Refused("%s is not in %s memory" % (base, space))
            if v.space in ("param", "local") and not 0 <= offset <= v.size - size:
                raise Refused("%s lies outside of %s, which has %d bytes" % (operand, base, v.size))
            if v.space == "param" and not self.is_entry or v.where.startswith("param_of_call"):
                return "(%s + %d)" % (v.where, offset)
        if v is not None and space == "param" and not isinstance(v, Variable) and not self.is_entry:
            raise Refused("parameter by address in a function")
        address = "%s + UINT64_C(%d)" % (self.read(base, "u64"), offset % (1 << 64))
        if isinstance(v, Variable) and v.space == "param" and v not in self.params:
            return "(%s + %d)" % (v.where, offset)
        if space in ("global", "const"):
            return "emu_global(b, &emu_sites_%s[%d], %s, %d)" % (c_name(self.name), self.site(), address, size)
        if space in ("shared", "local", "param"):
            return "emu_%s(b, %s, %d)" % (space, address, size)
        if isinstance(v, Variable) and v.space in WINDOW:
            address = "(%s | %s)" % (WINDOW[v.space], address)
        return "emu_generic(b, &emu_sites_%s[%d], %s, %d)" % (c_name(self.name), self.site(), address, size)

    def site(self):
        self.n_sites += 1
        return self.n_sites - 1

    # ---- statements --------------------------------------------------------------------------------------------------

    def translate(self):
        for s in self.statements:
            try:
                self.statement(s)
            except (Refused, KeyError, ValueError, IndexError) as error:
                raise Refused("%s: `%s`: %s" % (self.name, s, error if isinstance(error, Refused) else repr(error)))

    def statement(self, s):
        if s == "{":
            self.n_scopes += 1
            self.scopes.append({})
        elif s == "}":
            self.scopes.pop()
        elif s.endswith(":"):
            self.lines.append(c_name(s[:-1]) + ":;")
        elif s.startswith(".reg"):
            self.declare_registers(s)
        elif re.match(r"\.(shared|local|param)\b", s):
            self.declare_variable(s)
        elif re.match(r"\.(loc|pragma|file)\b", s):
            pass
        elif re.match(r"\S+:\s*\.branchtargets", s):
            name, labels = re.match(r"(\S+):\s*\.branchtargets\s+(.*)$", s, re.S).groups()
            self.targets[name] = [x.strip() for x in labels.split(",")]
        elif s.startswith("."):
            raise Refused("directive")
        else:
            self.instruction(s)

    def instruction(self, s):
        predicate, word, rest = re.match(r"(?:@(!?\S+)\s+)?(\S+)\s*(.*)$", s, re.S).groups()
        op, *marks = word.split(".")
        marks = [m for m in marks if m not in HINTS]
        operands = split_operands(rest)
        handler = getattr(self, "op_" + op, None)
        if handler is None:
            raise Refused("unknown instruction")
        code = handler(marks, operands)
        if predicate:
            code = "if (%s) { %s }" % (self.read(predicate, "pred"), code)
        self.lines.append(code)

    def simple(self, marks, operands, formula, allowed=(), kind=None):
        """d = formula of the sources, all of the instruction's type."""
        kind = kind or marks[-1]
        for m in marks[:-1]:
            if m not in allowed:
                raise Refused("modifier ." + m)
        return self.write(operands[0], kind, formula(*[self.read(x, kind) for x in operands[1:]]))

    # ---- arithmetic

    def arithmetic(self, sign, marks, operands):
        kind = marks[-1]
        if kind[0] == "f":
            return self.simple(marks, operands, lambda x, y: "%s %s %s" % (x, sign, y), ("rn",))
        unsigned = C_TYPE["u%d" % BITS[kind]]
        return self.simple(marks, operands, lambda x, y: "(%s)((%s)%s %s (%s)%s)" % (unsigned, unsigned, x, sign,
                                                                                   unsigned, y))

    def op_add(self, marks, operands):
        return self.arithmetic("+", marks, operands)

    def op_sub(self, marks, operands):
        return self.arithmetic("-", marks, operands)

    def op_mul(self, marks, operands):
        if marks[-1][0] == "f":
            return self.arithmetic("*", marks, operands)
        kind, product = self.product(marks, operands)
        return self.write(operands[0], kind, product)

    def op_mad(self, marks, operands):
        if marks[-1][0] == "f":
            return self.op_fma(marks, operands)
        kind, product = self.product(marks, operands)
        return self.write(operands[0], kind, "(%s)((%s) + %s)" % (C_TYPE["u%d" % BITS[kind]], product,
                                                                  self.read(operands[3], "u%d" % BITS[kind])))

    def product(self, marks, operands):
        """Type and value of an integer product: its low or high half, or all of it."""
        part, kind = marks
        n, sign = BITS[kind], kind[0] == "s"
        x, y = self.read(operands[1], kind), self.read(operands[2], kind)
        wide = ("__int128" if n == 64 else "int64_t") if sign else ("unsigned __int128" if n == 64 else "uint64_t")
        whole = "(%s)%s * (%s)%s" % (wide, x, wide, y)
        if part == "lo":
            return kind, "(%s)(%s)" % (C_TYPE["u%d" % n], whole)
        if part == "hi":
            return kind, "(%s)((%s) >> %d)" % (C_TYPE[kind], whole, n)
        if part == "wide" and n < 64:
            kind = kind[0] + str(2 * n)
            return kind, "(%s)(%s)" % (C_TYPE[kind], whole)
        raise Refused("product ." + part)

    def op_fma(self, marks, operands):
        if "rn" not in marks:
            raise Refused("rounding")
        call = "__builtin_fma" + ("f" if marks[-1] == "f32" else "")
        return self.simple(marks, operands, lambda x, y, z: "%s(%s, %s, %s)" % (call, x, y, z), ("rn",))

    def op_div(self, marks, operands):
        kind = marks[-1]
        if kind[0] == "f":
            if "rn" not in marks:
                raise Refused("approximate division")
            return self.simple(marks, operands, lambda x, y: "%s / %s" % (x, y), ("rn",))
        return self.simple(marks, operands, lambda x, y: "emu_div_%s(%s, %s)" % (kind, x, y))

    def op_rem(self, marks, operands):
        return self.simple(marks, operands, lambda x, y: "emu_rem_%s(%s, %s)" % (marks[-1], x, y))

    def op_rcp(self, marks, operands):
        if "rn" not in marks:
            raise Refused("approximate reciprocal")
        one = "1.0f" if marks[-1] == "f32" else "1.0"
        return self.simple(marks, operands, lambda x: "%s / %s" % (one, x), ("rn",))

    def op_sqrt(self, marks, operands):
        if "rn" not in marks:
            raise Refused("approximate root")
        call = "__builtin_sqrt" + ("f" if marks[-1] == "f32" else "")
        return self.simple(marks, operands, lambda x: "%s(%s)" % (call, x), ("rn",))

    def op_neg(self, marks, operands):
        kind = marks[-1]
        if kind[0] == "f":
            return self.simple(marks, operands, lambda x: "-(%s)" % x)
        return self.simple(marks, operands, lambda x: "(%s)(0 - (%s)%s)" % (C_TYPE[kind], C_TYPE["u" + kind[1:]], x))

    def op_abs(self, marks, operands):
        kind = marks[-1]
        if kind[0] == "f":
            call = "__builtin_fabs" + ("f" if kind == "f32" else "")
            return self.simple(marks, operands, lambda x: "%s(%s)" % (call, x))
        unsigned = C_TYPE["u" + kind[1:]]
        return self.simple(marks, operands, lambda x: "%s < 0 ? (%s)(0 - (%s)%s) : %s" % (x, C_TYPE[kind], unsigned, x,
                                                                                       x))

    def smaller(self, name, sign, marks, operands):
        kind = marks[-1]
        if kind[0] == "f":
            return self.simple(marks, operands, lambda x, y: "emu_%s_%s(%s, %s)" % (name, kind, x, y))
        return self.simple(marks, operands, lambda x, y: "%s %s %s ? %s : %s" % (x, sign, y, x, y))

    def op_min(self, marks, operands):
        return self.smaller("min", "<", marks, operands)

    def op_max(self, marks, operands):
        return self.smaller("max", ">", marks, operands)

    def op_copysign(self, marks, operands):
        call = "__builtin_copysign" + ("f" if marks[-1] == "f32" else "")
        return self.simple(marks, operands, lambda x, y: "%s(%s, %s)" % (call, y, x))  # PTX: sign first

    # ---- bits

    def logic(self, sign, marks, operands):
        kind = marks[-1]
        return self.simple(marks, operands, lambda x, y: "(%s %s %s)" % (x, sign, y), kind=kind)

    def op_and(self, marks, operands):
        return self.logic("&", marks, operands)

    def op_or(self, marks, operands):
        return self.logic("|", marks, operands)

    def op_xor(self, marks, operands):
        return self.logic("^", marks, operands)

    def op_not(self, marks, operands):
        if marks[-1] == "pred":
            return self.simple(marks, operands, lambda x: "!%s" % x)
        return self.simple(marks, operands, lambda x: "(%s)~%s" % (C_TYPE[marks[-1]], x))

    def op_shl(self, marks, operands):
        kind = marks[-1]
        return self.write(operands[0], kind, "emu_shl%d(%s, %s)" % (BITS[kind], self.read(operands[1], kind),
                                                                   self.read(operands[2], "u32")))

    def op_shr(self, marks, operands):
        kind = marks[-1]
        name = ("s" if kind[0] == "s" else "u") + kind[1:]
        return self.write(operands[0], kind, "emu_shr_%s(%s, %s)" % (name, self.read(operands[1], name),
                                                                     self.read(operands[2], "u32")))

    def op_shf(self, marks, operands):
        way, mode, kind = marks
        low, high, by = (self.read(x, "u32") for x in operands[1:])
        by = "(%s & 31)" % by if mode == "wrap" else "(%s > 32 ? 32 : %s)" % (by, by)
        both = "((uint64_t)%s << 32 | %s)" % (high, low)
        return self.write(operands[0], kind, "(uint32_t)(%s << %s >> 32)" % (both, by) if way == "l" else
                          "(uint32_t)(%s >> %s)" % (both, by))

    def op_bfe(self, marks, operands):
        kind = marks[-1]
        return self.write(operands[0], kind, "(%s)emu_bfe(%s, %s, %s, %d, %d)" % (
            C_TYPE[kind], self.read(operands[1], "u" + kind[1:]), self.read(operands[2], "u32"),
            self.read(operands[3], "u32"), BITS[kind], kind[0] == "s"))

    def op_bfi(self, marks, operands):
        kind = marks[-1]
        return self.write(operands[0], kind, "(%s)emu_bfi(%s, %s, %s, %s, %d)" % (
            C_TYPE[kind], self.read(operands[1], kind), self.read(operands[2], kind), self.read(operands[3], "u32"),
            self.read(operands[4], "u32"), BITS[kind]))

    def op_brev(self, marks, operands):
        kind = marks[-1]
        return self.simple(marks, operands, lambda x: "(%s)emu_brev(%s, %d)" % (C_TYPE[kind], x, BITS[kind]))

    def op_popc(self, marks, operands):
        return self.write(operands[0], "u32", "(uint32_t)__builtin_popcountll(%s)" % self.read(operands[1], marks[-1]))

    def op_clz(self, marks, operands):
        return self.write(operands[0], "u32", "emu_clz%d(%s)" % (BITS[marks[-1]], self.read(operands[1], marks[-1])))

    def op_prmt(self, marks, operands):
        return self.simple(marks, operands, lambda x, y, z: "emu_prmt(%s, %s, %s)" % (x, y, z))

    def op_lop3(self, marks, operands):
        return self.simple(marks, operands, lambda *x: "emu_lop3(%s, %s, %s, %s)" % x)

    # ---- choices

    def comparison(self, name, kind, x, y):
        a, b = self.read(x, kind), self.read(y, kind)
        if kind[0] != "f":
            return "(%s %s %s)" % (a, COMPARE[name], b)
        unordered = "__builtin_isunordered(%s, %s)" % (a, b)
        if name in ("nan", "num"):
            return ("!" if name == "num" else "") + unordered
        if name == "ne":  # false where one is no number, unlike C
            return "(%s < %s || %s > %s)" % (a, b, a, b)
        if name == "neu":
            return "(%s != %s)" % (a, b)
        if name[-1] == "u" and name[:-1] in COMPARE:
            return "(%s || %s %s %s)" % (unordered, a, COMPARE[name[:-1]], b)
        if name not in ("eq", "lt", "le", "gt", "ge"):
            raise Refused("comparison ." + name)
        return "(%s %s %s)" % (a, COMPARE[name], b)

    def op_setp(self, marks, operands):
        if len(marks) not in (2, 3):
            raise Refused("modifiers")
        test = self.comparison(marks[0], marks[-1], operands[1], operands[2])
        yes, no = test, "!" + test
        if len(marks) == 3:
            sign = {"and": "&", "or": "|", "xor": "^"}[marks[1]]
            other = self.read(operands[3], "pred")
            yes, no = "(%s %s %s)" % (yes, sign, other), "(%s %s %s)" % (no, sign, other)
        both = operands[0].split("|")
        if len(both) == 2:
            return "{ const int emu_yes = %s, emu_no = %s; %s %s }" % (
                yes, no, self.write(both[0], "pred", "emu_yes"), self.write(both[1], "pred", "emu_no"))
        return self.write(operands[0], "pred", yes)

    def op_set(self, marks, operands):
        name, result, kind = marks
        test = self.comparison(name, kind, operands[1], operands[2])
        value = "%s ? 1.0f : 0.0f" % test if result == "f32" else "%s ? ~(%s)0 : 0" % (test, C_TYPE["u32"])
        return self.write(operands[0], result, value)

    def op_selp(self, marks, operands):
        kind = marks[-1]
        return self.write(operands[0], kind, "%s ? %s : %s" % (self.read(operands[3], "pred"),
                                                               self.read(operands[1], kind),
                                                               self.read(operands[2], kind)))

    def op_testp(self, marks, operands):
        name, kind = marks
        call = {"finite": "__builtin_isfinite", "infinite": "__builtin_isinf", "notanumber": "__builtin_isnan",
                "normal": "__builtin_isnormal"}[name]
        return self.write(operands[0], "pred", "%s(%s) != 0" % (call, self.read(operands[1], kind)))

    # ---- moves and conversions

    def op_mov(self, marks, operands):
        kind = marks[-1]
        into, out = vector(operands[0]), vector(operands[1])
        if into:  # taken apart, lowest bits first
            part = BITS[kind] // len(into)
            bits = "b%d" % part
            return "{ const uint64_t emu_whole = %s; %s }" % (self.read(operands[1], "b%d" % BITS[kind]), " ".join(
                self.write(x, bits, "(%s)(emu_whole >> %d)" % (C_TYPE[bits], k * part)) for k, x in enumerate(into)))
        if out:
            part = BITS[kind] // len(out)
            return self.write(operands[0], "b%d" % BITS[kind], " | ".join(
                "(uint64_t)%s << %d" % (self.read(x, "u%d" % part), k * part) for k, x in enumerate(out)))
        return self.write(operands[0], kind, self.read(operands[1], kind))

    def op_cvt(self, marks, operands):
        source, target = marks[-1], marks[-2]
        rounding = marks[:-2]
        x = self.read(operands[1], source)
        if len(rounding) > 1 or any(r not in ("rn", "rni", "rzi", "rmi", "rpi") for r in rounding):
            raise Refused("conversion")
        way = rounding[0] if rounding else None
        if source[0] == "f" and target[0] == "f":
            if way == "rn" and (source, target) != ("f64", "f32") or way is None and source == "f64" != target:
                raise Refused("conversion")
            value = x if way in (None, "rn") else "emu_%s_%s(%s)" % (way, source, x)
            return self.write(operands[0], target, "(%s)%s" % (C_TYPE[target], value))
        if source[0] == "f":  # what is no number becomes the integer of the highest bit alone, or 0
            if way is None or way == "rn":
                raise Refused("conversion")
            odd = "0" if source == "f32" and BITS[target] < 64 else "(%s)(UINT64_C(1) << %d)" % (
                C_TYPE[target], BITS[target] - 1)
            return self.write(operands[0], target, "emu_to_%s((double)emu_%s_%s(%s), %s)" % (target, way, source, x,
                                                                                           odd))
        if target[0] == "f":
            if way != "rn":
                raise Refused("conversion")
            return self.write(operands[0], target, "(%s)%s" % (C_TYPE[target], x))
        if way:
            raise Refused("conversion")
        return self.write(operands[0], target, "(%s)%s" % (C_TYPE[target], x))

    def op_cvta(self, marks, operands):
        to = marks[0] == "to"
        space = marks[1 if to else 0]
        x = self.read(operands[1], "u64")
        if space in WINDOW:
            x = "(%s & ~EMU_WINDOWS)" % x if to else "(%s | %s)" % (x, WINDOW[space])
        elif space not in ("global", "const"):
            raise Refused("address space")
        return self.write(operands[0], "u64", x)

    # ---- memory

    def split_memory_marks(self, marks):
        spaces = [m for m in marks if m.split("::")[0] in ("global", "const", "shared", "local", "param")]
        width = [m for m in marks if m in ("v2", "v4")]
        if len(spaces) + len(width) + 1 != len(marks) or len(spaces) > 1:
            raise Refused("modifiers")
        return spaces[0].split("::")[0] if spaces else None, int(width[0][1]) if width else 1, marks[-1]

    def op_ld(self, marks, operands):
        space, n, kind = self.split_memory_marks(marks)
        step = BITS[kind] // 8
        load = ("u" + kind[1:] if kind[0] == "b" else kind)
        at = self.memory(space, operands[1], n * step)
        names = vector(operands[0]) or [operands[0]]
        if n == 1:
            return self.write(names[0], kind, "emu_load_%s(%s)" % (load, at))
        return "{ const unsigned char *const emu_at = %s; %s }" % (at, " ".join(
            self.write(x, kind, "emu_load_%s(emu_at + %d)" % (load, k * step)) for k, x in enumerate(names)))

    op_ldu = op_ld

    def op_st(self, marks, operands):
        space, n, kind = self.split_memory_marks(marks)
        step = BITS[kind] // 8
        store = "u" + kind[1:] if kind[0] in "bs" else kind
        at = self.memory(space, operands[0], n * step)
        values = [self.read(x, store) for x in vector(operands[1]) or [operands[1]]]
        return "{ unsigned char *const emu_at = %s; %s }" % (at, " ".join(
            "emu_store_%s(emu_at + %d, %s);" % (store, k * step, x) for k, x in enumerate(values)))

    def op_atom(self, marks, operands):
        spaces = [m for m in marks if m.split("::")[0] in ("global", "shared")]
        rest = [m for m in marks if m not in spaces]
        name, kind = rest
        if kind[0] == "f":
            raise Refused("atomic operation on floating-point numbers: its order, and so its result, is not determined")
        kind = "u" + kind[1:] if kind[0] == "b" else kind
        x = self.read(operands[2], kind)
        new = {"add": "emu_old + %s", "min": "emu_old < %s ? emu_old : %s", "max": "emu_old > %s ? emu_old : %s",
               "and": "emu_old & %s", "or": "emu_old | %s", "xor": "emu_old ^ %s", "exch": "%s"}
        if name == "cas":
            value = "emu_old == %s ? %s : emu_old" % (x, self.read(operands[3], kind))
        else:
            value = new[name].replace("%s", x)
        at = self.memory(spaces[0].split("::")[0] if spaces else None, operands[1], BITS[kind] // 8)
        return "{ unsigned char *const emu_at = %s; const %s emu_old = emu_load_%s(emu_at); " \
            "emu_store_%s(emu_at, (%s)(%s)); %s }" % (at, C_TYPE[kind], kind, kind, C_TYPE[kind], value,
                                                     self.write(operands[0], kind, "emu_old"))

    def op_red(self, marks, operands):
        return self.op_atom(marks, ["_"] + operands)

    def op_membar(self, marks, operands):
        return ";"

    op_fence = op_prefetch = op_prefetchu = op_discard = op_membar

    # ---- control

    def op_bra(self, marks, operands):
        return "goto %s;" % c_name(operands[0])

    def op_brx(self, marks, operands):
        labels = self.targets[operands[1]]
        return "switch (%s) { %s default: b->fault(b, \"branch outside of its table\", 0, 0); }" % (
            self.read(operands[0], "u32"), " ".join("case %d: goto %s;" % (k, c_name(x)) for k, x in enumerate(labels)))

    def op_ret(self, marks, operands):
        return "return%s;" % (" 0" if self.resumes else "")

    def op_exit(self, marks, operands):
        if not self.is_entry:
            raise Refused("in a function")
        return self.op_ret(marks, operands)

    def op_trap(self, marks, operands):
        return "b->fault(b, \"trap\", 0, 0);"

    def op_bar(self, marks, operands):
        if marks != ["sync"] or operands != ["0"] or not self.is_entry:
            raise Refused("barrier")
        self.n_barriers += 1
        return "f->emu_resume = %d; return %d; emu_barrier_%d:;" % ((self.n_barriers,) * 3)

    op_barrier = op_bar

    def op_call(self, marks, operands):
        parts = re.match(r"(?:\(([^)]*)\)\s*,)?\s*([\w$]+)\s*(?:,\s*\(([^)]*)\))?", ", ".join(operands), re.S)
        results, name, arguments = parts.groups()
        if name not in self.module.functions:
            raise Refused("function " + name)
        names = [x.strip() for x in ((arguments or "") + "," + (results or "")).split(",") if x.strip()]
        return "emu_function_%s(b%s);" % (c_name(name), "".join(", " + self.find(x).where for x in names))

    # ---- C -----------------------------------------------------------------------------------------------------------

    def declare(self):
        lines = []
        kinds = {}
        for name, kind in self.registers:
            kinds.setdefault(C_TYPE["u16" if BITS[kind] == 8 else "u%d" % BITS[kind] if kind[0] in "bus" else kind],
                             []).append(name)
        for kind, names in sorted(kinds.items()):
            lines += ["  %s %s;" % (kind, ", ".join(names[i:i + 12])) for i in range(0, len(names), 12)]
        return lines

    def arguments(self):
        return "".join(", unsigned char *" + p.where for p in self.params + self.results)

    def c(self):
        name = c_name(self.name)
        out = ["static struct emu_range emu_sites_%s[%d];" % (name, max(1, self.n_sites))]
        out.append("#define EMU_DYNAMIC_%s %d" % (name, aligned(self.shared_bytes, 16)))
        arrays = ["  unsigned char %s[%d] __attribute__((aligned(16)));" % a for a in self.arrays]
        if not self.is_entry:
            out.append("static void emu_function_%s(struct emu_block *b%s)" % (name, self.arguments()))
            out += ["{"] + self.declare() + arrays + ["  " + x for x in self.lines] + ["}"]
            return out
        if self.resumes:
            out += ["struct emu_frame_%s {" % name, "  int emu_resume;"] + self.declare() + ["};"]
            out += ["static int emu_thread_%s(struct emu_block *b, void *frame)" % name, "{"] + arrays
            out += ["  struct emu_frame_%s *const f = frame;" % name, "  switch (f->emu_resume) {"]
            out += ["  case %d: goto emu_barrier_%d;" % (k + 1, k + 1) for k in range(self.n_barriers)] + ["  }"]
            out += ["  " + x for x in self.lines] + ["  return 0;", "}"]
            run = "emu_run_in_turns(b, emu_thread_%s, sizeof(struct emu_frame_%s), %d)" % (
                name, name, aligned(self.local_bytes, 16))
        else:
            out += ["static void emu_thread_%s(struct emu_block *b)" % name, "{"] + self.declare() + arrays
            out += ["  " + x for x in self.lines] + ["}"]
            run = "emu_run_plain(b, emu_thread_%s)" % name
        out += ["static void emu_run_%s(struct emu_block *b)" % name, "{", "  %s;" % run, "}"]
        out.append("static const struct emu_parameter emu_params_%s[] = {%s};" % (
            name, ", ".join("{%d, %d}" % (p.size, p.align) for p in self.params) or "{0, 0}"))
        return out

    def entry(self):
        name = c_name(self.name)
        most = re.search(r"\.maxntid\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?", self.directives)
        threads = 1024
        if most:
            threads = 1
            for x in most.groups():
                threads *= int(x or 1)
        frame = "sizeof(struct emu_frame_%s)" % name if self.resumes else "0"
        return '  {"%s", emu_run_%s, %d, %d, %d, %s, %d, %d, %d, %d, emu_params_%s, emu_sites_%s},' % (
            self.name, name, len(self.params), self.shared_bytes, aligned(self.local_bytes, 16), frame, threads,
            max(1, self.n_sites), self.resumes, self.dynamic_shared, name, name)


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
        f = Function(self, name, word == "entry", params, results, directives, text[header.end():at - 1])
        if word == "entry":
            self.entries.append(f)
        else:
            self.functions[name] = f
        return at

    def c(self):
        functions = [f for f in self.functions.values() if f is not None]
        for f in functions + self.entries:
            f.translate()
        out = ['#include "kernel_runtime.h"']
        variables = [v for v in self.variables.values() if v.space != "shared"]
        for v in variables:
            out.append("static uint64_t emu_address_%s;" % c_name(v.name))
            if v.initial:
                out.append("static const unsigned char emu_initial_%s[] = {%s};" % (
                    c_name(v.name), ", ".join(str(x) for x in v.initial)))
        out += ["static void emu_function_%s(struct emu_block *b%s);" % (c_name(f.name), f.arguments())
                for f in functions]
        for f in functions + self.entries:
            out += f.c()
        out += ["static const struct emu_kernel emu_kernels[] = {"] + [f.entry() for f in self.entries] + ["  {0}};"]
        out.append("static const struct emu_variable emu_variables[] = {")
        for v in variables:
            out.append('  {"%s", %d, %s, %d, %d, &emu_address_%s},' % (
                v.name, v.size, "emu_initial_" + c_name(v.name) if v.initial else "0", len(v.initial or b""),
                v.space == "const", c_name(v.name)))
        out += ["  {0}};", "const struct emu_program emu_program = {EMU_RUNTIME, %d, %d, %d, %d, emu_kernels, "
                "emu_variables};" % (self.target, self.version, len(self.entries), len(variables)), ""]
        return "\n".join(out)


def aligned(offset, align):
    return (offset + align - 1) // align * align


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


def main():
    with open(sys.argv[1]) as source:
        text = source.read().rstrip("\0")
    try:
        code = Module(text).c()
    except Refused as error:
        sys.exit("cudaemu: PTX not understood: %s" % error)
    with open(sys.argv[2], "w") as out:
        out.write(code)


if __name__ == "__main__":
    main()
