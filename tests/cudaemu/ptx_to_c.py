#!/usr/bin/env python3
"""cudaemu: translate PTX to C for kernel_code.h and the emulator.

usage: ptx_to_c.py program.ptx stem

stem.c describes the program; stem.K.c has the code of kernel K, counted from 0, and is compiled when that kernel is
asked for. A kernel becomes a function that runs one thread; with barriers, one that returns at each barrier and goes on
there, its registers kept in a frame. Registers are typed by how they are declared and reinterpreted where an instruction sees
them otherwise. What is not known here is an error that names the instruction: nothing is guessed.

PTX: NVIDIA, "PTX ISA", version 9.0.
"""
import re
import sys

from instructions import C_TYPE, WINDOW, Instructions, c_name
from ptx import BITS, Module, Refused, Variable, declaration, split_operands

SPECIAL = {"%" + name + "." + axis: "b->%s[%d]" % (name, k)
           for name in ("tid", "ntid", "ctaid", "nctaid") for k, axis in enumerate("xyz")}
SPECIAL["%laneid"] = "(emu_linear_thread(b) % EMU_WARP)"
SPECIAL["%warpid"] = "(emu_linear_thread(b) / EMU_WARP)"
HINTS = {"volatile", "relaxed", "weak", "acquire", "release", "cta", "gpu", "sys", "cluster", "nc", "ca", "cg", "cs",
         "lu", "cv", "wb", "wt", "uni", "L1::no_allocate", "L1::evict_first", "L1::evict_last", "aligned"}
CALL_ROOM = 16384  # bytes


class Function(Instructions):
    """One .entry or .func."""

    def __init__(self, module, body):
        self.module, self.name, self.is_entry, self.directives = module, body.name, body.is_entry, body.directives
        self.params, self.results = body.params, body.results
        self.statements = body.statements
        self.resumes = any(re.match(r"(@!?\S+\s+)?(bar|barrier)\.", s) for s in self.statements)
        self.scopes = [{}]
        self.registers = []  # (C name, type)
        self.arrays = []     # parameters of calls
        self.shared_bytes = self.local_bytes = 0
        self.dynamic_shared = False
        self.n_sites = self.n_barriers = self.n_scopes = 0
        self.targets = {}    # .branchtargets
        self.lines = []
        end = 0
        for k, p in enumerate(self.params + self.results):
            p.where = "UINT64_C(%d)" % ((k + 1) << 32) if self.is_entry else c_name(p.name)
            p.offset = aligned(end, p.align)
            end = p.offset + p.size
            self.scopes[0][p.name] = p

    # ---- names -------------------------------------------------------------------------------------------------------

    def find(self, name):
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        v = self.module.variables.get(name)
        if v is not None and v.space == "shared":  # each kernel places it on its own
            v = Variable(v.space, v.name, v.align, v.size)
            self.place_shared(v)
            self.scopes[0][name] = v
        return v

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
        elif v.space == "local":  # of functions: after what their callers have
            at = aligned(self.local_bytes, v.align)
            v.where = str(at) if self.is_entry else "emu_depot + %d" % at
            self.local_bytes = at + v.size
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
        if found is None and operand == "WARP_SZ":
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
        unsigned = C_TYPE["u%d" % BITS[declared]]
        if C_TYPE[kind] == unsigned:
            return "%s = (%s)(%s);" % (name, unsigned, value)
        return "%s = (%s)(%s)(%s);" % (name, unsigned, C_TYPE[kind], value)

    def address_of(self, v):
        if v.space in ("global", "const"):
            return "emu_address_" + c_name(v.name)
        return "(uint64_t)(%s)" % v.where

    def memory(self, space, operand, size):
        """A C expression of type unsigned char * for [base + offset], space None for generic addresses."""
        inside = re.match(r"\[\s*([^\s+\]]+)\s*(?:\+\s*(-?\w+))?\s*\]$", operand.strip())
        if not inside:
            raise Refused("address " + operand)
        base, offset = inside.group(1), int(inside.group(2) or "0", 0)
        v = self.find(base)
        if isinstance(v, Variable):
            if space and v.space != space:
                raise Refused("%s is not in %s memory" % (base, space))
            if v.size and not 0 <= offset <= v.size - size:
                raise Refused("%s lies outside of %s, which has %d bytes" % (operand, base, v.size))
            if v.space == "param":
                return "(b->param + %d)" % (v.offset + offset) if v in self.params and self.is_entry else \
                    "(%s + %d)" % (v.where, offset)
        elif space == "param" and not self.is_entry:
            raise Refused("parameter by address in a function")
        address = "%s + UINT64_C(%d)" % (self.read(base, "u64"), offset % (1 << 64))
        if space in ("shared", "local", "param"):
            return "emu_%s(b, %s, %d)" % (space, address, size)
        if space is None and isinstance(v, Variable) and v.space in WINDOW:
            address = "(%s | %s)" % (WINDOW[v.space], address)
        return "emu_%s(b, &emu_sites_%s[%d], %s, %d)" % ("global" if space else "generic", c_name(self.name),
                                                       self.site(), address, size)

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
        lines = ["  uint32_t emu_carry = 0;"] + ["  " + x for x in self.lines]
        if not self.is_entry:
            out.append("static void emu_function_%s(struct emu_block *b%s)" % (name, self.arguments()))
            depot = "  const uint32_t emu_depot = emu_push_local(b, %d);" % aligned(self.local_bytes, 16)
            return out + ["{", depot] + self.declare() + arrays + lines + ["  b->local_top = emu_depot;", "}"]
        lines.insert(0, "  b->local_top = %d;" % aligned(self.local_bytes, 16))
        if self.resumes:
            out += ["struct emu_frame {", "  int emu_resume;"] + self.declare() + ["};"]
            out += ["static int emu_thread(struct emu_block *b, void *frame)", "{"] + arrays
            out += ["  struct emu_frame *const f = frame;", "  switch (f->emu_resume) {"]
            out += ["  case %d: goto emu_barrier_%d;" % (k + 1, k + 1) for k in range(self.n_barriers)] + ["  }"]
            out += lines + ["  return 0;", "}"]
            run = "emu_run_in_turns(b, emu_thread, sizeof(struct emu_frame), %d)" % self.all_local_bytes()
        else:
            out += ["static void emu_thread(struct emu_block *b)", "{"] + self.declare() + arrays + lines + ["}"]
            run = "emu_run_plain(b, emu_thread)"
        return out + ["static void emu_run(struct emu_block *b)", "{", "  %s;" % run, "}"]

    def code(self):
        """The file of one kernel."""
        functions = list(self.module.translated.values())
        variables = self.module.in_memory()
        out = ['#include "kernel_code.h"']
        out += ["static uint64_t emu_address_%s;" % c_name(v.name) for v in variables]
        out += ["static void emu_function_%s(struct emu_block *b%s);" % (c_name(f.name), f.arguments())
                for f in functions]
        for f in functions + [self]:
            out += f.c()
        sites = functions + [self]
        out.append("static struct emu_sites emu_all_sites[] = {%s};" % ", ".join(
            "{emu_sites_%s, %d}" % (c_name(f.name), max(1, f.n_sites)) for f in sites))
        out.append("static uint64_t *const emu_addresses[] = {%s};" % ", ".join(
            ["&emu_address_" + c_name(v.name) for v in variables] + ["0"]))
        out += ["const struct emu_code emu_code = {emu_run, %s, %d, emu_all_sites, emu_addresses};" % (
            "sizeof(struct emu_frame)" if self.resumes else "0", len(sites)), ""]
        return "\n".join(out)

    def entry(self):
        """The kernel's line in the description of the program."""
        most = re.search(r"\.maxntid\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?", self.directives)
        threads = 1024
        if most:
            threads = 1
            for x in most.groups():
                threads *= int(x or 1)
        return '  {"%s", %d, %d, %d, %d, %d, %d, emu_params_%s},' % (
            self.name, len(self.params), self.shared_bytes, self.all_local_bytes(), threads, self.resumes,
            self.dynamic_shared, c_name(self.name))

    def all_local_bytes(self):
        """Of a thread; with room for functions that have some of their own and may call each other."""
        room = CALL_ROOM if any(f.local_bytes for f in self.module.translated.values()) else 0
        return aligned(self.local_bytes, 16) + room


