#include "diffusion.h"

static const struct hc_choice methods[] = {
    {"backward_euler", HC_BACKWARD_EULER, "first order, damps every wave length"},
    {"crank_nicolson", HC_CRANK_NICOLSON, "second order, one solve"},
    {"bdf2", HC_BDF2, "second order and damps every wave length: TR-BDF2, two solves with one matrix"},
    {NULL, 0, NULL},
};

static const struct hc_choice masses[] = {
    {"lumped", 1, "row sums on the diagonal: no overshoots, but waves too slow on coarse meshes"},
    {"consistent", 0, "the Galerkin mass matrix: waves nearly as fast as on a fine mesh"},
    {NULL, 0, NULL},
};

/* The default tolerance: activation times of a wave (Mitchell-Schaeffer, 25 ms, 250 steps) move by 2 ms per mV of it,
 * that is by 2e-7 ms; an order of magnitude costs about 1.5 iterations a solve. */
#define AT(member) offsetof(struct hc_diffusion_params, member)
static const struct hc_param diffusion_params[] = {
    {"method", HC_CHOICE, AT(method), .fallback = "crank_nicolson", .choices = methods,
     .meaning = "Time scheme of the diffusion (sub)steps."},
    {"mass", HC_REAL, AT(mass), .unit = "1", .fallback = "consistent", .min = 0, .max = 1, .choices = masses,
     .meaning = "Mass matrix: a name, or the lumped share of a blend of the two (0 to 1)."},
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
