#include "packing.h"

#include <cstdlib>
#include <cstring>

namespace goldbench {
namespace {

int32_t valueOf(uint8_t raw, bool isSigned) { return isSigned ? static_cast<int8_t>(raw) : raw; }

/** The channel at `position` of the scrambled order of blocks of 2 x lanes channels: see isa/finish.inl. */
size_t scrambledChannel(size_t position, const Kernels& kernels) {
  const size_t lanes = size_t(kernels.lanes), within = position % (2 * lanes), lane = within % lanes;
  return position - within + lane / 4 * 8 + within / lanes * 4 + lane % 4;
}

/** One entry of each constant per position; `channelAt(position)` is the channel of the spec there, or -1. */
template <typename ChannelAt>
void packConstants(ChannelConstants& constants, const LayerSpec& spec, size_t positions, const ChannelAt& channelAt) {
  const bool isFloat = spec.rounding == Rounding::Float32, isSingle = spec.rounding == Rounding::Single;
  constants.bias.assign(positions, 0);
  constants.scale.assign(isFloat ? positions : 0, 0.0f);
  constants.multiplier.assign(isFloat ? 0 : positions, 0);
  constants.left.assign(isFloat ? 0 : positions, 0);
  constants.right.assign(isFloat ? 0 : positions, isSingle ? 31 : 0);
  for (size_t position = 0; position < positions; position++) {
    const int32_t c = channelAt(position);
    if (c < 0) continue;
    if (spec.bias) constants.bias[position] = spec.bias[c];
    if (isFloat) {
      constants.scale[position] = spec.scale[c];
      continue;
    }
    const int32_t shift = spec.shift[c];
    constants.multiplier[position] = spec.multiplier[c];
    const int32_t limit = shift > 0 ? INT32_MAX >> shift : INT32_MAX;  // times a multiplier >= 1/2: over any clamp
    constants.left[position] = isSingle ? limit : shift > 0 ? shift : 0;
    constants.right[position] = isSingle ? 31 - shift : shift < 0 ? -shift : 0;
  }
}

/** Notes how far from 0 a channel's accumulator can get, its weights' absolute sum being `size`. */
void noteSize(Part& part, const LayerSpec& spec, int32_t channel, int64_t size) {
  const int64_t bias = spec.bias ? std::abs(int64_t{spec.bias[channel]}) : 0;
  part.largest = std::max(part.largest, bias + 255 * size);
}

}  // namespace

void packDense(Part& part, const Kernels& kernels, Operand operand, const LayerSpec& spec, const WeightOrder& weights) {
  const bool isWide = operand == Operand::Int16;
  const ByteForm form = byteForm(operand, spec);
  const int32_t perStep = isWide ? 2 : 4;
  part.steps = (part.runLength + perStep - 1) / perStep;
  part.panels = (part.channels + kernels.panel - 1) / kernels.panel;
  part.preparedDepth = part.depth;
  const size_t stepStride = size_t(kernels.panel) * 4;
  const int64_t runBytes = int64_t(part.steps * stepStride);
  const int64_t bytes = part.panels * int64_t(part.offsets.size()) * runBytes;
  need(bytes <= MOST_WEIGHT_BYTES, "packed weights of this layer would exceed 8 GiB");
  part.weights.assign(size_t(bytes), 0);
  const int32_t channels = part.channels / part.fold;
  packConstants(part.constants, spec, size_t(part.panels) * kernels.panel, [&](size_t position) {
    const int32_t channel = int32_t(scrambledChannel(position, kernels));
    return channel < part.channels ? part.outputChannel + channel % channels : -1;
  });
  const int32_t stride = part.columnStride / part.fold, taps = part.columnTaps - (part.fold - 1) * stride;
  const size_t runsPerRow = part.rowTaps ? part.offsets.size() / part.rowTaps : 0;
  for (size_t position = 0; position < size_t(part.panels) * kernels.panel; position++) {
    const int32_t c = int32_t(scrambledChannel(position, kernels));
    if (c >= part.channels) continue;
    const int32_t before = c / channels * stride;  // columns of a folded window that this output does not see
    uint32_t sum = 0;
    int64_t size = 0;
    for (size_t run = 0; run < part.offsets.size(); run++) {
      const int32_t row = int32_t(run / runsPerRow), firstColumn = runsPerRow == 1 ? 0 : int32_t(run % runsPerRow);
      const size_t panel = position / kernels.panel, lane = position % kernels.panel;
      uint8_t* packed = part.weights.data() + (panel * part.offsets.size() + run) * runBytes + lane * 4;
      const int32_t columns = part.runLength / part.depth;
      for (int32_t column = firstColumn + before; column < firstColumn + before + std::min(columns, taps); column++) {
        const uint8_t* source = spec.weights + weights.at(c % channels, row, column - before);
        for (int32_t i = 0, k = (column - firstColumn) * part.depth; i < part.depth; i++, k++, source++) {
          uint8_t* at = packed + size_t(k / perStep) * stepStride;
          const int32_t value = valueOf(*source, spec.isSigned) - spec.weightZero;
          size += std::abs(value);
          if (isWide) {
            const int16_t wide = static_cast<int16_t>(value);
            std::memcpy(at + k % 2 * 2, &wide, 2);
          } else {
            at[k % 4] = *source ^ form.weightFlip;
            sum += static_cast<uint32_t>(static_cast<int8_t>(at[k % 4]) - form.weightZero);
          }
        }
      }
    }
    noteSize(part, spec, part.outputChannel + c % channels, size);
    // sum of (x - zX)(w - zW) = sum of x w - zX x sum of (w - zW) - zW x sum of x, the last per pixel (Layer::correct)
    part.constants.bias[position] = int32_t(uint32_t(part.constants.bias[position]) - sum * uint32_t(form.inputZero));
  }
}

namespace {

/** Below that many channels on either side transforming costs more than it saves. */
constexpr int32_t LEAST_WINOGRAD = 16;
/** Large tiles have 36 weights for 9: fewer tiles than this wait for them, unless they fit the second-level cache. */
constexpr int64_t LEAST_LARGE_TILES = 24, MOST_CACHED_BYTES = 384 << 10;

/** G of the two algorithms, each row as often as makes it whole: isa/winograd.inl. */
constexpr int32_t SMALL_G[4][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}};                                  // rows 1, 2: twice
constexpr int32_t LARGE_G[6][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};  // 4, -6, -6, 24, 24, 1 times

/** G g G', row by row. */
void transformFilter(const int32_t (*matrix)[3], int32_t side, const int32_t (&g)[9], int32_t (&u)[36]) {
  for (int32_t r = 0; r < side; r++) {
    int32_t line[3];
    for (int32_t c = 0; c < 3; c++) line[c] = matrix[r][0] * g[c] + matrix[r][1] * g[3 + c] + matrix[r][2] * g[6 + c];
    for (int32_t c = 0; c < side; c++) u[r * side + c] = line[0] * matrix[c][0] + line[1] * matrix[c][1] + line[2] * matrix[c][2];
  }
}

/** No accumulator gets farther from 0 than this: sums of weights above and below 0 with the pixels that suit them best. */
int64_t largestOf(const Part& part, const LayerSpec& spec, const WeightOrder& weights) {
  const int64_t highest = (spec.isSigned ? 127 : 255) - spec.inputZero, lowest = highest - 255;
  int64_t largest = 0;
  for (int32_t c = 0; c < part.channels; c++) {
    int64_t above = 0, below = 0;
    for (int32_t tap = 0; tap < 9; tap++)
      for (int32_t i = 0; i < part.depth; i++) {
        const int32_t value = valueOf(spec.weights[weights.at(c, tap / 3, tap % 3) + i], spec.isSigned) - spec.weightZero;
        (value > 0 ? above : below) += value;
      }
    const int64_t bias = spec.bias ? std::abs(int64_t{spec.bias[part.outputChannel + c]}) : 0;
    largest = std::max({largest, bias + above * highest + below * lowest, bias - above * lowest - below * highest});
  }
  return largest;
}

/** The side of the tiles, or 0 where Winograd's algorithm is not exact or not faster. */
int32_t chooseTile(const Part& part, int64_t largest) {
  const auto tiles = [&](int64_t side) { return (part.rows + side - 1) / side * ((part.width + side - 1) / side); };
  // 64 times a sum of products is shifted in the end, and must not wrap; places per pixel decide
  const bool areAtHand = tiles(4) >= LEAST_LARGE_TILES || int64_t{part.depth} * part.channels * 36 * 2 <= MOST_CACHED_BYTES;
  if (largest < INT32_MAX / 64 && areAtHand && 36 * tiles(4) < 14 * tiles(2)) return 4;
  const bool isWorthIt = int64_t{part.rows} * part.width >= 16 && 16 * tiles(2) < 7 * int64_t{part.rows} * part.width;
  return isWorthIt && largest < INT32_MAX / 8 ? 2 : 0;  // what is halved is up to 4 times a sum of products, for any input
}

}  // namespace

