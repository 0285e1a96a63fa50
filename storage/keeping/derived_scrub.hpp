// The part of the scrub that is about what was made of stored files. All of it can be made again, so nothing is
// reported here: what is lost is made again, and what the catalog does not name any more is removed.
#pragma once

#include <chrono>
#include <functional>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"

namespace storage {

class DerivedScrub {
 public:
  // Counts in `run`. All outlive it.
  DerivedScrub(Catalog& catalog, ObjectStore& objects, std::chrono::milliseconds grace, ScrubRun& run)
      : catalog_(catalog), objects_(objects), grace_(grace), run_(run) {}

  // `next_object` is called for each.
  base::Result<> compare(const std::function<base::Result<>()>& next_object, const std::function<bool()>& stopped);

 private:
  base::Result<> look_at_unnamed(const ObjectInfo& object);
  base::Result<> look_at_row(const DerivedObject& row);
  base::Result<bool> is_named(const base::Uuid& media_id, std::string_view object_key);
  base::Result<bool> is_known(const base::Uuid& media_id);

  Catalog& catalog_;
  ObjectStore& objects_;
  const std::chrono::milliseconds grace_;
  ScrubRun& run_;
};

}  // namespace storage
