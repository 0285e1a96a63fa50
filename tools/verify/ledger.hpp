// What the records say about the objects: about 250 bytes of memory for each file.
#pragma once

#include <array>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "server/base/bytes.hpp"
#include "storage/evidence/finding.hpp"
#include "storage/evidence/record.hpp"
#include "storage/evidence/segment.hpp"

namespace verify {

struct KnownFile {
  std::string object_key;
  std::array<std::uint8_t, 32> sha256{};
  std::uint64_t size = 0;
  base::Imei imei;
  std::uint64_t number = 0;  // of its record
  storage::evidence::Place place;
  std::optional<base::UtcTime> deleted_at;
  bool seen = false;  // its object is there

  std::string sha256_hex() const { return base::to_hex(sha256); }
};

class Ledger {
 public:
  void add(const storage::evidence::Entry& entry, const storage::evidence::Record& record,
           const storage::evidence::Place& place);

  std::deque<KnownFile>& files() noexcept { return files_; }  // in the order of their records
  KnownFile* find(std::string_view object_key);

 private:
  std::deque<KnownFile> files_;  // never moved: the index points to the keys
  std::unordered_map<std::string_view, std::size_t> by_key_;
};

}  // namespace verify
