#!/usr/bin/env python3
"""Runs the packets of this bundle on a board with PYNQ, or on sums that were saved before, and does the host's part.

    sudo python3 pynq/run_pynq.py BITFILE --pixels DMA --weights DMA --sums DMA      names of the DMAs in the design
    python3 pynq/run_pynq.py --saved FOLDER     sums read from FOLDER/layers/*/*_sums.bin (XSDB saves into build/sums;
                                                the bundle itself holds the expected ones)

Writes build/came/NN_NAME.npy, the output of each layer: goldbench compare build/came/NN_NAME.npy layers/NN_NAME/requantised.npy
says where they differ first, and so does this script. Needs NumPy, and the .bin files of the bundle.
"""
import argparse
import json
import pathlib
import sys

import numpy

BUNDLE = pathlib.Path(__file__).resolve().parent.parent


class Board:
    """Three DMAs; packets one after the other."""

    def __init__(self, bitfile, pixels, weights, sums):
        import pynq

        self.allocate = pynq.allocate
        overlay = pynq.Overlay(bitfile)
        self.pixels, self.weights, self.sums = (getattr(overlay, name) for name in (pixels, weights, sums))

    def run(self, stem, length):
        sent = []
        sums = None
        if length:  # a place for the sums before anything that makes them
            sums = self.allocate(shape=(length,), dtype="u1")
            self.sums.recvchannel.transfer(sums)
        for dma, kind in ((self.weights, "weights"), (self.pixels, "pixels")):
            data = numpy.fromfile(BUNDLE / f"{stem}_{kind}.bin", "u1")[: packet_bytes(f"{stem}_{kind}")]
            buffer = self.allocate(shape=data.shape, dtype="u1")
            buffer[:] = data
            dma.sendchannel.transfer(buffer)
            sent.append((dma, buffer))
        for dma, _ in sent:
            dma.sendchannel.wait()
        if length:
            self.sums.recvchannel.wait()
        return None if sums is None else numpy.array(sums)


class Saved:
    """Sums that are there already."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, stem, length):
        return numpy.fromfile(self.folder / f"{stem}_sums.bin", "u1")[:length] if length else None


MANIFEST = json.loads((BUNDLE / "manifest.json").read_text())
VECTORS = {vector["vector"]: vector for vector in MANIFEST["vectors"]}


def packet_bytes(name):
    """Of a packet without what fills its file: whole beats."""
    return VECTORS[name]["beats"] * VECTORS[name]["beatBits"] // 8


def read_words(name):
    """A vector without a header, as int32."""
    data = numpy.fromfile(BUNDLE / f"{name}.bin", "u1")
    return unpack(data, VECTORS[name])


def unpack(data, vector):
    count, size = int(numpy.prod(vector["shape"])), vector["wordBits"] // 8
    words = data[: count * size].reshape(count, size).astype(numpy.int64)
    value = sum(words[:, b] << (8 * b) for b in range(size))
    signed = value - ((value >> (8 * size - 1)) << (8 * size))
    return signed.reshape(vector["shape"])


def keep(sums, word):
    """Sums in the word of the accumulator: they wrap, or stop at the ends."""
    half = 1 << (word["bits"] - 1)
    if word["overflow"] == "saturate":
        return numpy.clip(sums, -half, half - 1)
    return ((sums + half) & (2 * half - 1)) - half


def rescale(accumulators, layer, constants):
    """Accumulators [rows, columns, channels] as the layer's arithmetic makes words of them, before they are clamped."""
    zero, slope = layer["zeroPoints"]["output"], layer["slope"]
    if layer["arithmetic"] == "float16":
        scale, offset = (constants[name].astype(numpy.int16).view(numpy.float16).astype(numpy.float32) for name in ("scale", "offset"))
        with numpy.errstate(over="ignore"):  # what float16 does not hold is infinite, and clamped
            half = (accumulators.astype(numpy.float32) * scale + offset).astype(numpy.float16)
            sloped = half * numpy.float16(slope) if slope else numpy.zeros_like(half)
            half = numpy.where(half < 0, sloped, half).astype(numpy.float64)
            return numpy.rint((half + float(numpy.float16(zero))).astype(numpy.float16))
    shift = constants["shift"]
    if layer["arithmetic"] == "pow2":  # below zero as it is, elsewhere 2^p as large, the slope being 2^-p
        below = accumulators * 2.0**-shift * slope
        return numpy.rint(numpy.where(accumulators < 0, below, accumulators * 2.0**-shift)) + zero
    multiplier = constants["multiplier"]
    if layer["arithmetic"] == "float32":
        scale = constants["scale"].astype(numpy.int32).view(numpy.float32)
        return numpy.rint(accumulators.astype(numpy.float32) * scale).astype(numpy.int64) + zero
    if layer["arithmetic"] == "single":  # one product, one shift, ties up
        return ((accumulators * multiplier + (1 << (30 - shift))) >> (31 - shift)) + zero
    left = accumulators << numpy.maximum(shift, 0)  # double: the high half, rounded, then a shift, ties away from zero
    left = left.astype(numpy.int32).astype(numpy.int64)
    high = (left * multiplier + (1 << 30)) >> 31
    right = numpy.maximum(-shift, 0)
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0)) + zero


