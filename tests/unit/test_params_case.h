/* A table with every type of parameter, and case files for it: shared by the tests of params. */
#ifndef TEST_PARAMS_CASE_H
#define TEST_PARAMS_CASE_H

#include "hc_check.h"
#include "params.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

struct box {
  const struct hc_params *params;
  struct hc_reals min, max;
};
struct stimulus {
  const struct hc_params *params;
  char *name;
  double start;
  struct box box;
};
struct march {
  const struct hc_params *params;
  double step, end, mass;
  int scheme, fallback_scheme;
  bool adapt;
};
struct root {
  const struct hc_params *params;
  char *title, *mesh, *note, *extra, *model, *other;
  int64_t count, seed;
  struct march time;
  struct hc_list stimuli;
  struct hc_reals conductivity, apd, maybe;
  struct hc_ints tags;
  struct hc_strings fields;
  struct hc_map parameters;
  struct hc_text_map links;
  double optional, level;
  struct hc_list probes;
};

static const struct hc_choice scheme_choices[] = {
    {"godunov", 0, "first order"}, {"strang", 1, "second order"}, {NULL, 0, NULL}};
static const struct hc_choice mass_choices[] = {
    {"lumped", 1, "all mass on the diagonal"}, {"consistent", 0, "as integrated"}, {NULL, 0, NULL}};

static const struct hc_param box_params[] = {
    {"min", HC_REALS, offsetof(struct box, min), .unit = "mm", .n_min = 3, .n_max = 3, .meaning = "Lower corner."},
    {"max", HC_REALS, offsetof(struct box, max), .unit = "mm", .fallback = "[1, 1, 1]", .n_min = 3, .n_max = 3},
    {0}};
static const struct hc_block box_block = {"box", sizeof(struct box), box_params, "A box."};

static const struct hc_param stimulus_params[] = {
    {"name", HC_STRING, offsetof(struct stimulus, name), .meaning = "Its name."},
    {"start", HC_REAL, offsetof(struct stimulus, start), .unit = "ms", .fallback = "0", .min = 0, .max = 1e9},
    {"box", HC_BLOCK, offsetof(struct stimulus, box), .block = &box_block},
    {0}};
static const struct hc_block stimulus_block = {"stimulus", sizeof(struct stimulus), stimulus_params, "A stimulus."};

static const struct hc_param march_params[] = {
    {"step", HC_REAL, offsetof(struct march, step), .unit = "ms", .fallback = "0.05", .min = 1e-6, .max = 10,
     .meaning = "Step of the splitting."},
    {"end", HC_REAL, offsetof(struct march, end), .unit = "ms", .fallback = "100", .min = 0, .max = INFINITY},
    {"mass", HC_REAL, offsetof(struct march, mass), .unit = "1", .fallback = "lumped", .min = 0, .max = 1,
     .choices = mass_choices, .meaning = "Mass matrix."},
    {"scheme", HC_CHOICE, offsetof(struct march, scheme), .fallback = "strang", .choices = scheme_choices},
    {"fallback_scheme", HC_CHOICE, offsetof(struct march, fallback_scheme), .fallback = "~", .choices = scheme_choices},
    {"adapt", HC_BOOL, offsetof(struct march, adapt), .fallback = "false"},
    {0}};
static const struct hc_block march_block = {"time", sizeof(struct march), march_params, "Marching in time."};

