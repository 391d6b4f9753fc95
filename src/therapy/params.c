#include "therapy.h"

#define RAYS(member) offsetof(struct hc_radiotherapy_params, member)
static const struct hc_param radiotherapy_params[] = {
    {"name", HC_STRING, RAYS(name), .fallback = "~", .meaning = "What it is called in results."},
    {"start", HC_STRING, RAYS(start), .unit = "day", .fallback = "~",
     .meaning = "Day (or date) of the first fraction; with `fractions`. Or leave it out and give `days`."},
    {"fractions", HC_INT, RAYS(fractions), .unit = "1", .fallback = "30", .min = 1, .max = 1000,
     .meaning = "Number of fractions, one a day from `start` on."},
    {"days", HC_STRINGS, RAYS(days), .unit = "day", .fallback = "~", .n_max = 1000,
     .meaning = "Days (or dates) of all fractions, ascending."},
    {"weekends", HC_BOOL, RAYS(weekends), .fallback = "false",
     .meaning = "With `start`: fractions on Saturdays and Sundays too."},
    {"dose", HC_REAL, RAYS(dose), .unit = "Gy", .fallback = "~", .min = 0, .max = 100,
     .meaning = "Dose of a fraction, everywhere the same."},
    {"doses", HC_REALS, RAYS(doses), .unit = "Gy", .fallback = "~", .min = 0, .max = 100, .n_max = 1000,
     .meaning = "Dose of each fraction instead."},
    {"map", HC_PATH, RAYS(map), .fallback = "~",
     .meaning = "Image (NIfTI) of the dose of the whole course in Gy; each fraction gives an even share of it. Instead "
                "of `dose`."},
    {"alpha", HC_REAL, RAYS(alpha), .unit = "1/Gy", .fallback = "0.035", .min = 0, .max = 10,
     .meaning =
         "Linear radiosensitivity; 0.001 to 0.1 in gliomas (Rockne et al. 2010, doi:10.1088/0031-9155/55/12/001)."},
    {"alpha_beta", HC_REAL, RAYS(alpha_beta), .unit = "Gy", .fallback = "10", .min = 1e-3, .max = 1e6,
     .meaning = "alpha over beta of the linear-quadratic model."},
    {"oer", HC_REAL, RAYS(oer), .unit = "1", .fallback = "1", .min = 1, .max = 5,
     .meaning =
         "Oxygen enhancement ratio: how much less a dose does without oxygen, where the model has a nutrient; 1: no "
         "effect, 3 is usual."},
    {0}};
static const struct hc_block radiotherapy_block = {
    "radiotherapy", sizeof(struct hc_radiotherapy_params), radiotherapy_params,
    "A course of radiation: after each fraction exp(-(alpha d + beta d^2)) of the cells are left."};

#define CHEMO(member) offsetof(struct hc_chemotherapy_params, member)
static const struct hc_param chemotherapy_params[] = {
    {"name", HC_STRING, CHEMO(name), .fallback = "~", .meaning = "What it is called in results."},
    {"start", HC_STRING, CHEMO(start), .unit = "day", .fallback = "~",
     .meaning = "Day (or date) of the first dose; with cycles. Or leave it out and give `days`."},
    {"cycles", HC_INT, CHEMO(cycles), .unit = "1", .fallback = "1", .min = 1, .max = 1000, .meaning = "Cycles."},
    {"doses", HC_INT, CHEMO(doses), .unit = "1", .fallback = "5", .min = 1, .max = 1000,
     .meaning = "Doses on consecutive days in each cycle."},
    {"period", HC_REAL, CHEMO(period), .unit = "day", .fallback = "28", .min = 0.01, .max = 1e4,
     .meaning = "From the start of a cycle to that of the next one."},
    {"days", HC_STRINGS, CHEMO(days), .unit = "day", .fallback = "~", .n_max = 10000,
     .meaning = "Days (or dates) of all doses, ascending."},
    {"dose", HC_REAL, CHEMO(dose), .unit = "1", .fallback = "1", .min = 0, .max = 1e6,
     .meaning = "Concentration that a dose adds, in any unit."},
    {"kill", HC_REAL, CHEMO(kill), .unit = "1/day", .min = 0, .max = 1e4,
     .meaning = "Kill rate at concentration 1: a dose leaves exp(-kill dose / decay) of the cells."},
    {"decay", HC_REAL, CHEMO(decay), .unit = "1/day", .fallback = "9.24", .min = 1e-6, .max = 1e6,
     .meaning = "Clearance: ln 2 over the half-life. The default is that of temozolomide, 1.8 hours."},
    {0}};
