/* A real tissue atlas and a real segmentation whose files run in opposite directions along x and y: through their
 * affines the tumour lies in the brain. Needs $HEALTHCAST_DATA (../shared/data beside the project by default), else it
 * is skipped. Run: ctest -R test_image_real */
#include "hc_check.h"
#include "image.h"

#include <string.h>
#include <unistd.h>

static const char *data(const char *name)
{
  static char paths[2][1024];
  static int next;
  const char *folder = getenv("HEALTHCAST_DATA"), *root = getenv("HC_SOURCE_DIR");
  char *path = paths[next++ % 2];
  if (folder)
    snprintf(path, 1024, "%s/brain/%s", folder, name);
  else
    snprintf(path, 1024, "%s/../shared/data/brain/%s", root ? root : ".", name);
  return path;
}

/* Tissue labels under each voxel of the tumour: counted with nibabel from the same files. */
static const int64_t under[4] = {13, 18107, 38300, 88312};

START_TEST(test_tumour_lies_in_the_brain)
{
  struct hc_image *atlas, *tumour;
  int64_t found[4] = {0};

  if (access(data("tissue_labels_sri24.nii.gz"), R_OK) != 0) {
    printf("skipped: %s is not there\n", data("tissue_labels_sri24.nii.gz"));
    return;
  }
  ck_call(hc_image_read(PETSC_COMM_WORLD, data("tissue_labels_sri24.nii.gz"), &atlas));
  ck_call(hc_image_read(PETSC_COMM_WORLD, data("glioma_segmentation.nii.gz"), &tumour));
  ck_assert_double_gt(atlas->to_mm[0][0] * atlas->to_mm[1][1], 0);
  ck_assert_double_lt(tumour->to_mm[0][0], 0);
  ck_assert_double_lt(tumour->to_mm[1][1], 0);
  ck_assert_double_eq(hc_image_overlap(tumour, atlas), 1);
  for (int k = 0, v = 0; k < tumour->n[2]; k++)
    for (int j = 0; j < tumour->n[1]; j++)
      for (int i = 0; i < tumour->n[0]; i++, v++) {
        double x[3], label;
        if (tumour->values[v] == 0)
          continue;
        for (int d = 0; d < 3; d++)
          x[d] = tumour->to_mm[d][0] * i + tumour->to_mm[d][1] * j + tumour->to_mm[d][2] * k + tumour->to_mm[d][3];
        hc_image_sample(atlas, HC_NEAREST, 1, x, 0, &label, NULL);
        found[(int)label]++;
      }
  for (int tissue = 0; tissue < 4; tissue++)
    ck_assert_int_eq(found[tissue], under[tissue]);
  hc_image_destroy(&atlas);
  hc_image_destroy(&tumour);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("real images");
  TCase *t = tcase_create("real images");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, test_tumour_lies_in_the_brain);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
