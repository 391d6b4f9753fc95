/* Velocity curves of the cells that a heart is made of: measured in cables, once for each kind of cell and scheme. */
#include "velocity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What a curve depends on ------------------------------------------------------------------------------------- */

enum { STORE_FORMAT = 1 }; /* raise it when velocities that were stored are no longer what would be measured */

static PetscErrorCode describe_cell(const struct hc_cells_params *entry, FILE *out)
{
  const struct hc_cell_params *cell = &entry->cell;
  const struct hc_cell_model *model = hc_cell_model_of(cell);
  const char **files;
  double *parameters, *initial;
  char hex[65];
  int n;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(model->n_parameters, &parameters));
  PetscCall(PetscMalloc1(model->n_states, &initial));
  PetscCall(PetscMalloc1(2 + cell->drugs.n, &files));
  code = hc_cell_values(cell, model, parameters, initial);
  if (!code) {
    fprintf(out, "healthcast %s %s, format %d\n%s\n", hc_version(), hc_build_type(), STORE_FORMAT, model->name);
    for (int i = 0; i < model->n_parameters; i++)
      fprintf(out, "%s %.17g\n", model->parameters[i].name, parameters[i]);
    for (int i = 0; i < model->n_states; i++)
      fprintf(out, "%s %.17g\n", model->states[i].name, initial[i]);
  }
  n = hc_cell_files(cell, files);
  for (int i = 0; i < n && !code; i++) { /* of a plug-in the equations are in there */
    code = hc_sha256_file(files[i], hex);
    fprintf(out, "%s\n", hex);
  }
  PetscCall(PetscFree(parameters));
  PetscCall(PetscFree(initial));
  PetscCall(PetscFree(files));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All numbers of a block, whatever they are called. */
static void describe_block(const struct hc_block *block, const void *values, FILE *out)
{
  for (const struct hc_param *p = block->params; p->key; p++) {
    const void *at = (const char *)values + p->offset;
    if (p->type == HC_REAL)
      fprintf(out, "%s %.17g\n", p->key, *(const double *)at);
    else if (p->type == HC_INT)
      fprintf(out, "%s %" PRId64 "\n", p->key, *(const int64_t *)at);
    else if (p->type == HC_CHOICE)
      fprintf(out, "%s %d\n", p->key, *(const int *)at);
    else if (p->type == HC_BOOL)
      fprintf(out, "%s %d\n", p->key, *(const bool *)at);
  }
}

static void describe_numerics(const struct hc_monodomain_params *numerics, FILE *out)
{
  fprintf(out, "dt %.17g\n%s\n%s\n", numerics->dt, numerics->splitting->name,
          hc_reaction_choices[numerics->reaction].name);
  describe_block(&hc_diffusion_block, numerics->diffusion, out);
}

