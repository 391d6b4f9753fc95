#include "drug_table.h"

#include "params.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_COLUMNS = 160, MOST_DRUGS = 4096, LINE = 8192 };

enum column_kind { COLUMN_DRUG, COLUMN_IGNORED, COLUMN_CMAX, COLUMN_IC50, COLUMN_HILL, COLUMN_BINDING };

struct column {
  enum column_kind kind;
  int which;                  /* of the binding constants */
  char current[HC_DRUG_NAME]; /* of a block */
};

/* A table as it is read. */
struct reader {
  const char *path;
  FILE *file;
  int line, n_columns;
  struct column columns[MOST_COLUMNS];
  char text[LINE];           /* of the line */
  char *cells[MOST_COLUMNS]; /* in text */
};

static const char *const binding_columns[HC_DRUG_BINDING] = {"ikr_kmax", "ikr_ku_per_ms", "ikr_n", "ikr_halfmax",
                                                             "ikr_vhalf_mv"};

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

static char *trimmed(char *text)
{
  size_t n;
  while (isspace((unsigned char)*text))
    text++;
  for (n = strlen(text); n > 0 && isspace((unsigned char)text[n - 1]); --n)
    text[n - 1] = '\0';
  return text;
}

/* The next line that is neither empty nor a comment, cut into cells; *n = 0 at the end of the file. */
static PetscErrorCode next_line(struct reader *reader, int *n)
{
  static const char mark[] = "\xef\xbb\xbf"; /* some programs begin UTF-8 with it */
  char *text;
  PetscFunctionBeginUser;
  *n = 0;
  do {
    if (!fgets(reader->text, LINE, reader->file)) {
      PetscCheck(!ferror(reader->file), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", reader->path,
                 strerror(errno));
      PetscFunctionReturn(PETSC_SUCCESS);
    }
    reader->line++;
    PetscCheck(strlen(reader->text) < LINE - 1, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s:%d: the line is longer than %d characters", reader->path, reader->line, LINE - 2);
    text = trimmed(reader->text + (reader->line == 1 && strncmp(reader->text, mark, 3) == 0 ? 3 : 0));
  } while (*text == '\0' || *text == '#');
  for (char *comma = text; comma; text = comma + 1) {
    PetscCheck(*n < MOST_COLUMNS, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%d: found more than %d columns", reader->path,
               reader->line, MOST_COLUMNS);
    comma = strchr(text, ',');
    if (comma)
      *comma = '\0';
    reader->cells[(*n)++] = trimmed(text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Header ------------------------------------------------------------------------------------------------------ */

/* The current of a column "<current><ending>". */
static bool current_of(const char *name, const char *ending, char current[HC_DRUG_NAME])
{
  const size_t n = strlen(name), m = strlen(ending);
  if (n <= m || n - m >= HC_DRUG_NAME || strcmp(name + n - m, ending) != 0)
    return false;
  (void)snprintf(current, HC_DRUG_NAME, "%.*s", (int)(n - m), name);
  return true;
}

/* False for an unknown column. */
static bool column_of(const char *name, struct column *column)
{
  *column = (struct column){.kind = COLUMN_IGNORED};
  for (int k = 0; k < HC_DRUG_BINDING; ++k)
    if (strcmp(name, binding_columns[k]) == 0) {
      column->kind = COLUMN_BINDING;
      column->which = k;
      return true;
    }
  if (strcmp(name, "drug") == 0)
    column->kind = COLUMN_DRUG;
  else if (strcmp(name, "cmax_nm") == 0)
    column->kind = COLUMN_CMAX;
  else if (current_of(name, "_ic50_nm", column->current))
    column->kind = COLUMN_IC50;
  else if (current_of(name, "_hill", column->current))
    column->kind = COLUMN_HILL;
  else
    return strcmp(name, "tdp_risk") == 0 || strcmp(name, "set") == 0;
  return true;
}

static PetscErrorCode read_header(struct reader *reader)
{
  bool named = false;
  PetscFunctionBeginUser;
  PetscCall(next_line(reader, &reader->n_columns));
  for (int c = 0; c < reader->n_columns; ++c) {
    for (char *letter = reader->cells[c]; *letter; ++letter)
      *letter = (char)tolower((unsigned char)*letter);
    PetscCheck(column_of(reader->cells[c], &reader->columns[c]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s:%d: unknown column \"%.80s\"; allowed: drug, cmax_nM, <current>_ic50_nM, <current>_hill, ikr_kmax, "
               "ikr_ku_per_ms, ikr_n, ikr_halfmax, ikr_vhalf_mV, tdp_risk, set",
               reader->path, reader->line, reader->cells[c]);
    for (int d = 0; d < c; ++d)
      PetscCheck(strcmp(reader->cells[c], reader->cells[d]) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s:%d: found column \"%.80s\" twice", reader->path, reader->line, reader->cells[c]);
    named = named || reader->columns[c].kind == COLUMN_DRUG;
  }
  PetscCheck(named, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: has no column \"drug\"; allowed: a table of drugs with a header", reader->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- A row ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode number(const struct reader *reader, int column, double low, double *value)
{
  const char *text = reader->cells[column];
  char *end;
  char bound[64];
  PetscFunctionBeginUser;
  errno = 0;
  *value = strtod(text, &end);
  (void)snprintf(bound, sizeof(bound), low > -INFINITY ? "above %g" : "that is finite", low);
  PetscCheck(*end == '\0' && end != text && isfinite(*value) && *value > low, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%d: found \"%.80s\" in column %d; allowed: a number %s", reader->path, reader->line, text, column + 1,
             bound);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static struct hc_drug_block_of *block_of(struct hc_drug_row *row, const char *current)
{
  int i = 0;
  while (i < row->n && strcmp(row->blocks[i].current, current) != 0)
    i++;
  if (i == row->n && row->n < HC_DRUG_CURRENTS) {
    row->blocks[row->n] = (struct hc_drug_block_of){.ic50 = NAN, .hill = NAN};
    (void)snprintf(row->blocks[row->n++].current, HC_DRUG_NAME, "%s", current);
  }
  return i < HC_DRUG_CURRENTS ? &row->blocks[i] : NULL;
}

static PetscErrorCode read_cell(const struct reader *reader, int c, struct hc_drug_row *row, int *n_binding)
{
  const struct column *column = &reader->columns[c];
  struct hc_drug_block_of *block;
  PetscFunctionBeginUser;
  switch (column->kind) {
  case COLUMN_CMAX:
    PetscCall(number(reader, c, 0, &row->cmax));
    break;
  case COLUMN_BINDING: /* Kmax, Ku, n and halfmax are positive, Vhalf is a potential */
    PetscCall(
        number(reader, c, column->which < HC_DRUG_BINDING - 1 ? 0 : (double)-INFINITY, &row->binding[column->which]));
    ++*n_binding;
    break;
  case COLUMN_IC50:
  case COLUMN_HILL:
    block = block_of(row, column->current);
    PetscCheck(block, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%d: found more than %d currents", reader->path, reader->line,
               HC_DRUG_CURRENTS);
    PetscCall(number(reader, c, 0, column->kind == COLUMN_IC50 ? &block->ic50 : &block->hill));
    break;
  default:
    break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode note_columns(const struct reader *reader, struct hc_drug_row *row)
{
  PetscFunctionBeginUser;
  for (int c = 0; c < reader->n_columns; ++c) {
    const struct column *column = &reader->columns[c];
    row->has_cmax = row->has_cmax || column->kind == COLUMN_CMAX;
    row->has_binding = row->has_binding || column->kind == COLUMN_BINDING;
    if (column->kind != COLUMN_IC50)
      continue;
    PetscCheck(row->n_currents < HC_DRUG_CURRENTS, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found more than %d currents",
               reader->path, HC_DRUG_CURRENTS);
    (void)snprintf(row->currents[row->n_currents++], HC_DRUG_NAME, "%s", column->current);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_row(const struct reader *reader, struct hc_drug_row *row)
{
  int n_binding = 0;
  PetscFunctionBeginUser;
  *row = (struct hc_drug_row){.line = reader->line, .cmax = NAN};
  PetscCall(note_columns(reader, row));
  for (int c = 0; c < reader->n_columns; ++c)
    if (reader->cells[c][0])
      PetscCall(read_cell(reader, c, row, &n_binding));
  for (int i = 0; i < row->n; ++i) {
    PetscCheck(!isnan(row->blocks[i].ic50), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s:%d: found %s_hill without %s_ic50_nM; allowed: both, or the second alone", reader->path,
               reader->line, row->blocks[i].current, row->blocks[i].current);
    if (isnan(row->blocks[i].hill))
      row->blocks[i].hill = 1;
  }
  PetscCheck(n_binding == 0 || n_binding == HC_DRUG_BINDING, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%d: found %d of the constants of binding to hERG; allowed: ikr_kmax, ikr_ku_per_ms, ikr_n, "
             "ikr_halfmax and ikr_vhalf_mV together",
             reader->path, reader->line, n_binding);
  row->binds = n_binding > 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

/* Names of the drugs that are there, for a hint: number n of them in names, each PetscStrallocpy'd. */
struct seen {
  int n;
  char *names[MOST_DRUGS];
};

static PetscErrorCode read_rows(struct reader *reader, const char *drug, struct hc_drug_row *row, struct seen *seen)
{
  int n, name = 0;
  PetscFunctionBeginUser;
  PetscCall(read_header(reader));
  while (reader->columns[name].kind != COLUMN_DRUG)
    name++;
  row->line = 0;
  for (;;) {
    PetscCall(next_line(reader, &n));
    if (n == 0)
      break;
    PetscCheck(n == reader->n_columns, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s:%d: found %d cells; allowed: %d, as in the header", reader->path, reader->line, n,
               reader->n_columns);
    if (seen->n < MOST_DRUGS)
      PetscCall(PetscStrallocpy(reader->cells[name], &seen->names[seen->n++]));
    if (strcasecmp(reader->cells[name], drug) != 0)
      continue;
    PetscCheck(row->line == 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%d: found %s again; it is in line %d too",
               reader->path, reader->line, drug, row->line);
    PetscCall(read_row(reader, row));
  }
  if (row->line == 0) {
    const char *near = hc_params_nearest(drug, seen->n, (const char *const *)seen->names);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: has no drug \"%s\" among its %d%s%s%s", reader->path, drug, seen->n,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_drug_table_find(const char *path, const char *drug, struct hc_drug_row *row)
{
  struct reader *reader;
  struct seen *seen;
  PetscErrorCode code;
  FILE *file;
  PetscFunctionBeginUser;
  file = fopen(path, "r");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  PetscCall(PetscNew(&reader));
  PetscCall(PetscNew(&seen));
  reader->path = path;
  reader->file = file;
  code = read_rows(reader, drug, row, seen);
  (void)fclose(file);
  for (int i = 0; i < seen->n; ++i)
    PetscCall(PetscFree(seen->names[i]));
  PetscCall(PetscFree(seen));
  PetscCall(PetscFree(reader));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
