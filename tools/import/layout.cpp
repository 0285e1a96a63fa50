#include "tools/import/layout.hpp"

#include <algorithm>
#include <iterator>

#include "tools/import/digits.hpp"
#include "tools/import/name_time.hpp"

namespace importing {

namespace {
namespace fs = std::filesystem;

// From the file's own name upwards, the folder's last.
std::optional<base::Imei> closest_imei(const fs::path& folder, const fs::path& file) {
  for (fs::path at = file; !at.empty(); at = at.parent_path())
    if (const auto imei = imei_in(at.filename().string())) return imei;
  return imei_in(folder.filename().string());
}

base::Result<Origin> traccar_origin(const fs::path& file, const std::optional<base::Imei>& otherwise) {
  const auto parts = std::distance(file.begin(), file.end());
  const auto time = local_time(file.stem().string());
  if (parts != 2 || !time)
    return base::fail(base::Errc::invalid,
                      "This is not where Traccar puts files: DEVICE/yyyyMMddHHmmss.EXTENSION. --layout any takes it.");
  const std::string device = file.begin()->string();
  auto imei = imei_in(device);
  if (!imei || device != imei->str()) imei = otherwise;
  if (!imei)
    return base::fail(base::Errc::invalid,
                      "Traccar's identifier of the device is no IMEI: 15 digits, the last one the check digit. Import "
                      "its folder alone, with --imei.");
  return Origin{.imei = *imei, .time = time};
}
}  // namespace

std::optional<base::Imei> imei_in(std::string_view name) {
  constexpr std::size_t imei_digits = 15;
  for (const DigitRun& run : digit_runs(name)) {
    if (run.digits.size() != imei_digits) continue;
    if (const auto imei = base::Imei::parse(run.digits); imei && !imei->is_reserved()) return imei;
  }
  return std::nullopt;
}

base::Result<Origin> origin_of(const fs::path& folder, const fs::path& file, Layout layout,
                               const std::optional<base::Imei>& otherwise) {
  if (layout == Layout::traccar) return traccar_origin(file, otherwise);
  auto imei = closest_imei(folder, file);
  if (!imei) imei = otherwise;
  if (!imei)
    return base::fail(base::Errc::invalid,
                      "Neither the file's name nor a folder's holds an IMEI (15 digits, the last one the check digit): "
                      "say with --imei which device it is of.");
  return Origin{.imei = *imei, .time = time_in_name(file.filename().string())};
}

}  // namespace importing
