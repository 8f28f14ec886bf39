"""Losses and their gradients with respect to every parameter, phase by phase, against golden vectors."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import apply, sample_params
from ada_tf.models.published_names import named_variables
from ada_tf.training import losses
from tests.golden import networks
from tests.golden.golden import Golden, nhwc

GOLDEN = Golden("losses")
PHASES = [(case, phase) for case, spec in GOLDEN.cases.items() for phase in spec["phases"]]
W_AVG_DECAY = 0.995
VALUE_RTOL, GRADIENT_RTOL = 1e-5, 5e-4


class Setting:
    """The networks and inputs of one case, and what every phase is made of."""

    def __init__(self, case, phase):
        self.case, self.name = case, f"{case}/{phase}"
        self.spec = GOLDEN.cases[case]
        self.phase = self.spec["phases"][phase]
        self.generator = networks.generator(self.spec["G_kwargs"], GOLDEN.under(f"{case}/G/param/"))
        self.discriminator = networks.discriminator(
            self.spec["D_kwargs"], GOLDEN.under(f"{case}/D/param/")
        )
        self.real = tf.constant(nhwc(GOLDEN[f"{case}/real"]))

    def array(self, name):
        return (
            tf.constant(GOLDEN[f"{self.case}/{name}"]) if f"{self.case}/{name}" in GOLDEN else None
        )

    def ws(self, count):
        labels = self.array("gen_c")
        labels = None if labels is None else labels[:count]
        w = self.generator.mapping(self.array("z")[:count], labels)
        ws = self.generator.broadcast(w)
        if self.phase["style_mixing"]:
            mixed = self.generator.broadcast(
                self.generator.mapping(self.array("mix_z")[:count], labels)
            )
            own = (
                tf.range(self.generator.num_ws)[tf.newaxis, :, tf.newaxis] < self.spec["mix_cutoff"]
            )
            ws = tf.where(own, ws, mixed)
        return w, ws

    def synthesize(self, ws):
        return self.generator.synthesis(ws, noise_mode="const")

    def discriminate(self, images, labels):
        if self.phase["augment"]:
            q = self.phase["debug_percentile"]
            params = sample_params(
                tf.zeros(2, tf.int32), len(images), 1.0, self.phase["augment"], debug_percentile=q
            )
            images = apply(images, params)
        return self.discriminator(images, labels)

    def check(self, name, value):
        np.testing.assert_allclose(
            np.reshape(value, -1),
            np.reshape(GOLDEN[f"{self.name}/{name}"], -1),
            rtol=VALUE_RTOL,
            atol=1e-5,
        )


def run_generator_main(s):
    w, ws = s.ws(len(s.real))
    logits = s.discriminate(s.synthesize(ws), s.array("gen_c"))
    values = losses.generator_logistic_loss(logits)
    s.check("report/Loss/scores/fake", logits)
    s.check("report/Loss/G/loss", values)
    w_avg = tf.convert_to_tensor(s.generator.mapping.w_avg)
    s.check("w_avg_after", losses.updated_average(w_avg, tf.reduce_mean(w, axis=0), W_AVG_DECAY))
    return tf.reduce_mean(values)


def run_generator_regularizer(s):
    noise = nhwc(GOLDEN[f"{s.case}/pl_noise"])
    _, ws = s.ws(len(noise))
    lengths = losses.path_lengths(s.synthesize, ws, noise)
    penalty, mean = losses.path_length_penalty(lengths, s.spec["pl_mean_in"], s.spec["pl_decay"])
    s.check("pl_lengths", lengths)
    s.check("pl_mean_out", mean)
    s.check("report/Loss/pl_penalty", penalty)
    return tf.reduce_mean(penalty) * s.spec["pl_weight"]


def run_discriminator_main(s):
    _, ws = s.ws(len(s.real))
    fake = s.discriminate(tf.stop_gradient(s.synthesize(ws)), s.array("gen_c"))
    real = s.discriminate(s.real, s.array("real_c"))
    values = losses.discriminator_logistic_loss(real, fake)
    s.check("report/Loss/scores/fake", fake)
    s.check("report/Loss/scores/real", real)
    return tf.reduce_mean(values)


def run_discriminator_regularizer(s):
    penalty, _ = losses.r1_penalty(lambda x: s.discriminate(x, s.array("real_c")), s.real)
    s.check("report/Loss/r1_penalty", penalty)
    return tf.reduce_mean(penalty) * s.spec["r1_gamma"] / 2


RUN = {
    "Gmain": run_generator_main,
    "Greg": run_generator_regularizer,
    "Dmain": run_discriminator_main,
    "Dreg": run_discriminator_regularizer,
}


@pytest.mark.parametrize(("case", "phase"), PHASES)
def test_phase(case, phase):
    s = Setting(case, phase)
    network = s.generator if s.phase["phase"].startswith("G") else s.discriminator
    with tf.GradientTape() as tape:
        total = RUN[s.phase["phase"]](s)
    np.testing.assert_allclose(total, GOLDEN[f"{s.name}/total"], rtol=VALUE_RTOL)
    trained = {n.name: n for n in named_variables(network) if n.variable.trainable}
    variables = [n.variable.value for n in trained.values()]
    gradients = tape.gradient(total, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    gradients = dict(zip(trained, gradients, strict=True))
    norms = dict(zip(s.phase["gradnorm_order"], GOLDEN[f"{s.name}/gradnorm"], strict=True))
    assert norms.keys() == gradients.keys()
    for name, norm in norms.items():  # -1: no path from the parameter to the loss
        ours = np.linalg.norm(gradients[name])
        assert ours == pytest.approx(max(norm, 0.0), rel=GRADIENT_RTOL, abs=1e-6), name
    for name, expected in GOLDEN.under(f"{s.name}/grad/").items():
        ours = trained[name].from_ours(gradients[name])
        assert np.linalg.norm(ours - expected) <= GRADIENT_RTOL * np.linalg.norm(expected) + 1e-7, (
            name
        )
