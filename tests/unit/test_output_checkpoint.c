/* Checkpoints: exact on any distribution, whole or refused. */
#include "test_output_fixture.h"

enum { WIDTH = 5 };

static const double table[] = {1.0 / 3, -0.0, 1e308, 5e-324};

static double state_of(int64_t node, int c)
{
  return c == 4 ? NAN : (1.0 / 3 + (double)node) * exp(-(double)c);
}

static bool same_bits(double a, double b)
{
  return memcmp(&a, &b, sizeof a) == 0;
}

static PetscErrorCode put(const struct hc_mesh *mesh, const char *path, const char *fingerprint)
{
  double *state, *v, numbers[4] = {0};
  PetscErrorCode code;

  ck_call(PetscMalloc2(WIDTH * mesh->n_owned + 1, &state, mesh->n_owned + 1, &v));
  for (int i = 0; i < mesh->n_owned; i++) {
    v[i] = state_of(mesh->file_node[i], 0);
    for (int c = 0; c < WIDTH; c++)
      state[WIDTH * i + c] = state_of(mesh->file_node[i], c);
  }
  if (world_rank() == 0)
    memcpy(numbers, table, sizeof table);
  const struct hc_checkpoint_item items[] = {
      {"states", true, WIDTH, state}, {"V", true, 1, v}, {"clock", false, 4, numbers}, {"empty", false, 0, numbers}};
  code = hc_checkpoint_write(mesh, path, fingerprint, 4, items);
  ck_call(PetscFree2(state, v));
  return code;
}

static PetscErrorCode get(const struct hc_mesh *mesh, const char *path, const char *fingerprint)
{
  double *state, *v, numbers[4] = {0};
  PetscErrorCode code;

  ck_call(PetscCalloc2(WIDTH * mesh->n_owned + 1, &state, mesh->n_owned + 1, &v));
  const struct hc_checkpoint_item items[] = {
      {"clock", false, 4, numbers}, {"V", true, 1, v}, {"states", true, WIDTH, state}, {"empty", false, 0, numbers}};
  code = hc_checkpoint_read(mesh, path, fingerprint, 4, items);
  if (!code) {
    ck_assert(memcmp(numbers, table, sizeof table) == 0);
    for (int i = 0; i < mesh->n_owned; i++) {
      ck_assert(same_bits(v[i], state_of(mesh->file_node[i], 0)));
      for (int c = 0; c < WIDTH; c++)
        ck_assert(same_bits(state[WIDTH * i + c], state_of(mesh->file_node[i], c)));
    }
  }
  ck_call(PetscFree2(state, v));
  return code;
}

static struct hc_mesh *mesh;
static char folder[64], path[128];

static void set_up(void)
{
  struct hc_fields *fields;
  make_mesh(HC_HEXAHEDRON, (double[]){4, 3, 2}, 0.5, NULL, &mesh, &fields);
  hc_fields_destroy(&fields);
  make_folder(folder);
  snprintf(path, sizeof path, "%s/checkpoint.h5", folder);
}

static void tear_down(void)
{
  remove_folder(folder);
  hc_mesh_destroy(&mesh);
}

START_TEST(exact_on_the_same_ranks)
{
  int n;
  ck_call(put(mesh, path, "abc"));
  ck_call(get(mesh, path, "abc"));
  ck_call(put(mesh, path, "abd")); /* replaces */
  ck_call(get(mesh, path, "abd"));
  ck_assert(!has_file(folder, "checkpoint.h5.tmp"));
  ck_call(hc_checkpoint_shape(COMM, path, "states", &n));
  ck_assert_int_eq(n, WIDTH);
  ck_call(hc_checkpoint_shape(COMM, path, "clock", &n));
  ck_assert_int_eq(n, 4);
  ck_call(hc_checkpoint_shape(COMM, path, "empty", &n));
  ck_assert_int_eq(n, 0);
  ck_call(hc_checkpoint_shape(COMM, path, "V", &n));
  ck_assert_int_eq(n, 1);
  ck_call(hc_checkpoint_shape(COMM, path, "nothing", &n));
  ck_assert_int_eq(n, -1);
}
END_TEST

/* Written by all ranks, read by half of them (1 of 2, 2 of 4), and the other way round. */
START_TEST(exact_on_other_ranks)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_mesh *other = NULL;
  MPI_Comm half;
  int size;

  MPI_Comm_size(COMM, &size);
  MPI_Comm_split(COMM, world_rank() < (size + 1) / 2 ? 0 : MPI_UNDEFINED, 0, &half);
  if (half != MPI_COMM_NULL) {
    ck_call(hc_slab_box(half, HC_HEXAHEDRON, (double[]){4, 3, 2}, 0.5, &slab));
    ck_call(hc_mesh_create(slab, &options, &other));
    hc_slab_destroy(&slab);
  }
  ck_call(put(mesh, path, "abc"));
  if (other) {
    ck_call(get(other, path, "abc"));
    ck_call(put(other, path, "half"));
  }
  MPI_Barrier(COMM);
  ck_call(get(mesh, path, "half"));
  hc_mesh_destroy(&other);
  if (half != MPI_COMM_NULL)
    MPI_Comm_free(&half);
}
END_TEST

