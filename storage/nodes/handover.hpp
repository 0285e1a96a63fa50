// Unfinished files on their way from node to node, through the object store that all of them share.
// Every call blocks: not for I/O threads. Thread-safe.
#pragma once

#include <string>

#include "storage/catalog/node_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/spool/spool.hpp"

namespace storage {

class Handover {
 public:
  // All outlive it. `node` is this one's name.
  Handover(Spool& spool, ObjectStore& objects, NodeCatalog& catalog, std::string node)
      : spool_(spool), objects_(objects), catalog_(catalog), node_(std::move(node)) {}

  // Leaves what is kept of a file for every node, and takes it out of the spool. Less than a block is not worth the
  // trip, and what nobody could prove is of no use: those stay as they are. On an error the partial stays here.
  base::Result<> leave(Partial&& partial);

  // What nodes have left of this file, if that is more than `local`; otherwise `local`. What was left stays there until
  // settled(), so that a node that dies loses none of it. `local` comes back whatever is wrong elsewhere.
  Partial fetch(Partial&& local);

  // The file is stored, or what is left of it cannot be trusted: nobody needs it any more. Best effort, sweep()
  // follows.
  void settled(const FileIdentity& identity) noexcept;

  // Removes what was left before `before` and never asked for. Returns how many.
  base::Result<std::size_t> sweep(base::UtcTime before);

 private:
  base::Result<Partial> fetch(const FileIdentity& identity, const LeftPartial& left);
  base::Result<> remove(const LeftPartial& left);

  Spool& spool_;
  ObjectStore& objects_;
  NodeCatalog& catalog_;
  const std::string node_;
};

}  // namespace storage
