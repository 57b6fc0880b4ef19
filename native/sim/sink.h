// Takes the stream of sums, keeps it and compares it. In: beats, and the packets that must come. Out: the first
// difference and how many there are; sums.bin and sums.packets in the job's folder, two numbers a packet: bytes, user.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "job.h"

enum class Difference { none, value, length, user, extra };

struct FirstDifference {
  Difference kind = Difference::none;
  int64_t packet = 0;
  int64_t byte = 0;  // within the packet
  int64_t expected = 0, actual = 0;
  int64_t clock = 0;
};

class Sink {
 public:
  explicit Sink(const Job& job);

  /** Forgets what came, after a reset of the design. */
  void restart();
  /** One accepted beat, with the count of its valid bytes. */
  void take(const uint8_t* data, int bytes, bool isLast, uint32_t user, int64_t clock);
  bool complete() const { return packet_ >= job_.packets.size(); }
  int64_t packets() const { return static_cast<int64_t>(packet_); }
  int64_t beats() const { return beats_; }
  int64_t differences() const { return differences_; }
  const FirstDifference& first() const { return first_; }
  int64_t firstClock() const { return firstClock_; }
  int64_t lastClock() const { return lastClock_; }
  void write() const;

 private:
  void compare(const uint8_t* data, int bytes, int64_t clock);
  void endPacket(uint32_t user, int64_t clock);
  void differ(Difference kind, int64_t byte, int64_t expected, int64_t actual, int64_t clock);

  const Job& job_;
  std::vector<uint8_t> bytes_;
  std::vector<uint32_t> ends_;
  size_t packet_ = 0;
  size_t expectedAt_ = 0;  // first byte of the packet in expected.bin
  size_t length_ = 0;      // bytes of the packet so far
  int64_t beats_ = 0, differences_ = 0, firstClock_ = -1, lastClock_ = -1;
  FirstDifference first_;
};