static const struct hc_block chemotherapy_block = {
    "chemotherapy", sizeof(struct hc_chemotherapy_params), chemotherapy_params,
    "A drug: kill rate kill C(t), where every dose adds to C, which decays exponentially."};

#define SURGERY(member) offsetof(struct hc_surgery_params, member)
static const struct hc_param surgery_params[] = {
    {"name", HC_STRING, SURGERY(name), .fallback = "~", .meaning = "What it is called in results."},
    {"day", HC_STRING, SURGERY(day), .unit = "day", .meaning = "Day (or date)."},
    {"mask", HC_PATH, SURGERY(mask), .fallback = "~",
     .meaning = "Image (NIfTI): what is above one half is removed. Or a ball, or a threshold:"},
    {"centre", HC_REALS, SURGERY(centre), .unit = "mm", .fallback = "~", .n_min = 3, .n_max = 3,
     .meaning = "Centre of a ball that is removed."},
    {"radius", HC_REAL, SURGERY(radius), .unit = "mm", .fallback = "~", .min = 0, .max = 1e4, .meaning = "Its radius."},
    {"threshold", HC_REAL, SURGERY(threshold), .unit = "1", .fallback = "~", .min = 0, .max = 1,
     .meaning = "Everything denser than this is removed,"},
    {"margin", HC_REAL, SURGERY(margin), .unit = "mm", .fallback = "0", .min = 0, .max = 1e3,
     .meaning = "and this far around it."},
    {"residual", HC_REAL, SURGERY(residual), .unit = "1", .fallback = "0", .min = 0, .max = 1,
     .meaning = "Share of the cells that stays where it is removed."},
    {0}};
static const struct hc_block surgery_block = {"surgery", sizeof(struct hc_surgery_params), surgery_params,
                                              "A resection."};

#define IMMUNE(member) offsetof(struct hc_immunotherapy_params, member)
static const struct hc_param immunotherapy_params[] = {
    {"name", HC_STRING, IMMUNE(name), .fallback = "~", .meaning = "What it is called in results."},
    {"start", HC_STRING, IMMUNE(start), .unit = "day", .meaning = "First day (or date)."},
    {"end", HC_STRING, IMMUNE(end), .unit = "day", .meaning = "Day (or date) when it ends."},
    {"rate", HC_REAL, IMMUNE(rate), .unit = "1/day", .min = 0, .max = 1e3, .meaning = "Kill rate between the two."},
    {0}};
static const struct hc_block immunotherapy_block = {"immunotherapy", sizeof(struct hc_immunotherapy_params),
                                                    immunotherapy_params, "A constant kill rate between two days."};

#define AT(member) offsetof(struct hc_therapy_params, member)
static const struct hc_param therapy_params[] = {
    {"date", HC_STRING, AT(date), .fallback = "~",
     .meaning =
         "Date of day 0, such as 2024-03-04: days may then be written as dates, and weekends are known. Without it, "
         "day 0 is a Monday."},
    {"radiotherapy", HC_LIST, AT(radiotherapy), .fallback = "~", .block = &radiotherapy_block, .meaning = "Radiation."},
    {"chemotherapy", HC_LIST, AT(chemotherapy), .fallback = "~", .block = &chemotherapy_block, .meaning = "Drugs."},
    {"surgery", HC_LIST, AT(surgery), .fallback = "~", .block = &surgery_block, .meaning = "Resections."},
    {"immunotherapy", HC_LIST, AT(immunotherapy), .fallback = "~", .block = &immunotherapy_block,
     .meaning = "Immunotherapies."},
    {0}};
const struct hc_block hc_therapy_block = {"therapy", sizeof(struct hc_therapy_params), therapy_params,
                                          "Treatments. On a day with several, they come in the order of this table; a "
                                          "frame or a scan of that day comes before them."};
