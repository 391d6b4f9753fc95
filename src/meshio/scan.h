/* A file in memory on one rank, read from front to back as text or as binary, with errors that say where. Nothing here
 * is collective. */
#ifndef HC_MESHIO_SCAN_H
#define HC_MESHIO_SCAN_H

#include "base.h"

struct hc_scan {
  const char *path; /* borrowed */
  char *data;       /* the file and a zero */
  size_t size, at;  /* bytes; next byte */
  bool binary;      /* numbers are binary (set by the reader once it knows) */
  bool swap;        /* in the other byte order */
};

PetscErrorCode hc_scan_open(const char *path, struct hc_scan *scan);
void hc_scan_close(struct hc_scan *scan);

/* Always fails with HC_ERR_INPUT and "path:line: text", or "path: byte n: text" in binary files. */
PetscErrorCode hc_scan_fail(const struct hc_scan *scan, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

/* The rest of the line without the blanks around it, cut to size - 1. False at the end of the file. */
bool hc_scan_line(struct hc_scan *scan, char *line, size_t size);

/* Next word, "" at the end of the file; words longer than size - 1 are cut. */
void hc_scan_word(struct hc_scan *scan, char *word, size_t size);

/* Next word must be `word`. */
PetscErrorCode hc_scan_expect(struct hc_scan *scan, const char *word);

/* Numbers in text, whether or not `binary` is set. `what` is what the number means, for messages. */
PetscErrorCode hc_scan_integer(struct hc_scan *scan, const char *what, int64_t *value);
PetscErrorCode hc_scan_real(struct hc_scan *scan, const char *what, double *value);

/* A count that is followed by that many things of at least `bytes` bytes each: refused if negative or if the rest of
 * the file is too short, so that nothing is allocated for what is not there. */
PetscErrorCode hc_scan_count(struct hc_scan *scan, const char *what, int64_t bytes, int64_t *count);
PetscErrorCode hc_scan_check_count(const struct hc_scan *scan, const char *what, int64_t bytes, int64_t count);

/* Next `size` bytes. */
PetscErrorCode hc_scan_bytes(struct hc_scan *scan, size_t size, const char **bytes);

/* Number types of files. */
enum hc_number { HC_I8, HC_U8, HC_I16, HC_U16, HC_I32, HC_U32, HC_I64, HC_U64, HC_F32, HC_F64 };
size_t hc_number_size(enum hc_number type);

/* One number at an address of any alignment. 64-bit integers beyond 2^53 lose digits. */
double hc_number_value(const char *bytes, enum hc_number type, bool swap);

/* The same for 64-bit integers without loss. */
int64_t hc_scan_whole_number(const char *bytes, enum hc_number type, bool swap);

#endif
