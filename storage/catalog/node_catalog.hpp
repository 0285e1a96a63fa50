// What several nodes that share one catalog tell each other: who is alive, who holds which arriving file, and where
// unfinished files were left. Every call blocks: not for I/O threads. Thread-safe. Time is the database's own, so that
// the clocks of the nodes do not matter.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace storage {

// An unfinished file that a node left in the object store for whichever node the camera reaches next.
struct LeftPartial {
  base::Uuid id;
  std::string file;  // which file it is of: FileIdentity::fingerprint()
  base::Imei imei;
  std::uint64_t size = 0;
  std::string sha256;           // of these bytes, 64 hexadecimal digits
  std::string rejected_sha256;  // Partial::rejected_sha256()
  std::string object_key;
  std::string node;  // that left it
  base::UtcTime left_at;
};

class NodeCatalog {
 public:
  virtual ~NodeCatalog() = default;

  // `node` is alive for as long as `lease` says, from now. Its first beat makes it known.
  virtual base::Result<> beat(std::string_view node, std::chrono::milliseconds lease) = 0;
  // An orderly end: its claims go with it, and its trackers' links.
  virtual base::Result<> leave(std::string_view node) = 0;
  virtual base::Result<std::vector<std::string>> alive() = 0;
  // Forgets nodes whose lease has ended, their claims, and their trackers' links. Returns their names.
  virtual base::Result<std::vector<std::string>> bury() = 0;

  // `node` has the newest connection that brings `file`; every other node that holds it is asked to let go. Returns
  // how many of those are alive. Claiming again is newer again.
  virtual base::Result<std::uint32_t> claim(std::string_view node, std::string_view file) = 0;
  // Other nodes alive that still hold it since before `node` claimed it.
  virtual base::Result<std::uint32_t> still_held(std::string_view node, std::string_view file) = 0;
  virtual base::Result<> release(std::string_view node, std::string_view file) = 0;
  // The files that `node` holds and another node has a newer connection for.
  virtual base::Result<std::vector<std::string>> asked_for(std::string_view node) = 0;

  virtual base::Result<> add_left(const LeftPartial& partial) = 0;
  virtual base::Result<std::vector<LeftPartial>> find_left(std::string_view file) = 0;  // longest first
  virtual base::Result<std::vector<LeftPartial>> find_left_before(base::UtcTime before, std::uint32_t limit) = 0;
  virtual base::Result<> remove_left(const base::Uuid& id) = 0;  // absent is success
};

}  // namespace storage
