/* The folder of files that can be made again. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool hc_cache_path(const char *name, char *path, size_t size)
{
  const char *own = getenv("HEALTHCAST_CACHE"), *caches = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  int length = -1;

  if (own && *own)
    length = snprintf(path, size, "%s/%s", own, name);
  else if (caches && *caches)
    length = snprintf(path, size, "%s/healthcast/%s", caches, name);
  else if (home && *home)
    length = snprintf(path, size, "%s/.cache/healthcast/%s", home, name);
  return length > 0 && (size_t)length < size;
}

void hc_cache_temporary(const char *path, char *temporary, size_t size)
{
  char host[65] = "";

  snprintf(temporary, size, "%s", path);
  for (char *slash = strchr(temporary + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    (void)mkdir(temporary, 0777);
    *slash = '/';
  }
  (void)gethostname(host, sizeof host - 1); /* homes are shared between machines */
  snprintf(temporary, size, "%s.%s.%ld", path, host, (long)getpid());
}

bool hc_cache_replace(const char *temporary, const char *path)
{
  if (rename(temporary, path) == 0)
    return true;
  (void)unlink(temporary);
  return false;
}
