#include "case.h"

#include "stepper.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(type, member) offsetof(struct type, member)

static const struct hc_choice cell_choices[] = {{"triangle", HC_TRIANGLE, "linear triangles: the sheet z = 0"},
                                                {"tetrahedron", HC_TETRAHEDRON, "linear tetrahedra, six a cube"},
                                                {"hexahedron", HC_HEXAHEDRON, "trilinear hexahedra (voxels)"},
                                                {NULL, 0, NULL}};

static const struct hc_choice partitioner_choices[] = {
    {"metis", HC_PART_METIS, "METIS on the first rank: smallest halos while one rank holds the mesh"},
    {"ptscotch", HC_PART_PTSCOTCH, "PT-Scotch: no rank holds the mesh"},
    {"curve", HC_PART_CURVE, "Hilbert curve: at once, larger halos"},
    {"stored", HC_PART_STORED, "the partition stored in the mesh file for this number of ranks"},
    {NULL, 0, NULL}};

static const struct hc_param mesh_params[] = {
    {.key = "file",
     .type = HC_PATH,
     .offset = AT(hc_mesh_params, file),
     .fallback = "~",
     .meaning = "Mesh file: native HDF5 (VTKHDF), Gmsh .msh, .vtu, .vtk or openCARP; or leave it out and give `size`."},
    {.key = "surface_field",
     .type = HC_STRING,
     .offset = AT(hc_mesh_params, surface_field),
     .fallback = "~",
     .meaning = "Imported meshes: name of the integer nodal array that holds surface tags 1 to 31."},
    {.key = "region_field",
     .type = HC_STRING,
     .offset = AT(hc_mesh_params, region_field),
     .fallback = "~",
     .meaning = "Imported meshes: name of the cell array that holds region tags."},
    {.key = "scale",
     .type = HC_REAL,
     .offset = AT(hc_mesh_params, scale),
     .unit = "mm",
     .fallback = "0",
     .min = 0,
     .max = 1e6,
     .meaning = "Imported meshes: mm in one unit of the file; 0: the format's own (openCARP um, others mm)."},
    {.key = "cell",
     .type = HC_CHOICE,
     .offset = AT(hc_mesh_params, cell),
     .fallback = "tetrahedron",
     .choices = cell_choices,
     .meaning = "Box: kind of cells."},
    {.key = "size",
     .type = HC_REALS,
     .offset = AT(hc_mesh_params, size),
     .unit = "mm",
     .fallback = "~",
     .min = 1e-6,
     .max = 1e6,
     .n_min = 2,
     .n_max = 3,
     .meaning = "Box: lengths along x, y and z. Surface tags 1 to 6: x min, x max, y min, y max, z min, z max."},
    {.key = "spacing",
     .type = HC_REAL,
     .offset = AT(hc_mesh_params, spacing),
     .unit = "mm",
     .fallback = "0.5",
     .min = 1e-6,
     .max = 1e6,
     .meaning = "Box: edge length along the axes, or a little less so that it divides the size."},
    {.key = "refine",
     .type = HC_INT,
     .offset = AT(hc_mesh_params, refine),
     .fallback = "0",
     .min = 0,
     .max = 6,
     .meaning = "How often every edge is halved (8 times the cells each time)."},
    {.key = "partitioner",
     .type = HC_CHOICE,
     .offset = AT(hc_mesh_params, partitioner),
     .fallback = "metis",
     .choices = partitioner_choices,
     .meaning = "Who distributes the nodes over the ranks."},
    {.key = "seed",
     .type = HC_INT,
     .offset = AT(hc_mesh_params, seed),
     .fallback = "1",
     .min = 0,
     .max = 2147483647.0,
     .meaning = "Random seed of METIS."},
    {0}};
static const struct hc_block mesh_block = {"mesh", sizeof(struct hc_mesh_params), mesh_params,
                                           "The anatomy: a mesh file, or a box that is made."};

