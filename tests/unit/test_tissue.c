/* Fibres read from the mesh or uniform, and conductivity tensors by region. Run: ctest -R test_tissue_np */
#include "tissue.h"

#include "hc_check.h"

#include <math.h>
#include <string.h>

struct fixture {
  struct hc_mesh *mesh;
  struct hc_pattern *pattern;
  struct hc_fields *fields;
};

/* A box of tetrahedra; regions 1 (x < 1/2), 2 and, for one cell in each cube of the far layer, -4. `edit` may change
 * the slab before it is distributed. */
static void fixture_create(void (*edit)(struct hc_slab *slab, int64_t first_cell), struct fixture *f)
{
  const double size[3] = {1., 1., 1.};
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  int rank, n_ranks;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks);
  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_TETRAHEDRON, size, .25, &slab));
  const int64_t first = hc_slab_start(slab->n_cells, rank, n_ranks);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++)
    slab->region[c] = (first + c) / 6 % 4 < 2 ? 1 : (first + c) % 6 == 5 ? -4 : 2;
  if (edit)
    edit(slab, first);
  ck_call(hc_mesh_create(slab, &options, &f->mesh));
  ck_call(hc_fe_pattern(f->mesh, &f->pattern));
  ck_call(hc_fields_create(f->mesh, &f->fields));
  ck_call(hc_fields_from_slab(slab, f->fields));
  hc_slab_destroy(&slab);
}

static void fixture_destroy(struct fixture *f)
{
  hc_fields_destroy(&f->fields);
  hc_fe_pattern_destroy(&f->pattern);
  hc_mesh_destroy(&f->mesh);
}

static const double *values(const struct fixture *f, const char *name)
{
  const struct hc_field *field = hc_fields_find(f->fields, name, HC_CELL);
  ck_assert_ptr_nonnull(field);
  ck_assert_int_eq(field->n_comp, 3);
  return field->values;
}

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void check_orthonormal(const struct fixture *f)
{
  const double *q[3] = {values(f, "fibre"), values(f, "sheet"), values(f, "normal")};
  for (int c = 0; c < f->mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      for (int m = 0; m < 3; m++)
        ck_assert_double_le(fabs(dot(q[k] + 3 * c, q[m] + 3 * c) - (k == m)), 1e-12);
}

/* ---- Fibres --------------------------------------------------------------------------------------------------------
 */

static void fibre_of(int64_t cell, double a[3])
{
  a[0] = 2. + sin((double)cell);
  a[1] = cos(3. * (double)cell);
  a[2] = .1 * (double)(cell % 7);
}

static void sheet_of(int64_t cell, double a[3])
{
  a[0] = -.3;
  a[1] = 5. * cos((double)cell);
  a[2] = 7.;
}

static void put(struct hc_slab *slab, const char *name, int64_t first, void (*of)(int64_t, double[3]))
{
  struct hc_slab_field *field;
  ck_call(hc_slab_add_field(slab, name, "", HC_CELL, 3, &field));
  for (int64_t c = 0; c < hc_slab_cells(slab); c++)
    of(first + c, field->values + 3 * c);
}

static void with_fibres(struct hc_slab *slab, int64_t first)
{
  put(slab, "fibre", first, fibre_of);
}

static void with_sheets(struct hc_slab *slab, int64_t first)
{
  put(slab, "fibre", first, fibre_of);
  put(slab, "sheet", first, sheet_of);
}

START_TEST(test_read)
{
  const struct hc_fibre_params params = {.rule = HC_FIBRES_MESH};
  struct fixture f;
  fixture_create(_i ? with_sheets : with_fibres, &f);
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  check_orthonormal(&f);
  const double *fibre = values(&f, "fibre"), *sheet = values(&f, "sheet");
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    double a[3], s[3];
    fibre_of(f.mesh->file_cell[c], a);
    sheet_of(f.mesh->file_cell[c], s);
    ck_assert_double_eq_tol(dot(a, fibre + 3 * c), sqrt(dot(a, a)), 1e-13);
    if (_i == 0)
      continue;
    const double along = dot(s, fibre + 3 * c), across = sqrt(dot(s, s) - along * along);
    ck_assert_double_eq_tol(dot(s, sheet + 3 * c), across, 1e-12); /* in the plane of both, on the given side */
  }
  fixture_destroy(&f);
}
END_TEST

