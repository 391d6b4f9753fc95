/* Tables of users: CSV, or HDF5 with a dataset a column. */
#include "h5.h"
#include "sampling.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct hc_table {
  char *path;
  char sha256[65];
  bool is_hdf5;
  int n_columns;
  int64_t n_rows, room;
  char **names; /* n_columns, into `content` */
  char **cells; /* n_rows x n_columns, likewise */
  int64_t *lines;
  char *content;
};

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

/* The file as text with a zero at its end. */
static PetscErrorCode slurp(const char *path, char **text)
{
  FILE *file = fopen(path, "rb");
  long size = -1;
  size_t got = 0;

  PetscFunctionBeginUser;
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", path, strerror(errno));
  if (fseek(file, 0, SEEK_END) == 0)
    size = ftell(file);
  if (size >= 0 && fseek(file, 0, SEEK_SET) == 0) {
    PetscCall(PetscMalloc1((size_t)size + 1, text));
    got = fread(*text, 1, (size_t)size, file);
    (*text)[got] = 0;
  }
  (void)fclose(file);
  PetscCheck(size >= 0 && got == (size_t)size, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: it cannot be read", path);
  PetscCheck(strlen(*text) == got, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found a zero byte; allowed: CSV or HDF5", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

/* Take one cell off a line, without the spaces or quotes around it; two quotes within quotes are one. Returns what is
 * behind its comma, NULL behind the last. *fits: nothing was behind a closing quote. */
static char *next_cell(char *at, char **cell, bool *fits)
{
  char *end;
  while (is_space(*at))
    at++;
  *cell = at;
  *fits = true;
  if (*at != '"') {
    end = at + strcspn(at, ",");
    char *const behind = *end ? end + 1 : NULL;
    while (end > *cell && is_space(end[-1]))
      end--;
    *end = 0;
    return behind;
  }
  *cell = end = ++at;
  while (*at && (*at != '"' || at[1] == '"')) {
    at += *at == '"' ? 1 : 0;
    *end++ = *at++;
  }
  *fits = *at == '"';
  at += *at ? 1 : 0;
  while (is_space(*at))
    at++;
  *fits = *fits && (*at == ',' || !*at);
  char *const behind = *at ? at + 1 : NULL;
  *end = 0;
  return behind;
}

static int count_cells(const char *line)
{
  int n = 1;
  bool quoted = false;
  for (; *line; line++) {
    quoted = quoted != (*line == '"');
    n += *line == ',' && !quoted;
  }
  return n;
}

static PetscErrorCode split(const struct hc_table *table, int64_t number, char *line, char **cells)
{
  char *at = line;
  bool fits = true;
  const int found = count_cells(line);

  PetscFunctionBeginUser;
  PetscCheck(found == table->n_columns, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%lld: found %d columns; allowed: %d, as in the line of names", table->path, (long long)number, found,
             table->n_columns);
  for (int k = 0; k < table->n_columns && fits; k++)
    at = next_cell(at, &cells[k], &fits);
  PetscCheck(fits, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%lld: quotes that do not match", table->path, (long long)number);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_names(struct hc_table *table, int64_t number, char *line)
{
  PetscFunctionBeginUser;
  table->n_columns = count_cells(line);
  PetscCall(PetscMalloc1(table->n_columns, &table->names));
  PetscCall(split(table, number, line, table->names));
  for (int k = 0; k < table->n_columns; k++)
    for (int j = 0; j < k; j++)
      PetscCheck(strcmp(table->names[j], table->names[k]) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s:%lld: two columns have the name \"%s\"", table->path, (long long)number, table->names[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_row(struct hc_table *table, int64_t number, char *line)
{
  PetscFunctionBeginUser;
  if (table->n_rows == table->room) {
    table->room = 2 * table->room + 64;
    PetscCall(PetscRealloc((size_t)table->room * (size_t)table->n_columns * sizeof(char *), &table->cells));
    PetscCall(PetscRealloc((size_t)table->room * sizeof(int64_t), &table->lines));
  }
  PetscCall(split(table, number, line, table->cells + table->n_rows * table->n_columns));
  table->lines[table->n_rows++] = number;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_csv(struct hc_table *table)
{
  int64_t number = 1;

  PetscFunctionBeginUser;
  PetscCall(slurp(table->path, &table->content));
  for (char *line = table->content, *next; line; line = next, number++) {
    next = strchr(line, '\n');
    if (next)
      *next++ = 0;
    if (*line == '#' || line[strspn(line, " \t\r")] == 0)
      continue;
    if (!table->names)
      PetscCall(read_names(table, number, line));
    else
      PetscCall(read_row(table, number, line));
  }
  PetscCheck(table->n_rows > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found no rows; allowed: a line of names and a row a patient", table->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- HDF5 -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode read_names_of_datasets(struct hc_table *table)
{
  hid_t file;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_open(PETSC_COMM_SELF, table->path, false, &file));
  PetscCall(hc_h5_list(file, &table->n_columns, &table->names));
  PetscCall(hc_h5_close(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_dataset(const struct hc_table *table, const char *column, int64_t *rows, double **values)
{
  hid_t file;
  bool exists;
  int columns;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_open(PETSC_COMM_SELF, table->path, false, &file));
  PetscCall(hc_h5_shape(file, column, &exists, rows, &columns));
  PetscCheck(exists && columns == 1 && *rows > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: dataset %s has %lld rows and %d columns; allowed: one column, at least one row", table->path, column,
             (long long)*rows, columns);
  PetscCall(PetscMalloc1((size_t)*rows, values));
  PetscCall(hc_h5_read(file, column, H5T_NATIVE_DOUBLE, 0, *rows, *values));
  PetscCall(hc_h5_close(&file));
  for (int64_t i = 0; i < *rows; i++)
    PetscCheck(isfinite((*values)[i]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s[%lld] is not finite; allowed: finite numbers", table->path, column, (long long)i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Both -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode find_kind(struct hc_table *table)
{
  static const unsigned char magic[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  unsigned char begin[8] = {0};
  FILE *file = fopen(table->path, "rb");

  PetscFunctionBeginUser;
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", table->path, strerror(errno));
  table->is_hdf5 = fread(begin, 1, 8, file) == 8 && memcmp(begin, magic, 8) == 0;
  (void)fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_table_read(const char *path, struct hc_table **table)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, table));
  PetscCall(PetscStrallocpy(path, &(*table)->path));
  code = find_kind(*table);
  if (!code)
    code = hc_sha256_file(path, (*table)->sha256);
  if (!code)
    code = (*table)->is_hdf5 ? read_names_of_datasets(*table) : read_csv(*table);
  if (code)
    hc_table_destroy(table);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_table_destroy(struct hc_table **table)
{
  if (!table || !*table)
    return;
  (void)PetscFree((*table)->content);
  (void)PetscFree((*table)->lines);
  (void)PetscFree((*table)->cells);
  (void)PetscFree((*table)->names);
  (void)PetscFree((*table)->path);
  (void)PetscFree(*table);
}

const char *hc_table_sha256(const struct hc_table *table)
{
  return table->sha256;
}

static PetscErrorCode find_column(const struct hc_table *table, const char *column, int *found)
{
  const char *near;

  PetscFunctionBeginUser;
  for (*found = 0; *found < table->n_columns; ++*found)
    if (strcmp(table->names[*found], column) == 0)
      PetscFunctionReturn(PETSC_SUCCESS);
  near = hc_params_nearest(column, table->n_columns, (const char *const *)table->names);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: no column \"%s\"%s%s%s", table->path, column,
          near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

PetscErrorCode hc_table_texts(const struct hc_table *table, const char *column, int64_t *rows, const char ***texts)
{
  int k;

  PetscFunctionBeginUser;
  PetscCall(find_column(table, column, &k));
  PetscCheck(!table->is_hdf5, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: texts are read from CSV only", table->path);
  *rows = table->n_rows;
  PetscCall(PetscMalloc1((size_t)*rows, texts));
  for (int64_t i = 0; i < *rows; i++)
    (*texts)[i] = table->cells[i * table->n_columns + k];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_table_numbers(const struct hc_table *table, const char *column, int64_t *rows, double **values)
{
  int k;

  PetscFunctionBeginUser;
  *values = NULL;
  PetscCall(find_column(table, column, &k));
  if (table->is_hdf5) {
    PetscCall(read_dataset(table, column, rows, values));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  *rows = table->n_rows;
  PetscCall(PetscMalloc1((size_t)*rows, values));
  for (int64_t i = 0; i < *rows; i++) {
    const char *const text = table->cells[i * table->n_columns + k];
    char *end;
    (*values)[i] = strtod(text, &end);
    if (!*text || *end || !isfinite((*values)[i])) {
      PetscCall(PetscFree(*values));
      SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%lld: %s: found \"%s\"; allowed: a number", table->path,
              (long long)table->lines[i], column, text);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
