/* Days, dates and weekdays. */
#include "therapy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Days of the Gregorian calendar before the first of March of year y, counted such that leap days come last in a
 * year. */
static int64_t march_days(int64_t y)
{
  return 365 * y + y / 4 - y / 100 + y / 400;
}

bool hc_date_days(const char *text, int64_t *days)
{
  static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const char *form = "dddd-dd-dd";
  int64_t year, from_march;
  int month, day, length;

  if (strlen(text) != strlen(form))
    return false;
  for (int i = 0; form[i]; i++)
    if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
      return false;
  year = strtol(text, NULL, 10);
  month = (int)strtol(text + 5, NULL, 10);
  day = (int)strtol(text + 8, NULL, 10);
  if (month < 1 || month > 12)
    return false;
  length = lengths[month - 1] + (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 1 : 0);
  if (day < 1 || day > length)
    return false;
  if (month < 3)
    year--;
  from_march = (month + 9) % 12;
  /* 153 days in every five months from March on; 719468 days from 0000-03-01 to 1970-01-01 */
  *days = march_days(year) + (153 * from_march + 2) / 5 + day - 1 - 719468;
  return true;
}

PetscErrorCode hc_day_parse(const char *place, const char *text, const char *origin, double *day)
{
  int64_t date, zero;
  char *end;

  PetscFunctionBeginUser;
  if (hc_date_days(text, &date)) {
    PetscCheck(origin, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found the date %s; allowed: a number of days, or "
               "therapy.date, the date of day 0, beside it",
               place, text);
    PetscCheck(hc_date_days(origin, &zero), PETSC_COMM_SELF, HC_ERR_INPUT,
               "therapy.date: found \"%s\"; allowed: a date such as 2024-03-04", origin);
    *day = (double)(date - zero);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  *day = strtod(text, &end);
  PetscCheck(end != text && *end == '\0' && isfinite(*day), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: a number of days, or a date such as 2024-03-04", place, text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_weekday(double day, const char *origin)
{
  int64_t zero = 4; /* 1970-01-05 was a Monday */
  int64_t from_monday;

  if (origin)
    (void)hc_date_days(origin, &zero);
  from_monday = ((int64_t)floor(day) + zero - 4) % 7;
  return (int)((from_monday + 7) % 7);
}
