/* Settings from the environment, and everything that tests read: misuse and leaks on stderr, counts in CUDAEMU_LOG,
 * exit status 99. */
#include "emulator.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_NAMES = 256, EXIT_MISUSE = 99 };

struct emu_settings emu_settings;
struct emu_counts emu_counts;

static struct {
  char name[96];
  int64_t launches;
} launched[MOST_NAMES];
static int n_launched;
static int64_t n_misuses, n_leaks;
static uint64_t random_state = 1;

static struct {
  char kind[16];
  int64_t at, seen;
} fault;

static int rank_of_process(void)
{
  const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
    if (getenv(names[i]))
      return atoi(getenv(names[i]));
  return 0;
}

static void die(const char *name, const char *value, const char *allowed)
{
  fprintf(stderr, "cudaemu: %s=%s: not %s\n", name, value, allowed);
  _exit(EXIT_MISUSE);
}

static int64_t number_in(const char *name, int64_t fallback)
{
  const char *const text = getenv(name);
  char *end;
  int64_t value;
  if (!text || !*text)
    return fallback;
  value = strtoll(text, &end, 10);
  if (*end)
    die(name, text, "a number");
  return value;
}

/* kind:N or kind:N@rank */
static void read_fault(void)
{
  const char *const text = getenv("CUDAEMU_FAULT");
  const char *const kinds[] = {"alloc", "launch", "kernel", "copy", "lost"};
  int rank = -1;
  bool known = false;
  if (!text || !*text)
    return;
  if (sscanf(text, "%15[a-z]:%" SCNd64 "@%d", fault.kind, &fault.at, &rank) < 2 || fault.at < 1)
    die("CUDAEMU_FAULT", text, "alloc|launch|kernel|copy|lost:N[@rank]");
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i)
    known = known || strcmp(fault.kind, kinds[i]) == 0;
  if (!known)
    die("CUDAEMU_FAULT", text, "alloc|launch|kernel|copy|lost:N[@rank]");
  if (rank >= 0 && rank != rank_of_process())
    fault.at = 0;
}

static void read_order(void)
{
  const char *const order = getenv("CUDAEMU_ORDER");
  if (!order || strcmp(order, "lazy") == 0)
    emu_settings.order = EMU_LAZY;
  else if (strcmp(order, "eager") == 0)
    emu_settings.order = EMU_EAGER;
  else if (strncmp(order, "random", 6) == 0) {
    emu_settings.order = EMU_RANDOM;
    random_state = order[6] == ':' ? strtoull(order + 7, NULL, 10) + 1 : 1;
  } else
    die("CUDAEMU_ORDER", order, "lazy|eager|random[:seed]");
}

static void write_log(const char *path)
{
  char name[4096];
  FILE *log;
  const bool many = getenv("OMPI_COMM_WORLD_SIZE") && atoi(getenv("OMPI_COMM_WORLD_SIZE")) > 1;
  if (many)
    snprintf(name, sizeof name, "%s.%d", path, rank_of_process());
  else
    snprintf(name, sizeof name, "%s", path);
  log = fopen(name, "w");
  if (!log) {
    fprintf(stderr, "cudaemu: cannot write %s\n", name);
    return;
  }
#define COUNT(field) fprintf(log, #field " %" PRId64 "\n", emu_counts.field)
  COUNT(bytes_to_device);
  COUNT(bytes_to_host);
  COUNT(bytes_on_device);
  COUNT(copies_to_device);
  COUNT(copies_to_host);
  COUNT(copies_on_device);
  COUNT(synchronisations);
  COUNT(allocations);
  COUNT(peak_bytes);
  COUNT(launches);
  COUNT(threads);
  COUNT(compilations);
  COUNT(loads);
#undef COUNT
  fprintf(log, "misuses %" PRId64 "\nleaks %" PRId64 "\n", n_misuses, n_leaks);
  for (int i = 0; i < n_launched; ++i)
    fprintf(log, "launches:%s %" PRId64 "\n", launched[i].name, launched[i].launches);
  fclose(log);
}

static void at_end(void)
{
  const char *const log = getenv("CUDAEMU_LOG");
  emu_contexts_end();
  if (log && *log)
    write_log(log);
  if (emu_settings.strict && n_misuses + n_leaks > 0) {
    fprintf(stderr, "cudaemu: %" PRId64 " misuses and %" PRId64 " leaks: exit status %d\n", n_misuses, n_leaks,
            EXIT_MISUSE);
    fflush(NULL);
    _exit(EXIT_MISUSE);
  }
}

void emu_settings_read(void)
{
  const char *const capability = getenv("CUDAEMU_CAPABILITY");
  double value = 9.0;
  emu_settings.devices = (int)number_in("CUDAEMU_DEVICES", 1);
  if (emu_settings.devices < 0 || emu_settings.devices > EMU_MOST_DEVICES)
    die("CUDAEMU_DEVICES", getenv("CUDAEMU_DEVICES"), "0 to 16");
  if (capability && *capability && sscanf(capability, "%lf", &value) != 1)
    die("CUDAEMU_CAPABILITY", capability, "a number");
  emu_settings.capability = (int)(value * 10 + 0.5);
  emu_settings.memory = (uint64_t)number_in("CUDAEMU_MEMORY", INT64_C(8) << 30);
  emu_settings.strict = number_in("CUDAEMU_STRICT", 0) != 0;
  emu_settings.host_access = number_in("CUDAEMU_HOST_ACCESS", 0) != 0;
  read_order();
  read_fault();
  atexit(at_end);
}

void emu_misuse(const char *format, ...)
{
  va_list arguments;
  ++n_misuses;
  fprintf(stderr, "cudaemu: misuse: ");
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
}

void emu_leaked(const char *format, ...)
{
  va_list arguments;
  ++n_leaks;
  fprintf(stderr, "cudaemu: leaked ");
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
}

void emu_count_launch(const char *kernel)
{
  int i = 0;
  ++emu_counts.launches;
  while (i < n_launched && strcmp(launched[i].name, kernel) != 0)
    ++i;
  if (i == MOST_NAMES)
    return;
  if (i == n_launched)
    snprintf(launched[n_launched++].name, sizeof launched[i].name, "%s", kernel);
  ++launched[i].launches;
}

bool emu_chance(int of)
{
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (random_state >> 33) % (uint64_t)of == 0;
}

CUresult emu_fault_due(enum emu_call kind, bool *lost)
{
  static const struct {
    const char *name;
    enum emu_call call;
    CUresult result;
  } kinds[] = {{"alloc", EMU_ALLOC, CUDA_ERROR_OUT_OF_MEMORY},
               {"launch", EMU_LAUNCH, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES},
               {"copy", EMU_COPY, CUDA_ERROR_UNKNOWN}};
  const bool work = kind == EMU_ALLOC || kind == EMU_LAUNCH || kind == EMU_COPY || kind == EMU_SYNC;
  *lost = false;
  if (fault.at == 0)
    return CUDA_SUCCESS;
  if (work && strcmp(fault.kind, "lost") == 0 && ++fault.seen >= fault.at) {
    *lost = true;
    return CUDA_ERROR_ECC_UNCORRECTABLE;
  }
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i)
    if (kinds[i].call == kind && strcmp(fault.kind, kinds[i].name) == 0)
      return ++fault.seen == fault.at ? kinds[i].result : CUDA_SUCCESS;
  return CUDA_SUCCESS;
}

bool emu_kernel_fault_due(void)
{
  return fault.at > 0 && strcmp(fault.kind, "kernel") == 0 && ++fault.seen == fault.at;
}
