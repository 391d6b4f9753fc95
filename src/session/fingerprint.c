/* What makes a case the same: its files and the values that matter. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is the line of the echo, whose enclosing top-level key is `block`, of a key that may change? */
static bool may_change(const char *const *keys, const char *block, const char *line)
{
  const size_t n = strlen(block);

  for (; *keys; keys++) {
    const char *rest = *keys + n;
    if (strncmp(*keys, block, n) != 0)
      continue;
    if (rest[0] == '\0')
      return true;
    if (rest[0] == '.' && line[0] == ' ' && line[1] == ' ' && strcspn(line + 2, ":") == strlen(rest + 1) &&
        strstr(line, rest + 1) == line + 2)
      return true;
  }
  return false;
}

/* Files may lie elsewhere, their content counts: leave the last part of an absolute path alone (key: "/a/b.so"). */
static void keep_file_name(char *line)
{
  char *path = strstr(line, ": \"/"), *last;
  if (!path)
    return;
  last = strrchr(path, '/');
  memmove(path + 3, last + 1, strlen(last + 1) + 1);
}

/* Strip a text of comments and of lines that may change, in place. */
static void keep_what_matters(char *text, const char *const *keys)
{
  char block[64] = "", *to = text;
  for (char *line = text, *next; *line; line = next) {
    char *end = strchr(line, '\n');
    char *comment;
    if (!end)
      end = line + strlen(line);
    next = *end ? end + 1 : end;
    *end = '\0';
    comment = strstr(line, " # ");
    if (comment)
      *comment = '\0';
    if (line[0] != ' ' && line[0] != '-' && line[0] != '#' && line[0] != '\0')
      snprintf(block, sizeof block, "%.*s", (int)strcspn(line, ":"), line);
    if (line[0] == '#' || may_change(keys, block, line))
      continue;
    keep_file_name(line);
    const size_t n = strlen(line);
    memmove(to, line, n);
    to += n;
    *to++ = '\n';
  }
  *to = '\0';
}

static PetscErrorCode write_essence(const struct hc_params *params, int n, const char *const *paths,
                                    PetscErrorCode (*sha256)(const char *path, char hex[65]), FILE *out)
{
  char hex[65];

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++) {
    PetscCall(sha256(paths[i], hex));
    fprintf(out, "%s\n", hex);
  }
  PetscCall(hc_params_echo(params, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode on_root(const struct hc_params *params, int n, const char *const *paths,
                              PetscErrorCode (*sha256)(const char *path, char hex[65]), const char *const *may_change,
                              char hex[65])
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  memory = open_memstream(&text, &size);
  PetscCheck(memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for the fingerprint of the case");
  code = write_essence(params, n, paths, sha256, memory);
  fclose(memory);
  if (!code) {
    keep_what_matters(text, may_change);
    code = hc_sha256_text(text, hex);
  }
  free(text);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_session_fingerprint(MPI_Comm comm, const struct hc_params *params, int n, const char *const *paths,
                                      PetscErrorCode (*sha256)(const char *path, char hex[65]),
                                      const char *const *may_change, char hex[65])
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? on_root(params, n, paths, sha256, may_change, hex) : PETSC_SUCCESS));
  PetscCallMPI(MPI_Bcast(hex, 65, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
