/* healthcast params: described tables -> checked structs. Floor 1.
 *
 * A block of input is described once, by a table of struct hc_param. The table drives the reader, --set, the checks,
 * the echo (case.used.yaml), inputs/reference.yml and the sampling of cohorts. Every module describes the blocks that
 * it reads; the root block of a heart case is assembled in run.
 *
 *   struct pulse { const struct hc_params *params; double start, duration; };
 *   static const struct hc_param pulse_params[] = {
 *     {"start", HC_REAL, offsetof(struct pulse, start), .unit = "ms", .fallback = "0", .min = 0, .max = 1e9, .meaning =
 * "..."},
 *     {"duration", HC_REAL, ..., no fallback: mandatory},
 *     {0}};
 *   const struct hc_block pulse_block = {"pulse", sizeof(struct pulse), pulse_params, "One stimulus pulse."};
 *
 * The first member of every block's struct is `const struct hc_params *params`, set by the reader, which
 * lets whoever finds a value wrong later say where it came from: hc_params_place(block->params, &block->start).
 */
#ifndef HC_PARAMS_H
#define HC_PARAMS_H

#include "base.h"

#include <stddef.h>
#include <stdio.h>

struct hc_params; /* an owned tree of values that came from one file and the --set options on top of it */

enum hc_param_type {
  HC_BOOL,     /* bool                                      true|false */
  HC_INT,      /* int64_t                                   12 */
  HC_REAL,     /* double; `choices` names special values    0.05 */
  HC_CHOICE,   /* int, one of `choices`                     strang */
  HC_STRING,   /* char *, owned; NULL if absent             text */
  HC_PATH,     /* char *, owned; relative paths are relative to the case file's folder */
  HC_NAME,     /* char *, owned; a name (letters, digits, "_", "-"), else it is a HC_PATH */
  HC_REALS,    /* struct hc_reals                           [0.17, 0.019, 0.019] */
  HC_INTS,     /* struct hc_ints                            [1, 2] */
  HC_STRINGS,  /* struct hc_strings                         [V, activation] */
  HC_MAP,      /* struct hc_map: names that another table checks   {gks: 0.392, V: -85.2} */
  HC_TEXT_MAP, /* struct hc_text_map: the same with texts         {gks: apex_base} */
  HC_BLOCK,    /* a struct in place, described by `block`; absent = all its fallbacks */
  HC_LIST      /* struct hc_list of structs described by `block`; absent = empty */
};

struct hc_reals {
  int n;
  double *v;
};
struct hc_ints {
  int n;
  int64_t *v;
};
struct hc_strings {
  int n;
  char **v;
};
struct hc_map {
  int n;
  char **keys;
  double *values;
};
struct hc_text_map {
  int n;
  char **keys;
  char **values;
};
struct hc_list {
  int n;
  void *items; /* n structs of block->size bytes */
};

struct hc_choice {
  const char *name;
  double value; /* HC_CHOICE: the int; HC_REAL: the value that the name stands for */
  const char *meaning;
};

struct hc_param {
  const char *key; /* NULL ends a table */
  enum hc_param_type type;
  size_t offset;
  const char *unit;     /* NULL: no unit; "1" for ratios */
  const char *fallback; /* default as YAML text ("0.05", "[1, 0, 0]", "metis"); NULL: mandatory; "~": may be absent
                           (NULL, n = 0, NAN, or for HC_CHOICE -1) */
  double min, max;      /* inclusive range of each number; both 0: unlimited */
  int n_min, n_max;     /* length of HC_REALS, HC_INTS, HC_STRINGS, HC_LIST; both 0: unlimited */
  const struct hc_choice *choices; /* ended by a NULL name */
  const struct hc_block *block;
  const char *meaning; /* one line or a few, for reference.yml */
};

struct hc_block {
  const char *name;
  size_t size;
  const struct hc_param *params;
  const char *meaning;
};

/* Read a file and the --set assignments ("time.step=0.01", "stimuli[0].start=5", "stimuli.s1.start=5" where an item has
 * a key `name`), check both against the table, and fill *root (root_block->size bytes, owned by the caller; what hangs
 * from it belongs to *params). Every rank gets the same values; an error is the same on every rank:
 *   heart.yaml:12: time.stepp: unknown key; did you mean "step"? Allowed here: step, end
 *   heart.yaml:7: time.step: found -0.1; allowed: a number from 1e-06 to 10 (ms)
 *   --set time.step=fast: time.step: found "fast"; allowed: a number from 1e-06 to 10 (ms)
 * path NULL: no file, the assignments alone, relative to the working folder.
 * Rank 0 reads the file, all parse. Duplicate keys, tabs, bad YAML: the same kind of message with its line.
 * Errors: HC_ERR_INPUT. Collective on comm. */
PetscErrorCode hc_params_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                              const struct hc_block *root_block, void *root, struct hc_params **params);

/* Fill *root with fallbacks only (unit tests, library users). Mandatory keys are zero. Not collective. */
PetscErrorCode hc_params_defaults(const struct hc_block *root_block, void *root, struct hc_params **params);

/* Frees every value that hangs from the root and the tree. NULL-safe. */
void hc_params_destroy(struct hc_params **params);

/* "heart.yaml:12: stimuli[0].box.min" for the value that lies at `value` in one of the structs (the address of a
 * member, or of a HC_REALS etc. struct); a key that was not given says where its block stands, with "(default)". A NULL
 * tree or an unknown address gives "input". Valid until the next call. */
const char *hc_params_place(const struct hc_params *params, const void *value);

/* Same for entry i of the struct hc_map or hc_text_map at `map`. */
const char *hc_params_place_entry(const struct hc_params *params, const void *map, int i);

/* The values as they are used, as YAML with units as comments, such that reading it back gives the same structs bit for
 * bit (reals with 17 digits where needed; absolute paths). */
PetscErrorCode hc_params_echo(const struct hc_params *params, FILE *out);

/* inputs/reference.yml: every key of the table with unit, default, range, choices, meaning. */
PetscErrorCode hc_params_reference(const struct hc_block *root_block, FILE *out);

/* The name among `names` (n of them) that is nearest to `name` by edit distance, NULL if none is near. */
const char *hc_params_nearest(const char *name, int n, const char *const names[]);

/* Path of the case file's folder ("." if none). */
const char *hc_params_folder(const struct hc_params *params);

#endif
