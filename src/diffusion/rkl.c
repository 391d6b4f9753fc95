/* Stabilised explicit stepping: the Runge-Kutta-Legendre schemes of first and second order (Meyer, Balsara & Aslam
 * 2014, doi:10.1016/j.jcp.2013.08.021). With z = dt lambda, lambda an eigenvalue, s stages are stable up to z = s^2 + s
 * and (s^2 + s - 2) / 2, and need no scalar products.
 *
 *   dv/dt = A v,   A = -P K,   P = 1/Ml + theta 1/Ml (Ml - Mc) 1/Ml
 *
 * P is the inverse of the mass matrix Ml - theta (Ml - Mc) to first order in theta: with theta = 1 it takes away the
 * dispersion of mass lumping (Guermond & Pasquetti 2013, doi:10.1016/j.cma.2012.08.011), at the cost of one more
 * product instead of a solve. adapted.c has a theta for each direction. Both products are sums of differences, so that
 * a heart at rest stays so bit for bit and the integral of v is kept to rounding.
 *
 * The stages are written for d_j = v_j - v_0, which A maps linearly, with r = A v_0:
 *   d_1 = m'_1 dt r
 *   d_j = m_j d_j-1 + n_j d_j-2 + m'_j dt A d_j-1 + (g'_j + m'_j) dt r        (g' = 0 in the first-order scheme)
 *
 * Why first order is the default: cells advance by first-order steps and splitting is of first order, and their error
 * makes fronts late, while a diffusion step 1 - z + c z^2 with c below 1/2 makes them early. c lies between 1/6 (two
 * stages) and 1/4 (many), where the two nearly cancel (docs/coarse-meshes.md); c = 1/2 leaves the first one alone. */
#include "internal.h"

#include <math.h>
#include <string.h>

enum { ITERATIONS = 40, MOST_STAGES = 1000 };

