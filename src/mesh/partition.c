#include "partition.h"

#include <math.h>

static PetscErrorCode check_cost(const struct hc_slab *slab, const double *cost, int64_t first)
{
  const int64_t n = hc_slab_nodes(slab);

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < n; i++)
    PetscCheck(isfinite(cost[i]) && cost[i] >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "partition: the cost of node %lld is %.6g; a number >= 0 is needed", (long long)(first + i), cost[i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_partition_weights(const struct hc_slab *slab, const double *cost, int64_t top, int64_t *weight)
{
  const int64_t n = hc_slab_nodes(slab);
  double range[2] = {-INFINITY, -INFINITY}; /* of -cost and cost */
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  if (cost) {
    PetscCall(hc_error_agree(slab->comm, check_cost(slab, cost, hc_slab_start(slab->n_nodes, rank, size))));
    for (int64_t i = 0; i < n; i++) {
      range[0] = fmax(range[0], -cost[i]);
      range[1] = fmax(range[1], cost[i]);
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MAX, slab->comm));
  }
  const bool equal = -range[0] >= range[1];
  for (int64_t i = 0; i < n; i++)
    weight[i] = !cost || equal ? 1 : PetscMax(1, llround(cost[i] / range[1] * (double)top));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode stored(const struct hc_slab *slab, int64_t first, int n_parts, int32_t *part)
{
  const int64_t n = hc_slab_nodes(slab);

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < n; i++) {
    PetscCheck(slab->part[i] >= 0 && slab->part[i] < n_parts, PETSC_COMM_SELF, HC_ERR_INPUT,
               "the stored partition names part %d for node %lld; parts are 0 to %d", (int)slab->part[i],
               (long long)(first + i), n_parts - 1);
    part[i] = slab->part[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nodes in each part over all ranks. */
static PetscErrorCode count_parts(const struct hc_slab *slab, int n_parts, const int32_t *part, int64_t *count)
{
  const int64_t n = hc_slab_nodes(slab);

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(count, n_parts));
  for (int64_t i = 0; i < n; i++)
    count[part[i]]++;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, count, n_parts, MPI_INT64_T, MPI_SUM, slab->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Give an empty part the last node, in file order, of the largest part. */
static PetscErrorCode fill(const struct hc_slab *slab, int n_parts, int empty, const int64_t *count, int32_t *part)
{
  int64_t i, first, last;
  int rank, size, donor = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  for (int p = 1; p < n_parts; p++)
    if (count[p] > count[donor])
      donor = p;
  first = hc_slab_start(slab->n_nodes, rank, size);
  for (i = hc_slab_nodes(slab) - 1; i >= 0 && part[i] != donor;)
    i--;
  const int64_t mine = i >= 0 ? first + i : -1;
  PetscCallMPI(MPI_Allreduce(&mine, &last, 1, MPI_INT64_T, MPI_MAX, slab->comm));
  if (mine == last)
    part[i] = empty;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode forbid_empty(const struct hc_slab *slab, int n_parts, bool repair, int32_t *part)
{
  int64_t *count;
  int empty = -1; /* the first that may not be filled */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_parts, &count));
  PetscCall(count_parts(slab, n_parts, part, count));
  for (int p = 0; p < n_parts && empty < 0; p++) {
    if (count[p] > 0)
      continue;
    if (repair) {
      PetscCall(fill(slab, n_parts, p, count, part));
      PetscCall(count_parts(slab, n_parts, part, count));
    } else {
      empty = p;
    }
  }
  PetscCall(PetscFree(count));
  PetscCheck(empty < 0, PETSC_COMM_SELF, HC_ERR_INPUT, "part %d of the stored partition of %d parts has no node", empty,
             n_parts);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* No node may weigh more than an eighth of a part, after all weights are cut to that: METIS would make empty parts, and
 * say so on the terminal. */
static PetscErrorCode cap_weights(const struct hc_slab *slab, int n_parts, int64_t *weight)
{
  const int64_t n = hc_slab_nodes(slab);
  int64_t sum, before = -1;

  PetscFunctionBeginUser;
  for (;; before = sum) {
    sum = 0;
    for (int64_t i = 0; i < n; i++)
      sum += weight[i];
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT64_T, MPI_SUM, slab->comm));
    if (sum == before)
      break;
    for (int64_t i = 0; i < n; i++)
      weight[i] = PetscMin(weight[i], PetscMax(1, sum / n_parts / 8));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode partition_graph(const struct hc_slab *slab, const struct hc_mesh_options *options,
                                      int64_t *weight, int n_parts, int32_t *part)
{
  struct hc_graph *graph;

  PetscFunctionBeginUser;
  PetscCall(cap_weights(slab, n_parts, weight));
  PetscCall(hc_graph_create(slab, &graph));
  if (options->partitioner == HC_PART_METIS)
    PetscCall(hc_partition_metis(slab, &graph, weight, options->seed, n_parts, part));
  else
    PetscCall(hc_partition_ptscotch(slab, &graph, weight, n_parts, part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compute(const struct hc_slab *slab, const struct hc_mesh_options *options, int n_parts,
                              int32_t *part)
{
  /* graph partitioners need room to work in: parts of a few nodes are cut from the curve */
  const bool curve = options->partitioner == HC_PART_CURVE || slab->n_nodes / n_parts < 16;
  PetscErrorCode code;
  int64_t *weight;

  PetscFunctionBeginUser;
  /* METIS and PT-Scotch add weights in 32 bits */
  const int64_t top = curve ? 1 << 20 : PetscMax(1, PetscMin(1 << 20, (1 << 30) / slab->n_nodes));
  PetscCall(PetscMalloc1(hc_slab_nodes(slab), &weight));
  code = hc_partition_weights(slab, options->weights, top, weight);
  if (!code)
    code =
        curve ? hc_partition_curve(slab, weight, n_parts, part) : partition_graph(slab, options, weight, n_parts, part);
  PetscCall(PetscFree(weight));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_slab_partition(const struct hc_slab *slab, const struct hc_mesh_options *options, int n_parts,
                                 int32_t *part)
{
  const bool from_file = options->partitioner == HC_PART_STORED;
  char has[48] = "has none";
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  if (slab->n_parts)
    snprintf(has, sizeof has, "has one into %lld", (long long)slab->n_parts);
  PetscCheck(n_parts > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "a partition into %d parts was asked for; at least 1 is needed", n_parts);
  PetscCheck(slab->n_nodes >= n_parts, PETSC_COMM_SELF, HC_ERR_INPUT,
             "the mesh has %lld nodes, too few for %d parts: every part needs a node", (long long)slab->n_nodes,
             n_parts);
  PetscCheck(!from_file || slab->n_parts == n_parts, PETSC_COMM_SELF, HC_ERR_INPUT,
             "a stored partition into %d parts is wanted, but the mesh %s", n_parts, has);
  if (from_file)
    PetscCall(hc_error_agree(slab->comm, stored(slab, hc_slab_start(slab->n_nodes, rank, size), n_parts, part)));
  else if (n_parts == 1)
    PetscCall(PetscArrayzero(part, hc_slab_nodes(slab)));
  else
    PetscCall(compute(slab, options, n_parts, part));
  PetscCall(forbid_empty(slab, n_parts, !from_file, part));
  PetscFunctionReturn(PETSC_SUCCESS);
}
