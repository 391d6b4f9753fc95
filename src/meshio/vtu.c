/* VTK's XML unstructured grids (VTK User's Guide, "XML File Formats"). The XML is read by expat up to the appended
 * data, which need not be XML. */
#include "vtu.h"
#include "vtk.h"

#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum section { NO_SECTION, POINTS, CELLS, POINT_DATA, CELL_DATA };

struct entry {
  enum section section;
  int piece;
  struct hc_vtu_array array;
};

struct piece {
  int64_t n_nodes, n_cells;
};

struct vtu {
  struct hc_scan *scan;
  struct hc_raw *raw;
  XML_Parser parser;
  PetscErrorCode code; /* of a handler */
  struct hc_vtu_coding coding;
  bool seen_root;
  enum section section;
  int inner;       /* > 0: that deep inside of a DataArray's own children */
  bool collecting; /* inside of a DataArray whose text is wanted */
  size_t room;     /* of its text */
  int n_pieces, n_entries;
  struct piece *pieces;
  struct entry *entries;
};

static const char *attribute(const char **attributes, const char *name)
{
  for (int i = 0; attributes[i]; i += 2)
    if (strcmp(attributes[i], name) == 0)
      return attributes[i + 1];
  return NULL;
}

static PetscErrorCode fail(const struct vtu *v, const char *text, const char *value)
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%ld: %s \"%s\"", v->scan->path, (long)XML_GetCurrentLineNumber(v->parser),
          text, value ? value : "");
}

