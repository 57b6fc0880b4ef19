// Drives one AXI stream into the design. In: segments of beats, a chance of valid. Once valid, a beat stays until it is
// taken. While it is not, data and last are all ones, so that a design that samples them shows.
#pragma once
#include <cstring>
#include <vector>

#include "job.h"
#include "random.h"

template <int BEAT_BYTES>
class Source {
 public:
  Source(const MappedFile& file, const std::vector<Segment>& segments, Random random, int percent)
      : file_(file), segments_(segments), random_(random), percent_(percent) {}

  /** Before the clock edge. */
  template <class Data>
  void drive(uint8_t& valid, uint8_t& last, Data& data) {
    if (!valid_ && segment_ < segments_.size() && random_.chance(percent_)) {
      const Segment& segment = segments_[segment_];
      valid_ = true;
      std::memcpy(&data, file_.data() + size_t{segment.first + beat_} * BEAT_BYTES, BEAT_BYTES);
      last = segment.ends == 1 && beat_ + 1 == segment.beats;
      idle_ = false;
    } else if (!valid_ && !idle_) {
      std::memset(&data, 0xff, BEAT_BYTES);
      last = 1;
      idle_ = true;
    }
    valid = valid_;
  }

  /** After it: the design took the beat. */
  void accept() {
    valid_ = false;
    beats_++;
    if (++beat_ < segments_[segment_].beats) return;
    beat_ = 0;
    segment_++;
  }

  bool valid() const { return valid_; }
  bool empty() const { return segment_ == segments_.size() && !valid_; }
  int64_t beats() const { return beats_; }

 private:
  const MappedFile& file_;
  const std::vector<Segment>& segments_;
  Random random_;
  int percent_;
  size_t segment_ = 0;
  uint32_t beat_ = 0;
  bool valid_ = false, idle_ = false;
  int64_t beats_ = 0;
};
