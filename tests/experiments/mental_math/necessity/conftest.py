from tests.experiments.mental_math.alternatives.conftest import subject

__all__ = ["subject"]