static int fault;

/* Two bad cells: the lower in the file must be reported, whatever the ranks. */
static void spoil(struct hc_slab *slab, int64_t first)
{
  with_sheets(slab, first);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    double *fibre = slab->fields[0].values + 3 * c, *sheet = slab->fields[1].values + 3 * c;
    if (first + c != 123 && first + c != 300)
      continue;
    if (fault == 0)
      fibre[0] = fibre[1] = fibre[2] = 0.;
    else if (fault == 1)
      fibre[1] = NAN;
    else if (fault == 2)
      sheet[0] = sheet[1] = sheet[2] = 0.;
    else if (fault == 3)
      sheet[2] = INFINITY;
    else
      memcpy(sheet, fibre, 3 * sizeof(*sheet));
  }
}

START_TEST(test_read_errors)
{
  static const char *const text[5] = {"the fibre has length zero", "the fibre is not finite",
                                      "the sheet direction has length zero", "the sheet direction is not finite",
                                      "the sheet direction is parallel to the fibre"};
  const struct hc_fibre_params params = {.rule = HC_FIBRES_MESH};
  struct fixture f;
  fault = _i;
  fixture_create(spoil, &f);
  const PetscErrorCode code = hc_fibres(f.mesh, f.pattern, &params, f.fields);
  ck_assert_int_eq(code, HC_ERR_INPUT);
  ck_assert_ptr_nonnull(strstr(hc_error_message(), text[_i]));
  ck_assert_ptr_nonnull(strstr(hc_error_message(), "cell 123 near"));
  hc_error_clear();
  fixture_destroy(&f);
}
END_TEST

static void two_components(struct hc_slab *slab, int64_t first)
{
  struct hc_slab_field *field;
  (void)first;
  ck_call(hc_slab_add_field(slab, "fibre", "", HC_CELL, 2, &field));
}

START_TEST(test_missing)
{
  const struct hc_fibre_params params = {.rule = HC_FIBRES_MESH};
  struct fixture f;
  fixture_create(NULL, &f);
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT, "no cell field \"fibre\"");
  fixture_destroy(&f);
  fixture_create(two_components, &f);
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT, "has 2 components; 3 are needed");
  fixture_destroy(&f);
}
END_TEST

START_TEST(test_uniform)
{
  double along[3] = {0., 3., 4.}, sheet[3] = {0., 0., 2.}, zero[3] = {0., 0., 0.}, same[3] = {0., -6., -8.};
  struct hc_fibre_params params = {.rule = HC_FIBRES_UNIFORM, .direction = {3, along}};
  struct fixture f;
  fixture_create(NULL, &f);
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  check_orthonormal(&f);
  params.sheet = (struct hc_reals){3, sheet};
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  check_orthonormal(&f);
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    ck_assert_double_eq_tol(values(&f, "fibre")[3 * c + 1], .6, 1e-15);
    ck_assert_double_eq_tol(values(&f, "sheet")[3 * c + 1], -.8, 1e-15);
    ck_assert_double_eq_tol(values(&f, "sheet")[3 * c + 2], .6, 1e-15);
    ck_assert_double_eq_tol(values(&f, "normal")[3 * c], 1., 1e-15);
  }
  params.sheet.v = same;
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT, "parallel to the fibre");
  params.direction.v = zero;
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT, "length zero");
  fixture_destroy(&f);
}
END_TEST

/* ---- Tensors -------------------------------------------------------------------------------------------------------
 */

static int64_t tag1[1] = {1}, tag2[2] = {2, -4}, tag3[1] = {3};
static double full[3] = {.3, .2, .1}, two[2] = {.5, .25}, one[1] = {.4}, negative[1] = {-.1}, nil[1] = {0.};

struct tensors {
  struct fixture f;
  double *diffusion, *intracellular;
};

