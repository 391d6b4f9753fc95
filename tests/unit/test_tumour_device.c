/* Tumours on the back end named in HC_TEST_BACKEND, against the host. */
#include "tumour_fixture.h"

static struct hc_device *open_device(enum hc_precision precision)
{
  const char *backend = getenv("HC_TEST_BACKEND");
  const struct hc_device_options options = {backend ? backend : "opencl", -1, precision};
  struct hc_device *device;

  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  return device;
}

/* A treated tumour of the model, on the device if there is one. */
static void run(int model, struct hc_device *device, struct grown *g)
{
  static char start[] = "5", drug_start[] = "8", day[] = "12";
  static struct hc_radiotherapy_params course = {
      .start = start, .fractions = 3, .dose = 2, .alpha = 0.1, .alpha_beta = 10, .oer = 3};
  static struct hc_chemotherapy_params drug = {
      .start = drug_start, .cycles = 1, .doses = 3, .period = 28, .dose = 1, .kill = 2, .decay = 9.24};
  static struct hc_surgery_params resection = {.day = day, .radius = NAN, .threshold = 0.25, .margin = 1};
  struct box b = box_of(12, 1);

  b.tumour.model = model;
  b.device = device;
  b.therapy.radiotherapy = (struct hc_list){1, &course};
  b.therapy.chemotherapy = (struct hc_list){1, &drug};
  b.therapy.surgery = (struct hc_list){1, &resection};
  grow(&b, g);
  ck_call(hc_tumour_seed(g->tumour));
  ck_call(hc_tumour_advance(g->tumour, 20.3));
}

/* Largest difference of a species, and its largest value on the host. */
static void compare(struct grown *a, struct grown *b, int species, double *difference, double *most)
{
  const double *x = hc_tumour_species(a->tumour, species, false), *y = hc_tumour_species(b->tumour, species, false);
  double both[2] = {0, 0};

  for (int i = 0; i < a->mesh->n_owned; i++) {
    both[0] = fmax(both[0], fabs(x[i] - y[i]));
    both[1] = fmax(both[1], fabs(y[i]));
  }
  MPI_Allreduce(MPI_IN_PLACE, both, 2, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  *difference = both[0];
  *most = both[1];
}

static void check(enum hc_precision precision, double tolerance)
{
  struct hc_device *device = open_device(precision);

  for (int model = 0; model < 3; model++) {
    struct grown there, here;
    struct hc_ledger ledgers[2];
    double difference, most;
    run(model, device, &there);
    run(model, NULL, &here);
    for (int k = 0; k < here.tumour->n_species; k++) {
      compare(&there, &here, k, &difference, &most);
      ck_assert_double_gt(most, 0);
      ck_assert_msg(difference <= tolerance * most, "model %d, species %d: %g of %g", model, k, difference, most);
    }
    ck_call(hc_tumour_ledger(there.tumour, &ledgers[0]));
    ck_call(hc_tumour_ledger(here.tumour, &ledgers[1]));
    ck_assert_double_eq_tol(ledgers[0].grown, ledgers[1].grown, 10 * tolerance * ledgers[1].grown);
    ck_assert_double_eq_tol(ledgers[0].rays, ledgers[1].rays, 10 * tolerance * ledgers[1].rays);
    drop(&there);
    drop(&here);
  }
  ck_assert_ptr_null(hc_device_failure(device));
  hc_device_close(&device);
}

START_TEST(a_device_grows_the_same_tumour)
{
  check(HC_DOUBLE, 1e-12);
}
END_TEST

START_TEST(single_precision_is_as_good_as_its_digits)
{
  check(HC_FLOAT, 1e-4);
}
END_TEST

/* Displacements are solved on the host, and the matrix that stress damps goes back to the device. */
START_TEST(stress_damps_on_a_device_too)
{
  static int64_t sides[] = {1, 2, 3, 4, 5, 6};
  const struct hc_stiffness_params soft = {.young = 1.9, .poisson = 0.4};
  const struct hc_mechanics_params mechanics = {.coupling = 5,
                                                .damping = 4,
                                                .every = 4,
                                                .white = soft,
                                                .grey = soft,
                                                .tumour = {.young = NAN, .poisson = NAN},
                                                .fixed = {6, sides},
                                                .tolerance = 1e-11};
  struct hc_device *device = open_device(HC_DOUBLE);
  struct box b = box_of(12, 1);
  struct grown there, here, free;
  double difference, most, effect;

  b.tumour.diffusivity = 0.4;
  b.tumour.proliferation = 0.2;
  b.mechanics = &mechanics;
  b.device = device;
  grow(&b, &there);
  b.device = NULL;
  grow(&b, &here);
  b.mechanics = NULL;
  grow(&b, &free);
  ck_call(hc_tumour_seed(there.tumour));
  ck_call(hc_tumour_seed(here.tumour));
  ck_call(hc_tumour_seed(free.tumour));
  ck_call(hc_tumour_advance(there.tumour, 14));
  ck_call(hc_tumour_advance(here.tumour, 14));
  ck_call(hc_tumour_advance(free.tumour, 14));
  compare(&there, &here, 0, &difference, &most);
  ck_assert_msg(difference <= 1e-10 * most, "%g of %g", difference, most);
  compare(&free, &here, 0, &effect, &most);
  ck_assert_double_gt(effect, 0.01 * most);
  drop(&there);
  drop(&here);
  drop(&free);
  ck_assert_ptr_null(hc_device_failure(device));
  hc_device_close(&device);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tumour on a device");
  TCase *c = tcase_create("tumour on a device");
  tcase_set_timeout(c, 100);
  tcase_add_test(c, a_device_grows_the_same_tumour);
  tcase_add_test(c, single_precision_is_as_good_as_its_digits);
  tcase_add_test(c, stress_damps_on_a_device_too);
  suite_add_tcase(s, c);
  return s;
}
HC_CHECK_MAIN(suite)
