/* Where the small meshes lie that data/make_fixtures.py made, and files that tests write themselves. */
#ifndef HC_MESHIO_FIXTURES_H
#define HC_MESHIO_FIXTURES_H

#include "hc_check.h"
#include "meshio.h"

#include <string.h>
#include <unistd.h>

static inline int world_rank(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static inline const char *fixture(const char *name)
{
  static char path[1024];
  const char *root = getenv("HC_SOURCE_DIR");
  snprintf(path, sizeof path, "%s/tests/unit/data/%s", root ? root : ".", name);
  return path;
}

/* A name in /tmp, the same on all ranks. */
static inline const char *scratch(const char *ending)
{
  static char path[128];
  int pid = (int)getpid();
  MPI_Bcast(&pid, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  snprintf(path, sizeof path, "/tmp/hc_meshio_%d%s", pid, ending);
  return path;
}

static inline void write_bytes(const char *path, const char *bytes, size_t size)
{
  unlink(path); /* truncating an old file instead makes ext4 write it to the disk first */
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

/* Rank 0 writes, the others wait. */
static inline void write_text(const char *path, const char *text)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0)
    write_bytes(path, text, strlen(text));
  MPI_Barrier(PETSC_COMM_WORLD);
}

static inline void discard(const char *path)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0)
    unlink(path);
}

/* The files of data/ by what they hold. */
static const char *const two_tets[] = {"two_tets_42_ascii.vtk",
                                       "two_tets_42_binary.vtk",
                                       "two_tets_51_ascii.vtk",
                                       "two_tets_51_binary.vtk",
                                       "two_tets_ascii.vtu",
                                       "two_tets_base64_32_big.vtu",
                                       "two_tets_base64_zlib.vtu",
                                       "two_tets_raw.vtu",
                                       "two_tets_raw_zlib_32.vtu",
                                       "two_tets_appended64.vtu",
                                       "two_tets_appended64_zlib_big.vtu"};
static const char *const boxes[] = {"box_22_ascii.msh", "box_22_binary.msh", "box_41_ascii.msh", "box_41_binary.msh"};

#define N_FILES(list) (sizeof(list) / sizeof((list)[0]))

#endif
