/* Distributions, correlations, tables, and what is refused. */
#include "h5.h"
#include "sampling_case.h"

#include <math.h>
#include <string.h>

/* ---- The inverse of the normal distribution ---------------------------------------------------------------------- */

/* Shares and numbers with 20 digits, computed with mpmath (40 digits) from erfc. */
static const double quantiles[][2] = {
    {1e-300, -37.047096299361199237},       {1e-200, -30.205594179579643063},
    {1e-100, -21.273453560965324294},       {1e-50, -14.933337534788488981},
    {1e-20, -9.2623400897984075796},        {1.3887943864964021e-11, -6.6579046435011035837},
    {1e-11, -6.7060231554951362961},        {1e-10, -6.3613409024040561991},
    {1e-05, -4.2648907939228246102},        {0.001, -3.0902323061678135354},
    {0.0749999, -1.4395321773759005864},    {0.0750001, -1.4395307645017296865},
    {0.1, -1.2815515655446004353},          {0.25, -0.6744897501960817432},
    {0.4, -0.25334710313579974132},         {0.49, -0.025068908258711058033},
    {0.4999999, -2.5066282747031065135e-7}, {0.50000001, 2.5066282872262044377e-8},
    {0.6, 0.25334710313579974132},          {0.925, 1.4395314709384562291},
    {0.95, 1.6448536269514722843},          {0.999, 3.0902323061678132778},
    {0.9999999999, 6.3613408896974218642},  {0.9999999999999999, 8.2095361516013868556}};

START_TEST(quantiles_are_right)
{
  for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
    ck_assert_double_eq_tol(hc_normal_inverse(quantiles[i][0]), quantiles[i][1], 1e-15 * fabs(quantiles[i][1]));
  ck_assert_double_eq(hc_normal_inverse(0.5), 0);
}
END_TEST

/* ---- Distributions ----------------------------------------------------------------------------------------------- */

static double share(double z)
{
  return 0.5 * erfc(-z / sqrt(2));
}

static double uniform(double x)
{
  return (x + 2) / 5;
}
static double log_uniform(double x)
{
  return log(x / 0.01) / log(1e4);
}
static double normal(double x)
{
  return share((x - 3) / 2);
}
static double lognormal(double x)
{
  return share(log(x / 5) / 0.4);
}
static double cut(double x)
{
  return (share(x) - share(-1)) / (share(2) - share(-1));
}
static double tail(double x)
{
  return 1 - share(-x) / share(-5);
}
static double cut_lognormal(double x)
{
  return lognormal(x) / lognormal(6);
}

/* The moments are from scipy.stats and mpmath: mean and standard deviation. */
static const struct {
  const char *says;
  double (*below)(double x);
  double mean, sd;
} laws[] = {{"min: -2, max: 3", uniform, 0.5, 1.4433756729740645},
            {"distribution: log_uniform, min: 0.01, max: 100", log_uniform, 10.856276311376536, 20.615756},
            {"distribution: normal, mean: 3, sd: 2", normal, 3, 2},
            {"distribution: lognormal, median: 5, sigma: 0.4", lognormal, 5.416435338374793, 2.2561964},
            {"distribution: normal, mean: 0, sd: 1, min: -1, max: 2", cut, 0.22963718, 0.72094559},
            {"distribution: normal, mean: 0, sd: 1, min: 5", tail, 5.1865040, 0.18082155},
            {"distribution: lognormal, median: 5, sigma: 0.4, max: 6", cut_lognormal, 4.1861688, 1.0441667}};

