#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct seal {
  char mark[8];
  uint64_t size, sum;
};

static const char mark[8] = "HCSEAL1";

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195): every bit of the word and of its
 * place reaches every bit of the result. The sum of all words' results does not depend on who adds which. */
static uint64_t mix(uint64_t word, uint64_t place)
{
  uint64_t z = word ^ (place * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x2545f4914f6cdd1d));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static uint64_t sum_words(const unsigned char *bytes, size_t n, uint64_t place)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i += 8) {
    uint64_t word = 0;
    memcpy(&word, bytes + i, n - i < 8 ? n - i : 8);
    sum += mix(word, place + i / 8);
  }
  return sum;
}

/* Sum of the words [first, last) of a file of `size` bytes; a last incomplete word is filled with zeros. */
static PetscErrorCode sum_range(const char *path, int64_t first, int64_t last, int64_t size, uint64_t *sum)
{
  const int64_t piece = (int64_t)1 << 20, end = PetscMin(8 * last, size);
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  unsigned char *buffer;
  int64_t at = 8 * first;
  int failed = 0;

  PetscFunctionBeginUser;
  *sum = 0;
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  PetscCall(PetscMalloc1((size_t)piece, &buffer));
  while (at < end && !failed) {
    const int64_t wanted = PetscMin(piece, end - at);
    int64_t have = 0;
    while (have < wanted && !failed) {
      const ssize_t n = pread(descriptor, buffer + have, (size_t)(wanted - have), at + have);
      failed = n < 0 ? errno : n == 0 ? EIO : 0;
      have += n > 0 ? n : 0;
    }
    if (!failed)
      *sum += sum_words(buffer, (size_t)wanted, (uint64_t)at / 8);
    at += wanted;
  }
  PetscCall(PetscFree(buffer));
  close(descriptor);
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sum of the first `size` bytes, shared among the ranks. */
static PetscErrorCode sum_file(MPI_Comm comm, const char *path, int64_t size, uint64_t *sum)
{
  const int64_t words = (size + 7) / 8;
  int rank, ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(hc_error_agree(comm, sum_range(path, words / ranks * rank + PetscMin(rank, words % ranks),
                                           words / ranks * (rank + 1) + PetscMin(rank + 1, words % ranks), size, sum)));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPI_UINT64_T, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode file_size(const char *path, PetscErrorCode code, int64_t *size)
{
  struct stat status;

  PetscFunctionBeginUser;
  PetscCheck(stat(path, &status) == 0, PETSC_COMM_SELF, code, "%s: cannot be read: %s", path, strerror(errno));
  PetscCheck(S_ISREG(status.st_mode), PETSC_COMM_SELF, code, "%s: is not a file", path);
  *size = (int64_t)status.st_size;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode append(const char *path, const struct seal *seal)
{
  const int descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  ssize_t written;
  int failed;

  PetscFunctionBeginUser;
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  written = write(descriptor, seal, sizeof *seal);
  failed = written == (ssize_t)sizeof *seal ? 0 : written < 0 ? errno : ENOSPC;
  if (close(descriptor) && !failed)
    failed = errno;
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_seal_put(MPI_Comm comm, const char *path)
{
  struct seal seal;
  int64_t size = 0;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? file_size(path, HC_ERR_ENVIRONMENT, &size) : PETSC_SUCCESS));
  PetscCallMPI(MPI_Bcast(&size, 1, MPI_INT64_T, 0, comm));
  memcpy(seal.mark, mark, sizeof mark);
  seal.size = (uint64_t)size;
  PetscCall(sum_file(comm, path, size, &seal.sum));
  PetscCall(hc_error_agree(comm, rank == 0 ? append(path, &seal) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_seal(const char *path, struct seal *seal)
{
  int64_t size;
  int descriptor;
  ssize_t n;

  PetscFunctionBeginUser;
  PetscCall(file_size(path, HC_ERR_INPUT, &size));
  descriptor = open(path, O_RDONLY | O_CLOEXEC);
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  n = pread(descriptor, seal, sizeof *seal, (off_t)PetscMax(size - (int64_t)sizeof *seal, 0));
  close(descriptor);
  PetscCheck(n == (ssize_t)sizeof *seal && memcmp(seal->mark, mark, sizeof mark) == 0 &&
                 seal->size == (uint64_t)size - sizeof *seal,
             PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: is no checkpoint of healthcast, or is damaged: %lld bytes without the seal at their end", path,
             (long long)size);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_seal_check(MPI_Comm comm, const char *path)
{
  struct seal seal = {{0}, 0, 0};
  uint64_t sum;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? read_seal(path, &seal) : PETSC_SUCCESS));
  PetscCallMPI(MPI_Bcast(&seal, (int)sizeof seal, MPI_BYTE, 0, comm));
  PetscCall(sum_file(comm, path, (int64_t)seal.size, &sum));
  PetscCheck(sum == seal.sum, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: is damaged: its checksum is %016llx, its seal says %016llx", path, (unsigned long long)sum,
             (unsigned long long)seal.sum);
  PetscFunctionReturn(PETSC_SUCCESS);
}
