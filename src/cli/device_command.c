/* `healthcast devices`, and the options that choose a back end. */
#include "internal.h"
#include "params.h"

#include <stdio.h>
#include <string.h>

PetscErrorCode hc_cli_device(const struct hc_cli_arguments *arguments, struct hc_device_options *device)
{
  const char *backend = hc_cli_get(arguments, "--backend"), *precision = hc_cli_get(arguments, "--precision");
  int64_t index;

  PetscFunctionBeginUser;
  PetscCall(hc_cli_whole(arguments, "--device", -1, 0, 10000, &index));
  *device = (struct hc_device_options){.backend = backend ? backend : "cpu", .index = (int)index};
  if (precision) {
    int value = -1;
    for (int i = 0; i < 3; i++)
      if (strcmp(precision, hc_precision_names[i]) == 0)
        value = i;
    PetscCheck(value >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "--precision: found \"%s\"; allowed: double, mixed or float",
               precision);
    device->precision = (enum hc_precision)value;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_devices(const struct hc_cli_arguments *arguments, int *exit_code)
{
  char text[8192];
  int rank;

  PetscFunctionBeginUser;
  (void)arguments;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    hc_device_list(text, sizeof text);
    printf("%s", text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
