/* A set of named arrays of one mesh: a small list, searched in order of addition. */
#include "field.h"

#include <string.h>

struct hc_fields {
  const struct hc_mesh *mesh; /* borrowed */
  int n, capacity;
  struct hc_field **items; /* owned; pointers, so that those handed out stay valid as the list grows */
};

static void field_destroy(struct hc_field *field)
{
  if (!field)
    return;
  (void)PetscFree(field->name);
  (void)PetscFree(field->unit);
  (void)PetscFree(field->values);
  (void)PetscFree(field);
}

PetscErrorCode hc_fields_create(const struct hc_mesh *mesh, struct hc_fields **fields)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, fields));
  (*fields)->mesh = mesh;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_fields_destroy(struct hc_fields **fields)
{
  if (!fields || !*fields)
    return;
  for (int i = 0; i < (*fields)->n; i++)
    field_destroy((*fields)->items[i]);
  (void)PetscFree((*fields)->items);
  (void)PetscFree(*fields);
}

static PetscErrorCode grow(struct hc_fields *fields)
{
  struct hc_field **items;
  const int capacity = fields->capacity ? 2 * fields->capacity : 8;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(capacity, &items));
  if (fields->n)
    memcpy(items, fields->items, (size_t)fields->n * sizeof(*items));
  PetscCall(PetscFree(fields->items));
  fields->items = items;
  fields->capacity = capacity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill(const struct hc_mesh *mesh, const char *name, const char *unit, enum hc_location where,
                           int n_comp, struct hc_field *field)
{
  const size_t n = (size_t)(where == HC_NODE ? mesh->n_local : mesh->n_cells_local);

  PetscFunctionBeginUser;
  field->where = where;
  field->n_comp = n_comp;
  PetscCall(PetscStrallocpy(name, &field->name));
  PetscCall(PetscStrallocpy(unit ? unit : "", &field->unit));
  PetscCall(PetscCalloc1(n * (size_t)n_comp, &field->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fields_add(struct hc_fields *fields, const char *name, const char *unit, enum hc_location where,
                             int n_comp, struct hc_field **field)
{
  PetscFunctionBeginUser;
  PetscCheck(name && name[0], PETSC_COMM_SELF, HC_ERR_INPUT, "a %s field without a name",
             where == HC_NODE ? "nodal" : "cell");
  PetscCheck(n_comp > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "field \"%s\": %d components; allowed: 1 or more", name,
             n_comp);
  PetscCheck(!hc_fields_find(fields, name, where), PETSC_COMM_SELF, HC_ERR_INPUT,
             "field \"%s\": there is already a %s field of this name", name, where == HC_NODE ? "nodal" : "cell");
  if (fields->n == fields->capacity)
    PetscCall(grow(fields));
  PetscCall(PetscCalloc1(1, &fields->items[fields->n]));
  PetscCall(fill(fields->mesh, name, unit, where, n_comp, fields->items[fields->n]));
  *field = fields->items[fields->n++];
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct hc_field *hc_fields_find(const struct hc_fields *fields, const char *name, enum hc_location where)
{
  for (int i = 0; i < fields->n; i++)
    if (fields->items[i]->where == where && strcmp(fields->items[i]->name, name) == 0)
      return fields->items[i];
  return NULL;
}

int hc_fields_count(const struct hc_fields *fields)
{
  return fields->n;
}

struct hc_field *hc_fields_get(const struct hc_fields *fields, int i)
{
  return i >= 0 && i < fields->n ? fields->items[i] : NULL;
}

PetscErrorCode hc_fields_from_slab(const struct hc_slab *slab, struct hc_fields *fields)
{
  PetscFunctionBeginUser;
  PetscCheck(slab->n_nodes == fields->mesh->n_nodes && slab->n_cells == fields->mesh->n_cells, PETSC_COMM_SELF,
             PETSC_ERR_ARG_INCOMP, "the mesh was not made from this slab");
  for (int i = 0; i < slab->n_fields; i++) {
    const struct hc_slab_field *from = &slab->fields[i];
    struct hc_field *to;
    PetscCall(hc_fields_add(fields, from->name, from->unit, from->where, from->n_comp, &to));
    PetscCall(hc_mesh_from_file_order(fields->mesh, from->where, from->n_comp, from->values, to->values));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
