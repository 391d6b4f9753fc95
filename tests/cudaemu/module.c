/* PTX becomes C (ptx_to_c.py), C becomes shared objects, and those are loaded: one that describes the program, and one
 * for each kernel that is asked for. They are kept in the folder CUDAEMU_CACHE under a hash of all that they depend on;
 * the PTX lies beside them and is compared. Processes that want the same one wait for the first of them. */
#include "emulator.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CUDAEMU_FOLDER
#define CUDAEMU_FOLDER "."
#endif
#ifndef CUDAEMU_PYTHON
#define CUDAEMU_PYTHON "python3"
#endif
#ifndef CUDAEMU_CC
#define CUDAEMU_CC "cc"
#endif

/* -march: fused multiply-add in one instruction, where PTX asks for it and nowhere else. */
static const char *const flags[] = {"-std=gnu11",      "-O1",     "-march=native",        "-ffp-contract=off",
                                    "-fno-math-errno", "-fwrapv", "-fno-strict-aliasing", "-w",
                                    "-fPIC",           "-shared"};
enum { N_FLAGS = sizeof flags / sizeof flags[0] };

static const char *setting(const char *name, const char *fallback)
{
  const char *const value = getenv(name);
  return value && *value ? value : fallback;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
  for (; *text; ++text)
    hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  return (hash ^ 0x1f) * UINT64_C(0x100000001b3);
}

/* A whole file as a string, NULL if it cannot be read. */
static char *read_text(const char *path)
{
  FILE *const file = fopen(path, "r");
  struct stat info;
  char *text = NULL;
  if (file && fstat(fileno(file), &info) == 0) {
    text = malloc((size_t)info.st_size + 1);
    if (text)
      text[fread(text, 1, (size_t)info.st_size, file)] = 0;
  }
  if (file)
    fclose(file);
  return text;
}

static uint64_t key_of(const char *ptx)
{
  static const char *const parts[] = {"ptx_to_c.py", "instructions.py", "ptx.py", "kernel_code.h", "kernel_runtime.h"};
  uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), ptx);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
    char path[4096], *text;
    snprintf(path, sizeof path, "%s/%s", setting("CUDAEMU_FOLDER", CUDAEMU_FOLDER), parts[i]);
    text = read_text(path);
    hash = hash_text(hash, text ? text : "");
    free(text);
  }
  for (int i = 0; i < N_FLAGS; ++i)
    hash = hash_text(hash, flags[i]);
  return hash_text(hash, setting("CUDAEMU_CC", CUDAEMU_CC));
}

/* Run a program and wait for it: its exit status, -1 if it could not be started. */
static int run(const char *const *arguments)
{
  pid_t child;
  int status;
  if (posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)(uintptr_t)arguments, environ)) {
    fprintf(stderr, "cudaemu: cannot start %s\n", arguments[0]);
    return -1;
  }
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A PTX file -> stem.c, stem.0.c, ... */
static bool translate(const char *ptx, const char *stem)
{
  char script[4096];
  snprintf(script, sizeof script, "%s/ptx_to_c.py", setting("CUDAEMU_FOLDER", CUDAEMU_FOLDER));
  return run((const char *const[]){setting("CUDAEMU_PYTHON", CUDAEMU_PYTHON), "-B", script, ptx, stem, NULL}) == 0;
}

/* stem.c -> stem.so */
static bool compile(const char *stem)
{
  const char *arguments[N_FLAGS + 8] = {setting("CUDAEMU_CC", CUDAEMU_CC)};
  char c[4096], made[4096], library[4096], include[4096];
  int n = 1;
  snprintf(include, sizeof include, "-I%s", setting("CUDAEMU_FOLDER", CUDAEMU_FOLDER));
  snprintf(c, sizeof c, "%s.c", stem);
  snprintf(made, sizeof made, "%s.made", stem);
  snprintf(library, sizeof library, "%s.so", stem);
  for (int i = 0; i < N_FLAGS; ++i)
    arguments[n++] = flags[i];
  arguments[n++] = include;
  arguments[n++] = c;
  arguments[n++] = "-o";
  arguments[n++] = made;
  arguments[n++] = "-lm";
  arguments[n] = NULL;
  ++emu_counts.compilations;
  return run(arguments) == 0 && rename(made, library) == 0;
}