START_TEST(another_case_is_refused)
{
  double number;
  const struct hc_checkpoint_item missing = {"nothing", false, 1, &number}, wide = {"clock", false, 1, &number};

  ck_call(put(mesh, path, "abc"));
  ck_call_fails(get(mesh, path, "xyz"), HC_ERR_INPUT, "its fingerprint is abc, this case's is xyz");
  ck_call_fails(hc_checkpoint_read(mesh, path, "abc", 1, &missing), HC_ERR_INPUT, "has no table/nothing");
  ck_call_fails(hc_checkpoint_read(mesh, path, "abc", 1, &wide), HC_ERR_INPUT, "4 x 1 numbers; allowed here: 1 x 1");
  ck_call_fails(get(mesh, "/tmp/no/such/checkpoint.h5", "abc"), HC_ERR_INPUT, "cannot be read: No such file");
  ck_call_fails(get(mesh, "/tmp", "abc"), HC_ERR_INPUT, "/tmp: is not a file");
}
END_TEST

/* A file's bytes, with room for one more. */
static unsigned char *load(const char *name, long *size)
{
  FILE *file = fopen(name, "rb");
  unsigned char *bytes;
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  bytes = malloc((size_t)*size + 1);
  ck_assert_int_eq((long)fread(bytes, 1, (size_t)*size, file), *size);
  fclose(file);
  return bytes;
}

static void store(const char *name, const unsigned char *bytes, long size)
{
  MPI_Barrier(COMM);
  if (world_rank() == 0) {
    FILE *file = fopen(name, "wb");
    ck_assert_int_eq((long)fwrite(bytes, 1, (size_t)size, file), size);
    fclose(file);
  }
  MPI_Barrier(COMM);
}

static void must_refuse(const char *text)
{
  const PetscErrorCode code = get(mesh, path, "abc");
  ck_assert_msg((int)code == (int)HC_ERR_INPUT, "code %d, %s", (int)code, hc_error_message());
  ck_assert_msg(strstr(hc_error_message(), text), "%s", hc_error_message());
}

/* Cut at 60 lengths, one bit flipped at 400 places (the head of the file among them, where HDF5's own structures are),
 * and lengthened: always the same clear refusal. */
START_TEST(damage_is_refused)
{
  unsigned char *bytes;
  long size;

  ck_call(put(mesh, path, "abc"));
  bytes = load(path, &size);
  for (long i = 0; i < 60; i++) {
    store(path, bytes, size * i / 60);
    must_refuse("damaged");
  }
  for (long i = 0; i < 400; i++) {
    const long place = i < 200 ? i * 11 % 2048 : (i * 7919) % size;
    bytes[place] ^= (unsigned char)(1 << i % 8);
    store(path, bytes, size);
    must_refuse("damaged");
    bytes[place] ^= (unsigned char)(1 << i % 8);
  }
  store(path, bytes, size);
  ck_call(get(mesh, path, "abc"));
  bytes[size] = 0;
  store(path, bytes, size + 1);
  must_refuse("damaged");
  free(bytes);
}
END_TEST

/* A kill while the next one is written leaves a temporary file beside the last good one. */
START_TEST(unfinished_file_does_no_harm)
{
  ck_call(put(mesh, path, "abc"));
  shell(folder, "head -c 1000 checkpoint.h5 > checkpoint.h5.tmp");
  ck_call(get(mesh, path, "abc"));
  ck_call(put(mesh, path, "abd"));
  ck_call(get(mesh, path, "abd"));
  ck_assert(!has_file(folder, "checkpoint.h5.tmp"));
}
END_TEST

/* No room for the next one: refused with the reason, and the last one stays. */
START_TEST(disk_full)
{
  char disk[64], file[96];

  if (!mount_tiny_disk(400, disk))
    return;
  snprintf(file, sizeof file, "%s/checkpoint.h5", disk);
  ck_call(put(mesh, file, "abc"));
  shell(disk, "head -c 200000 /dev/zero > ballast");
  ck_call_fails(put(mesh, file, "abd"), HC_ERR_ENVIRONMENT,
                "/checkpoint.h5.tmp: cannot be written: No space left on device");
  ck_call(get(mesh, file, "abc"));
  ck_assert(!has_file(disk, "checkpoint.h5.tmp"));
  MPI_Barrier(COMM);
  unmount_tiny_disk();
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("output checkpoint");
  TCase *t = tcase_create("checkpoint");
  tcase_set_timeout(t, 0);
  tcase_add_checked_fixture(t, set_up, tear_down);
  tcase_add_test(t, exact_on_the_same_ranks);
  tcase_add_test(t, exact_on_other_ranks);
  tcase_add_test(t, another_case_is_refused);
  tcase_add_test(t, damage_is_refused);
  tcase_add_test(t, unfinished_file_does_no_harm);
  tcase_add_test(t, disk_full);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
