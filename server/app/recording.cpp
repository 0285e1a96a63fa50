#include "server/app/recording.hpp"

#include <utility>
#include <vector>

#include "server/base/log.hpp"

namespace app {

base::Result<> read_recording_policies(storage::Catalog& catalog, recorder::Recorder& recorder) {
  if (catalog.recordings() == nullptr) return {};
  const auto kept = catalog.recordings()->policies(base::utc_now());
  if (!kept) return std::unexpected(kept.error());
  std::vector<recorder::Policy> policies;
  for (const storage::RecordingPolicy& each : *kept)
    if (const auto mode = recorder::parse_mode(each.mode)) policies.push_back({each.imei, *mode, each.until});
  recorder.set_policies(policies);
  return {};
}

base::Result<std::unique_ptr<recorder::Recorder>> open_recorder(const Settings& settings, const std::string& node,
                                                                storage::Catalog& catalog,
                                                                prometheus::Registry& registry) {
  recorder::Options options = settings.recording;
  options.folder = settings.data_dir + "/recordings";
  options.node = node;
  auto opened = recorder::Recorder::open(std::move(options), registry);
  if (!opened) return opened;
  if (const auto read = read_recording_policies(catalog, **opened); !read)
    base::log::warning("what is recorded of single devices is not known yet", {{"reason", read.error().message}});
  return opened;
}

}  // namespace app
