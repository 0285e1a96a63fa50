// The files of the recorder and what is known of each: kept within bounds of bytes, number and age, the oldest going
// first. A file says itself what it is, at its beginning and at its end, so nothing but the folder has to be kept.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"
#include "server/recorder/options.hpp"

namespace recorder {

// `recording`: it goes on. `unknown`: the server ended without a word while it went on.
enum class Outcome : std::uint8_t { recording, ok, failed, unknown };
std::string_view to_string(Outcome outcome) noexcept;

struct Entry {
  base::Uuid id;  // made when it began: they sort by that
  Kind kind = Kind::camera;
  std::string session;  // the name it has in the log; of what has no session, that of the endpoint
  std::string node;
  std::string peer;  // address:port; empty of what has no session
  std::string imei;  // empty where it did not say
  bool masked = false;
  base::UtcTime started;
  std::optional<base::UtcTime> ended;
  std::uint64_t size = 0;      // bytes of the file
  std::uint64_t left_out = 0;  // bytes of the session that are not in it
  Outcome outcome = Outcome::recording;
  std::string reason;  // how it ended
};

// What a file says of itself, as lines "name: value".
std::string head_comment(const Entry& entry);  // at its beginning
std::string tail_comment(const Entry& entry);  // at its end

class Shelf {
 public:
  // Beyond it the oldest go, however small: a scan of the ports must not fill the folder.
  static constexpr std::size_t most_files = 10'000;

  explicit Shelf(const Options& options) : options_(options) {}

  // Reads the folder. What an earlier start left in the middle of is cut behind its last whole block, and ended.
  base::Result<> recover();

  // Appends to the file of a recording that goes on, which is made with its first bytes.
  base::Result<> append(const base::Uuid& id, base::ByteView bytes);
  void update(const Entry& entry);
  base::Result<> finish(const Entry& entry);  // it goes on no more
  void forget(const base::Uuid& id);          // the same, and its file is removed

  // What is too old, and what is beyond the bounds. How many.
  std::size_t tidy(base::UtcTime now);
  // Bytes that may come before what goes on is beyond the bound by itself.
  std::uint64_t room() const;
  std::uint64_t bytes() const;

  std::vector<Entry> list() const;  // newest first
  std::optional<Entry> find(const base::Uuid& id) const;
  // A descriptor of the file as far as it is written, for reading, which is the caller's; `not_found`.
  struct File {
    int descriptor = -1;
    Entry entry;
  };
  base::Result<File> open(const base::Uuid& id) const;
  // Not of one that goes on: `conflict`.
  base::Result<> remove(const base::Uuid& id);

 private:
  std::string path_of(const base::Uuid& id, bool finished) const;
  void recover_file(const std::string& name);
  std::optional<Entry> read_entry(const std::string& path) const;
  void take_off(std::map<base::Uuid, Entry>::iterator at);

  const Options& options_;
  mutable std::mutex mutex_;
  std::map<base::Uuid, Entry> entries_;
  std::uint64_t bytes_ = 0;
  std::uint64_t going_on_ = 0;  // of these, bytes of recordings that go on
};

}  // namespace recorder
