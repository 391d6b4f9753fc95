#include "ord11.h"
#define HC_MODEL ord11
#define HC_STATES ORD11_STATES
#define HC_PARAMETERS ORD11_PARAMETERS
#define HC_CURRENTS ORD11_CURRENTS
#define HC_SUMS ORD11_SUMS
#include "launch.h"

#define HC_CITATION "O'Hara, Virag, Varro & Rudy 2011, doi:10.1371/journal.pcbi.1002061"
#define HC_STIMULUS 80.0
#define HC_STIMULUS_MS 0.5
#define HC_COST 42.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME ord11_epi
#define HC_VARIANT_TITLE "O'Hara-Rudy 2011, human ventricle, epicardial"
#include "describe.h"

#define HC_VARIANT 2
#define HC_VARIANT_NAME ord11_endo
#define HC_VARIANT_TITLE "O'Hara-Rudy 2011, human ventricle, endocardial"
#include "describe.h"

#define HC_VARIANT 3
#define HC_VARIANT_NAME ord11_m
#define HC_VARIANT_TITLE "O'Hara-Rudy 2011, human ventricle, M cell"
#include "describe.h"