static const struct hc_param root_params[] = {
    {"title", HC_STRING, offsetof(struct root, title), .fallback = "no title"},
    {"mesh", HC_PATH, offsetof(struct root, mesh), .meaning = "File of the mesh."},
    {"note", HC_STRING, offsetof(struct root, note), .fallback = "~"},
    {"extra", HC_PATH, offsetof(struct root, extra), .fallback = "~"},
    {"count", HC_INT, offsetof(struct root, count), .fallback = "3", .min = 1, .max = 10},
    {"seed", HC_INT, offsetof(struct root, seed), .fallback = "0"},
    {"time", HC_BLOCK, offsetof(struct root, time), .block = &march_block, .meaning = "Marching in time."},
    {"stimuli", HC_LIST, offsetof(struct root, stimuli), .block = &stimulus_block, .n_max = 3,
     .meaning = "What starts a beat."},
    {"conductivity", HC_REALS, offsetof(struct root, conductivity), .unit = "S/m", .fallback = "[0.17, 0.019, 0.019]",
     .min = 0, .max = 100, .n_min = 1, .n_max = 3},
    {"apd", HC_REALS, offsetof(struct root, apd), .fallback = "[50, 90]", .min = 1, .max = 99},
    {"maybe", HC_REALS, offsetof(struct root, maybe), .fallback = "~", .n_min = 2, .n_max = 2},
    {"tags", HC_INTS, offsetof(struct root, tags), .fallback = "[]", .min = 0, .max = 1000},
    {"fields", HC_STRINGS, offsetof(struct root, fields), .fallback = "[V]"},
    {"parameters", HC_MAP, offsetof(struct root, parameters), .fallback = "{}"},
    {"model", HC_NAME, offsetof(struct root, model), .fallback = "~"},
    {"other", HC_NAME, offsetof(struct root, other), .fallback = "ttp06_epi"},
    {"links", HC_TEXT_MAP, offsetof(struct root, links), .fallback = "~"},
    {"optional", HC_REAL, offsetof(struct root, optional), .unit = "mV", .fallback = "~"},
    {"level", HC_REAL, offsetof(struct root, level), .fallback = "-1", .min = -DBL_MAX, .max = 0},
    {"probes", HC_LIST, offsetof(struct root, probes), .block = &stimulus_block,
     .fallback = "[{name: p, box: {min: [1, 2, 3]}}]"},
    {0}};
static const struct hc_block root_block = {"case", sizeof(struct root), root_params, "A case of the tests."};

/* A file that gives every key something other than its fallback. */
static const char *const full_case = "# everything\n"
                                     "title: \"a \\\"b\\\" \\\\ \\u2028 \\t: # \xc3\xa4\"\n"
                                     "mesh: ./data/../mesh.h5\n"
                                     "note: 'yes'\n"
                                     "extra: /abs/olute\n"
                                     "count: 10\n"
                                     "seed: -9223372036854775808\n"
                                     "time:\n"
                                     "  step: 0.1234567890123456789\n"
                                     "  end: 1.7976931348623157e308\n"
                                     "  mass: 0.30000000000000004\n"
                                     "  scheme: godunov\n"
                                     "  fallback_scheme: strang\n"
                                     "  adapt: true\n"
                                     "stimuli:\n"
                                     "  - name: s1\n"
                                     "    start: 5\n"
                                     "    box:\n"
                                     "      min: [0, -1.5, 2e-3]\n"
                                     "      max:\n"
                                     "        - 1\n"
                                     "        - 4.9406564584124654e-324\n"
                                     "        - -0.0\n"
                                     "  - {name: s2, box: {min: [.5, 5., +5]}}\n"
                                     "conductivity: 0.2\n"
                                     "apd: [30, 33.333333333333336]\n"
                                     "maybe: [1, 2]\n"
                                     "tags: [4, 5, 6]\n"
                                     "fields: [V, 'm: 1', \"\"]\n"
                                     "parameters: {gks: 0.392, 'a b': -85.2}\n"
                                     "model: cells/my.so:epi\n"
                                     "other: fenton_karma-2\n"
                                     "links: {gks: apex base, 'a \"b\"': '1 - 0.5*x'}\n"
                                     "optional: -1e-300\n"
                                     "level: -1e-6\n"
                                     "probes: []\n";

/* Write case.yaml in a scratch folder, which becomes the current one on every rank. */
static void write_bytes(const char *text, size_t n)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) {
    FILE *file = fopen("case.yaml", "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, n, file), n);
    fclose(file);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

static void write_case(const char *text)
{
  write_bytes(text, strlen(text));
}

static char scratch[64];

static void enter_scratch(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  snprintf(scratch, sizeof scratch, "/tmp/hc_params_XXXXXX");
  if (rank == 0)
    ck_assert_ptr_nonnull(mkdtemp(scratch));
  MPI_Bcast(scratch, (int)sizeof scratch, MPI_CHAR, 0, PETSC_COMM_WORLD);
  ck_assert_int_eq(chdir(scratch), 0);
}

static void leave_scratch(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Barrier(PETSC_COMM_WORLD);
  ck_assert_int_eq(chdir("/"), 0);
  if (rank == 0) {
    char path[96];
    snprintf(path, sizeof path, "%s/case.yaml", scratch);
    unlink(path);
    rmdir(scratch);
  }
}

static PetscErrorCode read_case(int n_set, const char *const set[], struct root *root, struct hc_params **params)
{
  return hc_params_read(PETSC_COMM_WORLD, "case.yaml", n_set, set, &root_block, root, params);
}

#endif
