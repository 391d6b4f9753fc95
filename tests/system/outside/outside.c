/* A program of somebody else, built against an installed libhealthcast: it prints the version, and turns an error of
 * the library into the exit code that the command line would give. */
#include <healthcast/base.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  char digest[65];
  if (PetscInitialize(&argc, &argv, NULL, NULL) || hc_error_install())
    return HC_EXIT_BUG;
  printf("%s\n", hc_version());
  const PetscErrorCode code = hc_sha256_file(argv[1], digest);
  printf("%s\n", code ? hc_error_message() : digest);
  if (PetscFinalize())
    return HC_EXIT_BUG;
  return (int)hc_error_exit_code(code);
}
