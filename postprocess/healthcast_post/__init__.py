"""Read and plot results of healthcast."""

from .results import Results, ResultsError, Traces

__all__ = ["Results", "ResultsError", "Traces"]
