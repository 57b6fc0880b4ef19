#include "json.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace {
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  void skipBlanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) at_++;
  }
  bool take(char c) {
    skipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  void need(char c) {
    if (!take(c)) throw BadJob{"job.json: '" + std::string(1, c) + "' is missing at byte " + std::to_string(at_) + "."};
  }
  std::string string() {
    need('"');
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') at_++;
      if (at_ < text_.size()) out += text_[at_++];
    }
    need('"');
    return out;
  }
  std::string scalar() {
    skipBlanks();
    if (at_ < text_.size() && text_[at_] == '"') return string();
    const size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-')) at_++;
    const std::string word = text_.substr(from, at_ - from);
    if (word == "true") return "1";
    if (word == "false") return "0";
    if (word.empty() || word.find_first_not_of("-0123456789") != std::string::npos)
      throw BadJob{"job.json: '" + word + "' at byte " + std::to_string(from) + " is no whole number, boolean or string."};
    return word;
  }

 private:
  const std::string& text_;
  size_t at_ = 0;
};

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) out += ' ';
    else out += c;
  }
  return out + "\"";
}
}  // namespace

FlatJson::FlatJson(const std::string& text) {
  Reader reader(text);
  reader.need('{');
  if (reader.take('}')) return;
  do {
    const std::string name = reader.string();
    reader.need(':');
    values_[name] = reader.scalar();
  } while (reader.take(','));
  reader.need('}');
}

int64_t FlatJson::number(const std::string& name, int64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : std::strtoll(found->second.c_str(), nullptr, 10);
}

std::string FlatJson::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

JsonLine::JsonLine(const char* type) : line_(std::string("{\"type\":\"") + type + "\"") {}

JsonLine& JsonLine::add(const char* name, int64_t value) {
  line_ += std::string(",\"") + name + "\":" + std::to_string(value);
  return *this;
}

JsonLine& JsonLine::add(const char* name, const std::string& value) {
  line_ += std::string(",\"") + name + "\":" + quote(value);
  return *this;
}

void JsonLine::print() {
  std::printf("%s}\n", line_.c_str());
  std::fflush(stdout);
}
