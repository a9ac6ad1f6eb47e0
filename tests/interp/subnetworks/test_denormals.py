import pytest
import torch

from interp.subnetworks.denormals import LEAST, flushed, flushing
from interp.subnetworks.gates import Continuous

can = torch.set_flush_denormal(True)
torch.set_flush_denormal(False)


@pytest.mark.skipif(not can, reason="this processor cannot flush denormal numbers")
def test_denormal_results_are_0_inside_and_themselves_again_afterwards() -> None:
    assert float(torch.tensor(1e-38) * 1e-3) > 0
    with flushed():
        assert flushing()
        assert float(torch.tensor(1e-38) * 1e-3) == 0
    assert not flushing()


@pytest.mark.skipif(not can, reason="this processor cannot flush denormal numbers")
def test_who_flushed_before_flushes_after_and_an_error_puts_back_what_was() -> None:
    with flushed():
        with flushed():
            pass
        assert flushing()
    with pytest.raises(ValueError, match="within"), flushed():
        raise ValueError("within")
    assert not flushing()


def test_a_gate_is_0_before_it_or_its_gradient_is_denormal() -> None:
    gates = Continuous(beta=10.0).settled(torch.tensor([-9.0, -7.0, -6.8, 0.0, 9.0]))
    assert gates[:2].tolist() == [0.0, 0.0]  # e to the -90 and -70, the first of them denormal
    assert float(gates[2]) == pytest.approx(2.9e-30, rel=0.1)
    assert float(gates[2]) > LEAST
    assert gates[3:].tolist() == [0.5, 1.0]
