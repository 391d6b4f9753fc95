/* Texts of kernels, and compiled code that is kept between runs. */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char *const hc_kernel_texts[][2]; /* generated: name, text */

const char *hc_kernel_text(const char *name)
{
  for (int i = 0; hc_kernel_texts[i][0]; i++)
    if (!strcmp(hc_kernel_texts[i][0], name))
      return hc_kernel_texts[i][1];
  return NULL;
}

/* ---- Includes ---------------------------------------------------------------------------------------------------- */

enum { DEEPEST = 32 }; /* includes within includes */

/* The built-in text that a line includes, NULL if it is another line; its name goes to `name`. */
static const char *included(const char *line, char *name, size_t size)
{
  const char *end;

  while (*line == ' ' || *line == '\t')
    line++;
  if (*line++ != '#')
    return NULL;
  while (*line == ' ' || *line == '\t')
    line++;
  if (strncmp(line, "include", 7) != 0)
    return NULL;
  for (line += 7; *line == ' ' || *line == '\t';)
    line++;
  if (*line++ != '"')
    return NULL;
  end = strpbrk(line, "\"\n");
  if (!end || *end != '"' || (size_t)(end - line) >= size)
    return NULL;
  memcpy(name, line, (size_t)(end - line));
  name[end - line] = '\0';
  return hc_kernel_text(name);
}

/* Includes are put in place wherever they stand: the compiler sees the same text as from files, in branches of #if that
 * it skips too. False: they never end. */
static bool expand(FILE *out, const char *name, const char *text, int depth)
{
  char inner[64];
  int number = 1;

  if (depth > DEEPEST)
    return false;
  fprintf(out, "#line 1 \"%s\"\n", name);
  while (*text) {
    const size_t length = strcspn(text, "\n");
    const char *const other = included(text, inner, sizeof inner);
    number++;
    if (!other)
      fprintf(out, "%.*s\n", (int)length, text);
    else if (!expand(out, inner, other, depth + 1))
      return false;
    else
      fprintf(out, "#line %d \"%s\"\n", number, name);
    text += length + (text[length] == '\n');
  }
  return true;
}

