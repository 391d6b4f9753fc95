/* What the two files of study_cable share: the options of a run and the cable. */
#ifndef STUDY_CABLE_H
#define STUDY_CABLE_H

#include "kinetics.h"

#include <string.h>

struct options {
  double h;      /* mm, distance of nodes */
  double d;      /* mm2/ms, diffusivity */
  double dt;     /* ms */
  double share;  /* blend: lumped share of the mass */
  double theta;  /* corrected: M^-1 ~ (1 + theta q + theta2 q^2) Ml^-1, q = Ml^-1 (Ml - Mc) */
  double theta2; /* see theta */
  double tau;    /* ms, adapted: corrected with theta = h / sqrt(D tau) */
  double beta;   /* load blend: share of the consistent load of the nodes' currents, the rest lumped */
  double front;  /* mV: elements with less difference of V take the current of their nodes */
  double xi;     /* place of a two-point rule in (0, 1], instead of Gauss' 1/sqrt(3) */
  double points; /* Gauss points in an element */
  double degree; /* of the elements, 1 or 2 */
  double length; /* mm; 0: as long as a velocity needs */
  double end;    /* ms; 0: until the velocity is known */
  double jump;   /* cross section of the second half over that of the first */
  double factor; /* on the parameter `gradient` in the second half */
  const char *gradient, *mass, *load, *current, *method, *splitting, *reaction, *model;
};

extern struct options opt;

enum { MAX_POINTS = 4 }; /* Gauss points in an element */

static inline bool is(const char *a, const char *b)
{
  return strcmp(a, b) == 0;
}

/* One line on stderr, the options, and the end. */
void study_usage(const char *what);

/* Zeroed memory, aligned for cell models; never NULL. */
void *study_allocate(size_t n, size_t size);

/* Cells at some points, in the blocks that their model takes. */
struct cells {
  int n, blocks;
  double *v, *state, *stim, *fields;
};

struct cable {
  const struct hc_cell_model *model;
  int n, degree, n_elements; /* nodes; of the elements; how many */
  double length;             /* mm */
  struct cells nodes, gauss; /* gauss: none with nodal currents */
  double eigenvalue;         /* largest of M^-1 K, 1/ms */
  int stages;                /* of a diffusion step of dt */
  /* Counted over the run: cells advanced, products with a matrix, solves; elements with currents at own points. */
  int64_t evaluations, products, solves, front;
};
extern struct cable cable;

/* Cells at rest, matrices, eigenvalue and stages, from the options. */
void cable_set_up(void);

/* One time step from t (ms). */
void cable_step(double t, bool stimulated);

#endif
