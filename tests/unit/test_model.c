#include "hc_check.h"
#include "model.h"

#include <math.h>
#include <string.h>

/* The blocks of a case, small enough to be filled by hand. */
struct blocks {
  struct hc_fibre_params fibres;
  struct hc_region_params region;
  struct hc_tissue_params tissue;
  struct hc_cells_params entry[4];
  struct hc_list cells;
  struct hc_stimulus_params stimulus[2];
  struct hc_list stimuli;
  struct hc_diffusion_params diffusion;
  struct hc_monodomain_params params;
};

static char mitchell_schaeffer[] = "mitchell_schaeffer", ttp06[] = "ttp06_epi", manufactured[] = "manufactured",
            depth[] = "depth", nowhere[] = "nowhere";

/* One region, fibres askew, one cells entry, no stimulus, Strang, 0.1 ms. chi Cm = 1.4 uF/mm3. */
static void fill(struct blocks *b)
{
  static double direction[3] = {2, 2, 1}, sheet[3] = {-2, 1, 2}, sigma[3] = {0.14, 0.07, 0.035};

  memset(b, 0, sizeof *b);
  b->fibres.rule = HC_FIBRES_UNIFORM;
  b->fibres.direction = (struct hc_reals){3, direction};
  b->fibres.sheet = (struct hc_reals){3, sheet};
  b->region.conductivity = (struct hc_reals){3, sigma};
  b->region.scale = 1;
  b->tissue.surface_to_volume = 140;
  b->tissue.capacitance = 0.01;
  b->tissue.regions = (struct hc_list){1, &b->region};
  b->entry[0].cell.model = mitchell_schaeffer;
  b->cells = (struct hc_list){1, b->entry};
  b->stimuli = (struct hc_list){0, b->stimulus};
  for (int i = 0; i < 2; i++)
    b->stimulus[i] = (struct hc_stimulus_params){.radius = NAN, .amplitude = 50, .duration = 2};
  b->diffusion =
      (struct hc_diffusion_params){.method = HC_CRANK_NICOLSON, .mass = 0, .tolerance = 1e-9, .max_iterations = 200};
  b->params = (struct hc_monodomain_params){.fibres = &b->fibres,
                                            .tissue = &b->tissue,
                                            .cells = &b->cells,
                                            .stimuli = &b->stimuli,
                                            .diffusion = &b->diffusion,
                                            .splitting = &hc_splittings[1],
                                            .dt = 0.1};
}

static void stimulate_corner(struct blocks *b)
{
  static double low[3] = {0, 0, 0}, high[3] = {0.5, 0.5, 0.5};

  b->stimulus[0].shape = HC_STIM_BOX;
  b->stimulus[0].min = (struct hc_reals){3, low};
  b->stimulus[0].max = (struct hc_reals){3, high};
  b->stimuli.n = 1;
}

/* 4 x 2 x 1 mm in cubes of 0.25 mm: 17 x 9 x 5 nodes. Cells in x > 3 mm have region 2; the nodal field `depth` is
 * y / 2 mm. */
static struct hc_slab *make_slab(MPI_Comm comm, enum hc_cell_type type)
{
  struct hc_slab *slab;
  struct hc_slab_field *field;
  int rank, size;

  ck_call(hc_slab_box(comm, type, (double[]){4, 2, 1}, 0.25, &slab));
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    const int64_t number = hc_slab_start(slab->n_cells, rank, size) + c;
    const int64_t cube = type == HC_TETRAHEDRON ? number / 6 : number;
    slab->region[c] = cube % 16 >= 12 ? 2 : 1;
  }
  ck_call(hc_slab_add_field(slab, depth, "1", HC_NODE, 1, &field));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    field->values[i] = slab->xyz[3 * i + 1] / 2;
  return slab;
}

struct setup {
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_monodomain *model;
};

static PetscErrorCode create(struct setup *s, MPI_Comm comm, enum hc_cell_type type, const struct blocks *b)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab = make_slab(comm, type);

  ck_call(hc_mesh_create(slab, &options, &s->mesh));
  ck_call(hc_fields_create(s->mesh, &s->fields));
  ck_call(hc_fields_from_slab(slab, s->fields));
  hc_slab_destroy(&slab);
  s->model = NULL;
  return hc_monodomain_create(s->mesh, s->fields, &b->params, &s->model);
}

