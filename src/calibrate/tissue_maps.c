/* Where the tumour is dense: records of the samples' runs, maps of probability, frames. */
#include "output.h"
#include "tissue.h"

#include <math.h>
#include <string.h>

/* ---- Records ----------------------------------------------------------------------------------------------------- */

static size_t bit_at(const struct hc_tissue *t, int shown, int level, int node)
{
  return ((size_t)shown * HC_LEVELS + (size_t)level) * (size_t)t->growth->mesh->n_owned + (size_t)node;
}

PetscErrorCode hc_tissue_record_begin(struct hc_tissue *t, const double *values)
{
  const size_t n_bytes = (bit_at(t, t->n_shown, 0, 0) + 7) / 8;
  struct hc_tissue_record *record;

  PetscFunctionBeginUser;
  if (t->n_records == t->most_records) {
    t->most_records = 2 * t->most_records + 64;
    PetscCall(PetscRealloc(sizeof *t->records * (size_t)t->most_records, &t->records));
  }
  record = &t->records[t->n_records];
  PetscCall(PetscCalloc2(t->problem.n_unknowns, &record->values, n_bytes, &record->bits));
  PetscCall(PetscArraycpy(record->values, values, t->problem.n_unknowns));
  t->n_records++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_record_day(struct hc_tissue *t, int shown)
{
  const double *density = hc_growth_density(t->growth);
  unsigned char *bits = t->records[t->n_records - 1].bits;

  PetscFunctionBeginUser;
  for (int k = 0; k < HC_LEVELS; k++)
    for (int i = 0; i < t->growth->mesh->n_owned; i++)
      if (density[i] > t->thresholds[k]) {
        const size_t bit = bit_at(t, shown, k, i);
        bits[bit / 8] |= (unsigned char)(1U << (bit % 8));
      }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Probability ------------------------------------------------------------------------------------------------- */

/* How often a record's run is among the samples, which were taken by their weights. */
static int times_taken(const struct hc_tissue *t, const struct hc_tissue_record *record)
{
  const size_t size = sizeof(double) * (size_t)t->problem.n_unknowns;
  int n = 0;
  for (int k = 0; k < t->ensemble->n; k++)
    n += memcmp(record->values, t->ensemble->unknowns + (ptrdiff_t)k * t->problem.n_unknowns, size) == 0;
  return n;
}

static void add_record(struct hc_tissue *t, const struct hc_tissue_record *record, int times)
{
  for (int m = 0; m < HC_LEVELS * t->n_shown; m++)
    for (int i = 0; i < t->growth->mesh->n_owned; i++) {
      const size_t bit = bit_at(t, 0, m, i);
      t->probability[m][i] += (double)(record->bits[bit / 8] >> (bit % 8) & 1U) * times;
    }
}

PetscErrorCode hc_tissue_probability(struct hc_tissue *t)
{
  const int n = t->growth->mesh->n_owned, n_maps = HC_LEVELS * t->n_shown;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_maps, &t->probability));
  for (int m = 0; m < n_maps; m++)
    PetscCall(PetscCalloc1(n, &t->probability[m]));
  for (int r = 0; r < t->n_records; r++) {
    const int times = times_taken(t, &t->records[r]);
    if (times > 0)
      add_record(t, &t->records[r], times);
  }
  /* All groups have the same mesh, distributed in the same way; sums of whole numbers are exact. */
  for (int m = 0; m < n_maps; m++) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, t->probability[m], n, MPI_DOUBLE, MPI_SUM, t->across));
    for (int i = 0; i < n; i++)
      t->probability[m][i] /= t->ensemble->n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

/* What a scan shows at the nodes: 0 nothing, 1 visible, 2 enhancing; NAN without a scan. */
static void scan_field(const struct hc_tissue *t, int shown, double *field)
{
  const struct hc_tissue_scan *scan = NULL;
  for (int s = 0; s < t->n_stops; s++)
    if (t->stops[s].shown == shown && t->stops[s].scan >= 0)
      scan = &t->scans[t->stops[s].scan];
  for (int i = 0; i < t->growth->mesh->n_owned; i++) {
    field[i] = NAN;
    if (scan && scan->masks[0][i] > 0.5)
      field[i] = 2;
    else if (scan)
      field[i] = scan->masks[1][i] > 0.5;
  }
}

static PetscErrorCode write_frames(const struct hc_tissue *t, struct hc_results *results)
{
  double *scan;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->growth->mesh->n_owned, &scan));
  for (int i = 0; i < t->n_shown; i++) {
    const double *values[2 + HC_LEVELS] = {t->densities[i], scan};
    scan_field(t, i, scan);
    for (int k = 0; k < HC_LEVELS && t->probability; k++)
      values[2 + k] = t->probability[HC_LEVELS * i + k];
    PetscCall(hc_results_frame(results, t->shown[i], values));
  }
  PetscCall(PetscFree(scan));
  PetscCall(hc_results_finish(results));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_frames(const struct hc_tissue *t, const char *folder)
{
  static const struct hc_results_field fields[2 + HC_LEVELS] = {
      {.name = "u", .unit = "1", .n_comp = 1},
      {.name = "scan", .unit = "1", .n_comp = 1},
      {.name = "probability_enhancing", .unit = "1", .n_comp = 1},
      {.name = "probability_visible", .unit = "1", .n_comp = 1}};
  struct hc_output_params output = t->tumour_case.output;
  struct hc_results *results;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  output.time_unit = "day";
  PetscCall(hc_results_create(t->growth->mesh, folder, &output, t->growth->fields, t->probability ? 2 + HC_LEVELS : 2,
                              fields, 0, &results));
  code = write_frames(t, results);
  hc_results_destroy(&results);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
