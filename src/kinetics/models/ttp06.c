#include "ttp06.h"
#define HC_MODEL ttp06
#define HC_STATES TTP06_STATES
#define HC_PARAMETERS TTP06_PARAMETERS
#define HC_CURRENTS TTP06_CURRENTS
#define HC_SUMS TTP06_SUMS
#include "launch.h"

#define HC_CITATION "ten Tusscher & Panfilov 2006, doi:10.1152/ajpheart.00109.2006"
#define HC_STIMULUS 52.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 25.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME ttp06_epi
#define HC_VARIANT_TITLE "ten Tusscher-Panfilov 2006, human ventricle, epicardial"
#include "describe.h"

#define HC_VARIANT 2
#define HC_VARIANT_NAME ttp06_endo
#define HC_VARIANT_TITLE "ten Tusscher-Panfilov 2006, human ventricle, endocardial"
#include "describe.h"

#define HC_VARIANT 3
#define HC_VARIANT_NAME ttp06_m
#define HC_VARIANT_TITLE "ten Tusscher-Panfilov 2006, human ventricle, M cell"
#include "describe.h"
