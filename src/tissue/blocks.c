/* Tables of the input blocks `fibres` and `tissue`. */
#include "tissue.h"

#define ANGLE "degrees"

static const struct hc_choice rules[] = {
    {.name = "mesh", .value = HC_FIBRES_MESH, .meaning = "cell fields `fibre` and, if there, `sheet` of the mesh"},
    {.name = "uniform", .value = HC_FIBRES_UNIFORM, .meaning = "one direction everywhere"},
    {.name = "ldrb",
     .value = HC_FIBRES_LDRB,
     .meaning = "Laplace-Dirichlet rule on tagged surfaces (Bayer et al. 2012, doi:10.1007/s10439-012-0593-5)"},
    {0}};

#define AT(member) offsetof(struct hc_fibre_params, member)
static const struct hc_param fibre_params[] = {
    {.key = "rule",
     .type = HC_CHOICE,
     .offset = AT(rule),
     .fallback = "uniform",
     .choices = rules,
     .meaning = "Where fibres come from."},
    {.key = "direction",
     .type = HC_REALS,
     .offset = AT(direction),
     .unit = "1",
     .fallback = "[1, 0, 0]",
     .n_min = 3,
     .n_max = 3,
     .meaning = "uniform: fibre direction, of any length but zero."},
    {.key = "sheet",
     .type = HC_REALS,
     .offset = AT(sheet),
     .unit = "1",
     .fallback = "~",
     .n_min = 3,
     .n_max = 3,
     .meaning = "uniform: sheet direction, made orthogonal to the fibre; absent: any normal to the fibre."},
    {.key = "alpha_endo",
     .type = HC_REAL,
     .offset = AT(alpha_endo),
     .unit = ANGLE,
     .fallback = "60",
     .min = -90,
     .max = 90,
     .meaning = "ldrb: helix angle of the fibre at the endocardium, positive right-handed."},
    {.key = "alpha_epi",
     .type = HC_REAL,
     .offset = AT(alpha_epi),
     .unit = ANGLE,
     .fallback = "-60",
     .min = -90,
     .max = 90,
     .meaning = "ldrb: helix angle at the epicardium."},
    {.key = "beta_endo",
     .type = HC_REAL,
     .offset = AT(beta_endo),
     .unit = ANGLE,
     .fallback = "-65",
     .min = -90,
     .max = 90,
     .meaning = "ldrb: angle of the sheet about the fibre at the endocardium (0: across the wall)."},
    {.key = "beta_epi",
     .type = HC_REAL,
     .offset = AT(beta_epi),
     .unit = ANGLE,
     .fallback = "25",
     .min = -90,
     .max = 90,
     .meaning = "ldrb: angle of the sheet about the fibre at the epicardium."},
    {.key = "epi",
     .type = HC_INT,
     .offset = AT(epi),
     .fallback = "0",
     .min = 0,
     .max = 31,
     .meaning = "ldrb: surface tag of the epicardium (0: not given)."},
    {.key = "base",
     .type = HC_INT,
     .offset = AT(base),
     .fallback = "0",
     .min = 0,
     .max = 31,
     .meaning = "ldrb: surface tag of the base (0: not given)."},
    {.key = "lv",
     .type = HC_INT,
     .offset = AT(lv),
     .fallback = "0",
     .min = 0,
     .max = 31,
     .meaning = "ldrb: surface tag of the left ventricle's endocardium (0: not given)."},
    {.key = "rv",
     .type = HC_INT,
     .offset = AT(rv),
     .fallback = "0",
     .min = 0,
     .max = 31,
     .meaning = "ldrb: surface tag of the right ventricle's endocardium; 0: there is a left ventricle only."},
    {0}};
#undef AT

const struct hc_block hc_fibre_block = {"fibres", sizeof(struct hc_fibre_params), fibre_params,
                                        "Directions of fibres and sheets."};

