#include "internal.h"

#include <math.h>
#include <string.h>

static bool same_bits(double a, double b)
{
  return memcmp(&a, &b, sizeof a) == 0;
}

/* The code point that starts at s and its length in bytes; length 1 where this is no UTF-8. */
static uint32_t code_point(const unsigned char *s, int *length)
{
  const int n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 1;
  uint32_t code = n == 1 ? s[0] : s[0] & (0x7fU >> n);

  *length = 1;
  for (int i = 1; i < n; i++) {
    if ((s[i] & 0xc0) != 0x80)
      return s[0];
    code = code << 6 | (s[i] & 0x3fU);
  }
  *length = n;
  return code;
}

void hc_echo_string(FILE *out, const char *s)
{
  fputc('"', out);
  for (int length; *s; s += length) {
    const uint32_t code = code_point((const unsigned char *)s, &length);
    /* Control characters, line and paragraph separators and byte order marks: YAML would refuse or fold them. */
    if (code < 0x20 || (code >= 0x7f && code <= 0xa0 && length > 1) || code == 0x7f || code == 0x2028 ||
        code == 0x2029 || code == 0xfeff)
      fprintf(out, "\\u%04x", (unsigned)code);
    else if (code == '"' || code == '\\')
      fprintf(out, "\\%c", (int)code);
    else
      fwrite(s, 1, (size_t)length, out);
  }
  fputc('"', out);
}

static void echo_real(FILE *out, const struct hc_param *param, double value)
{
  char text[32];

  if (param->choices)
    for (const struct hc_choice *choice = param->choices; choice->name; choice++)
      if (same_bits(choice->value, value)) {
        fputs(choice->name, out);
        return;
      }
  if (isnan(value)) {
    fputc('~', out);
    return;
  }
  hc_number_print(value, text);
  fputs(text, out);
}

static void echo_choice(FILE *out, const struct hc_param *param, int value)
{
  for (const struct hc_choice *choice = param->choices; choice->name; choice++)
    if ((int)choice->value == value) {
      fputs(choice->name, out);
      return;
    }
  fputc('~', out);
}

static void echo_string(FILE *out, const char *s)
{
  if (s)
    hc_echo_string(out, s);
  else
    fputc('~', out);
}

static void echo_values(FILE *out, const struct hc_param *param, const void *value)
{
  const struct hc_reals *reals = value;
  const struct hc_ints *ints = value;
  const struct hc_strings *strings = value;
  const int n = param->type == HC_REALS ? reals->n : param->type == HC_INTS ? ints->n : strings->n;

  if (n == 0 && param->fallback && strcmp(param->fallback, "~") == 0) {
    fputc('~', out);
    return;
  }
  fputc('[', out);
  for (int i = 0; i < n; i++) {
    fputs(i > 0 ? ", " : "", out);
    if (param->type == HC_REALS)
      echo_real(out, param, reals->v[i]);
    else if (param->type == HC_INTS)
      fprintf(out, "%lld", (long long)ints->v[i]);
    else
      echo_string(out, strings->v[i]);
  }
  fputc(']', out);
}

static void echo_map(FILE *out, const struct hc_param *param, const struct hc_map *map)
{
  fputc('{', out);
  for (int i = 0; i < map->n; i++) {
    fputs(i > 0 ? ", " : "", out);
    hc_echo_string(out, map->keys[i]);
    fputs(": ", out);
    echo_real(out, param, map->values[i]);
  }
  fputc('}', out);
}

static void echo_text_map(FILE *out, const struct hc_text_map *map)
{
  fputc('{', out);
  for (int i = 0; i < map->n; i++) {
    fputs(i > 0 ? ", " : "", out);
    hc_echo_string(out, map->keys[i]);
    fputs(": ", out);
    hc_echo_string(out, map->values[i]);
  }
  fputc('}', out);
}

static void echo_value(FILE *out, const struct hc_param *param, const void *value)
{
  switch (param->type) {
  case HC_BOOL:
    fputs(*(const bool *)value ? "true" : "false", out);
    break;
  case HC_INT:
    fprintf(out, "%lld", (long long)*(const int64_t *)value);
    break;
  case HC_REAL:
    echo_real(out, param, *(const double *)value);
    break;
  case HC_CHOICE:
    echo_choice(out, param, *(const int *)value);
    break;
  case HC_STRING:
  case HC_PATH:
  case HC_NAME:
    echo_string(out, *(char *const *)value);
    break;
  case HC_MAP:
    echo_map(out, param, value);
    break;
  case HC_TEXT_MAP:
    echo_text_map(out, value);
    break;
  default:
    echo_values(out, param, value);
  }
  if (param->unit && strcmp(param->unit, "1") != 0)
    fprintf(out, " # %s", param->unit);
  fputc('\n', out);
}

static void echo_block(FILE *out, int indent, bool in_list, const struct hc_block *block, const void *values);

static void echo_list(FILE *out, int indent, const struct hc_param *param, const struct hc_list *list)
{
  fputs(list->n == 0 ? " []\n" : "\n", out);
  for (int i = 0; i < list->n; i++)
    echo_block(out, indent, true, param->block, (const char *)list->items + (size_t)i * param->block->size);
}

/* The keys of a block; in a list, the first of them carries the dash. */
static void echo_block(FILE *out, int indent, bool in_list, const struct hc_block *block, const void *values)
{
  if (!block->params[0].key)
    fprintf(out, "%*s%s{}\n", indent, "", in_list ? "- " : "");
  for (const struct hc_param *param = block->params; param->key; param++) {
    const void *value = (const char *)values + param->offset;
    const bool dash = in_list && param == block->params;
    fprintf(out, "%*s%s%s:", dash ? indent : in_list ? indent + 2 : indent, "", dash ? "- " : "", param->key);
    const int below = in_list ? indent + 4 : indent + 2;
    if (param->type == HC_BLOCK) {
      fputc('\n', out);
      echo_block(out, below, false, param->block, value);
    } else if (param->type == HC_LIST) {
      echo_list(out, below, param, value);
    } else {
      fputc(' ', out);
      echo_value(out, param, value);
    }
  }
}

PetscErrorCode hc_params_echo(const struct hc_params *params, FILE *out)
{
  PetscFunctionBeginUser;
  echo_block(out, 0, false, params->block, params->root);
  PetscCheck(!ferror(out), PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "the used parameters cannot be written");
  PetscFunctionReturn(PETSC_SUCCESS);
}
