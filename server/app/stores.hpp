// Opens what the settings name, for every program that works on it.
#pragma once

#include <memory>

#include "server/app/settings.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"

namespace app {

struct Stores {
  std::unique_ptr<storage::ObjectStore> objects;
  std::unique_ptr<storage::Catalog> catalog;
};

// Both usable, the catalog's schema brought up to date. What is set up wrong is an error; a store that is only down,
// slow or full is not: that may end by itself.
base::Result<Stores> open_stores(const Settings& settings);

}  // namespace app
