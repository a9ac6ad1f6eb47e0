import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from interp import FileError, ShapeError
from interp.dictionaries.dictionary import Dictionary
from interp.dictionaries.evaluation import evaluate
from interp.dictionaries.loading import CONFIG, SCALER, WEIGHTS, load, saelens
from tests.interp.dictionaries.small import some_rows

WIDTH, LATENTS = 6, 20

TRAINED: dict[str, tuple[str, dict[str, Any]]] = {
    "standard": ("StandardTrainingSAE", {}),
    "topk": ("TopKTrainingSAE", {"k": 4}),
    "abstopk": ("AbsTopKTrainingSAE", {"k": 4}),
    "jumprelu": ("JumpReLUTrainingSAE", {}),
    "gated": ("GatedTrainingSAE", {}),
    "batchtopk": ("BatchTopKTrainingSAE", {"k": 4}),
    "matryoshka_batchtopk": ("MatryoshkaBatchTopKTrainingSAE", {"k": 4, "matryoshka_widths": [5, 20]}),
    "matching_pursuit": ("MatchingPursuitTrainingSAE", {}),
}
BATCHED = ("batchtopk", "matryoshka_batchtopk")


@pytest.fixture(scope="module")
def lens() -> Any:
    return saelens()


def trained(lens: Any, architecture: str, **settings: Any) -> Any:
    """A training module with random weights."""
    name, own = TRAINED[architecture]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "decoder_init_norm must be set to 1.0 for MatchingPursuit", UserWarning)
        config = getattr(lens, f"{name}Config")(d_in=WIDTH, d_sae=LATENTS, **own, **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = getattr(lens, name)(config)
        with torch.no_grad():
            for weight in module.parameters():
                weight.add_(0.1 * torch.randn_like(weight))
            if architecture == "jumprelu":
                module.threshold.abs_()
            if architecture in BATCHED:
                module.topk_threshold.fill_(0.3)
    return module


def saved(lens: Any, folder: Path, architecture: str = "standard", **settings: Any) -> Path:
    trained(lens, architecture, **settings).save_inference_model(folder)
    return folder


@pytest.mark.parametrize("architecture", TRAINED)
def test_every_architecture_that_saelens_trains_is_opened_as_saelens_opens_it(
    lens: Any, architecture: str, tmp_path: Path
) -> None:
    folder, rows = saved(lens, tmp_path, architecture), some_rows()
    found, own = load(folder), lens.SAE.load_from_disk(folder)
    assert type(found) is type(own)
    assert isinstance(found, Dictionary)
    assert not isinstance(found, lens.TrainingSAE)
    assert torch.equal(found.encode(rows), own.encode(rows))
    assert torch.equal(found.decode(found.encode(rows)), own(rows))
    # What is evaluated is what others get who open the folder.
    assert evaluate(found, rows).to_json() == evaluate(own, rows).to_json()
    if architecture not in BATCHED:
        before = trained(lens, architecture)
        torch.testing.assert_close(found.decode(found.encode(rows)), before.decode(before.encode(rows)))


@pytest.mark.parametrize("architecture", TRAINED)
def test_a_checkpoint_of_a_training_module_is_opened_in_its_inference_form(
    lens: Any, architecture: str, tmp_path: Path
) -> None:
    trained(lens, architecture).save_model(tmp_path / "checkpoint")
    found = load(tmp_path / "checkpoint")
    published = load(saved(lens, tmp_path / "published", architecture))
    rows = some_rows()
    torch.testing.assert_close(found.decode(found.encode(rows)), published.decode(published.encode(rows)))
    if architecture in BATCHED:
        assert found.cfg.architecture() == "jumprelu"


@pytest.mark.parametrize("architecture", TRAINED)
def test_a_training_module_is_not_evaluated(lens: Any, architecture: str) -> None:
    with pytest.raises(ShapeError, match=r"TrainingSAE is a training module: save it"):
        evaluate(trained(lens, architecture), some_rows())


def test_transcoders_are_opened_and_not_evaluated(lens: Any, tmp_path: Path) -> None:
    config = lens.TranscoderConfig(d_in=WIDTH, d_sae=LATENTS, d_out=WIDTH, apply_b_dec_to_input=False)
    lens.Transcoder(config).save_model(tmp_path)
    found = load(tmp_path)
    assert found.cfg.architecture() == "transcoder"
    with pytest.raises(ShapeError, match="transcoder"):
        evaluate(found, some_rows())


def test_a_temporal_dictionary_is_opened_and_refuses_rows_out_of_their_order(lens: Any, tmp_path: Path) -> None:
    config = lens.TemporalSAEConfig(d_in=WIDTH, d_sae=LATENTS, n_heads=1, bottleneck_factor=2)
    lens.TemporalSAE(config).save_model(tmp_path)
    found = load(tmp_path)
    assert found.cfg.architecture() == "temporal"
    with pytest.raises(ShapeError, match=r"cannot read rows \[100, 6\]"):
        evaluate(found, some_rows())


def test_a_dictionary_of_attention_heads_reads_heads(lens: Any, tmp_path: Path) -> None:
    metadata = lens.saes.sae.SAEMetadata(hook_name="blocks.0.attn.hook_z")
    folder = saved(lens, tmp_path, "topk", reshape_activations="hook_z", metadata=metadata)
    rows = some_rows().reshape(-1, 2, 3)
    assert evaluate(load(folder), rows).rows == 100


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_type_is_that_of_the_folder_or_the_one_asked_for(lens: Any, dtype: str, tmp_path: Path) -> None:
    folder = saved(lens, tmp_path, dtype=dtype)
    assert str(load(folder).W_dec.dtype) == f"torch.{dtype}"
    assert load(str(folder), dtype="float64").W_dec.dtype == torch.float64


def test_a_config_of_old_times_is_opened(lens: Any, tmp_path: Path) -> None:
    folder, rows = saved(lens, tmp_path), some_rows()
    expected = load(folder).encode(rows)
    old = {"d_in": WIDTH, "d_sae": LATENTS, "dtype": "torch.float32", "hook_point": "blocks.0.hook_resid_pre"}
    (folder / CONFIG).write_text(json.dumps(old))
    assert torch.equal(load(folder).encode(rows), expected)


def test_advice_for_another_way_to_run_models_is_not_passed_on(lens: Any, tmp_path: Path) -> None:
    saved(lens, tmp_path)
    content = json.loads((tmp_path / CONFIG).read_text())
    content["metadata"]["model_from_pretrained_kwargs"] = {"center_writing_weights": True}
    (tmp_path / CONFIG).write_text(json.dumps(content))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert load(tmp_path).cfg.metadata.model_from_pretrained_kwargs
    assert not heard


def test_a_scale_of_activations_beside_a_checkpoint_is_folded_into_the_weights(lens: Any, tmp_path: Path) -> None:
    module, rows = trained(lens, "standard", normalize_activations="expected_average_only_in"), some_rows()
    expected = module.decode(module.encode(rows * 0.25)) / 0.25
    module.save_model(tmp_path)
    with pytest.warns(UserWarning, match="activation_scaler.json is not beside it"):
        load(tmp_path)
    (tmp_path / SCALER).write_text(json.dumps({"scaling_factor": 0.25, "has_whitening": False}))
    found = load(tmp_path)
    assert found.cfg.normalize_activations == "none"
    torch.testing.assert_close(found.decode(found.encode(rows)), expected)


def test_a_whitening_beside_a_checkpoint_is_folded_into_the_weights(lens: Any, tmp_path: Path) -> None:
    from sae_lens.training.activation_scaler import ActivationScaler, ActivationWhitening

    module, rows = trained(lens, "standard", normalize_activations="covariance_whitening"), some_rows()
    matrix = torch.eye(WIDTH).double() + 0.1 * some_rows(WIDTH, dtype=torch.float64).tril(-1)
    white = ActivationWhitening(rows.double().mean(0), matrix, torch.linalg.inv(matrix))
    scaler = ActivationScaler(whitening=white)
    expected = scaler.unscale(module.decode(module.encode(scaler.scale(rows))))
    module.save_model(tmp_path)
    scaler.save(str(tmp_path / SCALER))
    found = load(tmp_path)
    torch.testing.assert_close(found.decode(found.encode(rows)), expected, rtol=1e-4, atol=1e-4)


def test_no_folder_and_a_file_are_errors_that_say_what_a_dictionary_is(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere", str(tmp_path / "nowhere"), "nowhere", "./runs/sae"):
        with pytest.raises(FileError, match=r"there is no folder .* with cfg.json and sae_weights.safetensors"):
            load(place)
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=r"is a file\. Hand in the folder"):
        load(tmp_path / "file")


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(lens: Any, name: str, tmp_path: Path) -> None:
    folder = saved(lens, tmp_path)
    (folder / name).unlink()
    with pytest.raises(FileError, match=f"{folder / name} is missing"):
        load(folder)


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="it holds nothing"):
        load(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_cut_weights_are_named_and_nothing_is_changed(lens: Any, share: float, tmp_path: Path) -> None:
    path = saved(lens, tmp_path) / WEIGHTS
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FileError, match=rf"{path} \(\d+ bytes\) is truncated or no safetensors file.*Copy it again"):
        load(tmp_path)
    assert path.read_bytes() == whole[: int(share * len(whole))]
    path.write_bytes(whole)
    load(tmp_path)


