/* Which back ends and devices there are, and which rank takes which. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HC_HAVE_MPI_EXT
#include <mpi-ext.h>
#endif

static const struct {
  const char *name;
  const struct hc_backend *table; /* NULL: not built */
  const char *how;                /* to build it */
} backends[] = {
#ifdef HC_HAVE_OPENCL
    {"opencl", &hc_backend_opencl, ""},
#else
    {"opencl", NULL, "built without it (needs CL/cl.h and libOpenCL: cmake -DHC_OPENCL=ON)"},
#endif
#ifdef HC_HAVE_CUDA
    {"cuda", &hc_backend_cuda, ""},
#else
    {"cuda", NULL, "built without it (needs cuda.h and nvrtc.h: cmake -DHC_CUDA=ON)"},
#endif
};
enum { N_BACKENDS = sizeof backends / sizeof backends[0] };

/* ---- What there is ----------------------------------------------------------------------------------------------- */

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
  const size_t used = strlen(text);
  va_list list;

  va_start(list, format);
  (void)vsnprintf(text + used, size - used, format, list);
  va_end(list);
}

static int count(int b, char *why, size_t size)
{
  if (backends[b].table)
    return backends[b].table->count(why, size);
  snprintf(why, size, "%s", backends[b].how);
  return 0;
}

/* `end` after each but the last entry. */
static void list(char *text, size_t size, const char *end)
{
  char why[256];

  text[0] = '\0';
  for (int b = 0; b < N_BACKENDS; b++) {
    const int n = count(b, why, sizeof why);
    if (b > 0)
      append(text, size, "%s", end);
    if (n == 0)
      append(text, size, "%s: none: %s", backends[b].name, why);
    for (int i = 0; i < n; i++) {
      struct hc_device_info info = {.index = i, .backend = backends[b].name};
      bool has_double;
      backends[b].table->describe(&info, &has_double);
      append(text, size, "%s%s %d: %s (%s), %.3g GiB, %d units%s", i > 0 ? end : "", info.backend, i, info.name,
             info.driver, (double)info.memory / 1073741824, info.compute_units,
             has_double ? "" : ", no double precision");
    }
  }
}

void hc_device_list(char *text, size_t size)
{
  list(text, size, "\n");
}

/* ---- MPI --------------------------------------------------------------------------------------------------------- */

static PetscErrorCode rank_on_machine(MPI_Comm comm, int *rank)
{
  MPI_Comm machine;
  int number;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &number));
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, number, MPI_INFO_NULL, &machine));
  PetscCallMPI(MPI_Comm_rank(machine, rank));
  PetscCallMPI(MPI_Comm_free(&machine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Only CUDA has addresses that an MPI library could take. */
static PetscErrorCode find_mpi_direct(struct hc_device_info *info)
{
  const char *wish = getenv("HEALTHCAST_GPU_MPI");
  const bool yes = wish && !strcmp(wish, "yes"), no = wish && !strcmp(wish, "no");

  PetscFunctionBeginUser;
  PetscCheck(!wish || !*wish || yes || no, PETSC_COMM_SELF, HC_ERR_INPUT, "HEALTHCAST_GPU_MPI is \"%s\": yes or no",
             wish);
  info->mpi_direct = false;
#ifdef HC_HAVE_MPIX_QUERY_CUDA
  info->mpi_direct = MPIX_Query_cuda_support() == 1;
#endif
  if (yes || no)
    info->mpi_direct = yes;
  if (strcmp(info->backend, "cuda") != 0)
    info->mpi_direct = false;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode find_backend(const char *name, const struct hc_backend **backend, int *n)
{
  char why[256], found[1024];
  int b = 0;

  PetscFunctionBeginUser;
  while (b < N_BACKENDS && strcmp(backends[b].name, name) != 0)
    b++;
  PetscCheck(b < N_BACKENDS, PETSC_COMM_SELF, HC_ERR_INPUT, "back end %s is unknown: cpu, opencl or cuda", name);
  *n = count(b, why, sizeof why);
  list(found, sizeof found, "; ");
  PetscCheck(*n > 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "back end %s has no device: %s. Found here: %s", name, why,
             found);
  *backend = backends[b].table;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode choose(const struct hc_device_options *options, int turn, const struct hc_backend **backend,
                             struct hc_device_info *info)
{
  char found[1024];
  bool has_double;

  PetscFunctionBeginUser;
  PetscCall(find_backend(options->backend, backend, &info->n_devices));
  list(found, sizeof found, "; ");
  PetscCheck(options->index >= -1 && options->index < info->n_devices, PETSC_COMM_SELF, HC_ERR_INPUT,
             "back end %s has no device %d: it has %d, counted from 0. Found here: %s", options->backend,
             options->index, info->n_devices, found);
  info->backend = (*backend)->name;
  info->index = options->index >= 0 ? options->index : turn % (*backend)->alike();
  info->precision = options->precision;
  (*backend)->describe(info, &has_double);
  PetscCheck(has_double, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s device %d, %s, has no double precision, without which times cannot be kept. Found here: %s",
             info->backend, info->index, info->name, found);
  PetscCall(find_mpi_direct(info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_local(const struct hc_device_options *options, int turn, struct hc_device **device)
{
  const struct hc_backend *backend = NULL;
  struct hc_device_info info = {0};
  struct hc_device *d;

  PetscFunctionBeginUser;
  PetscCall(choose(options, turn, &backend, &info));
  PetscCall(PetscNew(&d));
  *device = d; /* closed by hc_device_open() if the rest fails */
  d->backend = backend;
  d->info = info;
  PetscCall(PetscMalloc1(HC_STAGING, &d->staging));
  PetscCall(backend->open(d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_device_open(MPI_Comm comm, const struct hc_device_options *options, struct hc_device **device)
{
  PetscErrorCode code;
  int turn;

  PetscFunctionBeginUser;
  *device = NULL;
  if (!strcmp(options->backend, "cpu")) {
    PetscCheck(options->precision == HC_DOUBLE, PETSC_COMM_SELF, HC_ERR_INPUT,
               "back end cpu computes in double precision only");
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(rank_on_machine(comm, &turn));
  code = hc_error_agree(comm, open_local(options, turn, device));
  if (code)
    hc_device_close(device);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_device_close(struct hc_device **device)
{
  struct hc_device *d = *device;

  if (!d)
    return;
  while (d->built_in) {
    struct hc_program *program = d->built_in;
    d->built_in = program->next;
    hc_program_destroy(&program);
  }
  if (d->handle)
    d->backend->close(d);
  (void)PetscFree(d->staging);
  *device = NULL;
  (void)PetscFree(d);
}
