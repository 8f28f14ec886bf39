"""Whole iterations of the model that `fit` trains, against those of the reference: 18 of them, from
recorded draws, with lazy Adam, averages, the generator's average and the statistic that moves p.
"""

import collections
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AugmentPolicy
from ada_tf.models.config import NetworkConfig
from ada_tf.models.names import assign_weights, named_variables
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration import inputs, step
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.model import StyleGAN2ADA
from tests.golden.draws import WholeLoop, by_parts
from tests.golden.golden import Golden, nhwc

GOLDEN = Golden("training_loop")
# What float32 may differ in: of the distance that weights moved, of one tensor's, and relative.
# Nearest of 15 mistakes that a port may make is a wrong beta2, 14 times the first at the end.
NETWORK_TOLERANCE, TENSOR_TOLERANCE, W_AVG_RTOL, MEAN_RTOL, REPORT_RTOL = (
    5e-4,
    2e-3,
    1e-4,
    1e-5,
    1e-4,
)


class Parts(NamedTuple):
    """How a batch is computed.

    Attributes:
        batch_gpu: images at a time on each device; None is all of its share.
        replicas: devices.
    """

    batch_gpu: int | None = None
    replicas: int = 1

    def of(self, batch: int) -> int:
        """Parts of a batch."""
        return batch // (self.batch_gpu or batch // self.replicas)

    def strategy(self):
        """Of tf.distribute; replicas are virtual CPUs."""
        if self.replicas == 1:
            return tf.distribute.get_strategy()
        # The collectives of a process cannot change the number of their members: add up on one device.
        devices, reduce = [f"CPU:{n}" for n in range(self.replicas)], tf.distribute
        return reduce.MirroredStrategy(devices, reduce.ReductionToOneDevice())


def build(about, parts, jit_compile):
    """The compiled model of a case."""
    classes = about["c_dim"]
    model = StyleGAN2ADA(
        (about["resolution"], about["resolution"], about["img_channels"]),
        NetworkConfig(
            z_dim=about["z_dim"],
            w_dim=about["w_dim"],
            mapping_layers=about["mapping_layers"],
            channel_base=about["channel_base"],
            channel_max=about["channel_max"],
            generator_architecture=about["generator_architecture"],
            discriminator_architecture=about["discriminator_architecture"],
            mbstd_group=about["mbstd_group"],
            precision="float32",
            num_low_precision=0,
            conv_clamp=about["conv_clamp"],
        ),
        AugmentConfig(pipe=AugmentPolicy()),  # without transforms: D is observed all the same
        label_source=np.full(classes, 1 / classes) if classes else None,
        strategy=parts.strategy(),
    )
    names = ("r1_gamma", "r1_interval", "pl_weight", "pl_interval", "pl_decay", "style_mixing_prob",
             "w_avg_decay")  # fmt: skip
    # Each part measures all path lengths of the reference: their mean is of one program.
    shrink = about["pl_batch_shrink"] // parts.of(about["batch"])
    model.compile(
        LossConfig(pl_batch_shrink=shrink, **{name: about[name] for name in names}),
        OptimizerConfig(about["learning_rate"], *about["betas"], about["epsilon"]),
        EmaConfig(about["ema_kimg"], about["ema_rampup"]),
        batch_gpu=parts.batch_gpu,
        jit_compile=jit_compile,
    )
    return model


def number(variable):
    """The value of a variable, also of replicas."""
    return np.array(tf.convert_to_tensor(variable))


