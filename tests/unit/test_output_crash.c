/* What a kill leaves behind: every state of the folder that a run killed at any moment can leave is made here by
 * copying files about, then continued from a checkpoint's number of frames, and the final results.h5 must be that of an
 * undisturbed run. */
#include "test_output_fixture.h"

static struct hc_mesh *mesh;
static struct hc_fields *fields;
static char folder[64];

static void make_all(void)
{
  make_mesh(HC_TETRAHEDRON, (double[]){4, 3, 2}, 0.5, NULL, &mesh, &fields);
}

static void free_all(void)
{
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}

static void set_up(void)
{
  make_folder(folder);
}

static void tear_down(void)
{
  remove_folder(folder);
}

static PetscErrorCode begin(int64_t frames_before, struct hc_results **results)
{
  const struct hc_output_params params = test_params(32);
  return hc_results_create(mesh, folder, &params, fields, 3, test_fields, frames_before, results);
}

/* Frames [first, last), a commit after every third (counted from 0). */
static void put_frames(struct hc_results *results, int64_t first, int64_t last)
{
  for (int64_t s = first; s < last; s++) {
    ck_call(put_frame(mesh, results, s));
    if (s % 3 == 2)
      ck_call(hc_results_commit(results));
  }
}

/* Commits at 3, 6, 9 frames; frame 9 and 10 are in the open segment. Left as a kill would leave it. */
static void run_until_killed(void)
{
  struct hc_results *results;
  ck_call(begin(0, &results));
  put_frames(results, 0, 11);
  shell(folder, "mkdir killed && cp results* killed/ && head -c 3000 results.part3.h5 > killed/results.part3.h5");
  hc_results_destroy(&results);
  shell(folder, "rm -f results*; mv killed/* .; rmdir killed");
}

/* Continue from `frames` frames to 12 and join. */
static void finish_from(int64_t frames)
{
  struct hc_results *results;
  ck_call(begin(frames, &results));
  ck_assert_int_eq(hc_results_frames(results), frames);
  put_frames(results, frames, 12);
  ck_call(put_map(mesh, results, "activation", 1));
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  check_frames(folder, "results.h5", 32, mesh->n_nodes, 0, 12);
  check_map(folder, "results.h5", "activation", mesh->n_nodes, 1);
  shell(folder, "test \"$(ls | tr '\\n' ' ')\" = 'results.h5 results.xdmf '");
}

/* Killed between commits; the last checkpoint counts on 9, 6 or 3 frames (it is written after the commit). */
START_TEST(killed_while_running)
{
  run_until_killed();
  check_frames(folder, "results.h5", 32, mesh->n_nodes, 0, 3); /* readable before any restart */
  check_frames(folder, "results.part1.h5", 32, mesh->n_nodes, 3, 3);
  check_frames(folder, "results.part2.h5", 32, mesh->n_nodes, 6, 3);
  finish_from(_i);
}
END_TEST

/* Killed while the joined copy was being written. */
START_TEST(killed_while_joining)
{
  run_until_killed();
  shell(folder, "head -c 5000 results.part1.h5 > results.h5.tmp; cp results.h5.tmp results.xdmf.tmp");
  finish_from(9);
}
END_TEST

/* Killed after the joined file got its name, with all, some or none of the parts deleted; continued from the last or an
 * earlier checkpoint. */
START_TEST(killed_after_joining)
{
  static const char *const lost[] = {"true", "rm results.part3.h5", "rm results.part3.h5 results.part2.h5",
                                     "rm results.part*"};
  struct hc_results *results;

  ck_call(begin(0, &results));
  put_frames(results, 0, 11);
  ck_call(hc_results_commit(results));
  shell(folder, "mkdir parts && cp results.part*.h5 parts/");
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  shell(folder, "mv parts/* . && rmdir parts");
  shell(folder, lost[_i % 4]);
  check_frames(folder, "results.h5", 32, mesh->n_nodes, 0, 11);
  finish_from(_i < 4 ? 9 : _i < 8 ? 3 : 11);
}
END_TEST

/* Killed on restart from an earlier checkpoint: between deleting parts and cutting the joined file, or with the cut
 * copy unfinished. */
START_TEST(killed_while_cutting)
{
  struct hc_results *results;

  ck_call(begin(0, &results));
  put_frames(results, 0, 11);
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  shell(folder, "head -c 4000 results.h5 > results.h5.tmp");
  finish_from(3 + _i);
}
END_TEST

/* Killed after a commit that had only maps, and twice in a row. */
START_TEST(killed_twice)
{
  struct hc_results *results;

  run_until_killed();
  ck_call(begin(6, &results));
  ck_call(put_map(mesh, results, "activation", 7));
  ck_call(hc_results_commit(results));
  put_frames(results, 6, 10);
  shell(folder, "mkdir killed && cp results* killed/");
  hc_results_destroy(&results);
  shell(folder, "rm -f results*; mv killed/* .; rmdir killed");
  check_map(folder, "results.part2.h5", "activation", mesh->n_nodes, 7);
  finish_from(9);
}
END_TEST