@pytest.mark.parametrize("text", ["", '{"d_in": 6, "d_s', "not JSON"])
def test_a_cut_config_is_named(lens: Any, text: str, tmp_path: Path) -> None:
    (saved(lens, tmp_path) / CONFIG).write_text(text)
    with pytest.raises(FileError, match=f"cannot read {tmp_path / CONFIG}"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_in": None}, "does not say d_in"),
        ({"d_in": None, "dtype": None}, "does not say d_in, dtype"),
        ({"architecture": "transformer"}, r"architecture 'transformer'; SAELens 6\S+ knows abstopk, batchtopk.* newer"),
        ({"d_in": 7}, r"size mismatch for W_dec.*same save"),
        ({"d_sae": 21}, r"size mismatch for W_enc.*same save"),
        ({"architecture": "jumprelu"}, r'Missing key\(s\) in state_dict: "threshold"'),
        ({"architecture": "gated"}, "b_gate"),
        ({"normalize_activations": "twice"}, "normalize_activations must be"),
        ({"dtype": "float7"}, "float7"),
    ],
)
def test_a_config_that_does_not_fit_is_named(lens: Any, change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = saved(lens, tmp_path) / CONFIG
    content = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))
    with pytest.raises(FileError, match=message) as caught:
        load(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_config_that_is_a_list_is_refused(lens: Any, tmp_path: Path) -> None:
    (saved(lens, tmp_path) / CONFIG).write_text("[1]")
    with pytest.raises(FileError, match="must hold a JSON object, not list"):
        load(tmp_path)


def altered(path: Path, **changes: Tensor | None) -> None:
    weights = {**load_file(path), **changes}
    save_file({name: weight for name, weight in weights.items() if weight is not None}, path)


def test_weights_that_lack_a_tensor_or_have_a_stranger_are_named(lens: Any, tmp_path: Path) -> None:
    path = saved(lens, tmp_path) / WEIGHTS
    shutil.copy(path, tmp_path / "aside")
    altered(path, b_enc=None)
    with pytest.raises(FileError, match=r'Missing key\(s\) in state_dict: "b_enc"'):
        load(tmp_path)
    shutil.copy(tmp_path / "aside", path)
    altered(path, b_new=torch.ones(3))
    with pytest.raises(FileError, match=r'Unexpected key\(s\) in state_dict: "b_new"'):
        load(tmp_path)


def test_weights_of_a_training_that_diverged_are_refused(lens: Any, tmp_path: Path) -> None:
    altered(saved(lens, tmp_path) / WEIGHTS, b_enc=torch.full((LATENTS,), torch.nan))
    with pytest.raises(FileError, match=f"b_enc in {tmp_path / WEIGHTS} hold NaN"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "release", "sae_id"),
    [
        ("gpt2-small-res-jb/blocks.8.hook_resid_pre", "gpt2-small-res-jb", "blocks.8.hook_resid_pre"),
        ("gemma-scope-2b-pt-res/layer_0/width_16k/l0", "gemma-scope-2b-pt-res", "layer_0/width_16k/l0"),
        ("somebody/their-saes/layer_3", "somebody/their-saes", "layer_3"),
    ],
)
def test_hub_names_are_read_as_release_and_id(
    lens: Any, name: str, release: str, sae_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def from_pretrained(*names: str, **settings: Any) -> str:
        asked.append((names, settings))
        return "the dictionary"

    monkeypatch.setattr(lens.SAE, "from_pretrained", from_pretrained)
    assert load(name) == "the dictionary"
    assert asked == [((release, sae_id), {"device": "cpu", "dtype": "float32"})]


def test_a_hub_name_without_a_network_fails_and_says_so(
    lens: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(FileError, match=r"gpt2-small-res-jb/blocks.8.hook_resid_pre: .*check the name and the network"):
        load("gpt2-small-res-jb/blocks.8.hook_resid_pre")


def test_a_name_that_neither_disk_nor_saelens_knows_is_an_error(lens: Any) -> None:
    with pytest.raises(FileError, match="no folder runs/sae, and 'runs' is no release that SAELens knows"):
        load("runs/sae")
    with pytest.raises(FileError, match=r"ID blocks\.99 not found in release gpt2-small-res-jb"):
        load("gpt2-small-res-jb/blocks.99")
