#include "kernels/tumour.h"

#include "tumour.h"

static const struct hc_choice model_choices[] = {
    {"logistic", HC_LAW_LOGISTIC, "proliferation and invasion: rho u (1 - u)"},
    {"gompertz", HC_LAW_GOMPERTZ, "the same with rho u ln(1 / u)"},
    {"necrosis", HC_LAW_NECROSIS,
     "proliferating cells, necrosis and a nutrient that they consume: cells die where it is short"},
    {NULL, 0, NULL}};

static const struct hc_choice seed_choices[] = {{"gaussian", HC_SEED_GAUSSIAN, "density exp(-(r / radius)^2)"},
                                                {"ball", HC_SEED_BALL, "density within the radius, nothing outside"},
                                                {NULL, 0, NULL}};

#define NECROSIS(member) offsetof(struct hc_necrosis_params, member)
static const struct hc_param necrosis_params[] = {
    {"rate", HC_REAL, NECROSIS(rate), .unit = "1/day", .fallback = "0.35", .min = 0, .max = 100,
     .meaning = "Rate at which cells die without nutrient."},
    {"threshold", HC_REAL, NECROSIS(threshold), .unit = "1", .fallback = "0.5", .min = 0, .max = 1,
     .meaning = "Nutrient at which half of that rate acts."},
    {"sharpness", HC_REAL, NECROSIS(sharpness), .unit = "1", .fallback = "50", .min = 1, .max = 500,
     .meaning = "How sharp that threshold is: 1 / (1 + exp(sharpness (s - threshold)))."},
    {"consumption", HC_REAL, NECROSIS(consumption), .unit = "1/day", .fallback = "0.05", .min = 0, .max = 1e4,
     .meaning = "Consumption of nutrient by cells at their carrying capacity."},
    {"diffusivity", HC_REAL, NECROSIS(diffusivity), .unit = "mm2/day", .fallback = "1.3", .min = 0, .max = 1e4,
     .meaning = "Diffusion of the nutrient, in all tissues."},
    {"supply", HC_REAL, NECROSIS(supply), .unit = "1/day", .fallback = "0", .min = 0, .max = 1e4,
     .meaning = "Rate at which vessels bring the nutrient back to 1."},
    {"pressure", HC_REAL, NECROSIS(pressure), .unit = "mmHg", .fallback = "40", .min = 0, .max = 760,
     .meaning = "Partial pressure of oxygen where the nutrient is 1, for radiotherapy with an oxygen effect."},
    {0}};
static const struct hc_block necrosis_block = {
    "necrosis", sizeof(struct hc_necrosis_params), necrosis_params,
    "Necrosis and nutrient, for the model necrosis (after Balcerak et al. 2023, arXiv:2312.05063)."};

#define SEED(member) offsetof(struct hc_seed_params, member)
static const struct hc_param seed_params[] = {
    {"position", HC_REALS, SEED(position), .unit = "mm", .n_min = 3, .n_max = 3,
     .meaning = "Centre of the first tumour cells, in the tissue."},
    {"radius", HC_REAL, SEED(radius), .unit = "mm", .fallback = "2", .min = 1e-3, .max = 1e3, .meaning = "Its size."},
    {"density", HC_REAL, SEED(density), .unit = "1", .fallback = "0.5", .min = 1e-12, .max = 1,
     .meaning = "Density at its centre."},
    {"shape", HC_CHOICE, SEED(shape), .fallback = "gaussian", .choices = seed_choices, .meaning = "Its shape."},
    {"time", HC_REAL, SEED(time), .unit = "day", .fallback = "0", .min = -1e5, .max = 1e5,
     .meaning = "Day when it is there: simulated time begins then."},
    {0}};
static const struct hc_block seed_block = {"seed", sizeof(struct hc_seed_params), seed_params,
                                           "The tumour when it begins."};

