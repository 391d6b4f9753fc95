/* What is made of velocity curves: factors, grids, tensors. Run: ctest -R test_tissue_velocity */
#include "hc_check.h"
#include "tissue.h"

#include <math.h>
#include <string.h>

/* ---- Curves ------------------------------------------------------------------------------------------------------ */

enum { POINTS = 14 };

/* c0 / (1 + 0.2 eta^2): fronts that coarse meshes slow. */
static double lawful(double eta)
{
  return 2 / (1 + 0.2 * eta * eta);
}

static void make_curve(struct hc_velocity_curve *curve)
{
  double spacing[POINTS], velocity[POINTS];

  for (int i = 0; i < POINTS; i++) {
    spacing[i] = 0.25 * pow(20, i / (POINTS - 1.));
    velocity[i] = lawful(spacing[i]);
  }
  hc_velocity_curve_init(2, POINTS, spacing, velocity, curve);
  ck_assert_int_eq(curve->n, POINTS + 1);
}

/* With D' = D factor(h / sqrt(D)) waves run at sqrt(D') c(h / sqrt(D')) = sqrt(D) c0. */
START_TEST(test_factor)
{
  struct hc_velocity_curve curve;

  make_curve(&curve);
  for (int i = 0; i < 78; i++) {
    const double h = 0.01 * pow(1.07, i), plain = 0.0127, d = plain * hc_velocity_factor(&curve, h / sqrt(plain));
    ck_assert_double_eq_tol(sqrt(d) * lawful(h / sqrt(d)), 2 * sqrt(plain), 3e-3 * 2 * sqrt(plain));
  }
  ck_assert(isnan(hc_velocity_factor(&curve, 1.01 * curve.spacing[POINTS])));
}
END_TEST

START_TEST(test_factor_of_fine_meshes)
{
  struct hc_velocity_curve curve;

  make_curve(&curve);
  ck_assert_double_eq_tol(hc_velocity_factor(&curve, 0), 1, 1e-3);
  for (int i = 0; i < 4; i++) { /* second order in h, as the errors */
    const double h = 0.24 / (1 << i);
    const double ratio = (hc_velocity_factor(&curve, h) - hc_velocity_factor(&curve, 0)) /
                         (hc_velocity_factor(&curve, h / 2) - hc_velocity_factor(&curve, 0));
    ck_assert_double_eq_tol(ratio, 4, 0.05);
  }
}
END_TEST

START_TEST(test_curve_ends)
{
  const double spacing[5] = {0.5, 1, 2, 3, 4};
  struct hc_velocity_curve curve;

  hc_velocity_curve_init(1, 5, spacing, (double[]){0.9, 0.8, 0.5, 0, 0}, &curve); /* fronts stand at 3 */
  ck_assert_int_eq(curve.n, 4);
  ck_assert_double_eq_tol(curve.spacing[3], 4, 1e-14);
  hc_velocity_curve_init(1, 5, spacing, (double[]){0.9, 0.8, 1.7, 0.5, 0.4}, &curve); /* not a wave that slows */
  ck_assert_int_eq(curve.n, 3);
  hc_velocity_curve_init(1, 5, spacing, (double[]){0.9, 0, 0, 0, 0}, &curve); /* too little to go by */
  ck_assert_double_eq(curve.continuum, 0);
  ck_assert(isnan(hc_velocity_factor(&curve, 0.1)));
  hc_velocity_curve_init(0, 0, spacing, NULL, &curve);
  ck_assert_double_eq(curve.continuum, 0);
}
END_TEST

/* Faster on coarse meshes and then slower, as with a consistent mass: no value beyond its neighbours. */
START_TEST(test_curve_does_not_overshoot)
{
  const double spacing[5] = {0.5, 1, 2, 3, 4};
  struct hc_velocity_curve curve;

  hc_velocity_curve_init(1, 5, spacing, (double[]){1.02, 1.05, 1.04, 0.7, 0.4}, &curve);
  for (int i = 1; i + 1 < curve.n; i++)
    for (int k = 0; k <= 10; k++) {
      const double x = curve.spacing[i] + 0.1 * k * (curve.spacing[i + 1] - curve.spacing[i]);
      const double f = sqrt(hc_velocity_factor(&curve, x));
      ck_assert_double_ge(f, fmin(curve.slowing[i], curve.slowing[i + 1]) - 1e-12);
      ck_assert_double_le(f, fmax(curve.slowing[i], curve.slowing[i + 1]) + 1e-12);
    }
}
END_TEST