static void tensors_create(struct tensors *t)
{
  const struct hc_fibre_params params = {.rule = HC_FIBRES_MESH};
  fixture_create(with_sheets, &t->f);
  ck_call(hc_fibres(t->f.mesh, t->f.pattern, &params, t->f.fields));
  ck_call(PetscMalloc2((size_t)6 * (size_t)t->f.mesh->n_cells_local, &t->diffusion,
                       (size_t)6 * (size_t)t->f.mesh->n_cells_local, &t->intracellular));
}

static void tensors_destroy(struct tensors *t)
{
  ck_call(PetscFree2(t->diffusion, t->intracellular));
  fixture_destroy(&t->f);
}

/* a . D b */
static double form(const double d[6], const double a[3], const double b[3])
{
  return d[0] * a[0] * b[0] + d[1] * a[1] * b[1] + d[2] * a[2] * b[2] + d[3] * (a[0] * b[1] + a[1] * b[0]) +
         d[4] * (a[1] * b[2] + a[2] * b[1]) + d[5] * (a[0] * b[2] + a[2] * b[0]);
}

static PetscErrorCode run(struct tensors *t, struct hc_region_params *regions, int n)
{
  const struct hc_tissue_params params = {
      .surface_to_volume = 140., .capacitance = .01, .regions = {.n = n, .items = regions}};
  return hc_tissue_tensors(t->f.mesh, t->f.fields, &params, NULL, t->diffusion, t->intracellular, NULL);
}

/* The frame's axes are eigenvectors with the wanted eigenvalues. */
static void check_eigen(const struct tensors *t, const double *tensor, int c, const double expected[3])
{
  const double *q[3] = {values(&t->f, "fibre"), values(&t->f, "sheet"), values(&t->f, "normal")};
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++)
      ck_assert_double_eq_tol(form(tensor + 6 * c, q[k] + 3 * c, q[m] + 3 * c), k == m ? expected[k] : 0., 1e-13);
}

START_TEST(test_tensors)
{
  struct hc_region_params regions[2] = {
      {.tags = {1, tag1}, .intracellular = {3, full}, .extracellular = {2, two}, .scale = 2.},
      {.conductivity = {1, one}, .scale = .5}};
  struct tensors t;
  tensors_create(&t);
  ck_call(run(&t, regions, 2));
  for (int c = 0; c < t.f.mesh->n_cells_local; c++) {
    const double product = 140. * .01;
    if (t.f.mesh->region[c] == 1) {
      const double si[3] = {.6, .4, .2}, se[3] = {1., .5, .5};
      double d[3];
      for (int k = 0; k < 3; k++)
        d[k] = 1. / (1. / si[k] + 1. / se[k]) / product; /* in series */
      check_eigen(&t, t.diffusion, c, d);
      check_eigen(&t, t.intracellular, c, si);
    } else {
      check_eigen(&t, t.diffusion, c, (const double[3]){.2 / product, .2 / product, .2 / product});
      check_eigen(&t, t.intracellular, c, (const double[3]){.2, .2, .2});
    }
  }
  tensors_destroy(&t);
}
END_TEST

/* The benchmark slab's well-known values: 0.1334 and 0.0176 S/m effective; D = sigma / 1.4 mm2/ms. */
START_TEST(test_niederer)
{
  double inside[3] = {.17, .019, .019}, outside[3] = {.62, .24, .24};
  struct hc_region_params region = {.intracellular = {3, inside}, .extracellular = {3, outside}, .scale = 1.};
  struct tensors t;
  tensors_create(&t);
  ck_call(run(&t, &region, 1));
  const double *fibre = values(&t.f, "fibre"), *sheet = values(&t.f, "sheet");
  for (int c = 0; c < t.f.mesh->n_cells_local; c++) {
    ck_assert_double_eq_tol(form(t.diffusion + 6 * c, fibre + 3 * c, fibre + 3 * c), .13342 / 1.4, 1e-5);
    ck_assert_double_eq_tol(form(t.diffusion + 6 * c, sheet + 3 * c, sheet + 3 * c), .017606 / 1.4, 1e-6);
  }
  tensors_destroy(&t);
}
END_TEST

