/* A wave along a cable (1D monodomain equation) with one of many discretisations in space and time, for the study of
 * coarse meshes (docs/coarse-meshes.md). study_coarse.py drives it.
 *
 *   study_cable [--key value ...]        prints two lines of CSV: names and values
 *
 * Semi-discrete equations, v' = M^-1 (-K v + F), are assembled by finite elements; --mass says what stands for M^-1,
 * --current how F is made of the cells' currents, --method how diffusion is stepped, --splitting how both alternate. */
#include "study_cable.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- Options ----------------------------------------------------------------------------------------------------- */

struct options opt = {.h = 0.2,
                      .d = 0.0953,
                      .dt = 0.01,
                      .theta = 1,
                      .tau = 0.35,
                      .points = 2,
                      .degree = 1,
                      .jump = 1,
                      .factor = 1,
                      .gradient = "",
                      .mass = "lumped",
                      .load = "same",
                      .current = "nodal",
                      .method = "rkl2",
                      .splitting = "rd",
                      .reaction = "rl",
                      .model = "ttp06_epi"};

/* An option: a number, or one of some words. */
static const struct key {
  const char *name;
  double *number;
  const char **text, *words; /* words: NULL for any text */
} keys[] = {{"h", &opt.h, NULL, NULL},
            {"d", &opt.d, NULL, NULL},
            {"dt", &opt.dt, NULL, NULL},
            {"mass", NULL, &opt.mass, "lumped blend corrected adapted spectral"},
            {"share", &opt.share, NULL, NULL},
            {"theta", &opt.theta, NULL, NULL},
            {"theta2", &opt.theta2, NULL, NULL},
            {"tau", &opt.tau, NULL, NULL},
            {"load", NULL, &opt.load, "same blend"},
            {"current", NULL, &opt.current, "nodal svi quadrature"},
            {"beta", &opt.beta, NULL, NULL},
            {"front", &opt.front, NULL, NULL},
            {"points", &opt.points, NULL, NULL},
            {"xi", &opt.xi, NULL, NULL},
            {"degree", &opt.degree, NULL, NULL},
            {"method", NULL, &opt.method, "euler rkl1 rkl2 cn be"},
            {"splitting", NULL, &opt.splitting, "rd dr rdr drd"},
            {"reaction", NULL, &opt.reaction, "rl grl2"},
            {"model", NULL, &opt.model, NULL},
            {"length", &opt.length, NULL, NULL},
            {"end", &opt.end, NULL, NULL},
            {"jump", &opt.jump, NULL, NULL},
            {"gradient", NULL, &opt.gradient, NULL},
            {"factor", &opt.factor, NULL, NULL}};
enum { N_KEYS = sizeof keys / sizeof keys[0] };

void study_usage(const char *what)
{
  fprintf(stderr, "study_cable: %s\nusage: study_cable", what);
  for (int k = 0; k < N_KEYS; ++k)
    fprintf(stderr, " [--%s %s]", keys[k].name, keys[k].number ? "NUMBER" : keys[k].words ? keys[k].words : "NAME");
  fprintf(stderr, "\n");
  exit(EXIT_FAILURE);
}

static bool among(const char *word, const char *words)
{
  const size_t n = strlen(word);
  for (const char *at = words; n && (at = strstr(at, word)) != NULL; at += n)
    if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
      return true;
  return false;
}

static void read_options(int argc, char **argv)
{
  for (int a = 1; a < argc; a += 2) {
    int k = 0;
    while (k < N_KEYS && !(strncmp(argv[a], "--", 2) == 0 && is(argv[a] + 2, keys[k].name)))
      ++k;
    if (k == N_KEYS)
      study_usage("unknown option");
    if (a + 1 == argc)
      study_usage("an option without a value");
    if (keys[k].text) {
      *keys[k].text = argv[a + 1];
      if (keys[k].words && !among(argv[a + 1], keys[k].words))
        study_usage("a word that the option does not know");
    } else {
      char *rest;
      *keys[k].number = strtod(argv[a + 1], &rest);
      if (*rest)
        study_usage("not a number");
    }
  }
  if (!(opt.h > 0 && opt.d > 0 && opt.dt > 0 && opt.points >= 1 && opt.points <= MAX_POINTS && opt.degree >= 1 &&
        opt.degree <= 2))
    study_usage("a number out of range");
  if (is(opt.mass, "spectral") && (opt.degree > 1 || opt.jump < 1 || opt.jump > 1 || !is(opt.current, "nodal")))
    study_usage("spectral is for uniform cables and nodal currents");
  if (among(opt.method, "cn be") && among(opt.mass, "corrected adapted spectral"))
    study_usage("cn and be go with --mass lumped or blend");
  if (is(opt.current, "quadrature") && is(opt.reaction, "grl2"))
    study_usage("quadrature goes with --reaction rl");
}

/* ---- What is measured -------------------------------------------------------------------------------------------- */

static double *activation, *repolarisation, *peak; /* at the nodes; ms, -1: not yet; mV */
static double lowest;                              /* V before activation in the part where the velocity is taken */

