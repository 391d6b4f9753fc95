/* Scans of a tumour in a tissue, as data: volumes, centroids, and shares of blocks. */
#include "image.h"
#include "tissue.h"

#include <math.h>
#include <string.h>

#define MOST_BLOCKS 200000
#define MARGIN 2 /* blocks around what the scan shows: where a tumour that is too large is seen to be so */
#define EDGE 0.25
#define ROOM 0.05 /* least part of a block that is tissue */

const char *const hc_level_names[HC_LEVELS] = {"enhancing", "visible"};

int hc_tissue_n_data(const struct hc_tissue_scan *scan)
{
  return HC_LEVELS * (HC_NUMBERS + scan->n_blocks);
}

/* ---- Measuring --------------------------------------------------------------------------------------------------- */

static void finish_numbers(const struct hc_tissue *t, const struct hc_tissue_scan *scan, double volume,
                           const double *sums, double *data)
{
  data[0] = log(volume + HC_LEAST);
  for (int d = 0; d < 3; d++)
    data[1 + d] = (sums[1 + d] + HC_LEAST * t->home[d]) / (sums[0] + HC_LEAST);
  for (int b = 0; b < scan->n_blocks; b++)
    data[HC_NUMBERS + b] = sums[HC_NUMBERS + b] / scan->room[b];
}

/* Data of one level: its volume is known, its place is that of what a share (owned nodes) between 0 and 1 marks. */
static PetscErrorCode measure(const struct hc_tissue *t, const struct hc_tissue_scan *scan, double volume_ml,
                              const double *share, double *data)
{
  const struct hc_mesh *mesh = t->growth->mesh;
  const int n = HC_NUMBERS + scan->n_blocks;
  double *sums;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, &sums));
  for (int i = 0; i < mesh->n_owned; i++) {
    const double volume = 1e-3 * t->growth->tumour->volumes[i] * share[i]; /* mL */
    if (volume == 0)
      continue;
    sums[0] += volume;
    for (int d = 0; d < 3; d++)
      sums[1 + d] += volume * mesh->xyz[3 * i + d];
    if (scan->n_blocks > 0 && scan->block[i] >= 0)
      sums[HC_NUMBERS + scan->block[i]] += volume;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, n, MPI_DOUBLE, MPI_SUM, t->together));
  finish_numbers(t, scan, volume_ml, sums, data);
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is denser than a threshold, with an edge of a quarter of it to each side: changes smoothly with the tumour. */
static double soft(double density, double threshold)
{
  const double s = fmin(fmax((density / threshold - (1 - EDGE)) / (2 * EDGE), 0), 1);
  return s * s * (3 - 2 * s);
}

