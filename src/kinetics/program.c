/* Cell models on devices. */
#include "device.h"
#include "kinetics.h"

#include <inttypes.h>

bool hc_cell_on_device(const struct hc_cell_model *model)
{
  return model->source != NULL;
}

PetscErrorCode hc_cell_program(struct hc_device *device, const struct hc_cell_model *model, int n_fields,
                               const int *field_of, struct hc_program **program)
{
  enum { WORDS = 3 }; /* parameters beyond these may always differ (launch_device.h) */
  uint64_t masks[WORDS] = {0};
  char text[WORDS][64];
  const char *defines[WORDS + 1] = {NULL};
  PetscFunctionBeginUser;
  PetscCheck(hc_cell_on_device(model), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: this plug-in has no text for devices; allowed: the back end cpu, or a plug-in of import_cellml.py",
             model->name);
  for (int f = 0; f < n_fields; ++f)
    if (field_of[f] < 64 * WORDS)
      masks[field_of[f] / 64] |= UINT64_C(1) << field_of[f] % 64;
  for (int word = 0; word < WORDS; ++word) {
    (void)snprintf(text[word], sizeof(text[word]), "HC_FIELDS_%d=0x%" PRIx64, word, masks[word]);
    defines[word] = text[word];
  }
  PetscCall(hc_program_create(device, model->body, model->source, defines, program));
  PetscFunctionReturn(PETSC_SUCCESS);
}
