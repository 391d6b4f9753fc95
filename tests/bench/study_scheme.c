/* The discretisations of study_cable: cells at nodes and at points, matrices of the cable, and steps. */
#include "study_cable.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_STAGES = 99 };

struct cable cable;

void *study_allocate(size_t n, size_t size)
{
  void *memory = aligned_alloc(64, (n * size + 63) / 64 * 64);
  if (!memory)
    exit(EXIT_FAILURE);
  memset(memory, 0, (n * size + 63) / 64 * 64);
  return memory;
}

/* ---- Band matrices ----------------------------------------------------------------------------------------------- */

enum { HALF = 2, WIDTH = 2 * HALF + 1 };
struct band {
  int n;
  double (*row)[WIDTH]; /* row[i][j - i + HALF] */
};

static struct band band_new(int n)
{
  return (struct band){n, study_allocate((size_t)n, sizeof(double[WIDTH]))};
}

static void band_times(const struct band *a, const double *x, double *y)
{
  for (int i = 0; i < a->n; ++i) {
    double sum = 0;
    for (int j = i < HALF ? 0 : i - HALF; j <= i + HALF && j < a->n; ++j)
      sum += a->row[i][j - i + HALF] * x[j];
    y[i] = sum;
  }
}

/* L U in place, without pivoting: mass matrices, and masses with stiffness, are definite. */
static void band_factor(const struct band *a)
{
  for (int k = 0; k < a->n; ++k)
    for (int i = k + 1; i <= k + HALF && i < a->n; ++i) {
      const double factor = a->row[i][k - i + HALF] /= a->row[k][HALF];
      for (int j = k + 1; j <= k + HALF && j < a->n; ++j)
        a->row[i][j - i + HALF] -= factor * a->row[k][j - k + HALF];
    }
}

static void band_solve(const struct band *lu, double *x)
{
  for (int i = 0; i < lu->n; ++i)
    for (int j = i < HALF ? 0 : i - HALF; j < i; ++j)
      x[i] -= lu->row[i][j - i + HALF] * x[j];
  for (int i = lu->n - 1; i >= 0; --i) {
    for (int j = i + 1; j <= i + HALF && j < lu->n; ++j)
      x[i] -= lu->row[i][j - i + HALF] * x[j];
    x[i] /= lu->row[i][HALF];
  }
}

/* ---- Cells at points --------------------------------------------------------------------------------------------- */

static double *parameters;

static double *state_at(const struct cells *cells, int i, int s) /* s from 1 */
{
  const int lanes = cable.model->lanes, rest = cable.model->n_states - 1;
  return &cells->state[((size_t)(i / lanes) * (size_t)rest + (size_t)(s - 1)) * (size_t)lanes + (size_t)(i % lanes)];
}

static struct cells cells_new(int n)
{
  struct cells cells = {.n = n, .blocks = (n + cable.model->lanes - 1) / cable.model->lanes};
  const size_t room = (size_t)cells.blocks * (size_t)cable.model->lanes;
  cells.v = study_allocate(room, sizeof(double));
  cells.stim = study_allocate(room, sizeof(double));
  cells.fields = study_allocate(room, sizeof(double));
  cells.state = study_allocate(room * (size_t)(cable.model->n_states - 1), sizeof(double));
  for (int i = 0; i < (int)room; ++i) {
    cells.v[i] = cable.model->states[0].initial;
    for (int s = 1; s < cable.model->n_states; ++s)
      *state_at(&cells, i, s) = cable.model->states[s].initial;
  }
  return cells;
}

static int gradient = -1; /* parameter that differs between the halves, or -1 */

static void cells_step(struct cells *cells, double t, double dt, bool stimulated)
{
  const struct hc_cell_batch batch = {.n_blocks = cells->blocks,
                                      .v = cells->v,
                                      .state = cells->state,
                                      .stim = stimulated ? cells->stim : NULL,
                                      .parameters = parameters,
                                      .n_fields = gradient >= 0,
                                      .field_of = &gradient,
                                      .fields = cells->fields};
  if (is(opt.reaction, "grl2"))
    cable.model->step2(&batch, t, dt, cells->v, cells->state, NULL, NULL);
  else
    cable.model->step(&batch, t, dt);
}

/* ---- The cable --------------------------------------------------------------------------------------------------- */

