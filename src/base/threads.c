#include "base.h"

static int threads = 1;

void hc_threads_set(int n)
{
  threads = n > 1 ? n : 1;
}

int hc_threads(void)
{
  return threads;
}
