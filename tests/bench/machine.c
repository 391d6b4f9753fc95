#include "machine.h"

#include <math.h>
#include <stdlib.h>

typedef double lanes __attribute__((vector_size(64)));

enum { ACCUMULATORS = 12, LANES = 8 };

static volatile double sink; /* keeps results that nobody wants */

static void triad(int64_t n, double *restrict a, const double *restrict b, const double *restrict c, double s)
{
  for (int64_t i = 0; i < n; i++)
    a[i] = b[i] + s * c[i];
}

/* Several sums at once, so that loads and not the latency of additions set the pace. */
static double sum(int64_t n, const double *x)
{
  lanes total[4] = {{0}, {0}, {0}, {0}};
  const lanes *v = (const lanes *)x;
  for (int64_t i = 0; i + 4 <= n / LANES; i += 4)
    for (int k = 0; k < 4; k++)
      total[k] += v[i + k];
  total[0] += total[1] + total[2] + total[3];
  return total[0][0] + total[0][7];
}

/* Passes over the arrays in one measurement: at least 0.2 ms of them. */
static int passes_of(double bytes)
{
  return (int)fmax(1, 4e6 / bytes);
}

static double best_rate(int64_t n, double *a, double seconds)
{
  const int64_t third = n / 3 / 32 * 32;
  const double end = MPI_Wtime() + seconds;
  double best = 0;

  do {
    const int passes = passes_of(8. * (double)n);
    double start = MPI_Wtime();
    for (int p = 0; p < passes; p++)
      triad(third, a, a + third, a + 2 * third, 1e-3);
    best = fmax(best, 24. * (double)third * passes / (MPI_Wtime() - start));
    start = MPI_Wtime();
    for (int p = 0; p < passes; p++)
      sink = sum(n, a);
    best = fmax(best, 8. * (double)n * passes / (MPI_Wtime() - start));
  } while (MPI_Wtime() < end);
  return best;
}

PetscErrorCode machine_bandwidth(MPI_Comm comm, double bytes, double seconds, double *rate)
{
  const int64_t n = (int64_t)fmax(bytes / 8, 192);
  double *a = aligned_alloc(64, (size_t)((n * 8 + 63) / 64 * 64));

  PetscFunctionBeginUser;
  PetscCheck(a, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "no memory for %.0f MB", bytes * 1e-6);
  for (int64_t i = 0; i < n; i++)
    a[i] = 1;
  PetscCallMPI(MPI_Barrier(comm));
  *rate = best_rate(n, a, seconds);
  free(a);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, rate, 1, MPI_DOUBLE, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Not inlined: the compiler must not see that the accumulators start alike. */
static __attribute__((noinline)) void multiply_add(int n, lanes *x, double factor, double term)
{
  lanes v[ACCUMULATORS];
  for (int k = 0; k < ACCUMULATORS; k++)
    v[k] = x[k];
  for (int i = 0; i < n; i++)
    for (int k = 0; k < ACCUMULATORS; k++)
      v[k] = v[k] * factor + term;
  for (int k = 0; k < ACCUMULATORS; k++)
    x[k] = v[k];
}

PetscErrorCode machine_flops(MPI_Comm comm, double seconds, double *rate)
{
  const int n = 20000;
  lanes x[ACCUMULATORS] = {{0}};

  PetscFunctionBeginUser;
  *rate = 0;
  PetscCallMPI(MPI_Barrier(comm));
  const double end = MPI_Wtime() + seconds;
  do {
    const double start = MPI_Wtime();
    multiply_add(n, x, 0.5, 1);
    *rate = fmax(*rate, 2. * n * ACCUMULATORS * LANES / (MPI_Wtime() - start));
  } while (MPI_Wtime() < end);
  sink = x[0][0] + x[ACCUMULATORS - 1][LANES - 1];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, rate, 1, MPI_DOUBLE, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Best of many round trips, halved. */
static PetscErrorCode one_way(MPI_Comm comm, int rank, int bytes, char *buffer, double *seconds)
{
  PetscFunctionBeginUser;
  *seconds = INFINITY;
  for (int i = 0; i < 200; i++) {
    const double start = MPI_Wtime();
    if (rank == 0) {
      PetscCallMPI(MPI_Send(buffer, bytes, MPI_BYTE, 1, 0, comm));
      PetscCallMPI(MPI_Recv(buffer, bytes, MPI_BYTE, 1, 0, comm, MPI_STATUS_IGNORE));
    } else if (rank == 1) {
      PetscCallMPI(MPI_Recv(buffer, bytes, MPI_BYTE, 0, 0, comm, MPI_STATUS_IGNORE));
      PetscCallMPI(MPI_Send(buffer, bytes, MPI_BYTE, 0, 0, comm));
    }
    *seconds = fmin(*seconds, (MPI_Wtime() - start) / 2);
  }
  PetscCallMPI(MPI_Bcast(seconds, 1, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode machine_network(MPI_Comm comm, double *latency, double *per_byte, double *reduction)
{
  const int bytes = 1 << 20;
  double longest = 0;
  int rank, size, value = 0;
  char *buffer;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  *latency = *per_byte = 0;
  *reduction = INFINITY;
  PetscCall(PetscCalloc1(bytes, &buffer));
  if (size > 1) {
    PetscCall(one_way(comm, rank, 8, buffer, latency));
    PetscCall(one_way(comm, rank, bytes, buffer, &longest));
    *per_byte = (longest - *latency) / bytes;
  }
  for (int i = 0; i < 200; i++) {
    const double start = MPI_Wtime();
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, comm));
    *reduction = fmin(*reduction, MPI_Wtime() - start);
  }
  PetscCallMPI(MPI_Bcast(reduction, 1, MPI_DOUBLE, 0, comm));
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
