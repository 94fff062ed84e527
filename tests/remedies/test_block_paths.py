import numpy as np
import pytest


def test_what_comes_back_through_the_weights_is_the_jacobian_of_the_branch(run):
    snippet = run("block_paths")
    rng = np.random.default_rng(5)
    W = rng.standard_normal((snippet.WIDTH, snippet.WIDTH)) / snippet.WIDTH**0.5
    h, delta = rng.standard_normal((2, snippet.WIDTH))
    delta /= np.linalg.norm(delta)
    up, down = (
        np.maximum(h + s * np.eye(snippet.WIDTH), 0) @ W.T for s in (1e-6, -1e-6)
    )
    numeric = (up - down) @ delta / 2e-6
    passed = snippet.pass_back(np.random.default_rng(5))
    assert passed == pytest.approx(np.linalg.norm(numeric), rel=1e-6)


def test_xavier_weights_under_relu_pass_back_half_of_the_square(run):
    assert run("block_paths").through ** 2 == pytest.approx(0.5, rel=0.06)
    assert "3e-08" in run("block_paths").printed
