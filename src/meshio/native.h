/* Names and checks that reading and writing native meshes share. */
#ifndef HC_MESHIO_NATIVE_H
#define HC_MESHIO_NATIVE_H

#include "h5.h"
#include "meshio.h"

/* First node or cell of this rank's slab, and how many. */
struct hc_range {
  int64_t start, count;
};
struct hc_range hc_range_of(MPI_Comm comm, int64_t n);

/* "partition_4" */
void hc_partition_name(int64_t n_parts, char name[64]);

/* The group of the arrays of nodes or cells: "PointData" or "CellData". */
const char *hc_location_group(enum hc_location where);

#endif
