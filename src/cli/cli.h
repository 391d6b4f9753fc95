/* healthcast cli: the command line. Floor 8. */
#ifndef HC_CLI_H
#define HC_CLI_H

/* The whole program: starts MPI and PETSc, runs a sub-command, prints one line for an error, and returns the exit code:
 * 0 ok, 2 bad input, 3 numerical failure, 4 environment (disk, memory, library), 5 stopped by a signal after a
 * checkpoint, 1 a bug. */
int hc_cli_main(int argc, char **argv);

#endif
