// Unfinished files on their way from node to node, through the object store that all of them share.
// Every call blocks: not for I/O threads. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "storage/catalog/node_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/spool/spool.hpp"

namespace storage {

class Handover {
 public:
  using Clock = std::function<base::SteadyTime()>;
  // All outlive it. `node` is this one's name.
  Handover(Spool& spool, ObjectStore& objects, NodeCatalog& catalog, std::string node, Clock now = base::steady_now)
      : spool_(spool), objects_(objects), catalog_(catalog), node_(std::move(node)), now_(std::move(now)) {}

  // Leaves what is kept of a file for every node, and takes it out of the spool. Less than a block is not worth the
  // trip, and what nobody could prove is of no use: those stay as they are. On an error the partial stays here, and so
  // do others for a while: cameras that come and go do not queue up behind a store that is down.
  base::Result<> leave(Partial&& partial);
  static constexpr std::chrono::seconds rest_after_trouble{15};

  // What nodes have left of this file, the longest first. Nothing where that cannot be found out.
  std::vector<LeftPartial> find(const FileIdentity& identity);

  // The first of `left` that is whole and more than `local`; otherwise `local`. What was left stays there until
  // settled(), so that a node that dies loses none of it. `local` comes back whatever is wrong elsewhere, after
  // longest_fetch and one stall of the store at the latest.
  Partial fetch(Partial&& local, const std::vector<LeftPartial>& left);
  // A camera waits meanwhile; a clip of 15 MiB over 10 MBit/s.
  static constexpr std::chrono::seconds longest_fetch{15};

  // The file is stored, or what is left of it cannot be trusted: nobody needs it any more. Best effort, sweep()
  // follows.
  void settled(const FileIdentity& identity) noexcept;

  // Removes what was left before `before` and never asked for. Returns how many.
  base::Result<std::size_t> sweep(base::UtcTime before);

 private:
  base::Result<> try_leave(Partial&& partial);
  base::Result<Partial> fetch(const FileIdentity& identity, const LeftPartial& left, base::SteadyTime deadline);
  base::Result<> remove(const LeftPartial& left);

  Spool& spool_;
  ObjectStore& objects_;
  NodeCatalog& catalog_;
  const std::string node_;
  const Clock now_;
  std::atomic<base::SteadyTime> rest_until_{};
};

}  // namespace storage
