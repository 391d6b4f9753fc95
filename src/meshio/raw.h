/* A whole imported mesh on rank 0: all cells of any dimension and all arrays of the file, before it becomes a slab. */
#ifndef HC_MESHIO_RAW_H
#define HC_MESHIO_RAW_H

#include "mesh.h"

/* An array over the nodes or over the cells. */
struct hc_raw_field {
  char name[64];
  enum hc_location where;
  int n_comp;
  int64_t length;
  double *values; /* owned */
};

struct hc_raw {
  const char *path; /* borrowed, for messages */
  int64_t n_nodes, n_cells;
  double *xyz;
  unsigned char *type; /* VTK's number of the cell type: 1, 3, 5, 9, 10, 12 */
  int64_t *start;      /* n_cells + 1: where the cell's nodes begin */
  int64_t *nodes;
  int32_t *tag; /* of the cell: region or surface; NULL if the format has none */
  int64_t cell_room, node_room;
  int n_fields;
  struct hc_raw_field *fields;
};

void hc_raw_destroy(struct hc_raw *raw);

/* Nodes and dimension of a cell of VTK's type; 0 nodes if we cannot use it. */
int hc_raw_nodes(int vtk);
int hc_raw_dimension(int vtk);
const char *hc_raw_type_name(int vtk); /* "wedge", "type 42" is not known here: NULL */

/* Allocate xyz for n more nodes; *first is the number of the first. */
PetscErrorCode hc_raw_add_nodes(struct hc_raw *raw, int64_t n, int64_t *first);

/* Room for n more cells, so that adding them is cheap. */
PetscErrorCode hc_raw_reserve(struct hc_raw *raw, int64_t n_cells, int64_t n_nodes);

/* Append a cell of a usable type. The nodes are checked later, all at once. */
PetscErrorCode hc_raw_add_cell(struct hc_raw *raw, int vtk, const int64_t *nodes, int32_t tag);

/* An array of `length` nodes or cells, appended to what an earlier piece of the file brought under that name; earlier
 * pieces that lack it are an error that hc_raw_check() finds. Values are zeroed. */
PetscErrorCode hc_raw_add_values(struct hc_raw *raw, const char *name, enum hc_location where, int n_comp,
                                 int64_t length, double **values);

struct hc_raw_field *hc_raw_find(const struct hc_raw *raw, const char *name, enum hc_location where);

/* Node numbers in range, arrays of the right length. HC_ERR_INPUT. */
PetscErrorCode hc_raw_check(const struct hc_raw *raw);

#endif
