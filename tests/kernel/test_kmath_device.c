/* The error bounds of kernels/kmath.h on a device, whose compiler may fuse products with sums (CUDA) and whose division
 * may be less exact, against long double. HC_TEST_BACKEND: opencl (default) or cuda. */
#include "device.h"
#include "hc_check.h"

#include <math.h>

enum { N = 20000, FUNCTIONS = 7 };

static const char text[] = "#include \"invert.h\"\n"
                           "#include \"kmath.h\"\n"
                           "HC_KERNEL evaluate(int n, HC_GLOBAL const hc_real *x, HC_GLOBAL const hc_real *positive,\n"
                           "                   HC_GLOBAL const hc_real *power, HC_GLOBAL hc_real *out)\n"
                           "{\n"
                           "  const hc_int64 i = HC_THREAD();\n"
                           "  if (i >= n)\n"
                           "    return;\n"
                           "  out[i] = hc_exp(x[i]);\n"
                           "  out[i + n] = hc_expm1(x[i]);\n"
                           "  out[i + 2 * n] = hc_x_over_expm1(x[i]);\n"
                           "  out[i + 3 * n] = hc_expm1_over_x(x[i]);\n"
                           "  out[i + 4 * n] = hc_log(positive[i]);\n"
                           "  out[i + 5 * n] = hc_pow(positive[i], power[i]);\n"
                           "  out[i + 6 * n] = hc_invert3(x[i], power[i], positive[i]).b;\n"
                           "}\n";

/* Ulp of the result in double; in float more, where a quotient is in it. */
static const struct {
  const char *name;
  double bound, quotient;
} functions[FUNCTIONS] = {
    {"exp", 1.2, 0},   {"expm1", 2.0, 0}, {"x / (exp(x) - 1)", 2.5, 2.5}, {"(exp(x) - 1) / x", 2.5, 2.5},
    {"log", 1.0, 0.2}, {"pow", 1.4, 0},   {"shared reciprocals", 3.5, 0}};

static long double exact(int function, double x, double positive, double power)
{
  switch (function) {
  case 0:
    return expl(x);
  case 1:
    return expm1l(x);
  case 2:
    return x / expm1l(x);
  case 3:
    return expm1l(x) / x;
  case 4:
    return logl(positive);
  case 5:
    return powl(positive, power);
  default:
    return 1.0L / power;
  }
}

static double ulps(double found, long double wanted, int digits)
{
  int exponent;
  (void)frexpl(wanted, &exponent);
  return (double)fabsl((found - wanted) / ldexpl(1.0L, exponent - digits));
}

/* A number in [-1, 1), the same ones in every run (Marsaglia 2003: xorshift). */
static double uniform(void)
{
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (double)(state >> 11) * 0x1p-52 - 1;
}

/* Arguments that the device's numbers can have: those of exponentials of all sizes, and powers within their limit. */
static void choose(bool single, double *x, double *positive, double *power)
{
  const double most = single ? 87 : 708;
  for (int i = 0; i < N; ++i) {
    x[i] = (i % 2 ? most : 1) * (i % 5 ? uniform() : exp(20 * uniform() - 20));
    positive[i] = i % 3 ? exp(20 * uniform()) : 1 + 1e-2 * uniform();
    if (single) {
      x[i] = (float)x[i];
      positive[i] = (float)positive[i];
    }
    power[i] = PetscMin(0.99 * most / fabs(log(positive[i]) + 1e-30), i % 2 ? 1e3 : 4) * uniform();
    if (single)
      power[i] = (float)power[i];
  }
}

static void evaluate(struct hc_device *device, double *const in[3], double *out)
{
  const size_t width = hc_device_real(device);
  const int n = N;
  struct hc_program *program;
  struct hc_kernel *kernel;
  struct hc_buffer *arguments[3], *results;
  ck_call(hc_program_create(device, "kmath", text, NULL, &program));
  ck_call(hc_program_kernel(program, "evaluate", &kernel));
  for (int k = 0; k < 3; ++k)
    ck_call(hc_buffer_of_reals(device, width, N, in[k], &arguments[k]));
  ck_call(hc_buffer_create(device, (size_t)FUNCTIONS * N * width, &results));
  const struct hc_arg args[] = {HC_VALUE_ARG(n), HC_BUFFER_ARG(arguments[0]), HC_BUFFER_ARG(arguments[1]),
                                HC_BUFFER_ARG(arguments[2]), HC_BUFFER_ARG(results)};
  hc_kernel_launch(kernel, HC_QUEUE_MAIN, N, 5, args);
  hc_buffer_read_reals(results, width, 0, (size_t)FUNCTIONS * N, out);
  ck_assert_ptr_null(hc_device_failure(device));
  for (int k = 0; k < 3; ++k)
    hc_buffer_destroy(&arguments[k]);
  hc_buffer_destroy(&results);
  hc_program_destroy(&program);
}

START_TEST(errors_stay_below_the_stated_bounds)
{
  const char *backend = getenv("HC_TEST_BACKEND");
  const struct hc_device_options options = {backend ? backend : "opencl", -1, (enum hc_precision)_i};
  const bool single = _i != HC_DOUBLE;
  struct hc_device *device;
  double *const in[3] = {calloc(N, 8), calloc(N, 8), calloc(N, 8)}, *out = calloc((size_t)FUNCTIONS * N, 8);
  ck_assert(in[0] && in[1] && in[2] && out);
  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  choose(single, in[0], in[1], in[2]);
  evaluate(device, in, out);
  for (int f = 0; f < FUNCTIONS; ++f) {
    double worst = 0;
    int where = 0;
    for (int i = 0; i < N; ++i) {
      const double error = ulps(out[f * N + i], exact(f, in[0][i], in[1][i], in[2][i]), single ? 24 : 53);
      if (!(error <= worst)) {
        worst = error;
        where = i;
      }
    }
    printf("  %s: %.3f ulp\n", functions[f].name, worst);
    ck_assert_msg(worst <= functions[f].bound + (single ? functions[f].quotient : 0),
                  "%s: %g ulp at %.17g, %.17g, %.17g", functions[f].name, worst, in[0][where], in[1][where],
                  in[2][where]);
  }
  hc_device_close(&device);
  for (int k = 0; k < 3; ++k)
    free(in[k]);
  free(out);
}
END_TEST

static Suite *kmath_device_suite(void)
{
  Suite *suite = suite_create("kmath_device");
  TCase *tcase = tcase_create("kmath_device");
  tcase_set_timeout(tcase, 0);
  tcase_add_loop_test(tcase, errors_stay_below_the_stated_bounds, HC_DOUBLE, HC_FLOAT + 1);
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(kmath_device_suite)
