#include "vtu.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* What zlib can make of a byte at best (zlib.net/zlib_tech.html: 1032:1): what announces more is refused. */
enum { deflate_limit = 1040 };

/* Bytes, as they are or as base64. Parts of base64 that were coded one by one end in '=' each and follow each other. */
struct stream {
  const unsigned char *at, *end;
  bool base64;
  unsigned char left[3];
  int n_left, next_left;
};

struct reader {
  const char *path;
  const struct hc_vtu_coding *coding;
  const struct hc_vtu_array *array;
  struct stream stream;
};

static PetscErrorCode fail(const struct reader *r, const char *text)
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%ld: array \"%s\": %s", r->path, r->array->line, r->array->name, text);
}

static int base64_value(unsigned char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decode the next group of four characters. False at the end or at what is no base64. */
static bool next_group(struct stream *s)
{
  unsigned bits = 0;
  int n = 0, padding = 0;

  while (n < 4) {
    while (s->at < s->end && isspace(*s->at))
      s->at++;
    if (s->at >= s->end)
      return false;
    const unsigned char c = *s->at++;
    const int value = base64_value(c);
    if (c == '=' && n >= 2)
      padding++;
    else if (value < 0 || padding > 0)
      return false;
    bits = bits << 6 | (unsigned)(value < 0 ? 0 : value);
    n++;
  }
  s->left[0] = (unsigned char)(bits >> 16);
  s->left[1] = (unsigned char)(bits >> 8);
  s->left[2] = (unsigned char)bits;
  s->n_left = 3 - padding;
  s->next_left = 0;
  return true;
}

static bool read_bytes(struct stream *s, size_t n, unsigned char *bytes)
{
  if (!s->base64) {
    if (n > (size_t)(s->end - s->at))
      return false;
    if (n > 0)
      memcpy(bytes, s->at, n);
    s->at += n;
    return true;
  }
  for (size_t i = 0; i < n; i++) {
    if (s->next_left >= s->n_left && !next_group(s))
      return false;
    bytes[i] = s->left[s->next_left++];
  }
  return true;
}

/* An upper bound of the bytes that are left. */
static uint64_t remaining(const struct stream *s)
{
  const uint64_t n = (uint64_t)(s->end - s->at);
  return s->base64 ? n / 4 * 3 + 3 + 3 : n;
}

static PetscErrorCode read_length(struct reader *r, uint64_t *length)
{
  const enum hc_number type = r->coding->head;
  unsigned char bytes[8];

  PetscFunctionBeginUser;
  if (!read_bytes(&r->stream, hc_number_size(type), bytes))
    PetscCall(fail(r, "its binary data end early, or are damaged"));
  *length = (uint64_t)hc_scan_whole_number((const char *)bytes, type, r->coding->swap);
  if (type == HC_U32)
    *length &= UINT32_MAX;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* `bytes` are there: `expected` of them are needed, any whole number of values if it is negative. */
static PetscErrorCode check_length(const struct reader *r, uint64_t bytes, int64_t expected, uint64_t limit)
{
  PetscFunctionBeginUser;
  PetscCheck(expected < 0 || bytes == (uint64_t)expected, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%ld: array \"%s\": has %llu bytes, %lld are needed", r->path, r->array->line, r->array->name,
             (unsigned long long)bytes, (long long)expected);
  PetscCheck(bytes <= limit, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%ld: array \"%s\": announces %llu bytes, there are fewer", r->path, r->array->line, r->array->name,
             (unsigned long long)bytes);
  if (bytes % hc_number_size(r->array->type) != 0)
    PetscCall(fail(r, "its binary data are no whole number of values"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_plain(struct reader *r, int64_t expected, uint64_t *size, unsigned char **data)
{
  PetscFunctionBeginUser;
  PetscCall(read_length(r, size));
  PetscCall(check_length(r, *size, expected, remaining(&r->stream)));
  PetscCall(PetscMalloc1(*size + 1, data));
  if (!read_bytes(&r->stream, *size, *data))
    PetscCall(fail(r, "its binary data end early, or are damaged"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The head of compressed data: number of blocks, bytes of a block and of the last one (0: it is whole), and what each
 * takes compressed. */
struct blocks {
  uint64_t n, size, last;
  uint64_t *compressed;
};

static uint64_t block_size(const struct blocks *b, uint64_t i)
{
  return i + 1 == b->n && b->last > 0 ? b->last : b->size;
}

static PetscErrorCode read_blocks(struct reader *r, struct blocks *b, uint64_t *total)
{
  const uint64_t rest = remaining(&r->stream);

  PetscFunctionBeginUser;
  PetscCall(read_length(r, &b->n));
  PetscCall(read_length(r, &b->size));
  PetscCall(read_length(r, &b->last));
  if (b->n > rest / hc_number_size(r->coding->head) || b->last > b->size ||
      (b->n > 0 && b->size > (uint64_t)deflate_limit * rest / b->n + ((uint64_t)1 << 24)))
    PetscCall(fail(r, "its compressed data announce more than there can be"));
  *total = b->n > 0 ? (b->n - 1) * b->size + block_size(b, b->n - 1) : 0;
  PetscCall(PetscMalloc1(b->n + 1, &b->compressed));
  for (uint64_t i = 0; i < b->n; i++) {
    PetscCall(read_length(r, &b->compressed[i]));
    if (b->compressed[i] > rest)
      PetscCall(fail(r, "its compressed data end early"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode inflate_block(struct reader *r, uint64_t compressed, uint64_t size, unsigned char *data)
{
  unsigned char *buffer;
  uLongf written = size;
  bool good;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(compressed + 1, &buffer));
  good = read_bytes(&r->stream, compressed, buffer) && uncompress(data, &written, buffer, compressed) == Z_OK &&
         written == size;
  PetscCall(PetscFree(buffer));
  if (!good)
    PetscCall(fail(r, "its compressed data are damaged"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode inflate_all(struct reader *r, struct blocks *b, int64_t expected, uint64_t *size,
                                  unsigned char **data)
{
  unsigned char *next;

  PetscFunctionBeginUser;
  PetscCall(read_blocks(r, b, size));
  PetscCall(check_length(r, *size, expected, deflate_limit * (remaining(&r->stream) + 64)));
  PetscCall(PetscMalloc1(*size + 1, data));
  next = *data;
  for (uint64_t i = 0; i < b->n; i++) {
    PetscCall(inflate_block(r, b->compressed[i], block_size(b, i), next));
    next += block_size(b, i);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_compressed(struct reader *r, int64_t expected, uint64_t *size, unsigned char **data)
{
  struct blocks blocks = {0};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = inflate_all(r, &blocks, expected, size, data);
  PetscCall(PetscFree(blocks.compressed));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode decode_binary(struct reader *r, int64_t *n, double **values)
{
  const size_t width = hc_number_size(r->array->type);
  const int64_t expected = *n < 0 ? -1 : *n * (int64_t)width;
  unsigned char *data = NULL;
  uint64_t size = 0;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (r->coding->compressed)
    code = read_compressed(r, expected, &size, &data);
  else
    code = read_plain(r, expected, &size, &data);
  if (!code) {
    *n = (int64_t)(size / width);
    code = PetscMalloc1(*n + 1, values);
  }
  for (int64_t i = 0; i < *n && !code; i++)
    (*values)[i] = hc_number_value((const char *)data + (size_t)i * width, r->array->type, r->coding->swap);
  PetscCall(PetscFree(data));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode decode_text(struct reader *r, int64_t *n, double **values)
{
  const char *at = r->array->text;
  const int64_t most = (int64_t)(r->array->length / 2 + 1); /* a digit and a blank each */
  int64_t found = 0;

  PetscFunctionBeginUser;
  PetscCheck(*n <= most, PETSC_COMM_SELF, HC_ERR_INPUT, "%s:%ld: array \"%s\": has fewer than %lld values", r->path,
             r->array->line, r->array->name, (long long)*n);
  PetscCall(PetscMalloc1(most + 1, values));
  for (;;) {
    char *end;
    while (isspace((unsigned char)*at))
      at++;
    if (*at == '\0')
      break;
    const double value = strtod(at, &end);
    if (end == at || (*end != '\0' && !isspace((unsigned char)*end)) || found >= most)
      PetscCall(fail(r, "holds something that is no number"));
    (*values)[found++] = value;
    at = end;
  }
  PetscCheck(*n < 0 || found == *n, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s:%ld: array \"%s\": has %lld values, %lld are needed", r->path, r->array->line, r->array->name,
             (long long)found, (long long)*n);
  *n = found;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode decode(struct reader *r, int64_t *n, double **values)
{
  const struct hc_vtu_coding *c = r->coding;
  const struct hc_vtu_array *a = r->array;

  PetscFunctionBeginUser;
  if (a->format == HC_VTU_ASCII) {
    PetscCall(decode_text(r, n, values));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  r->stream.base64 = a->format == HC_VTU_BINARY || !c->appended_raw;
  if (a->format == HC_VTU_BINARY) {
    r->stream.at = (const unsigned char *)a->text;
    r->stream.end = r->stream.at + a->length;
  } else {
    if (!c->appended || a->offset < 0 || (uint64_t)a->offset >= c->appended_size) {
      PetscCall(fail(r, "its offset leads out of the appended data"));
      PetscFunctionReturn(HC_ERR_INPUT);
    }
    r->stream.at = (const unsigned char *)c->appended + a->offset;
    r->stream.end = (const unsigned char *)c->appended + c->appended_size;
  }
  PetscCall(decode_binary(r, n, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_vtu_decode(const char *path, const struct hc_vtu_coding *coding, const struct hc_vtu_array *array,
                             int64_t *n, double **values)
{
  struct reader reader = {.path = path, .coding = coding, .array = array};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *values = NULL;
  code = decode(&reader, n, values);
  if (code)
    PetscCall(PetscFree(*values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
