#include "bench.h"

#include <chrono>
#include <cstring>
#include <optional>

#include "Vengine.h"
#include "engine_parameters.h"
#include "random.h"
#include "source.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

namespace {
constexpr int RESET_CLOCKS = 4;
constexpr int AFTER_CLOCKS = 64;  // after the last packet, in which no other may come
constexpr int64_t LOOK_EVERY = 1024;
constexpr int SUM_BYTES = parameters::SUM_STREAM_BITS / 8;

using PixelSource = Source<parameters::PIXEL_STREAM_BITS / 8>;
using WeightSource = Source<parameters::WEIGHT_STREAM_BITS / 8>;

/** The design, and its waves for a range of clocks. */
class Design {
 public:
  explicit Design(const Job& job) : job_(job), top_(setUp(context_, job)) {
#if VM_TRACE
    if (job.wavesTo >= 0) {
      context_.traceEverOn(true);
      top_.trace(&waves_, 99);
      waves_.open((job.folder + "/waves.fst").c_str());
    }
#endif
  }
  ~Design() {
    top_.final();
#if VM_TRACE
    if (job_.wavesTo >= 0) waves_.close();
#endif
  }
  Vengine* operator->() { return &top_; }

  void half(uint8_t level, int64_t clock) {
    top_.aclk = level;
    top_.eval();
#if VM_TRACE
    if (job_.wavesTo >= 0 && clock >= job_.wavesFrom && clock <= job_.wavesTo)
      waves_.dump(static_cast<uint64_t>(clock) * 10 + (level ? 5 : 0));
#else
    (void)clock;
#endif
  }

  /** Time stands still in reset: it is no clock of the job. */
  void reset() {
    top_.aresetn = 0;
    top_.s_axis_pixels_tvalid = top_.s_axis_weights_tvalid = top_.m_axis_sums_tready = 0;
    for (int i = 0; i < RESET_CLOCKS; i++) {
      half(0, -1);
      half(1, -1);
    }
    top_.aresetn = 1;
  }

 private:
  /** Registers start at random values, as they do in hardware: reset must be enough. */
  static VerilatedContext* setUp(VerilatedContext& context, const Job& job) {
    context.randReset(2);
    context.randSeed(static_cast<int>(job.seed & 0x7fffffff));
    return &context;
  }

  const Job& job_;
  VerilatedContext context_;
  Vengine top_;
#if VM_TRACE
  VerilatedFstC waves_;
#endif
};

int countBytes(const void* keep) {
  uint8_t bits[(SUM_BYTES + 7) / 8];
  std::memcpy(bits, keep, sizeof bits);
  int count = 0;
  while (count < SUM_BYTES && ((bits[count / 8] >> (count % 8)) & 1)) count++;
  return count;
}

class Bench {
 public:
  Bench(const Job& job, Sink& sink) : job_(job), sink_(sink), design_(job), ready_(job.seed, 3) {
    start();
    design_.reset();
  }

  Outcome run(bool (*isCancelled)(), void (*tell)(int64_t, const Sink&)) {
    auto told = std::chrono::steady_clock::now();
    int after = 0;
    End end = End::complete;
    while (after < AFTER_CLOCKS) {
      if (clock_ == job_.resetAtClock) {
        design_.reset();
        start();
      }
      step();
      if (sink_.complete()) after++;
      else if (clock_ - progress_ > job_.watchdogClocks) {
        end = End::timeout;
        break;
      }
      if (clock_ % LOOK_EVERY != 0) continue;
      if (isCancelled()) {
        end = End::cancelled;
        break;
      }
      const auto now = std::chrono::steady_clock::now();
      if (now - told < std::chrono::milliseconds(100)) continue;
      told = now;
      tell(clock_, sink_);
    }
    return {end, finish()};
  }

 private:
  /** Streams from their beginning; what came before counts for nothing. */
  void start() {
    pixels_.emplace(job_.pixels, job_.pixelSegments, Random(job_.seed, 1), job_.pixelPercent);
    weights_.emplace(job_.weights, job_.weightSegments, Random(job_.seed, 2), job_.weightPercent);
    sink_.restart();
    counts_ = Counts();
    waiting_ = Counts();
  }

  void step() {
    pixels_->drive(design_->s_axis_pixels_tvalid, design_->s_axis_pixels_tlast, design_->s_axis_pixels_tdata);
    weights_->drive(design_->s_axis_weights_tvalid, design_->s_axis_weights_tlast, design_->s_axis_weights_tdata);
    design_->m_axis_sums_tready = ready_.chance(job_.sumPercent);
    design_.half(0, clock_);
    const bool tookPixels = pixels_->valid() && design_->s_axis_pixels_tready;
    const bool tookWeights = weights_->valid() && design_->s_axis_weights_tready;
    if (design_->m_axis_sums_tvalid && design_->m_axis_sums_tready) takeSums();
    count();
    design_.half(1, clock_);
    if (tookPixels) pixels_->accept();
    if (tookWeights) weights_->accept();
    if (tookPixels || tookWeights) progress_ = clock_;
    clock_++;
  }

  void takeSums() {
    const bool isLast = design_->m_axis_sums_tlast;
    const int bytes = isLast ? countBytes(&design_->m_axis_sums_tkeep) : SUM_BYTES;
    const auto* data = reinterpret_cast<const uint8_t*>(&design_->m_axis_sums_tdata);
    sink_.take(data, bytes, isLast, design_->m_axis_sums_tuser, clock_);
    progress_ = clock_;
  }

  /** Waits count once another operation follows them: those after the last belong to the drain. */
  void count() {
    if (design_->ev_fire) {
      if (counts_.firstFire < 0) counts_.firstFire = clock_;
      else addWaits();
      waiting_ = Counts();
      counts_.lastFire = clock_;
      counts_.fires++;
      counts_.shifts += design_->ev_shift;
    } else {
      waiting_.stallOut += design_->ev_stall_out;
      waiting_.waitPixels += design_->ev_wait_pix;
      waiting_.waitWeights += design_->ev_wait_wgt;
    }
  }

  void addWaits() {
    counts_.stallOut += waiting_.stallOut;
    counts_.waitPixels += waiting_.waitPixels;
    counts_.waitWeights += waiting_.waitWeights;
  }

  Counts finish() {
    Counts counts = counts_;
    counts.clocks = clock_;
    counts.pixelBeats = pixels_->beats();
    counts.weightBeats = weights_->beats();
    counts.sumBeats = sink_.beats();
    counts.errors = design_->err;
    counts.unreadBeats = !pixels_->empty() || !weights_->empty();
    return counts;
  }

  const Job& job_;
  Sink& sink_;
  Design design_;
  Random ready_;
  std::optional<PixelSource> pixels_;
  std::optional<WeightSource> weights_;
  Counts counts_, waiting_;
  int64_t clock_ = 0;
  int64_t progress_ = 0;  // clock of the last beat that moved: operations alone may go round for ever
};
}  // namespace

Outcome runBench(const Job& job, Sink& sink, bool (*isCancelled)(), void (*tell)(int64_t clock, const Sink& sink)) {
  return Bench(job, sink).run(isCancelled, tell);
}
