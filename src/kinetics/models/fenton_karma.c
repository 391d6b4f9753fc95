#include "fenton_karma.h"
#define HC_MODEL fenton_karma
#define HC_STATES FENTON_KARMA_STATES
#define HC_PARAMETERS FENTON_KARMA_PARAMETERS
#define HC_CURRENTS FENTON_KARMA_CURRENTS
#include "launch.h"

#define HC_CITATION "Fenton & Karma 1998, doi:10.1063/1.166311"
#define HC_STIMULUS 20.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 1.7
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME fenton_karma_br
#define HC_VARIANT_TITLE "Fenton-Karma 1998, as Beeler-Reuter"
#include "describe.h"

#define HC_VARIANT 2
#define HC_VARIANT_NAME fenton_karma_mbr
#define HC_VARIANT_TITLE "Fenton-Karma 1998, as modified Beeler-Reuter"
#include "describe.h"

#define HC_VARIANT 3
#define HC_VARIANT_NAME fenton_karma_mlr1
#define HC_VARIANT_TITLE "Fenton-Karma 1998, as modified Luo-Rudy I"
#include "describe.h"

#define HC_VARIANT 4
#define HC_VARIANT_NAME fenton_karma_gp
#define HC_VARIANT_TITLE "Fenton-Karma 1998, as guinea pig ventricle"
#include "describe.h"
