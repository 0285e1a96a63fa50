// What a verification found, and how it is said.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/evidence/chain_check.hpp"

namespace verify {

using storage::evidence::Finding;

enum class Outcome : int {
  proven = 0,
  broken = 1,
  unusable = 2,    // wrong options
  unreadable = 3,  // something could not be read, and what could be shows no break
};

// Every break is counted; of each kind only the first are kept, because a lost bucket has millions.
class Findings {
 public:
  static constexpr std::size_t kept_of_a_kind = 100;

  void add(Finding finding);
  std::uint64_t total() const noexcept { return total_; }
  const std::vector<Finding>& kept() const noexcept { return kept_; }  // in the order they came
  const std::map<storage::evidence::Break, std::uint64_t>& counts() const noexcept { return counts_; }

 private:
  std::vector<Finding> kept_;
  std::map<storage::evidence::Break, std::uint64_t> counts_;
  std::uint64_t total_ = 0;
};

// What the chain says of a file that somebody has.
struct Match {
  storage::evidence::Stored stored;
  std::uint64_t number = 0;  // of the device's record
  std::string hash;          // of it
  storage::evidence::Place place;
  std::optional<base::UtcTime> deleted_at;  // from the store, on purpose
};

struct LocalFile {
  std::string path;
  std::uint64_t size = 0;
  std::string sha256;
  std::vector<Match> matches;  // none: no record has such content
};

struct ObjectTotals {
  std::uint64_t files = 0;     // stored, and not deleted since
  std::uint64_t deleted = 0;   // on purpose
  std::uint64_t read = 0;      // files read and hashed
  std::uint64_t bytes = 0;     // of them
  std::uint64_t unsealed = 0;  // objects without a record that are younger than the last seal: their turn comes
};

struct Report {
  Findings findings;
  std::string unreadable;  // what could not be read; a sentence, or empty
  std::string source;      // where the segments come from
  std::optional<base::Imei> imei;
  storage::evidence::ChainTotals chain;
  storage::evidence::Head last_segment;
  storage::evidence::Head last_record;  // with `imei`
  std::string noted;                    // --head
  std::optional<std::uint64_t> noted_at;
  bool checked_objects = false;
  bool checked_content = false;
  bool checked_catalog = false;
  ObjectTotals objects;
  std::vector<LocalFile> files;

  Outcome outcome() const;
};

std::string as_text(const Report& report);
std::string as_json(const Report& report);

}  // namespace verify
