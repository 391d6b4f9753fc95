#include "fe.h"
#include "internal.h"
#include "meshio.h"
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- mesh info
 * ---------------------------------------------------------------------------------------------------------- */

static void print_quality(const struct hc_mesh *mesh, const struct hc_quality *q)
{
  const bool shell = mesh->type == HC_TRIANGLE;
  printf("cells      %" PRId64 " x %s\nnodes      %" PRId64 "\n", mesh->n_cells, hc_cell_name(mesh->type),
         mesh->n_nodes);
  printf("extent     x %g to %g, y %g to %g, z %g to %g mm\n", q->box_min[0], q->box_max[0], q->box_min[1],
         q->box_max[1], q->box_min[2], q->box_max[2]);
  printf("%s     %g %s\n", shell ? "area  " : "volume", q->volume, shell ? "mm2" : "mm3");
  printf("edges      shortest %.4g, mean %.4g, longest %.4g mm\n", q->edge_min, q->edge_mean, q->edge_max);
  printf("quality    worst %.3g (cell %" PRId64 "), mean %.3g (1 = regular, 0 = flat)\n", q->quality_min, q->worst_cell,
         q->quality_mean);
  for (int i = 0; i < q->n_regions && i < 64; i++)
    printf("region     %d: %" PRId64 " cells, %g %s\n", q->region_tag[i], q->region_cells[i], q->region_volume[i],
           shell ? "mm2" : "mm3");
  for (int tag = 1; tag < 32; tag++)
    if (q->surface_nodes[tag] > 0)
      printf("surface    %d: %" PRId64 " nodes\n", tag, q->surface_nodes[tag]);
}

