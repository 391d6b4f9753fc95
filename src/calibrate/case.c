/* The tables of a calibration's case file. */
#include "calibrate.h"

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct hc_choice priors[] = {
    {"uniform", HC_PRIOR_UNIFORM, "every value between min and max is as good as another"},
    {"log_uniform", HC_PRIOR_LOG_UNIFORM, "the same of the logarithm: for rates of unknown magnitude"},
    {"normal", HC_PRIOR_NORMAL, "mean `centre`, standard deviation `spread`, cut off at min and max"},
    {"lognormal", HC_PRIOR_LOGNORMAL,
     "median `centre`, `spread` the standard deviation of the natural logarithm, cut off at min and max"},
    {NULL, 0, NULL}};

static const struct hc_choice noises[] = {
    {"relative", HC_NOISE_RELATIVE, "`sd` is the standard deviation of the logarithm of a volume: 0.1 is about 10 %"},
    {"absolute", HC_NOISE_ABSOLUTE, "`sd` is in mL"},
    {NULL, 0, NULL}};

static const struct hc_param unknown_params[] = {
    {.key = "name",
     .type = HC_STRING,
     AT(hc_unknown_params, name),
     .meaning = "A parameter of the tumour: rho (1/day), capacity (mL), volume (mL, at the first scan), alpha (1/Gy), "
                "alpha_beta (Gy), or one of the therapy (kill, NAME.kill, ...). In a tissue: diffusivity, grey, "
                "proliferation, seed.x, seed.y, seed.z, seed.radius, seed.density, seed.time, alpha, ..., and the "
                "thresholds observe.enhancing and observe.visible."},
    {.key = "min", .type = HC_REAL, AT(hc_unknown_params, min), .meaning = "Lower bound, in the parameter's unit."},
    {.key = "max", .type = HC_REAL, AT(hc_unknown_params, max), .meaning = "Upper bound."},
    {.key = "start",
     .type = HC_REAL,
     AT(hc_unknown_params, start),
     .fallback = "~",
     .meaning = "Where the first search begins; the middle of the prior if absent."},
    {.key = "prior",
     .type = HC_CHOICE,
     AT(hc_unknown_params, prior),
     .fallback = "uniform",
     .choices = priors,
     .meaning = "What is known of it before the scans."},
    {.key = "centre",
     .type = HC_REAL,
     AT(hc_unknown_params, centre),
     .fallback = "~",
     .meaning = "Mean of a normal prior, median of a lognormal one, in the parameter's unit."},
    {.key = "spread",
     .type = HC_REAL,
     AT(hc_unknown_params, spread),
     .fallback = "~",
     .min = 1e-12,
     .max = 1e12,
     .meaning =
         "Standard deviation of a normal prior, in the parameter's unit; of the natural logarithm if lognormal."},
    {0}};
static const struct hc_block unknown_block = {"unknowns", sizeof(struct hc_unknown_params), unknown_params,
                                              "A parameter that the scans are to tell."};

static const struct hc_param scan_params[] = {
    {.key = "day",
     .type = HC_STRING,
     AT(hc_scan_params, day),
     .unit = "day",
     .meaning =
         "When it was taken: a number of days or, if therapy.date is given, a date; before the treatment of that "
         "day."},
    {.key = "volume",
     .type = HC_REAL,
     AT(hc_scan_params, volume),
     .unit = "mL",
     .fallback = "~",
     .min = 1e-9,
     .max = 1e6,
     .meaning = "Volume of the tumour that was measured; absent if `synthetic` makes the scans."},
    {.key = "segmentation",
     .type = HC_PATH,
     AT(hc_scan_params, segmentation),
     .fallback = "~",
     .meaning =
         "Image of labels, for a tumour in a tissue; observe.enhancing_labels and visible_labels of its case say "
         "what they are."},
    {.key = "held_out",
     .type = HC_BOOL,
     AT(hc_scan_params, held_out),
     .fallback = "false",
     .meaning = "The scan is not used, but predicted, and compared with the prediction."},
    {0}};
static const struct hc_block scan_block = {"scans", sizeof(struct hc_scan_params), scan_params,
                                           "A scan; in the order of time."};

