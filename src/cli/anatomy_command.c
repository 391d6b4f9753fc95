#include "growth_case.h"
#include "internal.h"
#include "meshio.h"

#include <inttypes.h>
#include <stdio.h>

/* An anatomy without a tumour: a file, or --set, with this block alone. */
struct root {
  const struct hc_params *params;
  struct hc_anatomy_params anatomy;
};
static const struct hc_param root_params[] = {{.key = "anatomy",
                                               .type = HC_BLOCK,
                                               .offset = offsetof(struct root, anatomy),
                                               .block = &hc_anatomy_block,
                                               .meaning = "The anatomy."},
                                              {0}};
static const struct hc_block root_block = {"anatomy case", sizeof(struct root), root_params, "An anatomy alone."};

/* What the command is about: its own block, or that of a tumour's case. */
struct source {
  struct root root;
  struct hc_growth_case tumour_case;
  const struct hc_anatomy_params *anatomy;
  struct hc_params *params;
};

static PetscErrorCode read_anatomy(const struct hc_cli_arguments *arguments, struct source *source)
{
  const char *set[HC_CLI_MAX], *path = arguments->n_words > 1 ? arguments->words[0] : NULL;
  const int n_set = hc_cli_sets(arguments, set);
  bool has_tumour = false;

  PetscFunctionBeginUser;
  if (path)
    PetscCall(hc_growth_is_case(PETSC_COMM_WORLD, path, &has_tumour));
  if (has_tumour)
    PetscCall(hc_growth_case_read(PETSC_COMM_WORLD, path, n_set, set, &source->tumour_case, &source->params));
  else
    PetscCall(hc_params_read(PETSC_COMM_WORLD, path, n_set, set, &root_block, &source->root, &source->params));
  source->anatomy = has_tumour ? &source->tumour_case.anatomy : &source->root.anatomy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_cli_print_anatomy(const struct hc_anatomy_params *params, const struct hc_anatomy_summary *s)
{
  printf("grid       %d x %d x %d voxels of %.4g x %.4g x %.4g mm, %" PRId64 " in the mesh\n", s->n[0], s->n[1],
         s->n[2], s->spacing[0], s->spacing[1], s->spacing[2], s->voxels);
  for (int i = 0; i < s->n_regions; i++)
    printf("region     %d%s: %.6g mL\n", s->region[i],
           s->region[i] == HC_REGION_WHITE  ? " (white)"
           : s->region[i] == HC_REGION_GREY ? " (grey)"
                                            : "",
           s->volume[i] / 1000);
  if (s->islands > 0)
    printf("islands    %" PRId64 " parts of %" PRId64 " voxels in all are not connected to the largest; %s\n",
           s->islands, s->island_voxels,
           params->islands == HC_ISLANDS_ALL ? "kept" : "left out (anatomy.islands: all keeps them)");
  if (s->coverage < 1)
    printf("coverage   %.4g %% of the tissue\n", 100 * s->coverage);
  if (s->isotropic > 0)
    printf("tensors    %" PRId64 " voxels without a positive definite one are isotropic\n", s->isotropic);
}

PetscErrorCode hc_cli_mesh_anatomy(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *out = arguments->words[arguments->n_words - 1];
  struct source source = {0};
  struct hc_slab *slab = NULL;
  struct hc_anatomy_summary summary;
  int64_t repaired;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(read_anatomy(arguments, &source));
  code = hc_anatomy_create(PETSC_COMM_WORLD, source.anatomy, &slab, &summary);
  if (!code)
    code = hc_slab_check(slab, out, &repaired);
  if (!code)
    code = hc_meshio_write(slab, out);
  if (!code && rank == 0) {
    hc_cli_print_anatomy(source.anatomy, &summary);
    printf("%s: %" PRId64 " nodes, %" PRId64 " x %s\n", out, slab->n_nodes, slab->n_cells, hc_cell_name(slab->type));
  }
  if (slab)
    hc_slab_destroy(&slab);
  hc_params_destroy(&source.params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
