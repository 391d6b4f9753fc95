/* A plug-in whose model is broken in the way that the environment variable HC_BREAK names, when it is loaded. */
#include "cell_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hc_state_info states[] = {{"V", "mV", "potential", -80, HC_STATE_POTENTIAL},
                                        {"h", "1", "a gate", 1, HC_STATE_GATE}};
static struct hc_parameter_info parameters[] = {{"g", "mS/uF", "a conductance", "the test", 1, 0, 2},
                                                {"scale_I", "1", "factor on I", "a choice", 1, 0, 1000}};
static struct hc_current_info currents[] = {{"I", "A/F", "a current"}};

static void step(const struct hc_cell_batch *cells, double t, double dt)
{
  (void)cells, (void)t, (void)dt;
}

static void step2(const struct hc_cell_batch *cells, double t, double dt, double *v, double *state, double *error,
                  double *current)
{
  (void)cells, (void)t, (void)dt, (void)v, (void)state, (void)error, (void)current;
}

static void rates(double t, const double *y, double stim, const double *p, double *dydt, double *current)
{
  (void)t, (void)y, (void)stim, (void)p, (void)dydt, (void)current;
}

static struct hc_cell_model model = {.abi = HC_CELL_ABI,
                                     .name = "broken",
                                     .title = "a broken model",
                                     .citation = "nobody",
                                     .n_states = 2,
                                     .states = states,
                                     .n_parameters = 2,
                                     .parameters = parameters,
                                     .n_currents = 1,
                                     .currents = currents,
                                     .v_limits = {-200, 200},
                                     .cost = 1,
                                     .lanes = 8,
                                     .step = step,
                                     .step2 = step2,
                                     .rates = rates};

extern const struct hc_cell_model *hc_cell_plugin[];
const struct hc_cell_model *hc_cell_plugin[] = {&model, 0, 0};

__attribute__((constructor)) static void break_it(void)
{
  const char *how = getenv("HC_BREAK");
  if (!how)
    return;
  if (!strcmp(how, "abi"))
    model.abi = HC_CELL_ABI + 7;
  else if (!strcmp(how, "empty"))
    hc_cell_plugin[0] = 0;
  else if (!strcmp(how, "twice"))
    hc_cell_plugin[1] = &model;
  else if (!strcmp(how, "elsewhere"))
    hc_cell_plugin[0] = (const void *)stdout; /* of another library */
  else if (!strcmp(how, "potential"))
    states[0].unit = "V";
  else if (!strcmp(how, "same names"))
    states[1].name = "V";
  else if (!strcmp(how, "gate"))
    states[1].initial = 1.5;
  else if (!strcmp(how, "default"))
    parameters[0].fallback = 3;
  else if (!strcmp(how, "scale"))
    parameters[1].name = "scale_J";
  else if (!strcmp(how, "lanes"))
    model.lanes = 3;
  else if (!strcmp(how, "functions"))
    model.step2 = 0;
  else if (!strcmp(how, "body"))
    model.source = "";
  else if (!strcmp(how, "limits"))
    model.v_limits[0] = -70;
}
