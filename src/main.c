/* healthcast: the command line. Everything is in libhealthcast; see src/cli. */
#include "cli.h"

int main(int argc, char **argv)
{
  return hc_cli_main(argc, argv);
}
