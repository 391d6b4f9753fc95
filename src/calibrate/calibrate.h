#ifndef HC_CALIBRATE_H
#define HC_CALIBRATE_H
#include "fit.h"
#endif
