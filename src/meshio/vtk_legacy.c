/* VTK's legacy format (VTK User's Guide, "File Formats"; version 5.1 changed CELLS to offsets and connectivity). Binary
 * numbers are big-endian; what is text in a binary file is separated by single blanks. */
#include "vtk.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct legacy {
  struct hc_scan *scan;
  struct hc_raw *raw;
  bool binary;
  enum hc_location where; /* of the arrays that follow */
  bool data;              /* POINT_DATA or CELL_DATA was seen */
  int64_t n_data;
  struct hc_vtk_cells cells;
  int64_t *end, *nodes, *type; /* what `cells` points to */
};

/* ---- Numbers ---- */

static const struct {
  const char *name;
  enum hc_number type;
} number_types[] = {
    {"char", HC_I8},          {"unsigned_char", HC_U8},  {"short", HC_I16},     {"unsigned_short", HC_U16},
    {"int", HC_I32},          {"unsigned_int", HC_U32},  {"long", HC_I64},      {"unsigned_long", HC_U64},
    {"vtktypeint64", HC_I64}, {"vtktypeuint64", HC_U64}, {"vtkIdType", HC_I32}, {"float", HC_F32},
    {"double", HC_F64}};

static PetscErrorCode read_type(struct legacy *l, enum hc_number *type)
{
  char word[32];

  PetscFunctionBeginUser;
  hc_scan_word(l->scan, word, sizeof word);
  for (size_t i = 0; i < sizeof number_types / sizeof number_types[0]; i++)
    if (strcasecmp(word, number_types[i].name) == 0) {
      *type = number_types[i].type;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(hc_scan_fail(l->scan, "arrays of type \"%s\" are not supported", word));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* n numbers are announced: are there as many bytes? */
static PetscErrorCode check_count(struct legacy *l, const char *what, int64_t n, int per_item, enum hc_number type)
{
  const int64_t bytes = l->binary ? (int64_t)hc_number_size(type) : 2;

  PetscFunctionBeginUser;
  PetscCall(hc_scan_check_count(l->scan, what, bytes * per_item, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Binary data begin behind the line that announces them. */
static void begin_numbers(struct legacy *l)
{
  char rest[8];
  if (l->binary)
    hc_scan_line(l->scan, rest, sizeof rest);
}

static PetscErrorCode read_reals(struct legacy *l, enum hc_number type, int64_t n, double *values)
{
  const size_t size = hc_number_size(type);
  const char *bytes;

  PetscFunctionBeginUser;
  begin_numbers(l);
  if (l->binary) {
    l->scan->binary = true; /* for messages */
    PetscCall(hc_scan_bytes(l->scan, (size_t)n * size, &bytes));
    l->scan->binary = false;
    for (int64_t i = 0; i < n; i++)
      values[i] = hc_number_value(bytes + (size_t)i * size, type, true);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int64_t i = 0; i < n; i++)
    PetscCall(hc_scan_real(l->scan, "a value", &values[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_integers(struct legacy *l, enum hc_number type, int64_t n, int64_t *values)
{
  const size_t size = hc_number_size(type);
  const char *bytes;

  PetscFunctionBeginUser;
  begin_numbers(l);
  if (l->binary) {
    l->scan->binary = true;
    PetscCall(hc_scan_bytes(l->scan, (size_t)n * size, &bytes));
    l->scan->binary = false;
    for (int64_t i = 0; i < n; i++)
      values[i] = hc_scan_whole_number(bytes + (size_t)i * size, type, true);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int64_t i = 0; i < n; i++)
    PetscCall(hc_scan_integer(l->scan, "an integer", &values[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Geometry ---- */

static PetscErrorCode read_points(struct legacy *l)
{
  enum hc_number type = HC_F32;
  int64_t n, first;

  PetscFunctionBeginUser;
  if (l->raw->n_nodes > 0)
    PetscCall(hc_scan_fail(l->scan, "a second section of points"));
  PetscCall(hc_scan_count(l->scan, "number of points", 1, &n));
  PetscCall(read_type(l, &type));
  PetscCall(check_count(l, "number of points", n, 3, type));
  PetscCall(hc_raw_add_nodes(l->raw, n, &first));
  PetscCall(read_reals(l, type, 3 * n, l->raw->xyz));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each cell is its number of nodes and its nodes, in `size` integers altogether. */
static PetscErrorCode split_cells(struct legacy *l, const int64_t *list, int64_t n, int64_t size)
{
  int64_t at = 0, filled = 0;

  PetscFunctionBeginUser;
  for (int64_t c = 0; c < n; c++) {
    if (at >= size || list[at] < 0 || list[at] > size - at - 1)
      PetscCall(hc_scan_fail(l->scan, "cell %lld goes beyond the list of %lld numbers", (long long)c, (long long)size));
    for (int64_t i = 0; i < list[at]; i++)
      l->nodes[filled++] = list[at + 1 + i];
    at += list[at] + 1;
    l->end[c] = filled;
  }
  if (at != size)
    PetscCall(
        hc_scan_fail(l->scan, "%lld cells take %lld of %lld numbers", (long long)n, (long long)at, (long long)size));
  l->cells.n_nodes = filled;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_cells_until_50(struct legacy *l, int64_t n, int64_t size)
{
  PetscErrorCode code;
  int64_t *list;

  PetscFunctionBeginUser;
  if (n > size)
    PetscCall(hc_scan_fail(l->scan, "%lld cells in %lld numbers", (long long)n, (long long)size));
  PetscCall(check_count(l, "size of the cells", size, 1, HC_I32));
  l->cells.n = n;
  PetscCall(PetscMalloc1(n, &l->end));
  PetscCall(PetscMalloc1(size, &l->nodes));
  PetscCall(PetscMalloc1(size, &list));
  code = read_integers(l, HC_I32, size, list);
  if (!code)
    code = split_cells(l, list, n, size);
  PetscCall(PetscFree(list));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "OFFSETS type" or "CONNECTIVITY type" and the numbers. */
static PetscErrorCode read_list(struct legacy *l, const char *name, int64_t n, int64_t **values)
{
  enum hc_number type = HC_I64;

  PetscFunctionBeginUser;
  PetscCall(hc_scan_expect(l->scan, name));
  PetscCall(read_type(l, &type));
  PetscCall(check_count(l, name, n, 1, type));
  PetscCall(PetscMalloc1(n, values));
  PetscCall(read_integers(l, type, n, *values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_cells_since_51(struct legacy *l, int64_t n_offsets, int64_t size)
{
  PetscFunctionBeginUser;
  PetscCall(read_list(l, "OFFSETS", n_offsets, &l->end));
  PetscCall(read_list(l, "CONNECTIVITY", size, &l->nodes));
  l->cells.n = n_offsets > 0 ? n_offsets - 1 : 0;
  l->cells.n_nodes = size;
  if (n_offsets > 0 && l->end[0] != 0)
    PetscCall(hc_scan_fail(l->scan, "the first offset is %lld", (long long)l->end[0]));
  for (int64_t c = 0; c < l->cells.n; c++)
    l->end[c] = l->end[c + 1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_cells(struct legacy *l)
{
  struct hc_scan ahead;
  char word[32];
  int64_t n, size;

  PetscFunctionBeginUser;
  if (l->end)
    PetscCall(hc_scan_fail(l->scan, "a second section of cells"));
  PetscCall(hc_scan_count(l->scan, "number of cells", 1, &n));
  PetscCall(hc_scan_count(l->scan, "size of the cells", 1, &size));
  ahead = *l->scan;
  hc_scan_word(&ahead, word, sizeof word);
  if (strcmp(word, "OFFSETS") == 0)
    PetscCall(read_cells_since_51(l, n, size));
  else
    PetscCall(read_cells_until_50(l, n, size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_cell_types(struct legacy *l)
{
  int64_t n;

  PetscFunctionBeginUser;
  PetscCall(hc_scan_count(l->scan, "number of cell types", 1, &n));
  PetscCall(check_count(l, "number of cell types", n, 1, HC_I32));
  if (!l->end || l->type || n != l->cells.n)
    PetscCall(hc_scan_fail(l->scan, "types of %lld cells where %lld cells have none", (long long)n,
                           (long long)(l->type ? 0 : l->cells.n)));
  PetscCall(PetscMalloc1(n, &l->type));
  PetscCall(read_integers(l, HC_I32, n, l->type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Arrays ---- */

/* Names are coded as in web addresses: %20 is a blank. */
static void read_name(struct legacy *l, char *name, size_t size)
{
  char word[256];
  size_t n = 0;

  hc_scan_word(l->scan, word, sizeof word);
  for (size_t i = 0; word[i] && n < size - 1; i++) {
    if (word[i] == '%' && isxdigit((unsigned char)word[i + 1]) && isxdigit((unsigned char)word[i + 2])) {
      const char digits[3] = {word[i + 1], word[i + 2], '\0'};
      name[n++] = (char)strtol(digits, NULL, 16);
      i += 2;
    } else {
      name[n++] = word[i];
    }
  }
  name[n] = '\0';
}

/* n tuples of an array; kept if they belong to the nodes or cells, read over otherwise. */
static PetscErrorCode read_array(struct legacy *l, const char *name, enum hc_number type, int n_comp, int64_t n,
                                 bool keep)
{
  PetscErrorCode code;
  double *values;

  PetscFunctionBeginUser;
  PetscCall(check_count(l, "number of values", n, n_comp, type));
  if (keep && hc_raw_find(l->raw, name, l->where))
    PetscCall(hc_scan_fail(l->scan, "array \"%s\" occurs twice", name));
  if (keep) {
    PetscCall(hc_raw_add_values(l->raw, name, l->where, n_comp, n, &values));
    PetscCall(read_reals(l, type, n * n_comp, values));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc1(n * n_comp, &values));
  code = read_reals(l, type, n * n_comp, values);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_components(struct legacy *l, int64_t *n)
{
  PetscFunctionBeginUser;
  PetscCall(hc_scan_integer(l->scan, "number of components", n));
  if (*n < 1 || *n > 1000)
    PetscCall(hc_scan_fail(l->scan, "%lld components; 1 to 1000 are allowed", (long long)*n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* SCALARS name type [components], then perhaps LOOKUP_TABLE name. */
static PetscErrorCode read_scalars(struct legacy *l)
{
  enum hc_number type = HC_F64;
  char name[256], rest[64], word[32];
  struct hc_scan ahead;
  int64_t n_comp = 1;
  size_t line_end;

  PetscFunctionBeginUser;
  read_name(l, name, sizeof name);
  PetscCall(read_type(l, &type));
  ahead = *l->scan;
  hc_scan_line(&ahead, rest, sizeof rest);
  line_end = ahead.at;
  if (rest[0])
    PetscCall(read_components(l, &n_comp));
  hc_scan_word(&ahead, word, sizeof word);
  if (strcmp(word, "LOOKUP_TABLE") == 0) {
    hc_scan_word(&ahead, word, sizeof word);
    *l->scan = ahead;
  } else if (line_end > 0) {
    l->scan->at = line_end - 1; /* the data's line begins behind this one's end */
  }
  PetscCall(read_array(l, name, type, (int)n_comp, l->n_data, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_fixed(struct legacy *l, int n_comp)
{
  enum hc_number type = HC_F64;
  char name[256];

  PetscFunctionBeginUser;
  read_name(l, name, sizeof name);
  PetscCall(read_type(l, &type));
  PetscCall(read_array(l, name, type, n_comp, l->n_data, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_texture(struct legacy *l)
{
  enum hc_number type = HC_F64;
  char name[256];
  int64_t n_comp;

  PetscFunctionBeginUser;
  read_name(l, name, sizeof name);
  PetscCall(read_components(l, &n_comp));
  PetscCall(read_type(l, &type));
  PetscCall(read_array(l, name, type, (int)n_comp, l->n_data, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* COLOR_SCALARS name components and LOOKUP_TABLE name size: bytes in binary files, reals in text; both are dropped. */
static PetscErrorCode read_colours(struct legacy *l, bool table)
{
  char name[256];
  int64_t n;

  PetscFunctionBeginUser;
  read_name(l, name, sizeof name);
  if (table)
    PetscCall(hc_scan_count(l->scan, "size of the lookup table", 1, &n));
  else
    PetscCall(read_components(l, &n));
  PetscCall(read_array(l, name, l->binary ? HC_U8 : HC_F64, table ? 4 : (int)n, table ? n : l->n_data, false));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* METADATA: its own line, then lines up to an empty one. */
static void skip_metadata(struct legacy *l)
{
  char line[64];

  hc_scan_line(l->scan, line, sizeof line);
  while (hc_scan_line(l->scan, line, sizeof line) && line[0])
    ;
}

/* FIELD name arrays, then for each: name components tuples type. */
static PetscErrorCode read_field(struct legacy *l)
{
  enum hc_number type = HC_F64;
  char name[256];
  int64_t arrays, n_comp, n;

  PetscFunctionBeginUser;
  read_name(l, name, sizeof name);
  PetscCall(hc_scan_count(l->scan, "number of arrays", 4, &arrays));
  for (int64_t i = 0; i < arrays; i++) {
    read_name(l, name, sizeof name);
    if (strcmp(name, "METADATA") == 0) { /* of the array before */
      skip_metadata(l);
      read_name(l, name, sizeof name);
    }
    PetscCall(read_components(l, &n_comp));
    PetscCall(hc_scan_count(l->scan, "number of tuples", 1, &n));
    PetscCall(read_type(l, &type));
    if (l->data && n != l->n_data)
      PetscCall(hc_scan_fail(l->scan, "array \"%s\" has %lld tuples, %lld are needed", name, (long long)n,
                             (long long)l->n_data));
    PetscCall(read_array(l, name, type, (int)n_comp, n, l->data));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_data(struct legacy *l, enum hc_location where)
{
  const int64_t expected = where == HC_NODE ? l->raw->n_nodes : l->cells.n;

  PetscFunctionBeginUser;
  l->where = where;
  l->data = true;
  PetscCall(hc_scan_integer(l->scan, "number of data", &l->n_data));
  if (l->n_data != expected)
    PetscCall(hc_scan_fail(l->scan, "data for %lld, the mesh has %lld %s", (long long)l->n_data, (long long)expected,
                           where == HC_NODE ? "nodes" : "cells"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Attributes of nodes and cells. */
static PetscErrorCode read_attribute(struct legacy *l, const char *word)
{
  PetscFunctionBeginUser;
  if (!l->data)
    PetscCall(hc_scan_fail(l->scan, "%s before POINT_DATA or CELL_DATA", word));
  if (strcasecmp(word, "SCALARS") == 0)
    PetscCall(read_scalars(l));
  else if (strcasecmp(word, "VECTORS") == 0 || strcasecmp(word, "NORMALS") == 0)
    PetscCall(read_fixed(l, 3));
  else if (strcasecmp(word, "TENSORS") == 0)
    PetscCall(read_fixed(l, 9));
  else if (strcasecmp(word, "TENSORS6") == 0)
    PetscCall(read_fixed(l, 6));
  else if (strcasecmp(word, "GLOBAL_IDS") == 0 || strcasecmp(word, "PEDIGREE_IDS") == 0)
    PetscCall(read_fixed(l, 1));
  else if (strcasecmp(word, "TEXTURE_COORDINATES") == 0)
    PetscCall(read_texture(l));
  else if (strcasecmp(word, "COLOR_SCALARS") == 0)
    PetscCall(read_colours(l, false));
  else if (strcasecmp(word, "LOOKUP_TABLE") == 0)
    PetscCall(read_colours(l, true));
  else
    PetscCall(hc_scan_fail(l->scan, "\"%s\" is not known", word));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_section(struct legacy *l, const char *word)
{
  PetscFunctionBeginUser;
  if (strcasecmp(word, "POINTS") == 0) {
    PetscCall(read_points(l));
  } else if (strcasecmp(word, "CELLS") == 0) {
    PetscCall(read_cells(l));
  } else if (strcasecmp(word, "CELL_TYPES") == 0) {
    PetscCall(read_cell_types(l));
  } else if (strcasecmp(word, "POINT_DATA") == 0) {
    PetscCall(begin_data(l, HC_NODE));
  } else if (strcasecmp(word, "CELL_DATA") == 0) {
    PetscCall(begin_data(l, HC_CELL));
  } else if (strcasecmp(word, "FIELD") == 0) {
    PetscCall(read_field(l));
  } else if (strcasecmp(word, "METADATA") == 0) {
    skip_metadata(l);
  } else {
    PetscCall(read_attribute(l, word));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "# vtk DataFile Version 4.2", a title, ASCII or BINARY. */
static PetscErrorCode read_head(struct legacy *l)
{
  struct hc_scan *s = l->scan;
  static const char start[] = "# vtk DataFile Version ";
  char line[64], title[8];
  double version = 0;

  PetscFunctionBeginUser;
  hc_scan_line(s, line, sizeof line);
  if (strncmp(line, start, strlen(start)) == 0)
    version = strtod(line + strlen(start), NULL);
  if (!(version >= 2 && version < 6))
    PetscCall(hc_scan_fail(s, "\"%s\"; VTK legacy files of version 2.0 to 5.1 are supported", line));
  hc_scan_line(s, title, sizeof title);
  hc_scan_word(s, line, sizeof line);
  l->binary = strcasecmp(line, "BINARY") == 0;
  if (!l->binary && strcasecmp(line, "ASCII") != 0)
    PetscCall(hc_scan_fail(s, "\"%s\" where ASCII or BINARY is expected", line));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_file(struct legacy *l)
{
  char word[64];

  PetscFunctionBeginUser;
  PetscCall(read_head(l));
  hc_scan_word(l->scan, word, sizeof word);
  if (strcasecmp(word, "FIELD") == 0) { /* of the file as a whole */
    PetscCall(read_field(l));
    hc_scan_word(l->scan, word, sizeof word);
  }
  if (strcasecmp(word, "DATASET") != 0)
    PetscCall(hc_scan_fail(l->scan, "\"%s\" where DATASET is expected", word));
  hc_scan_word(l->scan, word, sizeof word);
  if (strcasecmp(word, "UNSTRUCTURED_GRID") != 0)
    PetscCall(hc_scan_fail(l->scan, "a data set of type %s; UNSTRUCTURED_GRID is supported", word));
  for (;;) {
    hc_scan_word(l->scan, word, sizeof word);
    if (!word[0])
      break;
    PetscCall(read_section(l, word));
  }
  if (!l->type)
    PetscCall(hc_scan_fail(l->scan, "the file ends without cells and their types"));
  l->cells.end = l->end;
  l->cells.nodes = l->nodes;
  l->cells.type = l->type;
  PetscCall(hc_vtk_add_cells(l->raw, l->scan->path, &l->cells, 0, l->raw->n_nodes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_read_vtk(struct hc_scan *scan, struct hc_raw *raw)
{
  struct legacy l = {.scan = scan, .raw = raw};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = read_file(&l);
  PetscCall(PetscFree(l.end));
  PetscCall(PetscFree(l.nodes));
  PetscCall(PetscFree(l.type));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