/* The whole text: definitions, then everything; to be freed with free(). */
static PetscErrorCode whole_text(const struct hc_device *device, const char *name, const char *text,
                                 const char *const *defines, char **whole)
{
  size_t size;
  bool good;
  FILE *out = open_memstream(whole, &size);

  PetscFunctionBeginUser;
  PetscCheck(out, PETSC_COMM_SELF, PETSC_ERR_MEM, "No memory for the text of %s", name);
  fprintf(out, "#define HC_PRECISION %d\n", (int)device->info.precision);
  for (; defines && *defines; defines++) {
    const char *const sign = strchr(*defines, '=');
    const int length = sign ? (int)(sign - *defines) : (int)strlen(*defines);
    fprintf(out, "#define %.*s %s\n", length, *defines, sign ? sign + 1 : "1");
  }
  good = expand(out, name, text, 0);
  good = fclose(out) == 0 && good;
  if (!good)
    free(*whole);
  PetscCheck(good, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: its texts include each other without end", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Kept code: its checksum, then itself ------------------------------------------------------------------------ */

static PetscErrorCode key_of(const struct hc_device *device, const char *whole, char key[65])
{
  char *everything;
  const size_t size = strlen(device->identity) + strlen(whole) + 2;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size, &everything));
  snprintf(everything, size, "%s\n%s", device->identity, whole);
  PetscCall(hc_sha256_text(everything, key));
  PetscCall(PetscFree(everything));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool kept_path(const struct hc_device *device, const char *key, char *path, size_t size)
{
  char name[128];

  snprintf(name, sizeof name, "%s-%s.code", device->info.backend, key);
  return hc_cache_path(name, path, size);
}

/* The file's bytes behind the checksum if they match it; PetscFree. */
static bool read_kept(const char *path, char **code, size_t *bytes)
{
  char given[65] = "", hex[65];
  long length = 0;
  bool good;
  FILE *file = fopen(path, "rb");

  *code = NULL;
  if (!file)
    return false;
  good = fread(given, 1, 64, file) == 64 && fseek(file, 0, SEEK_END) == 0 && (length = ftell(file) - 64) > 0 &&
         fseek(file, 64, SEEK_SET) == 0 && PetscMalloc1((size_t)length, code) == 0 &&
         fread(*code, 1, (size_t)length, file) == (size_t)length && hc_sha256_bytes(*code, (size_t)length, hex) == 0 &&
         !strcmp(hex, given);
  fclose(file);
  *bytes = (size_t)length;
  return good;
}

static bool take_kept(struct hc_program *program, const char *path)
{
  char *code;
  size_t bytes;
  const bool taken = read_kept(path, &code, &bytes) && program->device->backend->load(program, code, bytes);

  (void)PetscFree(code);
  return taken;
}

/* What cannot be kept is compiled again next time. */
static void keep(const char *path, const char *code, size_t bytes)
{
  char temporary[PETSC_MAX_PATH_LEN + 96], hex[65];
  bool good;
  FILE *file;

  if (!bytes || hc_sha256_bytes(code, bytes, hex) != 0)
    return;
  hc_cache_temporary(path, temporary, sizeof temporary);
  file = fopen(temporary, "wb");
  if (!file)
    return;
  good = fwrite(hex, 1, 64, file) == 64 && fwrite(code, 1, bytes, file) == bytes;
  if (fclose(file) == 0 && good)
    (void)hc_cache_replace(temporary, path);
  else
    (void)unlink(temporary);
}

/* ---- Programs ---------------------------------------------------------------------------------------------------- */

/* The first line of the log that tells of an error. */
PetscErrorCode hc_program_rejected(struct hc_program *program)
{
  const char *line = program->log ? program->log : "";
  const char *first = strstr(line, "error");

  PetscFunctionBeginUser;
  if (first)
    while (first > line && first[-1] != '\n')
      first--;
  else
    first = line;
  SETERRQ(PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: %s cannot be compiled: %.*s", program->device->info.backend,
          program->name, (int)strcspn(first, "\n"), *first ? first : "the compiler does not say why");
}

static PetscErrorCode compile(struct hc_program *program, const char *whole)
{
  char key[65], path[PETSC_MAX_PATH_LEN], *code = NULL;
  size_t bytes = 0;
  bool keeps;

  PetscFunctionBeginUser;
  PetscCall(key_of(program->device, whole, key));
  keeps = program->device->keeps && kept_path(program->device, key, path, sizeof path);
  if (keeps && take_kept(program, path))
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(program->device->backend->compile(program, whole, &code, &bytes));
  if (keeps)
    keep(path, code, bytes);
  PetscCall(PetscFree(code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_program_create(struct hc_device *device, const char *name, const char *text,
                                 const char *const *defines, struct hc_program **program)
{
  struct hc_program *p;
  char *whole;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *program = NULL;
  PetscCheck(!hc_device_failure(device), PETSC_COMM_SELF, HC_ERR_DEVICE, "%s", device->failure);
  PetscCall(whole_text(device, name, text, defines, &whole));
  PetscCall(PetscNew(&p));
  p->device = device;
  snprintf(p->name, sizeof p->name, "%s", name);
  code = compile(p, whole);
  free(whole);
  if (code)
    hc_program_destroy(&p);
  PetscCall(code);
  *program = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_program_destroy(struct hc_program **program)
{
  struct hc_program *p = *program;

  if (!p)
    return;
  while (p->kernels) {
    struct hc_kernel *kernel = p->kernels;
    p->kernels = kernel->next;
    p->device->backend->forget(kernel);
    (void)PetscFree(kernel);
  }
  if (p->handle)
    p->device->backend->unload(p);
  (void)PetscFree(p->log);
  *program = NULL;
  (void)PetscFree(p);
}

const char *hc_program_log(const struct hc_program *program)
{
  return program->log ? program->log : "";
}

PetscErrorCode hc_program_kernel(struct hc_program *program, const char *name, struct hc_kernel **kernel)
{
  struct hc_kernel *k;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  for (k = program->kernels; k; k = k->next)
    if (!strcmp(k->name, name)) {
      *kernel = k;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  *kernel = NULL;
  PetscCall(PetscNew(&k));
  k->program = program;
  snprintf(k->name, sizeof k->name, "%s", name);
  code = program->device->backend->kernel(k);
  if (code)
    PetscCall(PetscFree(k));
  PetscCall(code);
  k->next = program->kernels;
  program->kernels = k;
  *kernel = k;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_device_kernel(struct hc_device *device, const char *text, const char *name, struct hc_kernel **kernel)
{
  struct hc_program *program = device->built_in;

  PetscFunctionBeginUser;
  while (program && strcmp(program->name, text) != 0)
    program = program->next;
  if (!program) {
    const char *const whole = hc_kernel_text(text);
    PetscCheck(whole, PETSC_COMM_SELF, PETSC_ERR_PLIB, "kernels/ has no text %s", text);
    PetscCall(hc_program_create(device, text, whole, NULL, &program));
    program->next = device->built_in;
    device->built_in = program;
  }
  PetscCall(hc_program_kernel(program, name, kernel));
  PetscFunctionReturn(PETSC_SUCCESS);
}
