#include "sink.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "json.h"

Sink::Sink(const Job& job) : job_(job) { bytes_.reserve(job.expected.size()); }

void Sink::restart() {
  bytes_.clear();
  ends_.clear();
  packet_ = expectedAt_ = length_ = 0;
  beats_ = differences_ = 0;
  firstClock_ = lastClock_ = -1;
  first_ = FirstDifference();
}

void Sink::take(const uint8_t* data, int bytes, bool isLast, uint32_t user, int64_t clock) {
  if (firstClock_ < 0) firstClock_ = clock;
  lastClock_ = clock;
  beats_++;
  bytes_.insert(bytes_.end(), data, data + bytes);
  compare(data, bytes, clock);
  length_ += static_cast<size_t>(bytes);
  if (isLast) endPacket(user, clock);
}

void Sink::compare(const uint8_t* data, int bytes, int64_t clock) {
  if (complete()) return;  // told by endPacket
  const size_t wanted = job_.packets[packet_].bytes;
  if (length_ >= wanted) return;
  const int common = static_cast<int>(std::min<size_t>(static_cast<size_t>(bytes), wanted - length_));
  const size_t at = expectedAt_ + length_;
  const uint8_t* expected = job_.expected.data() + at;
  if (std::memcmp(expected, data, static_cast<size_t>(common)) == 0) return;
  const uint8_t* mask = job_.mask.size() == 0 ? nullptr : job_.mask.data() + at;
  for (int i = 0; i < common; i++)
    if (((expected[i] ^ data[i]) & (mask == nullptr ? 0xff : mask[i])) != 0)
      differ(Difference::value, static_cast<int64_t>(length_) + i, expected[i], data[i], clock);
}

void Sink::endPacket(uint32_t user, int64_t clock) {
  ends_.push_back(static_cast<uint32_t>(length_));
  ends_.push_back(user);
  if (complete()) {
    differ(Difference::extra, 0, 0, static_cast<int64_t>(length_), clock);
  } else {
    const ExpectedPacket& packet = job_.packets[packet_];
    if (length_ != packet.bytes)
      differ(Difference::length, static_cast<int64_t>(length_), packet.bytes, static_cast<int64_t>(length_), clock);
    if (((user ^ packet.user) & packet.userMask) != 0)
      differ(Difference::user, static_cast<int64_t>(length_), packet.user, user, clock);
    expectedAt_ += packet.bytes;
  }
  packet_++;
  length_ = 0;
}

void Sink::differ(Difference kind, int64_t byte, int64_t expected, int64_t actual, int64_t clock) {
  if (differences_++ == 0) first_ = {kind, static_cast<int64_t>(packet_), byte, expected, actual, clock};
}

namespace {
void writeFile(const std::string& path, const void* data, size_t size) {
  FILE* file = std::fopen(path.c_str(), "wb");
  const bool written = file != nullptr && std::fwrite(data, 1, size, file) == size;
  if (file != nullptr && std::fclose(file) == 0 && written) return;
  throw BadJob{path + " cannot be written."};
}
}  // namespace

void Sink::write() const {
  writeFile(job_.folder + "/sums.bin", bytes_.data(), bytes_.size());
  writeFile(job_.folder + "/sums.packets", ends_.data(), ends_.size() * sizeof(uint32_t));
}