PetscErrorCode hc_cli_print_mesh(const struct hc_mesh *mesh, const struct hc_fields *fields, int64_t repaired)
{
  struct hc_quality quality;

  PetscFunctionBeginUser;
  PetscCall(hc_fe_quality(mesh, &quality));
  if (mesh->rank != 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  print_quality(mesh, &quality);
  for (int i = 0; i < hc_fields_count(fields); i++) {
    const struct hc_field *field = hc_fields_get(fields, i);
    printf("field      %s: %s, %d component%s%s%s\n", field->name, field->where == HC_NODE ? "nodal" : "cell",
           field->n_comp, field->n_comp == 1 ? "" : "s", field->unit[0] ? ", " : "", field->unit);
  }
  if (repaired > 0)
    printf("repaired   %" PRId64 " inverted cells\n", repaired);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A slab as a distributed mesh with its fields. */
static PetscErrorCode distribute(const struct hc_slab *slab, struct hc_mesh **mesh, struct hc_fields **fields)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};

  PetscFunctionBeginUser;
  PetscCall(hc_mesh_create(slab, &options, mesh));
  PetscCall(hc_fields_create(*mesh, fields));
  PetscCall(hc_fields_from_slab(slab, *fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_mesh_info(const struct hc_cli_arguments *arguments, int *exit_code)
{
  struct hc_mesh_params params = {.file = (char *)arguments->words[0]};
  struct hc_slab *slab;
  struct hc_mesh *mesh = NULL;
  struct hc_fields *fields = NULL;
  int64_t repaired;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCall(hc_domain_slab(PETSC_COMM_WORLD, &params, &slab, &repaired));
  code = distribute(slab, &mesh, &fields);
  hc_slab_destroy(&slab);
  if (!code)
    code = hc_cli_print_mesh(mesh, fields, repaired);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- mesh import
 * ---------------------------------------------------------------------------------------------------------- */

const struct hc_cli_option hc_cli_import_options[] = {
    {"--scale", "MM", false, "mm in one unit of the file (default: openCARP 0.001, others 1)"},
    {"--surface-field", "NAME", false, "integer nodal array with surface tags 1 to 31"},
    {"--region-field", "NAME", false, "cell array with region tags"},
    {"--cell", "NAME", false, "images: hexahedron (default) or tetrahedron"},
    {"--refine", "N", false, "halve every edge N times"},
    {"--help", NULL, false, "this text"},
    {0}};

static PetscErrorCode cell_type(const struct hc_cli_arguments *arguments, int *cell)
{
  const char *name = hc_cli_get(arguments, "--cell");

  PetscFunctionBeginUser;
  if (!name || !strcmp(name, "hexahedron"))
    *cell = HC_HEXAHEDRON;
  else if (!strcmp(name, "tetrahedron"))
    *cell = HC_TETRAHEDRON;
  else
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "--cell: found \"%s\"; allowed: hexahedron, tetrahedron", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_mesh_import(const struct hc_cli_arguments *arguments, int *exit_code)
{
  struct hc_mesh_params params = {.file = (char *)arguments->words[0],
                                  .surface_field = (char *)hc_cli_get(arguments, "--surface-field"),
                                  .region_field = (char *)hc_cli_get(arguments, "--region-field")};
  struct hc_slab *slab;
  int64_t repaired;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_cli_number(arguments, "--scale", 0, 1e-9, 1e9, &params.scale));
  PetscCall(hc_cli_whole(arguments, "--refine", 0, 0, 6, &params.refine));
  PetscCall(cell_type(arguments, &params.cell));
  PetscCall(hc_domain_slab(PETSC_COMM_WORLD, &params, &slab, &repaired));
  code = hc_meshio_write(slab, arguments->words[1]);
  if (!code && rank == 0)
    printf("%s: %" PRId64 " nodes, %" PRId64 " x %s, %" PRId64 " inverted cells repaired\n", arguments->words[1],
           slab->n_nodes, slab->n_cells, hc_cell_name(slab->type), repaired);
  hc_slab_destroy(&slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- mesh partition
 * -------------------------------------------------------------------------------------------------------- */

const struct hc_cli_option hc_cli_partition_options[] = {
    {"--method", "NAME", false, "metis (default), ptscotch or curve"},
    {"--seed", "N", false, "random seed of METIS (default 1)"},
    {"--help", NULL, false, "this text"},
    {0}};

static PetscErrorCode method(const struct hc_cli_arguments *arguments, enum hc_partitioner *partitioner)
{
  const char *name = hc_cli_get(arguments, "--method");

  PetscFunctionBeginUser;
  if (!name || !strcmp(name, "metis"))
    *partitioner = HC_PART_METIS;
  else if (!strcmp(name, "ptscotch"))
    *partitioner = HC_PART_PTSCOTCH;
  else if (!strcmp(name, "curve"))
    *partitioner = HC_PART_CURVE;
  else
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "--method: found \"%s\"; allowed: metis, ptscotch, curve", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parts_of(const char *word, int64_t n_nodes, int *parts)
{
  char *end;
  const long n = strtol(word, &end, 10);

  PetscFunctionBeginUser;
  PetscCheck(*end == '\0' && end != word && n >= 1 && n <= n_nodes && n <= 1000000000, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: parts; allowed: a whole number from 1 to the number of nodes, %" PRId64, word, n_nodes);
  *parts = (int)n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode partition_all(const struct hc_cli_arguments *arguments, const struct hc_slab *slab, int32_t *part)
{
  struct hc_mesh_options options = {.partitioner = HC_PART_METIS};
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCall(method(arguments, &options.partitioner));
  PetscCall(hc_cli_whole(arguments, "--seed", 1, 0, 2147483647, &options.seed));
  for (int i = 1; i < arguments->n_words; i++) {
    int parts;
    PetscCall(parts_of(arguments->words[i], slab->n_nodes, &parts));
    PetscCall(hc_slab_partition(slab, &options, parts, part));
    PetscCall(hc_meshio_write_partition(slab, parts, part, arguments->words[0]));
    if (rank == 0)
      printf("%s: stored a partition in %d parts\n", arguments->words[0], parts);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_mesh_partition(const struct hc_cli_arguments *arguments, int *exit_code)
{
  struct hc_slab *slab;
  int32_t *part;
  int64_t repaired;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCall(hc_meshio_read(PETSC_COMM_WORLD, arguments->words[0], 0, &slab));
  code = hc_slab_check(slab, arguments->words[0], &repaired);
  if (!code) {
    PetscCall(PetscMalloc1(hc_slab_nodes(slab), &part));
    code = partition_all(arguments, slab, part);
    PetscCall(PetscFree(part));
  }
  hc_slab_destroy(&slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- mesh fibres
 * ------------------------------------------------------------------------------------------------------------ */

/* Copy a field, if the rule made it, into the slab that will be written. */
static PetscErrorCode keep_field(const struct hc_mesh *mesh, const struct hc_fields *fields, const char *name,
                                 enum hc_location where, struct hc_slab *slab)
{
  const struct hc_field *field = hc_fields_find(fields, name, where);
  struct hc_slab_field *kept;

  PetscFunctionBeginUser;
  if (!field)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_slab_add_field(slab, name, field->unit, where, field->n_comp, &kept));
  PetscCall(hc_mesh_to_file_order(mesh, where, field->n_comp, field->values, kept->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fibres_into(const struct hc_mesh *mesh, struct hc_fields *fields,
                                  const struct hc_fibre_params *params, struct hc_slab *slab)
{
  static const char *const cell_fields[] = {"fibre", "sheet"};
  static const char *const nodal_fields[] = {"transmural", "apex_base", "ventricle"};
  struct hc_pattern *pattern;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_fe_pattern(mesh, &pattern));
  code = hc_fibres(mesh, pattern, params, fields);
  hc_fe_pattern_destroy(&pattern);
  PetscCall(code);
  for (size_t i = 0; i < sizeof cell_fields / sizeof cell_fields[0]; i++)
    PetscCall(keep_field(mesh, fields, cell_fields[i], HC_CELL, slab));
  for (size_t i = 0; i < sizeof nodal_fields / sizeof nodal_fields[0]; i++)
    PetscCall(keep_field(mesh, fields, nodal_fields[i], HC_NODE, slab));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_mesh_fibres(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX];
  const int n_set = hc_cli_sets(arguments, set);
  struct hc_case heart;
  struct hc_params *params;
  struct hc_slab *slab = NULL;
  struct hc_mesh *mesh = NULL;
  struct hc_fields *fields = NULL;
  int64_t repaired;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCall(hc_case_read(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &heart, &params));
  code = hc_domain_slab(PETSC_COMM_WORLD, &heart.mesh, &slab, &repaired);
  if (!code)
    code = distribute(slab, &mesh, &fields);
  if (!code)
    code = fibres_into(mesh, fields, &heart.fibres, slab);
  if (!code)
    code = hc_meshio_write(slab, arguments->words[1]);
  if (!code && mesh->rank == 0)
    printf("%s: %" PRId64 " nodes, %" PRId64 " cells with fibres\n", arguments->words[1], slab->n_nodes, slab->n_cells);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
  if (slab)
    hc_slab_destroy(&slab);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
