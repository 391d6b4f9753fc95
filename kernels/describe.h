/* healthcast kernels: from the tables of a model header to a struct hc_cell_model. Include it after launch_cpu.h once
 * for each variant, after
 *
 *   #define HC_CITATION "ten Tusscher & Panfilov 2006, doi:10.1152/ajpheart.00109.2006"
 *   #define HC_STIMULUS 52.0      mV/ms, for HC_STIMULUS_MS: paces a cell (0, 0: it beats by itself)
 *   #define HC_STIMULUS_MS 1.0
 *   #define HC_COST 25.0          of a node-step, Mitchell-Schaeffer = 1
 *   #define HC_V_LIMITS -200.0, 200.0     mV; a run whose V leaves them is stopped
 *
 *   #define HC_VARIANT 1          the place of the variant in the lists of the tables, up to 6
 *   #define HC_VARIANT_NAME ttp06_epi
 *   #define HC_VARIANT_TITLE "ten Tusscher-Panfilov 2006, human ventricle, epicardial"
 *   #include "describe.h"
 *
 * It defines const struct hc_cell_model hc_model_<name> and undefines the last three.
 *
 * Devices compile the model from text, at run time (kernels/launch.h). The text names the tables as they are named
 * here, and the model's header by one of
 *
 *   #define HC_HEADER "ttp06.h"              a file of this folder
 *   #define HC_HEADER_FILE "/a/path/own.h"   any file, which becomes part of the object file
 *
 * Without these, usually given to the compiler, the model runs on CPUs only. */
#ifndef HC_DESCRIBE_H
#define HC_DESCRIBE_H

#include "cell_model.h"

#ifndef HC_MODEL_PREFIX
#define HC_MODEL_PREFIX hc_model_ /* benchmarks compile models a second time under other names */
#endif

/* The n-th number of a list (a, b, c) in the tables. */
#define HC_NUMBER_1(a, ...) a
#define HC_NUMBER_2(a, b, ...) b
#define HC_NUMBER_3(a, b, c, ...) c
#define HC_NUMBER_4(a, b, c, d, ...) d
#define HC_NUMBER_5(a, b, c, d, e, ...) e
#define HC_NUMBER_6(a, b, c, d, e, f, ...) f