static int n, p, n_elements;                               /* nodes; degree of the elements; how many */
static double *lumped;                                     /* row sums of the mass */
static struct band consistent, stiffness, factored, theta; /* factored: mass that is solved with; theta: M + w K */
static double *dense;                                      /* spectral second derivative */
static double abscissa[MAX_POINTS], weight[MAX_POINTS];    /* on [0, 1] */
static bool *active;                                       /* elements with currents at points of their own */

static double cross_section(int e)
{
  return e < n_elements / 2 ? 1 : opt.jump;
}

static void shape(double x, double *phi)
{
  if (p == 1) {
    phi[0] = 1 - x;
    phi[1] = x;
  } else {
    phi[0] = (1 - x) * (1 - 2 * x);
    phi[1] = 4 * x * (1 - x);
    phi[2] = x * (2 * x - 1);
  }
}

/* Mass over length, by row; lumped (quadrature at the nodes); stiffness times length over D. */
static const double mass_1[3][3] = {{1. / 3, 1. / 6}, {1. / 6, 1. / 3}}, stiff_1[3][3] = {{1, -1}, {-1, 1}};
static const double mass_2[3][3] = {
    {4. / 30, 2. / 30, -1. / 30}, {2. / 30, 16. / 30, 2. / 30}, {-1. / 30, 2. / 30, 4. / 30}};
static const double stiff_2[3][3] = {{7. / 3, -8. / 3, 1. / 3}, {-8. / 3, 16. / 3, -8. / 3}, {1. / 3, -8. / 3, 7. / 3}};
static const double row_sum[2][3] = {{1. / 2, 1. / 2}, {1. / 6, 4. / 6, 1. / 6}};

static double mass_of(int a, int b)
{
  return p == 1 ? mass_1[a][b] : mass_2[a][b];
}

static void assemble(void)
{
  const double size = p * opt.h;
  consistent = band_new(n);
  stiffness = band_new(n);
  factored = band_new(n);
  lumped = study_allocate((size_t)n, sizeof(double));
  for (int e = 0; e < n_elements; ++e)
    for (int a = 0; a <= p; ++a) {
      const int i = e * p + a;
      lumped[i] += cross_section(e) * size * row_sum[p - 1][a];
      for (int b = 0; b <= p; ++b) {
        consistent.row[i][b - a + HALF] += cross_section(e) * size * mass_of(a, b);
        stiffness.row[i][b - a + HALF] += cross_section(e) * opt.d / size * (p == 1 ? stiff_1[a][b] : stiff_2[a][b]);
      }
    }
  const double share = is(opt.mass, "lumped") ? 1 : opt.share;
  theta = band_new(n);
  const double weight_of_k = is(opt.method, "cn") ? opt.dt / 2 : opt.dt;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < WIDTH; ++j) {
      factored.row[i][j] = (1 - share) * consistent.row[i][j] + (j == HALF ? share * lumped[i] : 0);
      theta.row[i][j] = factored.row[i][j] + weight_of_k * stiffness.row[i][j];
    }
  band_factor(&factored);
  band_factor(&theta);
}

/* Second derivative of the cosine series through the nodes. */
static void assemble_spectral(void)
{
  dense = study_allocate((size_t)n * (size_t)n, sizeof(double));
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int k = 1; k < n; ++k)
        sum += (k == n - 1 ? 0.5 : 1) * pow(M_PI * k / cable.length, 2) * cos(M_PI * k * i / (n - 1)) *
               cos(M_PI * k * j / (n - 1));
      dense[(size_t)i * (size_t)n + (size_t)j] = -opt.d * 2 / (n - 1) * (j == 0 || j == n - 1 ? 0.5 : 1) * sum;
    }
}

/* y = M^-1 y. */
static void invert_mass(double *y)
{
  static double *q, *next;
  if (!q) {
    q = study_allocate((size_t)n, sizeof(double));
    next = study_allocate((size_t)n, sizeof(double));
  }
  if (is(opt.mass, "blend")) {
    ++cable.solves;
    band_solve(&factored, y);
    return;
  }
  for (int i = 0; i < n; ++i)
    y[i] /= lumped[i];
  if (is(opt.mass, "lumped"))
    return;
  const double coefficients[] = {is(opt.mass, "adapted") ? opt.h / sqrt(opt.d * opt.tau) : opt.theta, opt.theta2};
  memcpy(q, y, (size_t)n * sizeof(double));
  for (int k = 0; k < (opt.theta2 > 0 ? 2 : 1); ++k) {
    ++cable.products;
    band_times(&consistent, q, next);
    for (int i = 0; i < n; ++i) {
      q[i] -= next[i] / lumped[i];
      y[i] += coefficients[k] * q[i];
    }
  }
}