static const struct hc_param time_params[] = {{.key = "step",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, step),
                                               .unit = "ms",
                                               .fallback = "0.05",
                                               .min = 1e-6,
                                               .max = 10,
                                               .meaning = "Time step."},
                                              {.key = "end",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, end),
                                               .unit = "ms",
                                               .min = 0,
                                               .max = 1e9,
                                               .meaning = "End of the simulated time, which starts at 0."},
                                              {.key = "splitting",
                                               .type = HC_CHOICE,
                                               .offset = AT(hc_time_params, splitting),
                                               .fallback = "godunov",
                                               .choices = hc_splitting_choices,
                                               .meaning = "How reaction and diffusion alternate within a step."},
                                              {.key = "reaction",
                                               .type = HC_CHOICE,
                                               .offset = AT(hc_time_params, reaction),
                                               .fallback = "rush-larsen",
                                               .choices = hc_reaction_choices,
                                               .meaning = "How the cells advance within a reaction step."},
                                              {.key = "adaptive",
                                               .type = HC_BOOL,
                                               .offset = AT(hc_time_params, adaptive),
                                               .fallback = "false",
                                               .meaning = "Evaluate cells every step only while much happens in them, "
                                                          "and take longer steps while they all wait."},
                                              {.key = "max_step",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, max_step),
                                               .unit = "ms",
                                               .fallback = "0.5",
                                               .min = 0,
                                               .max = 10,
                                               .meaning = "Adaptive: longest time between evaluations of a cell."},
                                              {.key = "tolerance",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, tolerance),
                                               .unit = "mV",
                                               .fallback = "0.1",
                                               .min = 1e-9,
                                               .max = 10,
                                               .meaning = "Adaptive: error of V that an evaluation may correct."},
                                              {0}};
static const struct hc_block time_block = {"time", sizeof(struct hc_time_params), time_params,
                                           "Time and operator splitting."};

static const struct hc_param checkpoint_params[] = {
    {.key = "every",
     .type = HC_REAL,
     .offset = AT(hc_checkpoint_params, every),
     .unit = "ms",
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .meaning = "Simulated time between checkpoints; 0: only on SIGTERM, SIGUSR1 and on a failed step."},
    {.key = "guard",
     .type = HC_REAL,
     .offset = AT(hc_checkpoint_params, guard),
     .unit = "ms",
     .fallback = "10",
     .min = 0,
     .max = 1e9,
     .meaning = "Simulated time between the copies of the state, kept in memory, from which a failed step leaves its "
                "checkpoint; 0: none."},
    {.key = "final",
     .type = HC_BOOL,
     .offset = AT(hc_checkpoint_params, final),
     .fallback = "false",
     .meaning = "Leave a checkpoint of the end, to go on from with a later time.end."},
    {0}};
static const struct hc_block checkpoint_block = {"checkpoint", sizeof(struct hc_checkpoint_params), checkpoint_params,
                                                 "Checkpoints, from which a run goes on with --restart."};

static const struct hc_param case_params[] = {
    {.key = "title",
     .type = HC_STRING,
     .offset = AT(hc_case, title),
     .fallback = "~",
     .meaning = "One line for people; goes into the results."},
    {.key = "mesh", .type = HC_BLOCK, .offset = AT(hc_case, mesh), .block = &mesh_block, .meaning = "Anatomy."},
    {.key = "fibres", .type = HC_BLOCK, .offset = AT(hc_case, fibres), .block = &hc_fibre_block, .meaning = "Fibres."},
    {.key = "tissue", .type = HC_BLOCK, .offset = AT(hc_case, tissue), .block = &hc_tissue_block, .meaning = "Tissue."},
    {.key = "cells",
     .type = HC_LIST,
     .offset = AT(hc_case, cells),
     .n_min = 1,
     .n_max = 1000,
     .block = &hc_cells_block,
     .meaning = "Cell models: each node takes the first entry that fits it."},
    {.key = "stimuli",
     .type = HC_LIST,
     .offset = AT(hc_case, stimuli),
     .fallback = "~",
     .block = &hc_stimulus_block,
     .meaning = "Stimuli."},
    {.key = "time", .type = HC_BLOCK, .offset = AT(hc_case, time), .block = &time_block, .meaning = "Time."},
    {.key = "diffusion",
     .type = HC_BLOCK,
     .offset = AT(hc_case, diffusion),
     .block = &hc_diffusion_block,
     .meaning = "Numerics of the diffusion."},
    {.key = "observe",
     .type = HC_BLOCK,
     .offset = AT(hc_case, observe),
     .block = &hc_observe_block,
     .meaning = "What is watched."},
    {.key = "output",
     .type = HC_BLOCK,
     .offset = AT(hc_case, output),
     .block = &hc_output_block,
     .meaning = "What is written."},
    {.key = "checkpoint",
     .type = HC_BLOCK,
     .offset = AT(hc_case, checkpoint),
     .block = &checkpoint_block,
     .meaning = "Checkpoints."},
    {0}};
