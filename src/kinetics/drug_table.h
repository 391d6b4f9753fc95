/* Tables of drugs: CSV, a row a drug. Private to kinetics.
 *
 *   # a comment
 *   drug,cmax_nM,ikr_ic50_nM,ikr_hill,inal_ic50_nM,inal_hill
 *   quinidine,3237,992,0.8,9417,1.3
 *
 * Columns, in any order and with capitals as one likes: drug; cmax_nM, what doses are multiples of; <current>_ic50_nM
 * and <current>_hill for any current (coefficient 1 where it is left out); ikr_kmax (1), ikr_ku_per_ms (1/ms), ikr_n
 * (1), ikr_halfmax (nM^n) and ikr_vhalf_mV (mV), binding to the states of hERG (Li et al. 2017,
 * doi:10.1161/CIRCEP.116.004628); tdp_risk and set, which are for people. An empty cell: no effect, or not known. */
#ifndef HC_DRUG_TABLE_H
#define HC_DRUG_TABLE_H

#include "base.h"

enum { HC_DRUG_CURRENTS = 64, HC_DRUG_BINDING = 5, HC_DRUG_NAME = 64 };

struct hc_drug_block_of {
  char current[HC_DRUG_NAME]; /* as the column has it, in small letters */
  double ic50, hill;          /* nM, 1 */
};

/* What a table says of one drug. */
struct hc_drug_row {
  int line; /* of the table */
  /* what the table has columns for, whether this row fills them or not */
  bool has_cmax, has_binding;
  int n_currents;
  char currents[HC_DRUG_CURRENTS][HC_DRUG_NAME];
  double cmax; /* nM; NAN: not given */
  int n;
  struct hc_drug_block_of blocks[HC_DRUG_CURRENTS];
  bool binds;
  double binding[HC_DRUG_BINDING]; /* Kmax, Ku, n, halfmax, Vhalf */
};

/* The row of a drug (capitals do not matter). HC_ERR_INPUT, with file and line: no such file, an unknown column, a cell
 * that is no number or out of range, no such drug, or twice. Not collective. */
PetscErrorCode hc_drug_table_find(const char *path, const char *drug, struct hc_drug_row *row);

#endif
