/* Signals: handlers set a flag, the loop asks for it. */
#include "session.h"

#include <stdatomic.h>

static volatile sig_atomic_t stop_asked, checkpoint_asked;
static int installed;           /* how many times: a run within a campaign keeps what the campaign was told */
static _Atomic double deadline; /* MPI_Wtime(), 0: none */

static void on_signal(int number)
{
  if (number == SIGTERM)
    stop_asked = 1;
  checkpoint_asked = 1;
}

void hc_signals_install(struct hc_signals *old)
{
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (installed++ == 0)
    stop_asked = checkpoint_asked = 0;
  sigaction(SIGTERM, &action, &old->term);
  sigaction(SIGUSR1, &action, &old->usr1);
}

void hc_signals_restore(const struct hc_signals *old)
{
  installed--;
  sigaction(SIGTERM, &old->term, NULL);
  sigaction(SIGUSR1, &old->usr1, NULL);
}

void hc_signals_deadline(double when)
{
  deadline = when;
}

bool hc_signals_stopping(bool *overdue)
{
  const double limit = deadline;
  *overdue = !stop_asked && limit > 0 && MPI_Wtime() > limit;
  return stop_asked || *overdue;
}

PetscErrorCode hc_signals_asked(MPI_Comm comm, bool *stop, bool *checkpoint)
{
  bool overdue;
  int asked[2] = {hc_signals_stopping(&overdue) ? 1 : 0, checkpoint_asked};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, asked, 2, MPI_INT, MPI_MAX, comm));
  if (asked[0] || asked[1])
    checkpoint_asked = 0;
  *stop = asked[0] != 0;
  *checkpoint = asked[0] || asked[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}