/* Key of a curve on rank 0; numerics NULL: of the continuum's velocity, which no scheme of a run matters to. */
static PetscErrorCode make_key(const struct hc_cells_params *entry, const struct hc_monodomain_params *numerics,
                               char key[65])
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  memory = open_memstream(&text, &size);
  PetscCheck(memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for the key of a velocity curve");
  code = describe_cell(entry, memory);
  if (numerics)
    describe_numerics(numerics, memory);
  fclose(memory);
  if (!code)
    code = hc_sha256_text(text, key);
  free(text);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode agree_on_key(MPI_Comm comm, const struct hc_cells_params *entry,
                                   const struct hc_monodomain_params *numerics, char key[65])
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? make_key(entry, numerics, key) : PETSC_SUCCESS));
  PetscCallMPI(MPI_Bcast(key, 65, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Measurements ------------------------------------------------------------------------------------------------ */

struct cable_task {
  struct hc_monodomain_params numerics;
  double spacing;
};

static PetscErrorCode measure_mine(int rank, int size, const struct hc_cells_params *entry, int n,
                                   const struct cable_task *tasks, double *velocities)
{
  PetscFunctionBeginUser;
  for (int i = rank; i < n; i += size)
    PetscCall(hc_cable_velocity(&tasks[i].numerics, entry, tasks[i].spacing, &velocities[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Velocities of the tasks, from the store or spread over the ranks: each number is measured by one rank, the same
 * whichever it is. */
static PetscErrorCode measure(MPI_Comm comm, const char *key, const char *about, const struct hc_cells_params *entry,
                              int n, const struct cable_task *tasks, double *velocities)
{
  int rank, size;
  bool found = false;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  if (rank == 0)
    hc_velocity_store_read(key, n, velocities, &found);
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_C_BOOL, 0, comm));
  if (found) {
    PetscCallMPI(MPI_Bcast(velocities, n, MPI_DOUBLE, 0, comm));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscArrayzero(velocities, n));
  PetscCall(hc_error_agree(comm, measure_mine(rank, size, entry, n, tasks, velocities)));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, velocities, n, MPI_DOUBLE, MPI_SUM, comm));
  if (rank == 0)
    hc_velocity_store_write(key, about, n, velocities);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The continuum ----------------------------------------------------------------------------------------------- */

/* Velocities scale the rest: a front of velocity c in tissue of unit diffusion is about 1 / c wide and takes 1 / c^2,
 * so spacings and steps are chosen as multiples of these. */
#define FINE 0.5   /* spacing times c of the finest cable of a curve */
#define COARSE 20. /* ... and of the coarsest: beyond where fronts of ventricular cells stand */
#define BRISK 0.08 /* dt c^2 for the continuum */

/* Velocity for spacing and step going to 0: the second-order schemes, with half the mass lumped, for which errors of a
 * cable are of fourth order in the spacing. From v(h, dt), v(h, dt/2) and v(h/2, dt): the error in time is taken away
 * as of second order and that in space as of fourth. 0: no wave. Collective. */
static PetscErrorCode measure_continuum(MPI_Comm comm, const struct hc_cells_params *entry, double *velocity)
{
  struct hc_diffusion_params diffusion;
  struct hc_params *defaults;
  struct cable_task rough = {.spacing = 0.5}, tasks[3];
  double v[3];
  char key[65];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_params_defaults(&hc_diffusion_block, &diffusion, &defaults));
  diffusion.method = HC_CRANK_NICOLSON;
  diffusion.mass = 0.5;
  rough.numerics = (struct hc_monodomain_params){
      .diffusion = &diffusion, .splitting = &hc_splittings[1], .reaction = HC_REACTION_GRL2, .dt = 0.05};
  code = agree_on_key(comm, entry, NULL, key);
  if (!code) /* cheap, and the same on every rank */
    code = hc_error_agree(comm, hc_cable_velocity(&rough.numerics, entry, rough.spacing, velocity));
  if (!code && *velocity > 0) {
    for (int i = 0; i < 3; i++) {
      tasks[i] = rough;
      tasks[i].spacing = (i == 2 ? FINE / 2 : FINE) / *velocity;
      tasks[i].numerics.dt = (i == 1 ? BRISK / 2 : BRISK) / (*velocity * *velocity);
    }
    code = measure(comm, key, entry->cell.model, entry, 3, tasks, v);
    *velocity = v[0] > 0 && v[1] > 0 && v[2] > 0 ? v[2] + (v[1] - v[0]) * 4 / 3 + (v[2] - v[0]) / 15 : 0;
  }
  hc_params_destroy(&defaults);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Curves ------------------------------------------------------------------------------------------------------ */

enum { POINTS = 17 }; /* of a curve: interpolated velocities are right to 0.3 % */

static PetscErrorCode measure_curve(MPI_Comm comm, const char *key, const struct hc_cells_params *entry,
                                    const struct hc_monodomain_params *params, struct hc_velocity_curve *curve)
{
  struct cable_task tasks[POINTS];
  double continuum, spacing[POINTS], velocity[POINTS];

  PetscFunctionBeginUser;
  PetscCall(measure_continuum(comm, entry, &continuum));
  if (continuum > 0) {
    for (int i = 0; i < POINTS; i++) {
      spacing[i] = FINE / continuum * pow(COARSE / FINE, i / (POINTS - 1.));
      tasks[i] = (struct cable_task){.numerics = *params, .spacing = spacing[i]};
    }
    PetscCall(measure(comm, key, entry->cell.model, entry, POINTS, tasks, velocity));
  }
  hc_velocity_curve_init(continuum, continuum > 0 ? POINTS : 0, spacing, velocity, curve);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which entries nodes of calibrated mesh cells have, on any rank. */
static PetscErrorCode find_needed(const struct hc_mesh *mesh, int n_entries, const int *of_node, const bool *calibrated,
                                  int *needed)
{
  const int n = hc_cell_nodes(mesh->type);

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++)
    for (int k = 0; k < n && calibrated[c]; k++)
      needed[of_node[mesh->cells[(size_t)n * (size_t)c + (size_t)k]]] = 1;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, needed, n_entries, MPI_INT, MPI_MAX, mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The adapted mass weighs what an irregular mesh adds to a wave by itself. */
static bool sees_strays(const struct hc_diffusion_params *diffusion)
{
  return diffusion->mass == HC_MASS_ADAPTED && (diffusion->method == HC_RKL1 || diffusion->method == HC_RKL2);
}

/* The curves of the entries that need one: curve_of[e], -1: none. keys: work, one an entry. */
static PetscErrorCode measure_entries(const struct hc_mesh *mesh, const struct hc_monodomain_params *params,
                                      const int *needed, char (*keys)[65], int *curve_of,
                                      struct hc_velocity_curves *curves)
{
  const struct hc_cells_params *entries = params->cells->items;

  PetscFunctionBeginUser;
  for (int e = 0; e < params->cells->n; e++) {
    curve_of[e] = -1;
    keys[e][0] = '\0';
    if (!needed[e])
      continue;
    PetscCall(agree_on_key(mesh->comm, &entries[e], params, keys[e]));
    for (int before = 0; before < e && curve_of[e] < 0; before++)
      if (!strcmp(keys[before], keys[e]))
        curve_of[e] = curve_of[before];
    if (curve_of[e] < 0) {
      PetscCall(measure_curve(mesh->comm, keys[e], &entries[e], params, &curves->curves[curves->n]));
      if (sees_strays(params->diffusion))
        curves->curves[curves->n].strays = 0;
      curve_of[e] = curves->n++;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Entry of all local nodes, halo nodes included. */
static PetscErrorCode spread_entries(const struct hc_mesh *mesh, const int *entry, int *of_node)
{
  double *values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_local, &values));
  for (int i = 0; i < mesh->n_owned; i++)
    values[i] = entry[i];
  PetscCall(hc_halo_begin(mesh, 1, values));
  PetscCall(hc_halo_end(mesh, 1, values));
  for (int i = 0; i < mesh->n_local; i++)
    of_node[i] = (int)values[i];
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A calibrated mesh cell of which no node conducts, the first in the file; of_node still has entries. */
static PetscErrorCode refuse_silent(const struct hc_mesh *mesh, const struct hc_monodomain_params *params,
                                    const bool *calibrated, const int *of_node, const int *curve_of,
                                    const struct hc_velocity_curves *curves)
{
  const struct hc_cells_params *entries = params->cells->items;
  const int n = hc_cell_nodes(mesh->type);
  int64_t mine = INT64_MAX, first;
  int found = 0; /* entry */

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local && mine == INT64_MAX; c++) {
    const int *nodes = mesh->cells + (size_t)n * (size_t)c;
    bool conducts = !calibrated[c];
    for (int k = 0; k < n && !conducts; k++)
      conducts = curves->curves[curve_of[of_node[nodes[k]]]].continuum > 0;
    if (!conducts) {
      mine = mesh->file_cell[c];
      found = of_node[nodes[0]];
    }
  }
  PetscCallMPI(MPI_Allreduce(&mine, &first, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCheck(mine == INT64_MAX || mine != first, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: no wave runs through %s (with these parameters, in steps of %.6g ms), so that cell %" PRId64
             " of the mesh cannot be given a velocity; allowed there: conductivities without mesh_correction",
             hc_params_place(entries[found].cell.params, &entries[found].cell.model), entries[found].cell.model,
             params->dt, first);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(const struct hc_mesh *mesh, const struct hc_monodomain_params *params,
                             const bool *calibrated, int *needed, int *curve_of, char (*keys)[65],
                             struct hc_velocity_curves *curves)
{
  PetscFunctionBeginUser;
  PetscCall(find_needed(mesh, params->cells->n, curves->of_node, calibrated, needed));
  PetscCall(measure_entries(mesh, params, needed, keys, curve_of, curves));
  PetscCall(hc_error_agree(mesh->comm, refuse_silent(mesh, params, calibrated, curves->of_node, curve_of, curves)));
  for (int i = 0; i < mesh->n_local; i++) {
    const int curve = curve_of[curves->of_node[i]];
    curves->of_node[i] = curve >= 0 && curves->curves[curve].continuum > 0 ? curve : -1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_velocity_curves_create(const struct hc_mesh *mesh, const struct hc_monodomain_params *params,
                                         const int *entry, const bool *calibrated, struct hc_velocity_curves *curves)
{
  const int n = params->cells->n;
  int *needed, *curve_of;
  char(*keys)[65];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *curves = (struct hc_velocity_curves){0};
  PetscCall(PetscMalloc1(n, &curves->curves));
  PetscCall(PetscMalloc1(mesh->n_local, &curves->of_node));
  PetscCall(PetscCalloc1(n, &needed));
  PetscCall(PetscCalloc1(n, &curve_of));
  PetscCall(PetscMalloc1(n, &keys));
  code = spread_entries(mesh, entry, curves->of_node);
  if (!code)
    code = create(mesh, params, calibrated, needed, curve_of, keys, curves);
  PetscCall(PetscFree(needed));
  PetscCall(PetscFree(curve_of));
  PetscCall(PetscFree(keys));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_velocity_curves_free(struct hc_velocity_curves *curves)
{
  (void)PetscFree(curves->curves);
  (void)PetscFree(curves->of_node);
}

PetscErrorCode hc_model_tensors(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                const struct hc_monodomain_params *params, const int *entry, double *diffusion,
                                double *intracellular, struct hc_region_factors *factors)
{
  struct hc_velocity_curves curves = {0};
  bool *calibrated, any;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_cells_local, &calibrated));
  code = hc_tissue_calibrated(mesh, params->tissue, calibrated, &any);
  if (!code && any)
    code = hc_velocity_curves_create(mesh, params, entry, calibrated, &curves);
  if (!code)
    code = hc_tissue_tensors(mesh, fields, params->tissue, any ? &curves : NULL, diffusion, intracellular, factors);
  hc_velocity_curves_free(&curves);
  PetscCall(PetscFree(calibrated));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