static void destroy(struct setup *s)
{
  hc_monodomain_destroy(&s->model);
  hc_fields_destroy(&s->fields);
  hc_mesh_destroy(&s->mesh);
}

static void set_up(struct setup *s, const struct blocks *b)
{
  ck_call(create(s, PETSC_COMM_WORLD, HC_TETRAHEDRON, b));
}

static void refuse(const struct blocks *b, const char *text)
{
  struct setup s;

  ck_call_fails(create(&s, PETSC_COMM_WORLD, HC_TETRAHEDRON, b), HC_ERR_INPUT, text);
  ck_assert_ptr_null(s.model);
  destroy(&s);
}

static void steps(struct setup *s, int n, struct hc_clock *clock)
{
  for (int i = 0; i < n; i++) {
    ck_call(hc_monodomain_step(s->model, clock));
    clock->step++;
  }
}

/* ---- Cells ------------------------------------------------------------------------------------------------------- */

static void three_entries(struct blocks *b)
{
  static int64_t two[] = {2};
  static double range[2] = {0.5, 0.75};

  b->entry[0] = (struct hc_cells_params){.cell.model = ttp06, .regions = {1, two}};
  b->entry[1] = (struct hc_cells_params){.cell.model = manufactured, .field = depth, .range = {2, range}};
  b->entry[2] = (struct hc_cells_params){.cell.model = mitchell_schaeffer};
  b->cells.n = 3;
}

/* What make_slab() and three_entries() say of a point. */
static int entry_at(const double *x)
{
  if (x[0] > 3 - 1e-9)
    return 0;
  return x[1] > 1 - 1e-9 && x[1] < 1.5 - 1e-9 ? 1 : 2;
}

START_TEST(the_first_entry_that_fits_counts)
{
  struct blocks b;
  struct setup s;

  fill(&b);
  three_entries(&b);
  set_up(&s, &b);
  for (int i = 0; i < s.mesh->n_owned; i++) {
    static const double rest[] = {0, 0, -80}; /* of the second and third */
    const int entry = s.model->entry[i];
    ck_assert_int_eq(entry, entry_at(s.mesh->xyz + (size_t)3 * i));
    ck_assert_str_eq(s.model->cells[entry]->name, b.entry[entry].cell.model);
    ck_assert(entry == 0 ? s.model->v[i] < -80 : s.model->v[i] == rest[entry]);
  }
  destroy(&s);
}
END_TEST

START_TEST(cells_must_fit_the_mesh)
{
  static int64_t tags[] = {2, 5};
  struct blocks b;

  fill(&b);
  b.cells.n = 0;
  refuse(&b, "cells: the list is empty");
  fill(&b);
  b.entry[0].regions = (struct hc_ints){2, tags};
  refuse(&b, "the mesh has no region with tag 5");
  b.entry[0].regions.n = 1; /* node 0 is the first one that touches no cell of region 2 */
  refuse(&b, "cells: no entry fits node 0 at (0, 0, 0) mm");
  fill(&b);
  three_entries(&b);
  b.entry[1].field = nowhere;
  refuse(&b, "there is no nodal field \"nowhere\"");
}
END_TEST

/* Gradients: GKs along `depth`, IKr along x and across the wall, in an epicardial cell with its own Ko. */
static void gradients(struct blocks *b)
{
  static char gks[] = "GKs", ikr[] = "IKr", gto[] = "Gto", ko[] = "Ko", linear[] = "0.1 + 0.25 * depth",
              falling[] = "1.5 - .25*x";
  static char *parameters[] = {gks}, *scales[] = {ikr, gto}, *of_parameters[] = {linear},
              *of_scales[] = {falling, depth};
  static char *given[] = {ko}, *factors[] = {gks, ikr};
  static double values[] = {4.2}, factor_values[] = {2, 0.5};

  b->entry[0] = (struct hc_cells_params){.cell.model = ttp06,
                                         .cell.parameters = {1, given, values},
                                         .cell.scale = {2, factors, factor_values},
                                         .parameter_fields = {1, parameters, of_parameters},
                                         .scale_fields = {2, scales, of_scales}};
}

