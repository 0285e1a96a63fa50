// The device number of a camera that the relay records: its files are in the same store as those of DualCams, under a
// number of the same form.
#pragma once

#include <string_view>

#include "server/base/imei.hpp"

namespace base {

// The same for the same name, always and everywhere: 00 and twelve digits made of a hash of it (Imei::is_reserved()).
// Two of a thousand names get the same number once in two million installations.
Imei relay_device_number(std::string_view name) noexcept;

}  // namespace base
