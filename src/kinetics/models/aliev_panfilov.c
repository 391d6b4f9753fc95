#include "aliev_panfilov.h"
#define HC_MODEL aliev_panfilov
#define HC_STATES ALIEV_PANFILOV_STATES
#define HC_PARAMETERS ALIEV_PANFILOV_PARAMETERS
#define HC_CURRENTS ALIEV_PANFILOV_CURRENTS
#include "launch.h"

#define HC_CITATION "Aliev & Panfilov 1996, doi:10.1016/0960-0779(95)00089-5"
#define HC_STIMULUS 20.0
#define HC_STIMULUS_MS 2.0
#define HC_COST 0.9
#define HC_V_LIMITS -105.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME aliev_panfilov
#define HC_VARIANT_TITLE "Aliev-Panfilov 1996, two variables"
#include "describe.h"