/* What the point x has instead, as plain numbers of an entry. */
static void gradients_at(const double *x, char *keys[4], double values[4], struct hc_cells_params *alone)
{
  static char gks[] = "GKs", ikr[] = "scale_IKr", gto[] = "Gto", ko[] = "Ko";
  const struct hc_cell_model *model = hc_cell_model_find(ttp06);
  double gto_default = NAN;

  for (int p = 0; p < model->n_parameters; p++)
    if (!strcmp(model->parameters[p].name, gto))
      gto_default = model->parameters[p].fallback;
  keys[0] = gks, values[0] = 2 * (0.1 + 0.25 * (x[1] / 2));
  keys[1] = ikr, values[1] = 0.5 * (1.5 - 0.25 * x[0]);
  keys[2] = gto, values[2] = gto_default * (x[1] / 2);
  keys[3] = ko, values[3] = 4.2;
  *alone = (struct hc_cells_params){.cell.model = ttp06, .cell.parameters = {4, keys, values}};
}

/* A node alone with the numbers that it has in the tissue, without diffusion, bit for bit. */
static void step_alone(const double *x, int n_steps, double stim, double *v, double *state)
{
  struct hc_cells_params alone;
  struct hc_kinetics *kinetics;
  char *keys[4];
  double values[4];
  const int entry = 0;

  gradients_at(x, keys, values, &alone);
  ck_call(hc_kinetics_create(1, &entry, 1, &alone, 0, NULL, &kinetics));
  ck_call(hc_kinetics_initial(kinetics, v));
  for (int step = 0; step < n_steps; step++)
    ck_call(hc_kinetics_step(kinetics, HC_REACTION_RUSH_LARSEN, 0.05 * step, 0.05, v, step < 20 ? &stim : NULL));
  ck_call(hc_kinetics_pack(kinetics, state));
  hc_kinetics_destroy(&kinetics);
}

START_TEST(a_gradient_gives_each_node_what_it_has_alone)
{
  enum { STEPS = 200, WIDTH = 18 };
  struct blocks b;
  struct setup s;
  double *stim, *states, least = INFINITY, most = -INFINITY;

  fill(&b);
  gradients(&b);
  set_up(&s, &b);
  ck_assert_int_eq(hc_kinetics_width(s.model->kinetics), WIDTH);
  ck_call(PetscMalloc2(s.mesh->n_owned, &stim, (size_t)s.mesh->n_owned * WIDTH, &states));
  for (int i = 0; i < s.mesh->n_owned; i++)
    stim[i] = 40;
  for (int step = 0; step < STEPS; step++)
    ck_call(hc_kinetics_step(s.model->kinetics, HC_REACTION_RUSH_LARSEN, 0.05 * step, 0.05, s.model->v,
                             step < 20 ? stim : NULL));
  ck_call(hc_kinetics_pack(s.model->kinetics, states));
  for (int i = 0; i < s.mesh->n_owned; i++) {
    double v, state[WIDTH];
    step_alone(&s.mesh->xyz[3 * i], STEPS, 40, &v, state);
    ck_assert_msg(v == s.model->v[i], "node %d: %.17g in tissue, %.17g alone", i, s.model->v[i], v);
    ck_assert_mem_eq(state, states + (size_t)i * WIDTH, sizeof state);
    least = fmin(least, v);
    most = fmax(most, v);
  }
  ck_call(PetscFree2(stim, states));
  MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_DOUBLE, MPI_MIN, PETSC_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  ck_assert_double_gt(most - least, 1); /* mV: the gradient shows */
  destroy(&s);
}
END_TEST

