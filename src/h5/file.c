#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

PetscErrorCode hc_h5_init(void)
{
  PetscFunctionBeginUser;
  PetscCheck(H5Eset_auto2(H5E_DEFAULT, NULL, NULL) >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "HDF5 cannot be initialised");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* HDF5 walks from the innermost error outwards: keep the first that says something. */
static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *context)
{
  char *text = context;
  (void)n;
  if (text[0] == '\0' && error->desc && error->desc[0])
    snprintf(text, 256, "%s", error->desc);
  return 0;
}

PetscErrorCode hc_h5_error(PetscErrorCode code, const char *format, ...)
{
  char what[1024], why[256] = "";
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, why);
  SETERRQ(PETSC_COMM_SELF, code, "%s%s%s", what, why[0] ? ": HDF5: " : "", why);
}

PetscErrorCode hc_h5_comm(hid_t object, MPI_Comm *comm)
{
  MPI_Info info = MPI_INFO_NULL;
  hid_t file, access;

  PetscFunctionBeginUser;
  file = H5Iget_file_id(object);
  HC_H5(file, "an HDF5 object without a file");
  access = H5Fget_access_plist(file);
  HC_H5(access, "an HDF5 file without access properties");
  if (H5Pget_driver(access) == H5FD_MPIO)
    HC_H5(H5Pget_fapl_mpio(access, comm, &info), "an HDF5 file without communicator");
  else
    PetscCallMPI(MPI_Comm_dup(MPI_COMM_SELF, comm));
  if (info != MPI_INFO_NULL)
    PetscCallMPI(MPI_Info_free(&info));
  H5Pclose(access);
  H5Fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for HDF5's own records beside `bytes` of data. */
static int64_t with_margin(int64_t bytes)
{
  return bytes + bytes / 64 + (256 << 10);
}

static PetscErrorCode allocate(int descriptor, const char *path, int64_t start, int64_t bytes)
{
  const int64_t wanted = with_margin(bytes);
  struct stat status;
  struct statvfs system;
  int failed = 0;

  PetscFunctionBeginUser;
  if (fstat(descriptor, &status))
    status.st_size = 0;
  if (start < 0)
    start = (int64_t)status.st_size;
  if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)(start + wanted)) < 0)
    failed = errno;
  if (failed && failed != ENOSPC && failed != EDQUOT && failed != EFBIG && failed != EIO) {
    failed = 0; /* the file system knows no fallocate */
    if (fstatvfs(descriptor, &system) == 0 && (double)system.f_bavail * (double)system.f_frsize < (double)wanted)
      failed = ENOSPC;
  }
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s (%.1f MB more are wanted)", path,
             strerror(failed), 1e-6 * (double)wanted);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode reserve(const char *path, int64_t start, int64_t bytes)
{
  const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  code = allocate(descriptor, path, start, bytes);
  close(descriptor);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_reserve(MPI_Comm comm, const char *path, int64_t start, int64_t bytes)
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? reserve(path, start, bytes) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Give back what was set aside beyond the end of the file. On failure it stays, which does no harm. */
static void release(const char *path)
{
  struct stat status;

  if (stat(path, &status) == 0 && truncate(path, status.st_size) != 0)
    return;
}

void hc_h5_where(hid_t group, const char *name, char *text, size_t size)
{
  char file[512] = "", path[256] = "";
  if (H5Fget_name(group, file, sizeof file) < 0)
    file[0] = '\0';
  if (H5Iget_name(group, path, sizeof path) < 0 || strcmp(path, "/") == 0)
    path[0] = '\0';
  snprintf(text, size, "%s: %s/%s", file, path, name[0] == '/' ? name + 1 : name);
}

/* What the operating system says about the path, on rank 0 only: its words are clearer than MPI-IO's. */
static PetscErrorCode try_path(const char *path, bool create, bool write)
{
  PetscErrorCode code = PETSC_SUCCESS;
  struct stat status;
  int descriptor;

  PetscFunctionBeginUser;
  if (create) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be created: %s", path,
               strerror(errno));
  } else {
    descriptor = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    PetscCheck(descriptor >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be %s: %s", path, write ? "written" : "read",
               strerror(errno));
  }
  if (fstat(descriptor, &status) || S_ISDIR(status.st_mode)) {
    close(descriptor);
    SETERRQ(PETSC_COMM_SELF, create ? HC_ERR_ENVIRONMENT : HC_ERR_INPUT, "%s: is not a file", path);
  }
  if (create || write)
    code = allocate(descriptor, path, -1, 0);
  close(descriptor);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_file(MPI_Comm comm, const char *path, bool create, bool write, hid_t *file)
{
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  HC_H5(access, "%s", path);
  HC_H5(H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL), "%s", path);
  HC_H5(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG), "%s", path);
  /* One rank reads or writes metadata for all: thousands of ranks must not. */
  HC_H5(H5Pset_all_coll_metadata_ops(access, true), "%s", path);
  HC_H5(H5Pset_coll_metadata_write(access, true), "%s", path);
  if (create)
    *file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  else
    *file = H5Fopen(path, write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
  if (*file < 0 && create)
    code = hc_h5_error(HC_ERR_ENVIRONMENT, "%s: cannot be created", path);
  else if (*file < 0)
    code = hc_h5_error(HC_ERR_INPUT, "%s: is not an HDF5 file, or is damaged", path);
  H5Pclose(access);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Open MPI writes the path and an ending into 256 bytes and aborts the program if they do not fit (sharedfp/lockedfile,
 * seen with 4.1.4). */
#if defined(OPEN_MPI)
enum { LONGEST_PATH = 230 };
#else
enum { LONGEST_PATH = PETSC_MAX_PATH_LEN - 1 };
#endif

static PetscErrorCode start(MPI_Comm comm, const char *path, bool create, bool write, hid_t *file)
{
  int rank;

  PetscFunctionBeginUser;
  *file = H5I_INVALID_HID;
  PetscCheck(strlen(path) <= LONGEST_PATH, PETSC_COMM_SELF, create ? HC_ERR_ENVIRONMENT : HC_ERR_INPUT,
             "%s: the path has %zu characters; this MPI library allows %d", path, strlen(path), LONGEST_PATH);
  PetscCall(hc_h5_init());
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? try_path(path, create, write) : PETSC_SUCCESS));
  PetscCall(hc_error_agree(comm, open_file(comm, path, create, write, file)));
  if (create) /* truncation gave back what try_path() set aside */
    PetscCall(hc_h5_reserve(comm, path, -1, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_create(MPI_Comm comm, const char *path, hid_t *file)
{
  PetscFunctionBeginUser;
  PetscCall(start(comm, path, true, true, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_open(MPI_Comm comm, const char *path, bool write, hid_t *file)
{
  PetscFunctionBeginUser;
  PetscCall(start(comm, path, false, write, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode flush(hid_t file, const char *path)
{
  PetscFunctionBeginUser;
  HC_H5(H5Fflush(file, H5F_SCOPE_GLOBAL), "%s: cannot be written completely", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_flush(hid_t file)
{
  MPI_Comm comm;
  char path[PETSC_MAX_PATH_LEN] = "";
  PetscErrorCode code;

  PetscFunctionBeginUser;
  H5Fget_name(file, path, sizeof path);
  PetscCall(hc_h5_comm(file, &comm));
  code = hc_error_agree(comm, flush(file, path));
  PetscCallMPI(MPI_Comm_free(&comm));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Flush first: every rank does fsync then, where network file systems report what went wrong. */
static PetscErrorCode close_file(hid_t file, bool writable, const char *path)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = writable ? flush(file, path) : PETSC_SUCCESS;
  if (H5Fclose(file) < 0 && !code)
    code = hc_h5_error(HC_ERR_ENVIRONMENT, "%s: cannot be written completely", path);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_close(hid_t *file)
{
  MPI_Comm comm;
  char path[PETSC_MAX_PATH_LEN] = "";
  PetscErrorCode code;
  unsigned intent = 0;
  int rank;

  PetscFunctionBeginUser;
  if (*file < 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  H5Fget_intent(*file, &intent);
  H5Fget_name(*file, path, sizeof path);
  PetscCall(hc_h5_comm(*file, &comm));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  code = hc_error_agree(comm, close_file(*file, intent & H5F_ACC_RDWR, path));
  *file = H5I_INVALID_HID;
  if (rank == 0 && (intent & H5F_ACC_RDWR))
    release(path);
  PetscCallMPI(MPI_Barrier(comm)); /* the file is complete when anybody returns */
  PetscCallMPI(MPI_Comm_free(&comm));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_h5_exists(hid_t group, const char *name)
{
  char path[1024];
  size_t length = strlen(name);

  if (length == 0 || length >= sizeof path)
    return false;
  memcpy(path, name, length + 1);
  /* HDF5 wants every link on the way to exist before it is asked about the next. */
  for (size_t i = 1; i <= length; i++) {
    if (path[i] != '/' && path[i] != '\0')
      continue;
    path[i] = '\0';
    if (H5Lexists(group, path, H5P_DEFAULT) <= 0)
      return false;
    path[i] = name[i];
  }
  return H5Oexists_by_name(group, name, H5P_DEFAULT) > 0;
}

PetscErrorCode hc_h5_group(hid_t parent, const char *name, bool create, hid_t *group)
{
  char where[1024];

  PetscFunctionBeginUser;
  *group = H5I_INVALID_HID;
  hc_h5_where(parent, name, where, sizeof where);
  if (hc_h5_exists(parent, name)) {
    *group = H5Gopen2(parent, name, H5P_DEFAULT);
    if (*group < 0)
      PetscCall(hc_h5_error(HC_ERR_INPUT, "%s: is not a group, or is damaged", where));
  } else if (create) {
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    *group = H5Gcreate2(parent, name, links, H5P_DEFAULT, H5P_DEFAULT);
    HC_H5(*group, "%s: cannot be created", where);
    H5Pclose(links);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_remove(hid_t group, const char *name)
{
  char where[1024];

  PetscFunctionBeginUser;
  hc_h5_where(group, name, where, sizeof where);
  if (hc_h5_exists(group, name))
    HC_H5(H5Ldelete(group, name, H5P_DEFAULT), "%s: cannot be removed", where);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The datasets of a group: first pass counts names and bytes, second pass stores. */
struct listing {
  int n;
  size_t bytes;
  char **names;
  char *next;
};

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
  struct listing *listing = context;
  H5O_info_t object;

  (void)info;
  if (H5Oexists_by_name(group, name, H5P_DEFAULT) <= 0 || H5Oget_info_by_name(group, name, &object, H5P_DEFAULT) < 0 ||
      object.type != H5O_TYPE_DATASET)
    return 0;
  if (listing->names) {
    listing->names[listing->n] = listing->next;
    memcpy(listing->next, name, strlen(name) + 1);
    listing->next += strlen(name) + 1;
  }
  listing->n++;
  listing->bytes += strlen(name) + 1;
  return 0;
}

PetscErrorCode hc_h5_list(hid_t group, int *n, char ***names)
{
  struct listing listing = {0};
  char where[1024], *block = NULL;
  herr_t status;

  PetscFunctionBeginUser;
  *n = 0;
  *names = NULL;
  hc_h5_where(group, "", where, sizeof where);
  status = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &listing);
  if (status < 0)
    PetscCall(hc_h5_error(HC_ERR_INPUT, "%s: cannot be listed", where));
  PetscCall(PetscMalloc1((size_t)listing.n * sizeof(char *) + listing.bytes + 1, &block));
  listing.names = (char **)(void *)block;
  listing.next = block + (size_t)listing.n * sizeof(char *);
  listing.n = 0;
  status = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &listing);
  if (status < 0) {
    PetscCall(PetscFree(block));
    PetscCall(hc_h5_error(HC_ERR_INPUT, "%s: cannot be listed", where));
  }
  *n = listing.n;
  *names = listing.names;
  PetscFunctionReturn(PETSC_SUCCESS);
}
