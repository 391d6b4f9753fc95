#include "ord11_cipa.h"
#define HC_MODEL cipa
#define HC_STATES CIPA_STATES
#define HC_PARAMETERS CIPA_PARAMETERS
#define HC_CURRENTS ORD11_CURRENTS
#define HC_EXCHANGES CIPA_EXCHANGES
#define HC_SUMS CIPA_SUMS
#include "launch.h"

#define HC_CITATION                                                                                                    \
  "CiPAORdv1.0: Li et al. 2017, doi:10.1161/CIRCEP.116.004628; Dutta et al. 2017, doi:10.3389/fphys.2017.00616"
#define HC_STIMULUS 80.0
#define HC_STIMULUS_MS 0.5
#define HC_COST 47.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 4
#define HC_VARIANT_NAME ord11_cipa
#define HC_VARIANT_TITLE "O'Hara-Rudy for drug safety (CiPA v1), human ventricle, endocardial"
#include "describe.h"