START_TEST(test_tensor_errors)
{
  const struct hc_reals si = {3, full}, se = {1, one}, bad = {1, negative}, zero = {1, nil};
  const struct hc_ints t1 = {1, tag1}, t2 = {2, tag2}, t3 = {1, tag3};
  const struct {
    const char *text;
    int n;
    struct hc_region_params regions[3];
  } cases[] = {
      {"region -4 of the mesh (cell 17) has no conductivity",
       2,
       {{.tags = t1, .conductivity = si, .scale = 1}, {.tags = {1, tag2}, .conductivity = si, .scale = 1}}},
      {"region 2 of the mesh (cell 12) has no conductivity", 1, {{.tags = t1, .conductivity = si, .scale = 1}}},
      {"region 1 is named twice",
       3,
       {{.tags = t1, .conductivity = si, .scale = 1},
        {.tags = t2, .conductivity = si, .scale = 1},
        {.tags = t1, .conductivity = si, .scale = 1}}},
      {"no cell of the mesh has region 3",
       2,
       {{.conductivity = si, .scale = 1}, {.tags = t3, .conductivity = si, .scale = 1}}},
      {"a second entry without tags", 2, {{.conductivity = si, .scale = 1}, {.conductivity = si, .scale = 1}}},
      {"one kind only", 1, {{.conductivity = si, .intracellular = si, .extracellular = se, .scale = 1}}},
      {"the region has no conductivity", 1, {{.scale = 1}}},
      {"must be given together", 1, {{.intracellular = si, .scale = 1}}},
      {"must be given together", 1, {{.extracellular = si, .scale = 1}}},
      {"found -0.1 S/m", 1, {{.conductivity = bad, .scale = 1}}},
      {"allowed: finite, not negative", 1, {{.conductivity = si, .scale = NAN}}},
      {"no conductivity", 0, {{0}}},
  };
  struct tensors t;
  tensors_create(&t);
  for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
    struct hc_region_params regions[3];
    memcpy(regions, cases[k].regions, sizeof(regions));
    ck_call_fails(run(&t, regions, cases[k].n), HC_ERR_INPUT, cases[k].text);
  }
  /* An insulator is allowed: a scar. */
  struct hc_region_params scar = {.intracellular = zero, .extracellular = zero, .scale = 1.};
  ck_call(run(&t, &scar, 1));
  for (int m = 0; m < 6 * t.f.mesh->n_cells_local; m++)
    ck_assert(t.diffusion[m] == 0.);
  tensors_destroy(&t);
}
END_TEST

/* What a case file without these keys gets. */
START_TEST(test_defaults)
{
  struct hc_fibre_params fibres;
  struct hc_tissue_params tissue;
  struct hc_params *a, *b;
  ck_call(hc_params_defaults(&hc_fibre_block, &fibres, &a));
  ck_assert_int_eq(fibres.rule, HC_FIBRES_UNIFORM);
  ck_assert_int_eq(fibres.direction.n, 3);
  ck_assert_double_eq(fibres.direction.v[0], 1.);
  ck_assert_int_eq(fibres.sheet.n, 0);
  ck_assert_double_eq(fibres.alpha_endo, 60.);
  ck_assert_double_eq(fibres.alpha_epi, -60.);
  ck_assert_double_eq(fibres.beta_endo, -65.);
  ck_assert_double_eq(fibres.beta_epi, 25.);
  ck_assert_int_eq(fibres.rv, 0);
  ck_call(hc_params_defaults(&hc_tissue_block, &tissue, &b));
  ck_assert_double_eq(tissue.surface_to_volume, 140.);
  ck_assert_double_eq(tissue.capacitance, .01);
  hc_params_destroy(&a);
  hc_params_destroy(&b);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tissue");
  TCase *t = tcase_create("tissue");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, test_read, 0, 2);
  tcase_add_loop_test(t, test_read_errors, 0, 5);
  tcase_add_test(t, test_missing);
  tcase_add_test(t, test_uniform);
  tcase_add_test(t, test_defaults);
  tcase_add_test(t, test_tensors);
  tcase_add_test(t, test_niederer);
  tcase_add_test(t, test_tensor_errors);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
