/* PTX becomes C (ptx_to_c.py), C a shared object (gcc), and that is loaded. Shared objects are kept in the folder
 * CUDAEMU_CACHE under a hash of all that they depend on; the PTX lies beside each and is compared. Processes that want
 * the same one wait for the first of them. */
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

extern char **environ;

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
  static const char *const parts[] = {"ptx_to_c.py", "ptx.py", "kernel_runtime.h"};
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

/* stem.ptx -> stem.c -> stem.so. */
static bool translate(const char *stem)
{
  const char *const folder = setting("CUDAEMU_FOLDER", CUDAEMU_FOLDER);
  const char *compile[N_FLAGS + 8] = {setting("CUDAEMU_CC", CUDAEMU_CC)};
  char script[4096], ptx[4096], c[4096], made[4096], library[4096], include[4096];
  int n = 1;
  snprintf(script, sizeof script, "%s/ptx_to_c.py", folder);
  snprintf(include, sizeof include, "-I%s", folder);
  snprintf(ptx, sizeof ptx, "%s.ptx", stem);
  snprintf(c, sizeof c, "%s.c", stem);
  snprintf(made, sizeof made, "%s.made", stem);
  snprintf(library, sizeof library, "%s.so", stem);
  for (int i = 0; i < N_FLAGS; ++i)
    compile[n++] = flags[i];
  compile[n++] = include;
  compile[n++] = c;
  compile[n++] = "-o";
  compile[n++] = made;
  compile[n++] = "-lm";
  compile[n] = NULL;
  if (run((const char *const[]){setting("CUDAEMU_PYTHON", CUDAEMU_PYTHON), script, ptx, c, NULL}) != 0)
    return false;
  return run(compile) == 0 && rename(made, library) == 0;
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

/* The shared object of a PTX text, made if it is not there; NULL if that fails. */
static void *library_of(const char *text)
{
  char stem[3200], path[4096], *kept;
  void *library = NULL;
  int lock;
  snprintf(stem, sizeof stem, "%s/%016" PRIx64, cache_folder(), key_of(text));
  snprintf(path, sizeof path, "%s.lock", stem);
  lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX)) {
    fprintf(stderr, "cudaemu: cannot lock %s\n", path);
    return NULL;
  }
  snprintf(path, sizeof path, "%s.ptx", stem);
  kept = read_text(path);
  if (!kept || strcmp(kept, text) != 0) {
    char object[4096];
    snprintf(object, sizeof object, "%s.so", stem);
    unlink(object);
    write_text(path, text);
  }
  free(kept);
  snprintf(path, sizeof path, "%s.so", stem);
  if (access(path, R_OK) == 0 || (translate(stem) && ++emu_counts.modules))
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    fprintf(stderr, "cudaemu: no code from %s.ptx: %s\n", stem, dlerror());
  close(lock);
  return library;
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

void emu_module_bind(const struct emu_module *module)
{
  for (int i = 0; i < module->program->n_variables; ++i)
    *module->program->variables[i].address = module->variables[i];
}

CUresult emu_module_load(struct emu_context *context, const char *ptx, CUmodule *out)
{
  struct emu_module *module;
  CUresult result;
  if (!ptx || !out || !strstr(ptx, ".version")) {
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
  module->library = library_of(ptx);
  module->program = module->library ? dlsym(module->library, "emu_program") : NULL;
  result = module->program ? check_program(module->program) : CUDA_ERROR_INVALID_PTX;
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
    module->functions[i] = (struct emu_function){module, &module->program->kernels[i],
                                                 EMU_SHARED_DEFAULT - (int)module->program->kernels[i].shared_bytes};
  *out = (CUmodule)(void *)module;
  return CUDA_SUCCESS;
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
  free(module->variables);
  free(module->functions);
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