/* out = sum of n terms + factor A x. x gets its halo. */
static PetscErrorCode apply(struct hc_diffusion *d, struct hc_vec x, double factor, int n, const double *coefficient,
                            const struct hc_vec *term, struct hc_vec out)
{
  const struct hc_rkl *r = &d->rkl;
  const struct hc_vec none = {0};
  double coefficients[HC_SPARSE_TERMS];
  struct hc_vec terms[HC_SPARSE_TERMS];

  PetscFunctionBeginUser;
  if (!r->corrected) {
    PetscCall(hc_vec_product(&d->space, &d->stiffness, x, factor, r->inverse, none, n, coefficient, term, out));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int t = 0; t < n; t++) {
    coefficients[t] = coefficient[t];
    terms[t] = term[t];
  }
  coefficients[n] = factor;
  terms[n] = r->uncorrected;
  PetscCall(hc_vec_product(&d->space, &d->stiffness, x, 1, r->inverse, none, 0, NULL, NULL, r->uncorrected));
  PetscCall(hc_vec_product(&d->space, &r->correction, r->uncorrected, factor, r->inverse, none, n + 1, coefficients,
                           terms, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number in [-1, 1) for each node that does not depend on the ranks: a starting vector with every wave in it. */
static double noise(int64_t node)
{
  uint64_t z = (uint64_t)node + UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

static PetscErrorCode norm(const struct hc_diffusion *d, const double *x, double *length)
{
  double sum = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < d->mesh->n_owned; i++)
    sum += d->volumes[i] * x[i] * x[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, d->mesh->comm));
  *length = sqrt(sum);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On the host: largest eigenvalue of -A by the power method. It is reached from below, by a few per cent after these
 * iterations: stages_of() leaves room for that. Rounded to six digits, so that the number of stages does not depend on
 * the order of sums. */
static PetscErrorCode largest_eigenvalue(struct hc_diffusion *d, double *largest)
{
  const int n = d->mesh->n_owned;
  double *x = d->rkl.before.host, *y = d->rkl.rate.host, length;

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    x[i] = noise(d->mesh->file_node[i]);
  *largest = 0;
  for (int iteration = 0; iteration < ITERATIONS; iteration++) {
    PetscCall(norm(d, x, &length));
    if (!(length > 0)) /* nothing conducts */
      PetscFunctionReturn(PETSC_SUCCESS);
    for (int i = 0; i < n; i++)
      x[i] /= length;
    PetscCall(apply(d, d->rkl.before, -1, 0, NULL, NULL, d->rkl.rate));
    PetscCall(norm(d, y, largest));
    memcpy(x, y, (size_t)n * sizeof *x);
  }
  if (*largest > 0) {
    const double digits = pow(10, 5 - floor(log10(*largest)));
    *largest = round(*largest * digits) / digits;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fewest stages for a step of dt. Room is left for an eigenvalue that is larger than its estimate, and for damping:
 * at the limit of stability the shortest waves are not damped at all. */
static int stages_of(const struct hc_rkl *r, double dt)
{
  int s = 2;

  while (s <= MOST_STAGES &&
         r->largest * dt > 0.8 * (r->order == 1 ? (double)s * s + s : 0.5 * ((double)s * s + s - 2)))
    s++;
  return s;
}

/* (The third increment is made when a step first needs it: usual steps have two stages.) */
static PetscErrorCode reserve(struct hc_diffusion *d, int stages)
{
  PetscFunctionBeginUser;
  struct hc_vec *third = &d->rkl.increment[2];
  if (stages > 2 && !third->host && !third->device)
    PetscCall(hc_vec_create(&d->space, third));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Weights of theta (Ml - Mc), or of what takes its place. */
static PetscErrorCode create_correction(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *tensor,
                                        const struct hc_diffusion_params *params)
{
  struct hc_rkl *r = &d->rkl;
  const bool adapted = params->mass == HC_MASS_ADAPTED;
  double *values;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  r->corrected = params->mass != HC_MASS_LUMPED;
  if (!r->corrected)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscCalloc1(d->mesh->n_local, &r->uncorrected.host));
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &values));
  code = adapted ? hc_adapted_correction(d->mesh, pattern, tensor, params->upstroke, values)
                 : hc_fe_mass(d->mesh, pattern, 0, values);
  if (!code) /* off the diagonal, Ml - Mc is -Mc */
    code = hc_sparse_weights(d->space.sparse, pattern, adapted ? 1 : params->mass - 1, values, &r->correction.host);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* To the device, if there is one. */
static PetscErrorCode move(struct hc_diffusion *d)
{
  struct hc_rkl *r = &d->rkl;
  struct hc_vec *const vectors[] = {&r->inverse, &r->before, &r->rate, &r->uncorrected};

  PetscFunctionBeginUser;
  PetscCall(hc_weights_move(&d->space, &d->stiffness));
  PetscCall(hc_weights_move(&d->space, &r->correction));
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
    PetscCall(hc_vec_move(&d->space, vectors[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_rkl_create(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *tensor,
                             const struct hc_diffusion_params *params)
{
  struct hc_rkl *r = &d->rkl;
  const struct hc_mesh *mesh = d->mesh;

  PetscFunctionBeginUser;
  r->order = params->method == HC_RKL1 ? 1 : 2;
  PetscCall(PetscCalloc1(mesh->n_local, &r->inverse.host));
  for (int i = 0; i < mesh->n_owned; i++)
    r->inverse.host[i] = 1 / d->volumes[i];
  PetscCall(PetscCalloc1(mesh->n_local, &r->before.host));
  PetscCall(PetscCalloc1(mesh->n_local, &r->rate.host));
  PetscCall(create_correction(d, pattern, tensor, params));
  PetscCall(largest_eigenvalue(d, &r->largest));
  PetscCall(hc_error_agree(mesh->comm, move(d)));
  for (int k = 0; k < 2; k++)
    PetscCall(hc_vec_create(&d->space, &r->increment[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_rkl_destroy(struct hc_rkl *r)
{
  hc_weights_destroy(&r->correction);
  hc_vec_destroy(&r->inverse);
  hc_vec_destroy(&r->before);
  hc_vec_destroy(&r->rate);
  hc_vec_destroy(&r->uncorrected);
  for (int k = 0; k < 3; k++)
    hc_vec_destroy(&r->increment[k]);
}

/* Coefficients of stage j of s, as in the head of this file. */
struct coefficients {
  double m, n, driven, held; /* m_j, n_j, m'_j, g'_j */
};

static double b_of(int j)
{
  return j < 2 ? 1. / 3 : ((double)j * j + j - 2) / (2. * j * (j + 1.));
}

static struct coefficients coefficients_of(int order, int j, int s)
{
  struct coefficients c = {.m = (2. * j - 1) / j, .n = -(j - 1.) / j};

  if (order == 1) {
    c.driven = (j == 1 ? 1 : c.m) * 2 / ((double)s * s + s);
  } else if (j == 1) {
    c.driven = b_of(1) * 4 / ((double)s * s + s - 2);
  } else {
    c.m *= b_of(j) / b_of(j - 1);
    c.n *= b_of(j) / b_of(j - 2);
    c.driven = c.m * 4 / ((double)s * s + s - 2);
    c.held = -(1 - b_of(j - 1)) * c.driven;
  }
  return c;
}

/* Stage j of s from those before it. The last stage adds the increment to v. */
static PetscErrorCode stage(struct hc_diffusion *d, int j, int s, double dt, struct hc_vec v)
{
  struct hc_rkl *r = &d->rkl;
  const struct coefficients c = coefficients_of(r->order, j, s);
  const int memory = s > 2 ? 3 : 2;
  const struct hc_vec last = r->increment[(j - 1) % memory], next = r->increment[j % memory];
  struct hc_vec terms[4] = {last, r->rate};
  double factors[4] = {c.m, (c.held + c.driven) * dt};
  int count = 2;

  PetscFunctionBeginUser;
  if (j > 2) { /* d_0 is zero */
    factors[count] = c.n;
    terms[count++] = r->increment[(j - 2) % memory];
  }
  if (j == s) {
    factors[count] = 1;
    terms[count++] = v;
  }
  PetscCall(apply(d, last, c.driven * dt, count, factors, terms, j == s ? v : next));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_rkl_step(struct hc_diffusion *d, double dt, struct hc_vec v)
{
  struct hc_rkl *r = &d->rkl;
  const int s = stages_of(r, dt);
  const double first = coefficients_of(r->order, 1, s).driven * dt;

  PetscFunctionBeginUser;
  PetscCheck(s <= MOST_STAGES, PETSC_COMM_SELF, HC_ERR_INPUT,
             "diffusion.method: explicit stepping would need more than %d stages for a step of %.6g %s (the mesh's "
             "largest eigenvalue is %.3g of its inverse); allowed: shorter steps (or, in hearts, an implicit method)",
             MOST_STAGES, dt, d->step_unit, r->largest);
  PetscCall(reserve(d, s));
  hc_vec_copy(&d->space, v, r->before);
  PetscCall(apply(d, r->before, 1, 0, NULL, NULL, r->rate));
  hc_vec_combine(&d->space, 1, &first, &r->rate, r->increment[1]);
  for (int j = 2; j <= s; j++)
    PetscCall(stage(d, j, s, dt, v));
  r->stages += s;
  r->steps++;
  r->most = PetscMax(r->most, s);
  PetscFunctionReturn(PETSC_SUCCESS);
}
