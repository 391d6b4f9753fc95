#include "mesh.h"

#include <limits.h>
#include <string.h>

static const struct {
  int nodes, vtk;
  const char *name;
} cell_types[] = {{3, 5, "triangle"}, {4, 10, "tetrahedron"}, {8, 12, "hexahedron"}};

int hc_cell_nodes(enum hc_cell_type type)
{
  return cell_types[type].nodes;
}

int hc_cell_vtk(enum hc_cell_type type)
{
  return cell_types[type].vtk;
}

const char *hc_cell_name(enum hc_cell_type type)
{
  return cell_types[type].name;
}

static PetscErrorCode allocate(struct hc_slab *s)
{
  const int64_t n = hc_slab_nodes(s), m = hc_slab_cells(s);

  PetscFunctionBeginUser;
  PetscCheck(n < INT_MAX / 8 && m < INT_MAX / 8, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "a mesh of %lld nodes and %lld cells is too large for this number of ranks: at most %d a rank",
             (long long)s->n_nodes, (long long)s->n_cells, INT_MAX / 8);
  PetscCall(PetscCalloc1(3 * n, &s->xyz));
  PetscCall(PetscCalloc1(hc_cell_nodes(s->type) * m, &s->cells));
  PetscCall(PetscCalloc1(m, &s->region));
  PetscCall(PetscCalloc1(n, &s->surface));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_slab_create(MPI_Comm comm, enum hc_cell_type type, int64_t n_nodes, int64_t n_cells,
                              struct hc_slab **slab)
{
  struct hc_slab *s;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(n_nodes > 0 && n_cells > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "a mesh needs nodes and cells; found %lld nodes and %lld cells", (long long)n_nodes, (long long)n_cells);
  PetscCall(PetscNew(&s));
  s->comm = comm;
  s->type = type;
  s->n_nodes = n_nodes;
  s->n_cells = n_cells;
  code = hc_error_agree(comm, allocate(s));
  if (code)
    hc_slab_destroy(&s);
  PetscCall(code);
  *slab = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_slab_destroy(struct hc_slab **slab)
{
  struct hc_slab *s = *slab;
  if (!s)
    return;
  (void)PetscFree(s->xyz);
  (void)PetscFree(s->cells);
  (void)PetscFree(s->region);
  (void)PetscFree(s->surface);
  for (int i = 0; i < s->n_fields; i++)
    (void)PetscFree(s->fields[i].values);
  (void)PetscFree(s->fields);
  (void)PetscFree(s->part);
  (void)PetscFree(*slab);
}

static struct hc_slab_field *find(const struct hc_slab *s, const char *name, enum hc_location where)
{
  for (int i = 0; i < s->n_fields; i++)
    if (s->fields[i].where == where && !strcmp(s->fields[i].name, name))
      return &s->fields[i];
  return NULL;
}

const struct hc_slab_field *hc_slab_find_field(const struct hc_slab *slab, const char *name, enum hc_location where)
{
  return find(slab, name, where);
}

PetscErrorCode hc_slab_add_field(struct hc_slab *s, const char *name, const char *unit, enum hc_location where,
                                 int n_comp, struct hc_slab_field **field)
{
  struct hc_slab_field *f = find(s, name, where), *all;
  const int64_t length = where == HC_NODE ? hc_slab_nodes(s) : hc_slab_cells(s);

  PetscFunctionBeginUser;
  PetscCheck(strlen(name) < sizeof f->name && strlen(unit) < sizeof f->unit, PETSC_COMM_SELF, HC_ERR_INPUT,
             "field \"%s\" [%s]: names have at most %zu and units at most %zu characters", name, unit,
             sizeof f->name - 1, sizeof f->unit - 1);
  PetscCheck(name[0] && !strchr(name, '/'), PETSC_COMM_SELF, HC_ERR_INPUT,
             "field \"%s\": names of fields must not be empty or have a \"/\"", name);
  PetscCheck(n_comp > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "field \"%s\" has %d components; at least 1 is needed", name,
             n_comp);
  if (f) {
    PetscCall(PetscFree(f->values));
  } else {
    PetscCall(PetscMalloc1(s->n_fields + 1, &all));
    PetscCall(PetscArraycpy(all, s->fields, s->n_fields));
    PetscCall(PetscFree(s->fields));
    s->fields = all;
    f = &s->fields[s->n_fields++];
  }
  memset(f, 0, sizeof *f);
  strcpy(f->name, name);
  strcpy(f->unit, unit);
  f->where = where;
  f->n_comp = n_comp;
  PetscCall(PetscCalloc1(n_comp * length, &f->values));
  *field = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}