const struct hc_block hc_case_block = {"heart case", sizeof(struct hc_case), case_params,
                                       "A heart: monodomain tissue with cell models on a mesh."};

const char *hc_case_state_unit(const struct hc_case *heart, const char *state)
{
  const struct hc_cells_params *cells = heart->cells.items;
  for (int i = 0; i < heart->cells.n; i++) {
    const struct hc_cell_model *model = hc_cell_model_of(&cells[i].cell);
    for (int s = 0; model && s < model->n_states; s++)
      if (!strcmp(model->states[s].name, state))
        return model->states[s].unit;
  }
  return NULL;
}

static PetscErrorCode cells_check(const struct hc_case *heart)
{
  const struct hc_cell_model **models;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(heart->cells.n, &models));
  code = hc_kinetics_check(heart->cells.n, heart->cells.items, models);
  PetscCall(PetscFree(models));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode output_check(const struct hc_case *heart)
{
  const struct hc_output_params *output = &heart->output;
  const char *place;

  PetscFunctionBeginUser;
  place = hc_params_place(output->params, &output->fields);
  PetscCheck(output->fields.n <= HC_MAX_FRAME_FIELDS, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d fields; allowed: up to %d", place, output->fields.n, HC_MAX_FRAME_FIELDS);
  for (int i = 0; i < output->fields.n; i++) {
    PetscCheck(hc_case_state_unit(heart, output->fields.v[i]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found \"%s\"; allowed: V and the states of the cell models in use (see healthcast models)", place,
               output->fields.v[i]);
    for (int j = 0; j < i; j++)
      PetscCheck(strcmp(output->fields.v[i], output->fields.v[j]) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: found \"%s\" twice; allowed: each field once", place, output->fields.v[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a table cannot say: keys that exclude each other, times that are whole steps. */
static PetscErrorCode case_check(const struct hc_case *heart)
{
  const struct hc_mesh_params *mesh = &heart->mesh;
  const struct hc_params *params = heart->params;
  int64_t steps;

  PetscFunctionBeginUser;
  PetscCheck(mesh->file || mesh->size.n > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: no mesh; allowed: mesh.file, or mesh.size and mesh.spacing for a box",
             hc_params_place(params, &mesh->file));
  PetscCheck(!mesh->file || mesh->size.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found both mesh.file and mesh.size; allowed: one of them", hc_params_place(params, &mesh->size));
  PetscCheck(mesh->size.n != 2 || mesh->cell == HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found 2 lengths; allowed: 3 for %s cells", hc_params_place(params, &mesh->size),
             hc_cell_name((enum hc_cell_type)mesh->cell));
  /* The place is copied out by hc_clock_steps before anything else can overwrite it. */
  PetscCall(hc_clock_steps(hc_params_place(params, &heart->time.end), heart->time.end, heart->time.step, &steps));
  PetscCall(
      hc_clock_steps(hc_params_place(params, &heart->output.every), heart->output.every, heart->time.step, &steps));
  PetscCall(
      hc_clock_steps(hc_params_place(params, &heart->output.start), heart->output.start, heart->time.step, &steps));
  PetscCall(hc_clock_steps(hc_params_place(params, &heart->checkpoint.every), heart->checkpoint.every, heart->time.step,
                           &steps));
  PetscCall(cells_check(heart));
  PetscCall(output_check(heart));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_case_read(MPI_Comm comm, const char *path, int n_set, const char *const set[], struct hc_case *heart,
                            struct hc_params **params)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_params_read(comm, path, n_set, set, &hc_case_block, heart, params));
  code = hc_error_agree(comm, case_check(heart)); /* ranks read the files of cells by themselves */
  if (code)
    hc_params_destroy(params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Fingerprint ------------------------------------------------------------------------------------------------- */

/* True if a line of the echo, whose enclosing top-level key is `block`, says nothing of the physics or of the order of
 * nodes. */
static bool may_change(const char *block, const char *line)
{
  static const char *const blocks[] = {"title", "output", "checkpoint"};
  static const char *const keys[][2] = {
      {"time", "  end:"}, {"mesh", "  file:"}, {"mesh", "  partitioner:"}, {"mesh", "  seed:"}};
  for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
    if (!strcmp(block, blocks[i]))
      return true;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (!strcmp(block, keys[i][0]) && !strncmp(line, keys[i][1], strlen(keys[i][1])))
      return true;
  return false;
}

/* Files may lie elsewhere, their content counts: leave the last part of an absolute path alone (key: "/a/b.so"). */
static void keep_file_name(char *line)
{
  char *path = strstr(line, ": \"/"), *last;
  if (!path)
    return;
  last = strrchr(path, '/');
  memmove(path + 3, last + 1, strlen(last + 1) + 1);
}

/* Strip a text of comments and of lines that may change, in place. */
static void keep_what_matters(char *text)
{
  char block[64] = "", *to = text;
  for (char *line = text, *next; *line; line = next) {
    char *end = strchr(line, '\n');
    char *comment;
    if (!end)
      end = line + strlen(line);
    next = *end ? end + 1 : end;
    *end = '\0';
    comment = strstr(line, " # ");
    if (comment)
      *comment = '\0';
    if (line[0] != ' ' && line[0] != '-' && line[0] != '#' && line[0] != '\0')
      snprintf(block, sizeof block, "%.*s", (int)strcspn(line, ":"), line);
    if (line[0] == '#' || may_change(block, line))
      continue;
    if (!strcmp(block, "cells"))
      keep_file_name(line);
    const size_t n = strlen(line);
    memmove(to, line, n);
    to += n;
    *to++ = '\n';
  }
  *to = '\0';
}

PetscErrorCode hc_case_mesh_sha256(const char *path, char hex[65])
{
  static const char *const parts[] = {".pts", ".elem", ".lon"};
  const char *dot = strrchr(path, '.');
  size_t stem = strlen(path);
  char all[3 * 64 + 1] = "", file[PETSC_MAX_PATH_LEN];
  bool in_parts = access(path, F_OK) != 0;

  PetscFunctionBeginUser;
  for (int i = 0; dot && i < 3; i++)
    if (!strcmp(dot, parts[i])) {
      in_parts = true;
      stem = (size_t)(dot - path);
    }
  if (!in_parts) {
    PetscCall(hc_sha256_file(path, hex));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int i = 0; i < 3; i++) {
    snprintf(file, sizeof file, "%.*s%s", (int)stem, path, parts[i]);
    if (access(file, F_OK) != 0)
      continue;
    PetscCall(hc_sha256_file(file, hex));
    strcat(all, hex); /* room for three */
  }
  PetscCheck(all[0], PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(ENOENT));
  PetscCall(hc_sha256_text(all, hex));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_case_cell_files(const struct hc_case *heart, int *n, const char ***paths)
{
  const struct hc_cells_params *cells = heart->cells.items;
  int most = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < heart->cells.n; i++)
    most += 2 + cells[i].cell.drugs.n;
  PetscCall(PetscMalloc1(most, paths));
  *n = 0;
  for (int i = 0; i < heart->cells.n; i++) {
    const int end = *n + hc_cell_files(&cells[i].cell, *paths + *n);
    for (int j = *n; j < end; j++) { /* keep those that are new */
      bool known = false;
      for (int k = 0; k < *n && !known; k++)
        known = strcmp((*paths)[k], (*paths)[j]) == 0;
      if (!known)
        (*paths)[(*n)++] = (*paths)[j];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the case is made of as text: checksums of its files and the values that matter. */
static PetscErrorCode write_essence(const struct hc_case *heart, FILE *out)
{
  char hex[65] = "box";
  const char **paths;
  int n;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (heart->mesh.file)
    PetscCall(hc_case_mesh_sha256(heart->mesh.file, hex));
  fprintf(out, "%s\n", hex);
  PetscCall(hc_case_cell_files(heart, &n, &paths));
  for (int i = 0; i < n && !code; i++) {
    code = hc_sha256_file(paths[i], hex);
    fprintf(out, "%s\n", hex);
  }
  PetscCall(PetscFree(paths));
  PetscCall(code);
  PetscCall(hc_params_echo(heart->params, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fingerprint_on_root(const struct hc_case *heart, char hex[65])
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  memory = open_memstream(&text, &size);
  PetscCheck(memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for the fingerprint of the case");
  code = write_essence(heart, memory);
  fclose(memory);
  if (!code) {
    keep_what_matters(text);
    code = hc_sha256_text(text, hex);
  }
  free(text);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_case_fingerprint(MPI_Comm comm, const struct hc_case *heart, char hex[65])
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? fingerprint_on_root(heart, hex) : PETSC_SUCCESS));
  PetscCallMPI(MPI_Bcast(hex, 65, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
