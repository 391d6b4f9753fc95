"""Read and plot results of healthcast."""

from .results import Results, ResultsError, Traces

__all__ = ["Results", "ResultsError", "Traces"]
__version__ = "0.1.0"