START_TEST(fields_must_fit_the_parameters)
{
  static char steep[] = "1 - 0.5*x", vector[] = "x + y", none[] = "2*nowhere", ko[] = "GKs";
  static char *parameters[] = {ko}, *both[] = {ko, ko}, *texts[] = {steep, steep};
  static double five[] = {0.5};
  struct blocks b;

  fill(&b);
  gradients(&b);
  b.entry[0].scale_fields.values = texts; /* the lowest file number of those with x > 2 mm is 9, at x = 2.25 mm */
  refuse(&b, "parameter scale_IKr of ttp06_epi: found -0.0625 at node 9 (2.25, 0, 0 mm); allowed: 0 to 1000 (1)");
  texts[0] = vector;
  refuse(&b, "there is no nodal field \"x + y\"");
  texts[0] = none;
  refuse(&b, "there is no nodal field \"nowhere\"");
  b.entry[0].scale_fields.keys = both;
  refuse(&b, "parameter GKs of ttp06_epi has two fields; allowed: one");
  b.entry[0].scale_fields.n = 0;
  b.entry[0].cell.parameters = (struct hc_map){1, parameters, five};
  refuse(&b, "parameter GKs is given as a number too; allowed: a number or a field");
  b.entry[0].parameter_fields.keys[0] = nowhere;
  refuse(&b, "model ttp06_epi has no parameter \"nowhere\"");
}
END_TEST

START_TEST(weights_are_the_cost_of_the_entry)
{
  for (int type = HC_TETRAHEDRON; type <= HC_HEXAHEDRON; type++) {
    struct hc_slab *slab = make_slab(PETSC_COMM_WORLD, (enum hc_cell_type)type);
    const int64_t n = hc_slab_nodes(slab);
    const struct hc_cell_model *models[3];
    struct blocks b;
    double *weights;

    fill(&b);
    three_entries(&b);
    ck_call(hc_kinetics_check(3, b.entry, models));
    ck_assert_double_ne(models[0]->cost, models[2]->cost);
    ck_call(PetscMalloc1(n, &weights));
    ck_call(hc_monodomain_weights(slab, 3, b.entry, weights));
    for (int64_t i = 0; i < n; i++)
      ck_assert_double_eq(weights[i], models[entry_at(slab->xyz + 3 * i)]->cost);
    ck_call(hc_monodomain_weights(slab, 1, b.entry, weights));
    for (int64_t i = 0; i < n; i++)
      ck_assert_double_eq(weights[i], models[0]->cost);
    b.entry[0].cell.model = nowhere;
    ck_call_fails(hc_monodomain_weights(slab, 3, b.entry, weights), HC_ERR_INPUT, "unknown cell model \"nowhere\"");
    ck_call(PetscFree(weights));
    hc_slab_destroy(&slab);
  }
}
END_TEST

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

/* Cells that do nothing: V only changes by the stimulus, at 1 / (chi Cm) of its amplitude. */
START_TEST(a_stimulus_charges_the_membrane)
{
  static char rate[] = "rate", coupling[] = "coupling", *keys[] = {rate, coupling};
  static double zeros[2] = {0, 0}, low[3] = {-1, -1, -1}, high[3] = {9, 9, 9};

  for (int splitting = 0; splitting < 3; splitting++) {
    struct hc_clock clock = {0, 0.1};
    struct blocks b;
    struct setup s;

    fill(&b);
    b.params.splitting = &hc_splittings[splitting];
    b.entry[0].cell.model = manufactured;
    b.entry[0].cell.parameters = (struct hc_map){2, keys, zeros};
    stimulate_corner(&b);
    b.stimulus[0].min.v = low;
    b.stimulus[0].max.v = high;
    b.stimulus[0].amplitude = 7;
    b.stimulus[0].start = 0.23;
    b.stimulus[0].duration = 0.51;
    set_up(&s, &b);
    steps(&s, 20, &clock);
    for (int i = 0; i < s.mesh->n_owned; i++)
      ck_assert_double_eq_tol(s.model->v[i], 7 / 1.4 * 0.51, 1e-12);
    destroy(&s);
  }
}
END_TEST

