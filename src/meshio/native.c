#include "native.h"

#include <stdio.h>

struct hc_range hc_range_of(MPI_Comm comm, int64_t n)
{
  struct hc_range range;
  int rank, size;

  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  range.start = hc_slab_start(n, rank, size);
  range.count = hc_slab_start(n, rank + 1, size) - range.start;
  return range;
}

void hc_partition_name(int64_t n_parts, char name[64])
{
  snprintf(name, 64, "partition_%lld", (long long)n_parts);
}

const char *hc_location_group(enum hc_location where)
{
  return where == HC_NODE ? "PointData" : "CellData";
}