static PetscErrorCode look_at(const struct hc_tissue *t, const struct hc_tissue_scan *scan, const double *volumes,
                              const double *density, double *data)
{
  const int n = t->growth->mesh->n_owned;
  double *share;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &share));
  for (int k = 0; k < HC_LEVELS; k++) {
    for (int i = 0; i < n; i++)
      share[i] = soft(density[i], t->thresholds[k]);
    PetscCall(measure(t, scan, volumes[k], share, data + (ptrdiff_t)k * (HC_NUMBERS + scan->n_blocks)));
  }
  PetscCall(PetscFree(share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_look(const struct hc_tissue *t, const struct hc_tissue_scan *scan, const double *volumes,
                              double *data)
{
  PetscFunctionBeginUser;
  PetscCall(look_at(t, scan, volumes, hc_growth_density(t->growth), data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_look_nothing(const struct hc_tissue *t, const struct hc_tissue_scan *scan, double *data)
{
  PetscFunctionBeginUser;
  for (int k = 0; k < HC_LEVELS; k++) {
    double *numbers = data + (ptrdiff_t)k * (HC_NUMBERS + scan->n_blocks);
    PetscCall(PetscArrayzero(numbers, HC_NUMBERS + scan->n_blocks));
    numbers[0] = log(HC_LEAST);
    PetscCall(hc_growth_get(t->growth, "seed.x", &numbers[1]));
    PetscCall(hc_growth_get(t->growth, "seed.y", &numbers[2]));
    PetscCall(hc_growth_get(t->growth, "seed.z", &numbers[3]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Blocks ------------------------------------------------------------------------------------------------------ */

/* A lattice of cubes over what the scan shows and a margin. */
struct lattice {
  double edge;
  int64_t low[3], n[3];
};

static int64_t block_at(const struct lattice *lattice, const double *x)
{
  int64_t index = 0;
  for (int d = 2; d >= 0; d--) {
    const int64_t i = (int64_t)floor(x[d] / lattice->edge) - lattice->low[d];
    if (i < 0 || i >= lattice->n[d])
      return -1;
    index = index * lattice->n[d] + i;
  }
  return index;
}

static PetscErrorCode make_lattice(const struct hc_tissue *t, const struct hc_tissue_scan *scan,
                                   struct lattice *lattice)
{
  const struct hc_mesh *mesh = t->growth->mesh;
  double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {INFINITY, INFINITY, INFINITY}; /* high: negated */

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    if (scan->masks[0][i] > 0.5 || scan->masks[1][i] > 0.5)
      for (int d = 0; d < 3; d++) {
        low[d] = fmin(low[d], mesh->xyz[3 * i + d]);
        high[d] = fmin(high[d], -mesh->xyz[3 * i + d]);
      }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, low, 3, MPI_DOUBLE, MPI_MIN, t->together));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, high, 3, MPI_DOUBLE, MPI_MIN, t->together));
  for (int d = 0; d < 3; d++) {
    lattice->low[d] = 0;
    lattice->n[d] = 0; /* nothing is seen */
    if (!isfinite(low[d]))
      continue;
    lattice->low[d] = (int64_t)floor(low[d] / lattice->edge) - MARGIN;
    lattice->n[d] = (int64_t)floor(-high[d] / lattice->edge) + MARGIN + 1 - lattice->low[d];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Number the blocks that hold tissue. */
static PetscErrorCode number_blocks(const struct hc_tissue *t, const struct lattice *lattice,
                                    struct hc_tissue_scan *scan)
{
  const struct hc_mesh *mesh = t->growth->mesh;
  const int n = (int)(lattice->n[0] * lattice->n[1] * lattice->n[2]);
  const double whole = 1e-3 * pow(lattice->edge, 3);
  double *room;
  int *number;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n, &room, n, &number));
  PetscCall(PetscMalloc2(mesh->n_owned, &scan->block, n, &scan->room));
  for (int i = 0; i < mesh->n_owned; i++) {
    const int64_t b = block_at(lattice, &mesh->xyz[3 * i]);
    scan->block[i] = (int)b;
    if (b >= 0)
      room[b] += 1e-3 * t->growth->tumour->volumes[i];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, room, n, MPI_DOUBLE, MPI_SUM, t->together));
  for (int b = 0; b < n; b++) {
    number[b] = room[b] > ROOM * whole ? scan->n_blocks++ : -1;
    if (number[b] >= 0)
      scan->room[number[b]] = room[b];
  }
  for (int i = 0; i < mesh->n_owned; i++)
    if (scan->block[i] >= 0)
      scan->block[i] = number[scan->block[i]];
  PetscCall(PetscFree2(room, number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_blocks(const struct hc_tissue *t, struct hc_tissue_scan *scan)
{
  const struct hc_noise_params *noise = &t->study->noise;
  struct lattice lattice = {.edge = noise->blocks};

  PetscFunctionBeginUser;
  if (noise->blocks == 0 || scan->held_out)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(make_lattice(t, scan, &lattice));
  PetscCheck((double)lattice.n[0] * (double)lattice.n[1] * (double)lattice.n[2] <= MOST_BLOCKS, PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: found %.6g mm, which makes %.3g blocks; allowed: at most %d",
             hc_params_place(noise->params, &noise->blocks), noise->blocks,
             (double)lattice.n[0] * (double)lattice.n[1] * (double)lattice.n[2], MOST_BLOCKS);
  PetscCall(number_blocks(t, &lattice, scan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Masks ------------------------------------------------------------------------------------------------------- */

/* Volume in mL of the voxels with one of the labels, wherever they lie. */
static PetscErrorCode labelled(const struct hc_tissue *t, const char *path, const struct hc_ints *labels,
                               double *volume)
{
  struct hc_image *image;
  int64_t found = 0;

  PetscFunctionBeginUser;
  PetscCall(hc_image_read(t->together, path, &image));
  const double(*m)[4] = (const double(*)[4])image->to_mm;
  const double voxel =
      fabs(m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]));
  for (int64_t i = 0; i < (int64_t)image->n[0] * image->n[1] * image->n[2]; i++)
    for (int k = 0; k < labels->n; k++)
      found += fabs((double)image->values[i] - (double)labels->v[k]) < 0.5;
  hc_image_destroy(&image);
  *volume = 1e-3 * voxel * (double)found;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_masks(const struct hc_tissue *t, struct hc_tissue_scan *scan)
{
  const struct hc_growth_observe_params *observe = &t->tumour_case.observe;
  const struct hc_ints *labels[HC_LEVELS] = {&observe->enhancing_labels, &observe->visible_labels};

  PetscFunctionBeginUser;
  for (int k = 0; k < HC_LEVELS; k++) {
    double volume = 0;
    PetscCall(hc_growth_mask(t->growth, hc_params_place(scan->params->params, &scan->params->segmentation),
                             scan->params->segmentation, labels[k], &scan->masks[k]));
    for (int i = 0; i < t->growth->mesh->n_owned; i++)
      volume += 1e-3 * t->growth->tumour->volumes[i] * scan->masks[k][i];
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &volume, 1, MPI_DOUBLE, MPI_SUM, t->together));
    scan->volume[k] = volume;
    PetscCall(labelled(t, scan->params->segmentation, labels[k], &scan->all[k]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Masks of the state. */
static PetscErrorCode make_masks(const struct hc_tissue *t, const double *density, struct hc_tissue_scan *scan)
{
  const int n = t->growth->mesh->n_owned;

  PetscFunctionBeginUser;
  for (int k = 0; k < HC_LEVELS; k++) {
    scan->all[k] = NAN;
    PetscCall(PetscMalloc1(n, &scan->masks[k]));
    for (int i = 0; i < n; i++)
      scan->masks[k][i] = density[i] > t->thresholds[k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Data -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode read_all(struct hc_tissue *t)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++) {
    PetscCall(read_masks(t, &t->scans[i]));
    PetscCall(make_blocks(t, &t->scans[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for the data and their deviations. A block with less tissue in it says less. */
static PetscErrorCode make_room(struct hc_tissue *t)
{
  const struct hc_noise_params *noise = &t->study->noise;
  int n = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++) {
    t->scans[i].first = t->scans[i].held_out ? -1 : n;
    n += t->scans[i].held_out ? 0 : hc_tissue_n_data(&t->scans[i]);
  }
  PetscCall(PetscMalloc2(n, &t->data, n, &t->sd));
  for (int i = 0; i < t->n_scans; i++) {
    const struct hc_tissue_scan *scan = &t->scans[i];
    double *sd = t->sd + scan->first;
    for (int k = 0; k < HC_LEVELS && !scan->held_out; k++) {
      *sd++ = noise->sd;
      for (int d = 0; d < 3; d++)
        *sd++ = noise->position;
      for (int b = 0; b < scan->n_blocks; b++)
        *sd++ = noise->share * sqrt(1e-3 * pow(noise->blocks, 3) / scan->room[b]);
    }
  }
  t->problem.n_data = n;
  t->problem.data = t->data;
  t->problem.sd = t->sd;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode data_of_masks(struct hc_tissue *t)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++) {
    const struct hc_tissue_scan *scan = &t->scans[i];
    for (int k = 0; k < HC_LEVELS && !scan->held_out; k++)
      PetscCall(measure(t, scan, scan->volume[k], scan->masks[k],
                        t->data + scan->first + (ptrdiff_t)k * (HC_NUMBERS + scan->n_blocks)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Noise on the data and, the same, on the volumes that are shown. */
static void add_noise(struct hc_tissue *t)
{
  const struct hc_random random = {.seed = (uint64_t)t->study->synthetic.seed, .stream = HC_STREAM_NOISE};
  const double sd = t->study->noise.sd;

  for (int i = 0; i < t->problem.n_data; i++)
    t->data[i] += t->sd[i] * hc_random_normal(random, (uint64_t)i);
  for (int i = 0; i < t->n_scans; i++)
    for (int k = 0; k < HC_LEVELS; k++) {
      const struct hc_tissue_scan *scan = &t->scans[i];
      const int number =
          scan->held_out ? t->problem.n_data + HC_LEVELS * i + k : scan->first + k * (HC_NUMBERS + scan->n_blocks);
      const double noisy =
          (scan->volume[k] + HC_LEAST) * exp(sd * hc_random_normal(random, (uint64_t)number)) - HC_LEAST;
      t->scans[i].volume[k] = fmax(noisy, 0);
    }
}

/* Scans of the true tumour: masks where it is dense, data as the model gives them. */
static PetscErrorCode make_all(struct hc_tissue *t)
{
  double values[100], *unused, **densities;

  PetscFunctionBeginUser;
  PetscCall(hc_calibrate_truth(t->study, values));
  PetscCall(PetscMalloc1(t->problem.forward.n_outputs, &unused));
  PetscCall(PetscCalloc1(t->n_shown, &densities));
  t->keep = densities;
  t->full = true;
  PetscCall(hc_tissue_model(t, values, unused));
  t->keep = NULL;
  t->full = false;
  for (int s = 0; s < t->n_stops; s++) {
    const struct hc_tissue_stop *stop = &t->stops[s];
    if (stop->scan < 0)
      continue;
    struct hc_tissue_scan *scan = &t->scans[stop->scan];
    PetscCall(make_masks(t, densities[stop->shown], scan));
    for (int k = 0; k < HC_LEVELS; k++)
      scan->volume[k] = exp(unused[HC_LEVELS * stop->shown + k]) - HC_LEAST;
    PetscCall(make_blocks(t, scan));
  }
  PetscCall(PetscFree(unused));
  PetscCall(make_room(t));
  for (int s = 0; s < t->n_stops; s++) {
    const struct hc_tissue_stop *stop = &t->stops[s];
    if (stop->scan >= 0 && !t->scans[stop->scan].held_out)
      PetscCall(look_at(t, &t->scans[stop->scan], t->scans[stop->scan].volume, densities[stop->shown],
                        t->data + t->scans[stop->scan].first));
  }
  for (int i = 0; i < t->n_shown; i++)
    PetscCall(PetscFree(densities[i]));
  PetscCall(PetscFree(densities));
  if (!t->study->synthetic.clean)
    add_noise(t);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_read_scans(struct hc_tissue *t)
{
  const bool synthetic = t->study->synthetic.truth.n > 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++)
    PetscCheck(synthetic == !t->scans[i].params->segmentation, PETSC_COMM_SELF, HC_ERR_INPUT,
               synthetic ? "%s: found a segmentation, but `synthetic.truth` makes the scans; allowed: one of the two"
                         : "%s: a scan has no segmentation, and there is no `synthetic.truth` to make it from",
               hc_params_place(t->scans[i].params->params, &t->scans[i].params->day));
  if (synthetic) {
    PetscCall(make_all(t));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(read_all(t));
  PetscCall(make_room(t));
  PetscCall(data_of_masks(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}
