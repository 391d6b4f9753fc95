/* results.xdmf: the same datasets for readers that do not know VTKHDF with steps (ParaView before 5.12). Hyperslabs
 * with start, stride and count need the reader "XDMF Reader"; the Xdmf3 readers skip them. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An array and the file that has it; of maps the latest segment's. */
struct entry {
  char name[256], file[64];
  enum hc_location where;
  int64_t rows, rows_per_frame;
  int columns, precision;
  const char *type;
};

struct catalogue {
  int n;
  struct entry *entries;
  enum hc_location where;
  char file[64];
  bool frames; /* list frames of one segment, or what holds for all */
};

static PetscErrorCode collect(const struct hc_array *array, void *context)
{
  struct catalogue *catalogue = context;
  struct entry *entry = NULL;
  hid_t type;

  PetscFunctionBeginUser;
  if ((array->rows_per_frame > 0) != catalogue->frames)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < catalogue->n; i++)
    if (catalogue->entries[i].where == catalogue->where && strcmp(catalogue->entries[i].name, array->name) == 0)
      entry = &catalogue->entries[i];
  if (!entry) {
    PetscCall(PetscRealloc(sizeof *entry * (size_t)(catalogue->n + 1), &catalogue->entries));
    entry = &catalogue->entries[catalogue->n++];
  }
  *entry = (struct entry){.where = catalogue->where,
                          .rows = array->rows,
                          .rows_per_frame = array->rows_per_frame,
                          .columns = array->columns};
  snprintf(entry->name, sizeof entry->name, "%s", array->name);
  memcpy(entry->file, catalogue->file, sizeof entry->file);
  type = H5Dget_type(array->set);
  entry->precision = (int)H5Tget_size(type);
  entry->type = H5Tget_class(type) == H5T_FLOAT ? "Float" : "Int";
  H5Tclose(type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode collect_file(const struct hc_results *results, const struct hc_segment *segment,
                                   struct catalogue *catalogue)
{
  char path[PATH_MAX];
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  hc_segment_path(results->folder, segment->part, path);
  snprintf(catalogue->file, sizeof catalogue->file, "%s", strrchr(path, '/') + 1);
  PetscCall(hc_segment_open(path, false, &file));
  catalogue->where = HC_NODE;
  code = hc_segment_each(file, "/VTKHDF/PointData", true, collect, catalogue);
  catalogue->where = HC_CELL;
  if (!code)
    code = hc_segment_each(file, "/VTKHDF/CellData", true, collect, catalogue);
  H5Fclose(file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_escaped(FILE *out, const char *text)
{
  for (; *text; text++)
    switch (*text) {
    case '&':
      fputs("&amp;", out);
      break;
    case '<':
      fputs("&lt;", out);
      break;
    case '>':
      fputs("&gt;", out);
      break;
    case '"':
      fputs("&quot;", out);
      break;
    default:
      fputc(*text, out);
    }
}

/* A whole dataset; columns 0 or 1: one-dimensional. */
static void put_item(FILE *out, const char *file, const char *group, const char *name, const char *type, int precision,
                     int64_t rows, int columns)
{
  fprintf(out, "<DataItem Format=\"HDF\" NumberType=\"%s\" Precision=\"%d\" Dimensions=\"%lld", type, precision,
          (long long)rows);
  if (columns > 1)
    fprintf(out, " %d", columns);
  fprintf(out, "\">%s:%s/", file, group);
  put_escaped(out, name);
  fputs("</DataItem>", out);
}

static void put_array(FILE *out, const struct hc_results *results, const struct entry *entry, int64_t frame)
{
  const char *const group = entry->where == HC_NODE ? "/VTKHDF/PointData" : "/VTKHDF/CellData";
  const long long start = frame * entry->rows_per_frame;
  const long long n = entry->where == HC_NODE ? results->mesh->n_nodes : results->mesh->n_cells;

  fputs("<Attribute Name=\"", out);
  put_escaped(out, entry->name);
  fprintf(out, "\" Center=\"%s\" AttributeType=\"%s\">", entry->where == HC_NODE ? "Node" : "Cell",
          entry->columns == 1   ? "Scalar"
          : entry->columns == 3 ? "Vector"
                                : "Matrix");
  if (entry->rows_per_frame > 0 && entry->columns == 1)
    fprintf(out,
            "<DataItem ItemType=\"HyperSlab\" Type=\"HyperSlab\" Dimensions=\"%lld\"><DataItem Format=\"XML\" "
            "NumberType=\"Int\" Precision=\"8\" Dimensions=\"3 1\">%lld 1 %lld</DataItem>",
            n, start, n);
  else if (entry->rows_per_frame > 0)
    fprintf(out,
            "<DataItem ItemType=\"HyperSlab\" Type=\"HyperSlab\" Dimensions=\"%lld %d\"><DataItem Format=\"XML\" "
            "NumberType=\"Int\" Precision=\"8\" Dimensions=\"3 2\">%lld 0 1 1 %lld %d</DataItem>",
            n, entry->columns, start, n, entry->columns);
  put_item(out, entry->file, group, entry->name, entry->type, entry->precision, entry->rows, entry->columns);
  fputs(entry->rows_per_frame > 0 ? "</DataItem></Attribute>\n" : "</Attribute>\n", out);
}

static void put_mesh(FILE *out, const struct hc_mesh *mesh)
{
  static const char *const topology[] = {"Triangle", "Tetrahedron", "Hexahedron"};

  fprintf(out, "<Topology TopologyType=\"%s\" NumberOfElements=\"%lld\">", topology[mesh->type],
          (long long)mesh->n_cells);
  put_item(out, "results.h5", "/VTKHDF", "Connectivity", "Int", 8, mesh->n_cells * hc_cell_nodes(mesh->type), 1);
  fputs("</Topology>\n<Geometry GeometryType=\"XYZ\">", out);
  put_item(out, "results.h5", "/VTKHDF", "Points", "Float", 8, mesh->n_nodes, 3);
  fputs("</Geometry>\n", out);
}

/* One grid; frames NULL: what holds for the whole run only. */
static void put_grid(FILE *out, const struct hc_results *results, const struct catalogue *whole,
                     const struct catalogue *frames, int64_t frame, double time)
{
  fputs("<Grid Name=\"mesh\" GridType=\"Uniform\">\n", out);
  if (frames)
    fprintf(out, "<Time Value=\"%.17g\"/>\n", time);
  put_mesh(out, results->mesh);
  for (int i = 0; frames && i < frames->n; i++)
    put_array(out, results, &frames->entries[i], frame);
  for (int i = 0; i < whole->n; i++)
    put_array(out, results, &whole->entries[i], 0);
  fputs("</Grid>\n", out);
}

static PetscErrorCode put_segment(FILE *out, const struct hc_results *results, const struct catalogue *whole,
                                  const struct hc_segment *segment)
{
  struct catalogue frames = {.frames = true};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (segment->count == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  code = collect_file(results, segment, &frames);
  for (int64_t s = 0; !code && s < segment->count; s++)
    put_grid(out, results, whole, &frames, s, segment->times[s]);
  PetscCall(PetscFree(frames.entries));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_document(FILE *out, const struct hc_results *results, const struct catalogue *whole)
{
  const struct hc_segment *last = &results->segments[results->n_segments - 1];

  PetscFunctionBeginUser;
  fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<!-- In ParaView choose the reader \"XDMF Reader\" (the Xdmf3 readers skip the fields of the frames). -->\n"
        "<Xdmf Version=\"3.0\">\n<Domain>\n",
        out);
  if (last->first + last->count == 0) {
    put_grid(out, results, whole, NULL, 0, 0.0);
  } else {
    fputs("<Grid Name=\"frames\" GridType=\"Collection\" CollectionType=\"Temporal\">\n", out);
    for (int i = 0; i < results->n_segments; i++)
      PetscCall(put_segment(out, results, whole, &results->segments[i]));
    fputs("</Grid>\n", out);
  }
  fputs("</Domain>\n</Xdmf>\n", out);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_document(const struct hc_results *results, const struct catalogue *whole, const char *path)
{
  FILE *out = fopen(path, "w");
  PetscErrorCode code;
  bool failed;

  PetscFunctionBeginUser;
  PetscCheck(out, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be created: %s", path, strerror(errno));
  code = put_document(out, results, whole);
  failed = ferror(out) != 0;
  failed = fclose(out) != 0 || failed;
  PetscCall(code);
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_xdmf_write(const struct hc_results *results)
{
  struct catalogue whole = {0};
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  for (int i = 0; !code && i < results->n_segments; i++)
    code = collect_file(results, &results->segments[i], &whole);
  snprintf(path, sizeof path, "%s/results.xdmf", results->folder);
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  if (!code)
    code = write_document(results, &whole, temporary);
  if (!code)
    code = hc_store_replace(temporary, path);
  PetscCall(PetscFree(whole.entries));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
