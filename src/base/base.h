/* healthcast base: errors, timers, random numbers, provenance. Floor 0: everything else may use it.
 *
 * Errors. Every function that can fail returns PetscErrorCode and is called in PetscCall. What a user can cause is
 * checked with PetscCheck and one of the HC_ERR_* codes; what only we can cause with PetscAssert. The library prints
 * nothing and never exits: hc_error_install() makes PETSc record the message and the trace instead, and the
 * command line turns the record into one line and an exit code.
 */
#ifndef HC_BASE_H
#define HC_BASE_H

#include "store.h"

#include <petscsys.h>
#include <stdbool.h>
#include <stdint.h>

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

/* What went wrong, as PETSc codes, so that they pass through PetscCall and PETSc's own errors fit in. */
#define HC_ERR_INPUT PETSC_ERR_USER_INPUT       /* the user's input: exit code 2 */
#define HC_ERR_NUMERIC PETSC_ERR_NOT_CONVERGED  /* a NaN, a bound exceeded, a solver that failed: exit code 3 */
#define HC_ERR_ENVIRONMENT PETSC_ERR_FILE_WRITE /* disk, memory, library, machine: exit code 4 */
#define HC_ERR_DEVICE PETSC_ERR_GPU             /* an accelerator that failed during a run: exit code 4 */

enum hc_exit { HC_EXIT_OK = 0, HC_EXIT_BUG = 1, HC_EXIT_INPUT = 2, HC_EXIT_NUMERIC = 3, HC_EXIT_ENVIRONMENT = 4 };

/* Record errors quietly from now on (pushes a PETSc error handler). Not collective; call once after PetscInitialize. */
PetscErrorCode hc_error_install(void);

/* Message of the error raised last, "" if there was none since hc_error_clear(). A call that succeeds leaves it as it
 * is. Valid until the next error. */
const char *hc_error_message(void);

/* Where the recorded error was raised and through which calls it went: one frame a line. */
const char *hc_error_trace(void);

void hc_error_clear(void);

/* Exit code that stands for a PETSc error code; codes that no user can cause map to HC_EXIT_BUG. */
enum hc_exit hc_error_exit_code(PetscErrorCode code);

/* Agree on a local outcome: if `local` is non-zero on any rank, every rank returns the code and records the message of
 * the lowest such rank. Wrap what may fail on some ranks only, so that no rank waits for one that has left:
 *   PetscCall(hc_error_agree(comm, read_my_slab(...)));
 * Collective on comm. Cost: one reduction of an integer, and a broadcast if something failed. */
PetscErrorCode hc_error_agree(MPI_Comm comm, PetscErrorCode local);

/* ---- Timers: wall-clock seconds by phase -------------------------------------------------------------------- */

struct hc_timer {
  const char *name; /* borrowed, a literal */
  double seconds;   /* sum over start/stop pairs on this rank */
  long calls;
  double started; /* MPI_Wtime of the pending start */
};

static inline void hc_timer_start(struct hc_timer *timer)
{
  timer->started = MPI_Wtime();
}

static inline void hc_timer_stop(struct hc_timer *timer)
{
  timer->seconds += MPI_Wtime() - timer->started;
  timer->calls++;
}

/* Largest time of any rank, in seconds. Collective. */
PetscErrorCode hc_timer_max(MPI_Comm comm, const struct hc_timer *timer, double *seconds);

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

/* Threads of each rank in loops over nodes: 1 unless set. Results do not depend on it. Not collective; not while a loop
 * runs. */
void hc_threads_set(int n);
int hc_threads(void);

/* ---- Provenance ------------------------------------------------------------------------------------------------ */

const char *hc_version(void);    /* "0.1.0" */
const char *hc_build_type(void); /* "Release" */
const char *hc_compiler(void);   /* "GNU 12.2.0" */

/* SHA-256 of a file as 64 hexadecimal digits and a zero. Not collective: call it on one rank. HC_ERR_INPUT if the file
 * cannot be read. */
PetscErrorCode hc_sha256_file(const char *path, char hex[65]);
/* Same for a text, and for bytes. */
PetscErrorCode hc_sha256_text(const char *text, char hex[65]);
PetscErrorCode hc_sha256_bytes(const void *bytes, size_t n, char hex[65]);

/* ---- Random numbers: number i of a stream is the same whoever computes it, and when ------------------------------ */

/* Streams of one seed are independent of each other: give each purpose (noise of scans, samples of a posterior) one. */
struct hc_random {
  uint64_t seed;
  uint64_t stream;
};

/* Number `index` of the stream: uniform in the open interval (0, 1), or normal with mean 0 and variance 1. The two are
 * made of the same bits: use an index for one of them only. Not collective. Cost: about 10 ns and 30 ns. */
double hc_random_uniform(struct hc_random random, uint64_t index);
double hc_random_normal(struct hc_random random, uint64_t index);

/* What both are made of: Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), 128 random bits of a counter
 * and a key. */
void hc_random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t random[4]);

/* ---- Cache: files that can be made again, kept between runs ------------------------------------------------------ */

/* Path of the file `name` in $HEALTHCAST_CACHE, else $XDG_CACHE_HOME/healthcast, else ~/.cache/healthcast; false if
 * there is no such place. */
bool hc_cache_path(const char *name, char *path, size_t size);

/* The way to write there: take a name beside `path`, of this process (the path's folders are made), write the file,
 * then put it in its place at once. So that others, who may write the same, see a whole file or none. */
void hc_cache_temporary(const char *path, char *temporary, size_t size);
bool hc_cache_replace(const char *temporary, const char *path);

#endif
