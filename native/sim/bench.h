// The bench round the verilated engine. In: a job. Out: counts of what happened, each clock checked.
#pragma once
#include <cstdint>
#include <memory>

#include "job.h"
#include "sink.h"

enum class End { complete, timeout, cancelled };

/** Clocks are counted from the release of reset. */
struct Counts {
  int64_t clocks = 0;
  int64_t fires = 0;        // operations issued
  int64_t shifts = 0;       // of these, shifts
  int64_t firstFire = -1;   // clock
  int64_t lastFire = -1;
  // between the first and the last operation
  int64_t stallOut = 0;     // clocks in which sums waited for the output
  int64_t waitPixels = 0;
  int64_t waitWeights = 0;
  int64_t pixelBeats = 0, weightBeats = 0, sumBeats = 0;
  uint32_t errors = 0;      // of the design: its port `err`
  int64_t unreadBeats = 0;  // 1 where a stream was not taken to its end
};

struct Outcome {
  End end;
  Counts counts;
};

/** Runs the job. @param isCancelled asked every 1024 clocks @param tell progress, at most ten times a second */
Outcome runBench(const Job& job, Sink& sink, bool (*isCancelled)(), void (*tell)(int64_t clock, const Sink& sink));
