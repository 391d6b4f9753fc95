#include "base.h"

PetscErrorCode hc_timer_max(MPI_Comm comm, const struct hc_timer *timer, double *seconds)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&timer->seconds, seconds, 1, MPI_DOUBLE, MPI_MAX, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
