/* What of a model is on a device, and V in two places. */
#include "on_device.h"

#include <stdio.h>
#include <string.h>

/* Add a sentence to what users are told of the host's share. */
static void note(struct hc_monodomain *model, const char *text)
{
  const size_t used = strlen(model->delegated);
  snprintf(model->delegated + used, sizeof model->delegated - used, "%s%s", used ? "; " : "", text);
}

PetscErrorCode hc_model_move(struct hc_monodomain *model)
{
  const size_t bytes = (size_t)model->mesh->n_local * hc_device_wide(model->device);
  const char *delegated = NULL;
  char text[160];

  PetscFunctionBeginUser;
  PetscCall(hc_buffer_create(model->device, bytes, &model->device_v));
  PetscCall(hc_buffer_create(model->device, bytes, &model->device_current));
  PetscCall(hc_source_move(model->source, model->device));
  model->newest = HC_ON_HOST;
  model->cells_stay = model->adaptive;
  if (model->cells_stay)
    note(model,
         "time.adaptive: cells that wait are advanced by the cpu (time.adaptive: false keeps them on the device)");
  else
    PetscCall(hc_kinetics_move(model->kinetics, model->device, model->scheme, &delegated));
  if (delegated) {
    snprintf(text, sizeof text, "%s: this plug-in has no text for devices, the cpu advances its cells", delegated);
    note(model, text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_model_diffusion_device(struct hc_monodomain *model, const struct hc_diffusion_params *params,
                                         struct hc_device **device)
{
  PetscBool ksp = PETSC_FALSE, pc = PETSC_FALSE;

  PetscFunctionBeginUser;
  *device = model->device;
  if (!model->device || params->method >= HC_RKL1)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscOptionsHasName(NULL, "diffusion_", "-ksp_type", &ksp));
  PetscCall(PetscOptionsHasName(NULL, "diffusion_", "-pc_type", &pc));
  if (ksp || pc) { /* the device has one solver */
    *device = NULL;
    note(model, "-diffusion_ksp_type, -diffusion_pc_type: diffusion is solved by the cpu");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- V ----------------------------------------------------------------------------------------------------------- */

double *hc_monodomain_v(struct hc_monodomain *model, bool change)
{
  if (!model->device)
    return model->v;
  if (model->newest == HC_AT_DEVICE) {
    hc_buffer_read_reals(model->device_v, hc_device_wide(model->device), 0, (size_t)model->mesh->n_owned, model->v);
    model->newest = HC_EVERYWHERE;
  }
  if (change)
    model->newest = HC_ON_HOST;
  return model->v;
}

struct hc_buffer *hc_monodomain_device_v(struct hc_monodomain *model, bool change)
{
  if (model->newest == HC_ON_HOST) {
    hc_buffer_write_reals(model->device_v, hc_device_wide(model->device), 0, (size_t)model->mesh->n_owned, model->v);
    model->newest = HC_EVERYWHERE;
  }
  if (change)
    model->newest = HC_AT_DEVICE;
  return model->device_v;
}