static const struct hc_param noise_params[] = {
    {.key = "kind",
     .type = HC_CHOICE,
     AT(hc_noise_params, kind),
     .fallback = "relative",
     .choices = noises,
     .meaning = "Whether large tumours are measured less exactly."},
    {.key = "sd",
     .type = HC_REAL,
     AT(hc_noise_params, sd),
     .fallback = "0.1",
     .min = 1e-9,
     .max = 1e6,
     .meaning = "Standard deviation of a measured volume."},
    {.key = "position",
     .type = HC_REAL,
     AT(hc_noise_params, position),
     .unit = "mm",
     .fallback = "1",
     .min = 1e-6,
     .max = 1e3,
     .meaning = "Standard deviation of each coordinate of a segmentation's centroid."},
    {.key = "blocks",
     .type = HC_REAL,
     AT(hc_noise_params, blocks),
     .unit = "mm",
     .fallback = "0",
     .min = 0,
     .max = 1e3,
     .meaning = "Edge of cubes, around what a segmentation shows, whose shares that it marks are data too: the form of "
                "the tumour, not its size and place alone. 0: none."},
    {.key = "share",
     .type = HC_REAL,
     AT(hc_noise_params, share),
     .unit = "1",
     .fallback = "0.3",
     .min = 1e-6,
     .max = 1e3,
     .meaning = "Standard deviation of such a share, for a cube that is all tissue."},
    {0}};
static const struct hc_block noise_block = {"noise", sizeof(struct hc_noise_params), noise_params,
                                            "How exact scans are."};

static const struct hc_param synthetic_params[] = {
    {.key = "truth",
     .type = HC_MAP,
     AT(hc_synthetic_params, truth),
     .fallback = "~",
     .meaning = "Values of all unknowns; scans are then computed, not given. Absent: the scans are a patient's."},
    {.key = "clean",
     .type = HC_BOOL,
     AT(hc_synthetic_params, clean),
     .fallback = "false",
     .meaning = "No noise is added to them."},
    {.key = "seed",
     .type = HC_INT,
     AT(hc_synthetic_params, seed),
     .fallback = "1",
     .min = 0,
     .max = 1e15,
     .meaning = "Seed of their noise."},
    {0}};
static const struct hc_block synthetic_block = {"synthetic", sizeof(struct hc_synthetic_params), synthetic_params,
                                                "Scans of a tumour that is known, to test what is found again."};

static const struct hc_param predict_params[] = {
    {.key = "days",
     .type = HC_STRINGS,
     AT(hc_predict_params, days),
     .unit = "day",
     .fallback = "~",
     .n_max = 10000,
     .meaning = "Days of scans to come, in the order of time."},
    {.key = "level",
     .type = HC_REAL,
     AT(hc_predict_params, level),
     .unit = "1",
     .fallback = "0.95",
     .min = 0.01,
     .max = 0.9999,
     .meaning = "Probability of intervals."},
    {.key = "points",
     .type = HC_INT,
     AT(hc_predict_params, points),
     .fallback = "200",
     .min = 2,
     .max = 100000,
     .meaning = "Points of the predicted curve, from the first scan to the last day."},
    {0}};
static const struct hc_block predict_block = {"predict", sizeof(struct hc_predict_params), predict_params,
                                              "What is predicted."};

static const struct hc_param search_params[] = {
    {.key = "starts",
     .type = HC_INT,
     AT(hc_search_params, starts),
     .fallback = "8",
     .min = 1,
     .max = 10000,
     .meaning = "Searches for the best fit: the first from the given starts, others from draws of the priors."},
    {.key = "iterations",
     .type = HC_INT,
     AT(hc_search_params, iterations),
     .fallback = "200",
     .min = 1,
     .max = 100000,
     .meaning = "Most iterations of one search."},
    {.key = "tolerance",
     .type = HC_REAL,
     AT(hc_search_params, tolerance),
     .unit = "1",
     .fallback = "1e-10",
     .min = 1e-15,
     .max = 0.1,
     .meaning =
         "A search ends when the gradient is this small, relative to where it began or to the sum of squares, or "
         "when three iterations have changed that by less."},
    {.key = "seed",
     .type = HC_INT,
     AT(hc_search_params, seed),
     .fallback = "1",
     .min = 0,
     .max = 1e15,
     .meaning = "Seed of the random starts."},
    {.key = "ranks",
     .type = HC_INT,
     AT(hc_search_params, ranks),
     .fallback = "1",
     .min = 0,
     .max = 1e6,
     .meaning = "Ranks of mpiexec that run the model of a tissue together, where one has not the memory for its mesh; "
                "groups of so many run it for other values at the same time. 0: all together."},
    {0}};