/* What strays add is made up for: X (1 + stray) is the continuum's diffusion, X being what the corrected diffusion is
 * worth on the mesh. Where that cannot be, the excess says by how much waves are too fast. */
START_TEST(test_strays)
{
  const double plain[3] = {0.09, 0.02, 0.02};
  struct hc_cell_grid grid = {.spacing = {0.3, 0.3, 0.3}};
  struct hc_velocity_curve curve;
  double d[3], excess[3];

  make_curve(&curve);
  for (int k = 0; k < 3; k++)
    for (int t = 0; t < 3; t++)
      grid.strays[k][t] = 0.02 * 0.09;
  ck_assert_int_eq(hc_velocity_diffusion(&curve, &grid, plain, d, excess), -1);
  for (int k = 0; k < 3; k++) {
    const double slow = lawful(0.3 / sqrt(d[k])) / 2, others = d[0] + d[1] + d[2] - d[k];
    const double carried = d[k] * slow * slow * (1 + 0.29 * 4 * others * 0.02 * 0.09 / (d[k] * d[k]));
    ck_assert_double_eq_tol(carried, plain[k], 0.01 * plain[k]);
    ck_assert_double_eq_tol(excess[k], 1, 1e-6);
  }
  grid.strays[1][0] = 0.9;
  ck_assert_int_eq(hc_velocity_diffusion(&curve, &grid, plain, d, excess), -1);
  ck_assert_double_gt(excess[1], 1.5);
  grid.spacing[2] = 20;
  ck_assert_int_eq(hc_velocity_diffusion(&curve, &grid, plain, d, excess), 2);
}
END_TEST

/* ---- Grids ------------------------------------------------------------------------------------------------------- */

struct fixture {
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  double *axes[3];
  struct hc_cell_grid *grids;
};

static double wave(double x)
{
  return 0.05 * sin(40 * x);
}

/* 2 x 1.5 x 1.2 mm: spacings of 0.5, 0.5 and 0.4 mm. askew: nodes are moved about. */
static void fixture_create(MPI_Comm comm, enum hc_cell_type type, bool askew, const double fibre[3],
                           const double sheet[3], struct fixture *f)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  double direction[3] = {fibre[0], fibre[1], fibre[2]}, across[3] = {sheet[0], sheet[1], sheet[2]};
  const struct hc_fibre_params fibres = {.rule = HC_FIBRES_UNIFORM, .direction = {3, direction}, .sheet = {3, across}};
  static const char *const names[3] = {"fibre", "sheet", "normal"};
  struct hc_slab *slab;

  ck_call(hc_slab_box(comm, type, (double[]){2, 1.5, 1.2}, 0.5, &slab));
  for (int64_t i = 0; askew && i < hc_slab_nodes(slab); i++) {
    double *x = &slab->xyz[3 * i];
    const double sum = x[0] + 1.7 * x[1] + 2.3 * x[2];
    x[0] += wave(sum);
    x[1] += wave(sum + 1);
    x[2] += type == HC_TRIANGLE ? 0 : wave(sum + 2);
  }
  ck_call(hc_mesh_create(slab, &options, &f->mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fields_create(f->mesh, &f->fields));
  ck_call(hc_fibres(f->mesh, NULL, &fibres, f->fields));
  for (int k = 0; k < 3; k++)
    f->axes[k] = hc_fields_find(f->fields, names[k], HC_CELL)->values;
  ck_call(PetscMalloc1(f->mesh->n_cells_local, &f->grids));
  ck_call(hc_tissue_grids(f->mesh, (const double *const *)f->axes, f->grids));
}

static void fixture_destroy(struct fixture *f)
{
  ck_call(PetscFree(f->grids));
  hc_fields_destroy(&f->fields);
  hc_mesh_destroy(&f->mesh);
}

static const double along_x[3] = {1, 0, 0}, along_y[3] = {0, 1, 0}, oblique[3] = {1, 2, 1}, upright[3] = {-1, 0, 1};