static int by_size(const void *one, const void *other)
{
  const double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

/* Kolmogorov and Smirnov's distance of 20,000 random rows: 1.95 / sqrt(n) is exceeded once in 1,000 times. */
START_TEST(distributions_are_right)
{
  enum { N = 20000 };
  static double x[N];
  double mean = 0, square = 0, distance = 0;
  char text[256];
  struct sample sample;
  (void)snprintf(text, sizeof text, "design: {method: random, seed: 1}\nvary:\n- {name: x, %s}\n", laws[_i].says);
  ck_call(sample_try(text, 1, &sample));
  for (int i = 0; i < N; i++) {
    ck_call(hc_sampling_row(sample.sampling, i, &x[i]));
    mean += x[i] / N;
  }
  for (int i = 0; i < N; i++)
    square += (x[i] - mean) * (x[i] - mean) / N;
  qsort(x, N, sizeof *x, by_size);
  for (int i = 0; i < N; i++)
    distance =
        fmax(distance, fmax(fabs(laws[_i].below(x[i]) - (double)i / N), fabs(laws[_i].below(x[i]) - (i + 1.0) / N)));
  ck_assert_double_le(distance, 1.95 / sqrt(N));
  ck_assert_double_eq_tol(mean, laws[_i].mean, 5 * laws[_i].sd / sqrt(N));
  ck_assert_double_eq_tol(sqrt(square), laws[_i].sd, 0.05 * laws[_i].sd);
  sample_end(&sample);
}
END_TEST

/* What is cut off is cut off exactly, in tails too: levels of factorial designs are known shares. mpmath, 40 digits. */
START_TEST(cut_tails_are_exact)
{
  static const struct {
    const char *says;
    double value;
  } known[] = {{"min: 8, max: 9", 8.0848888990181664333},
               {"max: -30", -30.023070467827310753},
               {"min: 1, max: 1.0000001", 1.0000000499999987792}};
  char text[256];
  struct sample sample;
  double value;
  (void)snprintf(
      text, sizeof text,
      "design: {method: factorial, levels: 1}\nvary:\n- {name: x, distribution: normal, mean: 0, sd: 1, %s}\n",
      known[_i].says);
  ck_call(sample_try(text, 1, &sample));
  ck_call(hc_sampling_row(sample.sampling, 0, &value));
  ck_assert_double_eq_tol(value, known[_i].value, 1e-14 * fabs(known[_i].value));
  sample_end(&sample);
}
END_TEST

START_TEST(categories_and_whole_numbers_have_their_chances)
{
  enum { N = 20000 };
  static const double chance[3] = {0.5, 0.2, 0.3};
  double count[3] = {0}, whole[3] = {0}, values[2];
  char text[32];
  struct sample sample;
  ck_call(sample_try("design: {method: random}\nvary:\n- {name: sex, distribution: categorical, values: [a, b, 3.5], "
                     "weights: [5, 2, 3]}\n- {name: n, min: 0.5, max: 3.5, whole: true}\n",
                     1, &sample));
  for (int i = 0; i < N; i++) {
    ck_call(hc_sampling_row(sample.sampling, i, values));
    count[(int)values[0]]++;
    whole[(int)values[1] - 1]++;
  }
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol(count[k] / N, chance[k], 5 * sqrt(0.25 / N));
    ck_assert_double_eq_tol(whole[k] / N, 1 / 3.0, 5 * sqrt(0.25 / N));
  }
  hc_sampling_text(sample.sampling, 0, 2, text, sizeof text);
  ck_assert_str_eq(text, "3.5");
  hc_sampling_text(sample.sampling, 1, 2, text, sizeof text);
  ck_assert_str_eq(text, "2");
  sample_end(&sample);
  ck_call(sample_try("design: {method: factorial, levels: 1}\nvary:\n- {name: n, min: -0.4, max: 0.2, whole: true}\n",
                     1, &sample));
  ck_call(hc_sampling_row(sample.sampling, 0, values));
  hc_sampling_text(sample.sampling, 0, values[0], text, sizeof text);
  ck_assert_str_eq(text, "0"); /* not -0 */
  sample_end(&sample);
}
END_TEST

