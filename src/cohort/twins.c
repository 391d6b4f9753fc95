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

/* ---- Running one ------------------------------------------------------------------------------------------------- */

static PetscErrorCode run_heart(MPI_Comm group, const struct hc_crew *crew, const struct base *base, const char *folder,
                                bool *interrupted)
{
  const struct hc_run_options options = {.case_path = crew->cohort->params.base,
                                         .folder = folder,
                                         .restart = true,
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

/* ---- The mesh of fields ------------------------------------------------------------------------------------------ */

static PetscErrorCode read_mesh(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_member *member,
                                struct hc_slab **slab)
{
  struct hc_anatomy_summary summary;
  struct base base;
  int64_t repaired;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(read_base(comm, cohort, member, &base));
  if (cohort->kind == HC_COHORT_TUMOUR && hc_growth_has_anatomy(&base.tumour))
    code = hc_anatomy_create(comm, &base.tumour.anatomy, slab, &summary);
  else
    code =
        hc_domain_slab(comm, cohort->kind == HC_COHORT_HEART ? &base.heart.mesh : &base.tumour.mesh, slab, &repaired);
  hc_params_destroy(&base.params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does an assignment to the key make another mesh? */
static bool is_of_mesh(const char *key)
{
  return !strncmp(key, "mesh.", 5) || !strncmp(key, "anatomy.", 8);
}

static bool mesh_differs(const struct hc_cohort *cohort)
{
  const struct hc_vary_params *vary = cohort->params.vary.items;
  for (int k = 0; k < cohort->params.vary.n; k++)
    for (int i = 0; i < vary[k].keys.n; i++)
      if (is_of_mesh(vary[k].keys.v[i]))
        return true;
  return false;
}

PetscErrorCode hc_twins_mesh(MPI_Comm comm, const struct hc_cohort *cohort, int64_t *nodes, struct hc_slab **slab)
{
  const bool differs = mesh_differs(cohort);

  PetscFunctionBeginUser;
  *nodes = 0;
  *slab = NULL;
  /* meshes are as a rule a few that are used by many: the first hundred patients have them all */
  for (int64_t patient = 0; patient < (differs ? PetscMin(cohort->patients, 100) : 1); patient++) {
    struct hc_member member;
    PetscErrorCode code;
    PetscCall(hc_member_create(cohort, patient * cohort->n_arms, &member));
    code = read_mesh(comm, cohort, &member, slab);
    hc_member_destroy(&member);
    PetscCall(code);
    *nodes = PetscMax(*nodes, (*slab)->n_nodes);
    if (differs)
      hc_slab_destroy(slab);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
