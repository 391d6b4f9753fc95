/* The main() of every Check program here: MPI and PETSc around one suite, in one process (no fork: MPI would not
 * survive it). */
#ifndef HC_CHECK_H
#define HC_CHECK_H

#include "base.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Fail with the recorded error if a call fails. */
#define ck_call(call)                                                                                                  \
  do {                                                                                                                 \
    const PetscErrorCode ck_code = (call);                                                                             \
    ck_assert_msg(ck_code == 0, "%s: %s\n%s", #call, hc_error_message(), hc_error_trace());                            \
  } while (0)

/* The call must fail with `code` and a message that contains `text`. */
#define ck_call_fails(call, code, text)                                                                                \
  do {                                                                                                                 \
    const PetscErrorCode ck_code = (call);                                                                             \
    ck_assert_msg((int)ck_code == (int)(code), "%s: code %d, expected %d: %s", #call, (int)ck_code, (int)(code),       \
                  hc_error_message());                                                                                 \
    ck_assert_msg(strstr(hc_error_message(), (text)) != NULL, "%s: \"%s\" lacks \"%s\"", #call, hc_error_message(),    \
                  (text));                                                                                             \
    hc_error_clear();                                                                                                  \
  } while (0)

/* Define main() that runs the suite made by `suite()`; before MPI is started it does `prepare`, if that is given. */
#define HC_CHECK_MAIN(suite, ...)                                                                                      \
  int main(int argc, char **argv)                                                                                      \
  {                                                                                                                    \
    int failed, rank;                                                                                                  \
    __VA_ARGS__;                                                                                                       \
    if (PetscInitialize(&argc, &argv, NULL, NULL))                                                                     \
      return EXIT_FAILURE;                                                                                             \
    MPI_Comm_rank(PETSC_COMM_WORLD, &rank);                                                                            \
    if (hc_error_install())                                                                                            \
      return EXIT_FAILURE;                                                                                             \
    SRunner *runner = srunner_create(suite());                                                                         \
    srunner_set_fork_status(runner, CK_NOFORK);                                                                        \
    srunner_run_all(runner, rank == 0 ? CK_NORMAL : CK_SILENT);                                                        \
    failed = srunner_ntests_failed(runner);                                                                            \
    srunner_free(runner);                                                                                              \
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, PETSC_COMM_WORLD);                                       \
    if (PetscFinalize())                                                                                               \
      return EXIT_FAILURE;                                                                                             \
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                                                       \
  }

#endif
