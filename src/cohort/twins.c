/* Members that are twins of tissue (or studies of one cell with a protocol of its own): each is run as a user would run
 * it, in the scratch folder of its task, and reduced to quantities of its summary and maps of its results. */
#include "internal.h"

#include "growth.h"
#include "laboratory.h"
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A member's case, of whichever kind. */
struct base {
  struct hc_params *params;
  struct hc_laboratory_params study;
  struct hc_case heart;
  struct hc_growth_case tumour;
};

static PetscErrorCode read_base(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_member *member,
                                struct base *base)
{
  const char *path = cohort->params.base, *const *set = (const char *const *)member->set;

  PetscFunctionBeginUser;
  base->params = NULL;
  if (cohort->kind == HC_COHORT_HEART)
    PetscCall(hc_case_read(comm, path, member->n_set, set, &base->heart, &base->params));
  else if (cohort->kind == HC_COHORT_TUMOUR)
    PetscCall(hc_growth_case_read(comm, path, member->n_set, set, &base->tumour, &base->params));
  else
    PetscCall(hc_laboratory_read(comm, path, member->n_set, set, &base->study, &base->params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_twins_check(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_member *member)
{
  struct base base;

  PetscFunctionBeginUser;
  PetscCall(read_base(comm, cohort, member, &base));
  hc_params_destroy(&base.params);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_twins_fingerprint(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_member *member,
                                    char hex[65])
{
  struct base base;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(read_base(comm, cohort, member, &base));
  code = cohort->kind == HC_COHORT_HEART ? hc_case_fingerprint(comm, &base.heart, hex)
                                         : hc_growth_fingerprint(comm, &base.tumour, hex);
  hc_params_destroy(&base.params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Meshes ----------------------------------------------------------------------------------------------------- */

/* Does an assignment to the key make another mesh? */
static bool is_of_mesh(const char *key)
{
  return !strncmp(key, "mesh.", 5) || !strncmp(key, "anatomy.", 8);
}

static bool any_of_mesh(const struct hc_strings *set)
{
  for (int i = 0; i < set->n; i++)
    if (is_of_mesh(set->v[i]))
      return true;
  return false;
}

/* May members have meshes that are not the same? */
static bool mesh_differs(const struct hc_cohort *cohort)
{
  const struct hc_vary_params *vary = cohort->params.vary.items;
  const struct hc_stratum_params *strata = cohort->params.strata.items;
  for (int k = 0; k < cohort->params.vary.n; k++)
    if (is_of_mesh(vary[k].name) || any_of_mesh(&vary[k].keys))
      return true;
  for (int i = 0; i < cohort->params.strata.n; i++)
    if (any_of_mesh(&strata[i].set))
      return true;
  for (int a = 0; a < cohort->n_arms; a++)
    if (any_of_mesh(&(struct hc_strings){cohort->arms[a].n_set, cohort->arms[a].set}))
      return true;
  return false;
}

/* The mesh of a member; *stored: it comes with the partition that the member asks for, which cannot be lent. */
static PetscErrorCode read_mesh(MPI_Comm comm, const struct hc_cohort *cohort, int64_t number, struct hc_meshes *meshes,
                                bool *stored)
{
  const bool is_heart = cohort->kind == HC_COHORT_HEART;
  struct hc_member member;
  struct base base;
  int64_t repaired;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_member_create(cohort, number, &member));
  code = read_base(comm, cohort, &member, &base);
  hc_member_destroy(&member);
  PetscCall(code);
  const struct hc_mesh_params *mesh = is_heart ? &base.heart.mesh : &base.tumour.mesh;
  *stored = mesh->partitioner == HC_PART_STORED;
  if (!is_heart && hc_growth_has_anatomy(&base.tumour))
    code = hc_anatomy_create(comm, &base.tumour.anatomy, &meshes->slab, &meshes->anatomy);
  else
    code = hc_domain_slab(comm, mesh, &meshes->slab, &repaired);
  hc_params_destroy(&base.params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_meshes_create(MPI_Comm comm, const struct hc_cohort *cohort, struct hc_meshes *meshes)
{
  const bool differs = mesh_differs(cohort);
  bool stored = false;
  int rank;

  PetscFunctionBeginUser;
  *meshes = (struct hc_meshes){.group = MPI_COMM_NULL};
  if (cohort->kind != HC_COHORT_HEART && cohort->kind != HC_COHORT_TUMOUR)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (differs && cohort->params.fields.n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  /* meshes are as a rule a few that are used by many: the first hundred patients have them all */
  for (int64_t patient = 0; patient < (differs ? PetscMin(cohort->patients, 100) : 1); patient++) {
    hc_slab_destroy(&meshes->slab);
    PetscCall(read_mesh(comm, cohort, patient * cohort->n_arms, meshes, &stored));
    meshes->nodes = PetscMax(meshes->nodes, meshes->slab->n_nodes);
  }
  if (differs)
    hc_slab_destroy(&meshes->slab);
  if (differs || stored)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_split(comm, rank / (int)cohort->params.ranks, rank, &meshes->group));
  PetscCall(hc_slab_regroup(meshes->slab, meshes->group, &meshes->mine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_meshes_destroy(struct hc_meshes *meshes)
{
  hc_slab_destroy(&meshes->slab);
  hc_slab_destroy(&meshes->mine);
  if (meshes->group != MPI_COMM_NULL)
    MPI_Comm_free(&meshes->group);
}

/* What a member's case gets from the cohort: the mesh, if it is shared, and no copies of good states. */
static void lend(const struct hc_meshes *meshes, struct base *base)
{
  base->heart.checkpoint.guard = base->tumour.checkpoint.guard = 0;
  if (!meshes->mine)
    return;
  base->heart.mesh.given = base->tumour.mesh.given = meshes->mine;
  base->tumour.anatomy.given = meshes->mine;
  base->tumour.anatomy.summary = &meshes->anatomy;
}

/* ---- Running one ------------------------------------------------------------------------------------------------- */

static PetscErrorCode run_heart(MPI_Comm group, const struct hc_crew *crew, const struct base *base, const char *folder,
                                bool *interrupted)
{
  const struct hc_run_options options = {.case_path = crew->cohort->params.base,
                                         .folder = folder,
                                         .restart = true,
                                         .disposable = true,
                                         .quiet = true,
                                         .device = crew->options->device};
  enum hc_run_outcome outcome = HC_RUN_FINISHED;

  PetscFunctionBeginUser;
  PetscCall(hc_run(group, &base->heart, &options, &outcome));
  *interrupted = outcome == HC_RUN_INTERRUPTED;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_tumour(MPI_Comm group, const struct hc_crew *crew, const struct base *base,
                                 const char *folder, bool *interrupted)
{
  const struct hc_growth_options options = {.case_path = crew->cohort->params.base,
                                            .folder = folder,
                                            .restart = true,
                                            .disposable = true,
                                            .quiet = true,
                                            .device = crew->options->device};

  PetscFunctionBeginUser;
  PetscCall(hc_growth_case_run(group, &base->tumour, &options, interrupted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_study(MPI_Comm group, const struct hc_crew *crew, const struct base *base, const char *folder)
{
  const struct hc_laboratory_options options = {.case_path = crew->cohort->params.base, .folder = folder};
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  PetscCall(hc_error_agree(group, rank == 0 ? hc_laboratory_run(&base->study, &options) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_base(MPI_Comm group, const struct hc_crew *crew, const struct base *base, const char *folder,
                               bool *interrupted)
{
  PetscFunctionBeginUser;
  if (crew->cohort->kind == HC_COHORT_HEART)
    PetscCall(run_heart(group, crew, base, folder, interrupted));
  else if (crew->cohort->kind == HC_COHORT_TUMOUR)
    PetscCall(run_tumour(group, crew, base, folder, interrupted));
  else
    PetscCall(run_study(group, crew, base, folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- What is kept of it ------------------------------------------------------------------------------------------ */

/* "activation, apd_90, ..." */
static PetscErrorCode name_maps(hid_t group, char *text, size_t size)
{
  char **names;
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_list(group, &n, &names));
  text[0] = '\0';
  for (int i = 0; i < n; i++)
    snprintf(text + strlen(text), size - strlen(text), "%s%s", i > 0 ? ", " : "", names[i]);
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_field(hid_t group, const struct hc_campaign_field *field, float *values)
{
  char maps[512];
  bool exists;
  int64_t rows;
  int columns;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(group, field->name, &exists, &rows, &columns));
  if (!exists || columns != 1 || rows > field->width) {
    PetscCall(name_maps(group, maps, sizeof maps));
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
            "fields: found \"%s\"; allowed: a map with one number a node; the results of this member have: %s",
            field->name, maps);
  }
  for (int64_t i = rows; i < field->width; i++)
    values[i] = NAN;
  PetscCall(hc_h5_read(group, field->name, H5T_NATIVE_FLOAT, 0, rows, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_fields(const struct hc_crew *crew, const char *folder, float **fields)
{
  char path[PETSC_MAX_PATH_LEN];
  hid_t file, group;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (crew->n_fields == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/results.h5", folder));
  PetscCall(hc_h5_open(PETSC_COMM_SELF, path, false, &file));
  code = hc_h5_group(file, "VTKHDF/PointData", false, &group);
  for (int i = 0; i < crew->n_fields && !code; i++)
    code = read_field(group, &crew->fields[i], fields[i]);
  PetscCall(hc_h5_close(&file));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode keep(const struct hc_crew *crew, const char *folder, struct hc_record *record)
{
  PetscFunctionBeginUser;
  PetscCall(hc_quantities_of_summary(crew->cohort, folder, record->quantities));
  PetscCall(read_fields(crew, folder, record->fields));
  record->accepted = hc_cohort_accepts(crew->cohort, record);
  record->status = HC_MEMBER_DONE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_member(MPI_Comm group, const struct hc_crew *crew, const struct hc_member *member,
                                 const char *folder, struct hc_record *record, bool *interrupted)
{
  struct base base;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  PetscCall(read_base(group, crew->cohort, member, &base));
  lend(crew->meshes, &base);
  code = run_base(group, crew, &base, folder, interrupted);
  hc_params_destroy(&base.params);
  PetscCall(code);
  if (!*interrupted)
    PetscCall(hc_error_agree(group, rank == 0 ? keep(crew, folder, record) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_twins_run(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                            bool alone, const char *scratch, bool *interrupted)
{
  const struct hc_crew *crew = context;

  PetscFunctionBeginUser;
  (void)task;
  (void)attempt;
  (void)alone;
  for (int k = 0; k < n && !*interrupted; k++) {
    struct hc_member member;
    PetscErrorCode code;
    PetscCall(hc_member_create(crew->cohort, records[k].member, &member));
    code = run_member(group, crew, &member, scratch, &records[k], interrupted);
    hc_member_destroy(&member);
    PetscCall(code);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
