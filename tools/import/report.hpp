// What became of each file, told as it happens so that the report of a million files needs no memory, and the sums.
#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "storage/formats/format.hpp"

namespace importing {

enum class Fate : std::uint8_t {
  imported,  // of a dry run: would be
  there,     // the catalog has these bytes of this device
  refused,
};

struct Item {
  std::string path;  // below the folder
  Fate fate = Fate::refused;
  std::string reason;  // of a refused one: a sentence
  std::optional<base::Imei> imei;
  std::optional<base::UtcTime> time;
  std::uint64_t size = 0;
  storage::Format format = storage::Format::unknown;
  std::string id;  // of the media; empty for a refused one and in a dry run
};

struct Totals {
  std::uint64_t imported = 0;
  std::uint64_t imported_bytes = 0;
  std::uint64_t there = 0;
  std::uint64_t refused = 0;
};

enum class ReportStyle : std::uint8_t {
  summary,  // the refused files, as far as one can read them at once, and the sums
  table,    // a line for each file
  json,     // one document
};

// Thread-safe.
class Report {
 public:
  Report(ReportStyle style, bool dry_run, std::FILE* out);
  void add(const Item& item);
  Totals totals() const;
  // The end of it; `failure`: why not everything was looked at, or empty.
  void finish(const std::string& failure);

 private:
  void add_row(const Item& item);
  void add_json(const Item& item);
  void finish_text() const;
  void finish_json(const std::string& failure) const;

  const ReportStyle style_;
  const bool dry_run_;
  std::FILE* const out_;
  mutable std::mutex mutex_;
  Totals totals_;
  bool begun_ = false;
  std::vector<std::string> refusals_;  // for the summary
};

}  // namespace importing