/* A run that stops with an error keeps what it had, without joining. */
START_TEST(destroyed_without_finish)
{
  struct hc_results *results;

  ck_call(begin(0, &results));
  put_frames(results, 0, 5);
  hc_results_destroy(&results);
  check_frames(folder, "results.h5", 32, mesh->n_nodes, 0, 3);
  check_frames(folder, "results.part1.h5", 32, mesh->n_nodes, 3, 2);
  finish_from(3);
}
END_TEST

/* A new run in the folder of an old one starts from nothing. */
START_TEST(new_run_in_an_old_folder)
{
  run_until_killed();
  finish_from(0);
}
END_TEST

START_TEST(what_cannot_be_continued_is_refused)
{
  const struct hc_output_params params = test_params(32);
  const struct hc_results_field other[] = {{.name = "V", .unit = "mV", .n_comp = 1},
                                           {.name = "Cai", .unit = "mM", .n_comp = 1}};
  struct hc_results *results;

  run_until_killed();
  ck_call_fails(begin(10, &results), HC_ERR_INPUT, "counts on 10 frames of results, 9 were found");
  ck_call_fails(hc_results_create(mesh, folder, &params, fields, 2, other, 9, &results), HC_ERR_INPUT,
                "output.fields: the frames so far hold W");
  ck_call_fails(hc_results_create(mesh, folder, &params, fields, 1, test_fields, 9, &results), HC_ERR_INPUT,
                "output.fields: the frames so far hold W");
  shell(folder, "head -c 3000 results.part2.h5 > x; mv x results.part2.h5");
  ck_call_fails(begin(9, &results), HC_ERR_INPUT, "counts on 9 frames of results, 6 were found");
  shell(folder, "rm results.h5");
  ck_call_fails(begin(3, &results), HC_ERR_INPUT, "counts on 3 frames of results, 0 were found");
}
END_TEST

/* The restarted run asks for other numbers: it goes on with those of its results. */
START_TEST(precision_is_that_of_the_first_part)
{
  struct hc_output_params params = test_params(64);
  struct hc_results *results;

  params.compression = 0;
  run_until_killed();
  ck_call(hc_results_create(mesh, folder, &params, fields, 3, test_fields, 6, &results));
  put_frames(results, 6, 12);
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  check_frames(folder, "results.h5", 32, mesh->n_nodes, 0, 12);
}
END_TEST

/* A file system of 6 MB that fills up: an error that names file and reason on every rank, and what was committed is
 * whole. */
START_TEST(disk_full)
{
  struct hc_results *results;
  struct hc_output_params params = test_params(64);
  struct hc_mesh *sheet;
  struct hc_fields *sheet_fields;
  int64_t s = 0;
  char disk[64], run[80];
  PetscErrorCode code = 0;

  if (!mount_tiny_disk(6144, disk))
    return;
  snprintf(run, sizeof run, "%s/run", disk);
  params.compression = 0;
  make_mesh(HC_TRIANGLE, (double[]){10, 10, 0}, 0.1, NULL, &sheet, &sheet_fields);
  ck_call(hc_results_create(sheet, run, &params, NULL, 3, test_fields, 0, &results));
  ck_call(put_frame(sheet, results, s++));
  ck_call(hc_results_commit(results));
  while (!code && s < 1000)
    code = put_frame(sheet, results, s++);
  ck_assert_int_eq((int)code, (int)HC_ERR_ENVIRONMENT);
  ck_assert_msg(strstr(hc_error_message(), "/run/results.part1.h5: cannot be written: No space left on device"), "%s",
                hc_error_message());
  ck_call_fails(put_frame(sheet, results, s), HC_ERR_ENVIRONMENT, "cannot be continued");
  hc_results_destroy(&results);
  check_frames(run, "results.h5", 64, sheet->n_nodes, 0, 1);
  unmount_tiny_disk();
  hc_fields_destroy(&sheet_fields);
  hc_mesh_destroy(&sheet);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("output crash");
  TCase *t = tcase_create("kill"), *d = tcase_create("disk");
  tcase_set_timeout(t, 0);
  tcase_set_timeout(d, 0);
  tcase_add_unchecked_fixture(t, make_all, free_all);
  tcase_add_checked_fixture(t, set_up, tear_down);
  tcase_add_loop_test(t, killed_while_running, 9, 10);
  tcase_add_loop_test(t, killed_while_running, 6, 7);
  tcase_add_loop_test(t, killed_while_running, 3, 4);
  tcase_add_test(t, killed_while_joining);
  tcase_add_loop_test(t, killed_after_joining, 0, 12);
  tcase_add_loop_test(t, killed_while_cutting, 0, 9);
  tcase_add_test(t, killed_twice);
  tcase_add_test(t, destroyed_without_finish);
  tcase_add_test(t, new_run_in_an_old_folder);
  tcase_add_test(t, what_cannot_be_continued_is_refused);
  tcase_add_test(t, precision_is_that_of_the_first_part);
  tcase_add_test(d, disk_full);
  suite_add_tcase(s, t);
  suite_add_tcase(s, d);
  return s;
}

HC_CHECK_MAIN(suite)
