"""Surrogates: models that predict what a simulation would find, learnt from a cohort, with intervals and limits."""

from .model import Surrogate, load
from .train import train

__all__ = ["Surrogate", "load", "train"]
