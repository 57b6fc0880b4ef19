// Flat JSON: one object of numbers, booleans and strings. In: the text of job.json. Out: its values by name; and lines of
// the same kind for stdout. Nothing nested is needed here, so nothing nested is accepted.
#pragma once
#include <cstdint>
#include <map>
#include <string>

/** A job that cannot be read: told on stderr, exit code 4. */
struct BadJob {
  std::string sentence;
};

class FlatJson {
 public:
  /** @throws BadJob naming the position */
  explicit FlatJson(const std::string& text);
  int64_t number(const std::string& name, int64_t otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

/** Builds one line: JsonLine("progress").add("clock", 12).print(). */
class JsonLine {
 public:
  explicit JsonLine(const char* type);
  JsonLine& add(const char* name, int64_t value);
  JsonLine& add(const char* name, const std::string& value);
  /** Writes the line to stdout and flushes it. */
  void print();

 private:
  std::string line_;
};
