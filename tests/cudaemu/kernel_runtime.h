/* cudaemu: what the C that ptx_to_c.py writes shares with the emulator: descriptions of programs and kernels, and the
 * block that is being executed. */
#ifndef CUDAEMU_KERNEL_RUNTIME_H
#define CUDAEMU_KERNEL_RUNTIME_H

#include <stdint.h>

enum { EMU_RUNTIME = 1, EMU_WARP = 32, EMU_MOST_PARAMETERS = 64 };

struct emu_range {
  uint64_t base, bytes;
};

struct emu_block {
  uint32_t tid[3], ntid[3], ctaid[3], nctaid[3];
  int descending; /* threads in descending order, so that nobody relies on the ascending one */
  unsigned char *param;
  const uint32_t *param_offset, *param_bytes;
  uint32_t n_params, shared_bytes, local_bytes, local_top;
  unsigned char *shared;
  unsigned char *local;  /* of one thread */
  unsigned char *frames; /* registers of all threads of the block, in kernels with barriers */
  int64_t to_host;       /* from a device address to where the emulator sees it */
  void (*find)(struct emu_block *block, struct emu_range *site, uint64_t address, uint32_t bytes);
  void (*fault)(struct emu_block *block, const char *what, uint64_t address, uint32_t bytes);
};

struct emu_parameter {
  uint32_t bytes, align;
};

struct emu_kernel {
  const char *name;
  uint32_t n_params, shared_bytes, local_bytes, max_threads;
  int has_barriers, has_dynamic_shared;
  const struct emu_parameter *params;
};

/* A variable of the module in global or constant memory. */
struct emu_variable {
  const char *name;
  uint64_t bytes;
  const unsigned char *initial;
  uint32_t n_initial; /* bytes; zeros follow */
  int constant;
};

/* stem.so: emu_program. */
struct emu_program {
  int runtime, capability, ptx_version; /* 80, 90 */
  int n_kernels, n_variables;
  const struct emu_kernel *kernels;
  const struct emu_variable *variables;
};

struct emu_sites {
  struct emu_range *first;
  uint32_t n;
};

/* stem.K.so: emu_code. */
struct emu_code {
  void (*run)(struct emu_block *block);
  uint32_t frame_bytes, n_sites;
  const struct emu_sites *sites; /* of the kernel, and of each function that it may call */
  uint64_t *const *addresses;    /* where the program's variables lie: written before each launch */
};

#endif
