// A command's parameters as values. The hub has checked them against the vocabulary where they were no templates; what
// a template has brought is checked here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/result.hpp"
#include "server/relay/hub/hub.hpp"

namespace endpoints {

// Each is nothing where the parameter is not there or empty; the error names parameter and value.
base::Result<std::optional<std::int64_t>> number_of(const hub::Command& command, std::string_view name);
base::Result<std::optional<std::chrono::milliseconds>> duration_of(const hub::Command& command, std::string_view name);
base::Result<std::optional<bool>> flag_of(const hub::Command& command, std::string_view name);
std::string_view text_of(const hub::Command& command, std::string_view name) noexcept;  // empty: not there

// The end of a command that could not even begin.
hub::Hub::Result failed(std::string reason);

}  // namespace endpoints
