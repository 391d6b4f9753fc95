/* What a run would communicate on 2, 4, ..., 4096 ranks, counted from real partitions made on one.
 *
 *   bench_scaling MESH.vtu|MESH.h5|box:N [--refine N] [--partitioner metis|curve|ptscotch] [--parts 2,4,...] [--csv
 * FILE]
 *
 * For every number of parts: owned nodes, halo nodes (all nodes of cells that touch an owned node, as in struct
 * hc_mesh), nodes sent, owned nodes at the border (the others can be computed while messages travel), cells,
 * neighbours, and the partitioner's seconds and memory. With --csv also every single part, for the figures. `box:N` is
 * a cube of N^3 lattice cells, six tetrahedra each. Memory: about 0.8 kB a node beside METIS's own. */
#include "meshio.h"
#include "partition.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum quantity { OWNED, HALO, SENT, BORDER, CELLS, NEIGHBOURS, N_QUANTITIES };

struct options {
  const char *mesh, *csv, *name;
  enum hc_partitioner partitioner;
  int refine, n_parts, parts[32];
};

/* Nodes in the order of their parts: those of part p are list[start[p]], ..., list[start[p + 1] - 1]. */
static PetscErrorCode sort_by_part(int64_t n, const int32_t *part, int n_parts, int *start, int *list)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(start, n_parts + 1));
  for (int64_t i = 0; i < n; i++)
    start[part[i] + 1]++;
  for (int p = 0; p < n_parts; p++)
    start[p + 1] += start[p];
  for (int64_t i = 0; i < n; i++)
    list[start[part[i]]++] = (int)i;
  for (int p = n_parts; p > 0; p--)
    start[p] = start[p - 1];
  start[0] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nodes and neighbours of one part. seen (a node) and met (a part) hold the last part and node that met them. */
static void count_part(const struct hc_graph *graph, const int32_t *part, int32_t own, int n, const int *list,
                       int32_t *seen, int *met_as_neighbour, int *met_by_node, int *count)
{
  memset(count, 0, N_QUANTITIES * sizeof *count);
  count[OWNED] = n;
  for (int k = 0; k < n; k++) {
    const int i = list[k];
    bool border = false;
    for (PetscInt e = graph->row[i]; e < graph->row[i + 1]; e++) {
      const PetscInt j = graph->col[e];
      const int32_t other = part[j];
      if (other == own)
        continue;
      border = true;
      count[HALO] += seen[j] != own;
      count[NEIGHBOURS] += met_as_neighbour[other] != own;
      count[SENT] += met_by_node[other] != i;
      seen[j] = own;
      met_as_neighbour[other] = own;
      met_by_node[other] = i;
    }
    count[BORDER] += border;
  }
}

/* Cells that touch a part: every rank has a copy of them. */
static void count_cells(const struct hc_slab *slab, const int32_t *part, int (*count)[N_QUANTITIES])
{
  const int nodes = hc_cell_nodes(slab->type);
  for (int64_t c = 0; c < slab->n_cells; c++) {
    int32_t met[8];
    int n = 0;
    for (int a = 0; a < nodes; a++) {
      const int32_t p = part[slab->cells[nodes * c + a]];
      int k = 0;
      while (k < n && met[k] != p)
        k++;
      if (k < n)
        continue;
      met[n++] = p;
      count[p][CELLS]++;
    }
  }
}

static PetscErrorCode count_all(const struct hc_slab *slab, const struct hc_graph *graph, const int32_t *part,
                                int n_parts, int (*count)[N_QUANTITIES])
{
  int *start, *list, *as_neighbour, *by_node;
  int32_t *seen;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_parts + 1, &start));
  PetscCall(PetscMalloc2(slab->n_nodes, &list, slab->n_nodes, &seen));
  PetscCall(PetscMalloc2(n_parts, &as_neighbour, n_parts, &by_node));
  for (int64_t i = 0; i < slab->n_nodes; i++)
    seen[i] = -1;
  for (int p = 0; p < n_parts; p++)
    as_neighbour[p] = by_node[p] = -1;
  PetscCall(sort_by_part(slab->n_nodes, part, n_parts, start, list));
  for (int p = 0; p < n_parts; p++)
    count_part(graph, part, p, start[p + 1] - start[p], list + start[p], seen, as_neighbour, by_node, count[p]);
  count_cells(slab, part, count);
  PetscCall(PetscFree2(as_neighbour, by_node));
  PetscCall(PetscFree2(list, seen));
  PetscCall(PetscFree(start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A line of /proc/self/status in MiB: VmRSS, VmHWM. */
static double status_mib(const char *key)
{
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, key, strlen(key)))
      kib = strtol(line + strlen(key) + 1, NULL, 10);
  if (file)
    fclose(file);
  return (double)kib / 1024;
}

