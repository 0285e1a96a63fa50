// The text in which records leave the database: segments, each an immutable object of lines. The first line is a header
// that names the SHA-256 of the whole segment before, so that the segments are a chain of their own across all devices.
// docs/evidence.md has the format byte for byte. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace storage::evidence {

// A record of a device's longest path has 2 kB; what is longer than this was not written by us.
constexpr std::size_t max_line_length = 16 * 1024;

struct SegmentHeader {
  std::uint64_t number = 0;     // from 1
  std::string previous_sha256;  // of every byte of segment number-1; empty for number 1
  base::UtcTime sealed_at;
  std::uint64_t entries = 0;  // lines that follow
};

struct Entry {
  std::uint64_t number = 0;  // of its device, from 1
  std::string hash;
  std::string record;
};

// Lines, without their line feed.
std::string line_of(const SegmentHeader& header);
std::string line_of(const Entry& entry);

// `line` may be anything; only what line_of() makes is taken. The record of an entry is not looked into.
base::Result<SegmentHeader> parse_header(std::string_view line);
base::Result<Entry> parse_entry(std::string_view line);

inline constexpr std::string_view segment_prefix = "evidence/";
// "evidence/0000000001.jsonl"; more digits where the number has more.
std::string segment_key(std::uint64_t number);
// Of such a key or, without the folder, such a file name; nothing for any other.
std::optional<std::uint64_t> segment_number(std::string_view name) noexcept;

}  // namespace storage::evidence
