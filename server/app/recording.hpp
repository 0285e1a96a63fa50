// The recorder of this start, and what the catalog says of single devices.
#pragma once

#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "server/app/settings.hpp"
#include "server/recorder/recorder.hpp"
#include "storage/catalog/catalog.hpp"

namespace app {

// `node` as people call it. Blocks for the catalog's answer; without one the policies come later.
base::Result<std::unique_ptr<recorder::Recorder>> open_recorder(const Settings& settings, const std::string& node,
                                                                storage::Catalog& catalog,
                                                                prometheus::Registry& registry);
// What the catalog has now, for the recorder. Blocks.
base::Result<> read_recording_policies(storage::Catalog& catalog, recorder::Recorder& recorder);

}  // namespace app
