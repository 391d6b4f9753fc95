#include "fabbri17.h"
#define HC_MODEL fabbri17
#define HC_STATES FABBRI17_STATES
#define HC_PARAMETERS FABBRI17_PARAMETERS
#define HC_CURRENTS FABBRI17_CURRENTS
#define HC_EXCHANGES FABBRI17_EXCHANGES
#define HC_SUMS FABBRI17_SUMS
#include "launch.h"

#define HC_CITATION "Fabbri et al. 2017, doi:10.1113/JP273259"
#define HC_STIMULUS 0.0
#define HC_STIMULUS_MS 0.0
#define HC_COST 45.0
#define HC_V_LIMITS -150.0, 90.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME fabbri17
#define HC_VARIANT_TITLE "Fabbri 2017, human sinus node, beats by itself"
#include "describe.h"
