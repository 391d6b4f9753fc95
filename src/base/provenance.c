#include "base.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

const char *hc_version(void)
{
  return HC_VERSION;
}

const char *hc_build_type(void)
{
  return HC_BUILD_TYPE;
}

const char *hc_compiler(void)
{
  return HC_COMPILER;
}

static void to_hex(const unsigned char digest[32], char hex[65])
{
  for (unsigned int i = 0; i < 32; i++)
    snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

PetscErrorCode hc_sha256_file(const char *path, char hex[65])
{
  unsigned char buffer[1 << 16], digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  size_t got;
  bool good;
  FILE *file;
  EVP_MD_CTX *context;

  PetscFunctionBeginUser;
  file = fopen(path, "rb");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  context = EVP_MD_CTX_new();
  good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
  while (good && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
    good = EVP_DigestUpdate(context, buffer, got) == 1;
  good = good && !ferror(file) && EVP_DigestFinal_ex(context, digest, &length) == 1 && length == 32;
  EVP_MD_CTX_free(context);
  fclose(file);
  PetscCheck(good, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read to its end for a checksum", path);
  to_hex(digest, hex);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_sha256_text(const char *text, char hex[65])
{
  PetscFunctionBeginUser;
  PetscCall(hc_sha256_bytes(text, strlen(text), hex));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_sha256_bytes(const void *bytes, size_t n, char hex[65])
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;

  PetscFunctionBeginUser;
  PetscCheck(EVP_Digest(bytes, n, digest, &length, EVP_sha256(), NULL) == 1 && length == 32, PETSC_COMM_SELF,
             PETSC_ERR_LIB, "libcrypto cannot compute SHA-256");
  to_hex(digest, hex);
  PetscFunctionReturn(PETSC_SUCCESS);
}
