/* healthcast meshio: meshes to and from files. Floor 3.
 *
 * Native format: HDF5 laid out as VTKHDF UnstructuredGrid (one part, no Steps), so that ParaView opens a mesh and
 * PyVista can make one. Points in mm; CellData/region (int32), PointData/surface (int32, bits), other PointData and
 * CellData arrays become fields (attribute `unit`). Group /healthcast holds stored partitions:
 * /healthcast/partition_<n>. */
#ifndef HC_MESHIO_H
#define HC_MESHIO_H

#include "mesh.h"

/* Read a native mesh, each rank its slab. n_parts > 0: also the stored partition for that many parts, if there is one.
 * Any file that ParaView would take as VTKHDF UnstructuredGrid with one cell type; several parts (NumberOfPoints longer
 * than 1) are joined. Missing CellData/region = all 1; missing surface = none; both may be stored as any numbers that
 * are 32-bit integers. Errors: HC_ERR_INPUT naming file and dataset, *slab is NULL then. Collective. Cost: 12 M
 * tetrahedra in 5 s on 2 ranks. */
PetscErrorCode hc_meshio_read(MPI_Comm comm, const char *path, int n_parts, struct hc_slab **slab);

/* Write a native mesh: as path.tmp, then renamed, so that a kill never leaves half a mesh. Integers are compressed,
 * coordinates and fields are float64. HC_ERR_ENVIRONMENT; HC_ERR_INPUT if a nodal field is called `surface` or a cell
 * field `region`, which are the tags' names. Collective. */
PetscErrorCode hc_meshio_write(const struct hc_slab *slab, const char *path);

/* Add (or replace) the n named fields of the slab (of nodes before cells where both have the name), or a partition (the
 * part of each node of the slab), in an existing native mesh. Done on a copy that is renamed: a kill leaves the old or
 * the new file. HC_ERR_INPUT if the file has another number of nodes or cells. Collective. */
PetscErrorCode hc_meshio_write_fields(const struct hc_slab *slab, int n, const char *const names[], const char *path);
PetscErrorCode hc_meshio_write_partition(const struct hc_slab *slab, int n_parts, const int32_t *part,
                                         const char *path);

/* Import by the file's first bytes (its ending for openCARP): Gmsh .msh 2.2 and 4.1 (text, binary), VTK legacy .vtk 2.0
 * to 5.1 (text, binary) and XML .vtu (text, base64, appended raw or base64, zlib, several pieces joined), openCARP
 * .pts/.elem/.lon (base name or any of the three; .lon gives the cell fields `fibre` and `sheet`).
 *
 * Cells of the highest dimension are the mesh: all tetrahedra, all hexahedra, or all triangles. Cells of one dimension
 * less that carry a tag 1..31 (physical group, or the region array) become surface tags of their nodes; other cells are
 * dropped, and so are nodes that belong to no cell. Physical groups, openCARP's tags or the array `region_field` become
 * regions; without any, all are 1. Other arrays of nodes and cells become fields without unit.
 *
 * `scale` > 0 multiplies coordinates to mm; 0 is the default: 1, and 0.001 for openCARP, which has micrometres.
 * `surface_field`: name of an integer nodal array (classes 1..31, 0 for none) that becomes surface tags, or NULL; an
 * array named `surface` is always taken, as bits like in native meshes. `region_field`: an integer cell array, or NULL
 * for the first of region, gmsh:physical, medit:ref, CellEntityIds, elemTag, material, ... that there is; an array
 * `region` that is not taken is dropped. In names of arrays "/" becomes "_". `options` may be NULL.
 *
 * The file is read on rank 0, which must hold it and the whole mesh, and spread. Call hc_slab_check() afterwards.
 * Errors: HC_ERR_INPUT with file and line or byte, *slab is NULL then. Collective. */
struct hc_import_options {
  double scale;
  const char *surface_field, *region_field;
};
PetscErrorCode hc_meshio_import(MPI_Comm comm, const char *path, const struct hc_import_options *options,
                                struct hc_slab **slab);

#endif
