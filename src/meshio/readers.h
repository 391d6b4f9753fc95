/* One reader a format: from a file to a raw mesh, on rank 0. Not collective. */
#ifndef HC_MESHIO_READERS_H
#define HC_MESHIO_READERS_H

#include "raw.h"
#include "scan.h"

/* Gmsh 2.2 and 4.1, text and binary. Physical groups become tags; an entity in several surface groups gives its cells
 * once a group. */
PetscErrorCode hc_read_gmsh(struct hc_scan *scan, struct hc_raw *raw);

/* VTK legacy 2.0 to 5.1, text and binary, unstructured grids. */
PetscErrorCode hc_read_vtk(struct hc_scan *scan, struct hc_raw *raw);

/* VTK XML unstructured grids (.vtu). */
PetscErrorCode hc_read_vtu(struct hc_scan *scan, struct hc_raw *raw);

/* openCARP: `base` is the path without .pts, .elem, .lon. */
PetscErrorCode hc_read_opencarp(const char *base, struct hc_raw *raw);

#endif