bool packWinograd(Part& part, const Kernels& kernels, const LayerSpec& spec, const WeightOrder& weights) {
  const bool isNine = part.rowReach == 3 && part.columnReach == 3 && part.rowTaps == 3 && part.columnTaps == 3;
  const bool isDeep = part.depth >= LEAST_WINOGRAD && part.channels >= LEAST_WINOGRAD;
  if (!kernels.winograd || !isNine || !isDeep || part.rowStride != 1 || part.columnStride != 1) return false;
  const int64_t largest = largestOf(part, spec, weights);
  const int32_t tile = chooseTile(part, largest);
  if (!tile) return false;
  const int32_t side = tile + 2, places = side * side;
  const int32_t (*matrix)[3] = tile == 4 ? LARGE_G : SMALL_G;
  part.tile = tile;
  part.largest = largest;
  part.steps = size_t(part.depth + 1) / 2;
  part.panels = (part.channels + kernels.panel - 1) / kernels.panel;
  part.preparedDepth = part.depth;
  const size_t positions = size_t(part.panels) * kernels.panel, placeBytes = part.steps * kernels.panel * 4;
  need(int64_t(part.panels) * places * int64_t(placeBytes) <= MOST_WEIGHT_BYTES, "packed weights of this layer would exceed 8 GiB");
  part.weights.assign(size_t(part.panels) * places * placeBytes, 0);
  const auto channelOf = [&](size_t position) {
    const int32_t channel = int32_t(scrambledChannel(position, kernels));
    return channel < part.channels ? channel : -1;
  };
  packConstants(part.constants, spec, positions, [&](size_t position) {
    const int32_t channel = channelOf(position);
    return channel < 0 ? -1 : part.outputChannel + channel;
  });
  for (size_t position = 0; position < positions; position++) {
    const int32_t channel = channelOf(position);
    uint8_t* packed = part.weights.data() + position / kernels.panel * places * placeBytes + position % kernels.panel * 4;
    for (int32_t i = 0; channel >= 0 && i < part.depth; i++) {
      int32_t g[9], u[36];
      for (int32_t tap = 0; tap < 9; tap++) g[tap] = valueOf(spec.weights[weights.at(channel, tap / 3, tap % 3) + i], spec.isSigned) - spec.weightZero;
      transformFilter(matrix, side, g, u);
      for (int32_t place = 0; place < places; place++) {
        const int16_t value = static_cast<int16_t>(u[place]);
        std::memcpy(packed + place * placeBytes + size_t(i / 2) * kernels.panel * 4 + i % 2 * 2, &value, 2);
      }
    }
  }
  return true;
}