START_TEST(a_clamp_holds_through_every_stage)
{
  for (int splitting = 0; splitting < 3; splitting++) {
    struct hc_clock clock = {0, 0.1};
    struct blocks b;
    struct setup s;
    double fastest = 0;

    fill(&b);
    b.params.splitting = &hc_splittings[splitting];
    stimulate_corner(&b);
    b.stimulus[0].kind = HC_STIM_VOLTAGE;
    b.stimulus[0].amplitude = -20;
    b.stimulus[0].start = 0.2;
    b.stimulus[0].duration = 0.3;
    set_up(&s, &b);
    for (int step = 0; step < 6; step++) {
      steps(&s, 1, &clock);
      for (int i = 0; i < s.mesh->n_owned; i++) {
        const double *x = s.mesh->xyz + (size_t)3 * i;
        if (x[0] > 0.51 || x[1] > 0.51 || x[2] > 0.51)
          continue;
        ck_assert(step < 2 ? s.model->v[i] == -80 : step > 4 || s.model->v[i] == -20);
        fastest = step == 5 ? fmax(fastest, fabs(s.model->v[i] + 20)) : 0;
      }
    }
    MPI_Allreduce(MPI_IN_PLACE, &fastest, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
    ck_assert_double_gt(fastest, 0.1); /* released */
    destroy(&s);
  }
}
END_TEST

START_TEST(a_clamp_lasts_a_step_at_least)
{
  struct blocks b;

  fill(&b);
  stimulate_corner(&b);
  b.stimulus[0].kind = HC_STIM_VOLTAGE;
  b.stimulus[0].duration = 0.05;
  refuse(&b, "found 0.05 ms; allowed: at least one time step (0.1 ms)");
}
END_TEST

enum { N_STEPS = 250 }; /* 25 ms, enough to cross the box */

/* Times at which V crosses -30 mV upwards, by file node; V at the end. */
struct wave {
  double *activation, *v;
  int64_t iterations, n_nodes;
};

static void run_wave(MPI_Comm comm, int method, struct wave *wave)
{
  struct hc_clock clock = {0, 0.1};
  struct blocks b;
  struct setup s;
  double *before;
  int64_t solves, largest;

  fill(&b);
  b.diffusion.method = method;
  b.diffusion.mass = HC_MASS_ADAPTED;
  b.diffusion.upstroke = 0.35;
  stimulate_corner(&b);
  ck_call(create(&s, comm, HC_TETRAHEDRON, &b));
  wave->n_nodes = s.mesh->n_nodes;
  ck_call(PetscCalloc2(wave->n_nodes, &wave->activation, wave->n_nodes, &wave->v));
  ck_call(PetscMalloc1(s.mesh->n_owned, &before));
  for (int step = 0; step < N_STEPS; step++) {
    memcpy(before, s.model->v, (size_t)s.mesh->n_owned * sizeof(double));
    steps(&s, 1, &clock);
    for (int i = 0; i < s.mesh->n_owned; i++)
      if (before[i] < -30 && s.model->v[i] >= -30)
        wave->activation[s.mesh->file_node[i]] = clock.dt * (step + (-30 - before[i]) / (s.model->v[i] - before[i]));
  }
  for (int i = 0; i < s.mesh->n_owned; i++)
    wave->v[s.mesh->file_node[i]] = s.model->v[i];
  MPI_Allreduce(MPI_IN_PLACE, wave->activation, (int)wave->n_nodes, MPI_DOUBLE, MPI_SUM, comm);
  MPI_Allreduce(MPI_IN_PLACE, wave->v, (int)wave->n_nodes, MPI_DOUBLE, MPI_SUM, comm);
  hc_diffusion_iterations(s.model->diffusion, &wave->iterations, &solves, &largest);
  ck_assert_int_eq(solves, N_STEPS);
  ck_assert(s.model->reaction.calls == 2 * N_STEPS && s.model->diffuse.calls == N_STEPS);
  ck_call(PetscFree(before));
  destroy(&s);
}

START_TEST(a_wave_is_the_same_on_any_number_of_ranks)
{
  struct wave alone, together, again;

  run_wave(PETSC_COMM_SELF, HC_CRANK_NICOLSON, &alone);
  run_wave(PETSC_COMM_WORLD, HC_CRANK_NICOLSON, &together);
  run_wave(PETSC_COMM_WORLD, HC_CRANK_NICOLSON, &again);
  for (int64_t i = 0; i < alone.n_nodes; i++) {
    ck_assert_double_gt(alone.activation[i], 0);
    ck_assert_double_eq_tol(together.activation[i], alone.activation[i], 1e-6);
    ck_assert_double_eq_tol(together.v[i], alone.v[i], 1e-6);
  }
  ck_assert_int_le(together.iterations, 2 * alone.iterations); /* the preconditioner stops at the borders of ranks */
  ck_assert_int_eq(memcmp(again.v, together.v, (size_t)alone.n_nodes * sizeof(double)), 0);
  ck_assert_int_eq(again.iterations, together.iterations);
  ck_assert_double_gt(alone.activation[alone.n_nodes - 1], alone.activation[0] + 1);
  ck_call(PetscFree2(alone.activation, alone.v));
  ck_call(PetscFree2(together.activation, together.v));
  ck_call(PetscFree2(again.activation, again.v));
}
END_TEST

START_TEST(an_explicit_wave_has_the_same_bits_on_any_number_of_ranks_and_threads)
{
  struct wave alone, together;

  run_wave(PETSC_COMM_SELF, HC_RKL1, &alone);
  hc_threads_set(3);
  run_wave(PETSC_COMM_WORLD, HC_RKL1, &together);
  hc_threads_set(1);
  ck_assert_int_eq(memcmp(alone.v, together.v, (size_t)alone.n_nodes * sizeof(double)), 0);
  ck_assert_int_eq(memcmp(alone.activation, together.activation, (size_t)alone.n_nodes * sizeof(double)), 0);
  ck_assert_double_gt(alone.activation[alone.n_nodes - 1], alone.activation[0] + 1);
  ck_call(PetscFree2(alone.activation, alone.v));
  ck_call(PetscFree2(together.activation, together.v));
}
END_TEST

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

/* A resting tissue takes long steps, at most 10 of 0.05 ms, which end where evaluations are due, before a stimulus, and
 * where the caller says. */
START_TEST(long_steps_end_before_what_matters)
{
  struct blocks b;
  struct setup s;
  struct hc_clock clock = {0, 0.05};
  char message[256];
  int64_t longest = 0;
  bool bad;

  fill(&b);
  b.entry[0].cell.model = ttp06;
  stimulate_corner(&b);
  b.stimulus[0].start = 10.15; /* step 203 */
  b.diffusion.method = _i ? HC_RKL1 : HC_CRANK_NICOLSON;
  b.params.dt = clock.dt;
  b.params.adaptive = true;
  b.params.max_step = 0.5;
  b.params.tolerance = 0.1;
  set_up(&s, &b);
  ck_assert_int_eq(hc_monodomain_ahead(s.model, &clock, 100), 1);
  while (clock.step < 260) {
    const int64_t n = hc_monodomain_ahead(s.model, &clock, 157 - clock.step % 157);
    ck_assert_int_ge(n, 1);
    ck_assert(clock.step >= 157 || clock.step + n <= 157);
    ck_assert_msg(clock.step >= 203 ? n == 1 : clock.step + n <= 203, "%d steps from %d on", (int)n, (int)clock.step);
    ck_assert_int_le(clock.step % 10 + n, 10);
    ck_call(hc_monodomain_steps(s.model, &clock, n));
    clock.step += n;
    ck_call(hc_monodomain_watch(s.model, &clock, true, &bad, message, sizeof message));
    ck_assert_msg(!bad, "%s", message);
    longest = n > longest ? n : longest;
  }
  ck_assert_int_eq(longest, _i ? 10 : 1);
  ck_assert_int_eq(s.model->long_steps > 15, _i);
  destroy(&s);
}
END_TEST

/* ---- Watch ------------------------------------------------------------------------------------------------------- */

/* V at a node of the file. */
static void set_v(struct setup *s, int64_t node, double v)
{
  for (int i = 0; i < s->mesh->n_owned; i++)
    if (s->mesh->file_node[i] == node)
      s->model->v[i] = v;
}

START_TEST(a_bad_voltage_is_found_and_named)
{
  const struct hc_clock clock = {1200, 0.05};
  struct blocks b;
  struct setup s;
  char message[256];
  double *h;
  bool bad;

  fill(&b);
  set_up(&s, &b);
  ck_call(hc_monodomain_watch(s.model, &clock, true, &bad, message, sizeof message));
  ck_assert(!bad);
  set_v(&s, 20, NAN); /* lattice node (3, 1, 0) */
  ck_call(hc_monodomain_watch(s.model, &clock, false, &bad, message, sizeof message));
  ck_assert(bad);
  ck_assert_str_eq(message, "step 1200 (t = 60 ms): V = nan mV at node 20 (0.75, 0.25, 0 mm); allowed -200 to 200 mV");
  set_v(&s, 20, 1234.5);
  ck_call(hc_monodomain_watch(s.model, &clock, false, &bad, message, sizeof message));
  ck_assert(bad);
  ck_assert_str_eq(message,
                   "step 1200 (t = 60 ms): V = 1234.5 mV at node 20 (0.75, 0.25, 0 mm); allowed -200 to 200 mV");
  set_v(&s, 20, -80);

  ck_call(PetscMalloc1(s.mesh->n_owned, &h));
  for (int i = 0; i < s.mesh->n_owned; i++)
    h[i] = s.mesh->file_node[i] == 20 ? NAN : 1;
  ck_call(hc_kinetics_set(s.model->kinetics, "h", h));
  ck_call(hc_monodomain_watch(s.model, &clock, false, &bad, message, sizeof message));
  ck_assert(!bad);
  ck_call(hc_monodomain_watch(s.model, &clock, true, &bad, message, sizeof message));
  ck_assert(bad);
  ck_assert_ptr_nonnull(
      strstr(message, "V = -80 mV, but another state of mitchell_schaeffer is not finite, at node 20 "));
  ck_call(PetscFree(h));
  destroy(&s);
}
END_TEST

START_TEST(a_step_that_fails_names_the_node)
{
  struct hc_clock clock = {7, 0.1};
  struct blocks b;
  struct setup s;

  fill(&b);
  set_up(&s, &b);
  set_v(&s, 20, NAN);
  ck_call_fails(hc_monodomain_step(s.model, &clock), HC_ERR_NUMERIC,
                "step 8 (t = 0.8 ms): V = nan mV at node 20 (0.75, 0.25, 0 mm)");
  destroy(&s);

  stimulate_corner(&b);
  b.diffusion.max_iterations = 1; /* nothing wrong with V */
  set_up(&s, &b);
  ck_call_fails(hc_monodomain_step(s.model, &(struct hc_clock){0, 0.1}), HC_ERR_NUMERIC, "the solver gave up after 1");
  destroy(&s);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("model");
  TCase *cells = tcase_create("cells"), *step = tcase_create("steps"), *watch = tcase_create("watch");

  tcase_add_test(cells, the_first_entry_that_fits_counts);
  tcase_add_test(cells, cells_must_fit_the_mesh);
  tcase_add_test(cells, a_gradient_gives_each_node_what_it_has_alone);
  tcase_add_test(cells, fields_must_fit_the_parameters);
  tcase_add_test(cells, weights_are_the_cost_of_the_entry);
  tcase_add_test(step, a_stimulus_charges_the_membrane);
  tcase_add_test(step, a_clamp_holds_through_every_stage);
  tcase_add_test(step, a_clamp_lasts_a_step_at_least);
  tcase_add_loop_test(step, long_steps_end_before_what_matters, 0, 2);
  tcase_add_test(step, a_wave_is_the_same_on_any_number_of_ranks);
  tcase_add_test(step, an_explicit_wave_has_the_same_bits_on_any_number_of_ranks_and_threads);
  tcase_add_test(watch, a_bad_voltage_is_found_and_named);
  tcase_add_test(watch, a_step_that_fails_names_the_node);
  suite_add_tcase(s, cells);
  suite_add_tcase(s, step);
  suite_add_tcase(s, watch);
  return s;
}

HC_CHECK_MAIN(suite)
