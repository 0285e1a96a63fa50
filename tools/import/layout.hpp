// Which device a file of another server is of, and when that server had it, told from where the file stands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace importing {

enum class Layout : std::uint8_t {
  any,      // an IMEI and a time anywhere in the path
  traccar,  // IMEI/yyyyMMddHHmmss.EXTENSION and nothing else
};

struct Origin {
  base::Imei imei;
  std::optional<base::UtcTime> time;  // nothing: the name has none
};

// `folder` is what was asked to be imported, `file` the path below it. Of several IMEIs the one closest to the file's
// name counts; without any the file is of `otherwise`. `invalid`: the path does not say, and why.
base::Result<Origin> origin_of(const std::filesystem::path& folder, const std::filesystem::path& file, Layout layout,
                               const std::optional<base::Imei>& otherwise);

// The first IMEI in a name: 15 digits in a row with the right check digit.
std::optional<base::Imei> imei_in(std::string_view name);

}  // namespace importing
