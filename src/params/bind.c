#include "internal.h"

#include <math.h>
#include <string.h>

const struct hc_param *hc_block_find(const struct hc_block *block, const char *key)
{
  for (const struct hc_param *param = block->params; param->key; param++)
    if (strcmp(param->key, key) == 0)
      return param;
  return NULL;
}

static PetscErrorCode add_place(struct hc_params *params, const void *address, const struct hc_param *param,
                                const struct hc_where *where)
{
  PetscFunctionBeginUser;
  if (params->n_places == params->capacity) {
    const int capacity = params->capacity ? 2 * params->capacity : 64;
    struct hc_place *longer;
    PetscCall(hc_params_allocate(params, (size_t)capacity * sizeof *longer, &longer));
    if (params->n_places > 0)
      memcpy(longer, params->places, (size_t)params->n_places * sizeof *longer);
    params->places = longer;
    params->capacity = capacity;
  }
  params->places[params->n_places++] = (struct hc_place){address, param, *where};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool absent_allowed(const struct hc_param *param)
{
  return param->fallback && strcmp(param->fallback, "~") == 0;
}

static PetscErrorCode refuse_value(const struct hc_where *where, const struct hc_tree *value,
                                   const struct hc_param *param)
{
  struct hc_text allowed = {0};

  PetscFunctionBeginUser;
  hc_text_allowed(&allowed, param);
  PetscCall(hc_refuse(where, value, allowed.s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An error about one of several values: number i, or the value itself if i < 0. */
static PetscErrorCode refuse_item(const struct hc_where *where, int i, const struct hc_tree *value,
                                  const struct hc_param *param)
{
  struct hc_text allowed = {0}, path = {0};
  struct hc_where item = *where;

  PetscFunctionBeginUser;
  hc_text_allowed_item(&allowed, param);
  hc_text_add(&path, "%s", where->path);
  if (i >= 0) {
    item.given = value;
    if (param->type == HC_MAP || param->type == HC_TEXT_MAP)
      hc_text_add(&path, ".%s", value->key);
    else
      hc_text_add(&path, "[%d]", i);
  }
  item.path = path.s;
  PetscCall(hc_refuse(&item, value, allowed.s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- One value ----------------------------------------------------------------------------------------------------
 */

static bool in_range(const struct hc_param *param, double value)
{
  const bool unlimited = fpclassify(param->min) == FP_ZERO && fpclassify(param->max) == FP_ZERO;
  return unlimited || (value >= param->min && value <= param->max);
}

static const struct hc_choice *choice_of(const struct hc_param *param, const struct hc_tree *value)
{
  if (value->kind == HC_TREE_SCALAR && param->choices)
    for (const struct hc_choice *choice = param->choices; choice->name; choice++)
      if (strcmp(choice->name, value->text) == 0)
        return choice;
  return NULL;
}

static bool plain(const struct hc_tree *value)
{
  return value->kind == HC_TREE_SCALAR && !value->quoted;
}

/* Each of these says whether the value was fit for the parameter. */
static bool take_real(const struct hc_param *param, const struct hc_tree *value, double *out)
{
  const struct hc_choice *choice = choice_of(param, value);

  if (choice) {
    *out = choice->value;
    return true;
  }
  return plain(value) && hc_number_real(value->text, out) && in_range(param, *out);
}

static bool take_integer(const struct hc_param *param, const struct hc_tree *value, int64_t *out)
{
  return plain(value) && hc_number_integer(value->text, out) && in_range(param, (double)*out);
}

static bool take_bool(const struct hc_tree *value, bool *out)
{
  *out = value->kind == HC_TREE_SCALAR && strcmp(value->text, "true") == 0;
  return plain(value) && (*out || strcmp(value->text, "false") == 0);
}

static bool take_choice(const struct hc_param *param, const struct hc_tree *value, int *out)
{
  const struct hc_choice *choice = choice_of(param, value);

  if (choice)
    *out = (int)choice->value;
  return choice != NULL;
}

static bool fit_text(const struct hc_param *param, const struct hc_tree *value)
{
  return value->kind == HC_TREE_SCALAR && !hc_tree_is_null(value) && (!param->choices || choice_of(param, value)) &&
         !((param->type == HC_PATH || param->type == HC_NAME) && value->text[0] == '\0');
}

static bool is_name(const char *text)
{
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return text[strspn(text, allowed)] == '\0';
}

static PetscErrorCode take_path(struct hc_params *params, const char *text, const char **path)
{
  PetscFunctionBeginUser;
  while (strncmp(text, "./", 2) == 0)
    text += 2;
  if (text[0] == '/')
    PetscCall(hc_params_text(params, path, "%s", text));
  else
    PetscCall(hc_params_text(params, path, "%s/%s", strcmp(params->folder, "/") == 0 ? "" : params->folder, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Lists of values ------------------------------------------------------------------------------------------- */

static bool fit_length(const struct hc_param *param, int n)
{
  const bool limited = param->n_min != 0 || param->n_max != 0;
  return !limited || (n >= param->n_min && (param->n_max == 0 || n <= param->n_max));
}

/* The values as a list: a single value stands for a list of one. */
static PetscErrorCode as_list(const struct hc_param *param, const struct hc_where *where, const struct hc_tree *value,
                              int *n)
{
  PetscFunctionBeginUser;
  *n = value->kind == HC_TREE_LIST ? value->n : 1;
  if (value->kind == HC_TREE_BLOCK || !fit_length(param, *n))
    PetscCall(refuse_value(where, value, param));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const struct hc_tree *item_of(const struct hc_tree *value, int i)
{
  return value->kind == HC_TREE_LIST ? value->child[i] : value;
}

static PetscErrorCode bind_values(struct hc_params *params, const struct hc_param *param, const struct hc_where *where,
                                  const struct hc_tree *value, void *out)
{
  int n;
  double *reals = NULL;
  int64_t *ints = NULL;
  char **texts = NULL;

  PetscFunctionBeginUser;
  PetscCall(as_list(param, where, value, &n));
  if (param->type == HC_REALS)
    PetscCall(hc_params_allocate(params, (size_t)n * sizeof *reals, &reals));
  else if (param->type == HC_INTS)
    PetscCall(hc_params_allocate(params, (size_t)n * sizeof *ints, &ints));
  else
    PetscCall(hc_params_allocate(params, (size_t)n * sizeof *texts, &texts));
  for (int i = 0; i < n; i++) {
    const struct hc_tree *item = item_of(value, i);
    const bool fit = reals  ? take_real(param, item, &reals[i])
                     : ints ? take_integer(param, item, &ints[i])
                            : fit_text(param, item);
    if (!fit)
      PetscCall(refuse_item(where, value->kind == HC_TREE_LIST ? i : -1, item, param));
    if (texts)
      PetscCall(hc_params_text(params, &texts[i], "%s", item->text));
  }
  if (reals)
    *(struct hc_reals *)out = (struct hc_reals){n, reals};
  else if (ints)
    *(struct hc_ints *)out = (struct hc_ints){n, ints};
  else
    *(struct hc_strings *)out = (struct hc_strings){n, texts};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bind_text_map(struct hc_params *params, const struct hc_param *param,
                                    const struct hc_where *where, const struct hc_tree *value, struct hc_text_map *map)
{
  PetscFunctionBeginUser;
  if (value->kind != HC_TREE_BLOCK)
    PetscCall(refuse_value(where, value, param));
  PetscCall(hc_params_allocate(params, (size_t)value->n * sizeof *map->keys, &map->keys));
  PetscCall(hc_params_allocate(params, (size_t)value->n * sizeof *map->values, &map->values));
  map->n = value->n;
  for (int i = 0; i < value->n; i++) {
    if (!fit_text(param, value->child[i]))
      PetscCall(refuse_item(where, i, value->child[i], param));
    PetscCall(hc_params_text(params, &map->keys[i], "%s", value->child[i]->key));
    PetscCall(hc_params_text(params, &map->values[i], "%s", value->child[i]->text));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bind_map(struct hc_params *params, const struct hc_param *param, const struct hc_where *where,
                               const struct hc_tree *value, struct hc_map *map)
{
  PetscFunctionBeginUser;
  if (value->kind != HC_TREE_BLOCK)
    PetscCall(refuse_value(where, value, param));
  PetscCall(hc_params_allocate(params, (size_t)value->n * sizeof *map->keys, &map->keys));
  PetscCall(hc_params_allocate(params, (size_t)value->n * sizeof *map->values, &map->values));
  map->n = value->n;
  for (int i = 0; i < value->n; i++) {
    if (!take_real(param, value->child[i], &map->values[i]))
      PetscCall(refuse_item(where, i, value->child[i], param));
    PetscCall(hc_params_text(params, &map->keys[i], "%s", value->child[i]->key));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Blocks ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode bind_block(struct hc_params *params, const struct hc_block *block, const struct hc_where *where,
                                 void *out);

/* Two items of one list may not share a name: --set and summary.json tell items apart by it. */
static PetscErrorCode check_names(const struct hc_param *param, const struct hc_where *where,
                                  const struct hc_tree *value)
{
  const struct hc_param *name = hc_block_find(param->block, "name");

  PetscFunctionBeginUser;
  for (int i = 0; name && i < value->n; i++)
    for (int j = 0; j < i; j++) {
      const struct hc_tree *a = hc_tree_find(value->child[i], "name"), *b = hc_tree_find(value->child[j], "name");
      if (!a || !b || hc_tree_is_null(a) || strcmp(a->text, b->text) != 0)
        continue;
      struct hc_text path = {0}, allowed = {0};
      hc_text_add(&path, "%s[%d].name", where->path, i);
      hc_text_add(&allowed, "a name of its own (%s[%d] has this one)", where->path, j);
      PetscCall(hc_refuse(&(struct hc_where){.given = a, .path = path.s}, a, allowed.s));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bind_list(struct hc_params *params, const struct hc_param *param, const struct hc_where *where,
                                const struct hc_tree *value, struct hc_list *list)
{
  PetscFunctionBeginUser;
  if (value->kind != HC_TREE_LIST || !fit_length(param, value->n))
    PetscCall(refuse_value(where, value, param));
  PetscCall(hc_params_allocate(params, (size_t)value->n * param->block->size, &list->items));
  list->n = value->n;
  for (int i = 0; i < value->n; i++) {
    struct hc_where item = {.given = value->child[i]};
    PetscCall(hc_params_text(params, &item.path, "%s[%d]", where->path, i));
    PetscCall(bind_block(params, param->block, &item, (char *)list->items + (size_t)i * param->block->size));
  }
  PetscCall(check_names(param, where, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "~": nothing given and nothing assumed. The memory is zero already. */
static PetscErrorCode bind_nothing(const struct hc_param *param, void *out)
{
  PetscFunctionBeginUser;
  PetscCheck(param->type != HC_BOOL && param->type != HC_INT, PETSC_COMM_SELF, PETSC_ERR_PLIB,
             "%s: a bool or an integer cannot be absent", param->key);
  if (param->type == HC_REAL)
    *(double *)out = NAN;
  else if (param->type == HC_CHOICE)
    *(int *)out = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bind_value(struct hc_params *params, const struct hc_param *param, const struct hc_where *where,
                                 const struct hc_tree *value, void *out)
{
  bool fit = true;

  PetscFunctionBeginUser;
  switch (param->type) {
  case HC_BOOL:
    fit = take_bool(value, out);
    break;
  case HC_INT:
    fit = take_integer(param, value, out);
    break;
  case HC_REAL:
    fit = take_real(param, value, out);
    break;
  case HC_CHOICE:
    fit = take_choice(param, value, out);
    break;
  case HC_STRING:
  case HC_PATH:
  case HC_NAME:
    fit = fit_text(param, value);
    if (fit && (param->type == HC_PATH || (param->type == HC_NAME && !is_name(value->text))))
      PetscCall(take_path(params, value->text, out));
    else if (fit)
      PetscCall(hc_params_text(params, out, "%s", value->text));
    break;
  case HC_REALS:
  case HC_INTS:
  case HC_STRINGS:
    PetscCall(bind_values(params, param, where, value, out));
    break;
  case HC_MAP:
    PetscCall(bind_map(params, param, where, value, out));
    break;
  case HC_TEXT_MAP:
    PetscCall(bind_text_map(params, param, where, value, out));
    break;
  case HC_LIST:
    PetscCall(bind_list(params, param, where, value, out));
    break;
  case HC_BLOCK:
    break; /* bind_param */
  }
  if (!fit)
    PetscCall(refuse_value(where, value, param));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode refuse_missing(const struct hc_where *where, const struct hc_param *param)
{
  struct hc_text text = {0};
  struct hc_where block = *where; /* where the key is missing is not a default */

  PetscFunctionBeginUser;
  block.given = where->given ? where->given : where->above;
  hc_text_where(&text, &block);
  hc_text_add(&text, ": missing; allowed: ");
  hc_text_allowed(&text, param);
  hc_text_add(&text, " (mandatory)");
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s", text.s);
}

/* A key that was not given, or given as "~". */
static PetscErrorCode bind_absent(struct hc_params *params, const struct hc_param *param, const struct hc_where *where,
                                  void *out)
{
  const bool list = param->type == HC_LIST && !param->fallback;
  struct hc_tree *value;
  const char *origin;

  PetscFunctionBeginUser;
  if (absent_allowed(param) || (list && (param->n_min == 0 || params->lenient))) {
    PetscCall(bind_nothing(param, out));
  } else if (!param->fallback) {
    if (!params->lenient)
      PetscCall(refuse_missing(where, param));
  } else if (where->given) { /* "~" where that means nothing */
    PetscCall(refuse_value(where, where->given, param));
  } else {
    PetscCall(hc_params_text(params, &origin, "default of %s", where->path));
    PetscCall(hc_tree_parse(params, origin, false, where->path, param->fallback, strlen(param->fallback), &value));
    PetscCheck(value, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%s: an empty default", where->path);
    PetscCall(bind_value(params, param, where, value, out));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bind_param(struct hc_params *params, const struct hc_param *param, const struct hc_where *where,
                                 void *out)
{
  PetscFunctionBeginUser;
  if (param->type == HC_BLOCK) {
    PetscCall(bind_block(params, param->block, where, out));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(add_place(params, out, param, where));
  if (where->given && !hc_tree_is_null(where->given))
    PetscCall(bind_value(params, param, where, where->given, out));
  else if (where->given && (param->type == HC_LIST || param->type == HC_MAP || param->type == HC_TEXT_MAP) &&
           param->n_min == 0)
    PetscCall(bind_nothing(param, out)); /* a heading with nothing below it */
  else
    PetscCall(bind_absent(params, param, where, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_keys(const struct hc_block *block, const struct hc_where *where)
{
  const struct hc_tree *given = where->given;

  PetscFunctionBeginUser;
  if (!given || hc_tree_is_null(given))
    PetscFunctionReturn(PETSC_SUCCESS);
  if (given->kind != HC_TREE_BLOCK) {
    struct hc_text allowed = {0};
    hc_text_add(&allowed, "a block of keys: ");
    hc_text_keys(&allowed, block);
    PetscCall(hc_refuse(where, given, allowed.s));
  }
  for (int i = 0; i < given->n; i++)
    if (!hc_block_find(block, given->child[i]->key)) {
      struct hc_text path = {0}, key = {0};
      hc_text_quote(&key, given->child[i]->key);
      if (strpbrk(key.s, "\\ ") || key.n > 82) /* shown in quotes if it could be misread */
        hc_text_add(&path, "%s%s%s", where->path, where->path[0] ? "." : "", key.s);
      else
        hc_text_add(&path, "%s%s%s", where->path, where->path[0] ? "." : "", given->child[i]->key);
      const struct hc_where unknown = {.given = given->child[i], .path = path.s};
      PetscCall(hc_refuse_unknown(&unknown, given->child[i]->key, block));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bind_block(struct hc_params *params, const struct hc_block *block, const struct hc_where *where,
                                 void *out)
{
  PetscFunctionBeginUser;
  *(const struct hc_params **)out = params;
  PetscCall(add_place(params, out, NULL, where));
  PetscCall(check_keys(block, where));
  for (const struct hc_param *param = block->params; param->key; param++) {
    struct hc_where value = {.given = where->given ? hc_tree_find(where->given, param->key) : NULL,
                             .above = where->given ? where->given : where->above};
    PetscCall(hc_params_text(params, &value.path, "%s%s%s", where->path, where->path[0] ? "." : "", param->key));
    PetscCall(bind_param(params, param, &value, (char *)out + param->offset));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_bind(struct hc_params *params)
{
  const struct hc_where where = {.given = params->tree, .path = ""};

  PetscFunctionBeginUser;
  PetscCall(bind_block(params, params->block, &where, params->root));
  PetscFunctionReturn(PETSC_SUCCESS);
}
