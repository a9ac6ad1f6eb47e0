import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from interp.errors import FileError
from interp.store.mapped import NAMES, mapped


@pytest.mark.parametrize("dtype", NAMES)
def test_the_bytes_of_every_type_are_those_that_safetensors_wrote(tmp_path: Path, dtype: torch.dtype) -> None:
    rows = torch.randn(5, 3, 2).mul(9).to(dtype)
    save_file({"rows": rows}, tmp_path / "a")
    found = mapped(tmp_path / "a", (5, 3, 2), dtype)
    assert torch.equal(found, rows.flatten(1).view(torch.uint8).view(5, -1))


def test_what_is_written_to_the_memory_does_not_reach_the_file_which_is_not_kept_open(tmp_path: Path) -> None:
    save_file({"rows": torch.ones(5, 3)}, tmp_path / "a")
    before = (tmp_path / "a").read_bytes()
    files = len(os.listdir("/dev/fd"))
    found = mapped(tmp_path / "a", (5, 3), torch.float32)
    assert len(os.listdir("/dev/fd")) == files
    found.zero_()
    assert (tmp_path / "a").read_bytes() == before


def test_no_rows_are_no_error(tmp_path: Path) -> None:
    save_file({"rows": torch.ones(0, 3)}, tmp_path / "a")
    assert mapped(tmp_path / "a", (0, 3), torch.float32).shape == (0, 12)


@pytest.mark.parametrize(
    ("shape", "dtype"), [((4, 3), torch.float32), ((5, 4), torch.float32), ((5, 3), torch.float16)]
)
def test_another_shape_or_type_is_refused(tmp_path: Path, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    save_file({"rows": torch.ones(5, 3)}, tmp_path / "a")
    with pytest.raises(FileError, match="damaged or no file of this store"):
        mapped(tmp_path / "a", shape, dtype)


@pytest.mark.parametrize("tensors", [{"other": torch.ones(5, 3)}, {"rows": torch.ones(5, 3), "more": torch.ones(1)}])
def test_another_tensor_in_its_place_or_beside_it_is_refused(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, tmp_path / "a")
    with pytest.raises(FileError, match="damaged or no file of this store"):
        mapped(tmp_path / "a", (5, 3), torch.float32)


def test_a_file_cut_anywhere_or_made_longer_or_of_other_content_is_refused_by_name(tmp_path: Path) -> None:
    save_file({"rows": torch.ones(5, 3)}, tmp_path / "a")
    whole = (tmp_path / "a").read_bytes()
    cuts = [whole[:end] for end in (0, 5, 8, 30, len(whole) - 60, len(whole) - 1)]
    for content in [*cuts, whole + b"\0", b"\xff" * 100, (4).to_bytes(8, "little") + b"[12]" + bytes(60)]:
        (tmp_path / "b").write_bytes(content)
        with pytest.raises(FileError, match=str(tmp_path / "b")):
            mapped(tmp_path / "b", (5, 3), torch.float32)
    with pytest.raises(FileError, match="missing or damaged"):
        mapped(tmp_path / "c", (5, 3), torch.float32)
