#include "job.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "engine_parameters.h"
#include "json.h"

MappedFile::MappedFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  struct stat facts {};
  if (file < 0 || fstat(file, &facts) != 0) throw BadJob{path + " cannot be read."};
  size_ = static_cast<size_t>(facts.st_size);
  if (size_ > 0) {
    void* at = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    if (at == MAP_FAILED) {
      close(file);
      throw BadJob{path + " cannot be mapped."};
    }
    data_ = static_cast<uint8_t*>(at);
  }
  close(file);
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

namespace {
/** A file of records, each of some 32-bit numbers. */
template <class Record>
std::vector<Record> readRecords(const std::string& path) {
  const MappedFile file(path);
  if (file.size() % sizeof(Record) != 0) throw BadJob{path + " does not hold whole records."};
  std::vector<Record> records(file.size() / sizeof(Record));
  if (!records.empty()) std::memcpy(records.data(), file.data(), file.size());
  return records;
}

void checkSegments(const std::vector<Segment>& segments, const MappedFile& stream, int beatBytes, const std::string& name) {
  for (const Segment& segment : segments)
    if ((uint64_t{segment.first} + segment.beats) * static_cast<uint64_t>(beatBytes) > stream.size())
      throw BadJob{name + ": a segment lies outside the stream."};
  if (!segments.empty() && segments.back().ends != 1) throw BadJob{name + ": the last packet does not end."};
}

std::string readText(const std::string& path) {
  const MappedFile file(path);
  return std::string(reinterpret_cast<const char*>(file.data()), file.size());
}
}  // namespace

Job readJob(const std::string& folder) {
  const FlatJson json(readText(folder + "/job.json"));
  if (json.number("version", 0) != 1) throw BadJob{folder + "/job.json is not of version 1."};
  Job job;
  job.folder = folder;
  job.pixels = MappedFile(folder + "/pixels.bin");
  job.weights = MappedFile(folder + "/weights.bin");
  job.pixelSegments = readRecords<Segment>(folder + "/pixels.segments");
  job.weightSegments = readRecords<Segment>(folder + "/weights.segments");
  job.expected = MappedFile(folder + "/expected.bin");
  job.mask = MappedFile(folder + "/mask.bin");
  job.packets = readRecords<ExpectedPacket>(folder + "/expected.packets");
  job.seed = static_cast<uint32_t>(json.number("seed", 1));
  job.pixelPercent = static_cast<int>(json.number("pixelPercent", 100));
  job.weightPercent = static_cast<int>(json.number("weightPercent", 100));
  job.sumPercent = static_cast<int>(json.number("sumPercent", 100));
  job.watchdogClocks = json.number("watchdogClocks", 20000);
  job.resetAtClock = json.number("resetAtClock", -1);
  job.wavesFrom = json.number("wavesFrom", 0);
  job.wavesTo = json.number("wavesTo", -1);
  checkSegments(job.pixelSegments, job.pixels, parameters::PIXEL_STREAM_BITS / 8, "pixels.segments");
  checkSegments(job.weightSegments, job.weights, parameters::WEIGHT_STREAM_BITS / 8, "weights.segments");
  size_t bytes = 0;
  for (const ExpectedPacket& packet : job.packets) bytes += packet.bytes;
  if (bytes != job.expected.size()) throw BadJob{"expected.packets and expected.bin disagree."};
  if (job.mask.size() != 0 && job.mask.size() != bytes) throw BadJob{"mask.bin is not as long as expected.bin."};
  for (const int percent : {job.pixelPercent, job.weightPercent, job.sumPercent})
    if (percent < 1 || percent > 100) throw BadJob{"A percentage in job.json is not from 1 to 100."};
  return job;
}
