/* A synthetic patient with a high-grade glioma, shared by tests of calibrate. */
#ifndef CALIBRATE_CASE_H
#define CALIBRATE_CASE_H

#include "calibrate.h"

static const char patient_unknowns[] =
    "unknowns=[{name: rho, min: 0.002, max: 0.5, prior: lognormal, centre: 0.05, spread: 0.5},"
    "{name: capacity, min: 20, max: 2000, prior: lognormal, centre: 150, spread: 0.4},"
    "{name: alpha, min: 0.001, max: 0.5, prior: lognormal, centre: 0.035, spread: 0.5},"
    "{name: volume, min: 0.5, max: 500, prior: lognormal, centre: 30, spread: 0.5}]";

/* Two scans before 30 x 2 Gy on weekdays, two during it, two after it; then two to predict. */
static const char *const patient[] = {patient_unknowns,
                                      "known={alpha_beta: 10}",
                                      "scans=[{day: 0}, {day: 14}, {day: 35}, {day: 49}, {day: 77}, {day: 98}]",
                                      "predict.days=[119, 147]",
                                      "predict.points=2",
                                      "noise.sd=0.1",
                                      "synthetic.truth={rho: 0.06, capacity: 180, alpha: 0.03, volume: 25}",
                                      "therapy.radiotherapy=[{start: 21, fractions: 30, dose: 2}]"};
#define N_PATIENT ((int)(sizeof patient / sizeof patient[0]))

#endif