/* y = -M^-1 K x. */
static void diffusion_rate(const double *x, double *y)
{
  ++cable.products;
  if (dense) {
    for (int i = 0; i < n; ++i) {
      double sum = 0;
      for (int j = 0; j < n; ++j)
        sum += dense[(size_t)i * (size_t)n + (size_t)j] * x[j];
      y[i] = sum;
    }
    return;
  }
  band_times(&stiffness, x, y);
  for (int i = 0; i < n; ++i)
    y[i] = -y[i];
  invert_mass(y);
}

/* Largest eigenvalue of M^-1 K, 1/ms, by power iteration. */
static double largest_eigenvalue(void)
{
  double *x = study_allocate((size_t)n, sizeof(double)), *y = study_allocate((size_t)n, sizeof(double)), norm = 1;
  for (int i = 0; i < n; ++i)
    x[i] = (i % 2 ? -1 : 1) * (1 + 0.3 * sin(i));
  for (int k = 0; k < 1000; ++k) {
    diffusion_rate(x, y);
    norm = 0;
    for (int i = 0; i < n; ++i)
      norm += y[i] * y[i];
    norm = sqrt(norm);
    for (int i = 0; i < n; ++i)
      x[i] = y[i] / norm;
  }
  free(x);
  free(y);
  return norm;
}

/* ---- Diffusion in time ------------------------------------------------------------------------------------------- */

/* Runge-Kutta-Legendre schemes of order 1 and 2 (Meyer, Balsara & Aslam 2014, doi:10.1016/j.jcp.2013.08.021): stable to
 * lambda dt = s^2 + s and (s^2 + s - 2) / 2. */
static double stable_to(int s)
{
  return is(opt.method, "rkl1") ? (double)s * s + s : ((double)s * s + s - 2) / 2;
}

static double b_of(int j)
{
  return is(opt.method, "rkl1") ? 1 : j < 3 ? 1. / 3 : ((double)j * j + j - 2) / (2. * j * (j + 1));
}

static void rkl(double *v, double dt)
{
  static double *start, *first, *before, *now, *rate;
  if (!start) {
    start = study_allocate((size_t)n, sizeof(double));
    first = study_allocate((size_t)n, sizeof(double));
    before = study_allocate((size_t)n, sizeof(double));
    now = study_allocate((size_t)n, sizeof(double));
    rate = study_allocate((size_t)n, sizeof(double));
  }
  const double w = 2 / stable_to(cable.stages);
  diffusion_rate(v, first);
  for (int i = 0; i < n; ++i) {
    start[i] = before[i] = v[i];
    now[i] = v[i] + b_of(1) * w * dt * first[i];
  }
  for (int j = 2; j <= cable.stages; ++j) {
    const double mu = (2. * j - 1) / j * b_of(j) / b_of(j - 1), nu = -(j - 1.) / j * b_of(j) / b_of(j - 2);
    diffusion_rate(now, rate);
    for (int i = 0; i < n; ++i) {
      const double next = mu * now[i] + nu * before[i] + (1 - mu - nu) * start[i] +
                          mu * w * dt * (rate[i] - (1 - b_of(j - 1)) * first[i]);
      before[i] = now[i];
      now[i] = next;
    }
  }
  memcpy(v, now, (size_t)n * sizeof(double));
}

static void diffuse(double *v, double dt)
{
  static double *rate;
  if (!rate)
    rate = study_allocate((size_t)n, sizeof(double));
  if (is(opt.method, "rkl1") || is(opt.method, "rkl2")) {
    rkl(v, dt);
  } else if (is(opt.method, "euler")) {
    diffusion_rate(v, rate);
    for (int i = 0; i < n; ++i)
      v[i] += dt * rate[i];
  } else {
    ++cable.products;
    ++cable.solves;
    band_times(&stiffness, v, rate);
    band_solve(&theta, rate);
    for (int i = 0; i < n; ++i)
      v[i] -= dt * rate[i];
  }
}

