/* From the tables of a kernel header to struct hc_cell_model (private to kinetics; see kernels/model.h).
 *
 * Include it after launch_cpu.h and write HC_DESCRIBE_CURRENTS() once and HC_DESCRIBE_VARIANT(n, tag) for each variant:
 * they define the static arrays <tag>_states, <tag>_parameters and currents, and HC_VARIANT_FIELDS(tag) fills what
 * follows from the tables. */
#ifndef HC_KINETICS_DESCRIBE_H
#define HC_KINETICS_DESCRIBE_H

#include "models.h"

/* The n-th number of a list (a, b, c) in the tables. */
#define HC_NUMBER_1(a, ...) a
#define HC_NUMBER_2(a, b, ...) b
#define HC_NUMBER_3(a, b, c, ...) c

#define HC_INFO_PLAIN_1(name, list, unit, meaning) {#name, unit, meaning, HC_NUMBER_1 list, false},
#define HC_INFO_PLAIN_2(name, list, unit, meaning) {#name, unit, meaning, HC_NUMBER_2 list, false},
#define HC_INFO_PLAIN_3(name, list, unit, meaning) {#name, unit, meaning, HC_NUMBER_3 list, false},
#define HC_INFO_GATE_1(name, list, unit, meaning) {#name, unit, meaning, HC_NUMBER_1 list, true},
#define HC_INFO_GATE_2(name, list, unit, meaning) {#name, unit, meaning, HC_NUMBER_2 list, true},
#define HC_INFO_GATE_3(name, list, unit, meaning) {#name, unit, meaning, HC_NUMBER_3 list, true},
#define HC_INFO_PARAMETER_1(name, list, unit, least, most, meaning, source)                                            \
  {#name, unit, meaning, source, HC_NUMBER_1 list, least, most},
#define HC_INFO_PARAMETER_2(name, list, unit, least, most, meaning, source)                                            \
  {#name, unit, meaning, source, HC_NUMBER_2 list, least, most},
#define HC_INFO_PARAMETER_3(name, list, unit, least, most, meaning, source)                                            \
  {#name, unit, meaning, source, HC_NUMBER_3 list, least, most},
#define HC_INFO_CURRENT(name, unit, meaning) {#name, unit, meaning},

#define HC_DESCRIBE_CURRENTS() static const struct hc_current_info currents[] = {HC_CURRENTS(HC_INFO_CURRENT)};

#define HC_DESCRIBE_VARIANT(n, tag)                                                                                    \
  static const struct hc_state_info tag##_states[] = {                                                                 \
      HC_STATES(HC_INFO_PLAIN_##n, HC_INFO_GATE_##n, HC_INFO_PLAIN_##n)};                                              \
  static const struct hc_parameter_info tag##_parameters[] = {HC_PARAMETERS(HC_INFO_PARAMETER_##n)};

#define HC_COUNT_OF(array) (int)(sizeof(array) / sizeof(array)[0])

#define HC_VARIANT_FIELDS(tag)                                                                                         \
  .n_states = HC_COUNT_OF(tag##_states), .states = tag##_states, .n_parameters = HC_COUNT_OF(tag##_parameters),        \
  .parameters = tag##_parameters, .n_currents = HC_COUNT_OF(currents), .currents = currents, .lanes = HC_LANES,        \
  .step = HC_OF(_step), .rates = HC_OF(_rates_of)

#endif