#define AT(member) offsetof(struct hc_tumour_params, member)
static const struct hc_param tumour_params[] = {
    {"model", HC_CHOICE, AT(model), .fallback = "logistic", .choices = model_choices, .meaning = "How cells grow."},
    {"diffusivity", HC_REAL, AT(diffusivity), .unit = "mm2/day", .min = 0, .max = 1e3,
     .meaning = "Diffusion of the cells in white matter; in gliomas 0.02 to 1.3."},
    {"grey", HC_REAL, AT(grey), .unit = "1", .fallback = "0.1", .min = 0, .max = 10,
     .meaning =
         "Diffusion in grey matter as a share of that in white; ratios of 5 to 30 are in use (Swanson et al. 2000, "
         "doi:10.1046/j.1365-2184.2000.00177.x, have 5)."},
    {"grey_regions", HC_INTS, AT(grey_regions), .fallback = "[2]", .min = -2147483648.0, .max = 2147483647.0,
     .meaning = "Regions of the mesh that are grey matter, all others being white, if it has no fields `white` and "
                "`grey`."},
    {"anisotropy", HC_REAL, AT(anisotropy), .unit = "1", .fallback = "1", .min = 0, .max = 1,
     .meaning =
         "How much of the anisotropy of the mesh's diffusion tensors (field `dti`) cells follow: 0 none, 1 all."},
    {"diffusivity_field", HC_STRING, AT(diffusivity_field), .fallback = "~",
     .meaning = "Field of the mesh by which the diffusion is multiplied."},
    {"proliferation", HC_REAL, AT(proliferation), .unit = "1/day", .min = 0, .max = 100,
     .meaning = "Proliferation rate rho; in gliomas 0.0027 to 0.19."},
    {"grey_proliferation", HC_REAL, AT(grey_proliferation), .unit = "1", .fallback = "1", .min = 0, .max = 10,
     .meaning = "Proliferation in grey matter as a share of that in white."},
    {"proliferation_field", HC_STRING, AT(proliferation_field), .fallback = "~",
     .meaning = "Field of the mesh by which the proliferation is multiplied."},
    {"necrosis", HC_BLOCK, AT(necrosis), .block = &necrosis_block, .meaning = "Necrosis and nutrient."},
    {"seed", HC_BLOCK, AT(seed), .block = &seed_block, .meaning = "The tumour when it begins."},
    {0}};
const struct hc_block hc_tumour_block = {"tumour", sizeof(struct hc_tumour_params), tumour_params,
                                         "The tumour: what its cells do."};

#define STIFFNESS(member) offsetof(struct hc_stiffness_params, member)
#define STIFFNESS_OF(tissue, young_modulus, poisson_ratio, remark)                                                     \
  {"young",                                                                                                            \
   HC_REAL,                                                                                                            \
   STIFFNESS(young),                                                                                                   \
   .unit = "kPa",                                                                                                      \
   .fallback = (young_modulus),                                                                                        \
   .min = 1e-3,                                                                                                        \
   .max = 1e6,                                                                                                         \
   .meaning = "Young's modulus of " tissue remark},                                                                    \
  {                                                                                                                    \
    "poisson", HC_REAL, STIFFNESS(poisson),                                                                            \
        .unit = "1", .fallback = (poisson_ratio), .min = 0, .max = 0.495,                                              \
        .meaning = "Poisson's ratio of " tissue "; linear elements lock as it comes near 0.5."                         \
  }
#define MEASURED " (Budday et al. 2015, doi:10.1016/j.jmbbm.2015.02.024; see docs/tumours.md)."
static const struct hc_param white_params[] = {STIFFNESS_OF("white matter", "1.895", "0.45", MEASURED), {0}};
static const struct hc_param grey_params[] = {STIFFNESS_OF("grey matter", "1.389", "0.45", MEASURED), {0}};
static const struct hc_param tumour_tissue_params[] = {
    STIFFNESS_OF("tissue full of tumour", "~", "~", "; without it that of the tissue around."), {0}};
static const struct hc_block white_block = {"white", sizeof(struct hc_stiffness_params), white_params,
                                            "What white matter is made of."};
static const struct hc_block grey_block = {"grey", sizeof(struct hc_stiffness_params), grey_params,
                                           "What grey matter is made of."};
