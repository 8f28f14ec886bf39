"""Which methods for few images go together."""

from ada_tf.models.config import METHODS_OF_P
from ada_tf.settings import Named, SettingError
from ada_tf.training import discriminator_methods
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.losses import ADVERSARIAL


def check(config: RunConfig) -> None:
    """Refuse methods that make no sense together, with the reason.

    Raises:
        SettingError: naming both settings.
    """
    discriminator_methods.check(config)
    loss, augment = config.loss, config.augment
    game = Named("loss.adversarial", loss.adversarial)
    lecam, penalty = Named("loss.lecam_weight", loss.lecam_weight), Named("loss.gp_weight")
    r1 = Named("loss.r1_gamma", loss.r1_gamma)
    if augment.pseudo_reals and augment.mode == "noaug":
        raise SettingError(
            Named("augment.pseudo_reals", True),
            " happens with probability p, which there is not with ",
            Named("augment.mode", augment.mode),
            "; take ",
            Named("augment.mode", "ada"),
            ".",
        )
    of_p = (
        augment.pseudo_reals
        or getattr(config.network, "discriminator_method", "none") in METHODS_OF_P
    )
    if augment.pipe == "none" and augment.mode != "noaug" and not of_p:
        raise SettingError(
            Named("augment.pipe", augment.pipe),
            " leaves nothing for p to decide; give ",
            Named("augment.pseudo_reals"),
            ", or ",
            Named("augment.mode", "noaug"),
            ".",
        )
    if loss.lecam_weight and not ADVERSARIAL[loss.adversarial].levels:
        raise SettingError(
            lecam,
            " keeps logits near a level, and with ",
            game,
            " only their differences mean something; give one of them.",
        )
    if loss.adversarial == "wasserstein" and not loss.gp_weight:
        raise SettingError(
            game, " measures a distance only while slopes are bounded; give ", penalty, ", too."
        )
    if loss.gp_weight and (loss.r1_gamma or loss.r2_gamma):
        other = r1 if loss.r1_gamma else Named("loss.r2_gamma", loss.r2_gamma)
        raise SettingError(
            Named("loss.gp_weight", loss.gp_weight),
            " draws slopes towards 1, and ",
            other,
            " draws them towards 0; set one of both to 0.",
        )
