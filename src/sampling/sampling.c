/* Rows of a design: a point of the unit cube, a copula, and inverse distribution functions. */
#include "internal.h"

#include <math.h>
#include <string.h>

enum { MOST_QUANTITIES = 256 };

/* Streams of random numbers, one a purpose and quantity. */
enum purpose { POINTS = 1, OFFSETS, ORDERS, SHIFTS, OTHERS };

struct hc_sampling {
  enum hc_design_method method;
  uint64_t seed;
  int n;
  const struct hc_vary_params *vary; /* borrowed */
  struct hc_law *laws;
  double *factor; /* n x n, lower triangle: its product with its transpose is the correlation; NULL: none */
  int64_t rows;
  uint64_t block;                        /* of a Latin hypercube */
  uint64_t (*directions)[HC_SOBOL_BITS]; /* of each dimension */
  int64_t *levels;                       /* factorial */
  double **columns;                      /* of the table; NULL: not from there */
  struct hc_table *table;
};

static struct hc_random stream(const struct hc_sampling *sampling, enum purpose purpose, int k)
{
  return (struct hc_random){.seed = sampling->seed, .stream = (uint64_t)purpose << 32 | (uint64_t)k};
}

/* ---- Correlation ------------------------------------------------------------------------------------------------- */

static PetscErrorCode find_pair(const struct hc_sampling *sampling, const struct hc_correlation_params *correlation,
                                int found[2])
{
  const char *place = hc_params_place(correlation->params, &correlation->between);
  const char *names[MOST_QUANTITIES];

  PetscFunctionBeginUser;
  for (int k = 0; k < sampling->n; k++)
    names[k] = sampling->vary[k].name;
  for (int side = 0; side < 2; side++) {
    const char *name = correlation->between.v[side];
    for (found[side] = 0; found[side] < sampling->n; found[side]++)
      if (strcmp(names[found[side]], name) == 0)
        break;
    if (found[side] == sampling->n) {
      const char *near = hc_params_nearest(name, sampling->n, names);
      SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found \"%s\", which is no name of vary%s%s%s", place, name,
              near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    const struct hc_vary_params *vary = &sampling->vary[found[side]];
    PetscCheck(vary->distribution != HC_DISTRIBUTION_TABLE, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s comes from a table, whose rows hold what correlation there is", place, name);
    PetscCheck(vary->distribution != HC_DISTRIBUTION_CATEGORICAL || vary->values.n <= 2, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s has %d values without an order; allowed: numbers, or two values", place, name, vary->values.n);
  }
  PetscCheck(found[0] != found[1], PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found \"%s\" twice; allowed: two quantities",
             place, correlation->between.v[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Cholesky's factor in place of the lower triangle of a matrix; false if it is not positive definite. */
static bool factorise(int n, double *a)
{
  for (ptrdiff_t i = 0; i < n; i++)
    for (ptrdiff_t j = 0; j <= i; j++) {
      double sum = a[i * n + j];
      for (ptrdiff_t k = 0; k < j; k++)
        sum -= a[i * n + k] * a[j * n + k];
      if (i == j && sum < 1e-12)
        return false;
      a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
    }
  return true;
}

static PetscErrorCode correlate(struct hc_sampling *sampling, int n_correlations,
                                const struct hc_correlation_params *correlations)
{
  const ptrdiff_t n = sampling->n;
  int at[2];

  PetscFunctionBeginUser;
  if (n_correlations == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(sampling->method != HC_DESIGN_SALTELLI && sampling->method != HC_DESIGN_FACTORIAL, PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: this design is of independent quantities; allowed: no correlations",
             hc_params_place(correlations[0].params, &correlations[0].between));
  PetscCall(PetscCalloc1((size_t)(n * n), &sampling->factor));
  for (ptrdiff_t k = 0; k < n; k++)
    sampling->factor[k * n + k] = 1;
  for (int c = 0; c < n_correlations; c++) {
    PetscCall(find_pair(sampling, &correlations[c], at));
    PetscCheck(sampling->factor[at[0] * n + at[1]] == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: the correlation of %s and %s is given twice",
               hc_params_place(correlations[c].params, &correlations[c].between), correlations[c].between.v[0],
               correlations[c].between.v[1]);
    sampling->factor[at[0] * n + at[1]] = sampling->factor[at[1] * n + at[0]] = correlations[c].value;
  }
  PetscCheck(factorise(sampling->n, sampling->factor), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the correlations contradict each other: their matrix, with 0 for pairs that are not given, is not "
             "positive definite",
             hc_params_place(correlations[0].params, &correlations[0].value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Normal numbers that are correlated, and back; quantities without correlation to earlier ones stay as they are. */
static void apply_copula(const struct hc_sampling *sampling, double *u)
{
  const ptrdiff_t n = sampling->n;
  double z[MOST_QUANTITIES];
  for (ptrdiff_t k = 0; k < n; k++)
    z[k] = hc_normal_inverse(u[k]);
  for (ptrdiff_t k = 0; k < n; k++) {
    const double *row = sampling->factor + k * n;
    double sum = 0;
    if (row[k] == 1)
      continue;
    for (ptrdiff_t j = 0; j <= k; j++)
      sum += row[j] * z[j];
    u[k] = fmin(fmax(hc_normal_share(sum), 0x1p-1000), 1 - 0x1p-53);
  }
}

/* ---- Designs ----------------------------------------------------------------------------------------------------- */

/* Say where in the input it was that `code` came from. */
static PetscErrorCode raise_at(const char *place, PetscErrorCode code)
{
  char message[1024];

  PetscFunctionBeginUser;
  (void)snprintf(message, sizeof message, "%s", hc_error_message());
  if (code)
    hc_error_clear();
  PetscCheck(!code, PETSC_COMM_SELF, code, "%s: %s", place, message);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_columns(struct hc_sampling *sampling, const struct hc_design_params *design)
{
  char place[512];
  bool any = false;

  PetscFunctionBeginUser;
  (void)snprintf(place, sizeof place, "%s", hc_params_place(design->params, &design->file));
  for (int k = 0; k < sampling->n; k++)
    any = any || sampling->vary[k].distribution == HC_DISTRIBUTION_TABLE;
  PetscCheck(any || (!design->file && sampling->method != HC_DESIGN_TABLE), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: no quantity is from the table; allowed: items of vary with distribution: table", place);
  if (!any)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(design->file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: a quantity is from a table; allowed: the path of one",
             place);
  PetscCheck(sampling->method != HC_DESIGN_SALTELLI && sampling->method != HC_DESIGN_FACTORIAL, PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: this design has no quantities from a table",
             hc_params_place(design->params, &design->method));
  PetscCall(PetscCalloc1(sampling->n, &sampling->columns));
  PetscCall(raise_at(place, hc_table_read(design->file, &sampling->table)));
  for (int k = 0; k < sampling->n; k++) {
    const struct hc_vary_params *vary = &sampling->vary[k];
    int64_t rows;
    if (vary->distribution != HC_DISTRIBUTION_TABLE)
      continue;
    const char *column = vary->column ? vary->column : vary->name;
    PetscCall(raise_at(hc_vary_place(vary, vary->column ? &vary->column : &vary->name),
                       hc_table_numbers(sampling->table, column, &rows, &sampling->columns[k])));
    PetscCheck(sampling->rows == INT64_MAX || rows == sampling->rows, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s has %lld rows, other columns have %lld", design->file, column, (long long)rows,
               (long long)sampling->rows);
    sampling->rows = rows;
    for (int64_t i = 0; vary->whole && i < rows; i++)
      sampling->columns[k][i] = nearbyint(sampling->columns[k][i]) + 0.0;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_levels(struct hc_sampling *sampling, const struct hc_design_params *design)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(sampling->n, &sampling->levels));
  sampling->rows = 1;
  for (int k = 0; k < sampling->n; k++) {
    const bool categorical = sampling->laws[k].distribution == HC_DISTRIBUTION_CATEGORICAL;
    sampling->levels[k] = categorical ? sampling->laws[k].n : design->levels;
    PetscCheck(sampling->rows <= INT64_C(1000000000000) / sampling->levels[k], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: a factorial design of %d quantities has more than 1e12 rows",
               hc_params_place(design->params, &design->levels), sampling->n);
    sampling->rows *= sampling->levels[k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_sobol(struct hc_sampling *sampling, const struct hc_design_params *design)
{
  const int share = sampling->method == HC_DESIGN_SALTELLI ? 2 : 1;

  PetscFunctionBeginUser;
  PetscCheck(share * sampling->n <= HC_SOBOL_DIMENSIONS, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d quantities; allowed: at most %d for this design",
             hc_params_place(design->params, &design->method), sampling->n, HC_SOBOL_DIMENSIONS / share);
  PetscCall(PetscMalloc1(share * sampling->n, &sampling->directions));
  for (int k = 0; k < share * sampling->n; k++)
    hc_sobol_directions(k, sampling->directions[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_design(struct hc_sampling *sampling, const struct hc_design_params *design, int64_t rows)
{
  PetscFunctionBeginUser;
  sampling->rows = INT64_MAX;
  sampling->block = (uint64_t)(design->block > 0 ? design->block : PetscMax(rows, 1));
  PetscCall(read_columns(sampling, design));
  if (sampling->method == HC_DESIGN_FACTORIAL)
    PetscCall(make_levels(sampling, design));
  else if (sampling->method == HC_DESIGN_SOBOL || sampling->method == HC_DESIGN_SALTELLI)
    PetscCall(make_sobol(sampling, design));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Somewhere in the share that belongs to the row, of as many shares as the block has rows. Rounding must not reach the
 * next one. */
static double latin(const struct hc_sampling *sampling, uint64_t i, int k)
{
  const uint64_t n = sampling->block;
  const double place = (double)hc_permuted(stream(sampling, ORDERS, k), i / n, n, i % n);
  const double offset = hc_random_uniform(stream(sampling, OFFSETS, k), i);
  return fmin(place + offset, nextafter(place + 1, 0)) / (double)n;
}

/* Point i of a Sobol' sequence under a digital shift, in the middle of one of 2^52 equal parts. */
static double sobol(const struct hc_sampling *sampling, uint64_t i, int dimension)
{
  const uint64_t shift = (uint64_t)(hc_random_uniform(stream(sampling, SHIFTS, dimension), 0) * 0x1p52);
  return ((double)(hc_sobol_point(sampling->directions[dimension], i) ^ shift) + 0.5) * 0x1p-52;
}

static double saltelli(const struct hc_sampling *sampling, uint64_t i, int k)
{
  const int n = sampling->n, which = (int)(i % (uint64_t)(n + 2));
  const bool of_b = which == n + 1 || which == k + 1;
  return sobol(sampling, i / (uint64_t)(n + 2), of_b ? n + k : k);
}

static double factorial(const struct hc_sampling *sampling, int64_t i, int k)
{
  for (int j = sampling->n - 1; j > k; j--)
    i /= sampling->levels[j];
  return ((double)(i % sampling->levels[k]) + 0.5) / (double)sampling->levels[k];
}

static double coordinate(const struct hc_sampling *sampling, int64_t i, int k)
{
  switch (sampling->method) {
  case HC_DESIGN_LATIN_HYPERCUBE:
    return latin(sampling, (uint64_t)i, k);
  case HC_DESIGN_SOBOL:
    return sobol(sampling, (uint64_t)i, k);
  case HC_DESIGN_SALTELLI:
    return saltelli(sampling, (uint64_t)i, k);
  case HC_DESIGN_FACTORIAL:
    return factorial(sampling, i, k);
  case HC_DESIGN_RANDOM:
  case HC_DESIGN_TABLE:
    break;
  }
  return hc_random_uniform(stream(sampling, POINTS, k), (uint64_t)i);
}

/* ---- Sampling ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode make(const struct hc_design_params *design, int n_correlations,
                           const struct hc_correlation_params *correlations, int64_t rows, struct hc_sampling *sampling)
{
  const struct hc_vary_params *vary = sampling->vary;

  PetscFunctionBeginUser;
  PetscCheck(sampling->n <= MOST_QUANTITIES, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d quantities; allowed: at most %d", hc_vary_place(vary, &vary->name), sampling->n,
             MOST_QUANTITIES);
  PetscCall(PetscCalloc1(sampling->n, &sampling->laws));
  for (int k = 0; k < sampling->n; k++)
    PetscCall(hc_law_create(&vary[k], &sampling->laws[k]));
  PetscCall(make_design(sampling, design, rows));
  PetscCall(correlate(sampling, n_correlations, correlations));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_sampling_create(const struct hc_design_params *design, int n_vary, const struct hc_vary_params *vary,
                                  int n_correlations, const struct hc_correlation_params *correlations, int64_t rows,
                                  struct hc_sampling **sampling)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, sampling));
  (*sampling)->method = (enum hc_design_method)design->method;
  (*sampling)->seed = (uint64_t)design->seed;
  (*sampling)->n = n_vary;
  (*sampling)->vary = vary;
  code = make(design, n_correlations, correlations, rows, *sampling);
  if (code)
    hc_sampling_destroy(sampling);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_sampling_destroy(struct hc_sampling **sampling)
{
  if (!sampling || !*sampling)
    return;
  for (int k = 0; k < (*sampling)->n && (*sampling)->laws; k++)
    hc_law_destroy(&(*sampling)->laws[k]);
  for (int k = 0; k < (*sampling)->n && (*sampling)->columns; k++)
    (void)PetscFree((*sampling)->columns[k]);
  hc_table_destroy(&(*sampling)->table);
  (void)PetscFree((*sampling)->columns);
  (void)PetscFree((*sampling)->laws);
  (void)PetscFree((*sampling)->factor);
  (void)PetscFree((*sampling)->directions);
  (void)PetscFree((*sampling)->levels);
  (void)PetscFree(*sampling);
}

int64_t hc_sampling_rows(const struct hc_sampling *sampling)
{
  return sampling->rows;
}

const char *hc_sampling_sha256(const struct hc_sampling *sampling)
{
  return sampling->table ? hc_table_sha256(sampling->table) : "";
}

PetscErrorCode hc_sampling_row(const struct hc_sampling *sampling, int64_t i, double *values)
{
  PetscFunctionBeginUser;
  PetscCheck(i >= 0 && i < sampling->rows, PETSC_COMM_SELF, HC_ERR_INPUT,
             "the design has no row %lld; allowed: 0 to %lld", (long long)i, (long long)sampling->rows - 1);
  for (int k = 0; k < sampling->n; k++)
    values[k] = coordinate(sampling, i, k);
  if (sampling->factor)
    apply_copula(sampling, values);
  for (int k = 0; k < sampling->n; k++)
    values[k] = sampling->columns && sampling->columns[k] ? sampling->columns[k][i]
                                                          : hc_law_value(&sampling->laws[k], values[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_sampling_text(const struct hc_sampling *sampling, int k, double value, char *text, size_t size)
{
  if (sampling->laws[k].distribution == HC_DISTRIBUTION_CATEGORICAL)
    (void)snprintf(text, size, "%s", sampling->vary[k].values.v[(int)value]);
  else if (sampling->laws[k].whole)
    (void)snprintf(text, size, "%.0f", value);
  else
    (void)snprintf(text, size, "%.17g", value);
}

double hc_sampling_uniform(const struct hc_sampling *sampling, int64_t i, int purpose)
{
  return hc_random_uniform(stream(sampling, OTHERS, purpose), (uint64_t)i);
}
