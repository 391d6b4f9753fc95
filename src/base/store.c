#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static PetscErrorCode make_folder(const char *path)
{
  struct stat status;

  PetscFunctionBeginUser;
  if (mkdir(path, 0777) == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(errno == EEXIST, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: folder cannot be made: %s", path,
             strerror(errno));
  PetscCheck(stat(path, &status) == 0 && S_ISDIR(status.st_mode), PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s: folder cannot be made: a file of this name is in the way", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_store_folder(const char *path)
{
  char partial[PATH_MAX];
  const size_t length = strlen(path);

  PetscFunctionBeginUser;
  PetscCheck(length > 0 && length < sizeof partial, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "folder for results: its name has %zu characters; allowed: 1 to %zu", length, sizeof partial - 1);
  memcpy(partial, path, length + 1);
  for (size_t i = 1; i < length; i++)
    if (partial[i] == '/') {
      partial[i] = '\0';
      PetscCall(make_folder(partial));
      partial[i] = '/';
    }
  PetscCall(make_folder(partial));
  PetscCheck(access(path, W_OK | X_OK) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: folder cannot be written: %s",
             path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_store_parent(const char *path, char folder[PATH_MAX])
{
  char copy[PATH_MAX];
  snprintf(copy, sizeof copy, "%s", path);
  snprintf(folder, PATH_MAX, "%s", dirname(copy));
}

static PetscErrorCode sync_flags(const char *path, int flags)
{
  const int descriptor = open(path, flags | O_CLOEXEC);
  int failed;

  PetscFunctionBeginUser;
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be flushed to disk: %s", path,
             strerror(errno));
  failed = fsync(descriptor) ? errno : 0;
  close(descriptor);
  /* Some network file systems cannot flush a folder and say so with EINVAL: nothing more can be done there. */
  PetscCheck(!failed || (failed == EINVAL && (flags & O_DIRECTORY)), PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s: cannot be flushed to disk: %s", path, strerror(failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_store_sync(const char *path)
{
  PetscFunctionBeginUser;
  PetscCall(sync_flags(path, O_RDONLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_store_sync_parent(const char *path)
{
  char folder[PATH_MAX];

  PetscFunctionBeginUser;
  hc_store_parent(path, folder);
  PetscCall(sync_flags(folder, O_RDONLY | O_DIRECTORY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_store_replace(const char *temporary, const char *path)
{
  PetscFunctionBeginUser;
  PetscCall(hc_store_sync(temporary));
  PetscCheck(rename(temporary, path) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be renamed to %s: %s",
             temporary, path, strerror(errno));
  PetscCall(hc_store_sync_parent(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 0, or the errno of the first failure; *reading tells which side failed. */
static int copy_bytes(int source, int target, char *buffer, size_t size, bool *reading)
{
  for (;;) {
    const ssize_t n = read(source, buffer, size);
    *reading = true;
    if (n <= 0)
      return n < 0 ? errno : 0;
    *reading = false;
    for (ssize_t done = 0; done < n;) {
      const ssize_t m = write(target, buffer + done, (size_t)(n - done));
      if (m < 0)
        return errno;
      done += m;
    }
  }
}

PetscErrorCode hc_store_copy(const char *from, const char *to)
{
  const size_t size = (size_t)1 << 20;
  char *buffer = NULL;
  bool reading = true;
  int failed, source, target;

  PetscFunctionBeginUser;
  source = open(from, O_RDONLY | O_CLOEXEC);
  PetscCheck(source >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be read: %s", from, strerror(errno));
  target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  failed = target < 0 ? errno : 0;
  if (failed) {
    close(source);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be created: %s", to, strerror(failed));
  }
  PetscCall(PetscMalloc1(size, &buffer));
  failed = copy_bytes(source, target, buffer, size, &reading);
  PetscCall(PetscFree(buffer));
  close(source);
  if (close(target) && !failed)
    failed = errno;
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be %s: %s", reading ? from : to,
             reading ? "read" : "written", strerror(failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_store_remove(const char *path)
{
  PetscFunctionBeginUser;
  PetscCheck(unlink(path) == 0 || errno == ENOENT, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be deleted: %s",
             path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does the free space of the file system suffice for `more` bytes? One that does not tell (no blocks at all) is taken
 * to have room. */
static bool has_room(int descriptor, int64_t more)
{
  struct statvfs disk;

  if (fstatvfs(descriptor, &disk) || disk.f_blocks == 0)
    return true;
  return (double)(geteuid() == 0 ? disk.f_bfree : disk.f_bavail) * (double)disk.f_frsize >= (double)more;
}

PetscErrorCode hc_store_reserve(const char *path, int64_t bytes)
{
  const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  struct stat status = {0};
  int failed;

  PetscFunctionBeginUser;
  PetscCheck(descriptor >= 0 && fstat(descriptor, &status) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s: cannot be written: %s", path, strerror(errno));
  failed = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, status.st_size + (off_t)bytes) ? errno : 0;
  if (failed && failed != ENOSPC && failed != EDQUOT && failed != EFBIG && failed != EIO) /* it cannot reserve */
    failed = has_room(descriptor, bytes) ? 0 : ENOSPC;
  close(descriptor);
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be completed: %s (%.1f MB more are wanted)",
             path, strerror(failed), (double)bytes * 1e-6);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_store_trim(const char *path)
{
  struct stat status;

  PetscFunctionBeginUser;
  PetscCheck(stat(path, &status) == 0 && truncate(path, status.st_size) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}
