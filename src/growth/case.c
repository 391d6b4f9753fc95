#include "growth_case.h"

#include "session.h"
#include "stepper.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TIME(member) offsetof(struct hc_growth_time_params, member)
static const struct hc_param time_params[] = {
    {"step", HC_REAL, TIME(step), .unit = "day", .fallback = "0.5", .min = 1e-6, .max = 1e3,
     .meaning = "Time step. Steps end at its multiples, at treatments and where something is written."},
    {"end", HC_REAL, TIME(end), .unit = "day", .min = -1e5, .max = 1e6, .meaning = "Last day."},
    {"splitting", HC_CHOICE, TIME(splitting), .fallback = "strang", .choices = hc_splitting_choices,
     .meaning = "How growth and diffusion alternate within a step."},
    {0}};
static const struct hc_block time_block = {"time", sizeof(struct hc_growth_time_params), time_params, "Time, in days."};

#define OBSERVE(member) offsetof(struct hc_growth_observe_params, member)
static const struct hc_param observe_params[] = {
    {"every", HC_REAL, OBSERVE(every), .unit = "day", .fallback = "1", .min = 1e-3, .max = 1e5,
     .meaning = "Time between samples of the burden."},
    {"enhancing", HC_REAL, OBSERVE(enhancing), .unit = "1", .fallback = "0.8", .min = 1e-9, .max = 1,
     .meaning = "Density that contrast-enhanced T1 images show: 0.6 to 0.8 (Swanson et al. 2008, "
                "doi:10.1038/sj.bjc.6604125, have 0.8)."},
    {"visible", HC_REAL, OBSERVE(visible), .unit = "1", .fallback = "0.16", .min = 1e-9, .max = 1,
     .meaning = "Density that FLAIR and T2 images show: 0.05 to 0.6 (the same have 0.16)."},
    {"thresholds", HC_REALS, OBSERVE(thresholds), .unit = "1", .fallback = "~", .min = 1e-9, .max = 1, .n_max = 32,
     .meaning = "More densities whose volumes are sampled."},
    {"progression", HC_REAL, OBSERVE(progression), .unit = "1", .fallback = "0.4", .min = 0.01, .max = 100,
     .meaning = "Growth of the enhancing volume over its smallest value since the first treatment that counts as "
                "progression; 0.4 of a volume is the 0.25 of an area of the RANO criteria (Wen et al. 2010, "
                "doi:10.1200/JCO.2009.26.3541)."},
    {"control", HC_BOOL, OBSERVE(control), .fallback = "false",
     .meaning = "Grow the untreated tumour too, for the days gained (Neal et al. 2013, "
                "doi:10.1371/journal.pone.0051951)."},
    {"cells", HC_REAL, OBSERVE(cells), .unit = "1/mm3", .fallback = "1e5", .min = 1e-6, .max = 1e9,
     .meaning = "Clonogenic cells at the carrying capacity, for the probability of tumour control."},
    {"segmentation", HC_PATH, OBSERVE(segmentation), .fallback = "~",
     .meaning = "Image (NIfTI) of labels to compare with."},
    {"enhancing_labels", HC_INTS, OBSERVE(enhancing_labels), .fallback = "[1, 3]", .min = 0, .max = 1e6,
     .meaning = "Labels that the density above `enhancing` is compared with."},
    {"visible_labels", HC_INTS, OBSERVE(visible_labels), .fallback = "[1, 2, 3]", .min = 0, .max = 1e6,
     .meaning = "Labels that the density above `visible` is compared with."},
    {0}};
static const struct hc_block observe_block = {"observe", sizeof(struct hc_growth_observe_params), observe_params,
                                              "What is watched."};

static const struct hc_choice precisions[] = {
    {"float32", 32, "7 digits, half the disk space"}, {"float64", 64, "16 digits, as computed"}, {0}};