START_TEST(texts_give_the_same_bits)
{
  struct sample sample;
  char text[32];
  ck_call(sample_try("vary:\n- {name: x, min: 0, max: 1}\n", 100, &sample));
  for (int i = 0; i < 100; i++) {
    double value;
    ck_call(hc_sampling_row(sample.sampling, i, &value));
    hc_sampling_text(sample.sampling, 0, value, text, sizeof text);
    ck_assert_double_eq(strtod(text, NULL), value);
  }
  sample_end(&sample);
}
END_TEST

/* ---- Correlations ------------------------------------------------------------------------------------------------ */

/* Pearson's correlation of normal quantities is the given one; of others that of the normal numbers behind them. What
 * is not correlated is left as it is. */
START_TEST(correlations_are_recovered)
{
  static const char *const begin =
                               "vary:\n- {name: a, distribution: normal, mean: 1, sd: 3}\n- {name: b, distribution: "
                               "lognormal, median: 2, sigma: 0.5}\n- {name: c, min: 0, max: 1}\n- {name: d, min: 0, "
                               "max: 1}\n",
                           *const pairs = "correlations:\n- {between: [a, b], value: 0.7}\n- {between: [c, a], value: "
                                          "-0.5}\n";
  enum { N = 20000 };
  double sum[3] = {0}, square[3] = {0}, product[3] = {0}, values[4], plain[4];
  char text[1024];
  struct sample sample, apart;
  (void)snprintf(text, sizeof text, "design: {method: %s}\n%s%s", _i == 0 ? "random" : "latin_hypercube", begin, pairs);
  ck_call(sample_try(text, N, &sample));
  (void)snprintf(text, sizeof text, "design: {method: %s}\n%s", _i == 0 ? "random" : "latin_hypercube", begin);
  ck_call(sample_try(text, N, &apart));
  for (int i = 0; i < N; i++) {
    ck_call(hc_sampling_row(sample.sampling, i, values));
    ck_call(hc_sampling_row(apart.sampling, i, plain));
    ck_assert_double_eq(values[0], plain[0]);
    ck_assert_double_eq(values[3], plain[3]);
    const double z[3] = {(values[0] - 1) / 3, log(values[1] / 2) / 0.5, hc_normal_inverse(values[2])};
    for (int k = 0; k < 3; k++) {
      sum[k] += z[k] / N;
      square[k] += z[k] * z[k] / N;
      product[k] += z[k] * z[(k + 1) % 3] / N; /* ab, bc, ca */
    }
  }
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol(sum[k], 0, 5 / sqrt(N));
    ck_assert_double_eq_tol(square[k], 1, 5 * sqrt(2.0 / N));
  }
  ck_assert_double_eq_tol(product[0], 0.7, 5 / sqrt(N));
  ck_assert_double_eq_tol(product[1], 0, 5 / sqrt(N));
  ck_assert_double_eq_tol(product[2], -0.5, 5 / sqrt(N));
  sample_end(&sample);
  sample_end(&apart);
}
END_TEST

/* Of two values with even chances, both are the second (and a uniform number above its middle) with the chance of a
 * quadrant of the bivariate normal distribution, 1/4 + asin(r) / 2 pi (Sheppard 1899). */
START_TEST(two_values_can_be_correlated)
{
  enum { N = 20000 };
  double both = 0, ones = 0, values[2];
  struct sample sample;
  ck_call(sample_try("design: {method: random}\nvary:\n- {name: x, min: 0, max: 1}\n- {name: sex, distribution: "
                     "categorical, values: [f, m]}\ncorrelations:\n- {between: [x, sex], value: 0.6}\n",
                     1, &sample));
  for (int i = 0; i < N; i++) {
    ck_call(hc_sampling_row(sample.sampling, i, values));
    ones += values[1] / N;
    both += values[1] > 0 && values[0] > 0.5 ? 1.0 / N : 0;
  }
  ck_assert_double_eq_tol(ones, 0.5, 5 * sqrt(0.25 / N));
  ck_assert_double_eq_tol(both, 0.25 + asin(0.6) / (2 * acos(-1)), 5 * sqrt(0.25 / N));
  sample_end(&sample);
}
END_TEST

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

