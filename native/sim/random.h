// A small seeded source of chance for valid and ready (xorshift32): the same seed gives the same clocks everywhere.
#pragma once
#include <cstdint>

class Random {
 public:
  Random(uint32_t seed, uint32_t stream) : state_((seed * 2654435761u) ^ (stream * 0x9e3779b9u)) {
    if (state_ == 0) state_ = 1;
  }
  bool chance(int percent) {
    if (percent >= 100) return true;
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_ % 100 < static_cast<uint32_t>(percent);
  }

 private:
  uint32_t state_;
};
