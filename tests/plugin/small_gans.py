"""GANs of two layers in NumPy, 8x8 pictures: what their discriminators say of real and generated ones.

They learn: all a test needs is D(x) and D(G(z)) of every step, as users observe them.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

BATCH, STEPS = 32, 176
PIXELS, LATENT, WIDTH = 64, 16, 64


class Gan(NamedTuple):
    """Settings of a GAN.

    Attributes:
        loss: "logistic", "least_squares", "hinge", "critic" (with a gradient penalty) or "relativistic".
        real: label of real images; generated ones have 0, or 1 if it is below a half.
        d_rate: learning rate of the discriminator.
        g_rate: that of the generator.
        images: how many there are to learn from.
        critic_steps: steps of the discriminator for each of the generator.
        spectral: whether kernels of the discriminator are divided by their largest singular value.
        patches: outputs for each image.
    """

    loss: str = "logistic"
    real: float = 1.0
    d_rate: float = 2e-3
    g_rate: float = 1e-3
    images: int = 300
    critic_steps: int = 1
    spectral: bool = False
    patches: int = 1


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def pictures(count, random):
    """Bright spots of several sizes on dark ground, between -1 and 1: [N, 64]."""
    y, x = np.mgrid[:8, :8] / 7.0
    where, size = (
        random.uniform(0.2, 0.8, (count, 2, 1, 1)),
        random.uniform(0.1, 0.3, (count, 1, 1)),
    )
    spots = np.exp(-((y - where[:, 0]) ** 2 + (x - where[:, 1]) ** 2) / (2 * size**2))
    return (2.0 * spots - 1.0).reshape(count, PIXELS)


class Adam:
    def __init__(self, weights, rate):
        self.weights, self.rate, self.step = weights, rate, 0
        self.mean, self.square = ([np.zeros_like(w) for w in weights] for _ in range(2))

    def apply(self, slopes):
        self.step += 1
        rate = self.rate * np.sqrt(1 - 0.99**self.step) / (1 - 0.5**self.step)
        for w, m, s, g in zip(self.weights, self.mean, self.square, slopes, strict=True):
            m[...] = 0.5 * m + 0.5 * g
            s[...] = 0.99 * s + 0.01 * g * g
            w -= rate * m / (np.sqrt(s) + 1e-8)


class Layers:
    """Two dense layers with a leaky ReLU between them."""

    def __init__(self, sizes, random, spectral=False):
        self.weights = []
        for inputs, outputs in itertools.pairwise(sizes):
            self.weights += [random.normal(0, inputs**-0.5, (inputs, outputs)), np.zeros(outputs)]
        self.spectral = spectral

    def kernels(self):
        w1, _, w2, _ = self.weights
        scales = [np.linalg.norm(w, 2) if self.spectral else 1.0 for w in (w1, w2)]
        return w1 / scales[0], w2 / scales[1], scales

    def __call__(self, x):
        w1, w2, _ = self.kernels()
        before = x @ w1 + self.weights[1]
        self.seen = x, before, np.where(before > 0, 1.0, 0.2)
        return (before * self.seen[2]) @ w2 + self.weights[3]

    def back(self, upstream):
        """Slopes of the weights, and of the inputs, of the last call."""
        x, before, mask = self.seen
        w1, w2, scales = self.kernels()
        hidden = (upstream @ w2.T) * mask
        slopes = [x.T @ hidden / scales[0], hidden.sum(0)]
        slopes += [(before * mask).T @ upstream / scales[1], upstream.sum(0)]
        return slopes, hidden @ w1.T

    def penalty(self, x):
        """Slopes of 10 (|gradient| - 1)^2 at x."""
        self(x)
        w1, w2, mask = self.weights[0], self.weights[2][:, 0], self.seen[2]
        gradient = (mask * w2) @ w1.T
        norm = np.linalg.norm(gradient, axis=1, keepdims=True) + 1e-9
        upstream = 20 * (norm - 1) * gradient / norm / len(x)
        first, second = upstream.T @ (mask * w2), (mask * (upstream @ w1)).sum(0)[:, None]
        return [first, np.zeros(WIDTH), second, np.zeros(1)]


def slopes_of(gan: Gan, real, fake):
    """Slopes of D's loss at D(x) and D(G(z)), and of G's loss at D(G(z))."""
    other = 1.0 if gan.real < 0.5 else 0.0
    count = real.size
    if gan.loss == "logistic":
        found = sigmoid(real) - gan.real, sigmoid(fake) - other, sigmoid(fake) - gan.real
    elif gan.loss == "least_squares":
        found = 2 * (real - gan.real), 2 * (fake - other), 2 * (fake - gan.real)
    elif gan.loss == "hinge":
        found = -(real < 1.0).astype(float), (fake > -1.0).astype(float), -np.ones_like(fake)
    elif gan.loss == "critic":
        found = -np.ones_like(real), np.ones_like(fake), -np.ones_like(fake)
    else:
        found = -sigmoid(fake - real), sigmoid(fake - real), -sigmoid(real - fake)
    return [slope / count for slope in found]


@functools.cache
def outputs(gan: Gan, seed: int = 0):
    """Train a GAN; returns D(x) and D(G(z)) of every step, before it: [176, 32, patches]."""
    random = np.random.default_rng(seed)
    reals = pictures(gan.images, random)
    discriminator = Layers([PIXELS, WIDTH, gan.patches], random, gan.spectral)
    generator = Layers([LATENT, WIDTH, PIXELS], random)
    d_steps, g_steps = Adam(discriminator.weights, gan.d_rate), Adam(generator.weights, gan.g_rate)

    def generated():
        return np.tanh(generator(random.normal(size=(BATCH, LATENT))))

    said = []
    for _ in range(STEPS):
        for turn in range(gan.critic_steps):
            real, fake = reals[random.integers(0, gan.images, BATCH)], generated()
            real_output, fake_output = discriminator(real), discriminator(fake)
            if turn == 0:
                said.append((real_output, fake_output))
            at_real, at_fake, _ = slopes_of(gan, real_output, fake_output)
            slopes, _ = discriminator.back(at_fake)
            discriminator(real)
            slopes = [a + b for a, b in zip(slopes, discriminator.back(at_real)[0], strict=True)]
            if gan.loss == "critic":
                share = random.uniform(size=(BATCH, 1))
                more = discriminator.penalty(share * real + (1 - share) * fake)
                slopes = [a + b for a, b in zip(slopes, more, strict=True)]
            d_steps.apply(slopes)
        fake = generated()
        _, _, at_fake = slopes_of(gan, real_output, discriminator(fake))
        upstream = discriminator.back(at_fake)[1] * (1 - fake**2)
        g_steps.apply(generator.back(upstream)[0])
    return tuple(np.stack(outputs) for outputs in zip(*said, strict=True))
