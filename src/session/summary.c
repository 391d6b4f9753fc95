/* What summaries of all runs say. */
#include "session.h"

#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static json_t *libraries(void)
{
  char petsc[64], mpi[MPI_MAX_LIBRARY_VERSION_STRING];
  unsigned int h5[3];
  int length;
  snprintf(petsc, sizeof petsc, "%d.%d.%d", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR);
  MPI_Get_library_version(mpi, &length);
  mpi[strcspn(mpi, "\n,")] = '\0';
  H5get_libversion(&h5[0], &h5[1], &h5[2]);
  return json_pack("{s:s, s:o, s:s}", "petsc", petsc, "hdf5", json_sprintf("%u.%u.%u", h5[0], h5[1], h5[2]), "mpi",
                   mpi);
}

void hc_session_software(json_t *json)
{
  json_object_set_new(
      json, "healthcast",
      json_pack("{s:s, s:s, s:s}", "version", hc_version(), "build", hc_build_type(), "compiler", hc_compiler()));
  json_object_set_new(json, "libraries", libraries());
}

void hc_session_inputs(int n, const struct hc_input_file *files, json_t *json)
{
  json_t *inputs = json_array();
  for (int i = 0; i < n; i++)
    json_array_append_new(inputs, json_pack("{s:s, s:s}", "path", files[i].path, "sha256", files[i].sha256));
  json_object_set_new(json, "inputs", inputs);
}

void hc_session_backend(const struct hc_device *device, const char *delegated, json_t *json)
{
  json_t *backend = json_pack("{s:s}", "name", device ? hc_device_info(device)->backend : "cpu");

  if (device) {
    const struct hc_device_info *info = hc_device_info(device);
    json_object_set_new(backend, "device", json_string(info->name));
    json_object_set_new(backend, "driver", json_string(info->driver));
    json_object_set_new(backend, "precision", json_string(hc_precision_names[info->precision]));
    json_object_set_new(backend, "mpi_direct", json_boolean(info->mpi_direct));
    json_object_set_new(backend, "bytes", json_integer((json_int_t)hc_device_bytes(device)));
    json_object_set_new(backend, "delegated", json_string(delegated));
  }
  json_object_set_new(json, "backend", backend);
}

PetscErrorCode hc_session_timings(MPI_Comm comm, size_t n, const struct hc_session_phase *phases, json_t *json)
{
  json_t *timings = json_object();

  PetscFunctionBeginUser;
  for (size_t i = 0; i < n; i++) {
    double seconds;
    PetscCall(hc_timer_max(comm, phases[i].timer, &seconds));
    json_object_set_new(timings, phases[i].name, json_real(seconds));
  }
  json_object_set_new(json, "timings_s", timings);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_session_memory(MPI_Comm comm, json_t *json)
{
  struct rusage usage;
  double bytes, largest, sum;

  PetscFunctionBeginUser;
  getrusage(RUSAGE_SELF, &usage);
  bytes = (double)usage.ru_maxrss * 1024; /* Linux: KiB */
  PetscCallMPI(MPI_Allreduce(&bytes, &largest, 1, MPI_DOUBLE, MPI_MAX, comm));
  PetscCallMPI(MPI_Allreduce(&bytes, &sum, 1, MPI_DOUBLE, MPI_SUM, comm));
  json_object_set_new(json, "memory_bytes", json_pack("{s:f, s:f}", "largest_rank", largest, "all_ranks", sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_session_summary(const json_t *json, const char *folder)
{
  char path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/summary.json", folder);
  snprintf(temporary, sizeof temporary, "%s/summary.json.tmp", folder);
  PetscCheck(json_dump_file(json, temporary, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0 && rename(temporary, path) == 0,
             PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_session_exists(MPI_Comm comm, const char *path, bool *found)
{
  int rank, yes;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  yes = rank == 0 && access(path, F_OK) == 0;
  PetscCallMPI(MPI_Bcast(&yes, 1, MPI_INT, 0, comm));
  *found = yes != 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_session_case_has(MPI_Comm comm, const char *path, const char *key, bool *yes)
{
  const size_t n = strlen(key);
  int rank, found = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    char line[4096];
    FILE *file = fopen(path, "r");
    while (file && !found && fgets(line, sizeof line, file))
      found = strncmp(line, key, n) == 0 && line[n + strspn(line + n, " \t")] == ':';
    if (file)
      fclose(file);
  }
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, comm));
  *yes = found != 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_session_used_case(const struct hc_params *params, const char *folder, const char *case_path,
                                    int n_inputs, const struct hc_input_file *inputs)
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *file;
  PetscErrorCode code;
  bool failed;

  PetscFunctionBeginUser;
  if (!params)
    PetscFunctionReturn(PETSC_SUCCESS);
  snprintf(path, sizeof path, "%s/case.used.yaml", folder);
  file = fopen(path, "w");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  code = hc_params_echo(params, file);
  for (int i = 0; i < n_inputs; i++)
    if (inputs[i].path != case_path) /* that of the case says nothing of this file */
      fprintf(file, "# made with %s, SHA-256 %s\n", inputs[i].path, inputs[i].sha256);
  failed = ferror(file) != 0;
  failed = fclose(file) != 0 || failed;
  PetscCall(code);
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}