static void write_text(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  ck_assert_int_eq(fclose(file), 0);
}

#define FROM(file) "design: {method: table, file: " file "}\nvary:\n- {name: age, distribution: table}\n"

START_TEST(tables_are_read)
{
  struct sample sample;
  const char **texts;
  struct hc_table *table;
  int64_t rows;
  double values[3];
  write_text("patients.csv", "# measured\r\nage, \"mass, kg\" ,sex\r\n\r\n40,70.5,\"a \"\"b\"\"\"\r\n 51 ,1e2,m\r\n");
  ck_call(sample_try(FROM("patients.csv") "- {name: mass, distribution: table, column: 'mass, kg', whole: true}\n"
                                          "- {name: x, min: 2, max: 3}\n",
                     1, &sample));
  ck_assert_int_eq(hc_sampling_rows(sample.sampling), 2);
  ck_assert_int_eq(strlen(hc_sampling_sha256(sample.sampling)), 64);
  ck_call(hc_sampling_row(sample.sampling, 1, values));
  ck_assert_double_eq(values[0], 51);
  ck_assert_double_eq(values[1], 100);
  ck_assert(values[2] > 2 && values[2] < 3);
  ck_call_fails(hc_sampling_row(sample.sampling, 2, values), HC_ERR_INPUT, "has no row 2");
  sample_end(&sample);
  ck_call(hc_table_read("patients.csv", &table));
  ck_call(hc_table_texts(table, "sex", &rows, &texts));
  ck_assert_int_eq(rows, 2);
  ck_assert_str_eq(texts[0], "a \"b\"");
  ck_assert_str_eq(texts[1], "m");
  ck_call(PetscFree(texts));
  hc_table_destroy(&table);
}
END_TEST

START_TEST(hdf5_tables_are_read)
{
  const struct hc_h5_layout three = {.rows = 3}, two = {.rows = 2};
  const double age[3] = {30, 40, 50.5}, two_values[2] = {1, NAN};
  struct sample sample;
  hid_t file;
  double value;
  ck_call(hc_h5_create(PETSC_COMM_SELF, "patients.h5", &file));
  ck_call(hc_h5_dataset(file, "age", H5T_NATIVE_DOUBLE, &three));
  ck_call(hc_h5_write(file, "age", H5T_NATIVE_DOUBLE, 0, 3, age));
  ck_call(hc_h5_dataset(file, "short", H5T_NATIVE_DOUBLE, &two));
  ck_call(hc_h5_write(file, "short", H5T_NATIVE_DOUBLE, 0, 2, age));
  ck_call(hc_h5_dataset(file, "nan", H5T_NATIVE_DOUBLE, &two));
  ck_call(hc_h5_write(file, "nan", H5T_NATIVE_DOUBLE, 0, 2, two_values));
  ck_call(hc_h5_close(&file));
  ck_call(sample_try(FROM("patients.h5"), 1, &sample));
  ck_assert_int_eq(hc_sampling_rows(sample.sampling), 3);
  ck_call(hc_sampling_row(sample.sampling, 2, &value));
  ck_assert_double_eq(value, 50.5);
  sample_end(&sample);
  ck_call_fails(sample_try(FROM("patients.h5") "- {name: short, distribution: table}\n", 1, &sample), HC_ERR_INPUT,
                "short has 2 rows, other columns have 3");
  sample_end(&sample);
  ck_call_fails(sample_try(FROM("patients.h5") "- {name: nan, distribution: table}\n", 1, &sample), HC_ERR_INPUT,
                "nan[1] is not finite; allowed: finite numbers");
  sample_end(&sample);
  ck_call_fails(sample_try(FROM("patients.h5") "- {name: mass, distribution: table}\n", 1, &sample), HC_ERR_INPUT,
                "no column \"mass\"");
  sample_end(&sample);
}
END_TEST