static PetscErrorCode get_integer(const struct vtu *v, const char **attributes, const char *name, int64_t least,
                                  int64_t most, int64_t fallback, int64_t *value)
{
  const char *text = attribute(attributes, name);
  char *end;

  PetscFunctionBeginUser;
  *value = fallback;
  if (text) {
    *value = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
      PetscCall(fail(v, name, text));
  }
  PetscCheck(*value >= least && *value <= most, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%ld: %s is \"%s\"; %lld to %lld are allowed", v->scan->path, (long)XML_GetCurrentLineNumber(v->parser),
             name, text ? text : "missing", (long long)least, (long long)most);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_file(struct vtu *v, const char **attributes)
{
  const char *type = attribute(attributes, "type"), *order = attribute(attributes, "byte_order"),
             *head = attribute(attributes, "header_type"), *compressor = attribute(attributes, "compressor");
  const bool big = order && strcmp(order, "BigEndian") == 0;

  PetscFunctionBeginUser;
  if (!type || strcmp(type, "UnstructuredGrid") != 0)
    PetscCall(fail(v, "only files of type UnstructuredGrid are supported, this is", type));
  if (order && !big && strcmp(order, "LittleEndian") != 0)
    PetscCall(fail(v, "byte_order", order));
  if (head && strcmp(head, "UInt32") != 0 && strcmp(head, "UInt64") != 0)
    PetscCall(fail(v, "header_type", head));
  if (compressor && compressor[0] && strcmp(compressor, "vtkZLibDataCompressor") != 0)
    PetscCall(fail(v, "only vtkZLibDataCompressor is supported, not", compressor));
  v->seen_root = true;
  v->coding.swap = big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
  v->coding.head = head && strcmp(head, "UInt64") == 0 ? HC_U64 : HC_U32;
  v->coding.compressed = compressor && compressor[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_piece(struct vtu *v, const char **attributes)
{
  struct piece piece;

  PetscFunctionBeginUser;
  PetscCall(get_integer(v, attributes, "NumberOfPoints", 0, (int64_t)1 << 40, -1, &piece.n_nodes));
  PetscCall(get_integer(v, attributes, "NumberOfCells", 0, (int64_t)1 << 40, -1, &piece.n_cells));
  PetscCall(PetscRealloc((size_t)(v->n_pieces + 1) * sizeof *v->pieces, (void *)&v->pieces));
  v->pieces[v->n_pieces++] = piece;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_type(const struct vtu *v, const char *text, enum hc_number *type)
{
  static const char *const names[] = {"Int8",   "UInt8", "Int16",  "UInt16",  "Int32",
                                      "UInt32", "Int64", "UInt64", "Float32", "Float64"};
  PetscFunctionBeginUser;
  for (int i = 0; text && i < 10; i++)
    if (strcmp(text, names[i]) == 0) {
      *type = (enum hc_number)i;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(fail(v, "arrays of this type are not supported:", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_array(struct vtu *v, const char **attributes)
{
  const char *name = attribute(attributes, "Name"), *format = attribute(attributes, "format");
  struct entry *e;
  int64_t value;

  PetscFunctionBeginUser;
  if (v->n_pieces == 0)
    PetscCall(fail(v, "an array outside of a piece:", name));
  PetscCall(PetscRealloc((size_t)(v->n_entries + 1) * sizeof *v->entries, (void *)&v->entries));
  e = &v->entries[v->n_entries++];
  *e = (struct entry){.section = v->section, .piece = v->n_pieces - 1};
  if (name && strlen(name) >= sizeof e->array.name)
    PetscCall(fail(v, "names of arrays have at most 63 characters:", name));
  snprintf(e->array.name, sizeof e->array.name, "%s", name ? name : "");
  e->array.line = (long)XML_GetCurrentLineNumber(v->parser);
  PetscCall(read_type(v, attribute(attributes, "type"), &e->array.type));
  PetscCall(get_integer(v, attributes, "NumberOfComponents", 1, 1000, 1, &value));
  e->array.n_comp = (int)value;
  if (format && strcmp(format, "appended") == 0) {
    e->array.format = HC_VTU_APPENDED;
    PetscCall(get_integer(v, attributes, "offset", 0, INT64_MAX, -1, &e->array.offset));
  } else if (!format || strcmp(format, "ascii") == 0 || strcmp(format, "binary") == 0) {
    e->array.format = format && format[0] == 'b' ? HC_VTU_BINARY : HC_VTU_ASCII;
  } else {
    PetscCall(fail(v, "format is", format));
  }
  v->collecting = true;
  v->room = 64;
  PetscCall(PetscMalloc1(v->room, &e->array.text));
  e->array.text[0] = '\0';
  PetscFunctionReturn(PETSC_SUCCESS);
}

static enum section section_of(const char *element)
{
  static const char *const names[] = {"", "Points", "Cells", "PointData", "CellData"};
  for (int i = POINTS; i <= CELL_DATA; i++)
    if (strcmp(element, names[i]) == 0)
      return (enum section)i;
  return NO_SECTION;
}

static PetscErrorCode begin_element(struct vtu *v, const char *element, const char **attributes)
{
  PetscFunctionBeginUser;
  if (!v->seen_root && strcmp(element, "VTKFile") != 0)
    PetscCall(fail(v, "this is no VTK file, it begins with", element));
  if (v->collecting) {
    v->inner++;
  } else if (strcmp(element, "VTKFile") == 0) {
    PetscCall(begin_file(v, attributes));
  } else if (strcmp(element, "Piece") == 0) {
    PetscCall(begin_piece(v, attributes));
  } else if (strcmp(element, "DataArray") == 0 && v->section != NO_SECTION) {
    PetscCall(begin_array(v, attributes));
  } else if (strcmp(element, "AppendedData") == 0) {
    const char *encoding = attribute(attributes, "encoding");
    v->coding.appended_raw = encoding && strcmp(encoding, "raw") == 0;
    if (!v->coding.appended_raw && (!encoding || strcmp(encoding, "base64") != 0))
      PetscCall(fail(v, "encoding of the appended data is", encoding));
  } else if (section_of(element) != NO_SECTION) {
    v->section = section_of(element);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void stop(struct vtu *v, PetscErrorCode code)
{
  if (code && !v->code) {
    v->code = code;
    XML_StopParser(v->parser, XML_FALSE);
  }
}

static void XMLCALL on_start(void *context, const char *element, const char **attributes)
{
  struct vtu *v = context;
  if (!v->code)
    stop(v, begin_element(v, element, attributes));
}

static void XMLCALL on_end(void *context, const char *element)
{
  struct vtu *v = context;
  if (v->inner > 0)
    v->inner--;
  else if (v->collecting)
    v->collecting = false;
  else if (section_of(element) != NO_SECTION)
    v->section = NO_SECTION;
}

static PetscErrorCode add_text(struct vtu *v, const char *text, size_t length)
{
  struct hc_vtu_array *array = &v->entries[v->n_entries - 1].array;

  PetscFunctionBeginUser;
  if (array->length + length + 1 > v->room) {
    v->room = 2 * (array->length + length + 1);
    PetscCall(PetscRealloc(v->room, (void *)&array->text));
  }
  memcpy(array->text + array->length, text, length);
  array->length += length;
  array->text[array->length] = '\0';
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void XMLCALL on_text(void *context, const char *text, int length)
{
  struct vtu *v = context;
  if (!v->code && v->collecting && v->inner == 0 && length > 0)
    stop(v, add_text(v, text, (size_t)length));
}

/* Where expat has to stop: behind the tag <AppendedData ...>, or at the end of the file. */
static PetscErrorCode find_appended(struct vtu *v, size_t *xml_size)
{
  struct hc_scan *s = v->scan;
  const char *tag = memmem(s->data, s->size, "<AppendedData", 13), *close, *first;
  size_t end = s->size;

  PetscFunctionBeginUser;
  *xml_size = s->size;
  if (!tag)
    PetscFunctionReturn(PETSC_SUCCESS);
  close = memchr(tag, '>', s->size - (size_t)(tag - s->data));
  first = close ? memchr(close, '_', s->size - (size_t)(close - s->data)) : NULL;
  while (end > 0 && (s->data[end - 1] == '\n' || s->data[end - 1] == '\r' || s->data[end - 1] == ' '))
    end--;
  if (!first || end < 10 || strncmp(s->data + end - 10, "</VTKFile>", 10) != 0) {
    s->at = s->size;
    PetscCall(hc_scan_fail(s, "the file ends within the appended data"));
    PetscFunctionReturn(HC_ERR_INPUT);
  }
  *xml_size = (size_t)(close + 1 - s->data);
  v->coding.appended = first + 1;
  v->coding.appended_size = (size_t)(s->data + end - 10 - (first + 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parse(struct vtu *v)
{
  const size_t most = (size_t)1 << 24;
  enum XML_Status status = XML_STATUS_OK;
  size_t size;

  PetscFunctionBeginUser;
  PetscCall(find_appended(v, &size));
  XML_SetUserData(v->parser, v);
  XML_SetElementHandler(v->parser, on_start, on_end);
  XML_SetCharacterDataHandler(v->parser, on_text);
  for (size_t at = 0; at < size && status == XML_STATUS_OK; at += most) {
    const size_t n = size - at < most ? size - at : most;
    status = XML_Parse(v->parser, v->scan->data + at, (int)n, at + n == v->scan->size);
  }
  PetscCall(v->code);
  PetscCheck(status == XML_STATUS_OK && size > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%ld: %s", v->scan->path,
             (long)XML_GetCurrentLineNumber(v->parser),
             size > 0 ? XML_ErrorString(XML_GetErrorCode(v->parser)) : "the file is empty");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- From arrays to the mesh ---- */

static const struct hc_vtu_array *find(const struct vtu *v, int piece, enum section section, const char *name)
{
  for (int i = 0; i < v->n_entries; i++) {
    const struct entry *e = &v->entries[i];
    if (e->piece == piece && e->section == section && (!name || strcmp(e->array.name, name) == 0))
      return &e->array;
  }
  return NULL;
}

static PetscErrorCode read_points(struct vtu *v, int piece, int64_t *first)
{
  const struct hc_vtu_array *a = find(v, piece, POINTS, NULL);
  int64_t n = 3 * v->pieces[piece].n_nodes, existing;
  double *values;

  PetscFunctionBeginUser;
  PetscCheck(a && a->n_comp == 3, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: piece %d: Points need an array of three components", v->scan->path, piece);
  PetscCall(hc_vtu_decode(v->scan->path, &v->coding, a, &n, &values));
  PetscCall(hc_raw_add_nodes(v->raw, n / 3, &existing));
  PetscCall(PetscArraycpy(v->raw->xyz + 3 * existing, values, n));
  PetscCall(PetscFree(values));
  *first = existing;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An array of integers of the piece's cells; n as in hc_vtu_decode(). */
static PetscErrorCode read_cell_integers(struct vtu *v, int piece, const char *name, int64_t *n, int64_t **integers)
{
  const struct hc_vtu_array *a = find(v, piece, CELLS, name);
  double *values, worst = 0;

  PetscFunctionBeginUser;
  PetscCheck(a, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: piece %d: Cells lack the array \"%s\"", v->scan->path, piece, name);
  PetscCall(hc_vtu_decode(v->scan->path, &v->coding, a, n, &values));
  PetscCall(PetscMalloc1(*n, integers));
  for (int64_t i = 0; i < *n; i++) {
    const bool good = fabs(values[i]) < 0x1p53 && values[i] == trunc(values[i]); /* false for NaN */
    if (!good)
      worst = 1;
    (*integers)[i] = good ? (int64_t)values[i] : -1;
  }
  PetscCall(PetscFree(values));
  PetscCheck(worst == 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%ld: array \"%s\": has values that are no integers",
             v->scan->path, a->line, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_cells(struct vtu *v, int piece, int64_t first_node)
{
  struct hc_vtk_cells cells = {.n = v->pieces[piece].n_cells, .n_nodes = -1};
  int64_t *end = NULL, *nodes = NULL, *type = NULL, n = cells.n;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = read_cell_integers(v, piece, "types", &n, &type);
  if (!code)
    code = read_cell_integers(v, piece, "offsets", &n, &end);
  if (!code)
    code = read_cell_integers(v, piece, "connectivity", &cells.n_nodes, &nodes);
  cells.end = end;
  cells.nodes = nodes;
  cells.type = type;
  if (!code)
    code = hc_vtk_add_cells(v->raw, v->scan->path, &cells, first_node, v->pieces[piece].n_nodes);
  PetscCall(PetscFree(type));
  PetscCall(PetscFree(end));
  PetscCall(PetscFree(nodes));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_data(struct vtu *v, const struct entry *e)
{
  const enum hc_location where = e->section == POINT_DATA ? HC_NODE : HC_CELL;
  const struct piece *piece = &v->pieces[e->piece];
  const int64_t length = where == HC_NODE ? piece->n_nodes : piece->n_cells;
  int64_t n = length * e->array.n_comp;
  double *values, *target;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_vtu_decode(v->scan->path, &v->coding, &e->array, &n, &values));
  code = hc_raw_add_values(v->raw, e->array.name, where, e->array.n_comp, length, &target);
  if (!code)
    code = PetscArraycpy(target, values, n);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_pieces(struct vtu *v)
{
  int64_t first_node = 0;

  PetscFunctionBeginUser;
  for (int p = 0; p < v->n_pieces; p++) {
    if (v->pieces[p].n_nodes == 0) /* VTK writes empty pieces */
      continue;
    PetscCall(read_points(v, p, &first_node));
    PetscCall(read_cells(v, p, first_node));
    for (int i = 0; i < v->n_entries; i++)
      if (v->entries[i].piece == p && (v->entries[i].section == POINT_DATA || v->entries[i].section == CELL_DATA))
        PetscCall(read_data(v, &v->entries[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_read_vtu(struct hc_scan *scan, struct hc_raw *raw)
{
  struct vtu v = {.scan = scan, .raw = raw};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  v.parser = XML_ParserCreate(NULL);
  PetscCheck(v.parser, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "expat cannot be initialised");
  code = parse(&v);
  XML_ParserFree(v.parser);
  if (!code)
    code = read_pieces(&v);
  for (int i = 0; i < v.n_entries; i++)
    PetscCall(PetscFree(v.entries[i].array.text));
  PetscCall(PetscFree(v.entries));
  PetscCall(PetscFree(v.pieces));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