static bool write_text(const char *path, const char *text)
{
  FILE *const file = fopen(path, "w");
  const bool all = file && fputs(text, file) >= 0;
  return file && fclose(file) == 0 && all;
}

static const char *cache_folder(void)
{
  static char folder[3072];
  snprintf(folder, sizeof folder, "%s", setting("CUDAEMU_CACHE", ""));
  if (!*folder)
    snprintf(folder, sizeof folder, "%s/cudaemu-%u", setting("TMPDIR", "/tmp"), (unsigned)getuid());
  for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(folder, 0700); /* it may be there; if it cannot be made, the lock in it says so */
    *slash = '/';
  }
  mkdir(folder, 0700);
  return folder;
}

/* Only one process works on the files of a stem. Returns a file to close, -1 if there is no lock. */
static int lock_stem(const char *stem)
{
  char path[4096];
  int lock;
  snprintf(path, sizeof path, "%s.lock", stem);
  lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX)) {
    fprintf(stderr, "cudaemu: cannot lock %s\n", path);
    return -1;
  }
  return lock;
}

/* stem.so, compiled if it is not there. */
static void *open_library(const char *stem)
{
  char path[4096];
  void *library = NULL;
  snprintf(path, sizeof path, "%s.so", stem);
  if (access(path, R_OK) == 0 || compile(stem))
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    fprintf(stderr, "cudaemu: no code from %s.c: %s\n", stem, dlerror());
  return library;
}

/* The files of a PTX text are there and are its own. The PTX gets its name last: then all is well. */
static bool prepare(const char *stem, const char *text)
{
  char path[4096], part[4096], *kept;
  bool there, same;
  snprintf(path, sizeof path, "%s.ptx", stem);
  snprintf(part, sizeof part, "%s.part", stem);
  kept = read_text(path);
  there = kept != NULL;
  same = there && strcmp(kept, text) == 0;
  free(kept);
  if (there && !same)
    fprintf(stderr, "cudaemu: %s is of another text\n", path);
  if (there)
    return same;
  return write_text(part, text) && translate(part, stem) && rename(part, path) == 0;
}

static bool open_program(struct emu_module *module, const char *text)
{
  char stem[3200];
  int lock;
  snprintf(stem, sizeof stem, "%s/%016" PRIx64, cache_folder(), key_of(text));
  module->stem = strdup(stem);
  lock = lock_stem(stem);
  if (lock < 0)
    return false;
  if (prepare(stem, text))
    module->library = open_library(stem);
  close(lock);
  module->program = module->library ? dlsym(module->library, "emu_program") : NULL;
  return module->program != NULL;
}

/* What the driver and the device would refuse. */
static CUresult check_program(const struct emu_program *program)
{
  if (program->runtime != EMU_RUNTIME)
    return CUDA_ERROR_INVALID_IMAGE;
  if (program->capability > emu_settings.capability) {
    fprintf(stderr, "cudaemu: PTX for sm_%d on a device of sm_%d\n", program->capability, emu_settings.capability);
    return CUDA_ERROR_INVALID_PTX;
  }
  for (int i = 0; i < program->n_kernels; ++i) {
    if (program->kernels[i].shared_bytes > EMU_SHARED_DEFAULT) {
      emu_misuse("kernel %s has %u bytes of static shared memory, of at most %d", program->kernels[i].name,
                 program->kernels[i].shared_bytes, EMU_SHARED_DEFAULT);
      return CUDA_ERROR_INVALID_PTX;
    }
    if (program->kernels[i].n_params > EMU_MOST_PARAMETERS)
      return CUDA_ERROR_INVALID_PTX;
  }
  return CUDA_SUCCESS;
}

