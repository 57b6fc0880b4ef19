#include "elementwise.h"

namespace goldbench {
namespace {

constexpr size_t CHUNK = 32 << 10;           // elements a thread takes at a time
constexpr double WORTH_SHARING = 128 << 10;  // elements below which waking a helper costs more than it brings
constexpr int32_t MOST = 1 << 28;

void need(bool condition, const char* sentence) {
  if (!condition) throw BadCall(sentence);
}

void needRange(bool isSigned, std::initializer_list<int32_t> values) {
  for (const int32_t value : values)
    need(value >= (isSigned ? -128 : 0) && value <= (isSigned ? 127 : 255), "zero points and clamps must be values of the type");
}

void checkAxis(const Axis& axis) {
  for (const int32_t size : {axis.input, axis.output, axis.taps, axis.stride})
    need(size >= 1 && size <= MOST, "sizes, strides and dilations must lie in 1..2^28");
  const int64_t last = (int64_t{axis.output} - 1) * axis.stride - axis.before;
  need(last < axis.input && axis.before < axis.taps, "a pool's windows must all meet the image");
  need(axis.before >= 0 && axis.before <= MOST && axis.dilation == 1, "a pool has paddings in 0..2^28 and no dilation");
}

/** Calls work(first element, how many) for chunks of `count` elements. */
template <typename Work>
void overChunks(Threads& threads, size_t count, const Work& work) {
  const int64_t chunks = static_cast<int64_t>((count + CHUNK - 1) / CHUNK);
  threads.run(chunks, static_cast<double>(count) >= WORTH_SHARING, [&](int64_t chunk, Scratch&) {
    const size_t first = static_cast<size_t>(chunk) * CHUNK;
    work(first, std::min(CHUNK, count - first));
  });
}

}  // namespace

void checkPool(const PoolSpec& spec) {
  checkAxis(spec.rows);
  checkAxis(spec.columns);
  need(spec.channels >= 1 && spec.channels <= MOST, "channels must lie in 1..2^28");
  need(int64_t{spec.rows.taps} * spec.columns.taps <= 1 << 22, "a pool takes at most 2^22 taps: sums are int32");
  const double pixels = std::max(double(spec.rows.input) * spec.columns.input, double(spec.rows.output) * spec.columns.output);
  need(pixels * spec.channels <= 0x1p40, "a tensor holds more than 2^40 values");
  needRange(spec.isSigned, {spec.lowest, spec.highest});
  need(spec.lowest <= spec.highest, "the lowest output is above the highest");
}

void runPool(const Kernels& kernels, Threads& threads, const PoolSpec& spec, const uint8_t* x, size_t images, uint8_t* y) {
  const size_t rows = size_t(spec.rows.output), channels = size_t(spec.channels);
  const size_t imageSize = size_t(spec.rows.input) * spec.columns.input * channels, rowSize = spec.columns.output * channels;
  const double work = double(images) * double(rows * rowSize) * spec.rows.taps * spec.columns.taps;
  threads.run(int64_t(images * rows), work >= WORTH_SHARING, [&](int64_t number, Scratch& scratch) {
    const size_t image = size_t(number) / rows, row = size_t(number) % rows;
    const PoolRow job = {x + image * imageSize, spec.isSigned, spec.rows.input, spec.columns.input, spec.channels,
                         spec.rows.taps, spec.columns.taps, int32_t(int64_t(row) * spec.rows.stride - spec.rows.before),
                         spec.columns.stride, spec.columns.before, spec.lowest, spec.highest, spec.columns.output,
                         y + size_t(number) * rowSize, reinterpret_cast<int32_t*>(scratch.atLeast(channels * 4))};
    spec.isMaximum ? kernels.maxPool(job) : kernels.averagePool(job);
  });
}

void checkSum(const SumJob& job) {
  needRange(job.isSigned, {job.zeroA, job.zeroB, job.zeroPoint, job.lowest, job.highest});
  need(job.leftShift >= 0 && job.leftShift <= 22, "the spare bits of a sum must lie in 0..22");
  need(job.multiplierA >= 0 && job.multiplierB >= 0 && job.multiplier >= 0, "multipliers must not be negative");
  for (const int32_t shift : {job.shiftA, job.shiftB, job.shift}) need(shift >= -31 && shift <= 30, "shifts must lie in -31..30");
}

void checkLinearSum(const LinearSumJob& job) {
  needRange(job.isSigned, {job.zeroPoint, job.lowest, job.highest});
  need(job.shift >= 0 && job.shift <= 31, "the shift of a linear sum must lie in 0..31");
}

void runSum(const Kernels& kernels, Threads& threads, const SumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count) {
  overChunks(threads, count, [&](size_t first, size_t size) { kernels.sum(job, a + first, b + first, y + first, size); });
}

void runLinearSum(const Kernels& kernels, Threads& threads, const LinearSumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count) {
  overChunks(threads, count, [&](size_t first, size_t size) { kernels.linearSum(job, a + first, b + first, y + first, size); });
}

}  // namespace goldbench
