"""In-silico trials: arms on the same virtual patients, from a cohort to trial.json and trial.html."""

from .analysis import analyse
from .report import write_report

__all__ = ["analyse", "write_report"]
