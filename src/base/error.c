#include "base.h"

#include <stdio.h>
#include <string.h>

/* One record a process: PETSc's handler stack is global too. */
static struct {
  char message[2048];
  char trace[4096];
} record;

static void trace_append(const char *function, const char *file, int line)
{
  const size_t used = strlen(record.trace);
  if (used < sizeof record.trace - 1)
    snprintf(record.trace + used, sizeof record.trace - used, "  %s() at %s:%d\n", function, file, line);
}

static PetscErrorCode record_error(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                                   PetscErrorType type, const char *message, void *context)
{
  (void)comm;
  (void)context;
  if (type == PETSC_ERROR_INITIAL) {
    record.trace[0] = '\0';
    snprintf(record.message, sizeof record.message, "%s", message ? message : "unknown error");
    /* PETSc ends some of its messages with a newline. */
    for (size_t n = strlen(record.message); n > 0 && record.message[n - 1] == '\n'; n--)
      record.message[n - 1] = '\0';
  }
  trace_append(function, file, line);
  return code;
}

PetscErrorCode hc_error_install(void)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPushErrorHandler(record_error, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const char *hc_error_message(void)
{
  return record.message;
}

const char *hc_error_trace(void)
{
  return record.trace;
}

void hc_error_clear(void)
{
  record.message[0] = '\0';
  record.trace[0] = '\0';
}

enum hc_exit hc_error_exit_code(PetscErrorCode code)
{
  switch ((int)code) {
  case 0:
    return HC_EXIT_OK;
  case HC_ERR_INPUT:
    return HC_EXIT_INPUT;
  case HC_ERR_NUMERIC:
  case PETSC_ERR_FP:
  case PETSC_ERR_MAT_LU_ZRPVT:
  case PETSC_ERR_MAT_CH_ZRPVT:
    return HC_EXIT_NUMERIC;
  case HC_ERR_ENVIRONMENT:
  case HC_ERR_DEVICE:
  case PETSC_ERR_FILE_OPEN:
  case PETSC_ERR_FILE_READ:
  case PETSC_ERR_FILE_UNEXPECTED:
  case PETSC_ERR_MEM:
  case PETSC_ERR_LIB:
  case PETSC_ERR_SYS:
  case PETSC_ERR_SUP_SYS:
    return HC_EXIT_ENVIRONMENT;
  default:
    return HC_EXIT_BUG;
  }
}

PetscErrorCode hc_error_agree(MPI_Comm comm, PetscErrorCode local)
{
  int rank, size;
  int lowest; /* lowest failing rank, or size */

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  lowest = local ? rank : size;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, comm));
  if (lowest < size) {
    int code = (int)local;
    PetscCallMPI(MPI_Bcast(&code, 1, MPI_INT, lowest, comm));
    PetscCallMPI(MPI_Bcast(record.message, (int)sizeof record.message, MPI_CHAR, lowest, comm));
    PetscCallMPI(MPI_Bcast(record.trace, (int)sizeof record.trace, MPI_CHAR, lowest, comm));
    PetscFunctionReturn((PetscErrorCode)code);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
