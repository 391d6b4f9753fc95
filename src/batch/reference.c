/* SUNDIALS CVODE (Hindmarsh et al. 2005, doi:10.1145/1089014.1089020) on the right-hand side of a model: variable-order
 * BDF, dense Jacobian by differences, cell by cell. */
#include "internal.h"

#include <cvode/cvode.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <string.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

#ifdef SUN_COMM_NULL
#define NO_COMM SUN_COMM_NULL
#else
#define NO_COMM NULL /* SUNDIALS before 7 */
#endif

struct hc_reference {
  SUNContext context;
  N_Vector y, tolerances;
  SUNMatrix matrix;
  SUNLinearSolver solver;
  void *cvode;
  double *dydt, *currents;
  /* what the right-hand side needs */
  const struct hc_batch *batch;
  const double *parameters;
  double stim;
};

#define CALL_CVODE(call)                                                                                               \
  do {                                                                                                                 \
    const int flag_ = (call);                                                                                          \
    PetscCheck(flag_ >= 0, PETSC_COMM_SELF, HC_ERR_NUMERIC, "CVODE: %s returned %d", #call, flag_);                    \
  } while (0)

static int right_side(double t, N_Vector y, N_Vector dydt, void *context)
{
  const struct hc_reference *r = context;
  double *rates = N_VGetArrayPointer(dydt);
  r->batch->model->rates(t, N_VGetArrayPointer(y), r->stim, r->parameters, rates, NULL);
  if (!isnan(r->batch->clamp))
    rates[0] = 0;
  for (int s = 0; s < r->batch->model->n_states; ++s)
    if (!isfinite(rates[s]))
      return 1; /* CVODE tries a smaller step */
  return 0;
}

/* Messages are ours: CVODE's own would go to stderr. */
static void stay_silent(int code, const char *module, const char *function, char *message, void *context)
{
  (void)code, (void)module, (void)function, (void)message, (void)context;
}

static PetscErrorCode set_up(struct hc_reference *r, struct hc_batch *batch)
{
  const struct hc_cell_model *model = batch->model;
  const double tolerance = batch->options.tolerance;
  PetscFunctionBeginUser;
  r->batch = batch;
  PetscCall(PetscMalloc2(model->n_states, &r->dydt, model->n_currents, &r->currents));
  PetscCheck(SUNContext_Create(NO_COMM, &r->context) == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "SUNContext_Create failed");
  r->y = N_VNew_Serial(model->n_states, r->context);
  r->tolerances = N_VNew_Serial(model->n_states, r->context);
  r->matrix = SUNDenseMatrix(model->n_states, model->n_states, r->context);
  r->solver = SUNLinSol_Dense(r->y, r->matrix, r->context);
  r->cvode = CVodeCreate(CV_BDF, r->context);
  PetscCheck(r->y && r->tolerances && r->matrix && r->solver && r->cvode, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for CVODE");
  /* a state is small against what it starts with, or against 1 for V, gates and chains */
  for (int s = 0; s < model->n_states; ++s) {
    const enum hc_state_kind kind = model->states[s].kind;
    const bool own = kind == HC_STATE_PLAIN || kind == HC_STATE_STIFF;
    N_VGetArrayPointer(r->y)[s] = model->states[s].initial;
    N_VGetArrayPointer(r->tolerances)[s] = 1e-4 * tolerance * (own ? 1e-6 + fabs(model->states[s].initial) : 1);
  }
  CALL_CVODE(CVodeInit(r->cvode, right_side, 0, r->y));
  CALL_CVODE(CVodeSetErrHandlerFn(r->cvode, stay_silent, NULL));
  CALL_CVODE(CVodeSVtolerances(r->cvode, tolerance, r->tolerances));
  CALL_CVODE(CVodeSetLinearSolver(r->cvode, r->solver, r->matrix));
  CALL_CVODE(CVodeSetUserData(r->cvode, r));
  CALL_CVODE(CVodeSetMaxNumSteps(r->cvode, 10000000));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_reference_create(struct hc_batch *batch)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&batch->reference));
  PetscCall(set_up(batch->reference, batch)); /* the batch frees what a failure leaves */
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_reference_destroy(struct hc_batch *batch)
{
  struct hc_reference *r = batch->reference;
  if (!r)
    return;
  if (r->cvode)
    CVodeFree(&r->cvode);
  if (r->solver)
    SUNLinSolFree(r->solver);
  if (r->matrix)
    SUNMatDestroy(r->matrix);
  if (r->tolerances)
    N_VDestroy(r->tolerances);
  if (r->y)
    N_VDestroy(r->y);
  if (r->context)
    SUNContext_Free(&r->context);
  (void)PetscFree2(r->dydt, r->currents);
  (void)PetscFree(batch->reference);
}

static void show(const struct hc_reference *r, int cell, double t, const struct hc_batch_observer *observer)
{
  const double *y = N_VGetArrayPointer(r->y);
  if (!observer)
    return;
  r->batch->model->rates(t, y, r->stim, r->parameters, r->dydt, r->currents);
  const struct hc_batch_sample sample = {
      .t = t, .first = cell, .n = 1, .stride = 1, .v = y, .state = y + 1, .currents = r->currents};
  observer->see(observer->context, &sample);
}

PetscErrorCode hc_reference_advance(struct hc_batch *batch, int cell, double until, double stim,
                                    const struct hc_batch_observer *observer)
{
  const struct hc_cell_model *model = batch->model;
  struct hc_reference *r = batch->reference;
  double *y = N_VGetArrayPointer(r->y), t = batch->t;
  PetscFunctionBeginUser;
  r->parameters = batch->parameters + (size_t)cell * (size_t)model->n_parameters;
  r->stim = stim;
  PetscCall(hc_batch_get(batch, cell, y));
  if (!isnan(batch->clamp))
    y[0] = batch->clamp;
  CALL_CVODE(CVodeReInit(r->cvode, t, r->y));
  CALL_CVODE(CVodeSetStopTime(r->cvode, until));
  while (t < until) {
    show(r, cell, t, observer);
    const int flag = CVode(r->cvode, until, r->y, &t, CV_ONE_STEP);
    if (!(flag >= 0 && y[0] >= model->v_limits[0] && y[0] <= model->v_limits[1])) {
      batch->failed = cell;
      SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC, "cell %d of %s: CVODE stopped with code %d at %.6g ms, V = %.6g mV",
              cell, model->name, flag, t, y[0]);
    }
    batch->counts.steps++;
  }
  PetscCall(hc_batch_set(batch, cell, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}
