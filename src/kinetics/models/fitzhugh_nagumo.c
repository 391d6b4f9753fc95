#include "fitzhugh_nagumo.h"
#define HC_MODEL fitzhugh_nagumo
#define HC_STATES FITZHUGH_NAGUMO_STATES
#define HC_PARAMETERS FITZHUGH_NAGUMO_PARAMETERS
#define HC_CURRENTS FITZHUGH_NAGUMO_CURRENTS
#include "launch.h"

#define HC_CITATION                                                                                                    \
  "FitzHugh 1961, doi:10.1016/S0006-3495(61)86902-6, in the form of Rogers & McCulloch 1994, doi:10.1109/10.310090"
#define HC_STIMULUS 40.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 0.6
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME fitzhugh_nagumo
#define HC_VARIANT_TITLE "FitzHugh-Nagumo, cardiac form of Rogers & McCulloch 1994"
#include "describe.h"