/* Let VmHWM begin anew from what is in use now. */
static void forget_peak(void)
{
  malloc_trim(0);
  FILE *file = fopen("/proc/self/clear_refs", "w");
  if (!file)
    return;
  fputs("5", file);
  fclose(file);
}

static void print_row(int64_t n_nodes, int n_parts, int (*count)[N_QUANTITIES], double seconds, double mib)
{
  double sum[N_QUANTITIES] = {0};
  int max[N_QUANTITIES] = {0};
  for (int p = 0; p < n_parts; p++)
    for (int q = 0; q < N_QUANTITIES; q++) {
      sum[q] += count[p][q];
      max[q] = PetscMax(max[q], count[p][q]);
    }
  const double mean = 1.0 / n_parts;
  printf("| %d | %.0f | %.3f | %.0f / %d | %.3f | %.1f / %d | %.1f / %.1f | %.3f | %.2f | %.1f | %.0f |\n", n_parts,
         sum[OWNED] * mean, max[OWNED] / (sum[OWNED] * mean), sum[HALO] * mean, max[HALO], sum[HALO] / (double)n_nodes,
         sum[NEIGHBOURS] * mean, max[NEIGHBOURS], 8e-3 * sum[SENT] * mean, 8e-3 * max[SENT],
         1 - sum[BORDER] / (double)n_nodes, sum[CELLS] / (double)n_nodes, seconds, mib);
  fflush(stdout);
}

static void write_parts(FILE *csv, const char *name, int n_parts, int (*count)[N_QUANTITIES])
{
  for (int p = 0; csv && p < n_parts; p++) {
    fprintf(csv, "%s,%d,%d", name, n_parts, p);
    for (int q = 0; q < N_QUANTITIES; q++)
      fprintf(csv, ",%d", count[p][q]);
    fputc('\n', csv);
  }
}

