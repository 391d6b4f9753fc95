/* healthcast model: monodomain tissue: tensors, matrices, cells, stimuli and splitting put together. Floor 6.
 *
 *   chi (Cm dV/dt + Iion(V, w) - Istim) = div(sigma grad V),  dw/dt = f(V, w)      (REFERENCES: Keener & Sneyd;
 * Niederer 2011) */
#ifndef HC_MODEL_H
#define HC_MODEL_H

#include "device.h"
#include "diffusion.h"
#include "field.h"
#include "kinetics.h"
#include "params.h"
#include "source.h"
#include "stepper.h"
#include "tissue.h"

/* What a monodomain model is made from; blocks of the case file. Borrowed. */
struct hc_monodomain_params {
  const struct hc_fibre_params *fibres;
  const struct hc_tissue_params *tissue;
  const struct hc_list *cells;   /* struct hc_cells_params */
  const struct hc_list *stimuli; /* struct hc_stimulus_params */
  const struct hc_diffusion_params *diffusion;
  const struct hc_splitting *splitting;
  enum hc_reaction_scheme reaction;
  double dt;                /* ms */
  bool adaptive;            /* cells wait while little happens in them: hc_kinetics_adapt() */
  double max_step;          /* ms */
  double tolerance;         /* mV */
  struct hc_device *device; /* NULL: the host computes */
};

/* Where V is up to date. */
enum hc_place { HC_EVERYWHERE, HC_ON_HOST, HC_AT_DEVICE };

/* Plain data, read-only outside of model. */
struct hc_monodomain {
  const struct hc_mesh *mesh; /* borrowed */
  struct hc_fields *fields;   /* borrowed: fibres etc. are added to it */
  const struct hc_splitting *splitting;
  enum hc_reaction_scheme scheme; /* of the cells */
  struct hc_pattern *pattern;
  double *intracellular;              /* 6 per local cell, S/m */
  struct hc_region_factors *factors;  /* of each entry of tissue.regions: what velocities made of D */
  const struct hc_cell_model **cells; /* of each cells entry */
  int *entry;                         /* owned nodes: which cells entry */
  struct hc_kinetics *kinetics;
  struct hc_source *source;
  struct hc_diffusion *diffusion;
  double *v;       /* owned nodes, mV: hc_monodomain_v() unless there is no device */
  double *current; /* work: stimulus, mV/ms */

  /* With a device: the same there. */
  struct hc_device *device;
  struct hc_buffer *device_v, *device_current; /* n_local numbers of hc_device_wide() bytes */
  enum hc_place newest;
  bool cells_stay;     /* the host advances all cells */
  char delegated[256]; /* what the host does although there is a device, as a sentence; "" if it does nothing */

  struct hc_timer reaction, diffuse; /* seconds in each phase */
  bool adaptive;
  bool *marks;   /* work, adaptive only: nodes with a stimulus */
  int64_t ahead; /* steps that no cell of any rank needs to be evaluated in, as hc_monodomain_watch() found */
  int64_t long_steps, steps_in_long_steps; /* long ones taken so far, and how many short ones they stand for */
};

/* Nodes get the first cells entry that fits: the node touches a cell of one of the entry's regions, and its field lies
 * in the entry's range [low, high). HC_ERR_INPUT for anything that the blocks and the mesh do not agree about; a node
 * that no entry fits is named by its file number and coordinates. On an error nothing is left behind. Collective. */
PetscErrorCode hc_monodomain_create(const struct hc_mesh *mesh, struct hc_fields *fields,
                                    const struct hc_monodomain_params *params, struct hc_monodomain **model);
void hc_monodomain_destroy(struct hc_monodomain **model);

/* One step from clock->step; the caller advances the clock. A voltage clamp that is on at the start of the step is
 * imposed then and after every stage. HC_ERR_NUMERIC if the solver fails; where a bad V is the reason, with its node as
 * hc_monodomain_watch says it. Collective. */
PetscErrorCode hc_monodomain_step(struct hc_monodomain *model, const struct hc_clock *clock);

/* V of the owned nodes on the host, brought there if it is newer on the device. change: the caller writes to it, so
 * that the device gets it back before it goes on. Not collective. */
double *hc_monodomain_v(struct hc_monodomain *model, bool change);

/* V on the device, likewise. */
struct hc_buffer *hc_monodomain_device_v(struct hc_monodomain *model, bool change);

/* How many steps, at most `most`, may be taken at once from clock->step: 1, or more if the model is adaptive, its
 * diffusion takes any step, and neither a stimulus nor a cell that is due lies within: as the last
 * hc_monodomain_watch() found. The same on all ranks; not collective. */
int64_t hc_monodomain_ahead(const struct hc_monodomain *model, const struct hc_clock *clock, int64_t most);

/* n steps from clock->step, at once if n > 1, which hc_monodomain_ahead() must have allowed. As hc_monodomain_step() of
 * each. Collective. */
PetscErrorCode hc_monodomain_steps(struct hc_monodomain *model, const struct hc_clock *clock, int64_t n);

/* Cost of each node of the slab for partition weights: that of the cells entry that the node will get. Fields that the
 * slab does not have are taken as in range; above 64 entries weights are even. Collective; sends each rank's distinct
 * nodes once, and nothing if all models cost the same. */
PetscErrorCode hc_monodomain_weights(const struct hc_slab *slab, int n_entries, const struct hc_cells_params *entries,
                                     double *weights);

/* NaN or V out of bounds on any rank: *bad true on all, and a message with step, time, node, coordinates and V.
 * HC_ERR_DEVICE, on all ranks, if the device of one has failed. deep: states of cells are looked at too, and brought to
 * the host.
 * `message` and *bad are the same on all ranks. Looks ahead too (hc_monodomain_ahead()). Collective (one reduction of
 * three integers while all is well). */
PetscErrorCode hc_monodomain_watch(struct hc_monodomain *model, const struct hc_clock *clock, bool deep, bool *bad,
                                   char *message, size_t size);

#endif
