// How the relay asks DualCams for files: as people do, through the catalog.
#pragma once

#include <functional>

#include "server/app/settings.hpp"
#include "server/endpoints/dualcam_device.hpp"
#include "storage/catalog/catalog.hpp"

namespace app {

// `asked` is told behind each request that was added. `catalog` outlives what is answered.
endpoints::CaptureDesk capture_desk(const Settings& settings, storage::Catalog& catalog, std::function<void()> asked);

}  // namespace app