/* A table and what is said of it. */
static const char *const bad_tables[][2] = {
    {"", "found no rows"},
    {"age\n", "found no rows"},
    {"age,x\n1\n", "bad.csv:2: found 1 columns; allowed: 2"},
    {"age,x\n1,2,3\n", "bad.csv:2: found 3 columns; allowed: 2"},
    {"age,age\n1,2\n", "bad.csv:1: two columns have the name \"age\""},
    {"# x\nage\n\nforty\n", "bad.csv:4: age: found \"forty\"; allowed: a number"},
    {"age,x\n,2\n", "bad.csv:2: age: found \"\"; allowed: a number"},
    {"age\ninf\n", "age: found \"inf\"; allowed: a number"},
    {"age\n\"1\" 2\n", "bad.csv:2: quotes that do not match"},
    {"age\n\"1\n", "bad.csv:2: quotes that do not match"},
    {"aged\n1\n", "no column \"age\"; did you mean \"aged\"?"},
};

START_TEST(bad_tables_are_refused)
{
  struct sample sample;
  write_text("bad.csv", bad_tables[_i][0]);
  ck_call_fails(sample_try(FROM("bad.csv"), 1, &sample), HC_ERR_INPUT, bad_tables[_i][1]);
  sample_end(&sample);
}
END_TEST

/* ---- What is refused --------------------------------------------------------------------------------------------- */

#define X "- {name: x, min: 0, max: 1}\n"
#define Y "- {name: y, min: 0, max: 1}\n"

static const char *const bad_cases[][2] = {
    {"vary:\n" X X, "sampling_case.yaml:3: vary[1].name: found \"x\"; allowed: a name of its own"},
    {"vary:\n- {name: x, min: 0}\n", "x: a quantity that is uniform needs max"},
    {"vary:\n- {name: x, distribution: normal, mean: 0}\n", "x: a quantity that is normal needs sd"},
    {"vary:\n- {name: x, distribution: lognormal, sigma: 1}\n", "x: a quantity that is lognormal needs median"},
    {"vary:\n- {name: x, distribution: categorical}\n", "x: a quantity that is categorical needs values"},
    {"vary:\n- {name: x, min: 0, max: 1, sd: 1}\n", "vary[0].sd: x: a quantity that is uniform has no sd"},
    {"vary:\n- {name: x, min: 0, max: 1, column: x}\n", "a quantity that is uniform has no column"},
    {"vary:\n- {name: x, distribution: categorical, values: [1], whole: true}\n", "is categorical has no whole"},
    {"vary:\n- {name: x, min: 1, max: 1}\n", "vary[0].max: x: found 1; allowed: more than min"},
    {"vary:\n- {name: x, distribution: log_uniform, min: 0, max: 1}\n", "vary[0].min: x: found 0; allowed: positive"},
    {"vary:\n- {name: x, distribution: lognormal, median: -1, sigma: 1}\n", "vary[0].median: x: found -1"},
    {"vary:\n- {name: x, distribution: normal, mean: 0, sd: 0}\n", "vary[0].sd: found 0"},
    {"vary:\n- {name: x, distribution: normal, mean: 0, sd: 1, min: 40}\n", "nothing of the distribution lies between"},
    {"vary:\n- {name: x, distribution: categorical, values: [a, b], weights: [1]}\n", "found 1 weights; allowed: one"},
    {"vary:\n- {name: x, distribution: categorical, values: [a, b], weights: [0, 0]}\n", "all weights are 0"},
    {"vary:\n- {name: x, distribution: categorical, values: [a, a]}\n", "the value \"a\" is there twice"},
    {"vary:\n- {name: x, distribution: gaussian}\n", "vary[0].distribution"},
    {"vary:\n- {name: x, distribution: table}\n", "design.file (default): a quantity is from a table"},
    {"design: {method: table}\nvary:\n" X, "no quantity is from the table"},
    {"design: {file: x.csv}\nvary:\n" X, "design.file: no quantity is from the table"},
    {"design: {file: none.csv}\nvary:\n- {name: x, distribution: table}\n", "design.file: "},
    {"design: {method: saltelli, file: patients.csv}\nvary:\n- {name: age, distribution: table}\n",
     "has no quantities"},
    {"vary:\n" X Y "correlations:\n- {between: [x, z], value: 0.5}\n", "found \"z\", which is no name of vary"},
    {"vary:\n" X Y "correlations:\n- {between: [x, x], value: 0.5}\n", "found \"x\" twice; allowed: two"},
    {"vary:\n" X Y "correlations:\n- {between: [x, y], value: 2}\n", "correlations[0].value: found 2"},
    {"vary:\n" X Y "correlations:\n- {between: [x, y], value: 1}\n", "not positive definite"},
    {"vary:\n" X Y "correlations:\n- {between: [x, y], value: .5}\n- {between: [y, x], value: .5}\n", "given twice"},
    {"vary:\n" X Y "- {name: z, min: 0, max: 1}\ncorrelations:\n- {between: [x, y], value: 0.9}\n- {between: [y, z], "
     "value: 0.9}\n- {between: [x, z], value: -0.9}\n",
     "correlations[0].value: the correlations contradict each other"},
    {"vary:\n" X "- {name: c, distribution: categorical, values: [a, b, c]}\ncorrelations:\n- {between: [x, c], value: "
     "0.5}\n",
     "c has 3 values without an order"},
    {"design: {method: saltelli}\nvary:\n" X Y "correlations:\n- {between: [x, y], value: .5}\n", "allowed: no corr"},
};

