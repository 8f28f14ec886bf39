"""Read networks that another program has trained, and write them as a folder for those of ada_tf.

    ada-import stylegan2-ada.pkl --out=faces
    ada-import https://host/stylegan2-ada.pkl --out=faces
    ada-import ffhq256 --out=faces
    ada-generate faces --seeds=0-15 --grid --outdir=out
    ada-train --resume=faces --data=photos/

FILE is a .pkl of StyleGAN2-ADA (PyTorch or TensorFlow 1) or of StyleGAN2 (TensorFlow 1), a .pt of such
networks or of their weights, of a checkpoint with g_ema, a .safetensors of weights, or the address of one. Nothing in it is executed. Addresses and the published networks ffhq256, ffhq512, ffhq1024,
celebahq256 and lsundog256 are downloaded into the user's cache. All programs take such a file directly;
the folder is read faster, and names its origin and licence.
"""

import dataclasses
import pathlib

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import Flags as Base
from ada_tf.cli._flags import option
from ada_tf.files import printable


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Base):
    """Flags of ada-import."""

    file: str = option(
        help="File of networks, its address or its name.",
        read=_values.network,
        positional="FILE",
        has_flag=False,
        example="ada-import NET.pkl --out=faces",
    )
    out: pathlib.Path = option(
        help="A new folder for the networks.", read=_values.path, example="faces"
    )


def main(flags: Flags) -> None:
    """Read the networks and write their folder."""
    _values.check_is_there("FILE", flags.file, "a .pkl or a .pt")
    source = _values.fetched(flags.file)
    from ada_tf.interop import find_network, network_folder
    from ada_tf.interop.published import published_file
    from ada_tf.models.build import check_can_be_built, make_network

    network = published_file.read(source)
    if find_network.url_of_network(flags.file):  # the file in the cache says nothing to others
        about = dataclasses.replace(network.about, origin=find_network.url_of_network(flags.file))
        network = dataclasses.replace(network, about=about)
    of = network.architecture
    check_can_be_built(of, network.count("generator_ema"), source)
    for group in network.weights:  # weights that do not fit are found now
        network.restore(**{group: make_network(of, group)})
    folder = network_folder.write(network, flags.out)
    print(f"Read {printable(source)}: {network_folder.describe(network.architecture)}")
    for group, arrays in network.weights.items():
        print(f"  {group}: {sum(array.size for array in arrays.values()):,} numbers")
    if network.left_out:
        print(f"  discriminator: left out, ours cannot be {printable(network.left_out)}")
    licence = network.about.licence or "not said in the file; ask whoever published it"
    print(f"Licence: {licence}.")
    print(f"Wrote {printable(folder)}")


def run() -> None:
    """Entry point of `ada-import`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
