#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_digits(const char *s, int *n)
{
  while (isdigit((unsigned char)*s)) {
    s++;
    ++*n;
  }
  return s;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit somewhere before the e. *integer: neither point nor exponent. */
static bool scan(const char *s, bool *integer)
{
  int mantissa = 0, exponent = 0;

  *integer = true;
  if (*s == '+' || *s == '-')
    s++;
  s = skip_digits(s, &mantissa);
  if (*s == '.') {
    *integer = false;
    s = skip_digits(s + 1, &mantissa);
  }
  if (mantissa == 0)
    return false;
  if (*s == 'e' || *s == 'E') {
    *integer = false;
    s++;
    if (*s == '+' || *s == '-')
      s++;
    s = skip_digits(s, &exponent);
    if (exponent == 0)
      return false;
  }
  return *s == '\0';
}

bool hc_number_form(const char *text)
{
  bool integer;
  return scan(text, &integer);
}

bool hc_number_real(const char *text, double *value)
{
  char *end;

  if (!hc_number_form(text))
    return false;
  errno = 0;
  *value = strtod(text, &end);
  /* Too large, or so small that nothing of it is left; subnormal numbers are kept. */
  return *end == '\0' && !(errno == ERANGE && (isinf(*value) || fpclassify(*value) == FP_ZERO));
}

bool hc_number_integer(const char *text, int64_t *value)
{
  bool integer;
  char *end;

  if (!scan(text, &integer) || !integer)
    return false;
  errno = 0;
  *value = strtoll(text, &end, 10);
  return *end == '\0' && errno == 0;
}

void hc_number_print(double value, char text[32])
{
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, 32, "%.*g", digits, value);
    const double back = strtod(text, NULL);
    if (memcmp(&back, &value, sizeof value) == 0)
      return;
  }
}
