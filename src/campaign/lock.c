/* Who works in the folder: flock(2), which the system releases when a process dies. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 60 /* s for those who hold the folder's lock for a moment */

static PetscErrorCode open_lock(const char *folder, const char *name, int *fd)
{
  char path[PATH_MAX];

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/journal/%s.lock", folder, name);
  *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  PetscCheck(*fd >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be opened: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode refuse(const char *folder, int failed)
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
          "%s: files cannot be locked here (flock: %s), so that two jobs could spoil each other's results; choose a "
          "folder on another file system, or have this one mounted with locks",
          folder, strerror(failed));
}

PetscErrorCode hc_lock_folder(const char *folder, int *fd)
{
  const struct timespec pause = {.tv_nsec = 10000000};
  int failed, lock;

  PetscFunctionBeginUser;
  PetscCall(open_lock(folder, "folder", &lock));
  for (int i = 0; (failed = flock(lock, LOCK_EX | LOCK_NB) ? errno : 0) == EWOULDBLOCK && i < PATIENCE * 100; i++)
    nanosleep(&pause, NULL);
  if (failed) {
    close(lock);
    PetscCheck(failed != EWOULDBLOCK, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
               "%s: another job has been opening this campaign for %d s", folder, PATIENCE);
    PetscCall(refuse(folder, failed));
  }
  *fd = lock;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_lock_shard(const char *folder, const char *shard, enum hc_lock kind, int *fd)
{
  int failed;

  PetscFunctionBeginUser;
  if (*fd < 0)
    PetscCall(open_lock(folder, shard, fd));
  failed = flock(*fd, (kind == HC_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB) ? errno : 0;
  if (failed) {
    hc_lock_release(fd);
    if (failed != EWOULDBLOCK)
      PetscCall(refuse(folder, failed));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_lock_release(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}
