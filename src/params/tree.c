#include "internal.h"

#include <string.h>
#include <yaml.h>

enum { DEEPEST = 32 }; /* nested blocks; no table is nearly that deep */

/* What one parse needs. The event is the one being looked at; it is freed when the next one is fetched. */
struct reader {
  struct hc_params *params;
  const char *origin;
  bool is_file;
  const char *text;
  size_t size;
  yaml_parser_t parser;
  yaml_event_t event;
  struct hc_text path;
};

bool hc_tree_is_null(const struct hc_tree *tree)
{
  static const char *const names[] = {"", "~", "null", "Null", "NULL"};

  if (tree->kind != HC_TREE_SCALAR || tree->quoted)
    return false;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(tree->text, names[i]) == 0)
      return true;
  return false;
}

int hc_tree_index(const struct hc_tree *block, const char *key)
{
  for (int i = 0; i < block->n; i++)
    if (strcmp(block->child[i]->key, key) == 0)
      return i;
  return -1;
}

struct hc_tree *hc_tree_find(const struct hc_tree *block, const char *key)
{
  const int i = block->kind == HC_TREE_BLOCK ? hc_tree_index(block, key) : -1;
  return i < 0 ? NULL : block->child[i];
}

PetscErrorCode hc_tree_add(struct hc_params *params, struct hc_tree *parent, struct hc_tree *child)
{
  PetscFunctionBeginUser;
  if (parent->n == parent->capacity) {
    struct hc_tree **longer;
    const int capacity = parent->capacity ? 2 * parent->capacity : 8;
    PetscCall(hc_params_allocate(params, (size_t)capacity * sizeof *longer, &longer));
    if (parent->n > 0)
      memcpy(longer, parent->child, (size_t)parent->n * sizeof *longer);
    parent->child = longer;
    parent->capacity = capacity;
  }
  parent->child[parent->n++] = child;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int line_of(const struct reader *r, yaml_mark_t mark)
{
  return r->is_file ? (int)mark.line + 1 : 0;
}

/* Raise "<origin>:<line>: <path>: <what>". */
static PetscErrorCode refuse_at(const struct reader *r, int line, const char *what)
{
  const struct hc_tree here = {.origin = r->origin, .line = line};
  const struct hc_where where = {.given = &here, .path = r->path.s};
  struct hc_text text = {0};

  PetscFunctionBeginUser;
  hc_text_where(&text, &where);
  hc_text_add(&text, ": %s", what);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s", text.s);
}

/* What the YAML parser did not like, as one line. */
static PetscErrorCode refuse_yaml(struct reader *r)
{
  const yaml_parser_t *p = &r->parser;
  struct hc_text what = {0};
  int line = line_of(r, p->problem_mark);

  PetscFunctionBeginUser;
  PetscCheck(p->error != YAML_MEMORY_ERROR, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to parse %s", r->origin);
  hc_text_cut(&r->path, 0); /* the parser reads ahead: the fault may lie elsewhere */
  if (p->error == YAML_READER_ERROR) {
    line = r->is_file;
    for (size_t i = 0; r->is_file && i < p->problem_offset && i < r->size; i++)
      line += r->text[i] == '\n';
    hc_text_add(&what, "not a text in UTF-8: %s (0x%02x); allowed: YAML", p->problem, (unsigned)p->problem_value);
  } else if (p->error == YAML_SCANNER_ERROR && p->problem_mark.index < r->size &&
             r->text[p->problem_mark.index] == '\t') {
    hc_text_add(&what, "found a tab; allowed: spaces");
  } else {
    hc_text_add(&what, "not valid YAML: %s", p->problem ? p->problem : "unknown fault");
    if (p->context) {
      hc_text_add(&what, ", %s", p->context);
      if (r->is_file && p->context_mark.line != p->problem_mark.line)
        hc_text_add(&what, " that starts on line %d", line_of(r, p->context_mark));
    }
  }
  PetscCall(refuse_at(r, line, what.s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode next(struct reader *r)
{
  PetscFunctionBeginUser;
  yaml_event_delete(&r->event);
  if (!yaml_parser_parse(&r->parser, &r->event))
    PetscCall(refuse_yaml(r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Anchors, aliases and tags make a case file harder to read than the repetition that they save. */
static PetscErrorCode refuse_fancy(const struct reader *r)
{
  const yaml_event_t *e = &r->event;
  const yaml_char_t *anchor = NULL, *tag = NULL;

  PetscFunctionBeginUser;
  if (e->type == YAML_SCALAR_EVENT) {
    anchor = e->data.scalar.anchor;
    tag = e->data.scalar.tag;
  } else if (e->type == YAML_SEQUENCE_START_EVENT) {
    anchor = e->data.sequence_start.anchor;
    tag = e->data.sequence_start.tag;
  } else if (e->type == YAML_MAPPING_START_EVENT) {
    anchor = e->data.mapping_start.anchor;
    tag = e->data.mapping_start.tag;
  }
  if (e->type == YAML_ALIAS_EVENT || anchor || tag) {
    struct hc_text what = {0};
    if (tag)
      hc_text_add(&what, "found the tag %.80s", (const char *)tag);
    else if (anchor)
      hc_text_add(&what, "found the anchor &%.80s", (const char *)anchor);
    else
      hc_text_add(&what, "found the alias *%.80s", (const char *)e->data.alias.anchor);
    hc_text_add(&what, "; allowed: values written out");
    PetscCall(refuse_at(r, line_of(r, e->start_mark), what.s));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parse_scalar(struct reader *r, struct hc_tree *tree)
{
  const char *value = (const char *)r->event.data.scalar.value;

  PetscFunctionBeginUser;
  if (strlen(value) != r->event.data.scalar.length)
    PetscCall(refuse_at(r, line_of(r, r->event.start_mark), "found a zero character; allowed: text without one"));
  tree->kind = HC_TREE_SCALAR;
  tree->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  PetscCall(hc_params_text(r->params, &tree->text, "%s", value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parse_value(struct reader *r, int depth, struct hc_tree **tree);

static PetscErrorCode parse_list(struct reader *r, int depth, struct hc_tree *tree)
{
  const size_t length = r->path.n;

  PetscFunctionBeginUser;
  tree->kind = HC_TREE_LIST;
  PetscCall(next(r));
  while (r->event.type != YAML_SEQUENCE_END_EVENT) {
    struct hc_tree *item;
    hc_text_add(&r->path, "[%d]", tree->n);
    PetscCall(parse_value(r, depth, &item));
    hc_text_cut(&r->path, length);
    PetscCall(hc_tree_add(r->params, tree, item));
    PetscCall(next(r));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Read the key that is the current event, extend the path by it and go to its value. */
static PetscErrorCode parse_key(struct reader *r, const struct hc_tree *block, const char **key, int *line)
{
  struct hc_tree scalar = {.kind = HC_TREE_SCALAR};
  const struct hc_tree *twin;

  PetscFunctionBeginUser;
  *line = line_of(r, r->event.start_mark);
  PetscCall(refuse_fancy(r));
  if (r->event.type != YAML_SCALAR_EVENT)
    PetscCall(refuse_at(r, *line, "found a list or block as a key; allowed: names"));
  PetscCall(parse_scalar(r, &scalar));
  *key = scalar.text;
  struct hc_text shown = {0};
  hc_text_quote(&shown, *key);
  /* A name that would break the message is shown in quotes. */
  if (strspn(*key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+") == strlen(*key) && **key)
    hc_text_add(&r->path, "%s%.80s", r->path.n ? "." : "", *key);
  else
    hc_text_add(&r->path, "%s%s", r->path.n ? "." : "", shown.s);
  twin = hc_tree_find(block, *key);
  if (twin) {
    struct hc_text what = {0};
    hc_text_add(&what, "given twice");
    if (twin->line > 0)
      hc_text_add(&what, ", first on line %d", twin->line);
    PetscCall(refuse_at(r, *line, what.s));
  }
  PetscCall(next(r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parse_block(struct reader *r, int depth, struct hc_tree *tree)
{
  const size_t length = r->path.n;

  PetscFunctionBeginUser;
  tree->kind = HC_TREE_BLOCK;
  PetscCall(next(r));
  while (r->event.type != YAML_MAPPING_END_EVENT) {
    struct hc_tree *value;
    const char *key;
    int line;
    PetscCall(parse_key(r, tree, &key, &line));
    PetscCall(parse_value(r, depth, &value));
    value->key = key;
    value->line = line;
    hc_text_cut(&r->path, length);
    PetscCall(hc_tree_add(r->params, tree, value));
    PetscCall(next(r));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The value that starts with the current event; ends at its last event. */
static PetscErrorCode parse_value(struct reader *r, int depth, struct hc_tree **tree)
{
  PetscFunctionBeginUser;
  PetscCall(refuse_fancy(r));
  if (depth == DEEPEST)
    PetscCall(refuse_at(r, line_of(r, r->event.start_mark), "nested too deeply; allowed: 32 levels"));
  PetscCall(hc_params_allocate(r->params, sizeof **tree, tree));
  (*tree)->origin = r->origin;
  (*tree)->line = line_of(r, r->event.start_mark);
  if (r->event.type == YAML_SCALAR_EVENT)
    PetscCall(parse_scalar(r, *tree));
  else if (r->event.type == YAML_SEQUENCE_START_EVENT)
    PetscCall(parse_list(r, depth + 1, *tree));
  else
    PetscCall(parse_block(r, depth + 1, *tree));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parse_document(struct reader *r, struct hc_tree **tree)
{
  PetscFunctionBeginUser;
  PetscCall(next(r)); /* start of the stream */
  PetscCall(next(r)); /* start of the document or end of the stream */
  if (r->event.type == YAML_STREAM_END_EVENT)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(next(r));
  PetscCall(parse_value(r, 0, tree));
  PetscCall(next(r)); /* end of the document */
  PetscCall(next(r));
  if (r->event.type != YAML_STREAM_END_EVENT)
    PetscCall(refuse_at(r, line_of(r, r->event.start_mark), "found a second YAML document; allowed: one"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tree_parse(struct hc_params *params, const char *origin, bool is_file, const char *path,
                             const char *text, size_t size, struct hc_tree **tree)
{
  struct reader r = {.params = params, .origin = origin, .is_file = is_file, .text = text, .size = size};

  PetscFunctionBeginUser;
  *tree = NULL;
  PetscCheck(yaml_parser_initialize(&r.parser), PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to parse %s", origin);
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
  hc_text_add(&r.path, "%s", path);
  const PetscErrorCode code = parse_document(&r, tree);
  yaml_event_delete(&r.event);
  yaml_parser_delete(&r.parser);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
