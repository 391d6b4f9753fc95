/* What the readers of Gmsh's two formats share. */
#ifndef HC_MESHIO_GMSH_H
#define HC_MESHIO_GMSH_H

#include "readers.h"

/* Node numbers of the file, any positive integers, to positions 0, 1, ... */
struct hc_numbering {
  int64_t n, room;
  int64_t *number; /* of each position */
  int64_t first;   /* table[k - first] is the position of number k, -1 if there is none; if numbers are dense */
  int64_t length;  /* of table; 0 if the numbers are too sparse for one */
  int64_t *table;
  int64_t *sorted, *position; /* otherwise: numbers in ascending order and their positions */
};

/* The physical groups of one entity. */
struct hc_entity {
  int dimension, n_groups;
  int64_t tag;
  int32_t group[8];
};

struct hc_gmsh {
  struct hc_scan *scan;
  struct hc_raw *raw;
  struct hc_numbering nodes;
  int64_t n_entities;
  struct hc_entity *entities;
  bool have_nodes;
};

/* A number in text or binary, as the file has it: int is 4 bytes, size 8 bytes. */
PetscErrorCode hc_gmsh_int(struct hc_gmsh *g, const char *what, int64_t *value);
PetscErrorCode hc_gmsh_size(struct hc_gmsh *g, const char *what, int64_t *value);
PetscErrorCode hc_gmsh_real(struct hc_gmsh *g, const char *what, double *value);

/* A count of things that take at least so many ints, sizes and reals each. */
PetscErrorCode hc_gmsh_check_count(struct hc_gmsh *g, const char *what, int ints, int sizes, int reals, int64_t count);

/* VTK's type for Gmsh's; HC_ERR_INPUT for those that we cannot use. */
PetscErrorCode hc_gmsh_type(struct hc_gmsh *g, int64_t gmsh, int *vtk);

/* A group's number from the file's: they may be negated to show orientation. */
PetscErrorCode hc_gmsh_group(struct hc_gmsh *g, int64_t value, int32_t *group);

PetscErrorCode hc_gmsh_read_22(struct hc_gmsh *g, const char *section);
PetscErrorCode hc_gmsh_read_41(struct hc_gmsh *g, const char *section);

PetscErrorCode hc_numbering_reserve(struct hc_numbering *m, int64_t n);
static inline void hc_numbering_add(struct hc_numbering *m, int64_t number)
{
  m->number[m->n++] = number;
}
/* All numbers are there: prepare for look-ups. *twice: a number that occurs twice, or 0. */
PetscErrorCode hc_numbering_finish(struct hc_numbering *m, int64_t *twice);
int64_t hc_numbering_find(const struct hc_numbering *m, int64_t number); /* -1 if absent */
void hc_numbering_destroy(struct hc_numbering *m);

#endif
