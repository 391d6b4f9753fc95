#include "finish.h"
#include "readers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool ends_with(const char *path, const char *ending)
{
  const size_t n = strlen(path), m = strlen(ending);
  return n > m && strcasecmp(path + n - m, ending) == 0;
}

/* The path without .pts, .elem or .lon, if it names an openCARP mesh. */
static bool opencarp_base(const char *path, char base[PETSC_MAX_PATH_LEN])
{
  static const char *const endings[] = {".pts", ".elem", ".lon"};
  char elements[PETSC_MAX_PATH_LEN + 8];

  snprintf(base, PETSC_MAX_PATH_LEN, "%s", path);
  for (int i = 0; i < 3; i++)
    if (ends_with(path, endings[i])) {
      base[strlen(base) - strlen(endings[i])] = '\0';
      return true;
    }
  snprintf(elements, sizeof elements, "%s.elem", path);
  return access(path, F_OK) != 0 && access(elements, F_OK) == 0;
}

/* First bytes decide; the ending only where they say nothing (an empty or damaged file), for a better message. */
static PetscErrorCode read_by_content(struct hc_scan *s, struct hc_raw *raw)
{
  const struct {
    const char *ending, *begins;
    PetscErrorCode (*read)(struct hc_scan *, struct hc_raw *);
  } formats[] = {{".msh", "$MeshFormat", hc_read_gmsh},
                 {".vtk", "# vtk DataFile", hc_read_vtk},
                 {".vtu", "<?xml", hc_read_vtu},
                 {".vtu", "<VTKFile", hc_read_vtu}};

  PetscFunctionBeginUser;
  for (int content = 1; content >= 0; content--)
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
      if (content ? strncmp(s->data, formats[i].begins, strlen(formats[i].begins)) == 0
                  : ends_with(s->path, formats[i].ending)) {
        PetscCall(formats[i].read(s, raw));
        PetscFunctionReturn(PETSC_SUCCESS);
      }
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: the format is not known; Gmsh (.msh), VTK (.vtk, .vtu) and openCARP (.pts, .elem) are supported",
          s->path);
}

static PetscErrorCode read_file(const char *path, struct hc_raw *raw, bool *micrometres)
{
  char base[PETSC_MAX_PATH_LEN];
  struct hc_scan scan;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(strlen(path) + 8 < PETSC_MAX_PATH_LEN, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the name is too long", path);
  *micrometres = opencarp_base(path, base);
  if (*micrometres) {
    PetscCall(hc_read_opencarp(base, raw));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(hc_scan_open(path, &scan));
  code = read_by_content(&scan, raw);
  hc_scan_close(&scan);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode import_whole(const char *path, const struct hc_import_options *given, struct hc_whole *whole)
{
  struct hc_import_options options = *given;
  struct hc_raw raw = {.path = path};
  PetscErrorCode code;
  bool micrometres;

  PetscFunctionBeginUser;
  PetscCheck(options.scale >= 0 && options.scale <= 1e12, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: scale %.6g; a positive factor to mm, or 0 for the format's default, is allowed", path, options.scale);
  code = read_file(path, &raw, &micrometres);
  if (options.scale == 0)
    options.scale = !code && micrometres ? 1e-3 : 1;
  if (!code)
    code = hc_finish(&raw, &options, whole);
  hc_raw_destroy(&raw);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_meshio_import(MPI_Comm comm, const char *path, const struct hc_import_options *options,
                                struct hc_slab **slab)
{
  const struct hc_import_options defaults = {0};
  struct hc_whole whole = {0};
  PetscErrorCode code;
  int rank;

  PetscFunctionBeginUser;
  *slab = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  code = hc_error_agree(comm, rank == 0 ? import_whole(path, options ? options : &defaults, &whole) : PETSC_SUCCESS);
  if (!code)
    code = hc_spread(comm, &whole, slab);
  hc_whole_destroy(&whole);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
