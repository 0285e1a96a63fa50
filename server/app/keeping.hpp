// The chores of a server that keep its storage in order: retention, objects of deleted files, the spool's volume, the
// scrub, and files that nodes have left for each other.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "server/app/chores.hpp"
#include "server/app/settings.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/nodes/handover.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/spool/spool.hpp"

namespace app {

struct Keepable {
  storage::Spool& spool;
  storage::ObjectStore& objects;
  storage::Catalog& catalog;
  storage::Handover* handover = nullptr;  // where there are other nodes
  std::string node;
};

class Keeping {
 public:
  // Adds its chores. Everything given outlives them.
  Keeping(const Settings& settings, const Keepable& storage, Chores& chores, prometheus::Registry& registry);
  ~Keeping();  // after the chores have ended
  Keeping(const Keeping&) = delete;
  Keeping& operator=(const Keeping&) = delete;

  // At an orderly end: the evidence of what came since the last turn of its chore.
  void seal_rest();

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

// The directory of file: objects; nothing where they are not on this machine.
std::optional<std::filesystem::path> objects_directory(const Settings& settings);

}  // namespace app
