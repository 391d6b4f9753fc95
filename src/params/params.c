#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

struct chunk {
  struct chunk *next;
  max_align_t start; /* of what was asked for */
};

PetscErrorCode hc_params_allocate(struct hc_params *params, size_t size, void *pointer)
{
  struct chunk *chunk;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc(offsetof(struct chunk, start) + size + sizeof chunk->start, &chunk));
  memset(&chunk->start, 0, size);
  chunk->next = params->memory;
  params->memory = chunk;
  void *const start = &chunk->start;
  memcpy(pointer, &start, sizeof start); /* whatever the type of the pointer */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_params_text(struct hc_params *params, void *text, const char *format, ...)
{
  va_list arguments;
  char *copy;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  const int n = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  PetscCheck(n >= 0, PETSC_COMM_SELF, PETSC_ERR_PLIB, "cannot format text");
  PetscCall(hc_params_allocate(params, (size_t)n + 1, &copy));
  va_start(arguments, format);
  vsnprintf(copy, (size_t)n + 1, format, arguments);
  va_end(arguments);
  memcpy(text, &copy, sizeof copy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_params_destroy(struct hc_params **params)
{
  if (!params || !*params)
    return;
  for (struct chunk *chunk = (*params)->memory, *next; chunk; chunk = next) {
    next = chunk->next;
    (void)PetscFree(chunk);
  }
  (void)PetscFree(*params);
}

static PetscErrorCode create(const struct hc_block *block, void *root, struct hc_params **params)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, params));
  (*params)->block = block;
  (*params)->root = root;
  (*params)->folder = ".";
  memset(root, 0, block->size);
  PetscCall(hc_params_allocate(*params, sizeof *(*params)->answer, &(*params)->answer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Free what a failed call made and pass its error on. */
static PetscErrorCode finish(PetscErrorCode code, struct hc_params **params)
{
  PetscFunctionBeginUser;
  if (code) {
    memset((*params)->root, 0, (*params)->block->size);
    hc_params_destroy(params);
  }
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

struct source {
  char folder[PATH_MAX]; /* absolute */
  int64_t size;
  char *text; /* PetscMalloc'd; size bytes */
};

static PetscErrorCode read_text(const char *path, FILE *file, struct source *source)
{
  const size_t most = (size_t)16 << 20; /* bytes: a case file, not a data file */
  size_t capacity = 4096;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(capacity, &source->text));
  for (;;) {
    const size_t n = fread(source->text + source->size, 1, capacity - (size_t)source->size, file);
    PetscCheck(!ferror(file), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    source->size += (int64_t)n;
    if (n == 0)
      break;
    PetscCheck((size_t)source->size < most, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found more than %zu MiB; allowed: a case file", path, most >> 20);
    if ((size_t)source->size == capacity) {
      capacity *= 2;
      PetscCall(PetscRealloc(capacity, &source->text));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_file(const char *path, struct source *source)
{
  char whole[PATH_MAX];

  PetscFunctionBeginUser;
  FILE *file = fopen(path, "rb");
  PetscCheck(file && realpath(path, whole), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path,
             strerror(errno));
  const PetscErrorCode code = read_text(path, file, source);
  fclose(file);
  PetscCall(code);
  *strrchr(whole, '/') = '\0';
  memcpy(source->folder, whole[0] ? whole : "/", strlen(whole) + 1 + !whole[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* No file: an empty text in the working folder. */
static PetscErrorCode read_nothing(struct source *source)
{
  PetscFunctionBeginUser;
  PetscCheck(getcwd(source->folder, sizeof source->folder), PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "the working folder has no name: %s", strerror(errno));
  PetscCall(PetscMalloc1(1, &source->text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0 reads, all get it. */
static PetscErrorCode share_file(MPI_Comm comm, const char *path, struct source *source)
{
  int rank;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0)
    code = path ? read_file(path, source) : read_nothing(source);
  PetscCall(hc_error_agree(comm, code));
  PetscCallMPI(MPI_Bcast(&source->size, 1, MPI_INT64_T, 0, comm));
  PetscCallMPI(MPI_Bcast(source->folder, (int)sizeof source->folder, MPI_CHAR, 0, comm));
  if (rank != 0)
    PetscCall(PetscMalloc1(source->size + 1, &source->text));
  PetscCallMPI(MPI_Bcast(source->text, (int)source->size, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode interpret(struct hc_params *params, const char *path, const struct source *source, int n_set,
                                const char *const set[])
{
  const char *origin;

  PetscFunctionBeginUser;
  PetscCall(hc_params_text(params, &origin, "%s", path ? path : "command line"));
  PetscCall(hc_params_text(params, &params->folder, "%s", source->folder));
  if (path) {
    PetscCall(hc_tree_parse(params, origin, true, "", source->text, (size_t)source->size, &params->tree));
  } else {
    PetscCall(hc_params_allocate(params, sizeof *params->tree, &params->tree));
    params->tree->kind = HC_TREE_BLOCK;
    params->tree->origin = origin;
  }
  if (!params->tree || hc_tree_is_null(params->tree)) {
    struct hc_text allowed = {0};
    hc_text_keys(&allowed, params->block);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s:1: found an empty file; allowed: a block of keys: %s", origin,
            allowed.s);
  }
  params->tree->line = path ? 1 : 0; /* 0: no line is shown */
  for (int i = 0; i < n_set && params->tree->kind == HC_TREE_BLOCK; i++)
    PetscCall(hc_set_apply(params, set[i]));
  PetscCall(hc_bind(params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_params_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                              const struct hc_block *root_block, void *root, struct hc_params **params)
{
  struct source source = {.folder = ""};

  PetscFunctionBeginUser;
  PetscCall(create(root_block, root, params));
  PetscErrorCode code = share_file(comm, path, &source);
  if (!code)
    code = hc_error_agree(comm, interpret(*params, path, &source, n_set, set));
  PetscCall(PetscFree(source.text));
  PetscCall(finish(code, params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_params_defaults(const struct hc_block *root_block, void *root, struct hc_params **params)
{
  PetscFunctionBeginUser;
  PetscCall(create(root_block, root, params));
  (*params)->lenient = true;
  PetscCall(finish(hc_bind(*params), params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Places ------------------------------------------------------------------------------------------------------ */

/* Which element of the list of values at place->address is at `value`; -1: none. */
static int element(const struct hc_place *place, const void *value)
{
  const void *base;
  size_t size;
  int n;

  if (!place->param)
    return -1;
  if (place->param->type == HC_REALS) {
    const struct hc_reals *list = place->address;
    base = list->v, n = list->n, size = sizeof *list->v;
  } else if (place->param->type == HC_INTS) {
    const struct hc_ints *list = place->address;
    base = list->v, n = list->n, size = sizeof *list->v;
  } else if (place->param->type == HC_STRINGS) {
    const struct hc_strings *list = place->address;
    base = list->v, n = list->n, size = sizeof *list->v;
  } else {
    return -1;
  }
  const uintptr_t first = (uintptr_t)base, at = (uintptr_t)value;
  return n > 0 && at >= first && at < first + (size_t)n * size ? (int)((at - first) / size) : -1;
}

static const char *answer(const struct hc_params *params, const struct hc_where *where)
{
  hc_text_cut(params->answer, 0);
  hc_text_where(params->answer, where);
  return params->answer->s;
}

const char *hc_params_place(const struct hc_params *params, const void *value)
{
  if (!params)
    return "input";
  for (int i = 0; i < params->n_places; i++)
    if (params->places[i].address == value)
      return answer(params, &params->places[i].where);
  for (int i = 0; i < params->n_places; i++) {
    const struct hc_place *place = &params->places[i];
    const int e = element(place, value);
    if (e < 0)
      continue;
    struct hc_where where = place->where;
    struct hc_text path = {0};
    hc_text_add(&path, "%s[%d]", where.path, e);
    where.path = path.s;
    if (where.given && where.given->kind == HC_TREE_LIST && e < where.given->n)
      where.given = where.given->child[e];
    return answer(params, &where);
  }
  return "input";
}

const char *hc_params_place_entry(const struct hc_params *params, const void *map, int i)
{
  if (!params)
    return "input";
  for (int p = 0; p < params->n_places; p++) {
    struct hc_where where = params->places[p].where;
    if (params->places[p].address != map)
      continue;
    const struct hc_map *numbers = map;
    const struct hc_text_map *texts = map;
    const bool is_text = params->places[p].param && params->places[p].param->type == HC_TEXT_MAP;
    struct hc_text path = {0};
    hc_text_add(&path, "%s.%s", where.path, is_text ? texts->keys[i] : numbers->keys[i]);
    where.path = path.s;
    if (where.given && where.given->kind == HC_TREE_BLOCK && i < where.given->n)
      where.given = where.given->child[i];
    return answer(params, &where);
  }
  return "input";
}

const char *hc_params_folder(const struct hc_params *params)
{
  return params ? params->folder : ".";
}
