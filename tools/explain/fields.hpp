// Bodies of frames as lists of fields.
#pragma once

#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/dualcam/metadata.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/explain/report.hpp"

namespace explain {

// Reads one stretch of the input field by field.
class FieldReader {
 public:
  FieldReader(base::ByteView input, std::size_t at, std::size_t end) : input_(input), at_(at), end_(end) {}

  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return end_ - at_; }
  // Precondition of the readers: left() is enough. Each appends a field and returns its value.
  std::uint64_t number(std::size_t size, std::string name);  // big endian, shown in decimal
  base::ByteView take(std::size_t size, std::string name, std::string value);
  Field& last() { return fields_.back(); }
  std::vector<Field> fields() && { return std::move(fields_); }

 private:
  base::ByteView input_;
  std::size_t at_;
  std::size_t end_;
  std::vector<Field> fields_;
};

// The 16 bytes of an INIT; what is wrong with it goes to `problems`.
void read_init(FieldReader& reader, std::vector<std::string>& problems);
void read_status(FieldReader& reader);
void read_metadata(FieldReader& reader, dualcam::MetadataForm form, std::vector<std::string>& problems);

std::string iso_time(std::int64_t unix_ms);

}  // namespace explain
