#include "internal.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

void hc_text_add(struct hc_text *text, const char *format, ...)
{
  const size_t room = sizeof text->s - text->n;
  va_list arguments;

  va_start(arguments, format);
  const int n = vsnprintf(text->s + text->n, room, format, arguments);
  va_end(arguments);
  if (n >= 0 && (size_t)n < room) {
    text->n += (size_t)n;
  } else {
    memcpy(text->s + sizeof text->s - 4, "...", 4);
    text->n = sizeof text->s - 1;
  }
}

void hc_text_cut(struct hc_text *text, size_t n)
{
  text->n = n;
  text->s[n] = '\0';
}

void hc_text_where(struct hc_text *text, const struct hc_where *where)
{
  const struct hc_tree *origin = where->given ? where->given : where->above;

  if (!origin)
    hc_text_add(text, "input");
  else if (origin->line > 0)
    hc_text_add(text, "%s:%d", origin->origin, origin->line);
  else
    hc_text_add(text, "%s", origin->origin);
  if (where->path[0])
    hc_text_add(text, ": %s", where->path);
  if (!where->given)
    hc_text_add(text, " (default)");
}

void hc_text_quote(struct hc_text *text, const char *s)
{
  const int most = 80; /* characters shown */

  hc_text_add(text, "\"");
  for (int i = 0; i < most && s[i]; i++) {
    const unsigned char c = (unsigned char)s[i];
    if (c < 0x20 || c == 0x7f)
      hc_text_add(text, "\\x%02x", c);
    else
      hc_text_add(text, "%c", c);
  }
  hc_text_add(text, strlen(s) > (size_t)most ? "...\"" : "\"");
}

void hc_text_found(struct hc_text *text, const struct hc_tree *value)
{
  if (value->kind == HC_TREE_LIST)
    hc_text_add(text, "a list of %d", value->n);
  else if (value->kind == HC_TREE_BLOCK)
    hc_text_add(text, "a block of keys");
  else if (hc_tree_is_null(value))
    hc_text_add(text, "nothing");
  else if (!hc_number_form(value->text)) {
    hc_text_quote(text, value->text);
  } else if (value->quoted) {
    hc_text_add(text, "the text ");
    hc_text_quote(text, value->text);
  } else {
    hc_text_add(text, "%.80s", value->text);
  }
}

void hc_text_range(struct hc_text *text, const struct hc_param *param)
{
  const double huge = 1e300; /* tables write an open end as INFINITY or DBL_MAX */
  const double min = param->min, max = param->max;

  if (fpclassify(min) == FP_ZERO && fpclassify(max) == FP_ZERO)
    return;
  if (min > -huge && max < huge)
    hc_text_add(text, " from %g to %g", min, max);
  else if (min > -huge)
    hc_text_add(text, " of at least %g", min);
  else if (max < huge)
    hc_text_add(text, " of at most %g", max);
}

static void add_unit(struct hc_text *text, const struct hc_param *param)
{
  if (param->unit && strcmp(param->unit, "1") != 0)
    hc_text_add(text, " (%s)", param->unit);
}

static void add_choices(struct hc_text *text, const struct hc_choice *choices, const char *last)
{
  for (int i = 0; choices[i].name; i++)
    hc_text_add(text, "%s%s", i == 0 ? "" : choices[i + 1].name ? ", " : last, choices[i].name);
}

void hc_text_allowed_item(struct hc_text *text, const struct hc_param *param)
{
  switch (param->type) {
  case HC_BOOL:
    hc_text_add(text, "true or false");
    break;
  case HC_INT:
  case HC_INTS:
    hc_text_add(text, "an integer");
    hc_text_range(text, param);
    break;
  case HC_REAL:
  case HC_REALS:
  case HC_MAP:
    if (param->choices) {
      add_choices(text, param->choices, ", ");
      hc_text_add(text, " or ");
    }
    hc_text_add(text, "a number");
    hc_text_range(text, param);
    break;
  case HC_PATH:
    hc_text_add(text, "a path");
    break;
  case HC_NAME:
    hc_text_add(text, "a name or a path");
    break;
  default: /* HC_CHOICE, HC_STRING, HC_STRINGS, HC_TEXT_MAP */
    if (param->choices)
      add_choices(text, param->choices, " or ");
    else
      hc_text_add(text, "text");
  }
  add_unit(text, param);
}

void hc_text_length(struct hc_text *text, const struct hc_param *param)
{
  if (param->n_min == 0 && param->n_max == 0)
    return;
  if (param->n_max == 0 || param->n_max == INT_MAX)
    hc_text_add(text, " at least %d", param->n_min);
  else if (param->n_min == param->n_max)
    hc_text_add(text, " %d", param->n_min);
  else
    hc_text_add(text, " %d to %d", param->n_min, param->n_max);
}

void hc_text_keys(struct hc_text *text, const struct hc_block *block)
{
  for (int i = 0; block->params[i].key; i++)
    hc_text_add(text, "%s%s", i == 0 ? "" : ", ", block->params[i].key);
}

void hc_text_allowed(struct hc_text *text, const struct hc_param *param)
{
  switch (param->type) {
  case HC_REALS:
  case HC_INTS:
  case HC_STRINGS:
    hc_text_add(text, "a list of");
    hc_text_length(text, param);
    hc_text_add(text, param->type == HC_REALS ? " numbers" : param->type == HC_INTS ? " integers" : " texts");
    hc_text_range(text, param);
    if (param->choices) {
      hc_text_add(text, ": ");
      add_choices(text, param->choices, ", ");
    }
    add_unit(text, param);
    break;
  case HC_MAP:
    hc_text_add(text, "a block of names with numbers");
    break;
  case HC_TEXT_MAP:
    hc_text_add(text, "a block of names with texts");
    break;
  case HC_BLOCK:
    hc_text_add(text, "a block of keys: ");
    hc_text_keys(text, param->block);
    break;
  case HC_LIST:
    hc_text_add(text, "a list of");
    hc_text_length(text, param);
    hc_text_add(text, " blocks of keys: ");
    hc_text_keys(text, param->block);
    break;
  default:
    hc_text_allowed_item(text, param);
  }
}

PetscErrorCode hc_refuse(const struct hc_where *where, const struct hc_tree *value, const char *allowed)
{
  struct hc_text text = {0};

  PetscFunctionBeginUser;
  hc_text_where(&text, where);
  hc_text_add(&text, ": found ");
  hc_text_found(&text, value);
  hc_text_add(&text, "; allowed: %s", allowed);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s", text.s);
}

PetscErrorCode hc_refuse_unknown(const struct hc_where *where, const char *key, const struct hc_block *block)
{
  enum { MOST = 128 };
  const char *names[MOST];
  struct hc_text text = {0};
  int n = 0;

  PetscFunctionBeginUser;
  for (; n < MOST && block->params[n].key; n++)
    names[n] = block->params[n].key;
  const char *const nearest = hc_params_nearest(key, n, names);
  hc_text_where(&text, where);
  hc_text_add(&text, ": unknown key; ");
  if (nearest)
    hc_text_add(&text, "did you mean \"%s\"? ", nearest);
  hc_text_add(&text, "Allowed here: ");
  hc_text_keys(&text, block);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s", text.s);
}