/* ---- Reaction in time -------------------------------------------------------------------------------------------- */

/* V and states of an element's points from its nodes; the states only if the points have none of their own. */
static void interpolate(int e, bool states_too)
{
  for (int q = 0; q < (int)opt.points; ++q) {
    double phi[3];
    const int point = e * (int)opt.points + q;
    shape(abscissa[q], phi);
    cable.gauss.v[point] = cable.gauss.stim[point] = 0;
    for (int a = 0; a <= p; ++a) {
      cable.gauss.v[point] += phi[a] * cable.nodes.v[e * p + a];
      cable.gauss.stim[point] += phi[a] * cable.nodes.stim[e * p + a];
    }
    for (int s = 1; s < cable.model->n_states && states_too; ++s) {
      double sum = 0;
      for (int a = 0; a <= p; ++a)
        sum += phi[a] * *state_at(&cable.nodes, e * p + a, s);
      *state_at(&cable.gauss, point, s) = sum;
    }
  }
}

/* Which elements have a front in them, and their points filled. */
static void prepare_points(void)
{
  for (int e = 0; e < n_elements; ++e) {
    const bool was = active[e];
    double low = cable.nodes.v[e * p], high = low;
    for (int a = 1; a <= p; ++a) {
      low = fmin(low, cable.nodes.v[e * p + a]);
      high = fmax(high, cable.nodes.v[e * p + a]);
    }
    active[e] = high - low >= opt.front;
    cable.front += active[e];
    if (active[e])
      interpolate(e, is(opt.current, "svi") || !was);
  }
}

/* Load vector of the increments of V: from the points of active elements, else from the nodes. */
static void assemble_load(const double *v_points, const double *increment, double *load)
{
  const double size = p * opt.h;
  memset(load, 0, (size_t)n * sizeof(double));
  for (int e = 0; e < n_elements; ++e)
    for (int q = 0; active[e] && q < (int)opt.points; ++q) {
      double phi[3];
      const int point = e * (int)opt.points + q;
      shape(abscissa[q], phi);
      for (int a = 0; a <= p; ++a)
        load[e * p + a] += cross_section(e) * size * weight[q] * phi[a] * (cable.gauss.v[point] - v_points[point]);
    }
  for (int e = 0; e < n_elements; ++e)
    for (int a = 0; !active[e] && a <= p; ++a)
      for (int b = 0; b <= p; ++b)
        load[e * p + a] += cross_section(e) * size * mass_of(a, b) * increment[e * p + b];
}

static void react(double t, double dt, bool stimulated)
{
  static double *v0, *load, *increment, *v_points;
  if (!v0) {
    v0 = study_allocate((size_t)n, sizeof(double));
    load = study_allocate((size_t)n, sizeof(double));
    increment = study_allocate((size_t)n, sizeof(double));
    v_points = study_allocate((size_t)cable.gauss.n + 1, sizeof(double));
  }
  memcpy(v0, cable.nodes.v, (size_t)n * sizeof(double));
  if (cable.gauss.n) {
    prepare_points();
    memcpy(v_points, cable.gauss.v, (size_t)cable.gauss.n * sizeof(double));
    cells_step(&cable.gauss, t, dt, stimulated);
  }
  cells_step(&cable.nodes, t, dt, stimulated);
  cable.evaluations += n;
  if (!cable.gauss.n && is(opt.load, "same"))
    return;
  for (int i = 0; i < n; ++i)
    increment[i] = cable.nodes.v[i] - v0[i];
  if (cable.gauss.n)
    assemble_load(v_points, increment, load);
  else {
    ++cable.products;
    band_times(&consistent, increment, load);
    for (int i = 0; i < n; ++i)
      load[i] = opt.beta * load[i] + (1 - opt.beta) * lumped[i] * increment[i];
  }
  invert_mass(load);
  for (int i = 0; i < n; ++i)
    cable.nodes.v[i] = v0[i] + load[i];
}

