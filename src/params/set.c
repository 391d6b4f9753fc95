#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* A walk along the path of one assignment. */
struct walk {
  struct hc_params *params;
  const char *rest;             /* of the path, up to the "=" */
  const char *end;              /* the "=" */
  struct hc_text path;          /* so far */
  struct hc_tree *value;        /* what is to be put at the end of the path */
  struct hc_tree *node;         /* the block that the walk has come to */
  const struct hc_block *block; /* what describes it */
  bool done;
};

static struct hc_where here(const struct walk *w)
{
  const struct hc_where where = {.given = w->value, .path = w->path.s};
  return where;
}

static PetscErrorCode refuse_path(const struct walk *w, const char *what)
{
  const struct hc_where where = here(w);
  struct hc_text text = {0};

  PetscFunctionBeginUser;
  hc_text_where(&text, &where);
  hc_text_add(&text, ": %s", what);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s", text.s);
}

/* Take a name (up to "." or "[") off the rest. */
static PetscErrorCode take_name(struct walk *w, const char **name)
{
  const int n = (int)strcspn(w->rest, ".[=");

  PetscFunctionBeginUser;
  if (n == 0)
    PetscCall(refuse_path(w, "found no key where one is due; allowed: key.path=value"));
  PetscCall(hc_params_text(w->params, name, "%.*s", n, w->rest));
  w->rest += n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode take_dot(struct walk *w)
{
  PetscFunctionBeginUser;
  if (*w->rest != '.')
    PetscCall(refuse_path(w, "found no \".\" or \"=\" after this; allowed: key.path=value"));
  w->rest++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Take "[i]" off the rest and check it against the list (NULL: not given). */
static PetscErrorCode take_index(struct walk *w, const struct hc_tree *list, int *i)
{
  char *after;
  const int n = list && list->kind == HC_TREE_LIST ? list->n : 0;
  struct hc_text what = {0};

  PetscFunctionBeginUser;
  const long index = strtol(w->rest + 1, &after, 10);
  if (after == w->rest + 1 || *after != ']')
    PetscCall(refuse_path(w, "found no index after this; allowed: key[0]"));
  if (index < 0 || index >= n) {
    hc_text_add(&what, "no item %ld; ", index);
    if (n == 0)
      hc_text_add(&what, "no item was given");
    else
      hc_text_add(&what, "allowed: 0 to %d", n - 1);
    PetscCall(refuse_path(w, what.s));
  }
  hc_text_add(&w->path, "[%ld]", index);
  w->rest = after + 1;
  *i = (int)index;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Take ".name" off the rest: the item of the list whose key `name` has that value. */
static PetscErrorCode take_item_name(struct walk *w, const struct hc_tree *list, int *i)
{
  const char *name;
  struct hc_text what = {0};
  const int n = list && list->kind == HC_TREE_LIST ? list->n : 0;

  PetscFunctionBeginUser;
  PetscCall(take_dot(w));
  PetscCall(take_name(w, &name));
  hc_text_add(&what, "no item named \"%.80s\"; ", name);
  hc_text_add(&what, "%s", n == 0 ? "no item was given" : "allowed: an index or");
  for (*i = 0; *i < n; ++*i) {
    const struct hc_tree *own = hc_tree_find(list->child[*i], "name");
    if (own && own->kind == HC_TREE_SCALAR && strcmp(own->text, name) == 0)
      break;
    if (own && own->kind == HC_TREE_SCALAR) {
      hc_text_add(&what, " ");
      hc_text_quote(&what, own->text);
    }
  }
  if (*i == n)
    PetscCall(refuse_path(w, what.s));
  hc_text_add(&w->path, ".%s", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Put the value in place of child i of the list, or go into that child. */
static PetscErrorCode enter_item(struct walk *w, struct hc_tree *list, int i, const struct hc_block *block)
{
  PetscFunctionBeginUser;
  if (w->rest == w->end) {
    list->child[i] = w->value;
    w->done = true;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(take_dot(w));
  if (list->child[i]->kind != HC_TREE_BLOCK)
    PetscCall(refuse_path(w, "the item given is not a block of keys"));
  w->node = list->child[i];
  w->block = block;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The block under `key` of the current block, made if it was not given (or left empty). */
static PetscErrorCode child_block(struct walk *w, const char *key, struct hc_tree **child)
{
  PetscFunctionBeginUser;
  *child = hc_tree_find(w->node, key);
  if (*child && (*child)->kind == HC_TREE_BLOCK)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (*child && !hc_tree_is_null(*child))
    PetscCall(refuse_path(w, "what is given here is not a block of keys"));
  if (!*child) {
    PetscCall(hc_params_allocate(w->params, sizeof **child, child));
    (*child)->origin = w->value->origin;
    (*child)->key = key;
    PetscCall(hc_tree_add(w->params, w->node, *child));
  }
  (*child)->kind = HC_TREE_BLOCK;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put(struct walk *w, struct hc_tree *block, const char *key)
{
  const int i = hc_tree_index(block, key);

  PetscFunctionBeginUser;
  w->value->key = key;
  if (i < 0)
    PetscCall(hc_tree_add(w->params, block, w->value));
  else
    block->child[i] = w->value;
  w->done = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One name of a map: parameters.gks. `what`: a value of it. */
static PetscErrorCode put_in_map(struct walk *w, const char *key, const char *what)
{
  struct hc_tree *map;
  const char *name;

  PetscFunctionBeginUser;
  PetscCall(take_dot(w));
  PetscCall(take_name(w, &name));
  PetscCall(child_block(w, key, &map));
  hc_text_add(&w->path, ".%s", name);
  if (w->rest != w->end)
    PetscCall(refuse_path(w, what));
  PetscCall(put(w, map, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One key of the current block, and what hangs from it. */
static PetscErrorCode advance(struct walk *w)
{
  const char *key;
  int i;

  PetscFunctionBeginUser;
  PetscCall(take_name(w, &key));
  hc_text_add(&w->path, "%s%s", w->path.n ? "." : "", key);
  const struct hc_param *param = hc_block_find(w->block, key);
  if (!param) {
    const struct hc_where where = here(w);
    PetscFunctionReturn(hc_refuse_unknown(&where, key, w->block));
  }
  if (w->rest == w->end) {
    PetscCall(put(w, w->node, key));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  struct hc_tree *child = hc_tree_find(w->node, key);
  switch (param->type) {
  case HC_BLOCK:
    PetscCall(take_dot(w));
    PetscCall(child_block(w, key, &child));
    w->node = child;
    w->block = param->block;
    break;
  case HC_LIST:
    if (*w->rest == '[')
      PetscCall(take_index(w, child, &i));
    else
      PetscCall(take_item_name(w, child, &i));
    PetscCall(enter_item(w, child, i, param->block));
    break;
  case HC_REALS:
  case HC_INTS:
  case HC_STRINGS:
    if (*w->rest != '[')
      PetscCall(refuse_path(w, "a list of values, which has no keys; allowed: an index as in key[0]"));
    PetscCall(take_index(w, child, &i));
    if (w->rest != w->end)
      PetscCall(refuse_path(w, "a single value, which has no keys of its own"));
    PetscCall(enter_item(w, child, i, NULL));
    break;
  case HC_MAP:
    PetscCall(put_in_map(w, key, "a number, which has no keys of its own"));
    break;
  case HC_TEXT_MAP:
    PetscCall(put_in_map(w, key, "a text, which has no keys of its own"));
    break;
  default:
    PetscCall(refuse_path(w, "a single value, which has no keys of its own"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_set_apply(struct hc_params *params, const char *assignment)
{
  struct walk w = {.params = params, .rest = assignment, .node = params->tree, .block = params->block};
  struct hc_text origin = {0};
  const char *const equals = strchr(assignment, '=');
  const char *name, *path;
  bool clean = true; /* no control characters in the path */

  PetscFunctionBeginUser;
  hc_text_add(&origin, "--set ");
  for (const char *s = assignment; *s; s++) { /* one line, whatever it holds */
    hc_text_add(&origin, "%c", (unsigned char)*s < 0x20 ? ' ' : *s);
    clean = clean && ((unsigned char)*s >= 0x20 || (equals && s > equals));
  }
  PetscCheck(equals && clean, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %s; allowed: key.path=value", origin.s,
             equals ? "a control character" : "no \"=\"");
  PetscCall(hc_params_text(params, &name, "%.300s", origin.s));
  PetscCall(hc_params_text(params, &path, "%.*s", (int)(equals - assignment), assignment));
  PetscCall(hc_tree_parse(params, name, false, path, equals + 1, strlen(equals + 1), &w.value));
  if (!w.value) { /* "key=" */
    PetscCall(hc_params_allocate(params, sizeof *w.value, &w.value));
    w.value->origin = name;
    w.value->text = "";
  }
  w.end = equals;
  while (!w.done)
    PetscCall(advance(&w));
  PetscFunctionReturn(PETSC_SUCCESS);
}
