/* The coded arrays of VTK's XML files. */
#ifndef HC_MESHIO_VTU_H
#define HC_MESHIO_VTU_H

#include "scan.h"

enum hc_vtu_format { HC_VTU_ASCII, HC_VTU_BINARY, HC_VTU_APPENDED };

/* What the file's head says about all arrays. */
struct hc_vtu_coding {
  bool swap;            /* other byte order */
  enum hc_number head;  /* type of the lengths in front of binary data: HC_U32 or HC_U64 */
  bool compressed;      /* by zlib */
  bool appended_raw;    /* appended data are bytes, otherwise base64 */
  const char *appended; /* the byte behind the underscore, NULL if there are none */
  size_t appended_size;
};

struct hc_vtu_array {
  char name[64];
  long line; /* of the file, for messages */
  enum hc_number type;
  enum hc_vtu_format format;
  int n_comp;
  int64_t offset; /* of appended data */
  char *text;     /* content of the element, with a zero; owned */
  size_t length;
};

/* The values as reals (integers are exact up to 2^53): n of them, or as many as there are if n < 0; then *n is set.
 * `path` is for messages. HC_ERR_INPUT. Not collective. Free *values with PetscFree. */
PetscErrorCode hc_vtu_decode(const char *path, const struct hc_vtu_coding *coding, const struct hc_vtu_array *array,
                             int64_t *n, double **values);

#endif