class Program:
    """All of a module: its functions and kernels, translated."""

    def __init__(self, text):
        self.module = Module(text)
        self.variables, self.functions = self.module.variables, self.module.functions
        self.translated = {name: Function(self, body) for name, body in self.functions.items() if body}
        self.kernels = [Function(self, body) for body in self.module.entries]
        for f in list(self.translated.values()) + self.kernels:
            f.translate()

    def in_memory(self):
        return [v for v in self.variables.values() if v.space != "shared"]

    def description(self):
        out = ['#include "kernel_runtime.h"']
        for k in self.kernels:
            out.append("static const struct emu_parameter emu_params_%s[] = {%s};" % (
                c_name(k.name), ", ".join("{%d, %d}" % (p.size, p.align) for p in k.params) or "{0, 0}"))
        out += ["static const struct emu_kernel emu_kernels[] = {"] + [k.entry() for k in self.kernels] + ["  {0}};"]
        for v in self.in_memory():
            if v.initial:
                out.append("static const unsigned char emu_initial_%s[] = {%s};" % (
                    c_name(v.name), ", ".join(str(x) for x in v.initial)))
        out.append("static const struct emu_variable emu_variables[] = {")
        for v in self.in_memory():
            out.append('  {"%s", %d, %s, %d, %d},' % (
                v.name, v.size, "emu_initial_" + c_name(v.name) if v.initial else "0", len(v.initial or b""),
                v.space == "const"))
        out += ["  {0}};", "const struct emu_program emu_program = {EMU_RUNTIME, %d, %d, %d, %d, emu_kernels, "
                "emu_variables};" % (self.module.target, self.module.version, len(self.kernels),
                                     len(self.in_memory())), ""]
        return "\n".join(out)


def aligned(offset, align):
    return (offset + align - 1) // align * align


def write_text(path, text):
    with open(path, "w") as out:
        out.write(text)


def main():
    with open(sys.argv[1]) as source:
        text = source.read().rstrip("\0")
    try:
        program = Program(text)
    except Refused as error:
        sys.exit("cudaemu: PTX not understood: %s" % error)
    for k, kernel in enumerate(program.kernels):
        write_text("%s.%d.c" % (sys.argv[2], k), kernel.code())
    write_text(sys.argv[2] + ".c", program.description())


if __name__ == "__main__":
    main()
