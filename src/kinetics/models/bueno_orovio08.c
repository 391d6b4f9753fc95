#include "bueno_orovio08.h"
#define HC_MODEL bueno_orovio08
#define HC_STATES BUENO_OROVIO08_STATES
#define HC_PARAMETERS BUENO_OROVIO08_PARAMETERS
#define HC_CURRENTS BUENO_OROVIO08_CURRENTS
#include "launch.h"

#define HC_CITATION "Bueno-Orovio, Cherry & Fenton 2008, doi:10.1016/j.jtbi.2008.03.029"
#define HC_STIMULUS 70.0
#define HC_STIMULUS_MS 0.5
#define HC_COST 3.3
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME bueno_orovio08_epi
#define HC_VARIANT_TITLE "Bueno-Orovio 2008, minimal model, human ventricle, epicardial"
#include "describe.h"

#define HC_VARIANT 2
#define HC_VARIANT_NAME bueno_orovio08_endo
#define HC_VARIANT_TITLE "Bueno-Orovio 2008, minimal model, human ventricle, endocardial"
#include "describe.h"

#define HC_VARIANT 3
#define HC_VARIANT_NAME bueno_orovio08_m
#define HC_VARIANT_TITLE "Bueno-Orovio 2008, minimal model, human ventricle, M cell"
#include "describe.h"
