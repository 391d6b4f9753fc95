#include "internal.h"

#include <stdarg.h>
#include <string.h>

enum { WIDTH = 110 }; /* columns of comments */

/* Where lines go. An example item of a list is a comment: it shows how, and changes nothing. */
struct page {
  FILE *out;
  int indent;
  bool example;
};

static void line_start(const struct page *page)
{
  fprintf(page->out, "%s%*s", page->example ? "# " : "", page->indent, "");
}

/* Text as comment lines, broken at spaces and at its own line ends. */
static void comment(const struct page *page, const char *text)
{
  const size_t room = (size_t)(WIDTH - page->indent - 2);

  while (*text) {
    size_t n = strcspn(text, "\n");
    if (n > room) {
      n = room;
      while (n > 0 && text[n] != ' ')
        n--;
      if (n == 0) /* a word longer than the line */
        n = strcspn(text, " \n");
    }
    line_start(page);
    fprintf(page->out, "# %.*s\n", (int)n, text);
    text += n;
    text += strspn(text, " \n");
  }
}

static void describe(const struct page *page, const struct hc_param *param)
{
  struct hc_text text = {0};

  if (param->meaning)
    comment(page, param->meaning);
  hc_text_allowed(&text, param);
  if (param->type != HC_BLOCK && param->type != HC_LIST) {
    if (!param->fallback)
      hc_text_add(&text, "; mandatory");
    else if (strcmp(param->fallback, "~") == 0)
      hc_text_add(&text, "; may be left out");
    comment(page, text.s);
  } else if (param->type == HC_LIST) {
    hc_text_cut(&text, 0);
    hc_text_add(&text, "A list of");
    hc_text_length(&text, param);
    hc_text_add(&text, " blocks%s, like this one:", param->n_min > 0 ? "; mandatory" : "");
    comment(page, text.s);
  }
  for (const struct hc_choice *choice = param->choices; choice && choice->name; choice++)
    if (choice->meaning) {
      hc_text_cut(&text, 0);
      hc_text_add(&text, "  %s: %s", choice->name, choice->meaning);
      comment(page, text.s);
    }
}

static void write_block(const struct page *page, const struct hc_block *block);

static void write_param(const struct page *page, const struct hc_param *param)
{
  struct page below = {page->out, page->indent + 2, page->example};

  describe(page, param);
  if (param->type == HC_LIST) { /* the example first, so that it reads as part of the description */
    struct page item = {page->out, page->indent + 4, true};
    fprintf(page->out, "# %*s-\n", page->indent + 2, "");
    write_block(&item, param->block);
  }
  line_start(page);
  fprintf(page->out, "%s:", param->key);
  if (param->type == HC_BLOCK) {
    fputc('\n', page->out);
    write_block(&below, param->block);
  } else {
    fprintf(page->out, " %s\n", param->fallback ? param->fallback : param->type == HC_LIST ? "[]" : "~ # mandatory");
  }
}

static void write_block(const struct page *page, const struct hc_block *block)
{
  for (const struct hc_param *param = block->params; param->key; param++) {
    write_param(page, param);
    if (page->indent == 0 && param[1].key)
      fputc('\n', page->out);
  }
}

PetscErrorCode hc_params_reference(const struct hc_block *root_block, FILE *out)
{
  const struct page page = {.out = out};

  PetscFunctionBeginUser;
  if (root_block->meaning)
    comment(&page, root_block->meaning);
  fputc('\n', out);
  write_block(&page, root_block);
  PetscCheck(!ferror(out), PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "the reference file cannot be written");
  PetscFunctionReturn(PETSC_SUCCESS);
}
