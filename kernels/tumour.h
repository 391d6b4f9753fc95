/* healthcast kernels: what tumour cells at a node do over a time step: proliferate, die, run out of nutrient.
 *
 * Densities are fractions of the carrying capacity. Every law is solved exactly for the rates that it is given, so that
 * no step is too long for stability and densities stay positive. */
#ifndef HC_TUMOUR_H
#define HC_TUMOUR_H

#include "dialect.h"
#include "kmath.h"

enum { HC_LAW_LOGISTIC, HC_LAW_GOMPERTZ, HC_LAW_NECROSIS };

/* Densities below this are taken as none: numbers that have too few digits left cost processors a hundred times as
 * much. A cut-off e slows a front by pi^2 / (2 ln^2 e) of its speed (Brunet & Derrida 1997,
 * doi:10.1103/PhysRevE.56.2597): 2e-5 here, and a thousandth in single precision. */
#if HC_PRECISION == HC_PRECISION_FLOAT
#define HC_TUMOUR_NONE 1e-30f
#else
#define HC_TUMOUR_NONE 1e-200
#endif

/* What the host tells of a step. Rates are times the step's length, so have no unit. */
struct hc_tumour_block {
  double growth;        /* rho dt */
  double before, after; /* shares that survive what kills in the first and in the second half of the step */
  double death;         /* necrosis: its rate times dt */
  double threshold;     /* necrosis: nutrient at which half of that rate acts */
  double sharpness;     /* necrosis: of that threshold */
  double consumption;   /* of nutrient by cells, times dt */
  double supply;        /* of nutrient by vessels, times dt */
  int law, n;
};

/* du/dt = rho u (1 - u) over a step of e = exp(rho dt) - 1. */
HC_FN hc_real hc_tumour_logistic(hc_real u, hc_real e)
{
  return u * (1 + e) / (1 + u * e);
}

/* du/dt = rho u ln(1 / u): u^f, f = exp(-rho dt). */
HC_FN hc_real hc_tumour_gompertz(hc_real u, hc_real f)
{
  return hc_pow(u, f);
}

/* A density that has grown: nothing comes of what is none, or of the undershoots that anisotropic diffusion may have.
 */
HC_FN hc_real hc_tumour_keep(hc_real u, hc_real grown)
{
  const hc_real kept = hc_select(u > (hc_real)HC_TUMOUR_NONE, grown, 0);
  return hc_select(u < -(hc_real)HC_TUMOUR_NONE, u, kept);
}

/* One species. relative: of the node's proliferation. */
HC_FN hc_real hc_tumour_one(HC_CONSTANT struct hc_tumour_block *block, hc_real u, hc_real relative)
{
  const hc_real rate = (hc_real)block->growth * relative;
  const hc_real alive = u * (hc_real)block->before;
  const hc_real argument = hc_select(alive > (hc_real)HC_TUMOUR_NONE, alive, 1);
  hc_real grown;

  if (block->law == HC_LAW_GOMPERTZ)
    grown = hc_tumour_gompertz(argument, hc_exp(-rate));
  else
    grown = hc_tumour_logistic(argument, hc_expm1(rate));
  return hc_tumour_keep(alive, grown) * (hc_real)block->after;
}

/* ---- Proliferating cells p, necrosis n, nutrient s ------------------------------------------------------------------
 *
 *   dp/dt = rho s p (1 - p - n) - death H(s) p
 *   dn/dt = death H(s) p
 *   ds/dt = supply (1 - s) - consumption s p
 *
 * H falls from 1 to 0 around the threshold. With n and s held where they appear in the rate of p, the first is a
 * Bernoulli equation; its integral over the step gives the other two. The midpoint rule for what is held makes it
 * second order. */
struct hc_tumour_node {
  hc_real p, n, s;
};

/* log(1 + x) of x > -1, tiny ones too: what rounding 1 + x loses is made good by its quotient (Kahan). */
HC_FN hc_real hc_tumour_log1p(hc_real x)
{
  const hc_real y = 1 + x, d = y - 1;
  return hc_select(d == 0, x, hc_log(y) * (x / hc_select(d == 0, 1, d)));
}

/* From `start` over `share` of the step, with the rates at `held`. */
HC_FN struct hc_tumour_node hc_tumour_stage(HC_CONSTANT struct hc_tumour_block *block, struct hc_tumour_node start,
                                            struct hc_tumour_node held, hc_real relative, hc_real share)
{
  const hc_real hunger = 1 / (1 + hc_exp((hc_real)block->sharpness * (held.s - (hc_real)block->threshold)));
  const hc_real death = (hc_real)block->death * share * hunger;
  const hc_real b = (hc_real)block->growth * share * relative * held.s;
  const hc_real a = b * (1 - held.n) - death;
  const hc_real rise = b * start.p * hc_expm1_over_x(a);
  const hc_real x = hc_select(rise > 0, rise, 1);
  /* integral of p over the share, in units of it */
  const hc_real mean = start.p * hc_expm1_over_x(a) * hc_select(rise > 0, hc_tumour_log1p(x) / x, 1);
  const hc_real supply = (hc_real)block->supply * share;
  const hc_real rate = supply + (hc_real)block->consumption * share * mean;
  const hc_real level = supply / hc_select(rate > 0, rate, 1);
  struct hc_tumour_node end;
  end.p = start.p * hc_exp(a) / (1 + rise);
  end.n = start.n + death * mean;
  end.s = level + (start.s - level) * hc_exp(-rate);
  return end;
}

HC_FN struct hc_tumour_node hc_tumour_three(HC_CONSTANT struct hc_tumour_block *block, struct hc_tumour_node node,
                                            hc_real relative)
{
  struct hc_tumour_node start = node, end;

  start.p = node.p * (hc_real)block->before;
  start.p = hc_select(start.p > (hc_real)HC_TUMOUR_NONE, start.p, 0);
  end = hc_tumour_stage(block, start, start, relative, (hc_real)0.5);
  end = hc_tumour_stage(block, start, end, relative, 1);
  end.p = hc_select(node.p < -(hc_real)HC_TUMOUR_NONE, node.p, end.p * (hc_real)block->after);
  return end;
}

#endif
