/* healthcast sampling: what differs between the members of a cohort, as a function of their number. Floor 2.
 *
 * Row i of a design is the same whoever computes it, when, and in which order: random numbers are counter-based, and
 * so are the permutations of Latin hypercubes. A cohort of 1,000 that is extended to 10,000 keeps its first 1,000 rows.
 *
 * A design makes points of the unit cube; a Gaussian copula correlates them if that is asked for; the inverse
 * distribution function of each quantity turns them into values. */
#ifndef HC_SAMPLING_H
#define HC_SAMPLING_H

#include "base.h"
#include "params.h"

enum hc_distribution {
  HC_DISTRIBUTION_UNIFORM,     /* min, max */
  HC_DISTRIBUTION_LOG_UNIFORM, /* min, max: the logarithm is uniform */
  HC_DISTRIBUTION_NORMAL,      /* mean, sd; cut off at min and max where they are given (truncated) */
  HC_DISTRIBUTION_LOGNORMAL,   /* median, sigma (standard deviation of the logarithm); truncated likewise */
  HC_DISTRIBUTION_CATEGORICAL, /* values, weights */
  HC_DISTRIBUTION_TABLE        /* the column `column` of design.file, row by row (patients with measured values) */
};

/* An item of the input list `vary`. */
struct hc_vary_params {
  const struct hc_params *params;
  char *name;             /* of the column in results */
  struct hc_strings keys; /* keys of the base case that take the value, as --set knows them; empty: the name itself */
  char *unit;             /* for the record; NULL: none */
  int distribution;       /* enum hc_distribution */
  double min, max;        /* NAN: none */
  double mean, sd;
  double median, sigma;
  struct hc_strings values; /* categorical, as text */
  struct hc_reals weights;  /* of the values; empty: equal */
  char *column;             /* NULL: the name */
  bool whole;               /* rounded to the nearest whole number */
};

enum hc_design_method {
  HC_DESIGN_RANDOM,
  HC_DESIGN_LATIN_HYPERCUBE, /* in blocks of `block` rows, each a Latin hypercube of its own */
  HC_DESIGN_SOBOL,           /* Joe & Kuo 2008 (doi:10.1137/070709359), with a random shift */
  HC_DESIGN_SALTELLI,        /* A, B and A with column k of B: d + 2 rows a base sample, for Sobol indices */
  HC_DESIGN_FACTORIAL,       /* `levels` of each quantity at the middles of equal shares of probability; all values of
                                categories */
  HC_DESIGN_TABLE            /* rows of `file`; quantities of other distributions are random */
};

/* Input block `design`. */
struct hc_design_params {
  const struct hc_params *params;
  int method;     /* enum hc_design_method */
  int64_t seed;   /* of the whole cohort */
  int64_t block;  /* rows of a Latin hypercube; 0: the number of patients at the beginning of the campaign */
  int64_t levels; /* factorial */
  char *file;     /* CSV with a line of names, or HDF5 with a one-dimensional dataset a column */
};

/* An item of the input list `correlations`: rank-like correlation of two quantities (of the Gaussian copula). */
struct hc_correlation_params {
  const struct hc_params *params;
  struct hc_strings between; /* two names of `vary` */
  double value;              /* -1..1 */
};
extern const struct hc_choice hc_distributions[];
extern const struct hc_block hc_vary_block, hc_design_block, hc_correlation_block;

struct hc_sampling;

/* n_vary items of `vary` and n_correlations of `correlations`, borrowed. rows: how many there are now (block of a Latin
 * hypercube if the design says 0). HC_ERR_INPUT by place: parameters that a distribution
 * lacks or cannot use, correlations that are no correlation matrix (not positive definite), a file or column that is
 * missing, a number in it that is none, correlation of a category with more than two values or of a table's column,
 * correlations or a table in a factorial or Saltelli design, more than 256 quantities (64 Sobol', 32 Saltelli).
 * Not collective; every rank reads the file. */
PetscErrorCode hc_sampling_create(const struct hc_design_params *design, int n_vary, const struct hc_vary_params *vary,
                                  int n_correlations, const struct hc_correlation_params *correlations, int64_t rows,
                                  struct hc_sampling **sampling);
void hc_sampling_destroy(struct hc_sampling **sampling);

/* How many rows the design has: of a table or factorial design; INT64_MAX for those that go on for ever. */
int64_t hc_sampling_rows(const struct hc_sampling *sampling);
/* SHA-256 of the design's file, "" if there is none. */
const char *hc_sampling_sha256(const struct hc_sampling *sampling);

/* Row i: n_vary numbers; of categories the index of the value. 0.05 us a quantity, 0.3 us in a Latin hypercube, and
 * O(n_vary^2) if there are correlations. HC_ERR_INPUT: i is not a row. */
PetscErrorCode hc_sampling_row(const struct hc_sampling *sampling, int64_t i, double *values);

/* Value number k of a row as text for --set: 17 digits, whole numbers as such, categories by their text. */
void hc_sampling_text(const struct hc_sampling *sampling, int k, double value, char *text, size_t size);

/* A random number for row i that belongs to no quantity (choice of a stratum, ...): uniform in (0, 1). purpose < 1000.
 */
double hc_sampling_uniform(const struct hc_sampling *sampling, int64_t i, int purpose);

/* The normal number below which the share 0 < share < 1 of the standard normal distribution lies: relative error about
 * 1e-15 (Wichura 1988, doi:10.2307/2347330). 20 ns. */
double hc_normal_inverse(double share);

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

/* A table in CSV (a line of names, then rows; lines that begin with # are comments; "quoted, cells") or in HDF5 (a
 * one-dimensional dataset a column). */
struct hc_table;

/* HC_ERR_INPUT with the line: no such file, no rows, rows of other lengths, quotes that do not match. Not collective.
 */
PetscErrorCode hc_table_read(const char *path, struct hc_table **table);
void hc_table_destroy(struct hc_table **table);
const char *hc_table_sha256(const struct hc_table *table);
/* A column of `rows` numbers, or of texts (CSV only; they live as long as the table): free *values or *texts with
 * PetscFree. HC_ERR_INPUT: no such column (and which is near), a cell that is no number. */
PetscErrorCode hc_table_numbers(const struct hc_table *table, const char *column, int64_t *rows, double **values);
PetscErrorCode hc_table_texts(const struct hc_table *table, const char *column, int64_t *rows, const char ***texts);

#endif