void cable_step(double t, bool stimulated)
{
  const double dt = opt.dt;
  if (is(opt.splitting, "rd")) {
    react(t, dt, stimulated);
    diffuse(cable.nodes.v, dt);
  } else if (is(opt.splitting, "dr")) {
    diffuse(cable.nodes.v, dt);
    react(t, dt, stimulated);
  } else if (is(opt.splitting, "rdr")) {
    react(t, dt / 2, stimulated);
    diffuse(cable.nodes.v, dt);
    react(t + dt / 2, dt / 2, stimulated);
  } else {
    diffuse(cable.nodes.v, dt / 2);
    react(t, dt, stimulated);
    diffuse(cable.nodes.v, dt / 2);
  }
}

/* ---- Setting up ----------------------------------------------------------------------------------------------------
 */

/* 50 uA/mm3 with chi Cm = 1.4 uF/mm3 for 2 ms into 1.5 mm (scaled like a wave, with sqrt D); more where cells need it.
 */
static void set_up_stimulus(void)
{
  const double width = fmax(1.5 * sqrt(opt.d / 0.0953), 2 * opt.h);
  const double strength = fmax(50 / 1.4, cable.model->stimulus * cable.model->stimulus_duration / 2);
  for (int i = 0; i < n; ++i)
    cable.nodes.stim[i] = i * opt.h <= width * (1 + 1e-9) ? strength : 0;
}

static void set_up_rule(void)
{
  static const double x[MAX_POINTS][MAX_POINTS] = {
      {0},
      {-0.57735026918962576, 0.57735026918962576},
      {-0.77459666924148338, 0, 0.77459666924148338},
      {-0.86113631159405258, -0.33998104358485626, 0.33998104358485626, 0.86113631159405258}};
  static const double w[MAX_POINTS][MAX_POINTS] = {
      {2},
      {1, 1},
      {5. / 9, 8. / 9, 5. / 9},
      {0.34785484513745386, 0.65214515486254614, 0.65214515486254614, 0.34785484513745386}};
  for (int q = 0; q < (int)opt.points; ++q) {
    const double at = opt.xi > 0 ? (q ? opt.xi : -opt.xi) : x[(int)opt.points - 1][q];
    abscissa[q] = (1 + at) / 2;
    weight[q] = w[(int)opt.points - 1][q] / 2;
  }
}

static void set_up_cells(void)
{
  parameters = study_allocate((size_t)cable.model->n_parameters, sizeof(double));
  for (int k = 0; k < cable.model->n_parameters; ++k) {
    parameters[k] = cable.model->parameters[k].fallback;
    if (is(cable.model->parameters[k].name, opt.gradient))
      gradient = k;
  }
  if (*opt.gradient && gradient < 0)
    study_usage("no such parameter");
  cable.nodes = cells_new(n);
  if (!is(opt.current, "nodal"))
    cable.gauss = cells_new(n_elements * (int)opt.points);
  active = study_allocate((size_t)n_elements, sizeof(bool));
  for (int i = 0; gradient >= 0 && i < cable.nodes.blocks * cable.model->lanes; ++i)
    cable.nodes.fields[i] = parameters[gradient] * (i < n / 2 ? 1 : opt.factor);
  for (int i = 0; gradient >= 0 && cable.gauss.n && i < cable.gauss.blocks * cable.model->lanes; ++i)
    cable.gauss.fields[i] = parameters[gradient] * (i < cable.gauss.n / 2 ? 1 : opt.factor);
}

void cable_set_up(void)
{
  cable.model = hc_cell_model_find(opt.model);
  if (!cable.model)
    study_usage("no such cell model");
  p = (int)opt.degree;
  const double length = opt.length > 0 ? opt.length : fmax(18 * sqrt(opt.d / 0.0953), 24 * opt.h);
  n_elements = (int)round(length / (p * opt.h));
  n = n_elements * p + 1;
  cable.n = n;
  cable.degree = p;
  cable.n_elements = n_elements;
  cable.length = (n - 1) * opt.h;
  set_up_cells();
  set_up_stimulus();
  set_up_rule();
  assemble();
  if (is(opt.mass, "spectral"))
    assemble_spectral();
  cable.eigenvalue = largest_eigenvalue();
  cable.stages = strncmp(opt.method, "rkl", 3) == 0 ? 2 : 1;
  while (cable.stages > 1 && cable.stages < MAX_STAGES && cable.eigenvalue * opt.dt > 0.8 * stable_to(cable.stages))
    ++cable.stages; /* the room that the program leaves, too */
  cable.products = cable.solves = 0;
}
