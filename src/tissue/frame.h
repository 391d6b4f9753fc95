/* Internal to tissue: right-handed orthonormal frames, q[0], q[1], q[2] = axes. Nothing here fails or allocates. */
#ifndef HC_TISSUE_FRAME_H
#define HC_TISSUE_FRAME_H

#include <stdbool.h>

/* a / |a|; false (and a unchanged) if a is zero or not finite. */
bool hc_frame_normalise(double a[3]);

/* Part of b normal to the unit vector a, as a unit vector; false if b is parallel to a within 1e-3 or zero. */
bool hc_frame_orthogonal(const double a[3], const double b[3], double result[3]);

/* Some unit vector normal to the unit vector a, a continuous choice except where a's smallest component changes. */
void hc_frame_any_normal(const double a[3], double result[3]);

void hc_frame_cross(const double a[3], const double b[3], double c[3]);

/* `axis` of Bayer et al. 2012: q[1] along `longitudinal`, q[2] along the part of `transmural` normal to it, q[0] =
 * q[1] x q[2] circumferential. Where the first vanishes or is parallel to the second, `reference` takes its place with
 * q[2] along `transmural`, so that the wall keeps its normal; false if `transmural` vanishes. `none`: length below
 * which a gradient counts as zero, for each of the two. */
bool hc_frame_axis(const double longitudinal[3], const double transmural[3], const double reference[3],
                   const double none[2], double q[3][3]);

/* `orient` of Bayer et al. 2012: turn q about its third axis by alpha, then about its first by -beta (radians). */
void hc_frame_orient(double q[3][3], double alpha, double beta);

/* `bislerp` of Bayer et al. 2012: from a (t = 0) to b (t = 1) on the great arc of unit quaternions, a being replaced
 * by that of its four equals under flips of two axes that is nearest to b. */
void hc_frame_bislerp(double a[3][3], double b[3][3], double t, double q[3][3]);

#endif