START_TEST(bad_cases_are_refused)
{
  struct sample sample;
  ck_call_fails(sample_try(bad_cases[_i][0], 1, &sample), HC_ERR_INPUT, bad_cases[_i][1]);
  sample_end(&sample);
}
END_TEST

START_TEST(designs_have_their_largest_number)
{
  char text[8192];
  struct sample sample;
  const int most = _i == 0 ? 64 : 32;
  for (int n = most; n <= most + 1; n++) {
    int at = snprintf(text, sizeof text, "design: {method: %s}\nvary:\n", _i == 0 ? "sobol" : "saltelli");
    for (int k = 0; k < n; k++)
      at += snprintf(text + at, sizeof text - (size_t)at, "- {name: x%d, min: 0, max: 1}\n", k);
    if (n == most)
      ck_call(sample_try(text, 1, &sample));
    else
      ck_call_fails(sample_try(text, 1, &sample), HC_ERR_INPUT, _i == 0 ? "allowed: at most 64" : "at most 32");
    sample_end(&sample);
  }
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("laws");
  TCase *laws_case = tcase_create("laws"), *tables = tcase_create("tables"), *bad = tcase_create("bad");
  tcase_set_timeout(laws_case, 60);
  tcase_add_test(laws_case, quantiles_are_right);
  tcase_add_loop_test(laws_case, distributions_are_right, 0, (int)(sizeof laws / sizeof *laws));
  tcase_add_loop_test(laws_case, cut_tails_are_exact, 0, 3);
  tcase_add_test(laws_case, categories_and_whole_numbers_have_their_chances);
  tcase_add_test(laws_case, texts_give_the_same_bits);
  tcase_add_loop_test(laws_case, correlations_are_recovered, 0, 2);
  tcase_add_test(laws_case, two_values_can_be_correlated);
  tcase_add_test(tables, tables_are_read);
  tcase_add_test(tables, hdf5_tables_are_read);
  tcase_add_loop_test(tables, bad_tables_are_refused, 0, (int)(sizeof bad_tables / sizeof *bad_tables));
  tcase_add_loop_test(bad, bad_cases_are_refused, 0, (int)(sizeof bad_cases / sizeof *bad_cases));
  tcase_add_loop_test(bad, designs_have_their_largest_number, 0, 2);
  suite_add_tcase(suite, laws_case);
  suite_add_tcase(suite, tables);
  suite_add_tcase(suite, bad);
  return suite;
}

HC_CHECK_MAIN(suite)
