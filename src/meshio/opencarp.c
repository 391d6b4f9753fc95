/* openCARP's text meshes: .pts (coordinates in micrometres), .elem (cells and region tags), .lon (fibres, and sheets).
 */
#include "readers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static PetscErrorCode read_points(struct hc_scan *s, struct hc_raw *raw)
{
  int64_t n, first;

  PetscFunctionBeginUser;
  PetscCall(hc_scan_count(s, "number of points", 6, &n));
  PetscCall(hc_raw_add_nodes(raw, n, &first));
  for (int64_t i = 0; i < 3 * n; i++)
    PetscCall(hc_scan_real(s, "a coordinate", &raw->xyz[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_type(struct hc_scan *s, int *vtk)
{
  static const struct {
    const char *name;
    int vtk;
  } types[] = {{"Tt", 10}, {"Hx", 12}, {"Tr", 5}, {"Qd", 9}, {"Ln", 3}};
  char word[16];

  PetscFunctionBeginUser;
  hc_scan_word(s, word, sizeof word);
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (strcmp(word, types[i].name) == 0) {
      *vtk = types[i].vtk;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(hc_scan_fail(s, "element type \"%s\" is not supported; Tt, Hx, Tr, Qd and Ln are", word));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double distance2(const double *a, const double *b)
{
  double sum = 0;
  for (int i = 0; i < 3; i++)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/* Programs disagree on which way round the upper face of Hx is counted: take the one whose four edges between the faces
 * are shorter; the other would connect them crosswise. */
static void order_hexahedron(const double *xyz, int64_t *nodes)
{
  double straight = 0, turned = 0;
  static const int other[4] = {4, 7, 6, 5};

  for (int i = 0; i < 4; i++) {
    straight += distance2(xyz + 3 * nodes[i], xyz + 3 * nodes[4 + i]);
    turned += distance2(xyz + 3 * nodes[i], xyz + 3 * nodes[other[i]]);
  }
  if (turned < straight) {
    const int64_t swap = nodes[5];
    nodes[5] = nodes[7];
    nodes[7] = swap;
  }
}

/* The tag at the end of the line; 0 where the file has none. */
static PetscErrorCode read_tag(struct hc_scan *s, int32_t *tag)
{
  struct hc_scan ahead = *s;
  int64_t value = 0;
  char rest[32];

  PetscFunctionBeginUser;
  hc_scan_line(&ahead, rest, sizeof rest);
  if (rest[0])
    PetscCall(hc_scan_integer(s, "a tag", &value));
  if (value < INT32_MIN || value > INT32_MAX)
    PetscCall(hc_scan_fail(s, "tag %lld is too large", (long long)value));
  *tag = (int32_t)value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_elements(struct hc_scan *s, struct hc_raw *raw)
{
  int64_t n, nodes[8] = {0};
  int32_t tag = 0;
  int vtk = 0;

  PetscFunctionBeginUser;
  PetscCall(hc_scan_count(s, "number of elements", 7, &n));
  PetscCall(hc_raw_reserve(raw, n, 4 * n));
  for (int64_t c = 0; c < n; c++) {
    PetscCall(read_type(s, &vtk));
    for (int i = 0; i < hc_raw_nodes(vtk); i++) {
      PetscCall(hc_scan_integer(s, "a node number", &nodes[i]));
      if (nodes[i] < 0 || nodes[i] >= raw->n_nodes)
        PetscCall(hc_scan_fail(s, "node %lld, there are nodes 0 to %lld", (long long)nodes[i],
                               (long long)(raw->n_nodes - 1)));
    }
    PetscCall(read_tag(s, &tag));
    if (vtk == 12)
      order_hexahedron(raw->xyz, nodes);
    PetscCall(hc_raw_add_cell(raw, vtk, nodes, tag));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* First line: one vector (the fibre) or two (and the sheet) a cell. */
static PetscErrorCode read_fibres(struct hc_scan *s, struct hc_raw *raw)
{
  double *fibre, *sheet = NULL;
  int64_t vectors;

  PetscFunctionBeginUser;
  PetscCall(hc_scan_integer(s, "number of vectors", &vectors));
  if (vectors != 1 && vectors != 2)
    PetscCall(hc_scan_fail(s, "%lld vectors a cell; 1 or 2 are allowed", (long long)vectors));
  PetscCall(hc_raw_add_values(raw, "fibre", HC_CELL, 3, raw->n_cells, &fibre));
  if (vectors == 2)
    PetscCall(hc_raw_add_values(raw, "sheet", HC_CELL, 3, raw->n_cells, &sheet));
  for (int64_t c = 0; c < raw->n_cells; c++) {
    for (int i = 0; i < 3; i++)
      PetscCall(hc_scan_real(s, "a component", &fibre[3 * c + i]));
    for (int i = 0; sheet && i < 3; i++)
      PetscCall(hc_scan_real(s, "a component", &sheet[3 * c + i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_part(const char *base, const char *ending, struct hc_raw *raw,
                                PetscErrorCode (*read)(struct hc_scan *, struct hc_raw *))
{
  char path[PETSC_MAX_PATH_LEN], rest[16];
  PetscErrorCode code;
  struct hc_scan scan;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s%s", base, ending);
  PetscCall(hc_scan_open(path, &scan));
  code = read(&scan, raw);
  if (!code) {
    hc_scan_word(&scan, rest, sizeof rest);
    if (rest[0])
      code = hc_scan_fail(&scan, "\"%s\" where the file should end", rest);
  }
  hc_scan_close(&scan);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_read_opencarp(const char *base, struct hc_raw *raw)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(read_part(base, ".pts", raw, read_points));
  PetscCall(read_part(base, ".elem", raw, read_elements));
  snprintf(path, sizeof path, "%s.lon", base);
  if (access(path, F_OK) == 0)
    PetscCall(read_part(base, ".lon", raw, read_fibres));
  PetscFunctionReturn(PETSC_SUCCESS);
}