#define HC_INFO_STATE(name, list, unit, meaning, kind)                                                                 \
  {#name, unit, meaning, HC_PASTE(HC_NUMBER_, HC_VARIANT) list, kind},
#define HC_INFO_V(name, list, unit, meaning) HC_INFO_STATE(name, list, unit, meaning, HC_STATE_POTENTIAL)
#define HC_INFO_GATE(name, list, unit, meaning) HC_INFO_STATE(name, list, unit, meaning, HC_STATE_GATE)
#define HC_INFO_LIGAND(name, list, unit, meaning) HC_INFO_STATE(name, list, unit, meaning, HC_STATE_LIGAND)
#define HC_INFO_PLAIN(name, list, unit, meaning) HC_INFO_STATE(name, list, unit, meaning, HC_STATE_PLAIN)
#define HC_INFO_STIFF(name, list, unit, meaning) HC_INFO_STATE(name, list, unit, meaning, HC_STATE_STIFF)
#define HC_INFO_CHAIN(name, list, unit, meaning) HC_INFO_STATE(name, list, unit, meaning, HC_STATE_CHAIN)
#define HC_INFO_PARAMETER(name, list, unit, least, most, meaning, source)                                              \
  {#name, unit, meaning, source, HC_PASTE(HC_NUMBER_, HC_VARIANT) list, least, most},
#define HC_INFO_SCALE(name, unit, meaning) {"scale_" #name, "1", "factor on " #name, "a choice", 1.0, 0.0, 1000.0},
#define HC_INFO_CURRENT(name, unit, meaning) {#name, unit, meaning},

#define HC_COUNT_OF(array) (int)(sizeof(array) / sizeof(array)[0])
#define HC_STRING_(text) #text
#define HC_STRING_OF(name) HC_STRING_(name)

/* The model for devices. */
#define HC_DEFINE_LINE(end, macro) "#define " #macro " " HC_STRING_OF(macro) end
#define HC_DEVICE_LINES(end, quote)                                                                                    \
  HC_DEFINE_LINE(end, HC_MODEL)                                                                                        \
  HC_DEFINE_LINE(end, HC_STATES)                                                                                       \
  HC_DEFINE_LINE(end, HC_PARAMETERS)                                                                                   \
  HC_DEFINE_LINE(end, HC_CURRENTS)                                                                                     \
  HC_DEFINE_LINE(end, HC_EXCHANGES)                                                                                    \
  "#include " quote "launch.h" quote end

#if defined(HC_HEADER_FILE)
#define HC_SOURCE HC_OF(_source)
#define HC_QUOTED_LINES HC_DEVICE_LINES("\\n", "\\\"")
extern const char HC_SOURCE[] __attribute__((visibility("hidden")));
__asm__(".pushsection .rodata\n" /* the file, then the lines */
        HC_STRING_OF(HC_SOURCE) ": .incbin \"" HC_HEADER_FILE "\"\n .asciz \"\\n" HC_QUOTED_LINES "\"\n .popsection\n");
#elif defined(HC_HEADER)
#define HC_SOURCE "#include \"" HC_HEADER "\"\n" HC_DEVICE_LINES("\n", "\"")
#else
#define HC_SOURCE 0
#endif
#endif

static const struct hc_state_info HC_PASTE(HC_VARIANT_NAME, _states_table)[] = {
    HC_STATES(HC_INFO_V, HC_INFO_GATE, HC_INFO_LIGAND, HC_INFO_PLAIN, HC_INFO_STIFF, HC_INFO_CHAIN)};
static const struct hc_parameter_info HC_PASTE(HC_VARIANT_NAME, _parameters_table)[] = {HC_PARAMETERS(HC_INFO_PARAMETER)
                                                                                            HC_CURRENTS(HC_INFO_SCALE)};
static const struct hc_current_info HC_PASTE(HC_VARIANT_NAME, _currents_table)[] = {HC_CURRENTS(HC_INFO_CURRENT)};
#ifdef HC_SUMS
static const struct hc_current_info HC_PASTE(HC_VARIANT_NAME, _sums_table)[] = {HC_SUMS(HC_INFO_CURRENT)};
#endif

extern const struct hc_cell_model HC_PASTE(HC_MODEL_PREFIX, HC_VARIANT_NAME);
const struct hc_cell_model HC_PASTE(HC_MODEL_PREFIX, HC_VARIANT_NAME) = {
    .abi = HC_CELL_ABI,
    .name = HC_STRING_OF(HC_VARIANT_NAME),
    .title = HC_VARIANT_TITLE,
    .citation = HC_CITATION,
    .body = HC_STRING_OF(HC_MODEL),
    .source = HC_SOURCE,
    .n_states = HC_COUNT_OF(HC_PASTE(HC_VARIANT_NAME, _states_table)),
    .states = HC_PASTE(HC_VARIANT_NAME, _states_table),
    .n_parameters = HC_COUNT_OF(HC_PASTE(HC_VARIANT_NAME, _parameters_table)),
    .parameters = HC_PASTE(HC_VARIANT_NAME, _parameters_table),
    .n_currents = HC_COUNT_OF(HC_PASTE(HC_VARIANT_NAME, _currents_table)),
    .currents = HC_PASTE(HC_VARIANT_NAME, _currents_table),
#ifdef HC_SUMS
    .n_sums = HC_COUNT_OF(HC_PASTE(HC_VARIANT_NAME, _sums_table)),
    .sums = HC_PASTE(HC_VARIANT_NAME, _sums_table),
    .sums_of = HC_OF(_sums),
#endif
    .v_limits = {HC_V_LIMITS},
    .stimulus = HC_STIMULUS,
    .stimulus_duration = HC_STIMULUS_MS,
    .cost = HC_COST,
    .lanes = HC_LANES,
    .step = HC_OF(_step),
    .step2 = HC_OF(_step2),
    .n_tabled = HC_OF(_n_tabled),
    .tabulate = HC_OF(_tabulate),
    .step_tabled = HC_OF(_step_tabled),
    .rates = HC_OF(_rates_of),
};

#undef HC_VARIANT
#undef HC_VARIANT_NAME
#undef HC_VARIANT_TITLE