/* Does a cell lie off the boundary, where the cells at its nodes are those of a whole lattice? */
static bool inside(const struct hc_mesh *mesh, int c)
{
  const int n = hc_cell_nodes(mesh->type);
  bool off = true;

  for (int k = 0; k < n; k++)
    off = off && mesh->surface[mesh->cells[n * c + k]] == 0;
  return off;
}

/* A box of any kind of cells has the spacing of the box, and no strays along its axes. */
START_TEST(test_box)
{
  const enum hc_cell_type type = (enum hc_cell_type)_i;
  const double expected[3] = {0.5, 0.5, 0.4};
  struct fixture f;
  int seen = 0;

  fixture_create(PETSC_COMM_WORLD, type, false, along_x, along_y, &f);
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    for (int k = 0; k < 3; k++)
      for (int t = 0; t < 3; t++)
        ck_assert(t == k || fabs(f.grids[c].strays[k][t]) < 1e-15);
    if (type != HC_HEXAHEDRON && !inside(f.mesh, c))
      continue;
    seen++;
    for (int k = 0; k < (type == HC_TRIANGLE ? 2 : 3); k++)
      ck_assert_double_eq_tol(f.grids[c].spacing[k], expected[k], 1e-12);
  }
  MPI_Allreduce(MPI_IN_PLACE, &seen, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD);
  ck_assert_int_gt(seen, 0);
  fixture_destroy(&f);
}
END_TEST

/* Gradient of the interpolant of u in a tetrahedron by Cramer's rule. */
static void gradient_of(double x[4][3], const double u[4], double gradient[3])
{
  double e[3][3], d[3];

  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < 3; k++)
      e[i][k] = x[i + 1][k] - x[0][k];
    d[i] = u[i + 1] - u[0];
  }
#define DET(a, b, c)                                                                                                   \
  ((a)[0] * ((b)[1] * (c)[2] - (b)[2] * (c)[1]) - (a)[1] * ((b)[0] * (c)[2] - (b)[2] * (c)[0]) +                       \
   (a)[2] * ((b)[0] * (c)[1] - (b)[1] * (c)[0]))
  for (int k = 0; k < 3; k++) {
    double m[3][3];
    memcpy(m, e, sizeof m);
    for (int i = 0; i < 3; i++)
      m[i][k] = d[i];
    gradient[k] = DET(m[0], m[1], m[2]) / DET(e[0], e[1], e[2]);
  }
#undef DET
}

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Spacing squared along the fibre and strays of waves along it, of one tetrahedron. */
static void by_hand(const struct fixture *f, int c, double values[4])
{
  const double *axis[3] = {f->axes[0] + 3 * c, f->axes[1] + 3 * c, f->axes[2] + 3 * c};
  double x[4][3], mean = 0, u[4], gradient[3];

  for (int k = 0; k < 4; k++) {
    memcpy(x[k], f->mesh->xyz + 3 * f->mesh->cells[4 * c + k], sizeof x[k]);
    mean += dot(axis[0], x[k]) / 4;
  }
  values[0] = 0;
  for (int k = 0; k < 4; k++) {
    const double s = dot(axis[0], x[k]) - mean;
    values[0] += 4.8 * s * s / 4;
    u[k] = s * s / 2;
  }
  gradient_of(x, u, gradient);
  for (int t = 0; t < 3; t++)
    values[1 + t] = dot(gradient, axis[t]) * dot(gradient, axis[t]);
}

/* Against sums over all cells of the mesh, and cell by cell on one rank against all. */
START_TEST(test_irregular)
{
  struct fixture f, alone;

  fixture_create(PETSC_COMM_WORLD, HC_TETRAHEDRON, true, oblique, upright, &f);
  fixture_create(PETSC_COMM_SELF, HC_TETRAHEDRON, true, oblique, upright, &alone);
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    const struct hc_cell_grid *other = &alone.grids[f.mesh->file_cell[c]];
    ck_assert_mem_eq(&f.grids[c], other, sizeof *other);
  }
  for (int c = 0; c < alone.mesh->n_cells_local; c++) {
    double mean[4] = {0}, values[4];
    for (int k = 0; k < 4; k++) {
      const int node = alone.mesh->cells[4 * c + k];
      double sum[4] = {0};
      int n = 0;
      for (int other = 0; other < alone.mesh->n_cells_local; other++)
        for (int m = 0; m < 4; m++)
          if (alone.mesh->cells[4 * other + m] == node) {
            by_hand(&alone, other, values);
            n++;
            for (int i = 0; i < 4; i++)
              sum[i] += values[i];
          }
      for (int i = 0; i < 4; i++)
        mean[i] += sum[i] / n / 4;
    }
    ck_assert_double_eq_tol(alone.grids[c].spacing[0], sqrt(mean[0]), 1e-13);
    for (int t = 0; t < 3; t++)
      ck_assert_double_eq_tol(alone.grids[c].strays[0][t], mean[1 + t], 1e-13);
  }
  fixture_destroy(&alone);
  fixture_destroy(&f);
}
END_TEST

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

