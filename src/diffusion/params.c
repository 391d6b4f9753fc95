#include "diffusion.h"

static const struct hc_choice methods[] = {
    {"backward_euler", HC_BACKWARD_EULER, "first order, damps every wave length"},
    {"crank_nicolson", HC_CRANK_NICOLSON, "second order, one solve"},
    {"bdf2", HC_BDF2, "second order and damps every wave length: TR-BDF2, two solves with one matrix"},
    {"rkl1", HC_RKL1,
     "first order, explicit and stabilised (Runge-Kutta-Legendre): as many products with the matrix as stability "
     "needs, "
     "usually two, and no sums over all ranks. Its error in time is opposite to that of first-order cells and "
     "splitting"},
    {"rkl2", HC_RKL2, "the same of second order"},
    {NULL, 0, NULL},
};

static const struct hc_choice masses[] = {
    {"adapted", HC_MASS_ADAPTED,
     "with rkl1 and rkl2: lumped, and corrected in each direction by the edge length over the thickness of the front: "
     "waves as "
     "fast "
     "as on a fine mesh, up to edges of some 0.6 mm. With an implicit method the same as consistent"},
    {"lumped", HC_MASS_LUMPED, "row sums on the diagonal: no overshoots, but waves too slow on coarse meshes"},
    {"consistent", HC_MASS_CONSISTENT, "the Galerkin mass matrix; with rkl1 and rkl2 its inverse to first order"},
    {NULL, 0, NULL},
};

/* The default tolerance: activation times of a wave (Mitchell-Schaeffer, 25 ms, 250 steps) move by 2 ms per mV of it,
 * that is by 2e-7 ms; an order of magnitude costs about 1.5 iterations a solve. */
#define AT(member) offsetof(struct hc_diffusion_params, member)
static const struct hc_param diffusion_params[] = {
    {"method", HC_CHOICE, AT(method), .fallback = "rkl1", .choices = methods,
     .meaning = "Time scheme of the diffusion (sub)steps."},
    {"mass", HC_REAL, AT(mass), .unit = "1", .fallback = "adapted", .min = -3, .max = 1, .choices = masses,
     .meaning = "Mass matrix: a name, or the lumped share of a blend of lumped and consistent (0 to 1; with rkl1 and "
                "rkl2 from -3, "
                "where shares below 0 make waves faster)."},
    {"upstroke", HC_REAL, AT(upstroke), .unit = "ms", .fallback = "0.35", .min = 0.01, .max = 100,
     .meaning = "With the adapted mass: time scale of the cells' upstroke. The default is that of human ventricular "
                "cells; docs/coarse-meshes.md has others."},
    {"tolerance", HC_REAL, AT(tolerance), .unit = "mV", .fallback = "1e-7", .min = 1e-15, .max = 1,
     .meaning =
         "The solver stops when the preconditioned residual of a step's increment, as a root mean square over the "
         "tissue, is below this."},
    {"max_iterations", HC_INT, AT(max_iterations), .unit = "1", .fallback = "1000", .min = 1, .max = 1000000,
     .meaning = "Iterations of one solve after which the run stops with an error."},
    {0},
};

const struct hc_block hc_diffusion_block = {"diffusion", sizeof(struct hc_diffusion_params), diffusion_params,
                                            "Time scheme and linear solver of the diffusion. The solver itself is "
                                            "chosen on the command line: PETSc options with the prefix diffusion_."};