CONSTANTS = {"pow2": ("shift",), "float16": ("scale", "offset")}


def finish(layer, summed):
    """The operator's output out of its sums."""
    folder = layer["folder"]
    names = ("corrections", "row_class", "column_class", *CONSTANTS.get(layer["arithmetic"], ("multiplier", "shift", "scale")))
    constants = {name: read_words(f"{folder}/{name}") for name in names}
    kinds = constants["corrections"][constants["row_class"][:, None], constants["column_class"][None, :]]
    accumulators = keep((summed + kinds).astype(numpy.int32).astype(numpy.int64), layer["keptIn"])
    lowest, highest = layer["clamp"]
    output = numpy.clip(rescale(accumulators, layer, constants), lowest, highest)
    return output.astype(layer["output"]["type"]).reshape(layer["output"]["shape"])


def run_layer(layer, device):
    """All packets of a layer; their sums, passes added, [rows, columns, channels]."""
    summed = numpy.zeros(int(numpy.prod(layer["accumulators"])), numpy.int64)
    for index, run in enumerate(layer["runs"]):
        sizes, tiles, place = run["sizes"], run["tiles"], run["place"]
        for t in range(tiles["T"]):
            for p, part in enumerate(tiles["passes"]):
                stem = f"{layer['folder']}/r{index}_t{t}_p{p}"
                data = device.run(stem, packet_bytes(f"{stem}_sums") if part["releases"] else 0)
                if data is None:
                    continue
                n, l, o, j, g, r = numpy.indices(VECTORS[f"{stem}_sums"]["shape"])
                row, channel = l * MANIFEST["array"]["rows"] + r, (t * tiles["E"] + g) * sizes["columns"]["stride"] + j
                real = (row < sizes["rows"]["output"]) & (channel < sizes["channelsOut"])
                at = place["offset"] + n * place["frame"] + row * place["row"] + o * place["column"] + channel
                words = unpack(data, VECTORS[f"{stem}_sums"])
                summed[at[real]] += words[real]
    return summed.reshape(layer["accumulators"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bitfile", nargs="?")
    parser.add_argument("--saved")
    parser.add_argument("--pixels", default="dma_pixels")
    parser.add_argument("--weights", default="dma_weights")
    parser.add_argument("--sums", default="dma_sums")
    given = parser.parse_args()
    if (given.bitfile is None) == (given.saved is None):
        parser.error("give a BITFILE, or --saved FOLDER")
    device = Saved(given.saved) if given.saved else Board(given.bitfile, given.pixels, given.weights, given.sums)
    came = BUNDLE / "build" / "came"
    came.mkdir(parents=True, exist_ok=True)
    different = 0
    for layer in MANIFEST["layers"]:
        output = finish(layer, run_layer(layer, device))
        name = layer["folder"].split("/")[1]
        numpy.save(came / f"{name}.npy", output)
        if f"{layer['folder']}/requantised" not in VECTORS:
            print(f"{name}: not compared, its outputs are not in the bundle")
            continue
        wanted = read_words(f"{layer['folder']}/requantised").astype(output.dtype)
        wrong = numpy.argwhere(output != wanted.reshape(output.shape))
        different += len(wrong)
        first = f", first {wrong[0].tolist()}: {output[tuple(wrong[0])]}, not {wanted[tuple(wrong[0])]}" if len(wrong) else ""
        print(f"{name}: {len(wrong)} of {output.size} outputs differ{first}")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
