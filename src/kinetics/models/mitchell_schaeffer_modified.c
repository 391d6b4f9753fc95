#include "mitchell_schaeffer_modified.h"
#define HC_MODEL mitchell_schaeffer_modified
#define HC_STATES MITCHELL_SCHAEFFER_MODIFIED_STATES
#define HC_PARAMETERS MITCHELL_SCHAEFFER_MODIFIED_PARAMETERS
#define HC_CURRENTS MITCHELL_SCHAEFFER_MODIFIED_CURRENTS
#include "launch.h"

#define HC_CITATION "Corrado & Niederer 2016, doi:10.1016/j.mbs.2016.08.010"
#define HC_STIMULUS 20.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 1.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME mitchell_schaeffer_modified
#define HC_VARIANT_TITLE "Mitchell-Schaeffer, modified by Corrado & Niederer 2016"
#include "describe.h"