static char fibre[] = "fibre", sheet[] = "sheet", normal[] = "normal", shet[] = "shet";
static char *all_axes[] = {fibre, sheet, normal}, *wrong_axes[] = {fibre, shet};

struct tensors {
  struct fixture f;
  double *diffusion, *intracellular;
  struct hc_velocity_curve curves[2];
  struct hc_velocity_curves set;
};

static void tensors_create(struct tensors *t)
{
  fixture_create(PETSC_COMM_WORLD, HC_HEXAHEDRON, false, along_x, along_y, &t->f);
  ck_call(PetscMalloc1(6 * t->f.mesh->n_cells_local, &t->diffusion));
  ck_call(PetscMalloc1(6 * t->f.mesh->n_cells_local, &t->intracellular));
  make_curve(&t->curves[0]);
  make_curve(&t->curves[1]);
  t->set.n = 2;
  t->set.curves = t->curves;
  ck_call(PetscCalloc1(t->f.mesh->n_local, &t->set.of_node));
}

static void tensors_destroy(struct tensors *t)
{
  ck_call(PetscFree(t->diffusion));
  ck_call(PetscFree(t->intracellular));
  ck_call(PetscFree(t->set.of_node));
  fixture_destroy(&t->f);
}

static PetscErrorCode make(struct tensors *t, struct hc_region_params *region, int correction,
                           struct hc_region_factors *factors)
{
  const struct hc_tissue_params params = {.surface_to_volume = 140,
                                          .capacitance = .01,
                                          .regions = {.n = 1, .items = region},
                                          .mesh_correction = correction};
  return hc_tissue_tensors(t->f.mesh, t->f.fields, &params, &t->set, t->diffusion, t->intracellular, factors);
}

START_TEST(test_velocity)
{
  double v[3] = {0.6, 0.4, 0.2};
  const double h[3] = {0.5, 0.5, 0.4};
  struct hc_region_params region = {.velocity = {3, all_axes, v}, .scale = 1};
  struct hc_region_factors factors;
  struct tensors t;

  tensors_create(&t);
  ck_call(make(&t, &region, HC_CORRECT_NONE, &factors));
  ck_assert_int_eq((int)factors.cells, (int)t.f.mesh->n_cells);
  for (int c = 0; c < t.f.mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++) {
      const double d = t.diffusion[6 * c + k], plain = v[k] * v[k] / 4;
      ck_assert_double_eq_tol(sqrt(d) * lawful(h[k] / sqrt(d)), v[k], 2e-3 * v[k]);
      ck_assert_double_eq_tol(t.intracellular[6 * c + k], 1.4 * plain, 1e-12);
      ck_assert_double_eq_tol(factors.min[k], d / plain, 1e-9);
      ck_assert_double_eq_tol(factors.max[k], d / plain, 1e-9);
      ck_assert_double_eq_tol(factors.mean[k], d / plain, 1e-9);
      ck_assert_double_eq_tol(factors.excess[k], 1, 1e-6);
    }
  tensors_destroy(&t);
}
END_TEST

