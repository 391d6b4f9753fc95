/* Maps of members for ParaView: cohort.xdmf shows them one after the other, the member's number as time, on the mesh
 * that all share (mesh.h5). Their values stay where they are, in cohort.h5. */
#include "internal.h"
#include "mesh.h"
#include "meshio.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *hc_maps_unit(const char *name)
{
  static const char *const times[] = {"activation", "repolarisation", "apd"};
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
    if (!strncmp(name, times[i], strlen(times[i])))
      return "ms";
  return !strcmp(name, "rest") || !strcmp(name, "peak") ? "mV" : NULL;
}

PetscErrorCode hc_maps_mesh(const struct hc_slab *slab, const char *folder)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/mesh.h5", folder));
  PetscCall(hc_meshio_write(slab, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A row of cohort.h5 that has maps. */
struct row {
  int64_t member, row;
};

static int compare(const void *a, const void *b)
{
  const struct row *x = a, *y = b;
  return (x->member > y->member) - (x->member < y->member);
}

/* A whole column; freed with PetscFree. Virtual datasets are not read through MPI-IO. */
static PetscErrorCode read_column(hid_t file, const char *name, hid_t type, size_t size, int64_t *n, void *values)
{
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = set >= 0 ? H5Dget_space(set) : H5I_INVALID_HID;
  const hssize_t rows = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
  bool failed = rows < 0;

  PetscFunctionBeginUser;
  *n = failed ? 0 : rows;
  PetscCall(PetscMalloc((size_t)*n * size + 1, values));
  failed = failed || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *(void **)values) < 0;
  if (space >= 0)
    H5Sclose(space);
  if (set >= 0)
    H5Dclose(set);
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "cohort.h5: /%s cannot be read back", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of members that are done, in the order of members. Freed with PetscFree. */
static PetscErrorCode list_rows(const char *path, int64_t *n_rows, int *n, struct row **rows)
{
  int64_t *members = NULL;
  int8_t *status = NULL;
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCheck(file >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be read back", path);
  code = read_column(file, "member", H5T_NATIVE_INT64, sizeof *members, n_rows, &members);
  if (!code)
    code = read_column(file, "status", H5T_NATIVE_INT8, sizeof *status, n_rows, &status);
  H5Fclose(file);
  PetscCall(PetscMalloc1((size_t)*n_rows + 1, rows));
  for (int64_t i = 0; i < *n_rows && !code; i++)
    if (status[i] == HC_MEMBER_DONE)
      (*rows)[(*n)++] = (struct row){members[i], i};
  PetscCall(PetscFree(members));
  PetscCall(PetscFree(status));
  qsort(*rows, (size_t)*n, sizeof **rows, compare);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_member(FILE *out, const struct hc_campaign_layout *layout, const struct hc_slab *slab, int64_t n_rows,
                       const struct row *row)
{
  static const char *const topology[] = {"Triangle", "Tetrahedron", "Hexahedron"};
  fprintf(out, "<Grid Name=\"member %" PRId64 "\" GridType=\"Uniform\">\n<Time Value=\"%" PRId64 "\"/>\n", row->member,
          row->member);
  fprintf(out,
          "<Topology TopologyType=\"%s\" NumberOfElements=\"%" PRId64 "\"><DataItem Format=\"HDF\" NumberType=\"Int\" "
          "Precision=\"8\" Dimensions=\"%" PRId64 "\">mesh.h5:/VTKHDF/Connectivity</DataItem></Topology>\n",
          topology[slab->type], slab->n_cells, slab->n_cells * hc_cell_nodes(slab->type));
  fprintf(out,
          "<Geometry GeometryType=\"XYZ\"><DataItem Format=\"HDF\" NumberType=\"Float\" Precision=\"8\" "
          "Dimensions=\"%" PRId64 " 3\">mesh.h5:/VTKHDF/Points</DataItem></Geometry>\n",
          slab->n_nodes);
  for (int f = 0; f < layout->n_fields; f++)
    fprintf(out,
            "<Attribute Name=\"%s\" Center=\"Node\" AttributeType=\"Scalar\"><DataItem ItemType=\"HyperSlab\" "
            "Type=\"HyperSlab\" Dimensions=\"%" PRId64 "\"><DataItem Format=\"XML\" NumberType=\"Int\" Precision=\"8\" "
            "Dimensions=\"3 2\">%" PRId64 " 0 1 1 1 %" PRId64
            "</DataItem><DataItem Format=\"HDF\" NumberType=\"Float\" "
            "Precision=\"4\" Dimensions=\"%" PRId64 " %" PRId64 "\">cohort.h5:/fields/%s</DataItem></DataItem>"
            "</Attribute>\n",
            layout->fields[f].name, slab->n_nodes, row->row, slab->n_nodes, n_rows, layout->fields[f].width,
            layout->fields[f].name);
  fputs("</Grid>\n", out);
}

static PetscErrorCode write_document(const char *path, const struct hc_campaign_layout *layout,
                                     const struct hc_slab *slab, int64_t n_rows, int n, const struct row *rows)
{
  char temporary[PETSC_MAX_PATH_LEN];
  FILE *out;
  bool failed;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(temporary, sizeof temporary, "%s.tmp", path));
  out = fopen(temporary, "w");
  PetscCheck(out, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be created: %s", temporary, strerror(errno));
  fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<!-- In ParaView choose the reader \"XDMF Reader\"; time is the number of the member. -->\n"
        "<Xdmf Version=\"3.0\">\n<Domain>\n<Grid Name=\"members\" GridType=\"Collection\" "
        "CollectionType=\"Temporal\">\n",
        out);
  for (int i = 0; i < n; i++)
    put_member(out, layout, slab, n_rows, &rows[i]);
  fputs("</Grid>\n</Domain>\n</Xdmf>\n", out);
  failed = ferror(out) != 0;
  failed = fclose(out) != 0 || failed;
  PetscCheck(!failed && rename(temporary, path) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s",
             path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_maps_document(const struct hc_campaign_layout *layout, const struct hc_slab *slab, const char *folder)
{
  char path[PETSC_MAX_PATH_LEN];
  struct row *rows = NULL;
  int64_t n_rows;
  int n;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/cohort.h5", folder));
  PetscCall(list_rows(path, &n_rows, &n, &rows));
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/cohort.xdmf", folder));
  PetscCall(write_document(path, layout, slab, n_rows, n, rows));
  PetscCall(PetscFree(rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}
