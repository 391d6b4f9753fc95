/* The built-in models, one source each (private to kinetics). */
#ifndef HC_KINETICS_MODELS_H
#define HC_KINETICS_MODELS_H

#include "kinetics.h"

extern const struct hc_cell_model hc_model_mitchell_schaeffer;
extern const struct hc_cell_model hc_model_ttp06_epi, hc_model_ttp06_endo, hc_model_ttp06_m;
extern const struct hc_cell_model hc_model_manufactured;

#endif
