/* A plug-in whose cells fail as their parameter `fault` says: 1 crashes, 2 gives NaN, 3 hangs. Crashes and hangs happen
 * once for each value of the parameter `who`, and only where $HC_FAULTS names a folder to remember that in: so that a
 * campaign that has gone through them can be compared with one that has not. */
#include "cell_model.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LANES = 8, FAULT = 1, WHO = 2 };
enum { CRASH = 1, NOT_A_NUMBER = 2, HANG = 3 };

static const struct hc_state_info states[] = {{"V", "mV", "potential", -80, HC_STATE_POTENTIAL},
                                              {"h", "1", "slow recovery", 1, HC_STATE_GATE}};
static const struct hc_parameter_info parameters[] = {{"tau", "ms", "time constant", "the test", 10, 1, 1000},
                                                      {"fault", "1", "what goes wrong", "the test", 0, 0, 3},
                                                      {"who", "1", "a number of its own", "the test", 0, 0, 1e9},
                                                      {"scale_I", "1", "factor on I", "a choice", 1, 0, 1000}};
static const struct hc_current_info currents[] = {{"I", "A/F", "leak"}};

/* Is it the first time? */
static int is_first(double who)
{
  const char *folder = getenv("HC_FAULTS");
  char path[4096];
  int file;
  if (!folder)
    return 0;
  snprintf(path, sizeof path, "%s/%.0f", folder, who);
  file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (file >= 0)
    close(file);
  return file >= 0;
}

static double value_of(const struct hc_cell_batch *cells, int block, int lane, int parameter)
{
  for (int f = 0; f < cells->n_fields; f++)
    if (cells->field_of[f] == parameter)
      return cells->fields[((size_t)block * (size_t)cells->n_fields + (size_t)f) * LANES + (size_t)lane];
  return cells->parameters[parameter];
}

static double fail(double fault, double who)
{
  if (fault == CRASH && is_first(who))
    raise(SIGSEGV);
  if (fault == HANG && is_first(who))
    for (;;)
      pause();
  return fault == NOT_A_NUMBER ? NAN : 0;
}

static void advance(const struct hc_cell_batch *cells, double t, double dt, double *v, double *state, double *error,
                    double *current)
{
  for (int block = 0; block < cells->n_blocks; block++)
    for (int lane = 0; lane < LANES; lane++) {
      const int i = block * LANES + lane;
      const double tau = value_of(cells, block, lane, 0), leak = (cells->v[i] + 80) / tau;
      if (current)
        current[i] = leak;
      if (error)
        error[i] = 0;
      v[i] = cells->v[i] + dt * ((cells->stim ? cells->stim[i] : 0) - leak);
      state[i] = cells->state[i] + dt * (1 - cells->state[i]) / tau;
      if (t >= 5) /* not at once: some of the work is lost */
        v[i] += fail(value_of(cells, block, lane, FAULT), value_of(cells, block, lane, WHO));
    }
}

static void step(const struct hc_cell_batch *cells, double t, double dt)
{
  advance(cells, t, dt, cells->v, cells->state, 0, 0);
}

static void rates(double t, const double *y, double stim, const double *p, double *dydt, double *current)
{
  (void)t;
  dydt[0] = stim - (y[0] + 80) / p[0];
  dydt[1] = (1 - y[1]) / p[0];
  if (current)
    current[0] = (y[0] + 80) / p[0];
}

static const struct hc_cell_model model = {.abi = HC_CELL_ABI,
                                           .name = "faulty",
                                           .title = "a leak that fails",
                                           .citation = "nobody",
                                           .n_states = 2,
                                           .states = states,
                                           .n_parameters = 4,
                                           .parameters = parameters,
                                           .n_currents = 1,
                                           .currents = currents,
                                           .v_limits = {-200, 200},
                                           .stimulus = 20,
                                           .stimulus_duration = 2,
                                           .cost = 1,
                                           .lanes = LANES,
                                           .step = step,
                                           .step2 = advance,
                                           .rates = rates};

extern const struct hc_cell_model *const hc_cell_plugin[];
const struct hc_cell_model *const hc_cell_plugin[] = {&model, 0};
