/* Cell models on devices. */
#include "device.h"
#include "kinetics.h"

bool hc_cell_on_device(const struct hc_cell_model *model)
{
  return model->source != NULL;
}

PetscErrorCode hc_cell_program(struct hc_device *device, const struct hc_cell_model *model, bool fields,
                               struct hc_program **program)
{
  static const char *const none[] = {"HC_FIELDS_0=0", "HC_FIELDS_1=0", "HC_FIELDS_2=0", NULL}; /* launch_device.h */
  PetscFunctionBeginUser;
  PetscCheck(hc_cell_on_device(model), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: this plug-in has no text for devices; allowed: the back end cpu, or a plug-in of import_cellml.py",
             model->name);
  PetscCall(hc_program_create(device, model->body, model->source, fields ? NULL : none, program));
  PetscFunctionReturn(PETSC_SUCCESS);
}