static PetscErrorCode measure(const struct hc_slab *slab, const struct hc_graph *graph, const struct options *options,
                              int n_parts, int32_t *part, FILE *csv)
{
  const struct hc_mesh_options how = {.partitioner = options->partitioner, .seed = 1};
  int(*count)[N_QUANTITIES];

  PetscFunctionBeginUser;
  forget_peak();
  const double resident = status_mib("VmRSS"), start = MPI_Wtime();
  PetscCall(hc_slab_partition(slab, &how, n_parts, part));
  const double seconds = MPI_Wtime() - start, peak = status_mib("VmHWM") - resident;
  PetscCall(PetscCalloc1(n_parts, &count));
  PetscCall(count_all(slab, graph, part, n_parts, count));
  print_row(slab->n_nodes, n_parts, count, seconds, peak);
  write_parts(csv, options->name, n_parts, count);
  PetscCall(PetscFree(count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode get_slab(const struct options *options, struct hc_slab **slab)
{
  const struct hc_import_options import = {.scale = 0};
  const char *dot = strrchr(options->mesh, '.');
  int64_t repaired;

  PetscFunctionBeginUser;
  if (!strncmp(options->mesh, "box:", 4)) {
    const double side = (double)strtol(options->mesh + 4, NULL, 10), sides[3] = {side, side, side};
    PetscCall(hc_slab_box(PETSC_COMM_WORLD, HC_TETRAHEDRON, sides, 1, slab));
  } else if (dot && !strcmp(dot, ".h5")) {
    PetscCall(hc_meshio_read(PETSC_COMM_WORLD, options->mesh, 0, slab));
  } else {
    PetscCall(hc_meshio_import(PETSC_COMM_WORLD, options->mesh, &import, slab));
  }
  PetscCall(hc_slab_check(*slab, options->mesh, &repaired));
  for (int i = 0; i < options->refine; i++) {
    struct hc_slab *fine;
    PetscCall(hc_slab_refine(*slab, &fine));
    hc_slab_destroy(slab);
    *slab = fine;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bench(const struct options *options)
{
  FILE *csv = options->csv ? fopen(options->csv, "w") : NULL;
  struct hc_slab *slab;
  struct hc_graph *graph;
  int32_t *part;

  PetscFunctionBeginUser;
  PetscCheck(csv || !options->csv, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s cannot be written", options->csv);
  const double start = MPI_Wtime();
  PetscCall(get_slab(options, &slab));
  const double read = MPI_Wtime();
  PetscCall(hc_graph_create(slab, &graph));
  printf("%lld nodes, %lld cells, %.2f neighbours a node; mesh in %.1f s, graph in %.1f s, %.0f MiB\n\n",
         (long long)slab->n_nodes, (long long)slab->n_cells, graph->row[graph->n_rows] / (double)slab->n_nodes,
         read - start, MPI_Wtime() - read, status_mib("VmHWM"));
  printf(
      "Partitioner: %s. Mean / largest over the parts; kB: sent in one exchange of one double a node; inner: share of "
      "owned nodes whose rows need no halo.\n\n",
      options->name);
  printf("| parts | nodes | imbalance | halo nodes | halo / owned | neighbours | kB sent | inner | cells / node | "
         "partition s | partition MiB |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
  if (csv)
    fprintf(csv, "partitioner,parts,part,owned,halo,sent,border,cells,neighbours\n");
  PetscCall(PetscMalloc1(slab->n_nodes, &part));
  for (int k = 0; k < options->n_parts; k++)
    PetscCall(measure(slab, graph, options, options->parts[k], part, csv));
  PetscCall(PetscFree(part));
  if (csv)
    fclose(csv);
  hc_graph_destroy(&graph);
  hc_slab_destroy(&slab);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool parse(int argc, char **argv, struct options *options)
{
  *options = (struct options){.name = "metis"};
  for (int p = 2; p <= 4096; p *= 2)
    options->parts[options->n_parts++] = p;
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (strncmp(argv[i], "--", 2) != 0) {
      options->mesh = argv[i];
      continue;
    }
    i++;
    if (!strcmp(argv[i - 1], "--refine"))
      options->refine = (int)strtol(value, NULL, 10);
    else if (!strcmp(argv[i - 1], "--csv"))
      options->csv = value;
    else if (!strcmp(argv[i - 1], "--partitioner"))
      options->name = value;
    else if (!strcmp(argv[i - 1], "--parts"))
      for (options->n_parts = 0; *value && options->n_parts < 32; value += strspn(value, ","))
        options->parts[options->n_parts++] = (int)strtol(value, (char **)&value, 10);
    else
      return false;
  }
  options->partitioner = !strcmp(options->name, "curve")      ? HC_PART_CURVE
                         : !strcmp(options->name, "ptscotch") ? HC_PART_PTSCOTCH
                                                              : HC_PART_METIS;
  return options->mesh != NULL;
}

int main(int argc, char **argv)
{
  struct options options;
  int code = EXIT_SUCCESS, size;

  if (!parse(argc, argv, &options)) {
    fprintf(stderr, "usage: bench_scaling MESH|box:N [--refine N] [--partitioner metis|curve|ptscotch] [--parts 2,4] "
                    "[--csv FILE]\n");
    return EXIT_FAILURE;
  }
  argc = 1; /* PETSc need not look at our options */
  if (PetscInitialize(&argc, &argv, NULL, NULL))
    return EXIT_FAILURE;
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  if (size != 1 || bench(&options))
    code = EXIT_FAILURE;
  if (PetscFinalize())
    return EXIT_FAILURE;
  return code;
}
