#include "params.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 64 }; /* no key is that long; longer names are near to nothing */

static int least(int a, int b)
{
  return a < b ? a : b;
}

/* Edits that turn a into b, where an edit inserts, deletes or replaces a character or swaps two neighbours (Damerau
 * 1964, doi:10.1145/363958.363994, in the form where no substring is edited twice). Upper and lower case are alike. */
static int edits(const char *a, const char *b)
{
  int row[3][LONGEST + 1];
  int *before = row[0], *last = row[1], *now = row[2];
  const int n = (int)strlen(a), m = (int)strlen(b);

  for (int j = 0; j <= m; j++)
    last[j] = j;
  for (int i = 1; i <= n; i++) {
    now[0] = i;
    for (int j = 1; j <= m; j++) {
      const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
      now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
      if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]))
        now[j] = least(now[j], before[j - 2] + 1);
    }
    int *const oldest = before;
    before = last;
    last = now;
    now = oldest;
  }
  return last[m];
}

const char *hc_params_nearest(const char *name, int n, const char *const names[])
{
  const size_t length = strlen(name);
  const char *nearest = NULL;

  if (length == 0 || length > LONGEST)
    return NULL;
  int fewest = ((int)length + 2) / 3 + 1; /* a third of the characters may be wrong */
  for (int i = 0; i < n; i++) {
    if (strlen(names[i]) > LONGEST)
      continue;
    const int d = edits(name, names[i]);
    if (d < fewest && d < (int)length) { /* something of the name must remain */
      fewest = d;
      nearest = names[i];
    }
  }
  return nearest;
}
