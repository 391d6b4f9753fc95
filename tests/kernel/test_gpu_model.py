"""The model of GPUs in tests/bench/gpu_model.py against codes whose time is known by hand."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import gpu_model as model

H100 = model.MACHINES["90"]
NONE = 7  # of a barrier


def line(address: int, text: str, stall: int = 1, raises: int = NONE, reads: int = NONE, waits: int = 0) -> str:
    """One instruction as cuobjdump prints it: the control fields are bits 41 up of its second half."""
    control = (stall | raises << 5 | reads << 8 | waits << 11) << 41
    return f"        /*{address:04x}*/      {text} ;   /* 0x{0:016x} */\n        /* 0x{control:016x} */\n"


def code(*lines: tuple) -> list:
    texts = [line(16 * i, entry[0], *entry[1:]) for i, entry in enumerate(lines)]
    return model.read_sass("".join(texts))


class Reading(unittest.TestCase):
    def test_fields(self):
        found = code(("@!P0 LDG.E.64 R2, [R4.64]", 5, 2, 3, 0b100001), ("DFMA R2, R4, R6, R8", 2))
        self.assertEqual([c.opcode for c in found], ["LDG", "DFMA"])
        self.assertEqual((found[0].stall, found[0].raises, found[0].reads, found[0].waits), (5, 2, 3, 33))
        self.assertTrue(found[0].guarded)
        self.assertEqual([c.unit for c in found], ["memory", "fp64"])
        self.assertIsNone(found[1].raises)

    def test_usual_path_leaves_out_slow_quotients(self):
        found = code(
            ("MUFU.RCP64H R3, R5",),
            ("@P0 BRA 0x40",),
            ("MOV R2, R4",),
            ("CALL.REL.NOINC 0x60",),
            ("DADD R2, R2, R4",),
            ("EXIT",),
            ("DMUL R2, R2, R4",),
            ("RET.REL.NODEC R2 0x0",),
        )
        self.assertEqual([c.opcode for c in model.usual_path(found)], ["MUFU", "BRA", "DADD", "EXIT"])

    def test_usual_path_keeps_other_branches(self):
        found = code(("@P0 BRA 0x20",), ("MOV R2, R4",), ("EXIT",))
        self.assertEqual(len(model.usual_path(found)), 3)


class Schedule(unittest.TestCase):
    def test_double_unit_is_the_limit(self):
        chain = code(*[("DFMA R2, R4, R6, R8", 8)] * 100)  # each waits 8 cycles for the one before
        alone = model.issue_cycles(chain, H100, warps=1, cold=0)
        self.assertAlmostEqual(alone, 800, delta=10)
        four = model.issue_cycles(chain, H100, warps=4, cold=0)
        self.assertAlmostEqual(four, 4 * 100 * 2, delta=20)  # 2 cycles each on 16 of 32 lanes: just filled
        eight = model.issue_cycles(chain, H100, warps=8, cold=0)
        self.assertAlmostEqual(eight, 8 * 100 * 2, delta=20)

    def test_one_instruction_a_cycle(self):
        mixed = code(*[("UMOV UR4, 0x1", 1), ("FFMA R2, R4, R6, R8", 1)] * 50)
        self.assertAlmostEqual(model.issue_cycles(mixed, H100, warps=4, cold=0), 400, delta=10)

    def test_memory_is_waited_for(self):
        load = code(("LDG.E.64 R2, [R4.64]", 1, 0), ("DADD R2, R2, R4", 2, NONE, NONE, 1))
        once = model.issue_cycles(load, H100, warps=1, cold=1)
        self.assertAlmostEqual(once, H100.latency["memory"], delta=10)
        self.assertAlmostEqual(model.issue_cycles(load, H100, warps=1, cold=0), H100.latency["cache"], delta=10)
        several = model.issue_cycles(load, H100, warps=8, cold=1)
        self.assertLess(several, 1.1 * once)  # they wait together


class Machines(unittest.TestCase):
    def test_groups(self):
        # 64 Ki registers, 128 threads a group, registers given out to a warp in 256s
        self.assertEqual([H100.groups(r) for r in (255, 168, 128, 126, 64, 32)], [2, 3, 4, 4, 8, 16])
        self.assertEqual(H100.groups(16, shared=32 * 1024), 5)

    def test_peaks_are_those_of_the_makers(self):
        for arch, double, single in (("80", 9.7e12, 19.5e12), ("90", 33.5e12, 66.9e12)):
            machine = model.MACHINES[arch]
            boost = {"80": 1.41e9, "90": 1.98e9}[arch]
            for unit, peak in (("fp64", double), ("fma", single)):
                rate = 2 * 32 / machine.cycles[unit] * 4 * machine.multiprocessors * boost
                self.assertAlmostEqual(rate / peak, 1, delta=0.01)

    def test_bytes_are_those_of_the_cpu(self):
        # docs/performance.md counts 304 bytes of a TTP06 node-step, and 1,342 and 801 of a step of diffusion; a device
        # also reads the numbers of nodes, rows and chunks
        self.assertEqual(model.reaction_bytes(19, "double"), 304 + 4)
        for mesh in model.MESHES:
            counted = {"hexahedra": 1342, "tetrahedra": 801}[mesh.name]
            self.assertAlmostEqual(mesh.bytes(8) - 4 * 5.5, counted, delta=4)


if __name__ == "__main__":
    unittest.main()