namespace {

/** Taps in the order of isa/depthwise.inl's pairs; -1 where the last has no partner. */
std::vector<int32_t> tapOrder(int32_t rows, int32_t columns) {
  std::vector<int32_t> order;
  for (int32_t row = 0; row + 1 < rows; row += 2)
    for (int32_t column = 0; column < columns; column++)
      for (const int32_t of : {row, row + 1}) order.push_back(of * columns + column);
  for (int32_t column = 0; rows % 2 && column < columns; column++) order.push_back((rows - 1) * columns + column);
  if (order.size() % 2) order.push_back(-1);
  return order;
}

}  // namespace

void packDepthwise(Part& part, const Kernels& kernels, const LayerSpec& spec) {
  const std::vector<int32_t> order = tapOrder(spec.rows.taps, spec.columns.taps);
  const ptrdiff_t width = part.preparedWidth();
  const int32_t block = 2 * kernels.lanes, channels = part.channels / part.fold;
  part.preparedDepth = part.fold > 1 ? channels : block;
  for (const int32_t tap : order) {
    const int32_t real = std::max(tap, 0);  // no partner: any value meets a zero weight
    const ptrdiff_t row = real / spec.columns.taps * ptrdiff_t{spec.rows.dilation};
    const ptrdiff_t column = real % spec.columns.taps * ptrdiff_t{spec.columns.dilation};
    part.offsets.push_back((row * width + column) * part.preparedDepth);
  }
  const bool isNine = spec.rows.taps == 3 && spec.columns.taps == 3 && spec.columns.dilation == 1;
  part.nineStride = isNine && part.columnStride <= 2 ? part.columnStride : 0;
  const size_t pairs = order.size() / 2;
  part.panels = (part.channels + block - 1) / block;
  const size_t positions = size_t(part.panels) * block;
  need(int64_t(positions * pairs * 4) <= MOST_WEIGHT_BYTES, "packed weights of this layer would exceed 8 GiB");
  const auto channelOf = [&](size_t position) {
    const int32_t channel = int32_t(scrambledChannel(position, kernels));
    return channel < part.channels ? channel % channels : -1;
  };
  packConstants(part.constants, spec, positions, channelOf);
  part.weights.assign(positions * pairs * 4, 0);
  int16_t* packed = reinterpret_cast<int16_t*>(part.weights.data());
  for (size_t position = 0; position < positions; position++) {
    const int32_t channel = channelOf(position);
    int64_t size = 0;
    for (size_t i = 0; channel >= 0 && i < order.size(); i++) {
      if (order[i] < 0) continue;
      const size_t at = (position / block * pairs + i / 2) * block * 2 + position % block * 2 + i % 2;
      const uint8_t raw = spec.weights[size_t(order[i]) * channels + channel];
      packed[at] = static_cast<int16_t>(valueOf(raw, spec.isSigned) - spec.weightZero);
      size += std::abs(packed[at]);
    }
    if (channel >= 0) noteSize(part, spec, channel, size);
  }
}

