import numpy as np

from ada_tf.inference.generate import generate, map_latents, synthesize
from ada_tf.inference.styles import mix_styles
from tests.sentences import refused

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def test_style_mixing(plain):
    generator = plain[1]
    grid = mix_styles(generator, [1, 2], [3, 4, 5], [0, 2], truncation_psi=0.7)
    assert grid.shape == (3, 4, 16, 16, 3)
    assert np.all(grid[0, 0] == -1)
    rows = generate(generator, seeds=[1, 2], truncation_psi=0.7)
    columns = generate(generator, seeds=[3, 4, 5], truncation_psi=0.7)
    np.testing.assert_allclose(grid[1:, 0], rows, **TOLERANCE)
    np.testing.assert_allclose(grid[0, 1:], columns, **TOLERANCE)

    w = map_latents(generator, seeds=[2, 4], truncation_psi=0.7)
    mixed = w[:1].copy()
    mixed[:, [0, 2]] = w[1:, [0, 2]]
    np.testing.assert_allclose(grid[2, 2], synthesize(generator, mixed)[0], **TOLERANCE)
    assert np.abs(grid[2, 2] - grid[2, 0]).max() > 1e-3


def test_mixing_no_layer_is_the_row_and_all_layers_the_column(plain):
    generator = plain[1]
    none = mix_styles(generator, [1], [3], [])
    np.testing.assert_allclose(none[1, 1], none[1, 0], **TOLERANCE)
    everything = mix_styles(generator, [1], [3], range(generator.num_ws))
    np.testing.assert_allclose(everything[1, 1], everything[0, 1], **TOLERANCE)


def test_layers_that_do_not_exist_are_refused(plain):
    with refused("styles=6"):
        mix_styles(plain[1], [1], [2], [6])
