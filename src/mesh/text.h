/* Numbers in messages. PETSc's own %g writes "0." for 0. */
#ifndef HC_TEXT_H
#define HC_TEXT_H

#include <stdio.h>

struct hc_number_text {
  char s[32];
};

static inline struct hc_number_text hc_number_text(double value)
{
  struct hc_number_text text;
  snprintf(text.s, sizeof text.s, "%g", value);
  return text;
}

#endif