ByteForm byteForm(Operand operand, const LayerSpec& spec) {
  const bool isFlipped = spec.isSigned == (operand == Operand::Unsigned);
  const int32_t moved = !isFlipped ? 0 : spec.isSigned ? 128 : -128;
  return {uint8_t(isFlipped ? 0x80 : 0), uint8_t(spec.isSigned ? 0 : 0x80), spec.inputZero + moved,
          spec.weightZero - (spec.isSigned ? 0 : 128)};
}

bool makeTame(std::vector<Part>& parts) {
  for (const Part& part : parts)
    for (size_t i = 0; i < part.constants.right.size(); i++) {
      if (part.constants.multiplier[i] == 0) continue;
      const int32_t right = part.constants.right[i];
      if (right < 1 || 2 * part.largest + (int64_t{1} << right) + 1 > INT32_MAX) return false;
    }
  for (Part& part : parts) {
    ChannelConstants& constants = part.constants;
    constants.nudge.resize(constants.right.size());
    for (size_t i = 0; i < constants.right.size(); i++) {
      int32_t& right = constants.right[i];
      if (constants.multiplier[i] == 0) right = 1;  // 0 stays 0
      constants.nudge[i] = (1 << right) + 1;
      right++;
    }
    constants.left.clear();
  }
  return true;
}

size_t ChannelConstants::bytes() const {
  return 4 * (bias.size() + multiplier.size() + left.size() + right.size() + nudge.size() + scale.size());
}

void ChannelConstants::placeInto(Rescale& rescale) const {
  rescale.multiplier = multiplier.data(), rescale.left = left.data(), rescale.right = right.data();
  rescale.scale = scale.data(), rescale.nudge = nudge.data();
}

}  // namespace goldbench