static const struct hc_block search_block = {"search", sizeof(struct hc_search_params), search_params,
                                             "The search for the best fit."};

static const struct hc_param ensemble_params[] = {
    {.key = "samples",
     .type = HC_INT,
     AT(hc_ensemble_params, samples),
     .fallback = "-1",
     .min = -1,
     .max = 1e7,
     .meaning = "Samples of the posterior; each is a run of the model in every round. -1: 2000, or 100 in a tissue. 0, "
                "in a tissue: none, intervals are Laplace's approximation."},
    {.key = "rounds",
     .type = HC_INT,
     AT(hc_ensemble_params, rounds),
     .fallback = "3",
     .min = 0,
     .max = HC_MOST_ROUNDS,
     .meaning = "Rounds of importance sampling. 0: samples of Laplace's approximation as they are, in one round."},
    {.key = "seed",
     .type = HC_INT,
     AT(hc_ensemble_params, seed),
     .fallback = "1",
     .min = 0,
     .max = 1e15,
     .meaning = "Seed of the samples."},
    {0}};
static const struct hc_block ensemble_block = {"ensemble", sizeof(struct hc_ensemble_params), ensemble_params,
                                               "Samples of the posterior."};

static const struct hc_param case_params[] = {
    {.key = "title",
     .type = HC_STRING,
     AT(hc_calibrate_case, title),
     .fallback = "~",
     .meaning = "A line about the case, for pictures and summaries."},
    {.key = "tissue",
     .type = HC_PATH,
     AT(hc_calibrate_case, tissue),
     .fallback = "~",
     .meaning =
         "Case file of a tumour in a tissue (healthcast run), whose parameters are the unknowns then: diffusivity, "
         "proliferation, seed.x, seed.time, ... and whose therapy is used. Absent: logistic growth without space."},
    {.key = "known",
     .type = HC_MAP,
     AT(hc_calibrate_case, known),
     .fallback = "~",
     .meaning = "Parameters that are known: name and value, as {alpha_beta: 10}."},
    {.key = "unknowns",
     .type = HC_LIST,
     AT(hc_calibrate_case, unknowns),
     .n_min = 1,
     .n_max = 100,
     .block = &unknown_block,
     .meaning = "Parameters that are not."},
    {.key = "scans",
     .type = HC_LIST,
     AT(hc_calibrate_case, scans),
     .n_min = 1,
     .n_max = 100000,
     .block = &scan_block,
     .meaning = "Serial scans."},
    {.key = "noise",
     .type = HC_BLOCK,
     AT(hc_calibrate_case, noise),
     .block = &noise_block,
     .meaning = "How exact they are."},
    {.key = "synthetic",
     .type = HC_BLOCK,
     AT(hc_calibrate_case, synthetic),
     .block = &synthetic_block,
     .meaning = "Scans that are made, not taken."},
    {.key = "therapy",
     .type = HC_BLOCK,
     AT(hc_calibrate_case, therapy),
     .block = &hc_therapy_block,
     .meaning = "What was done, and will be, against the tumour."},
    {.key = "predict",
     .type = HC_BLOCK,
     AT(hc_calibrate_case, predict),
     .block = &predict_block,
     .meaning = "What is predicted."},
    {.key = "search",
     .type = HC_BLOCK,
     AT(hc_calibrate_case, search),
     .block = &search_block,
     .meaning = "How the best fit is found."},
    {.key = "ensemble",
     .type = HC_BLOCK,
     AT(hc_calibrate_case, ensemble),
     .block = &ensemble_block,
     .meaning = "How what the scans leave open is sampled."},
    {0}};
const struct hc_block hc_calibrate_block = {"calibration", sizeof(struct hc_calibrate_case), case_params,
                                            "A tumour's unknown parameters from serial scans."};

PetscErrorCode hc_calibrate_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                 struct hc_calibrate_case *study, struct hc_params **params)
{
  PetscFunctionBeginUser;
  PetscCall(hc_params_read(comm, path, n_set, set, &hc_calibrate_block, study, params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_calibrate_samples(const struct hc_calibrate_case *study)
{
  if (study->ensemble.samples >= 0)
    return study->ensemble.samples;
  return study->tissue ? 100 : 2000;
}
