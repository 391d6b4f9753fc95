/* Shared by the files of elastic only. */
#ifndef HC_ELASTIC_INTERNAL_H
#define HC_ELASTIC_INTERNAL_H

#include "elastic.h"
#include "fe.h"

#include <petscksp.h>

struct hc_elastic {
  const struct hc_mesh *mesh; /* borrowed */
  unsigned char *held;        /* n_local */
  Mat matrix;
  Vec load, displacement;
  KSP ksp;
  int64_t iterations, solves, most;
};

/* The matrix, with rows and columns of what is held cleared but for the diagonal. Collective. */
PetscErrorCode hc_elastic_assemble(struct hc_elastic *elastic, const struct hc_elastic_tissue *tissue);

/* int s div(v) for every test function of owned nodes (3 each); zero where held. Not collective. */
void hc_elastic_load(const struct hc_elastic *elastic, const double *s, double *load);

#endif