static CUresult make_variables(struct emu_module *module)
{
  const struct emu_program *const program = module->program;
  module->variables = calloc((size_t)program->n_variables + 1, sizeof module->variables[0]);
  if (!module->variables)
    abort();
  for (int i = 0; i < program->n_variables; ++i) {
    const struct emu_variable *const v = &program->variables[i];
    CUresult result = emu_memory_alloc(module->context, v->bytes, true, &module->variables[i]);
    unsigned char *at;
    if (result != CUDA_SUCCESS)
      return result;
    at = emu_memory_at(module->context, module->variables[i], v->bytes);
    memset(at, 0, v->bytes);
    if (v->initial)
      memcpy(at, v->initial, v->n_initial);
  }
  return CUDA_SUCCESS;
}

CUresult emu_module_load(struct emu_context *context, const char *ptx, CUmodule *handle)
{
  struct emu_module *module;
  CUresult result;
  if (!ptx || !handle || !strstr(ptx, ".version")) {
    emu_misuse("an image that is no PTX");
    return CUDA_ERROR_INVALID_IMAGE;
  }
  module = calloc(1, sizeof *module);
  if (!module)
    abort();
  module->context = context;
  module->next = context->modules;
  context->modules = module;
  ++emu_counts.loads;
  result = open_program(module, ptx) ? check_program(module->program) : CUDA_ERROR_INVALID_PTX;
  if (result == CUDA_SUCCESS)
    result = make_variables(module);
  if (result != CUDA_SUCCESS) {
    emu_module_unload(module);
    return result;
  }
  module->functions = calloc((size_t)module->program->n_kernels + 1, sizeof module->functions[0]);
  if (!module->functions)
    abort();
  for (int i = 0; i < module->program->n_kernels; ++i)
    module->functions[i] = (struct emu_function){.module = module,
                                                 .kernel = &module->program->kernels[i],
                                                 .most_dynamic_shared = EMU_SHARED_DEFAULT -
                                                                        (int)module->program->kernels[i].shared_bytes};
  *handle = (CUmodule)(void *)module;
  return CUDA_SUCCESS;
}

CUresult emu_module_function(struct emu_module *module, const char *name, CUfunction *handle)
{
  struct emu_function *function = NULL;
  for (int i = 0; i < module->program->n_kernels; ++i)
    if (strcmp(module->program->kernels[i].name, name) == 0)
      function = &module->functions[i];
  if (!function)
    return CUDA_ERROR_NOT_FOUND;
  if (!function->code) {
    char stem[3300];
    const int lock = lock_stem(module->stem);
    if (lock < 0)
      return CUDA_ERROR_INVALID_PTX;
    snprintf(stem, sizeof stem, "%s.%d", module->stem, (int)(function - module->functions));
    function->library = open_library(stem);
    close(lock);
    function->code = function->library ? dlsym(function->library, "emu_code") : NULL;
  }
  *handle = (CUfunction)(void *)function;
  return function->code ? CUDA_SUCCESS : CUDA_ERROR_INVALID_PTX;
}

CUresult emu_module_unload(struct emu_module *module)
{
  struct emu_context *const context = module->context;
  for (struct emu_module **link = &context->modules; *link; link = &(*link)->next)
    if (*link == module) {
      *link = module->next;
      break;
    }
  for (int i = 0; module->variables && i < module->program->n_variables; ++i)
    if (module->variables[i])
      emu_memory_free(context, module->variables[i]);
  for (int i = 0; module->functions && i < module->program->n_kernels; ++i)
    if (module->functions[i].library)
      dlclose(module->functions[i].library);
  free(module->variables);
  free(module->functions);
  free(module->stem);
  if (module->library)
    dlclose(module->library);
  free(module);
  return CUDA_SUCCESS;
}

struct emu_module *emu_module_of(struct emu_context *context, CUmodule handle)
{
  for (struct emu_module *it = context->modules; it; it = it->next)
    if ((void *)it == (void *)handle)
      return it;
  emu_misuse("%p is no module of the current context", (void *)handle);
  return NULL;
}

struct emu_function *emu_function_of(struct emu_context *context, CUfunction handle)
{
  for (struct emu_module *it = context->modules; it; it = it->next)
    for (int i = 0; i < it->program->n_kernels; ++i)
      if ((void *)&it->functions[i] == (void *)handle)
        return &it->functions[i];
  emu_misuse("%p is no kernel of the current context", (void *)handle);
  return NULL;
}
