/* The built-in models (private to kinetics), in the order of `healthcast models`. Each is hc_model_<name>, defined in
 * models/ by kernels/describe.h. */
#ifndef HC_KINETICS_MODELS_H
#define HC_KINETICS_MODELS_H

#include "kinetics.h"

#define HC_BUILT_IN_MODELS(MODEL)                                                                                      \
  MODEL(ttp06_epi)                                                                                                     \
  MODEL(ttp06_endo)                                                                                                    \
  MODEL(ttp06_m)                                                                                                       \
  MODEL(mitchell_schaeffer)                                                                                            \
  MODEL(manufactured)

#define HC_DECLARE_MODEL(name) extern const struct hc_cell_model hc_model_##name;
HC_BUILT_IN_MODELS(HC_DECLARE_MODEL)

#endif