static void watch(const double *before, double t)
{
  const double rest = cable.model->states[0].initial;
  for (int i = 0; i < cable.n; ++i) {
    const double v = cable.nodes.v[i], level = peak[i] - 0.9 * (peak[i] - rest);
    if (activation[i] < 0 && i >= cable.n / 2 && i <= cable.n * 9 / 10)
      lowest = fmin(lowest, v);
    if (activation[i] < 0 && before[i] < 0 && v >= 0)
      activation[i] = t + opt.dt * (0 - before[i]) / (v - before[i]);
    peak[i] = fmax(peak[i], v);
    if (activation[i] >= 0 && t > activation[i] + 20 && repolarisation[i] < 0 && before[i] > level && v <= level)
      repolarisation[i] = t + opt.dt * (level - before[i]) / (v - before[i]);
  }
}

/* Distance (mm) over which APD90 goes from 25 % to 75 % of its change from the middle of one half to that of the other;
 * NAN if the halves do not differ. */
static double apd_width(void)
{
  const int first = cable.n / 4, last = cable.n * 3 / 4;
  const double low = repolarisation[first] - activation[first], high = repolarisation[last] - activation[last];
  double at[2] = {NAN, NAN};
  for (int i = first; i < last; ++i)
    for (int k = 0; k < 2; ++k) {
      const double level = low + (0.25 + 0.5 * k) * (high - low), a = repolarisation[i] - activation[i] - level,
                   b = repolarisation[i + 1] - activation[i + 1] - level;
      if (isnan(at[k]) && a * b <= 0 && fabs(b - a) > 0)
        at[k] = opt.h * (i + a / (a - b));
    }
  return at[1] - at[0];
}

static double clock_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- Run --------------------------------------------------------------------------------------------------------- */

static void set_up_watch(void)
{
  activation = study_allocate((size_t)cable.n, sizeof(double));
  repolarisation = study_allocate((size_t)cable.n, sizeof(double));
  peak = study_allocate((size_t)cable.n, sizeof(double));
  for (int i = 0; i < cable.n; ++i) {
    activation[i] = repolarisation[i] = -1;
    peak[i] = -1000;
  }
  lowest = cable.model->states[0].initial;
}

/* Returns the number of steps taken; negative if V left every bound. */
static int64_t run(void)
{
  const double end = opt.end > 0 ? opt.end : 400;
  double *before = study_allocate((size_t)cable.n, sizeof(double));
  int64_t k = 0;
  for (; (double)k * opt.dt < end; ++k) {
    const double t = (double)k * opt.dt;
    memcpy(before, cable.nodes.v, (size_t)cable.n * sizeof(double));
    cable_step(t, t < 2 - 1e-9);
    for (int i = 0; i < cable.n; ++i)
      if (!(fabs(cable.nodes.v[i]) < 1000)) {
        free(before);
        return -1;
      }
    watch(before, t);
    if (opt.end <= 0 && activation[cable.n * 3 / 4] >= 0 && activation[cable.n * 9 / 10] >= 0)
      break;
  }
  free(before);
  return k > 0 ? k : 1;
}

static void report(int64_t steps, double seconds)
{
  const int n = cable.n, p = cable.degree, from = n / 2 / p * p, to = n * 3 / 4 / p * p, middle = n / 2;
  const double late = activation[to] - activation[from], all = (double)steps * n;
  const bool arrived = steps > 0 && activation[from] >= 0 && activation[to] >= 0;
  const struct {
    const char *name;
    double value;
  } results[] = {{"nodes", n},
                 {"steps", (double)steps},
                 {"velocity", arrived ? (to - from) * opt.h / late : 0},
                 {"undershoot", steps > 0 ? cable.model->states[0].initial - lowest : NAN},
                 {"peak", peak[middle]},
                 {"arrived", steps > 0 && activation[n * 9 / 10] >= 0},
                 {"apd90", repolarisation[middle] >= 0 ? repolarisation[middle] - activation[middle] : NAN},
                 {"apd_width", opt.factor > 1 || opt.factor < 1 ? apd_width() : NAN},
                 {"eigenvalue", cable.eigenvalue},
                 {"stages", cable.stages},
                 {"evaluations", (double)(cable.evaluations + cable.front * (int64_t)opt.points) / all},
                 {"products", (double)cable.products / (double)steps},
                 {"solves", (double)cable.solves / (double)steps},
                 {"front", (double)cable.front / (double)steps * p * opt.h},
                 {"seconds", seconds}};
  const int n_results = sizeof results / sizeof results[0];
  for (int k = 0; k < N_KEYS; ++k)
    printf("%s,", keys[k].name);
  for (int k = 0; k < n_results; ++k)
    printf("%s%s", results[k].name, k + 1 < n_results ? "," : "\n");
  for (int k = 0; k < N_KEYS; ++k)
    if (keys[k].number)
      printf("%.10g,", *keys[k].number);
    else
      printf("%s,", *keys[k].text);
  for (int k = 0; k < n_results; ++k)
    printf("%.6g%s", results[k].value, k + 1 < n_results ? "," : "\n");
}

int main(int argc, char **argv)
{
  read_options(argc, argv);
  cable_set_up();
  set_up_watch();
  const double start = clock_seconds();
  const int64_t steps = run();
  report(steps, clock_seconds() - start);
  return EXIT_SUCCESS;
}
