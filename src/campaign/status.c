/* Looking at a campaign from outside, whether it runs or not. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode open_table(const char *folder, struct hc_layout **table)
{
  PetscErrorCode code;
  char *text = NULL;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_init());
  PetscCall(hc_manifest_read(folder, &text));
  PetscCheck(text, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found no manifest.json; allowed: the folder of a campaign",
             folder);
  code = hc_layout_create(folder, text, table);
  free(text);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode count_rows(const char *folder, const char *suffix, struct hc_campaign_counts *counts)
{
  char **names, path[PATH_MAX];
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_folder_list(folder, "groups", suffix, &n, &names));
  for (int i = 0; i < n; i++) {
    struct hc_row_list list;
    bool readable;
    snprintf(path, sizeof path, "%s/groups/%s", folder, names[i]);
    PetscCall(hc_row_list_read(path, !strcmp(suffix, ".part"), &list, &readable));
    for (int64_t k = 0; k < list.n; k++) {
      if (list.status[k] > HC_MEMBER_MISSING && list.status[k] <= HC_MEMBER_CRASHED)
        counts->by_status[list.status[k]]++;
      if (list.status[k] == HC_MEMBER_DONE && !list.accepted[k])
        counts->rejected++;
      counts->seconds += list.seconds[k];
    }
    hc_row_list_free(&list);
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ask_shard(const char *folder, const char *shard, struct hc_campaign_counts *counts)
{
  struct hc_journal_view view;
  int lock = -1;
  double seconds;

  PetscFunctionBeginUser;
  PetscCall(hc_lock_shard(folder, shard, HC_LOCK_EXCLUSIVE, &lock));
  if (lock >= 0) {
    hc_lock_release(&lock);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  counts->alive = true;
  PetscCall(hc_journal_view(folder, shard, &view));
  counts->running += view.running;
  seconds = hc_unix_time() - view.started;
  if (seconds > 0)
    counts->rate += (double)view.ended / seconds;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ask_shards(const char *folder, struct hc_campaign_counts *counts)
{
  PetscErrorCode code = PETSC_SUCCESS;
  char **names, shard[32];
  int n, lock = -1;

  PetscFunctionBeginUser;
  PetscCall(hc_lock_folder(folder, &lock)); /* so that asking is in nobody's way */
  code = hc_folder_list(folder, "journal", "", &n, &names);
  for (int i = 0; i < n && !code; i++) {
    int index, shards;
    snprintf(shard, sizeof shard, "%.*s", (int)PetscMin(strcspn(names[i], "."), sizeof shard - 1), names[i]);
    if (strstr(names[i], ".lock") && sscanf(shard, "%dof%d", &index, &shards) == 2)
      code = ask_shard(folder, shard, counts);
  }
  PetscCall(PetscFree(names));
  hc_lock_release(&lock);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_campaign_status(const char *folder, struct hc_campaign_counts *counts)
{
  struct hc_layout *table = NULL;

  PetscFunctionBeginUser;
  *counts = (struct hc_campaign_counts){0};
  PetscCall(open_table(folder, &table));
  counts->members = json_integer_value(json_object_get(table->manifest, "members"));
  hc_layout_destroy(&table);
  PetscCall(ask_shards(folder, counts));
  PetscCall(count_rows(folder, ".part", counts));
  PetscCall(count_rows(folder, ".h5", counts));
  counts->by_status[HC_MEMBER_MISSING] = counts->members;
  for (int s = HC_MEMBER_DONE; s <= HC_MEMBER_CRASHED; s++)
    counts->by_status[HC_MEMBER_MISSING] -= counts->by_status[s];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_campaign_gather(const char *folder)
{
  struct hc_layout *table = NULL;
  PetscErrorCode code;
  int lock = -1;

  PetscFunctionBeginUser;
  PetscCall(open_table(folder, &table));
  code = hc_lock_folder(folder, &lock);
  if (!code)
    code = hc_gather(table, folder);
  hc_lock_release(&lock);
  hc_layout_destroy(&table);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
