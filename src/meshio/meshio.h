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
 * than 1) are joined. Missing CellData/region = all 1; missing surface = none. Errors: HC_ERR_INPUT naming file and
 * dataset. Collective. */
PetscErrorCode hc_meshio_read(MPI_Comm comm, const char *path, int n_parts, struct hc_slab **slab);

/* Write a native mesh: to a temporary name, then renamed. Collective. */
PetscErrorCode hc_meshio_write(const struct hc_slab *slab, const char *path);

/* Add (or replace) fields of the slab, or a partition, in an existing native mesh. Collective. */
PetscErrorCode hc_meshio_write_fields(const struct hc_slab *slab, int n, const char *const names[], const char *path);
PetscErrorCode hc_meshio_write_partition(const struct hc_slab *slab, int n_parts, const int32_t *part,
                                         const char *path);

/* Import by the file's ending and first bytes: Gmsh .msh 2.2 and 4.1 (text, binary), VTK legacy .vtk (text, binary) and
 * XML .vtu (text, base64, appended raw, zlib), openCARP .pts/.elem/.lon (base name or any of the three). Lower-
 * dimensional cells become surface tags of their nodes; lines and points are dropped. Several physical groups of the
 * highest dimension become regions. `scale` multiplies coordinates to mm (openCARP's um: 0.001, applied by default when
 * 0 is given). `surface_field`: name of an integer nodal array (class 1..31) that becomes surface tags, or NULL;
 * `region_field`: of a cell array, or NULL for the usual names. The file is read on rank 0 and spread. Errors:
 * HC_ERR_INPUT with file and line or byte. Collective. */
struct hc_import_options {
  double scale;
  const char *surface_field, *region_field;
};
PetscErrorCode hc_meshio_import(MPI_Comm comm, const char *path, const struct hc_import_options *options,
                                struct hc_slab **slab);

#endif
