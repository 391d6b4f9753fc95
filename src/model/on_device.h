/* What of a model goes to a device. Internal to model. */
#ifndef HC_MODEL_ON_DEVICE_H
#define HC_MODEL_ON_DEVICE_H

#include "model.h"

/* Take V, stimuli and cells to the model's device. Notes in model->delegated what stays on the host. Not collective. */
PetscErrorCode hc_model_move(struct hc_monodomain *model);

/* Where diffusion is to be made: the model's device, or NULL. */
PetscErrorCode hc_model_diffusion_device(struct hc_monodomain *model, const struct hc_diffusion_params *params,
                                         struct hc_device **device);

#endif