class Run:
    """The model of a case with its recorded weights, and how far it is from the reference."""

    def __init__(self, case, parts, jit_compile, monkeypatch):
        self.case, self.arrays, self.about = case, GOLDEN.under(f"{case}/"), GOLDEN.cases[case]
        self.parts = parts.of(self.about["batch"])
        draws = WholeLoop(self.arrays, self.about, self.parts)
        monkeypatch.setattr(inputs, "random", draws)
        monkeypatch.setattr(step, "seed_of", draws.seed_of)
        monkeypatch.setattr(step.Step, "_compute", draws.traces(step.Step._compute))
        self.model = m = build(self.about, parts, jit_compile)
        self.networks = {"G": m.generator, "D": m.discriminator, "G_ema": m.generator_ema}
        for network in (m.generator, m.generator_ema):
            network.synthesis.use_noise = False
        self.start = {name: self.weights_at_the_start(name) for name in self.networks}
        for name, network in self.networks.items():
            assign_weights(network, self.start[name])
        # By images, as in training: parts are observed one by one.
        images = self.about["ada_interval"] * self.about["batch"]
        self.ada = AdaCallback(m.augment, interval_images=images, kimg=10)

    def weights_at_the_start(self, name):
        """Those of the file. The noise inputs, which it does not have, stay out of everything."""
        given = GOLDEN.under(f"{self.case}/{name[0]}/param/")
        zeros = {n.name: np.zeros(n.variable.shape, np.float32) for n in self.named(name)}
        return {n: v for n, v in zeros.items() if ".noise_" in n} | given

    def batches(self):
        """All batches, each replica's share of them in the order of its parts."""
        labels = self.arrays.get("real_c", np.zeros(self.arrays["real"].shape[:2]))
        given = self.about["mbstd_group"]
        ordered = [
            np.concatenate([by_parts(x, self.parts, given).reshape(x.shape) for x in batches])
            for batches in (map(nhwc, self.arrays["real"]), labels.astype(np.int32))
        ]
        data = dict(zip(("images", "labels"), ordered, strict=True))
        share = self.about["batch"] // self.model.strategy.num_replicas_in_sync
        local = tf.data.Dataset.from_tensor_slices(data).batch(share, drop_remainder=True)
        return iter(self.model.strategy.distribute_datasets_from_function(lambda context: local))

    def named(self, name):
        return named_variables(self.networks[name])

    def check_reports(self, iteration):
        """Statistics of an iteration, those of its phases added up."""
        sums = collections.Counter()
        for name in (n for n in self.arrays if n.startswith("report/")):
            _, phase, statistic = name.split("/", 2)
            interval = {"Greg": "pl_interval", "Dreg": "r1_interval"}.get(phase)
            times, rest = divmod(iteration, self.about[interval] if interval else 1)
            if rest == 0:
                equal = self.parts if phase == "Greg" else 1  # parts that measure the same
                sums[statistic] = sums[statistic] + self.arrays[name][times] * equal
        found = self.model.stats.read()
        assert found.pop(STATISTIC) == found["Loss/signs/real"]  # ours; p follows it here
        assert found.keys() == sums.keys()
        for name, (count, total, squares) in sums.items():
            ours, size = found[name], np.sqrt(squares / count)
            tolerance = 0 if "signs" in name else REPORT_RTOL
            assert ours["num"] == count, name
            assert abs(ours["mean"] - total / count) <= tolerance * size, (name, iteration)
            assert np.hypot(ours["mean"], ours["std"]) == pytest.approx(size, rel=REPORT_RTOL), name

    def check_control(self, iteration):
        """What D said of reals in this iteration, R1 pass included; then p moves if it is time."""
        seen, interval = self.model.augment.observed(), self.about["ada_interval"]
        since = slice(iteration // interval * interval, iteration + 1)
        assert seen.signs == self.arrays["signs_real"][since].sum()
        assert seen.count == self.arrays["count_real"][since].sum()
        assert seen.images == (since.stop - since.start) * self.about["batch"]
        logs = {}
        self.ada.on_train_batch_end(iteration, logs)
        if (iteration + 1) % interval == 0:
            statistic = self.arrays["ada_stat"][iteration // interval]
            assert logs["ada_rt"] == pytest.approx(statistic, rel=1e-6)

    def check_weights(self, iteration):
        for name in self.networks:
            expected = GOLDEN.under(f"{self.case}/iter{iteration}/{name}/param/")
            errors, moved = {}, {}
            for n in self.named(name):
                ours, before = n.from_ours(number(n.variable)), self.start[name][n.name]
                errors[n.name] = np.linalg.norm(ours - expected.get(n.name, before))
                moved[n.name] = np.linalg.norm(expected.get(n.name, before) - before)
            if "mapping.w_avg" in errors:
                size = np.linalg.norm(expected["mapping.w_avg"])
                moved.pop("mapping.w_avg")
                assert errors.pop("mapping.w_avg") <= W_AVG_RTOL * size, name
            for tensor, error in errors.items():
                assert error <= TENSOR_TOLERANCE * moved[tensor], (name, tensor)
            whole = [np.linalg.norm(list(x.values())) for x in (errors, moved)]
            assert whole[0] <= NETWORK_TOLERANCE * whole[1], name


@pytest.mark.parametrize(
    ("case", "parts", "jit_compile"),
    [
        *((case, Parts(), False) for case in GOLDEN.cases),
        ("uncond_nomix", Parts(batch_gpu=8), False),
        # Compiling takes four times as long: each case once, and each way.
        ("cond_mix", Parts(), True),
        ("uncond_nomix", Parts(batch_gpu=4), True),
        ("uncond_nomix", Parts(replicas=2), True),
    ],
    ids=lambda value: ("plain", "compiled")[value] if isinstance(value, bool) else None,
)
def test_iterations(case, parts, jit_compile, monkeypatch):
    """Also in parts one after the other, on replicas, with the batch as its one part, and compiled by XLA."""
    run = Run(case, parts, jit_compile, monkeypatch)
    about, model = run.about, run.model
    for optimizer, kind in ((model.g_optimizer, "G"), (model.d_optimizer, "D")):
        ours = [float(number(optimizer.learning_rate)), optimizer.beta_1, optimizer.beta_2]
        assert ours == pytest.approx([about[f"{kind}_lr"], *about[f"{kind}_betas"]], rel=1e-6)
    train = model.make_train_function()
    data = run.batches()
    for iteration in range(about["iterations"]):
        logs = train(data)
        assert model.non_finite.read() == (None, None)
        assert logs.keys() == {"g_loss", "d_loss", "ada_p"}
        run.check_reports(iteration)
        run.check_control(iteration)
        mean = float(number(model.means["path_length_mean"])) if model.means else 0.0
        assert mean == pytest.approx(run.arrays["pl_mean"][iteration], rel=MEAN_RTOL)
        if f"iter{iteration}/G/param/mapping.w_avg" in run.arrays:
            run.check_weights(iteration)
    assert model.images_done == about["iterations"] * about["batch"]