/* An axis that is not given has the velocity of the one before; conductivities beside serve the ECG. */
START_TEST(test_defaults)
{
  double v[3] = {0.5, 0.5, 0.5}, inside[3] = {0.3, 0.2, 0.1}, outside[1] = {0.4};
  struct hc_region_params whole = {.velocity = {3, all_axes, v}, .scale = 1};
  struct hc_region_params brief = {
      .velocity = {1, all_axes, v}, .intracellular = {3, inside}, .extracellular = {1, outside}, .scale = 1};
  struct tensors t, other;

  tensors_create(&t);
  tensors_create(&other);
  ck_call(make(&t, &whole, HC_CORRECT_NONE, NULL));
  ck_call(make(&other, &brief, HC_CORRECT_VELOCITY, NULL));
  ck_assert_mem_eq(t.diffusion, other.diffusion, 6 * sizeof(double) * (size_t)t.f.mesh->n_cells_local);
  for (int c = 0; c < t.f.mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(other.intracellular[6 * c + k], inside[k], 1e-15);
  tensors_destroy(&other);
  tensors_destroy(&t);
}
END_TEST

/* The conductivity with the same continuum gets the same diffusion, and keeps its own for the ECG. */
START_TEST(test_correction)
{
  double v[3] = {0.6, 0.4, 0.2}, sigma[3];
  for (int k = 0; k < 3; k++)
    sigma[k] = 1.4 * v[k] * v[k] / 4;
  struct hc_region_params prescribed = {.velocity = {3, all_axes, v}, .scale = 1};
  struct hc_region_params corrected = {.conductivity = {3, sigma}, .scale = 1};
  struct tensors t, other;

  tensors_create(&t);
  tensors_create(&other);
  ck_call(make(&t, &prescribed, HC_CORRECT_NONE, NULL));
  ck_call(make(&other, &corrected, HC_CORRECT_VELOCITY, NULL));
  for (int i = 0; i < 6 * t.f.mesh->n_cells_local; i++) {
    ck_assert_double_eq_tol(t.diffusion[i], other.diffusion[i], 1e-12);
    ck_assert_double_eq_tol(t.intracellular[i], other.intracellular[i], 1e-12);
  }
  ck_call(make(&other, &corrected, HC_CORRECT_NONE, NULL));
  for (int c = 0; c < t.f.mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(other.diffusion[6 * c + k], sigma[k] / 1.4, 1e-15);
  tensors_destroy(&other);
  tensors_destroy(&t);
}
END_TEST

/* Nodes of different curves, and of none: means over those that have one. */
START_TEST(test_mixed_cells)
{
  double v[3] = {0.6, 0.4, 0.2}, diffusion[3];
  struct hc_region_params region = {.velocity = {3, all_axes, v}, .scale = 1};
  struct tensors t;

  tensors_create(&t);
  for (int i = 0; i < t.f.mesh->n_local; i++) /* x = 0: the first; 0.5: none; beyond: the second, twice as fast */
    t.set.of_node[i] = t.f.mesh->xyz[3 * i] < 0.1 ? 0 : t.f.mesh->xyz[3 * i] < 0.6 ? -1 : 1;
  ck_call(make(&t, &region, HC_CORRECT_NONE, NULL));
  for (int k = 0; k < 3; k++)
    diffusion[k] = v[k] * v[k] / 4 * hc_velocity_factor(&t.curves[0], (k == 2 ? 0.4 : 0.5) / (v[k] / 2));
  for (int c = 0; c < t.f.mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(t.diffusion[6 * c + k], diffusion[k], 1e-12);
  tensors_destroy(&t);
}
END_TEST

static void refuse(struct hc_region_params region, const char *text)
{
  struct tensors t;

  tensors_create(&t);
  ck_call_fails(make(&t, &region, HC_CORRECT_NONE, NULL), HC_ERR_INPUT, text);
  tensors_destroy(&t);
}

START_TEST(test_refused)
{
  double v[3] = {0.6, 0.4, 0.2}, fast[3] = {0.6, 5.5, 0.2}, none[3] = {0, 0.4, 0.2}, slow[3] = {0.6, 0.4, 1e-4};
  double one[1] = {0.1};

  refuse((struct hc_region_params){.velocity = {3, all_axes, v}, .scale = 2}, "allowed: 1, since velocities are not");
  refuse((struct hc_region_params){.velocity = {3, all_axes, v}, .conductivity = {1, one}, .scale = 1},
         "given together with `velocity`");
  refuse((struct hc_region_params){.velocity = {3, all_axes, v}, .intracellular = {1, one}, .scale = 1},
         "must be given together");
  refuse((struct hc_region_params){.velocity = {2, wrong_axes, v}, .scale = 1},
         "unknown axis \"shet\"; did you mean \"sheet\"?; allowed: fibre, sheet, normal");
  refuse((struct hc_region_params){.velocity = {2, all_axes + 1, v}, .scale = 1}, "no velocity along the fibre");
  refuse((struct hc_region_params){.velocity = {3, all_axes, fast}, .scale = 1},
         "found 5.5 m/s; allowed: above 0, at most 5");
  refuse((struct hc_region_params){.velocity = {3, all_axes, none}, .scale = 1}, "found 0 m/s");
  refuse((struct hc_region_params){.velocity = {3, all_axes, slow}, .scale = 1},
         "cell 0 of the mesh (0.4 mm along the normal) is too coarse for so slow a wave; allowed: along the normal at "
         "least 0.0267 m/s, or a finer mesh");
}
END_TEST

/* A box of 21 x 21 x 21 cells of 0.5 mm, with nodes at x = y = z = 5 mm (or the whole plane z = 5 mm) lifted. */
static PetscErrorCode make_lifted(double lift, bool plane, struct hc_region_factors *factors)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  double direction[3] = {1, 0, 0}, across[3] = {0, 1, 0}, v[3] = {0.6, 0.4, 0};
  const struct hc_fibre_params fibres = {.rule = HC_FIBRES_UNIFORM, .direction = {3, direction}, .sheet = {3, across}};
  struct hc_region_params region = {.velocity = {3, all_axes, v}, .scale = 1};
  struct tensors t = {.set.n = 1};
  struct hc_slab *slab;
  PetscErrorCode code;

  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, (double[]){10.5, 10.5, 10.5}, 0.5, &slab));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    double *x = &slab->xyz[3 * i];
    if (fabs(x[2] - 5) < 0.01 && (plane || (fabs(x[0] - 5) < 0.01 && fabs(x[1] - 5) < 0.01)))
      x[2] += lift;
  }
  ck_call(hc_mesh_create(slab, &options, &t.f.mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fields_create(t.f.mesh, &t.f.fields));
  ck_call(hc_fibres(t.f.mesh, NULL, &fibres, t.f.fields));
  ck_call(PetscMalloc1(6 * t.f.mesh->n_cells_local, &t.diffusion));
  make_curve(&t.curves[0]);
  t.set.curves = t.curves;
  ck_call(PetscCalloc1(t.f.mesh->n_local, &t.set.of_node));
  v[2] = 0.505 * t.curves[0].continuum / t.curves[0].spacing[t.curves[0].n - 1]; /* to be had on 0.505 mm */
  code = make(&t, &region, HC_CORRECT_NONE, factors);
  ck_call(PetscFree(t.diffusion));
  ck_call(PetscFree(t.set.of_node));
  hc_fields_destroy(&t.f.fields);
  hc_mesh_destroy(&t.f.mesh);
  return code;
}