#define AT(member) offsetof(struct hc_region_params, member)
#define CONDUCTIVITY .unit = "S/m", .fallback = "~", .min = 0, .max = 1e4, .n_min = 1, .n_max = 3
static const struct hc_param region_params[] = {
    {.key = "name", .type = HC_STRING, .offset = AT(name), .fallback = "~", .meaning = "For --set and messages."},
    {.key = "tags",
     .type = HC_INTS,
     .offset = AT(tags),
     .fallback = "[]",
     .meaning = "Cell regions of the mesh; empty: every region that no other entry names."},
    {.key = "conductivity",
     .type = HC_REALS,
     .offset = AT(conductivity),
     CONDUCTIVITY,
     .meaning =
         "Effective monodomain conductivity along fibre, sheet, normal; two values: sheet = normal; one: isotropic."},
    {.key = "intracellular",
     .type = HC_REALS,
     .offset = AT(intracellular),
     CONDUCTIVITY,
     .meaning = "Instead of `conductivity`, with `extracellular`: sigma = si se / (si + se) along each axis."},
    {.key = "extracellular",
     .type = HC_REALS,
     .offset = AT(extracellular),
     CONDUCTIVITY,
     .meaning = "See `intracellular`."},
    {.key = "velocity",
     .type = HC_MAP,
     .offset = AT(velocity),
     .unit = "m/s",
     .fallback = "~",
     .meaning =
         "Instead of conductivities: velocities of plane waves along `fibre`, `sheet` (if not given, as along the "
         "fibre) and `normal` (as along the sheet), e.g. {fibre: 0.6, sheet: 0.4, normal: 0.2}. Diffusion is "
         "calibrated for cells, mesh and time step. `intracellular` and `extracellular` beside it serve the ECG "
         "only."},
    {.key = "scale",
     .type = HC_REAL,
     .offset = AT(scale),
     .unit = "1",
     .fallback = "1",
     .min = 0,
     .max = 1e6,
     .meaning = "Factor on all conductivities of this entry."},
    {0}};
#undef AT

static const struct hc_block region_block = {"region", sizeof(struct hc_region_params), region_params,
                                             "Conductivity of one or more cell regions."};

static const struct hc_choice corrections[] = {
    {"none", HC_CORRECT_NONE, "tensors are what the conductivities say; coarse meshes conduct slower or faster"},
    {"velocity", HC_CORRECT_VELOCITY,
     "tensors are multiplied along each axis such that plane waves run as fast as in the continuum"},
    {NULL, 0, NULL}};

#define AT(member) offsetof(struct hc_tissue_params, member)
static const struct hc_param tissue_params[] = {
    {.key = "surface_to_volume",
     .type = HC_REAL,
     .offset = AT(surface_to_volume),
     .unit = "1/mm",
     .fallback = "140",
     .min = 1e-3,
     .max = 1e6,
     .meaning = "chi, membrane surface per volume of tissue (Niederer et al. 2011, doi:10.1098/rsta.2011.0139)."},
    {.key = "capacitance",
     .type = HC_REAL,
     .offset = AT(capacitance),
     .unit = "uF/mm2",
     .fallback = "0.01",
     .min = 1e-9,
     .max = 1e3,
     .meaning = "Cm, capacitance per membrane surface."},
    {.key = "regions",
     .type = HC_LIST,
     .offset = AT(regions),
     .n_min = 1,
     .block = &region_block,
     .meaning = "Conductivities by cell region."},
    {.key = "mesh_correction",
     .type = HC_CHOICE,
     .offset = AT(mesh_correction),
     .fallback = "none",
     .choices = corrections,
     .meaning =
         "What is done about mesh and time step in regions with conductivities. Regions with `velocity` are always "
         "corrected."},
    {0}};
#undef AT

const struct hc_block hc_tissue_block = {"tissue", sizeof(struct hc_tissue_params), tissue_params,
                                         "Conductivity and membrane of the tissue."};
