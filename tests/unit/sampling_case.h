/* Case files of designs for tests of sampling. */
#ifndef HC_SAMPLING_CASE_H
#define HC_SAMPLING_CASE_H

#include "hc_check.h"
#include "sampling.h"

struct root {
  const struct hc_params *params;
  struct hc_list vary, correlations;
  struct hc_design_params design;
};

#define AT(member) .offset = offsetof(struct root, member)
static const struct hc_param root_params[] = {
    {.key = "vary", .type = HC_LIST, AT(vary), .fallback = "~", .block = &hc_vary_block, .meaning = "."},
    {.key = "correlations",
     .type = HC_LIST,
     AT(correlations),
     .fallback = "~",
     .block = &hc_correlation_block,
     .meaning = "."},
    {.key = "design", .type = HC_BLOCK, AT(design), .block = &hc_design_block, .meaning = "."},
    {0}};
static const struct hc_block root_block = {"", sizeof(struct root), root_params, "A test."};

struct sample {
  struct root root;
  struct hc_params *params;
  struct hc_sampling *sampling;
};

/* Read YAML text as a case file and make the sampling. The file stays for messages. */
static PetscErrorCode sample_try(const char *text, int64_t rows, struct sample *sample)
{
  FILE *file = fopen("sampling_case.yaml", "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  ck_assert_int_eq(fclose(file), 0);
  *sample = (struct sample){.sampling = NULL};
  PetscFunctionBeginUser;
  PetscCall(
      hc_params_read(PETSC_COMM_SELF, "sampling_case.yaml", 0, NULL, &root_block, &sample->root, &sample->params));
  PetscCall(hc_sampling_create(&sample->root.design, sample->root.vary.n, sample->root.vary.items,
                               sample->root.correlations.n, sample->root.correlations.items, rows, &sample->sampling));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void sample_end(struct sample *sample)
{
  hc_sampling_destroy(&sample->sampling);
  hc_params_destroy(&sample->params);
}

#endif
