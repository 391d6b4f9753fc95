/* The tables of `vary`, `design` and `correlations`. */
#include "sampling.h"

#define VARY(member) .offset = offsetof(struct hc_vary_params, member)

const struct hc_choice hc_distributions[] = {
    {"uniform", HC_DISTRIBUTION_UNIFORM, "between `min` and `max`"},
    {"log_uniform", HC_DISTRIBUTION_LOG_UNIFORM, "the logarithm is uniform, between those of `min` and `max`"},
    {"normal", HC_DISTRIBUTION_NORMAL, "`mean` and `sd`; what lies below `min` or above `max` is cut off, if given"},
    {"lognormal", HC_DISTRIBUTION_LOGNORMAL,
     "`median` and `sigma`, the standard deviation of the natural logarithm; `min` and `max` as for normal"},
    {"categorical", HC_DISTRIBUTION_CATEGORICAL, "one of `values`, with probabilities in proportion to `weights`"},
    {"table", HC_DISTRIBUTION_TABLE, "the column `column` of design.file: row i of it for patient i"},
    {NULL, 0, NULL}};

static const struct hc_param vary_params[] = {
    {.key = "name", .type = HC_STRING, VARY(name), .meaning = "What it is called in results."},
    {.key = "keys",
     .type = HC_STRINGS,
     VARY(keys),
     .fallback = "~",
     .n_max = 64,
     .meaning = "Keys of the base case that take the value, as --set knows them; the name itself if absent."},
    {.key = "unit", .type = HC_STRING, VARY(unit), .fallback = "~", .meaning = "For the record."},
    {.key = "distribution",
     .type = HC_CHOICE,
     VARY(distribution),
     .fallback = "uniform",
     .choices = hc_distributions,
     .meaning = "How it is distributed."},
    {.key = "min", .type = HC_REAL, VARY(min), .fallback = "~", .meaning = "Least value."},
    {.key = "max", .type = HC_REAL, VARY(max), .fallback = "~", .meaning = "Largest value."},
    {.key = "mean", .type = HC_REAL, VARY(mean), .fallback = "~", .meaning = "Of normal, before anything is cut off."},
    {.key = "sd",
     .type = HC_REAL,
     VARY(sd),
     .fallback = "~",
     .min = 1e-300,
     .max = 1e300,
     .meaning = "Standard deviation of normal, before anything is cut off."},
    {.key = "median", .type = HC_REAL, VARY(median), .fallback = "~", .meaning = "Of lognormal."},
    {.key = "sigma",
     .type = HC_REAL,
     VARY(sigma),
     .unit = "1",
     .fallback = "~",
     .min = 1e-12,
     .max = 100,
     .meaning = "Of lognormal: 0.2 is a coefficient of variation of about 20 %."},
    {.key = "values",
     .type = HC_STRINGS,
     VARY(values),
     .fallback = "~",
     .n_max = 10000,
     .meaning = "Of categorical: numbers or texts, as the keys take them."},
    {.key = "weights",
     .type = HC_REALS,
     VARY(weights),
     .fallback = "~",
     .min = 0,
     .max = 1e12,
     .n_max = 10000,
     .meaning = "Of categorical: one for each of `values`; all the same if absent."},
    {.key = "column", .type = HC_STRING, VARY(column), .fallback = "~", .meaning = "Of table; the name if absent."},
    {.key = "whole",
     .type = HC_BOOL,
     VARY(whole),
     .fallback = "false",
     .meaning = "Round to the nearest whole number, for keys that count. With uniform, 0.5 to 3.5 gives 1, 2 and 3 the "
                "same chance."},
    {0}};
const struct hc_block hc_vary_block = {"vary", sizeof(struct hc_vary_params), vary_params,
                                       "A quantity that differs between patients."};

#define DESIGN(member) .offset = offsetof(struct hc_design_params, member)

static const struct hc_choice methods[] = {
    {"random", HC_DESIGN_RANDOM, "independent random numbers"},
    {"latin_hypercube", HC_DESIGN_LATIN_HYPERCUBE,
     "in each block of `block` patients, every quantity has one value in each of `block` equal shares of probability"},
    {"sobol", HC_DESIGN_SOBOL,
     "Sobol' points (Joe & Kuo 2008, doi:10.1137/070709359) with a random digital shift; at most 64 quantities"},
    {"saltelli", HC_DESIGN_SALTELLI,
     "for Sobol' indices (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018): sample A, then A with one column of "
     "sample B after the other, then B, so d + 2 patients each time; at most 32 quantities"},
    {"factorial", HC_DESIGN_FACTORIAL,
     "all combinations of `levels` values of each quantity, in the middles of equal shares of probability; of all "
     "values of categories; the last quantity changes first"},
    {"table", HC_DESIGN_TABLE, "the rows of `file`; quantities of other distributions are random"},
    {NULL, 0, NULL}};

static const struct hc_param design_params[] = {
    {.key = "method",
     .type = HC_CHOICE,
     DESIGN(method),
     .fallback = "latin_hypercube",
     .choices = methods,
     .meaning = "How patients fill the space of what varies."},
    {.key = "seed",
     .type = HC_INT,
     DESIGN(seed),
     .fallback = "1",
     .min = 0,
     .max = 9e18,
     .meaning = "Of all random numbers: the same seed gives the same patients on any machine and number of ranks."},
    {.key = "block",
     .type = HC_INT,
     DESIGN(block),
     .unit = "1",
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .meaning = "Patients of a Latin hypercube; 0: as many as the cohort has when it begins. More patients later make "
                "further hypercubes and leave the first as they are."},
    {.key = "levels",
     .type = HC_INT,
     DESIGN(levels),
     .unit = "1",
     .fallback = "3",
     .min = 1,
     .max = 1e6,
     .meaning = "Of each quantity in a factorial design."},
    {.key = "file",
     .type = HC_PATH,
     DESIGN(file),
     .fallback = "~",
     .meaning = "Table of measured values, a row a patient: CSV with a line of names (lines that begin with # are "
                "comments), or HDF5 with a one-dimensional dataset a column."},
    {0}};
const struct hc_block hc_design_block = {"design", sizeof(struct hc_design_params), design_params,
                                         "How the values of patients are drawn."};

#define CORRELATION(member) .offset = offsetof(struct hc_correlation_params, member)

static const struct hc_param correlation_params[] = {
    {.key = "between",
     .type = HC_STRINGS,
     CORRELATION(between),
     .n_min = 2,
     .n_max = 2,
     .meaning = "Two names of `vary`."},
    {.key = "value",
     .type = HC_REAL,
     CORRELATION(value),
     .unit = "1",
     .min = -1,
     .max = 1,
     .meaning = "Correlation of the normal numbers from which both are made (a Gaussian copula): r is a rank "
                "correlation of 6/pi asin(r/2), and of two normal quantities the correlation itself."},
    {0}};
const struct hc_block hc_correlation_block = {"correlations", sizeof(struct hc_correlation_params), correlation_params,
                                              "Two quantities that go together."};