/* A few cells that are a little too long get what the longest that is not gets; long ones, or many, are refused. */
START_TEST(test_a_few_long_cells)
{
  struct hc_region_factors even, lifted;
  struct hc_velocity_curve curve;

  make_curve(&curve);
  ck_call(make_lifted(0, false, &even));
  ck_call(make_lifted(0.1, false, &lifted));
  ck_assert_double_gt(lifted.max[2], even.max[2]);
  ck_assert_double_lt(lifted.max[2], 1.01 * hc_velocity_factor(&curve, curve.spacing[curve.n - 1]));
  ck_call_fails(make_lifted(0.3, false, &lifted), HC_ERR_INPUT, "is too coarse for so slow a wave");
  ck_call_fails(make_lifted(0.1, true, &lifted), HC_ERR_INPUT, "is too coarse for so slow a wave");
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tissue_velocity");
  TCase *t = tcase_create("curves");
  tcase_add_test(t, test_factor);
  tcase_add_test(t, test_factor_of_fine_meshes);
  tcase_add_test(t, test_curve_ends);
  tcase_add_test(t, test_curve_does_not_overshoot);
  tcase_add_test(t, test_strays);
  suite_add_tcase(s, t);
  t = tcase_create("grids");
  tcase_add_loop_test(t, test_box, 0, 3);
  tcase_add_test(t, test_irregular);
  suite_add_tcase(s, t);
  t = tcase_create("tensors");
  tcase_add_test(t, test_velocity);
  tcase_add_test(t, test_defaults);
  tcase_add_test(t, test_correction);
  tcase_add_test(t, test_mixed_cells);
  tcase_add_test(t, test_refused);
  tcase_add_test(t, test_a_few_long_cells);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
