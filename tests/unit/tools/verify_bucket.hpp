// A store with several devices' files and their evidence, made without any catalog so that a test can do to it whatever
// somebody with a disk could.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "storage/evidence/chain.hpp"
#include "storage/evidence/segment.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/verify/verifier.hpp"

namespace verify::testing {

base::Imei device(std::uint64_t index);
base::UtcTime at(std::int64_t seconds);
std::string sha256_of(std::string_view bytes);

class Bucket {
 public:
  Bucket();

  // A clip of the device and its record, to be sealed. Returns its key.
  std::string store(std::uint64_t device_index, const std::string& content);
  // Removed on purpose, with a record.
  void remove(const std::string& key);
  void seal();

  std::filesystem::path path(const std::string& key) const { return root_ / key; }
  std::string read(const std::string& key) const;
  // Dated long before any seal.
  void write(const std::string& key, const std::string& bytes) const;
  std::string segment_path(std::uint64_t number) const { return storage::evidence::segment_key(number); }
  std::vector<std::string> lines(std::uint64_t segment) const;
  void write_lines(std::uint64_t segment, const std::vector<std::string>& lines) const;

  // As the command does it. `change` may ask for more than the whole store.
  Report verify(const std::function<void(Request&)>& change = [](Request&) {}) const;
  std::string url() const { return "file:" + root_.string(); }
  const tests::TempFolder& folder() const noexcept { return folder_; }

 private:
  struct Chain {
    std::uint64_t number = 0;
    std::string hash;
  };
  struct Clip {
    std::uint64_t device_index = 0;
    base::Uuid id;
    std::string content;
  };
  void append(std::uint64_t device_index, const std::string& record);
  void set_modified(const std::string& key, base::UtcTime time) const;

  tests::TempFolder folder_;
  std::filesystem::path root_ = folder_ / "objects";
  std::map<std::uint64_t, Chain> chains_;
  std::map<std::string, Clip> clips_;
  std::vector<std::string> waiting_;
  std::string head_;
  std::uint64_t segments_ = 0;
  std::int64_t clock_ = 0;  // seconds
};

}  // namespace verify::testing