static const struct hc_block tumour_tissue_block = {"tumour", sizeof(struct hc_stiffness_params), tumour_tissue_params,
                                                    "What a tumour is made of, mixed in by its density."};

#define MECHANICS(member) offsetof(struct hc_mechanics_params, member)
static const struct hc_param mechanics_params[] = {
    {"coupling", HC_REAL, MECHANICS(coupling), .unit = "kPa", .fallback = "0", .min = 0, .max = 1e4,
     .meaning = "Stress by which tissue that is full of tumour presses outwards; 0: no mechanics."},
    {"damping", HC_REAL, MECHANICS(damping), .unit = "1/kPa", .fallback = "0", .min = 0, .max = 1e6,
     .meaning = "Diffusion is multiplied by exp(-damping von Mises stress) (Weis et al. 2013, "
                "doi:10.1088/0031-9155/58/17/5851; Hormuth et al. 2017, doi:10.1098/rsif.2016.1010)."},
    {"every", HC_REAL, MECHANICS(every), .unit = "day", .fallback = "5", .min = 1e-3, .max = 1e5,
     .meaning = "Days between solutions: at the multiples of it."},
    {"white", HC_BLOCK, MECHANICS(white), .block = &white_block, .meaning = "White matter."},
    {"grey", HC_BLOCK, MECHANICS(grey), .block = &grey_block, .meaning = "Grey matter."},
    {"tumour", HC_BLOCK, MECHANICS(tumour), .block = &tumour_tissue_block,
     .meaning = "The tumour; with numbers of its own the matrix is made anew for every solution."},
    {"fixed", HC_INTS, MECHANICS(fixed), .fallback = "[1]", .min = 1, .max = 31, .n_min = 1, .n_max = 31,
     .meaning = "Surface tags of nodes that do not move: 1 is the whole boundary of an anatomy."},
    {"free", HC_INTS, MECHANICS(free), .fallback = "[]", .min = 1, .max = 31, .n_max = 31,
     .meaning = "Surface tags of nodes that move without traction nevertheless: 2 touches the CSF of an anatomy."},
    {"tolerance", HC_REAL, MECHANICS(tolerance), .unit = "1", .fallback = "1e-5", .min = 1e-14, .max = 0.1,
     .meaning = "Of the solver: preconditioned residual relative to that of the load."},
    {0}};
const struct hc_block hc_mechanics_block = {
    "mechanics", sizeof(struct hc_mechanics_params), mechanics_params,
    "Mass effect: linear elasticity under the growth, whose stress damps migration (docs/tumours.md)."};

static const struct hc_choice method_choices[] = {{"rkl1", HC_RKL1, "explicit and stabilised, of first order"},
                                                  {"rkl2", HC_RKL2, "the same of second order"},
                                                  {NULL, 0, NULL}};

static const struct hc_choice mass_choices[] = {
    {"lumped", HC_MASS_LUMPED,
     "densities stay positive on voxels; on coarse meshes fronts are too fast by rho h2 / (24 D)"},
    {"consistent", HC_MASS_CONSISTENT, "the Galerkin mass matrix: too slow by as much"},
    {NULL, 0, NULL}};

#define DIFFUSION(member) offsetof(struct hc_diffusion_params, member)
static const struct hc_param diffusion_params[] = {
    {"method", HC_CHOICE, DIFFUSION(method), .fallback = "rkl2", .choices = method_choices,
     .meaning = "Time scheme of the diffusion steps."},
    {"mass", HC_REAL, DIFFUSION(mass), .unit = "1", .fallback = "lumped", .min = 0, .max = 1, .choices = mass_choices,
     .meaning = "Mass matrix: a name, or the lumped share of a blend; with 0.5 the two errors cancel, and undershoots "
                "ahead of a front may be seen."},
    {0}};
const struct hc_block hc_tumour_diffusion_block = {"diffusion", sizeof(struct hc_diffusion_params), diffusion_params,
                                                   "Numerics of the diffusion."};