#define OUTPUT(member) offsetof(struct hc_output_params, member)
static const struct hc_param output_params[] = {
    {"every", HC_REAL, OUTPUT(every), .unit = "day", .fallback = "30", .min = 0, .max = 1e6,
     .meaning = "Time between two frames of the fields; 0: no frames."},
    {"start", HC_REAL, OUTPUT(start), .unit = "day", .fallback = "~", .min = -1e5, .max = 1e6,
     .meaning = "Day of the first frame; that of the seed without it."},
    {"fields", HC_STRINGS, OUTPUT(fields), .fallback = "[u]", .n_min = 1, .n_max = 3,
     .meaning = "What a frame holds: u, the density of living cells; necrosis, nutrient."},
    {"precision", HC_CHOICE, OUTPUT(precision), .fallback = "float32", .choices = precisions,
     .meaning = "Numbers of the frames on disk."},
    {"compression", HC_INT, OUTPUT(compression), .fallback = "1", .min = 0, .max = 9,
     .meaning = "Deflate level of the datasets, 0 for none."},
    {0}};
static const struct hc_block output_block = {"output", sizeof(struct hc_output_params), output_params,
                                             "Results on disk: results.h5 (VTKHDF) and results.xdmf; times are days."};

#define CHECKPOINT(member) offsetof(struct hc_growth_checkpoint_params, member)
static const struct hc_param checkpoint_params[] = {
    {"every", HC_REAL, CHECKPOINT(every), .unit = "day", .fallback = "0", .min = 0, .max = 1e6,
     .meaning =
         "Simulated time between checkpoints, each at the end of a step; 0: only on SIGTERM, SIGUSR1 and on a failed "
         "step."},
    {"guard", HC_REAL, CHECKPOINT(guard), .unit = "day", .fallback = "10", .min = 0, .max = 1e6,
     .meaning = "Simulated time between the copies of the state, kept in memory, from which a failed step leaves its "
                "checkpoint; 0: none."},
    {"final", HC_BOOL, CHECKPOINT(final), .fallback = "false",
     .meaning = "Leave a checkpoint of the end, to go on from with a later time.end."},
    {0}};
static const struct hc_block checkpoint_block = {"checkpoint", sizeof(struct hc_growth_checkpoint_params),
                                                 checkpoint_params,
                                                 "Checkpoints, from which a run goes on with --restart."};

#define AT(member) offsetof(struct hc_growth_case, member)
static const struct hc_param case_params[] = {
    {"title", HC_STRING, AT(title), .fallback = "~", .meaning = "One line for people; goes into the results."},
    {"mesh", HC_BLOCK, AT(mesh), .block = &hc_mesh_block,
     .meaning = "A mesh file or a box; with `anatomy`, the partitioner only."},
    {"anatomy", HC_BLOCK, AT(anatomy), .block = &hc_anatomy_block, .meaning = "Or an anatomy from images."},
    {"tumour", HC_BLOCK, AT(tumour), .block = &hc_tumour_block, .meaning = "What the cells do."},
    {"mechanics", HC_BLOCK, AT(mechanics), .block = &hc_mechanics_block,
     .meaning = "Mass effect: how the tumour displaces the tissue."},
    {"therapy", HC_BLOCK, AT(therapy), .block = &hc_therapy_block, .meaning = "Treatments."},
    {"time", HC_BLOCK, AT(time), .block = &time_block, .meaning = "Time."},
    {"diffusion", HC_BLOCK, AT(diffusion), .block = &hc_tumour_diffusion_block,
     .meaning = "Numerics of the diffusion."},
    {"observe", HC_BLOCK, AT(observe), .block = &observe_block, .meaning = "What is watched."},
    {"output", HC_BLOCK, AT(output), .block = &output_block, .meaning = "What is written."},
    {"checkpoint", HC_BLOCK, AT(checkpoint), .block = &checkpoint_block, .meaning = "Checkpoints."},
    {0}};
const struct hc_block hc_growth_block = {"tumour case", sizeof(struct hc_growth_case), case_params,
                                         "A tumour that grows in a tissue and is treated."};

