#include "internal.h"
#include "params.h"

#include <ctype.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PETSc's options have one dash and a letter: -ksp_view, -diffusion_pc_type gamg. */
static bool is_petsc(const char *word)
{
  return word[0] == '-' && isalpha((unsigned char)word[1]);
}

static const struct hc_cli_option *find(const struct hc_cli_option *options, const char *name, size_t length)
{
  for (; options->name; options++)
    if (strlen(options->name) == length && !strncmp(options->name, name, length))
      return options;
  return NULL;
}

static PetscErrorCode unknown(const struct hc_cli_option *options, const char *word)
{
  const char *names[32];
  const char *nearest;
  int n = 0;

  PetscFunctionBeginUser;
  for (; options[n].name && n < 32; n++)
    names[n] = options[n].name;
  nearest = hc_params_nearest(word, n, names);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: unknown option%s%s%s; see --help", word, nearest ? "; did you mean " : "",
          nearest ? nearest : "", nearest ? "?" : "");
}

static PetscErrorCode add_option(struct hc_cli_arguments *arguments, const struct hc_cli_option *option,
                                 const char *value)
{
  PetscFunctionBeginUser;
  PetscCheck(option->repeats || !hc_cli_get(arguments, option->name), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: given twice; allowed: once", option->name);
  PetscCheck(arguments->n_options < HC_CLI_MAX, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: more than %d options", option->name,
             HC_CLI_MAX);
  arguments->option[arguments->n_options] = option;
  arguments->value[arguments->n_options++] = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_parse(int argc, char **argv, const struct hc_cli_option *options,
                            struct hc_cli_arguments *arguments)
{
  PetscFunctionBeginUser;
  memset(arguments, 0, sizeof *arguments);
  for (int i = 0; i < argc; i++) {
    const char *word = argv[i];
    if (is_petsc(word)) {
      /* An option's value follows it, unless the next word is an option too; negative numbers are values. */
      if (i + 1 < argc && !is_petsc(argv[i + 1]) && strncmp(argv[i + 1], "--", 2) != 0)
        i++;
    } else if (!strncmp(word, "--", 2)) {
      const char *equals = strchr(word, '=');
      const size_t length = equals ? (size_t)(equals - word) : strlen(word);
      const struct hc_cli_option *option = find(options, word, length);
      const char *value = "";
      if (!option)
        PetscFunctionReturn(unknown(options, word));
      if (option->value) {
        PetscCheck(equals || i + 1 < argc, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: needs a value: %s", word, option->value);
        value = equals ? equals + 1 : argv[++i];
      } else {
        PetscCheck(!equals, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: takes no value", word);
      }
      PetscCall(add_option(arguments, option, value));
    } else {
      PetscCheck(arguments->n_words < HC_CLI_MAX, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: more than %d words", word,
                 HC_CLI_MAX);
      arguments->words[arguments->n_words++] = word;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

const char *hc_cli_get(const struct hc_cli_arguments *arguments, const char *name)
{
  for (int i = arguments->n_options - 1; i >= 0; i--)
    if (!strcmp(arguments->option[i]->name, name))
      return arguments->value[i];
  return NULL;
}

PetscErrorCode hc_cli_number(const struct hc_cli_arguments *arguments, const char *name, double fallback, double min,
                             double max, double *value)
{
  const char *text = hc_cli_get(arguments, name);
  char *end;

  PetscFunctionBeginUser;
  *value = fallback;
  if (!text)
    PetscFunctionReturn(PETSC_SUCCESS);
  *value = strtod(text, &end);
  PetscCheck(end != text && *end == '\0' && *value >= min && *value <= max, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: a number from %.6g to %.6g", name, text, min, max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_whole(const struct hc_cli_arguments *arguments, const char *name, int64_t fallback, int64_t min,
                            int64_t max, int64_t *value)
{
  const char *text = hc_cli_get(arguments, name);
  char *end;

  PetscFunctionBeginUser;
  *value = fallback;
  if (!text)
    PetscFunctionReturn(PETSC_SUCCESS);
  *value = strtoll(text, &end, 10); /* beyond 64 bits it gives the largest there is */
  PetscCheck(end != text && *end == '\0' && *value >= min && *value <= max, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: a whole number from %" PRId64 " to %" PRId64, name, text, min, max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_cli_sets(const struct hc_cli_arguments *arguments, const char *set[])
{
  int n = 0;
  for (int i = 0; i < arguments->n_options; i++)
    if (!strcmp(arguments->option[i]->name, "--set"))
      set[n++] = arguments->value[i];
  return n;
}

void hc_cli_folder(const struct hc_cli_arguments *arguments, char folder[PETSC_MAX_PATH_LEN])
{
  const char *output = hc_cli_get(arguments, "--output");
  char copy[PETSC_MAX_PATH_LEN];
  char *name, *dot;
  snprintf(copy, sizeof copy, "%s", arguments->words[0]);
  name = basename(copy);
  dot = strrchr(name, '.');
  if (dot && dot != name)
    *dot = '\0';
  snprintf(folder, PETSC_MAX_PATH_LEN, "%s%s", output ? "" : "results/", output ? output : name);
}
