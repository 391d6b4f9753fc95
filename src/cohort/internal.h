/* Shared by the files of cohort only. */
#ifndef HC_COHORT_INTERNAL_H
#define HC_COHORT_INTERNAL_H

#include "campaign.h"
#include "cohort.h"
#include "image.h"
#include "kinetics.h"
#include "mesh.h"

#include <jansson.h>

enum hc_cohort_kind {
  HC_COHORT_CELLS, /* paced cells, side by side */
  HC_COHORT_STUDY, /* other protocols of one cell */
  HC_COHORT_HEART, /* twins of tissue */
  HC_COHORT_TUMOUR
};

/* ---- arms.c ------------------------------------------------------------------------------------------------------ */

struct hc_arm {
  char *name;
  int n_set;
  char **set;     /* "key=value" */
  json_t *labels; /* factor: value, for the manifest */
};

/* Listed arms first, then all combinations of the factors' values, the last factor fastest; one arm without a name
 * where there are none. HC_ERR_INPUT. Not collective. */
PetscErrorCode hc_arms_create(const struct hc_cohort_params *params, int *n, struct hc_arm **arms);
void hc_arms_destroy(int n, struct hc_arm **arms);

/* ---- plan.c ------------------------------------------------------------------------------------------------------ */

struct hc_cohort {
  struct hc_params *params_tree;
  struct hc_cohort_params params;
  enum hc_cohort_kind kind;
  struct hc_sampling *sampling;
  int n_arms;
  struct hc_arm *arms;
  int64_t patients, design_rows; /* now, and when the campaign began */
  double *strata;                /* cumulative weights */
  int n_quantities;
  struct hc_campaign_column *quantities; /* names borrowed */
  char fingerprint[65];
};

/* A member's numbers, and the assignments that come of them. */
struct hc_member {
  int64_t patient;
  int arm, stratum;
  double *values; /* of what varies */
  int n_set;
  char **set; /* all of them; set[i] is owned where owned[i] says so */
  bool *owned;
};
PetscErrorCode hc_member_create(const struct hc_cohort *cohort, int64_t number, struct hc_member *member);
void hc_member_destroy(struct hc_member *member);

/* What a record says before the member is run: patient, arm, stratum, values. */
PetscErrorCode hc_cohort_record(const struct hc_cohort *cohort, struct hc_record *record);

/* Draw as a campaign that began with `rows` patients did: Latin hypercubes are made for that many. Not collective. */
PetscErrorCode hc_cohort_continue(struct hc_cohort *cohort, int64_t rows);

/* Was the record of the first arm within all of `accept`? Other arms are. */
bool hc_cohort_accepts(const struct hc_cohort *cohort, const struct hc_record *record);

/* ---- values.c: quantities ---------------------------------------------------------------------------------------- */

/* The columns of cohort->quantities. HC_ERR_INPUT: an unknown name. */
PetscErrorCode hc_quantities_create(struct hc_cohort *cohort, const struct hc_cell_model *model);
void hc_quantities_destroy(struct hc_cohort *cohort);
/* Of what a cell showed. */
struct hc_study_outcome;
void hc_quantities_of_cell(const struct hc_cohort *cohort, const struct hc_study_outcome *outcome, double *quantities);
/* Of a summary: numbers by their dotted paths. HC_ERR_INPUT: there is no such number; null is NAN. */
PetscErrorCode hc_quantities_of_summary(const struct hc_cohort *cohort, const char *folder, double *quantities);
/* Number of the quantity, -1 if there is none of the name. */
int hc_quantity_find(const struct hc_cohort *cohort, const char *name);

/* ---- cells.c, twins.c: struct hc_campaign_work.run ----------------------------------------------------------------
 */

struct hc_crew {
  const struct hc_cohort *cohort;
  const struct hc_cohort_options *options;
  const struct hc_campaign_field *fields;
  int n_fields;
  const struct hc_meshes *meshes; /* of tissues */
  struct hc_device *device;       /* of cells, opened by the first task; NULL: the host */
  bool has_device;
  /* tasks of this wave */
  int64_t n_tasks;
  int64_t *list; /* members, lanes a task; NULL: task t is number t * n_shards + shard of all members in order */
  int64_t n_list;
  bool first_arm; /* list is NULL and members are the first arm's only */
  int lanes;
  int n_features;
  float *features; /* n_tasks x n_features */
};
int hc_crew_members(void *context, int64_t task, int64_t members[64]);

PetscErrorCode hc_cells_run(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                            bool alone, const char *scratch, bool *interrupted);
PetscErrorCode hc_twins_run(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                            bool alone, const char *scratch, bool *interrupted);

/* The meshes of a cohort of tissues. */
struct hc_meshes {
  int64_t nodes;        /* the largest mesh's: the width of fields */
  struct hc_slab *slab; /* over all ranks, if members share one mesh; else NULL */
  struct hc_anatomy_summary anatomy;
  MPI_Comm group;
  struct hc_slab *mine; /* the same over the ranks of a group: read once, lent to every member */
};
/* Collective on comm, which is divided into groups of cohort->params.ranks as a campaign divides it. */
PetscErrorCode hc_meshes_create(MPI_Comm comm, const struct hc_cohort *cohort, struct hc_meshes *meshes);
void hc_meshes_destroy(struct hc_meshes *meshes);

/* Read the member's case and check what can be. The kind of the cohort follows from a cell's protocol. */
PetscErrorCode hc_cells_check(struct hc_cohort *cohort, const struct hc_member *member,
                              const struct hc_cell_model **model);
PetscErrorCode hc_twins_check(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_member *member);

/* SHA-256 of the files that the member's case names and, of tissues, of its values. Collective for tissues. */
PetscErrorCode hc_cells_fingerprint(const struct hc_cohort *cohort, const struct hc_member *member, char hex[65]);
PetscErrorCode hc_twins_fingerprint(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_member *member,
                                    char hex[65]);

/* ---- maps.c: what ParaView opens ----------------------------------------------------------------------------------
 */

const char *hc_maps_unit(const char *name);
/* folder/mesh.h5. Collective. */
PetscErrorCode hc_maps_mesh(const struct hc_slab *slab, const char *folder);
/* folder/cohort.xdmf. On one rank. */
PetscErrorCode hc_maps_document(const struct hc_campaign_layout *layout, const struct hc_slab *slab,
                                const char *folder);

/* ---- manifest.c -------------------------------------------------------------------------------------------------- */

/* What results say of the cohort. HC_ERR_INPUT: the table of drugs lacks a drug or a column. On one rank. */
PetscErrorCode hc_cohort_manifest(const struct hc_cohort *cohort, json_t **manifest);

#endif
