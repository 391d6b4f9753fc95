/* summary.json of a tumour. */
#include "internal.h"

#include <math.h>
#include <string.h>

enum { DVH_BINS = 1000 };

/* ---- What was done ----------------------------------------------------------------------------------------------- */

/* Gy that a share of the tissue gets at least, of a cumulative histogram. */
static double dose_of(const double share[DVH_BINS], double width, double part)
{
  for (int k = DVH_BINS - 1; k > 0; k--)
    if (share[k] >= part)
      return k * width;
  return 0;
}

/* Dose-volume histogram of a mapped course over the tissue. */
static PetscErrorCode put_histogram(const struct hc_growth *growth, int entry, json_t *json)
{
  const double *map = growth->maps[entry];
  double share[DVH_BINS], most = 0, width;
  json_t *doses, *shares;

  PetscFunctionBeginUser;
  for (int i = 0; i < growth->mesh->n_owned; i++)
    most = fmax(most, map[i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, growth->mesh->comm));
  width = most / (DVH_BINS - 1);
  PetscCall(
      hc_therapy_dvh(growth->mesh->comm, growth->mesh->n_owned, map, growth->tumour->volumes, DVH_BINS, width, share));
  json_object_set_new(json, "max_Gy", json_real(most));
  json_object_set_new(json, "D5_Gy", json_real(dose_of(share, width, 0.05)));
  json_object_set_new(json, "D50_Gy", json_real(dose_of(share, width, 0.5)));
  json_object_set_new(json, "D95_Gy", json_real(dose_of(share, width, 0.95)));
  doses = json_array();
  shares = json_array();
  for (int k = 0; k < DVH_BINS; k += DVH_BINS / 50) {
    json_array_append_new(doses, json_real(k * width));
    json_array_append_new(shares, json_real(share[k]));
  }
  json_object_set_new(json, "dvh", json_pack("{s:o, s:o}", "dose_Gy", doses, "share_of_tissue", shares));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_course(const struct hc_growth *growth, int entry, json_t *list)
{
  const struct hc_rays *rays = &growth->therapy->rays[entry];
  const struct hc_radiotherapy_params *p =
      (const struct hc_radiotherapy_params *)growth->tumour_case->therapy.radiotherapy.items + entry;
  json_t *json = json_object();
  double *doses, dose = 0, bed;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(rays->fractions, &doses));
  hc_therapy_doses(growth->therapy, entry, doses);
  json_object_set_new(json, "name", json_string(p->name ? p->name : ""));
  json_object_set_new(json, "fractions", json_integer(rays->fractions));
  if (rays->mapped) {
    PetscCall(put_histogram(growth, entry, json));
  } else {
    for (int i = 0; i < rays->fractions; i++)
      dose += doses[i];
    bed = hc_therapy_bed(rays->fractions, doses, rays->alpha_beta);
    json_object_set_new(json, "dose_Gy", json_real(dose));
    json_object_set_new(json, "BED_Gy", json_real(bed));
    json_object_set_new(json, "EQD2_Gy", json_real(hc_therapy_eqd2(bed, rays->alpha_beta)));
  }
  PetscCall(PetscFree(doses));
  json_array_append_new(list, json);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Days of everything, for pictures. */
static json_t *events(const struct hc_therapy *therapy)
{
  const struct hc_radiotherapy_params *courses = therapy->blocks->radiotherapy.items;
  const struct hc_surgery_params *resections = therapy->blocks->surgery.items;
  const struct hc_chemotherapy_params *drugs = therapy->blocks->chemotherapy.items;
  json_t *list = json_array();

  for (int i = 0; i < therapy->n_events; i++) {
    const struct hc_event *e = &therapy->events[i];
    const char *name;
    if (e->kind == HC_EVENT_CHANGE)
      continue;
    name = e->kind == HC_EVENT_FRACTION ? courses[e->entry].name : resections[e->entry].name;
    json_array_append_new(list, json_pack("{s:f, s:s, s:s}", "day", e->time, "kind",
                                          e->kind == HC_EVENT_FRACTION ? "radiotherapy" : "surgery", "name",
                                          name ? name : ""));
  }
  for (int i = 0; i < therapy->n_drugs; i++)
    for (int k = 0; k < therapy->drugs[i].n; k++)
      json_array_append_new(list, json_pack("{s:f, s:s, s:s}", "day", therapy->drugs[i].times[k], "kind",
                                            "chemotherapy", "name", drugs[i].name ? drugs[i].name : ""));
  for (int i = 0; i < therapy->n_immune; i++)
    json_array_append_new(list, json_pack("{s:f, s:f, s:s}", "day", therapy->immune[i].start, "end",
                                          therapy->immune[i].end, "kind", "immunotherapy"));
  return list;
}

static PetscErrorCode put_therapy(const struct hc_growth *growth, json_t *json)
{
  json_t *courses = json_array();

  PetscFunctionBeginUser;
  for (int i = 0; i < growth->therapy->n_rays; i++)
    PetscCall(put_course(growth, i, courses));
  json_object_set_new(json, "radiotherapy", courses);
  json_object_set_new(json, "treatments", events(growth->therapy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- What came of it --------------------------------------------------------------------------------------------- */

/* What grew and what was killed, and what of the burden they leave unexplained: rounding. */
static PetscErrorCode put_account(struct hc_growth *growth, const struct hc_watched *w, json_t *json)
{
  struct hc_ledger ledger;
  double now = 0, least, most;
  const double begin = w->n_samples > 0 ? w->samples[1 + HC_COLUMN_BURDEN] : 0;

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_ledger(growth->tumour, &ledger));
  for (int k = 0; k < 2 && k < growth->tumour->n_species; k++) {
    double burden;
    PetscCall(hc_tumour_burden(growth->tumour, k, &burden));
    now += burden;
  }
  PetscCall(hc_tumour_range(growth->tumour, 0, &least, &most));
  json_object_set_new(json, "cells_mL",
                      json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "begin", begin, "grown", ledger.grown,
                                "killed_by_drugs", ledger.drugs, "killed_by_rays", ledger.rays, "removed",
                                ledger.surgery, "end", now, "unexplained",
                                now - begin - ledger.grown + ledger.drugs + ledger.rays + ledger.surgery));
  json_object_set_new(json, "density", json_pack("{s:f, s:f}", "least", least, "most", most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_timings(const struct hc_growth *growth, const struct hc_growth_record *record, json_t *json)
{
  const struct hc_timer setup = {.seconds = growth->setup_seconds};
  const struct hc_mechanics *mechanics = growth->tumour->mechanics;
  const struct hc_session_phase phases[] = {
      {"setup", &setup},
      {"loop", &record->loop},
      {"reaction", &growth->tumour->reaction},
      {"diffusion", &growth->tumour->diffuse},
      {"output", &record->output},
      {"checkpoint", &record->checkpoint},
      {"mechanics", mechanics ? &mechanics->timer : NULL},
  };

  PetscFunctionBeginUser;
  PetscCall(hc_session_timings(growth->mesh->comm, sizeof phases / sizeof phases[0] - !mechanics, phases, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_mechanics(const struct hc_tumour *tumour, json_t *json)
{
  const struct hc_mechanics *m = tumour->mechanics;

  if (m)
    json_object_set_new(json, "mechanics",
                        json_pack("{s:f, s:f, s:f, s:f, s:I, s:I, s:I}", "coupling_kPa", tumour->now.coupling,
                                  "damping_per_kPa", tumour->now.damping, "largest_displacement_mm",
                                  m->largest_displacement, "largest_von_mises_kPa", m->largest_stress, "solutions",
                                  (json_int_t)m->solves, "iterations", (json_int_t)m->iterations, "most_iterations",
                                  (json_int_t)m->most));
}

/* What the host does for a device. */
static const char *delegated(const struct hc_growth *growth)
{
  const bool treatments = growth->therapy->n_events > 0;

  if (growth->tumour->mechanics)
    return treatments ? "treatments are given and displacements solved by the cpu"
                      : "displacements are solved by the cpu";
  return treatments ? "treatments are given by the cpu" : "";
}

static void put_run(const struct hc_growth *growth, const struct hc_growth_record *record, json_t *json)
{
  const struct hc_mesh *mesh = growth->mesh;
  const struct hc_tumour *tumour = growth->tumour;
  int64_t stages, steps, most;

  hc_diffusion_iterations(tumour->spread, &stages, &steps, &most);
  json_object_set_new(json, "title", json_string(growth->tumour_case->title ? growth->tumour_case->title : ""));
  json_object_set_new(json, "status", json_string(record->status));
  json_object_set_new(json, "kind", json_string("tumour"));
  hc_session_software(json);
  json_object_set_new(json, "ranks", json_integer(mesh->size));
  json_object_set_new(json, "fingerprint", json_string(record->fingerprint));
  json_object_set_new(json, "mesh",
                      json_pack("{s:s, s:I, s:I}", "cell", hc_cell_name(mesh->type), "nodes", (json_int_t)mesh->n_nodes,
                                "cells", (json_int_t)mesh->n_cells));
  json_object_set_new(json, "time",
                      json_pack("{s:f, s:f, s:f, s:I, s:s}", "begin_day", tumour->now.begin, "end_day", tumour->time,
                                "step_day", tumour->step, "steps", (json_int_t)tumour->steps, "splitting",
                                tumour->splitting->name));
  json_object_set_new(json, "parameters",
                      json_pack("{s:f, s:f, s:f}", "diffusivity_mm2_per_day", tumour->now.diffusivity, "grey",
                                tumour->now.grey, "proliferation_per_day", tumour->now.proliferation));
  json_object_set_new(
      json, "diffusion_stages",
      json_pack("{s:I, s:I, s:I}", "total", (json_int_t)stages, "steps", (json_int_t)steps, "most", (json_int_t)most));
  put_mechanics(tumour, json);
  hc_session_backend(growth->device, delegated(growth), json);
  hc_session_inputs(record->n_inputs, record->inputs, json);
}

PetscErrorCode hc_growth_summary(struct hc_growth *growth, struct hc_watched *watched,
                                 const struct hc_growth_record *record, const char *folder)
{
  json_t *json = json_object();
  PetscErrorCode code;

  PetscFunctionBeginUser;
  put_run(growth, record, json);
  PetscCall(put_therapy(growth, json));
  PetscCall(put_account(growth, watched, json));
  PetscCall(hc_watched_summary(watched, growth, strcmp(record->status, "finished") == 0, json));
  PetscCall(put_timings(growth, record, json));
  PetscCall(hc_session_memory(growth->mesh->comm, json));
  code = growth->mesh->rank == 0 ? hc_session_summary(json, folder) : PETSC_SUCCESS;
  json_decref(json);
  PetscCall(hc_error_agree(growth->mesh->comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}
