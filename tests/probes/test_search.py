import pytest
import torch

from probes import LogisticProbe, ProbeWarning
from tests.probes.made import rows


@pytest.mark.parametrize("passes", [1, 16, 23])
def test_passes_are_limited_through_every_metric(passes: int) -> None:
    x, _ = rows(300)
    y = (x - x.mean(0)) @ torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    with pytest.warns(ProbeWarning, match="had not converged"):
        assert LogisticProbe(1e-8, passes=passes).fit(x, y.argmax(1)).passes_ == passes


@pytest.mark.filterwarnings("ignore::probes.ProbeWarning")
def test_rows_that_a_discriminant_tells_apart_without_an_error_do_not_start_out_of_reach() -> None:
    x, _ = rows(60, width=200)
    y = torch.randint(0, 3, (60, 2), generator=torch.Generator().manual_seed(0))
    probe = LogisticProbe(1e-4).fit(x, y)
    assert torch.equal(probe.predict(x), y)
    assert (probe.objective_ < 0.01).all()
