#include "scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static PetscErrorCode read_all(FILE *file, struct hc_scan *s)
{
  struct stat status;

  PetscFunctionBeginUser;
  PetscCheck(fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: is not a file", s->path);
  s->size = (size_t)status.st_size;
  s->data = malloc(s->size + 1);
  PetscCheck(s->data, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: %zu bytes do not fit into memory", s->path, s->size);
  PetscCheck(fread(s->data, 1, s->size, file) == s->size, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read", s->path);
  s->data[s->size] = '\0';
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_scan_open(const char *path, struct hc_scan *s)
{
  FILE *file = fopen(path, "rb");
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *s = (struct hc_scan){.path = path};
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  code = read_all(file, s);
  fclose(file);
  if (code)
    hc_scan_close(s);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_scan_close(struct hc_scan *s)
{
  free(s->data);
  s->data = NULL;
}

PetscErrorCode hc_scan_fail(const struct hc_scan *s, const char *format, ...)
{
  char text[512];
  va_list arguments;
  long line = 1;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  PetscCheck(!s->binary, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: byte %zu: %s", s->path, s->at, text);
  for (size_t i = 0; i < s->at; i++)
    line += s->data[i] == '\n';
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%ld: %s", s->path, line, text);
}

bool hc_scan_line(struct hc_scan *s, char *line, size_t size)
{
  const char *start = s->data + s->at, *end;
  size_t length;

  if (s->at >= s->size)
    return false;
  end = memchr(start, '\n', s->size - s->at);
  if (!end)
    end = s->data + s->size;
  s->at = (size_t)(end - s->data) + (end < s->data + s->size ? 1 : 0);
  while (start < end && isspace((unsigned char)*start))
    start++;
  while (end > start && isspace((unsigned char)end[-1]))
    end--;
  length = (size_t)(end - start) < size - 1 ? (size_t)(end - start) : size - 1;
  memcpy(line, start, length);
  line[length] = '\0';
  return true;
}

static void skip_blanks(struct hc_scan *s)
{
  while (s->at < s->size && isspace((unsigned char)s->data[s->at]))
    s->at++;
}

void hc_scan_word(struct hc_scan *s, char *word, size_t size)
{
  size_t n = 0;

  skip_blanks(s);
  for (; s->at < s->size && !isspace((unsigned char)s->data[s->at]); s->at++)
    if (n < size - 1)
      word[n++] = s->data[s->at];
  word[n] = '\0';
}

PetscErrorCode hc_scan_expect(struct hc_scan *s, const char *word)
{
  char found[64];

  PetscFunctionBeginUser;
  skip_blanks(s);
  const size_t start = s->at;
  hc_scan_word(s, found, sizeof found);
  if (strcmp(found, word) != 0) {
    s->at = start;
    PetscCall(hc_scan_fail(s, "\"%s\" where %s is expected", found, word));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The number ended at `end`: at a blank or at the end of the file, and there was one. */
static PetscErrorCode finish_number(struct hc_scan *s, const char *what, const char *kind, const char *end)
{
  const char *start = s->data + s->at;

  PetscFunctionBeginUser;
  if (s->at >= s->size)
    PetscCall(hc_scan_fail(s, "the file ends where %s is expected", what));
  if (end == start || (*end != '\0' && !isspace((unsigned char)*end)) || end > s->data + s->size) {
    char word[32];
    struct hc_scan copy = *s;
    hc_scan_word(&copy, word, sizeof word);
    PetscCall(hc_scan_fail(s, "\"%s\" where %s, %s, is expected", word, what, kind));
  }
  s->at = (size_t)(end - s->data);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_scan_integer(struct hc_scan *s, const char *what, int64_t *value)
{
  char *end;

  PetscFunctionBeginUser;
  skip_blanks(s);
  errno = 0;
  *value = strtoll(s->data + s->at, &end, 10);
  if (errno == ERANGE)
    PetscCall(hc_scan_fail(s, "%s is too large", what));
  PetscCall(finish_number(s, what, "an integer", end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_scan_real(struct hc_scan *s, const char *what, double *value)
{
  char *end;

  PetscFunctionBeginUser;
  skip_blanks(s);
  *value = strtod(s->data + s->at, &end);
  PetscCall(finish_number(s, what, "a number", end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_scan_check_count(const struct hc_scan *s, const char *what, int64_t bytes, int64_t count)
{
  PetscFunctionBeginUser;
  if (count < 0)
    PetscCall(hc_scan_fail(s, "%s is %lld", what, (long long)count));
  /* The last number of a text needs no blank after it. */
  if (count > 0 && (bytes > INT64_MAX / count || (uint64_t)(count * bytes) > s->size - s->at + 1))
    PetscCall(
        hc_scan_fail(s, "%s is %lld, the rest of the file has %zu bytes", what, (long long)count, s->size - s->at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_scan_count(struct hc_scan *s, const char *what, int64_t bytes, int64_t *count)
{
  PetscFunctionBeginUser;
  PetscCall(hc_scan_integer(s, what, count));
  PetscCall(hc_scan_check_count(s, what, bytes, *count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_scan_bytes(struct hc_scan *s, size_t size, const char **bytes)
{
  PetscFunctionBeginUser;
  if (size > s->size - s->at)
    PetscCall(hc_scan_fail(s, "the file ends, %zu more bytes are expected", size - (s->size - s->at)));
  *bytes = s->data + s->at;
  s->at += size;
  PetscFunctionReturn(PETSC_SUCCESS);
}

size_t hc_number_size(enum hc_number type)
{
  static const size_t size[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
  return size[type];
}

/* The bytes as one unsigned number of this machine. */
static uint64_t raw_bits(const char *bytes, enum hc_number type, bool swap)
{
  uint64_t u64;
  uint32_t u32;
  uint16_t u16;

  switch (hc_number_size(type)) {
  case 1:
    return (unsigned char)bytes[0];
  case 2:
    memcpy(&u16, bytes, sizeof u16);
    return swap ? __builtin_bswap16(u16) : u16;
  case 4:
    memcpy(&u32, bytes, sizeof u32);
    return swap ? __builtin_bswap32(u32) : u32;
  default:
    memcpy(&u64, bytes, sizeof u64);
    return swap ? __builtin_bswap64(u64) : u64;
  }
}

int64_t hc_scan_whole_number(const char *bytes, enum hc_number type, bool swap)
{
  const uint64_t bits = raw_bits(bytes, type, swap);

  switch (type) {
  case HC_I8:
    return (int8_t)bits;
  case HC_I16:
    return (int16_t)bits;
  case HC_I32:
    return (int32_t)bits;
  default:
    return (int64_t)bits;
  }
}

double hc_number_value(const char *bytes, enum hc_number type, bool swap)
{
  const uint64_t bits = raw_bits(bytes, type, swap);
  const uint32_t low = (uint32_t)bits;
  double f64;
  float f32;

  switch (type) {
  case HC_F32:
    memcpy(&f32, &low, sizeof f32);
    return f32;
  case HC_F64:
    memcpy(&f64, &bits, sizeof f64);
    return f64;
  case HC_U64:
    return (double)bits;
  default:
    return (double)hc_scan_whole_number(bytes, type, swap);
  }
}
