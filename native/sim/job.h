// A job is a folder. In: job.json and vector files, which are mapped into memory. Out: what the bench needs to run.
// The other side is main/simulate/job.ts, which writes the folder and says what each file holds.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/** A read-only file in memory; empty where there is none. */
class MappedFile {
 public:
  MappedFile() = default;
  /** @throws BadJob when the file cannot be read */
  explicit MappedFile(const std::string& path);
  MappedFile(MappedFile&& other) noexcept { *this = static_cast<MappedFile&&>(other); }
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

/** Beats that follow one another; the packet ends after them where `ends`. */
struct Segment {
  uint32_t first;
  uint32_t beats;
  uint32_t ends;
};

/** A packet that must come. */
struct ExpectedPacket {
  uint32_t bytes;
  uint32_t user;
  uint32_t userMask;
};

struct Job {
  std::string folder;
  MappedFile pixels, weights;
  std::vector<Segment> pixelSegments, weightSegments;
  MappedFile expected, mask;
  std::vector<ExpectedPacket> packets;
  uint32_t seed;
  int pixelPercent, weightPercent, sumPercent;  // chance of valid or ready in a clock
  int64_t watchdogClocks;                       // without any progress
  int64_t resetAtClock;                         // -1: never; the streams start afresh after it
  int64_t wavesFrom, wavesTo;                   // clocks; none where wavesTo < 0
};

/** @throws BadJob with a sentence that names the file */
Job readJob(const std::string& folder);
