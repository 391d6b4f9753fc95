/* How control flows through PETSc's macros, for cppcheck, which does not read PETSc's own headers. */
#define PetscFunctionBeginUser
#define PetscFunctionBegin
#define PetscFunctionReturn(value) return value
#define PetscCall(call)                                                                                                \
  do {                                                                                                                 \
    PetscErrorCode petsc_code = call;                                                                                  \
    if (petsc_code)                                                                                                    \
      return petsc_code;                                                                                               \
  } while (0)
#define PetscCallMPI(call) PetscCall(call)
#define PetscCheck(condition, comm, code, ...)                                                                         \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      return code;                                                                                                     \
  } while (0)
#define SETERRQ(comm, code, ...) return code
