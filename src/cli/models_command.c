#include "internal.h"
#include "kinetics.h"
#include "params.h"

#include <stdio.h>
#include <string.h>

const struct hc_cli_option hc_cli_models_options[] = {
    {"--list", NULL, false, "names and titles only"}, {"--help", NULL, false, "this text"}, {0}};

/* Behind the meaning of a state, by its kind. */
static const char *const kinds[] = {
    [HC_STATE_POTENTIAL] = "", [HC_STATE_GATE] = " (gate)",   [HC_STATE_LIGAND] = " (gate, not of V alone)",
    [HC_STATE_PLAIN] = "",     [HC_STATE_STIFF] = " (stiff)", [HC_STATE_CHAIN] = " (Markov chain)",
};

static void print_line(const struct hc_cell_model *model)
{
  printf("%-20s %2d states, %2d parameters, %2d currents  %s\n", model->name, model->n_states,
         model->n_parameters - model->n_currents, model->n_currents, model->title);
}

static void print_model(const struct hc_cell_model *model)
{
  const int own = model->n_parameters - model->n_currents;
  printf("%s: %s\n  %s\n  V allowed from %g to %g mV; cost %g (1 = Mitchell-Schaeffer)\n", model->name, model->title,
         model->citation, model->v_limits[0], model->v_limits[1], model->cost);
  printf("\n  states (%d)%30s initial\n", model->n_states, "");
  for (int i = 0; i < model->n_states; i++) {
    const struct hc_state_info *s = &model->states[i];
    printf("    %-14s %-10s %14.8g  %s%s\n", s->name, s->unit, s->initial, s->meaning, kinds[s->kind]);
  }
  printf("\n  parameters (%d)%26s default   range\n", own, "");
  for (int i = 0; i < own; i++) {
    const struct hc_parameter_info *p = &model->parameters[i];
    printf("    %-14s %-10s %14.8g   %g to %g  %s [%s]\n", p->name, p->unit, p->fallback, p->min, p->max, p->meaning,
           p->source);
  }
  printf("\n  currents (%d), each with a factor scale_<name> on it\n", model->n_currents);
  for (int i = 0; i < model->n_currents; i++)
    printf("    %-14s %-10s %s\n", model->currents[i].name, model->currents[i].unit, model->currents[i].meaning);
  putchar('\n');
}

static PetscErrorCode unknown_model(const char *name, int n, const struct hc_cell_model *const *models)
{
  const char **names, *nearest;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &names));
  for (int i = 0; i < n; i++)
    names[i] = models[i]->name;
  nearest = hc_params_nearest(name, n, names);
  PetscCall(PetscFree(names));
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: unknown cell model%s%s%s; see healthcast models", name,
          nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

/* The models that the command is about: all built-in ones, one of them, or those of a plug-in. */
static PetscErrorCode choose(const char *name, int *n, const struct hc_cell_model *const **models)
{
  PetscFunctionBeginUser;
  if (name && strpbrk(name, "/.")) {
    PetscCall(hc_error_agree(PETSC_COMM_WORLD, hc_cell_plugin_load(name, n, models)));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  *n = hc_cell_models(models);
  for (int i = 0; name && i < *n; i++)
    if (strcmp((*models)[i]->name, name) == 0) {
      *models += i;
      *n = 1;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  if (name)
    PetscCall(unknown_model(name, *n, *models));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_models(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const struct hc_cell_model *const *models;
  int n, rank;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(choose(arguments->n_words > 0 ? arguments->words[0] : NULL, &n, &models));
  for (int i = 0; i < n && rank == 0; i++) {
    if (hc_cli_get(arguments, "--list"))
      print_line(models[i]);
    else
      print_model(models[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
