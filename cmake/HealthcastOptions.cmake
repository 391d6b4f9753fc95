# Language level, warnings, sanitizers and vector instructions, for our own code only.
include(CheckCCompilerFlag)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # POSIX and GNU: strdup, fsync, ...
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

option(HC_TESTS "Build the tests" ON)
option(HC_LINT "Register the style checks as tests too (needs clang-format, clang-tidy, cppcheck, shellcheck, pyflakes)" OFF)
option(HC_WERROR "Treat warnings as errors" ON)
option(HC_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(HC_CUDA "Build the CUDA back end (needs nvcc)" OFF)
set(HC_ARCH native CACHE STRING
    "Instruction set of the compute kernels, as in -march: native, x86-64-v3, ... or empty for the compiler's default")

if(NOT CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "healthcast is built with gcc or clang; ${CMAKE_C_COMPILER_ID} was found (set CC)")
endif()

# -march on x86 and ARM, -mcpu on POWER.
set(HC_ARCH_OPTIONS)
if(HC_ARCH)
  foreach(flag -march -mcpu)
    string(MAKE_C_IDENTIFIER "HC_HAVE${flag}_${HC_ARCH}" have)
    check_c_compiler_flag(${flag}=${HC_ARCH} ${have})
    if(${have})
      set(HC_ARCH_OPTIONS ${flag}=${HC_ARCH})
      break()
    endif()
  endforeach()
  if(NOT HC_ARCH_OPTIONS)
    message(FATAL_ERROR "The compiler knows no instruction set HC_ARCH=${HC_ARCH}")
  endif()
endif()

add_library(hc_options INTERFACE)
target_compile_options(hc_options INTERFACE -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 $<$<BOOL:${HC_WERROR}>:-Werror>)
target_compile_definitions(hc_options INTERFACE _GNU_SOURCE)
if(HC_SANITIZE)
  target_compile_options(hc_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(hc_options INTERFACE -fsanitize=address,undefined)
endif()
