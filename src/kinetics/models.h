/* The built-in models (private to kinetics), in the order of `healthcast models`. Each is hc_model_<name>, defined in
 * models/ by kernels/describe.h. */
#ifndef HC_KINETICS_MODELS_H
#define HC_KINETICS_MODELS_H

#include "kinetics.h"

#define HC_BUILT_IN_MODELS(MODEL)                                                                                      \
  MODEL(ttp06_epi)                                                                                                     \
  MODEL(ttp06_endo)                                                                                                    \
  MODEL(ttp06_m)                                                                                                       \
  MODEL(ord11_epi)                                                                                                     \
  MODEL(ord11_endo)                                                                                                    \
  MODEL(ord11_m)                                                                                                       \
  MODEL(ord11_cipa)                                                                                                    \
  MODEL(torord19_epi)                                                                                                  \
  MODEL(torord19_endo)                                                                                                 \
  MODEL(torord19_m)                                                                                                    \
  MODEL(torord19_dyncl_epi)                                                                                            \
  MODEL(torord19_dyncl_endo)                                                                                           \
  MODEL(torord19_dyncl_m)                                                                                              \
  MODEL(trovato20)                                                                                                     \
  MODEL(mitchell_schaeffer)                                                                                            \
  MODEL(grandi10_epi)                                                                                                  \
  MODEL(grandi10_endo)                                                                                                 \
  MODEL(courtemanche98)                                                                                                \
  MODEL(maleckar09)                                                                                                    \
  MODEL(koivumaki11)                                                                                                   \
  MODEL(stewart09)                                                                                                     \
  MODEL(fabbri17)                                                                                                      \
  MODEL(luo_rudy91)                                                                                                    \
  MODEL(bueno_orovio08_epi)                                                                                            \
  MODEL(bueno_orovio08_endo)                                                                                           \
  MODEL(bueno_orovio08_m)                                                                                              \
  MODEL(mitchell_schaeffer_modified)                                                                                   \
  MODEL(fenton_karma_br)                                                                                               \
  MODEL(fenton_karma_mbr)                                                                                              \
  MODEL(fenton_karma_mlr1)                                                                                             \
  MODEL(fenton_karma_gp)                                                                                               \
  MODEL(aliev_panfilov)                                                                                                \
  MODEL(fitzhugh_nagumo)                                                                                               \
  MODEL(hodgkin_huxley)                                                                                                \
  MODEL(manufactured)

#define HC_DECLARE_MODEL(name) extern const struct hc_cell_model hc_model_##name;
HC_BUILT_IN_MODELS(HC_DECLARE_MODEL)

#endif
