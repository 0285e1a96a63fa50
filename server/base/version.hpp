#pragma once

#include <string_view>

namespace base {

/// The version that every program of this build says: "1.2.0", or "1.2.0+12.g0a1b2c3" twelve commits later. It begins
/// with three numbers, as semantic versions do. Where it comes from: cmake/version.cmake.
std::string_view version() noexcept;

}  // namespace base
