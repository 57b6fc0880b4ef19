// A few threads that stay: starting one costs more than a small layer. In: numbered pieces of work, independent of each
// other. Out: all done, in any order, by any thread; results must not depend on which.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

namespace goldbench {

/** Memory that grows to the largest need and stays; contents do not survive a larger request. 64-byte aligned. */
class Scratch {
 public:
  uint8_t* atLeast(size_t bytes);

 private:
  struct Free {
    void operator()(uint8_t* p) const;
  };
  std::unique_ptr<uint8_t, Free> memory_;
  size_t bytes_ = 0;
};

class Threads {
 public:
  /** `count` threads, the caller's included. */
  explicit Threads(int32_t count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int32_t count() const { return static_cast<int32_t>(scratch_.size()); }
  /** Memory for what one round of pieces leaves to the next. */
  Scratch& shared() { return shared_; }

  /** Calls work(piece, the thread's scratch) for every piece in [0, pieces); an exception of any is thrown here. */
  template <typename Work>
  void run(int64_t pieces, bool isWorthSharing, const Work& work) {
    const auto call = [](const void* context, int64_t piece, Scratch& scratch) {
      (*static_cast<const Work*>(context))(piece, scratch);
    };
    start(pieces, isWorthSharing, call, &work);
  }

 private:
  using Call = void (*)(const void* context, int64_t piece, Scratch& scratch);
  void start(int64_t pieces, bool isWorthSharing, Call call, const void* context);
  void serve(int32_t thread);
  void takePieces(Scratch& scratch);
  bool join();
  void leave();

  std::vector<Scratch> scratch_;  // one per thread, the caller's first
  Scratch shared_;
  std::vector<std::thread> helpers_;
  Call call_ = nullptr;
  const void* context_ = nullptr;
  int64_t pieces_ = 0;
  std::exception_ptr failure_;
  std::atomic<bool> hasFailed_ = false;
  std::atomic<int64_t> next_ = 0;
  std::atomic<uint32_t> gate_ = 0;   // helpers at this round's pieces; and OPEN while there may be some left
  std::atomic<uint32_t> round_ = 0;  // counts up when there is work, or the end
  std::atomic<bool> isEnding_ = false;
};

}  // namespace goldbench
