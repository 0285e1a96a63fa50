// STATUS values: what a device says when it gives up, and COMPLETED from the server.
#pragma once

#include <cstdint>
#include <string_view>

namespace dualcam {

constexpr std::uint32_t status_completed = 0;  // server → device; does nothing after an INIT REPEAT [W]
constexpr std::uint32_t status_aborted = 4;
constexpr std::uint32_t status_read_failed = 17;  // camera not configured, or the file is not there

// The vendor's name in words; "unknown status" for anything above 26.
std::string_view status_name(std::uint32_t status) noexcept;

}  // namespace dualcam
