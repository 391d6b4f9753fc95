#include "gmsh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode binary_number(struct hc_gmsh *g, enum hc_number type, const char **bytes)
{
  PetscFunctionBeginUser;
  PetscCall(hc_scan_bytes(g->scan, hc_number_size(type), bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_int(struct hc_gmsh *g, const char *what, int64_t *value)
{
  const char *bytes;

  PetscFunctionBeginUser;
  if (g->scan->binary) {
    PetscCall(binary_number(g, HC_I32, &bytes));
    *value = hc_scan_whole_number(bytes, HC_I32, g->scan->swap);
  } else {
    PetscCall(hc_scan_integer(g->scan, what, value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_size(struct hc_gmsh *g, const char *what, int64_t *value)
{
  const char *bytes;

  PetscFunctionBeginUser;
  if (g->scan->binary) {
    PetscCall(binary_number(g, HC_I64, &bytes));
    *value = hc_scan_whole_number(bytes, HC_I64, g->scan->swap);
  } else {
    PetscCall(hc_scan_integer(g->scan, what, value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_real(struct hc_gmsh *g, const char *what, double *value)
{
  const char *bytes;

  PetscFunctionBeginUser;
  if (g->scan->binary) {
    PetscCall(binary_number(g, HC_F64, &bytes));
    *value = hc_number_value(bytes, HC_F64, g->scan->swap);
  } else {
    PetscCall(hc_scan_real(g->scan, what, value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_check_count(struct hc_gmsh *g, const char *what, int ints, int sizes, int reals, int64_t count)
{
  /* A number in text is a digit and a blank at least. */
  const int64_t bytes = g->scan->binary ? 4 * ints + 8 * (sizes + reals) : 2 * (ints + sizes + reals);

  PetscFunctionBeginUser;
  PetscCall(hc_scan_check_count(g->scan, what, bytes, count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_type(struct hc_gmsh *g, int64_t gmsh, int *vtk)
{
  static const struct {
    int gmsh, vtk;
    const char *name;
  } types[] = {
      {1, 3, NULL},
      {2, 5, NULL},
      {3, 9, NULL},
      {4, 10, NULL},
      {5, 12, NULL},
      {15, 1, NULL},
      {6, 0, "6-node prism"},
      {7, 0, "5-node pyramid"},
      {8, 0, "3-node line"},
      {9, 0, "6-node triangle"},
      {10, 0, "9-node quadrilateral"},
      {11, 0, "10-node tetrahedron"},
      {12, 0, "27-node hexahedron"},
      {16, 0, "8-node quadrilateral"},
      {17, 0, "20-node hexahedron"},
  };
  const char *name = "unknown";

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (types[i].gmsh != gmsh)
      continue;
    if (types[i].vtk) {
      *vtk = types[i].vtk;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
    name = types[i].name;
  }
  PetscCall(hc_scan_fail(g->scan,
                         "element type %lld (%s) is not supported; 1 (line), 2 (triangle), 3 (quadrilateral), 4 "
                         "(tetrahedron), 5 (hexahedron) and 15 (point) are",
                         (long long)gmsh, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_group(struct hc_gmsh *g, int64_t value, int32_t *group)
{
  PetscFunctionBeginUser;
  if (value > INT32_MAX || value < -INT32_MAX)
    PetscCall(hc_scan_fail(g->scan, "physical group %lld is too large", (long long)value));
  *group = (int32_t)(value < 0 ? -value : value);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "$MeshFormat" was read: version, text or binary, size of a real, and the byte order. */
static PetscErrorCode read_format(struct hc_gmsh *g, char version[8])
{
  struct hc_scan *s = g->scan;
  int64_t binary, size;
  const char *one;
  char rest[64];

  PetscFunctionBeginUser;
  hc_scan_word(s, version, 8);
  if (strcmp(version, "2.2") != 0 && strcmp(version, "4.1") != 0)
    PetscCall(hc_scan_fail(s, "Gmsh format %s is not supported; 2.2 and 4.1 are", version));
  PetscCall(hc_scan_integer(s, "file type", &binary));
  PetscCall(hc_scan_integer(s, "data size", &size));
  if (binary < 0 || binary > 1 || size != 8)
    PetscCall(hc_scan_fail(s, "file type %lld and data size %lld; 0 or 1, and 8 are allowed", (long long)binary,
                           (long long)size));
  if (binary) {
    hc_scan_line(s, rest, sizeof rest);
    PetscCall(hc_scan_bytes(s, 4, &one));
    s->swap = hc_scan_whole_number(one, HC_I32, false) != 1;
    if (hc_scan_whole_number(one, HC_I32, s->swap) != 1)
      PetscCall(hc_scan_fail(s, "the byte order cannot be told"));
  }
  PetscCall(hc_scan_expect(s, "$EndMeshFormat"));
  s->binary = binary;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Go behind the end of a section that holds nothing for us. */
static PetscErrorCode skip_section(struct hc_gmsh *g, const char *section)
{
  struct hc_scan *s = g->scan;
  char end[80];
  const char *found;

  PetscFunctionBeginUser;
  snprintf(end, sizeof end, "$End%s", section + 1);
  found = memmem(s->data + s->at, s->size - s->at, end, strlen(end));
  if (!found) {
    PetscCall(hc_scan_fail(s, "section %s has no end", section));
    PetscFunctionReturn(HC_ERR_INPUT);
  }
  s->at = (size_t)(found - s->data) + strlen(end);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode end_section(struct hc_gmsh *g, const char *section)
{
  char end[80];

  PetscFunctionBeginUser;
  snprintf(end, sizeof end, "$End%s", section + 1);
  PetscCall(hc_scan_expect(g->scan, end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_section(struct hc_gmsh *g, const char *version, const char *section)
{
  static const char *const used[] = {"$Nodes", "$Elements", "$Entities"};
  struct hc_scan *s = g->scan;
  char rest[64];

  PetscFunctionBeginUser;
  if (section[0] != '$')
    PetscCall(hc_scan_fail(s, "\"%s\" where a section is expected", section));
  if (strcmp(section, "$PartitionedEntities") == 0)
    PetscCall(hc_scan_fail(s, "partitioned Gmsh files are not supported; save all in one"));
  for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
    if (strcmp(section, used[i]) != 0)
      continue;
    if (s->binary) /* numbers start right behind the line */
      hc_scan_line(s, rest, sizeof rest);
    PetscCall(version[0] == '2' ? hc_gmsh_read_22(g, section) : hc_gmsh_read_41(g, section));
    PetscCall(end_section(g, section));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(skip_section(g, section));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_file(struct hc_gmsh *g)
{
  char version[8] = "", section[64];

  PetscFunctionBeginUser;
  PetscCall(hc_scan_expect(g->scan, "$MeshFormat"));
  PetscCall(read_format(g, version));
  for (;;) {
    hc_scan_word(g->scan, section, sizeof section);
    if (!section[0])
      break;
    PetscCall(read_section(g, version, section));
  }
  if (g->raw->n_cells == 0)
    PetscCall(hc_scan_fail(g->scan, "the file ends without elements"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_read_gmsh(struct hc_scan *scan, struct hc_raw *raw)
{
  struct hc_gmsh g = {.scan = scan, .raw = raw};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = read_file(&g);
  hc_numbering_destroy(&g.nodes);
  PetscCall(PetscFree(g.entities));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
