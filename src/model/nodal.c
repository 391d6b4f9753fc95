/* Nodal fields as input names them: "apex_base", "x", "1 - 0.04*x". */
#include "assign.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* offset + slope * field. */
struct linear {
  double offset, slope;
  const char *name; /* within the text */
};

static const char *skip_blanks(const char *text)
{
  while (isspace((unsigned char)*text))
    text++;
  return text;
}

/* A number at `text`, with what follows it; false if there is none. Names (infarct) are not taken for infinity. */
static bool take_number(const char *text, double *value, const char **rest)
{
  char *end;
  if (!isdigit((unsigned char)text[text[0] == '-' || text[0] == '+']) && text[0] != '.')
    return false;
  *value = strtod(text, &end);
  *rest = skip_blanks(end);
  return true;
}

/* "number*name" or "name". */
static void take_term(const char *text, double sign, struct linear *linear)
{
  double number;
  const char *rest;
  linear->slope = sign;
  linear->name = text;
  if (take_number(text, &number, &rest) && *rest == '*') {
    linear->slope = sign * number;
    linear->name = skip_blanks(rest + 1);
  }
}

/* "term", "number + term" or "number - term". */
static struct linear parse(const char *text)
{
  struct linear linear = {.offset = 0};
  double number;
  const char *rest;
  text = skip_blanks(text);
  if (take_number(text, &number, &rest) && (*rest == '+' || *rest == '-')) {
    linear.offset = number;
    take_term(skip_blanks(rest + 1), *rest == '+' ? 1 : -1, &linear);
  } else {
    take_term(text, 1, &linear);
  }
  return linear;
}

/* Values of a field or a coordinate, `stride` apart. */
static PetscErrorCode find(const struct hc_mesh *mesh, const struct hc_fields *fields, const char *place,
                           const char *name, const double **values, int *stride)
{
  static const char *const coordinates[3] = {"x", "y", "z"};
  const struct hc_field *field = hc_fields_find(fields, name, HC_NODE);

  PetscFunctionBeginUser;
  *values = NULL;
  *stride = 3;
  for (int d = 0; d < 3 && !field; d++)
    if (strcmp(name, coordinates[d]) == 0)
      *values = mesh->xyz + d;
  if (*values)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(field, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: there is no nodal field \"%s\" in the mesh or from the fibres",
             place, name);
  PetscCheck(field->n_comp == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: field \"%s\" has %d components; allowed: 1", place,
             name, field->n_comp);
  *values = field->values;
  *stride = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_nodal_values(const struct hc_mesh *mesh, const struct hc_fields *fields, const char *place,
                               const char *text, double *values)
{
  struct linear linear = {.offset = 0, .slope = 1, .name = text};
  const double *from;
  int stride;

  PetscFunctionBeginUser;
  if (!hc_fields_find(fields, text, HC_NODE)) /* whatever its name looks like */
    linear = parse(text);
  PetscCall(find(mesh, fields, place, linear.name, &from, &stride));
  for (int i = 0; i < mesh->n_owned; i++)
    values[i] = linear.offset + linear.slope * from[(size_t)stride * (size_t)i];
  PetscFunctionReturn(PETSC_SUCCESS);
}
