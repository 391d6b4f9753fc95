#include "torord19.h"
#define HC_MODEL torord19
#define HC_STATES TORORD19_STATES
#define HC_PARAMETERS TORORD19_PARAMETERS
#define HC_CURRENTS TORORD19_CURRENTS
#define HC_EXCHANGES TORORD19_EXCHANGES
#define HC_SUMS TORORD19_SUMS
#include "launch.h"

#define HC_CITATION "Tomek et al. 2019, doi:10.7554/eLife.48890; chloride: doi:10.1101/2020.06.01.127043"
#define HC_STIMULUS 53.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 60.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 4
#define HC_VARIANT_NAME torord19_dyncl_epi
#define HC_VARIANT_TITLE "ToR-ORd 2019 with dynamic chloride, human ventricle, epicardial"
#include "describe.h"

#define HC_VARIANT 5
#define HC_VARIANT_NAME torord19_dyncl_endo
#define HC_VARIANT_TITLE "ToR-ORd 2019 with dynamic chloride, human ventricle, endocardial"
#include "describe.h"

#define HC_VARIANT 6
#define HC_VARIANT_NAME torord19_dyncl_m
#define HC_VARIANT_TITLE "ToR-ORd 2019 with dynamic chloride, human ventricle, M cell"
#include "describe.h"

#undef HC_SUMS /* chloride that is held does not conserve charge */

#define HC_VARIANT 1
#define HC_VARIANT_NAME torord19_epi
#define HC_VARIANT_TITLE "ToR-ORd 2019, human ventricle, epicardial"
#include "describe.h"

#define HC_VARIANT 2
#define HC_VARIANT_NAME torord19_endo
#define HC_VARIANT_TITLE "ToR-ORd 2019, human ventricle, endocardial"
#include "describe.h"

#define HC_VARIANT 3
#define HC_VARIANT_NAME torord19_m
#define HC_VARIANT_TITLE "ToR-ORd 2019, human ventricle, M cell"
#include "describe.h"
