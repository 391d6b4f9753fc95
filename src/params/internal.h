/* How params works inside: text -> tree (tree.c) -> --set on top of it (set.c) -> checked structs (bind.c) -> text
 * (echo.c). What is found wrong becomes one line (message.c). Everything is allocated in one arena (params.c). */
#ifndef HC_PARAMS_INTERNAL_H
#define HC_PARAMS_INTERNAL_H

#include "params.h"

enum hc_tree_kind { HC_TREE_SCALAR, HC_TREE_LIST, HC_TREE_BLOCK };

/* A value as it was written. */
struct hc_tree {
  enum hc_tree_kind kind;
  const char *origin; /* path of the file, or "--set key=value" */
  int line;           /* 1-based line of its key or, in a list, of the value; 0: origin is not a file */
  const char *key;    /* in a block, else NULL */
  const char *text;   /* of a scalar */
  bool quoted;        /* a scalar in quotes is text even if it looks like a number */
  int n, capacity;    /* children of a list or block */
  struct hc_tree **child;
};

/* Text of bounded length; what does not fit is dropped and shown as "...". */
struct hc_text {
  size_t n;
  char s[1400];
};

/* Where a value stands: enough to say so in a message. */
struct hc_where {
  const struct hc_tree *given; /* NULL: not given, a fallback */
  const struct hc_tree *above; /* the innermost block around it that was given; NULL: none */
  const char *path;            /* "stimuli[0].box.min"; "" is the whole file */
};

struct hc_place {
  const void *address;
  const struct hc_param *param; /* NULL: a block */
  struct hc_where where;
};

struct hc_params {
  void *memory; /* list of allocations */
  const char *folder;
  const struct hc_block *block;
  void *root; /* borrowed */
  struct hc_tree *tree;
  int n_places, capacity;
  struct hc_place *places;
  struct hc_text *answer; /* of hc_params_place */
  bool lenient;           /* mandatory keys may be missing */
};

/* params.c: zeroed memory that lives as long as params, and text that does. `pointer` and `text`: address of a pointer
 * of any type. */
PetscErrorCode hc_params_allocate(struct hc_params *params, size_t size, void *pointer);
PetscErrorCode hc_params_text(struct hc_params *params, void *text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* tree.c: parse one YAML document; NULL if there is none. `path` is where in the case its value goes. */
PetscErrorCode hc_tree_parse(struct hc_params *params, const char *origin, bool is_file, const char *path,
                             const char *text, size_t size, struct hc_tree **tree);
PetscErrorCode hc_tree_add(struct hc_params *params, struct hc_tree *parent, struct hc_tree *child);
struct hc_tree *hc_tree_find(const struct hc_tree *block, const char *key);
/* Position of a child by key, or -1. */
int hc_tree_index(const struct hc_tree *block, const char *key);
bool hc_tree_is_null(const struct hc_tree *tree);

/* number.c: plain decimal numbers; false if the text is not one or does not fit. */
bool hc_number_real(const char *text, double *value);
bool hc_number_integer(const char *text, int64_t *value);
/* Does the text have the form of a number, whether it fits or not? */
bool hc_number_form(const char *text);
/* Shortest decimal text that reads back to the same bits. */
void hc_number_print(double value, char text[32]);

/* set.c: apply one "key.path=value" to the tree. */
PetscErrorCode hc_set_apply(struct hc_params *params, const char *assignment);

/* bind.c: check the tree against the table and fill params->root. */
PetscErrorCode hc_bind(struct hc_params *params);
const struct hc_param *hc_block_find(const struct hc_block *block, const char *key);

/* message.c */
void hc_text_add(struct hc_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hc_text_cut(struct hc_text *text, size_t n); /* back to its first n characters */
void hc_text_where(struct hc_text *text, const struct hc_where *where);
void hc_text_found(struct hc_text *text, const struct hc_tree *value);
void hc_text_allowed(struct hc_text *text, const struct hc_param *param);
/* The same for one number or name of a list. */
void hc_text_allowed_item(struct hc_text *text, const struct hc_param *param);
void hc_text_length(struct hc_text *text, const struct hc_param *param);
void hc_text_range(struct hc_text *text, const struct hc_param *param);
void hc_text_keys(struct hc_text *text, const struct hc_block *block);
/* Text in double quotes, with what would break a line escaped. */
void hc_text_quote(struct hc_text *text, const char *s);
/* Raise "<where>: found <value>; allowed: <allowed>". */
PetscErrorCode hc_refuse(const struct hc_where *where, const struct hc_tree *value, const char *allowed);
PetscErrorCode hc_refuse_unknown(const struct hc_where *where, const char *key, const struct hc_block *block);

/* echo.c: text in double quotes such that YAML reads back the same bytes. */
void hc_echo_string(FILE *out, const char *s);

#endif
