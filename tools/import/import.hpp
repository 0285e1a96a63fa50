// `dualcam import` as a function: files of another server become media, by the way that files of cameras go: spool,
// object store, catalog. The source is read and never changed.
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "tools/import/layout.hpp"
#include "tools/import/report.hpp"
#include "tools/import/source_folder.hpp"
#include "tools/import/targets.hpp"
#include "tools/verify/progress.hpp"

namespace importing {

struct Options {
  Layout layout = Layout::any;
  std::optional<base::Imei> imei;  // of files whose path has none
  base::Camera camera = base::Camera::unknown;
  std::uint64_t max_bytes = 0;  // of one file; below 4 GiB, as of every file that is spooled
  unsigned jobs = 1;            // files under way at the same time, up to 32
};

// Every file below the folder, once: one whose bytes the catalog has of the same device is not stored again, so that an
// import that broke off is completed by another one. An error is of the stores, and ends it.
base::Result<> import_all(const SourceFolder& source, const Options& options, Targets& targets, Report& report,
                          verify::Progress& progress);

// The same without storing anything. `catalog` may be null: then nothing counts as being there.
base::Result<> look_through(const SourceFolder& source, const Options& options, storage::Catalog* catalog,
                            Report& report, verify::Progress& progress);

}  // namespace importing
