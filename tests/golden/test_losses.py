"""The phases that are trained, against golden vectors: every report, average, logit and gradient."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import apply, sample_params
from ada_tf.models import synthesis
from ada_tf.models.names import named_variables
from ada_tf.ops import graph
from ada_tf.training.iteration import inputs, phases
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Draw
from ada_tf.training.iteration.table import PHASES as ROWS
from tests.golden import networks
from tests.golden.draws import OnePhase
from tests.golden.golden import Golden, nhwc

GOLDEN = Golden("losses")
PHASES = [(case, phase) for case, spec in GOLDEN.cases.items() for phase in spec["phases"]]
# Also as a GPU runs them, through XLA: augmented, the penalty as well. Path length is in the compiled loop.
COMPILED = [("cond", "Dmain_aug"), ("cond", "Dreg_aug")]
# What the gradients of a phase are multiplied by, its interval; not in the golden numbers.
FACTOR = {"Gmain": 1, "Greg": 4, "Dmain": 1, "Dreg": 16}
# The streams from which its augmentations are drawn: with others, old seeds train something else.
AUGMENTED = {
    "Gmain": [Draw.AUGMENT_FAKE], "Greg": [], "Dmain": [Draw.AUGMENT_FAKE, Draw.AUGMENT_REAL],
    "Dreg": [Draw.AUGMENT_REAL],
}  # fmt: skip
LOSS = {"Gmain": "G/loss", "Greg": "G/reg", "Dmain": "D/loss", "Dreg": "D/reg"}
W_AVG_DECAY = 0.995
VALUE_RTOL, GRADIENT_RTOL = 1e-5, 5e-4


class Setting:
    """Networks, draws and inputs of one case and phase."""

    def __init__(self, case, phase, monkeypatch):
        self.case, self.name, self.augmented = case, f"{case}/{phase}", []
        self.spec = GOLDEN.cases[case]
        self.about = about = self.spec["phases"][phase]
        generator = networks.generator(self.spec["G_kwargs"], GOLDEN.under(f"{case}/G/param/"))
        draws = OnePhase(GOLDEN.under(f"{case}/"), self.spec["mix_cutoff"], generator)
        for module in (inputs, synthesis):
            monkeypatch.setattr(module, "random", draws)
        self.loss = LossConfig(
            r1_gamma=self.spec["r1_gamma"],
            r1_interval=FACTOR["Dreg"],
            pl_weight=self.spec["pl_weight"],
            pl_interval=FACTOR["Greg"],
            pl_decay=self.spec["pl_decay"],
            pl_batch_shrink=self.spec["pl_batch_shrink"],
            style_mixing_prob=0.9 if about["style_mixing"] else 0.0,
        )
        classes = generator.c_dim
        self.networks = inputs.Networks(
            generator,
            networks.discriminator(self.spec["D_kwargs"], GOLDEN.under(f"{case}/D/param/")),
            self.augment,
            tf.fill([classes], 1 / classes) if classes else None,
            {"path_length_mean": tf.Variable(self.spec["pl_mean_in"])},
        )

    def augment(self, images, seed):
        self.augmented.append(*seed)
        policy, percentile = self.about["augment"], self.about["debug_percentile"]
        if policy is None:
            return images
        params = sample_params([0, 0], images.shape[0], 1.0, policy, debug_percentile=percentile)
        return apply(images, params)

    def run(self, phase, jit_compile=None):
        """The result of a phase, and which network it is for; eagerly, or compiled by XLA or not."""
        real = tf.constant(nhwc(GOLDEN[f"{self.case}/real"]))
        labels = f"{self.case}/real_c"
        labels = tf.constant(GOLDEN[labels]) if labels in GOLDEN else None
        network = self.networks[0 if phase.startswith("G") else 1]

        def compute(real, labels):
            return phases.compute(ROWS[phase], self.networks, self.loss, real, labels, ())

        if jit_compile is not None:
            compute = graph(compute, jit_compile)
        return compute(real, labels), network

    def golden(self, name):
        return np.reshape(GOLDEN[f"{self.name}/{name}"], -1).astype(np.float64)


def check_reports(s, stats):
    """Count, sum and sum of squares of every statistic."""
    assert stats.keys() == GOLDEN.under(f"{s.name}/report/").keys()
    for name, moments in stats.items():
        count, total, squares = moments.numpy()
        values = s.golden(f"report/{name}")
        size = np.square(values).sum()
        assert count == len(values)
        assert abs(total - values.sum()) <= VALUE_RTOL * np.sqrt(count * size), name
        assert squares == pytest.approx(size, rel=2 * VALUE_RTOL), name


def check_averages(s, averages, network):
    if s.about["phase"] == "Dreg":  # makes no images, so there are no new w
        assert averages == {}
        return
    assert averages["w_avg"].shape == (s.networks.generator.w_dim,)
    if f"{s.name}/w_avg_after" in GOLDEN:
        before, batch = network.mapping.w_avg.numpy(), averages["w_avg"].numpy()
        after = W_AVG_DECAY * before + (1 - W_AVG_DECAY) * batch
        np.testing.assert_allclose(after, s.golden("w_avg_after"), rtol=VALUE_RTOL, atol=1e-6)
    assert ("path_length_mean" in averages) == (s.about["phase"] == "Greg")
    if "path_length_mean" in averages:
        mean = float(averages["path_length_mean"])
        assert mean == pytest.approx(s.golden("pl_mean_out")[0], rel=VALUE_RTOL)


def check_gradients(s, gradients, network):
    """The golden gradients times the interval: norms of all weights, and some in full."""
    factor = FACTOR[s.about["phase"]]
    names = {id(named.variable): named for named in named_variables(network)}
    trained = [names[id(v)] for v in network.trainable_variables]
    found = {n.name: n.from_ours(g) for n, g in zip(trained, gradients, strict=True)}
    norms = dict(zip(s.about["gradnorm_order"], s.golden("gradnorm"), strict=True))
    assert norms.keys() == found.keys()
    for name, norm in norms.items():  # -1: no path from the parameter to the loss
        expected = factor * max(norm, 0.0)
        ours = np.linalg.norm(found[name])
        assert ours == pytest.approx(expected, rel=GRADIENT_RTOL, abs=1e-6 * factor), name
    for name, expected in GOLDEN.under(f"{s.name}/grad/").items():
        error = np.linalg.norm(found[name] - factor * expected)
        assert error <= factor * (GRADIENT_RTOL * np.linalg.norm(expected) + 1e-7), name


@pytest.mark.parametrize(
    ("case", "phase", "jit_compile"),
    [
        *(pytest.param(*both, None, id="-".join(both)) for both in PHASES),
        *(pytest.param(*both, True, id="-".join((*both, "compiled"))) for both in COMPILED),
    ],
)
def test_phase(case, phase, jit_compile, monkeypatch):
    s = Setting(case, phase, monkeypatch)
    kind = s.about["phase"]
    output, network = s.run(kind, jit_compile)
    assert s.augmented == AUGMENTED[kind]
    check_reports(s, output.stats)
    count, total, _ = output.stats[f"Loss/{LOSS[kind]}"].numpy()
    assert total / count == pytest.approx(s.golden("total")[0], rel=VALUE_RTOL)
    shown = {"Gmain": {"fake"}, "Dmain": {"real", "fake"}, "Dreg": {"real"}}.get(kind, set())
    assert output.logits.keys() == shown  # what moves p, of the discriminator's phases
    for name, logits in output.logits.items():
        expected = s.golden(f"report/Loss/scores/{name}")
        np.testing.assert_allclose(logits[:, 0], expected, rtol=VALUE_RTOL, atol=1e-5)
    check_averages(s, output.averages, network)
    check_gradients(s, output.gradients, network)


@pytest.mark.parametrize("case", GOLDEN.cases)
def test_generator_is_scored_through_the_augmentation(case, monkeypatch):
    """The golden logits of D on augmented fakes, in Dmain, belong to the same latents. Gradients are
    compared with slopes along random directions, found in forward mode through the bare networks.
    """
    s = Setting(case, "Dmain_aug", monkeypatch)
    output, network = s.run("Gmain")
    golden = s.golden("report/Loss/scores/fake")
    values = np.log1p(np.exp(-golden))
    count, total, squares = output.stats["Loss/G/loss"].numpy()
    assert count == len(values)
    assert total == pytest.approx(values.sum(), rel=VALUE_RTOL)
    assert squares == pytest.approx(np.square(values).sum(), rel=2 * VALUE_RTOL)

    arrays, random = GOLDEN.under(f"{case}/"), np.random.RandomState(0)
    weights = [v.value for v in network.trainable_variables]
    for _ in range(2):
        along = [tf.constant(random.normal(size=w.shape), tf.float32) for w in weights]
        with tf.autodiff.ForwardAccumulator(weights, along) as forward:
            ws = network.broadcast(network.mapping(arrays["z"], arrays.get("gen_c")))
            fakes = s.augment(network.synthesis(ws, noise_mode="const"), (Draw.AUGMENT_FAKE,))
            logits = s.networks.discriminator(fakes, arrays.get("gen_c"))
            loss = tf.reduce_mean(tf.nn.softplus(-logits))
        np.testing.assert_allclose(logits[:, 0], golden, rtol=VALUE_RTOL, atol=1e-5)
        slope = sum(np.sum(g * d) for g, d in zip(output.gradients, along, strict=True))
        assert slope == pytest.approx(forward.jvp(loss).numpy(), rel=1e-4)
