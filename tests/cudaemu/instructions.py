"""cudaemu: PTX instructions as C. A mixin of Function in ptx_to_c.py, whose read(), write() and memory() give it operands.

op_NAME(marks, operands) returns the C statement for `NAME.mark.mark operand, operand`. What is not here, or has a mark
that is not here, is refused.
"""
import re

from ptx import BITS, Refused, vector


C_TYPE = {"pred": "int", "f32": "float", "f64": "double"}
C_TYPE.update({"u%d" % n: "uint%d_t" % n for n in (8, 16, 32, 64)})
C_TYPE.update({"b%d" % n: "uint%d_t" % n for n in (8, 16, 32, 64)})
C_TYPE.update({"s%d" % n: "int%d_t" % n for n in (8, 16, 32, 64)})
COMPARE = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "lo": "<", "ls": "<=", "hi": ">",
           "hs": ">="}
WINDOW = {"shared": "EMU_WINDOW_SHARED", "local": "EMU_WINDOW_LOCAL", "param": "EMU_WINDOW_PARAM"}


def c_name(name):
    return re.sub(r"\W", "_", name.lstrip("%"))


class Instructions:
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

    def carried(self, sign, marks, operands, first, takes):
        """Sum or difference that takes and, with .cc, leaves a carry; `first` as a C expression."""
        kind = "u" + marks[-1][1:]
        n = BITS[kind]
        wide = "unsigned __int128" if n == 64 else "uint64_t"
        leaves = "emu_carry = (uint32_t)(emu_whole >> %d) & 1; " % n if "cc" in marks else ""
        return "{ const %s emu_whole = (%s)(%s) %s %s%s; %s%s }" % (
            wide, wide, first, sign, self.read(operands[-1], kind), " %s emu_carry" % sign if takes else "", leaves,
            self.write(operands[0], kind, "(%s)emu_whole" % C_TYPE[kind]))

    def op_addc(self, marks, operands):
        return self.carried("+", marks, operands, self.read(operands[1], "u" + marks[-1][1:]), True)

    def op_subc(self, marks, operands):
        return self.carried("-", marks, operands, self.read(operands[1], "u" + marks[-1][1:]), True)

    def op_madc(self, marks, operands):
        kind, product = self.product([m for m in marks if m != "cc"], operands)
        return self.carried("+", marks, operands, "(%s)(%s)" % (C_TYPE["u" + kind[1:]], product), True)

    def op_add(self, marks, operands):
        if "cc" in marks:
            return self.carried("+", marks, operands, self.read(operands[1], "u" + marks[-1][1:]), False)
        return self.arithmetic("+", marks, operands)

    def op_sub(self, marks, operands):
        if "cc" in marks:
            return self.carried("-", marks, operands, self.read(operands[1], "u" + marks[-1][1:]), False)
        return self.arithmetic("-", marks, operands)

    def op_mul(self, marks, operands):
        if marks[-1][0] == "f":
            return self.arithmetic("*", marks, operands)
        kind, product = self.product(marks, operands)
        return self.write(operands[0], kind, product)

    def op_mad(self, marks, operands):
        if marks[-1][0] == "f":
            return self.op_fma(marks, operands)
        if "cc" in marks:
            kind, product = self.product([m for m in marks if m != "cc"], operands)
            return self.carried("+", marks, operands, "(%s)(%s)" % (C_TYPE["u" + kind[1:]], product), False)
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
        if not self.is_entry:
            return "{ b->local_top = emu_depot; return; }"
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
