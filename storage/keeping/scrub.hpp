// Compares what the catalog says with what the object store has, and reads a sample of the files again. It reports, and
// removes only what nobody can miss: objects of deleted files, second copies of stored ones, what was made of files and
// is not named any more, and what trials and broken uploads left behind.
//
// Both sides are walked in the order of the keys, with a page of rows in memory. Files come and go meanwhile, so
// nothing is reported before both sides were asked again for it alone, and nothing that is younger than the grace.
// Every call blocks: not for I/O threads.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "storage/catalog/catalog.hpp"
#include "storage/keeping/deletion.hpp"
#include "storage/objects/object_store.hpp"

namespace storage {

// Findings that are kept and told of; more are counted only. A catalog that points to the wrong bucket has millions.
constexpr std::uint32_t max_findings = 1000;

struct ScrubOptions {
  std::string node;
  std::uint64_t sample_bytes = 0;  // read again; a file more than that rather than one too few
  bool rehash_all = false;         // instead of the sample
  // Between the object's and the row's coming, or the row's and the object's going, lies at most a store that is down.
  std::chrono::milliseconds grace = std::chrono::hours{1};
  std::chrono::milliseconds leftovers_after = std::chrono::hours{24};
  bool rest = true;  // half of the time, for the cameras' sake
};

class Scrub {
 public:
  // Both outlive it.
  Scrub(Catalog& catalog, ObjectStore& objects, ScrubOptions options)
      : all_(catalog), catalog_(catalog.keeping()), objects_(objects), options_(std::move(options)) {}

  // One run, which the catalog remembers with what it found. Stopped early it is a success all the same, and its state
  // says so; an error is in the run, too.
  base::Result<ScrubRun> run(const std::stop_token& stop);

 private:
  struct Hashed;
  base::Result<> work();
  base::Result<> compare();
  base::Result<> compare_derived();
  base::Result<> look_at_orphan(const ObjectInfo& object);
  base::Result<> look_at_missing(const KeptFile& file);
  base::Result<> look_at_size(const KeptFile& file);
  base::Result<> read_damaged_again();
  base::Result<> read_sample();
  base::Result<> read_again(const KeptFile& file);
  base::Result<bool> is_stored_elsewhere(const ObjectInfo& object);
  base::Result<Hashed> hash(std::string_view key);
  base::Result<> report(FindingKind kind, const KeptFile* file, std::string_view key, std::string detail);
  base::Result<> remember();
  base::Result<> pace();
  bool stopped() const { return stop_.stop_requested(); }
  void rest();

  Catalog& all_;
  KeepingCatalog& catalog_;
  ObjectStore& objects_;
  const ScrubOptions options_;
  std::stop_token stop_;
  ScrubRun run_;
  std::uint64_t paced_objects_ = 0;
  std::uint32_t noted_ = 0;
  Pace pace_;
};

}  // namespace storage