PetscErrorCode hc_growth_is_case(MPI_Comm comm, const char *path, bool *yes)
{
  PetscFunctionBeginUser;
  PetscCall(hc_session_case_has(comm, path, "tumour", yes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_growth_has_anatomy(const struct hc_growth_case *tumour_case)
{
  return tumour_case->anatomy.labels || tumour_case->anatomy.white || tumour_case->anatomy.grey;
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode check_fields(const struct hc_growth_case *c)
{
  const struct hc_strings *fields = &c->output.fields;
  const int allowed = c->tumour.model == 2 ? HC_SPECIES : 1;

  PetscFunctionBeginUser;
  for (int i = 0; i < fields->n; i++) {
    bool known = false;
    for (int k = 0; k < allowed; k++)
      known = known || strcmp(fields->v[i], hc_species_names[k]) == 0;
    PetscCheck(known, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found \"%s\"; allowed: %s",
               hc_params_place(c->output.params, fields), fields->v[i],
               allowed > 1 ? "u, necrosis, nutrient" : "u (necrosis and nutrient are for the model necrosis)");
    for (int k = 0; k < i; k++)
      PetscCheck(strcmp(fields->v[i], fields->v[k]) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: found \"%s\" twice; allowed: each field once", hc_params_place(c->output.params, fields),
                 fields->v[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_case_check(const struct hc_growth_case *c)
{
  struct hc_therapy *therapy;

  PetscFunctionBeginUser;
  if (!hc_growth_has_anatomy(c))
    PetscCall(hc_domain_check(&c->mesh));
  else
    PetscCheck(
        !c->mesh.file && c->mesh.size.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
        "%s: found a mesh beside anatomy; allowed: one of them",
        hc_params_place(c->mesh.params, c->mesh.file ? (const void *)&c->mesh.file : (const void *)&c->mesh.size));
  PetscCheck(c->time.end >= c->tumour.seed.time, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found day %.6g; allowed: from day %.6g on, when the seed is there",
             hc_params_place(c->time.params, &c->time.end), c->time.end, c->tumour.seed.time);
  PetscCall(check_fields(c));
  PetscCall(hc_therapy_create(&c->therapy, c->tumour.seed.time, &therapy));
  hc_therapy_destroy(&therapy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_case_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                   struct hc_growth_case *tumour_case, struct hc_params **params)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_params_read(comm, path, n_set, set, &hc_growth_block, tumour_case, params));
  tumour_case->output.time_unit = "day";
  code = hc_growth_case_check(tumour_case);
  if (code)
    hc_params_destroy(params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static void add_path(const char *path, int *n, const char *paths[HC_GROWTH_FILES])
{
  if (!path || *n == HC_GROWTH_FILES)
    return;
  for (int i = 0; i < *n; i++)
    if (strcmp(paths[i], path) == 0)
      return;
  paths[(*n)++] = path;
}

int hc_growth_files(const struct hc_growth_case *c, const char *paths[HC_GROWTH_FILES])
{
  const struct hc_anatomy_params *a = &c->anatomy;
  const char *const anatomy[] = {c->mesh.file, a->labels, a->white, a->grey,
                                 a->csf,       a->mask,   a->dti,   c->observe.segmentation};
  const struct hc_radiotherapy_params *courses = c->therapy.radiotherapy.items;
  const struct hc_surgery_params *resections = c->therapy.surgery.items;
  int n = 0;

  for (size_t i = 0; i < sizeof anatomy / sizeof anatomy[0]; i++)
    add_path(anatomy[i], &n, paths);
  for (int i = 0; i < c->therapy.radiotherapy.n; i++)
    add_path(courses[i].map, &n, paths);
  for (int i = 0; i < c->therapy.surgery.n; i++)
    add_path(resections[i].mask, &n, paths);
  return n;
}

PetscErrorCode hc_growth_fingerprint(MPI_Comm comm, const struct hc_growth_case *c, char hex[65])
{
  static const char *const may_change[] = {"title",     "output",           "checkpoint", "time.end",
                                           "mesh.file", "mesh.partitioner", "mesh.seed",  NULL};
  const char *paths[HC_GROWTH_FILES];
  const int n = hc_growth_files(c, paths);

  PetscFunctionBeginUser;
  PetscCall(hc_session_fingerprint(comm, c->params, n, paths, hc_domain_sha256, may_change, hex));
  PetscFunctionReturn(PETSC_SUCCESS);
}
